-- Who is told of what happens to videos, and what they were told.

create table webhook_endpoints (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users on delete cascade,
    url text not null,
    description text not null,
    events text[] not null, -- empty: all
    active boolean not null default true,
    inactive_reason text, -- why it was deactivated, where its owner did not do so
    failing_since timestamptz, -- no attempt has succeeded from then on
    created_at timestamptz not null default now()
);
create index on webhook_endpoints (user_id, created_at desc, id desc);

-- What deliveries are signed with.
create table webhook_secrets (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users on delete cascade,
    endpoint_id uuid references webhook_endpoints on delete cascade, -- null: for webhooks of one job
    sealed bytea not null, -- encrypted with a key of the deployment's
    created_at timestamptz not null default now(),
    expires_at timestamptz -- null: the current one; else signed with, too, until then
);
create unique index webhook_secrets_current on webhook_secrets (user_id, endpoint_id)
    nulls not distinct where expires_at is null;
create index on webhook_secrets (endpoint_id);

-- What is to be told to whom: the outbox, and the log. Written together with what it tells of.
create table webhook_deliveries (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users on delete cascade,
    endpoint_id uuid references webhook_endpoints on delete cascade,
    url text, -- of one job's webhook, which has no endpoint
    video_id uuid references video_sessions on delete set null,
    event_id uuid not null, -- the same in all deliveries of an event
    event text not null,
    body text not null, -- as it is signed and sent
    state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    leased_until timestamptz, -- until then whoever claimed it may still be at work
    claimed_by uuid, -- the claim that it came to last
    attempted_at timestamptz,
    status_code integer, -- of the last attempt
    failure text, -- why the last attempt was none
    milliseconds integer, -- how long it took
    replay_of uuid,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    target uuid not null generated always as (coalesce(endpoint_id, user_id)) stored, -- who gets turns
    check ((endpoint_id is null) <> (url is null)),
    check ((state = 'pending') = (finished_at is null))
);
create index on webhook_deliveries (endpoint_id, created_at desc, id desc);
create index on webhook_deliveries (video_id, created_at desc, id desc);
create index on webhook_deliveries (user_id);
create index on webhook_deliveries (target, next_attempt_at) where state = 'pending';
create index on webhook_deliveries (target) where leased_until is not null;
create index on webhook_deliveries (finished_at) where finished_at is not null;

alter table video_sessions add column webhook_url text; -- of this one job

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['webhook_endpoints', 'webhook_secrets', 'webhook_deliveries'] loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format(
            'create policy own_rows on %I using (user_id = app_user_id()) with check (user_id = app_user_id())',
            tenant_table
        );
        execute format('grant select, insert, update, delete on %I to storyreel_api', tenant_table);
    end loop;
end
$$;

-- Claim what is due, of every tenant, and tell only ids. A claim is an attempt, and holds for the lease.
--
-- Fair among targets: each gets its first turn before any gets its second, and none more than `most_each`
-- at a time, so that a slow one does not hold up the others. One that fails gets one at a time.
-- Targets are found one by one in the index: what waits behind a target's first deliveries is not read.
-- A claim that is asked for again, as its answer was lost, is what it was: nothing is left lying.
create function claim_webhook_deliveries(by_claim uuid, most integer, most_each integer, lease interval)
    returns table (id uuid, user_id uuid)
    language sql security definer set search_path = public, pg_temp
    as $$
        with recursive had as (
            select w.id, w.user_id from webhook_deliveries w
            where w.leased_until is not null and w.claimed_by = by_claim
        ), targets as (
            (select d.target from webhook_deliveries d
             where d.state = 'pending' and not exists (select from had) order by d.target limit 1)
            union all
            select (select d.target from webhook_deliveries d
                    where d.state = 'pending' and d.target > t.target order by d.target limit 1)
            from targets t where t.target is not null
        ), due as (
            select turn.id from targets t
            left join webhook_endpoints e on e.id = t.target
            cross join lateral (
                select d.id, d.next_attempt_at, row_number() over (order by d.next_attempt_at, d.id) as round
                from webhook_deliveries d
                where d.target = t.target and d.state = 'pending' and d.next_attempt_at <= now()
                  and (d.leased_until is null or d.leased_until <= now())
                order by d.next_attempt_at, d.id
                limit greatest(0, case when e.failing_since is null then most_each else 1 end - (
                    select count(*) from webhook_deliveries w
                    where w.target = t.target and w.leased_until > now()
                ))
            ) turn
            order by turn.round, turn.next_attempt_at limit most
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
revoke all on function claim_webhook_deliveries from public;
grant execute on function claim_webhook_deliveries to storyreel_api;
