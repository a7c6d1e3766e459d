-- An answer that comes after its call was given up for lost.
alter table provider_calls add column lost_at timestamptz; -- when it was given up, if it answered all the same

-- How long a provider's model has been at work on a call lately, in seconds: so long one who waits waits for
-- each turn. Over all tenants, and tells nothing of any one. Null where none has ended yet.
create function seconds_at_work(work_provider text, work_model text)
    returns double precision
    language sql stable security definer set search_path = public, pg_temp
    as $$
    select avg(extract(epoch from ended - intended_at))::float8
    from (
        select coalesce(ended_at, finished_at) as ended, intended_at from provider_calls
        where provider = work_provider and model = work_model and state = 'succeeded'
        order by intended_at desc limit 20
    ) lately
$$;
revoke all on function seconds_at_work from public;
grant execute on function seconds_at_work to storyreel_api;
