-- A claim of deliveries costs what is due, and not what waits for hours because its addresses are dead.
create index on webhook_deliveries (user_id, next_attempt_at) where state = 'pending';

-- Claim what is due, of every tenant, and tell only ids. A claim is an attempt, and holds for the lease.
--
-- Fair among users: each gets a first turn before any gets a second, and what is sent for him now counts; so
-- does it go among a user's own targets. None has more than `most_each` at a time, one that fails has one, and
-- no user more than twice that, so that nobody's dead addresses hold up the others.
-- Users are found one by one in the index. Of each, what has been due longest is looked at, and the first
-- deliveries of every endpoint: what waits behind them is not read, however much it is.
-- A claim that is asked for again, as its answer was lost, is what it was: nothing is left lying.
create or replace function claim_webhook_deliveries(
    by_claim uuid, most integer, most_each integer, lease interval
) returns table (id uuid, user_id uuid)
    language sql security definer set search_path = public, pg_temp
    as $$
        with recursive had as (
            select w.id, w.user_id from webhook_deliveries w
            where w.leased_until is not null and w.claimed_by = by_claim
        ), waiting as (
            (select d.user_id from webhook_deliveries d
             where d.state = 'pending' and not exists (select from had) order by d.user_id limit 1)
            union all
            select next.user_id from waiting u cross join lateral (
                select d.user_id from webhook_deliveries d
                where d.state = 'pending' and d.user_id > u.user_id order by d.user_id limit 1
            ) next
        ), sent as (
            select w.user_id, w.target, count(*) as n from webhook_deliveries w
            where w.leased_until > now() group by w.user_id, w.target
        ), candidates as (
            select d.* from waiting u cross join lateral (
                select d.id, d.user_id, d.target, d.next_attempt_at from webhook_deliveries d
                where d.user_id = u.user_id and d.state = 'pending' and d.next_attempt_at <= now()
                  and (d.leased_until is null or d.leased_until <= now())
                order by d.next_attempt_at limit 200
            ) d
            union
            select d.* from waiting u join webhook_endpoints e using (user_id) cross join lateral (
                select d.id, d.user_id, d.target, d.next_attempt_at from webhook_deliveries d
                where d.target = e.id and d.state = 'pending' and d.next_attempt_at <= now()
                  and (d.leased_until is null or d.leased_until <= now())
                order by d.next_attempt_at limit most_each
            ) d
        ), places as (
            select c.*, coalesce(s.n, 0) + row_number() over (
                partition by c.target order by c.next_attempt_at, c.id
            ) as place
            from candidates c left join sent s on s.target = c.target
        ), turns as (
            select p.id, p.next_attempt_at, coalesce(s.n, 0) + row_number() over (
                partition by p.user_id order by p.place, p.next_attempt_at
            ) as round
            from places p
            left join webhook_endpoints e on e.id = p.target
            left join (select sent.user_id, sum(sent.n) as n from sent group by sent.user_id) s
                on s.user_id = p.user_id
            where p.place <= case when e.failing_since is null then most_each else 1 end
        ), due as (
            select t.id from turns t where t.round <= 2 * most_each
            order by t.round, t.next_attempt_at limit most
        ), mine as (
            select w.id from webhook_deliveries w
            where w.id in (select due.id from due)
              and w.state = 'pending' and (w.leased_until is null or w.leased_until <= now())
            for update skip locked
        ), claimed as (
            update webhook_deliveries w
                set attempts = w.attempts + 1, attempted_at = now(), leased_until = now() + lease,
                    claimed_by = by_claim
                from mine where w.id = mine.id
                returning w.id, w.user_id
        )
        select had.id, had.user_id from had union all select claimed.id, claimed.user_id from claimed
    $$;
