-- Limits that hold in any minute; requests of nobody that may be sent again; turns of users, not of addresses.

-- Requests of a key (api_keys.id), or of a user who signs in with tokens (users.id): how many there were in
-- each of the last 61 seconds, and minutes, the latest first. It takes the place of rate_limits, of which
-- nobody reads any more; why it is unlogged and has room beside its rows is said there.
create unlogged table request_counts (
    subject uuid primary key,
    seconds integer[] not null default array_fill(0, array[61]),
    minutes integer[] not null default array_fill(0, array[61]),
    counted_at timestamptz not null default clock_timestamp() -- in the second and minute that come first
) with (fillfactor = 50);
grant select (counted_at), delete on request_counts to storyreel_operator;

-- The counts as they are later on: what is older than 61 units is dropped.
create function counts_at(at timestamptz, unit_seconds integer, counts integer[], counted_at timestamptz)
    returns integer[] language sql immutable
    as $$
        select (array_fill(0, array[least(61, greatest(0, floor(extract(epoch from at) / unit_seconds)
            - floor(extract(epoch from counted_at) / unit_seconds)))::integer]) || counts)[1:61]
    $$;

-- How many are counted, and how many seconds it is until the oldest of them are not any more.
create function sum_of_counts(
    at timestamptz, unit_seconds integer, counts integer[], out calls integer, out seconds_left integer
)
    language sql immutable
    as $$
        select sum(n)::integer, ceil(
            (floor(extract(epoch from at) / unit_seconds) + 62 - coalesce(max(place) filter (where n > 0), 1))
            * unit_seconds - extract(epoch from at)
        )::integer
        from unnest(counts) with ordinality as each (n, place)
    $$;
revoke all on function counts_at(timestamptz, integer, integer[], timestamptz) from public;
revoke all on function sum_of_counts(timestamptz, integer, integer[]) from public;

-- Count a request, if there is room for it: exact, as Postgres locks the row. In no 60 seconds and in no 60
-- minutes there are more than the limits; room that was taken is there again after 61 at the latest. One that
-- is refused is not counted, so that a client which asks too often gets in again.
-- Tells of the limit of which less is left; `reset_seconds` is when there is more of it again.
create or replace function count_request(
    of_subject uuid, per_minute integer, per_hour integer,
    out allowed boolean, out rate_limit integer, out remaining integer, out reset_seconds integer
)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    at timestamptz;
    known request_counts;
    of_minute record;
    of_hour record;
begin
    loop
        select * into known from request_counts where subject = of_subject for update;
        exit when found;
        insert into request_counts (subject) values (of_subject) on conflict do nothing;
    end loop;
    at := clock_timestamp();
    known.seconds := counts_at(at, 1, known.seconds, known.counted_at);
    known.minutes := counts_at(at, 60, known.minutes, known.counted_at);
    select * into of_minute from sum_of_counts(at, 1, known.seconds);
    select * into of_hour from sum_of_counts(at, 60, known.minutes);
    allowed := of_minute.calls < per_minute and of_hour.calls < per_hour;
    if allowed then
        known.seconds[1] := known.seconds[1] + 1;
        known.minutes[1] := known.minutes[1] + 1;
        update request_counts set seconds = known.seconds, minutes = known.minutes, counted_at = at
            where subject = of_subject;
    end if;
    remaining := greatest(0, least(per_minute - of_minute.calls, per_hour - of_hour.calls) - allowed::integer);
    if per_hour - of_hour.calls <= per_minute - of_minute.calls then
        rate_limit := per_hour;
        reset_seconds := of_hour.seconds_left;
    else
        rate_limit := per_minute;
        reset_seconds := of_minute.seconds_left;
    end if;
end
$$;

-- As before, and the key's counts go with it.
create or replace function delete_api_key(acting_key uuid, of_key uuid) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    perform require_admin(acting_key);
    if acting_key = of_key then
        raise exception 'a key cannot end its own administration';
    end if;
    delete from request_counts where subject = of_key;
    delete from api_keys where id = of_key;
    return found;
end
$$;

-- What an answer needs that is too large to be kept: nothing, where the request changed nothing (done_at), as
-- the next one may run again. So nobody fills the table by reading large things.
create or replace function finish_idempotency_key(
    caller uuid, claim uuid, by_attempt uuid, final boolean, content bytea
) returns void
    language plpgsql set search_path = public, pg_temp
    as $$
begin
    perform set_config('app.user_id', caller::text, true);
    update idempotency_keys set
        lease_expires_at = now(),
        answer = case when done_at is not null or octet_length(content) <= 16384 then content end,
        answered_at = case when final and (done_at is not null or octet_length(content) <= 16384) then now() end
        where id = claim and attempt = by_attempt and answered_at is null;
end
$$;

-- Whose family it is, where it was begun with just this token, which is still good.
create or replace function begun_family(family uuid, hash bytea) returns uuid
    language sql stable set search_path = public, pg_temp
    as $$
        select f.user_id from refresh_families f
        where f.id = family and f.token_hash = hash and f.revoked_at is null and f.token_expires_at > now()
    $$;

-- Begin a family, once. Raises unique_violation (23505) where it was begun and has gone on since.
create or replace function open_family(
    of_user uuid, family uuid, hash bytea, idle interval, longest interval
) returns void
    language plpgsql set search_path = public, pg_temp
    as $$
begin
    insert into refresh_families (id, user_id, token_hash, token_expires_at, expires_at)
        values (family, of_user, hash, now() + least(idle, longest), now() + longest)
        on conflict (id) do nothing;
    if not found and begun_family(family, hash) is distinct from of_user then
        raise unique_violation using message = 'the family has gone on';
    end if;
end
$$;

-- As before; and of the same request twice at once both find the user whom one of them makes.
create or replace function register_user(
    with_email text, with_name text, with_hash text, spending_limit numeric, address text,
    family uuid, hash bytea, idle interval, longest interval,
    out user_id uuid, out wait double precision
)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    user_id := begun_family(family, hash);
    if user_id is not null then
        return;
    end if;
    wait := count_attempt('register/' || address, 20, interval '1 hour');
    if wait is not null then
        return;
    end if;
    insert into users (name, monthly_cap_usd, spending_limit_usd)
        values (with_name, spending_limit, spending_limit) returning id into user_id;
    insert into credentials (user_id, email, password_hash) values (user_id, with_email, with_hash)
        on conflict (email) do nothing;
    if not found then
        delete from users where id = user_id;
        user_id := begun_family(family, hash);
        return;
    end if;
    perform open_family(user_id, family, hash, idle, longest);
end
$$;

-- As before; and a right password that is sent again does not count as a try in vain.
create or replace function complete_sign_in(
    of_user uuid, with_email text, address text, old_hash text, new_hash text,
    family uuid, hash bytea, idle interval, longest interval
) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    pair text := 'pair/' || with_email || '/' || address;
begin
    if begun_family(family, hash) is distinct from of_user then
        update credentials c set password_hash = coalesce(new_hash, old_hash)
            where c.user_id = of_user and c.password_hash = old_hash;
        if not found then
            return false;
        end if;
        perform open_family(of_user, family, hash, idle, longest);
    end if;
    perform forgive_attempt('address/' || address, false);
    if not is_known_address(pair) then
        perform forgive_attempt('account/' || with_email, false);
    end if;
    perform forgive_attempt(pair, true);
    return true;
end
$$;

-- What tells the request that spent a family's last token from any other, where it came with a key.
alter table refresh_families add column spent_by bytea check (octet_length(spent_by) = 32);

-- As the one without `by_request`; and the same request (null: none is) gets the same successor within `kept`.
create function rotate_refresh_token(
    family uuid, of_generation integer, hash bytea, next_hash bytea, by_request bytea,
    grace interval, kept interval, idle interval, out outcome text, out user_id uuid
)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    known refresh_families;
begin
    outcome := 'invalid';
    select * into known from refresh_families where id = family for update;
    if known.id is null or known.revoked_at is not null or known.token_expires_at < now() then
        return;
    end if;
    user_id := known.user_id;
    if of_generation = known.generation and hash = known.token_hash then
        update refresh_families
            set generation = generation + 1, spent_hash = token_hash, token_hash = next_hash,
                spent_by = by_request, rotated_at = now(), token_expires_at = least(now() + idle, expires_at)
            where id = family;
        outcome := 'rotated';
    elsif of_generation = known.generation - 1 and hash = known.spent_hash and next_hash = known.token_hash
            and known.rotated_at > now() - (case when known.spent_by = by_request then kept else grace end) then
        outcome := 'again';
    elsif of_generation < known.generation then
        update refresh_families set revoked_at = now() where id = family;
        outcome := 'reused';
    else
        user_id := null;
    end if;
end
$$;
revoke all on function rotate_refresh_token(
    uuid, integer, bytea, bytea, bytea, interval, interval, interval
) from public;
grant execute on function rotate_refresh_token(
    uuid, integer, bytea, bytea, bytea, interval, interval, interval
) to storyreel_api;

-- Claim what is due, of every tenant, and tell only ids. A claim is an attempt, and holds for the lease.
--
-- Fair among users: each gets a first turn before any gets a second, and what is sent for him now counts; so
-- does it go among a user's own targets. None has more than `most_each` at a time, one that fails has one, and
-- no user more than twice that, so that nobody's dead addresses hold up the others.
-- Targets are found one by one in the index: what waits behind a target's first deliveries is not read.
-- A claim that is asked for again, as its answer was lost, is what it was: nothing is left lying.
create or replace function claim_webhook_deliveries(
    by_claim uuid, most integer, most_each integer, lease interval
) returns table (id uuid, user_id uuid)
    language sql security definer set search_path = public, pg_temp
    as $$
        with recursive had as (
            select w.id, w.user_id from webhook_deliveries w
            where w.leased_until is not null and w.claimed_by = by_claim
        ), targets as (
            (select d.target, d.user_id from webhook_deliveries d
             where d.state = 'pending' and not exists (select from had) order by d.target limit 1)
            union all
            select next.target, next.user_id from targets t cross join lateral (
                select d.target, d.user_id from webhook_deliveries d
                where d.state = 'pending' and d.target > t.target order by d.target limit 1
            ) next
        ), busy as (
            select t.target, t.user_id, w.sent, sum(w.sent) over (partition by t.user_id) as sent_of_user
            from targets t cross join lateral (
                select count(*) as sent from webhook_deliveries w
                where w.target = t.target and w.leased_until > now()
            ) w
        ), turns as (
            select turn.id, turn.next_attempt_at, b.sent_of_user + row_number() over (
                partition by b.user_id order by b.sent + turn.place, turn.next_attempt_at
            ) as round
            from busy b
            left join webhook_endpoints e on e.id = b.target
            cross join lateral (
                select d.id, d.next_attempt_at, row_number() over (order by d.next_attempt_at, d.id) as place
                from webhook_deliveries d
                where d.target = b.target and d.state = 'pending' and d.next_attempt_at <= now()
                  and (d.leased_until is null or d.leased_until <= now())
                order by d.next_attempt_at, d.id
                limit greatest(0, case when e.failing_since is null then most_each else 1 end - b.sent)
            ) turn
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
