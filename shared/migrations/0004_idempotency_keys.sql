-- A request that may be sent again: who sends the same key gets the first answer.

create table idempotency_keys (
    id uuid primary key default gen_random_uuid(), -- what the ids of all that the request makes follow from
    user_id uuid not null references users on delete cascade,
    key text not null check (length(key) between 1 and 255), -- as the caller chose it
    request_hash bytea not null check (octet_length(request_hash) = 32), -- keyed: of method, path and body
    attempt uuid not null, -- who is at work on it: one that lost its lease changes nothing any more
    lease_expires_at timestamptz not null, -- until then it may still be at work
    done_at timestamptz, -- the request's own change is committed: another attempt does not repeat it
    answered_at timestamptz,
    answer bytea check (octet_length(answer) <= 262144), -- encrypted; null: too large to keep
    created_at timestamptz not null default now(),
    unique (user_id, key)
);
create index on idempotency_keys (created_at);

alter table idempotency_keys enable row level security;
create policy own_rows on idempotency_keys
    using (user_id = app_user_id()) with check (user_id = app_user_id());
grant select, insert, update, delete on idempotency_keys to storyreel_api;

-- Claim a key for an attempt, in one round trip: row-level security binds this like any statement of the
-- caller's. The outcome is `run`, `answered`, `running` or `changed` (another request has the key), with
-- what was kept. An attempt that asks again, as its connection broke, gets what it had.
create function claim_idempotency_key(
    caller uuid, wanted text, hash bytea, by_attempt uuid, lease interval,
    out outcome text, out claim uuid, out kept bytea, out seconds_left double precision
)
    language plpgsql set search_path = public, pg_temp
    as $$
declare
    known idempotency_keys;
begin
    perform set_config('app.user_id', caller::text, true);
    delete from idempotency_keys
        where user_id = caller and key = wanted and created_at < now() - interval '24 hours';
    loop
        insert into idempotency_keys (user_id, key, request_hash, attempt, lease_expires_at)
            values (caller, wanted, hash, by_attempt, clock_timestamp() + lease)
            on conflict (user_id, key) do nothing
            returning id into claim;
        if claim is not null then
            outcome := 'run';
            return;
        end if;
        select * into known from idempotency_keys where user_id = caller and key = wanted for update;
        exit when known.id is not null; -- else it was cleared away in between
    end loop;

    claim := known.id;
    kept := known.answer;
    if known.request_hash <> hash then
        outcome := 'changed';
    elsif known.answered_at is not null then
        outcome := 'answered';
    elsif known.lease_expires_at > clock_timestamp() and known.attempt <> by_attempt then
        outcome := 'running';
        seconds_left := extract(epoch from known.lease_expires_at - clock_timestamp());
    else
        update idempotency_keys
            set attempt = by_attempt, lease_expires_at = clock_timestamp() + lease where id = known.id;
        outcome := 'run';
    end if;
end
$$;

-- The attempt is over. With an answer, or without one as it was too large, every further request gets
-- that; where nothing is `final` the next request runs.
create function finish_idempotency_key(
    caller uuid, claim uuid, by_attempt uuid, final boolean, content bytea
) returns void
    language plpgsql set search_path = public, pg_temp
    as $$
begin
    perform set_config('app.user_id', caller::text, true);
    update idempotency_keys
        set lease_expires_at = now(), answer = content, answered_at = case when final then now() end
        where id = claim and attempt = by_attempt and answered_at is null;
end
$$;
