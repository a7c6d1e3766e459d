-- How long a call usually is at work; what users who were deleted have spent.

-- How long a provider's model has been at work on a call lately, in seconds: so long one who waits waits for
-- each turn. Over all tenants, and tells nothing of any one. Null where none has ended yet.
-- The middle one of twenty: an end is written down when somebody looks, and after a night's sleep of a laptop,
-- or of a provider, a mean would make everybody wait for hours. What was given up once says nothing.
create or replace function seconds_at_work(work_provider text, work_model text)
    returns double precision
    language sql stable security definer set search_path = public, pg_temp
    as $$
    select percentile_cont(0.5) within group (order by extract(epoch from ended - intended_at)::float8)
    from (
        select coalesce(ended_at, finished_at) as ended, intended_at from provider_calls
        where provider = work_provider and model = work_model and state = 'succeeded' and lost_at is null
        order by intended_at desc limit 20
    ) lately
$$;

-- The ledger of a user goes with the user. What it came to stays, for the deployment's cap: one row for each
-- who was deleted, and nothing of whose it was.
create table spending_of_deleted_users (
    month timestamptz not null, -- its beginning (UTC)
    spent_usd numeric not null check (spent_usd >= 0)
);
create index on spending_of_deleted_users (month);
alter table spending_of_deleted_users enable row level security;
create policy every_row on spending_of_deleted_users to storyreel_operator using (true) with check (true);
grant insert on spending_of_deleted_users to storyreel_operator;

create or replace function deployment_spending()
    returns numeric
    language sql volatile security definer set search_path = public, pg_temp
    as $$
    select coalesce(sum(spent), 0) from (
        select case state
            when 'succeeded' then coalesce(actual_cost_usd, estimated_cost_usd)
            when 'failed' then coalesce(actual_cost_usd, 0)
            else estimated_cost_usd end as spent
        from provider_calls
        where intended_at >= date_trunc('month', now(), 'UTC')
        union all
        select spent_usd from spending_of_deleted_users
        where month = date_trunc('month', now(), 'UTC')
    ) everybody
$$;
