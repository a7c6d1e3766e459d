-- The operator: the role of the deployment's own chores, which look after every user's rows. It has what they
-- need and no more. It owns nothing, so that only a migration can change the schema or another role.
grant select, insert (name), delete on users to storyreel_operator;
grant select (id), insert on api_keys to storyreel_operator;
grant select, insert, update on credentials to storyreel_operator;
grant select (user_id, revoked_at, token_expires_at), update (revoked_at), delete
    on refresh_families to storyreel_operator;
grant select (touched_at, succeeded_at), delete on sign_in_attempts to storyreel_operator;
grant select (hour_began), delete on rate_limits to storyreel_operator;
grant select (created_at), delete on idempotency_keys to storyreel_operator;
grant select (id, finished_at), delete on webhook_deliveries to storyreel_operator;
grant select (expires_at), delete on webhook_secrets to storyreel_operator;
grant select on media_sessions, video_sessions to storyreel_operator;
grant select, update, delete on uploads to storyreel_operator;
grant select, update (state, lease_expires_at, finished_at) on provider_calls to storyreel_operator;
grant select, insert, delete on deletions to storyreel_operator;

do $$
declare
    kept text;
begin
    foreach kept in array array[
        'users', 'api_keys', 'credentials', 'refresh_families', 'sign_in_attempts', 'idempotency_keys',
        'webhook_deliveries', 'webhook_secrets', 'media_sessions', 'video_sessions', 'uploads',
        'provider_calls', 'deletions'
    ] loop
        execute format(
            'create policy every_row on %I to storyreel_operator using (true) with check (true)', kept
        );
    end loop;
end
$$;
