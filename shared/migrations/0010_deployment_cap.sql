-- What all tenants together have spent since the month began (UTC): for the deployment's own cap. What is
-- open or was lost counts as its estimate, since it may have been paid. Tells nothing of any one tenant.
create index on provider_calls (intended_at);

create function deployment_spending()
    returns numeric
    language sql volatile security definer set search_path = public, pg_temp
    as $$
    select coalesce(sum(case state
        when 'succeeded' then coalesce(actual_cost_usd, estimated_cost_usd)
        when 'failed' then coalesce(actual_cost_usd, 0)
        else estimated_cost_usd end), 0)
    from provider_calls
    where intended_at >= date_trunc('month', now(), 'UTC')
$$;
revoke all on function deployment_spending from public;
grant execute on function deployment_spending to storyreel_api;
