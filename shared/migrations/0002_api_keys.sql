-- Keys with limits, scopes and an end; the counters of requests; and who a caller is, in one statement.

alter table api_keys
    alter column key_hash drop not null,
    add column kind text not null default 'stored' check (kind in ('stored', 'sealed')),
    add column version integer not null default 1 check (version >= 1), -- counts rotations
    add column previous_hash bytea unique check (octet_length(previous_hash) = 32),
    add column previous_expires_at timestamptz, -- until then the secret before the last rotation is good, too
    add column scopes text[] not null default '{*}',
    add column per_minute integer not null default 600 check (per_minute >= 1),
    add column per_hour integer not null default 10000 check (per_hour >= 1),
    add column expires_at timestamptz, -- null: never
    add column active boolean not null default true,
    add check ((kind = 'stored') = (key_hash is not null));
update api_keys set active = false where revoked_at is not null;
alter table api_keys drop column revoked_at;
create index on api_keys (created_at desc, id desc);
drop index api_keys_user_id_idx;
create index on api_keys (user_id, created_at desc, id desc);

-- Keys are looked at and changed by the functions below alone.
revoke insert, update, delete on api_keys from storyreel_api;

-- Who signs in with a token has these limits, over all tokens.
alter table users
    add column per_minute integer not null default 600 check (per_minute >= 1),
    add column per_hour integer not null default 10000 check (per_hour >= 1);

-- Requests of a key (api_keys.id), or of a user who signs in with tokens (users.id). A window begins with
-- the first request after the last one has ended. Unlogged: a counter is not worth a write to disk before
-- every answer, and after a crash everybody begins anew. No index is on what changes, and there is room
-- beside every row, so that an update stays on its page and leaves nothing for vacuum to find.
create unlogged table rate_limits (
    subject uuid primary key,
    minute_began timestamptz not null,
    minute_calls integer not null,
    hour_began timestamptz not null,
    hour_calls integer not null
) with (fillfactor = 50);

-- Count a request, if there is room for it in both windows: exact, as Postgres locks the row. One that is
-- refused is not counted, so that a client which asks too often gets in again when the window ends.
-- Tells of the window in which less is left; `reset_seconds` is when it ends.
create function count_request(
    of_subject uuid, per_minute integer, per_hour integer,
    out allowed boolean, out rate_limit integer, out remaining integer, out reset_seconds integer
)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    at constant timestamptz := clock_timestamp();
    a_minute constant interval := interval '1 minute';
    an_hour constant interval := interval '1 hour';
    used rate_limits;
    minute_left integer;
    hour_left integer;
begin
    insert into rate_limits as r (subject, minute_began, minute_calls, hour_began, hour_calls)
        values (of_subject, at, 1, at, 1)
        on conflict (subject) do update set
            minute_began = case when r.minute_began <= at - a_minute then at else r.minute_began end,
            minute_calls = case when r.minute_began <= at - a_minute then 1 else r.minute_calls + 1 end,
            hour_began = case when r.hour_began <= at - an_hour then at else r.hour_began end,
            hour_calls = case when r.hour_began <= at - an_hour then 1 else r.hour_calls + 1 end
            where (r.minute_calls < per_minute or r.minute_began <= at - a_minute)
              and (r.hour_calls < per_hour or r.hour_began <= at - an_hour)
        returning * into used;
    allowed := found;
    if not allowed then
        select * into used from rate_limits where subject = of_subject;
    end if;
    minute_left := case when used.minute_began <= at - a_minute then per_minute
                        else greatest(0, per_minute - used.minute_calls) end;
    hour_left := case when used.hour_began <= at - an_hour then per_hour
                      else greatest(0, per_hour - used.hour_calls) end;
    if hour_left <= minute_left then
        rate_limit := per_hour;
        remaining := hour_left;
        reset_seconds := ceil(extract(epoch from used.hour_began + an_hour - at));
    else
        rate_limit := per_minute;
        remaining := minute_left;
        reset_seconds := ceil(extract(epoch from used.minute_began + a_minute - at));
    end if;
    reset_seconds := greatest(1, reset_seconds);
end
$$;
revoke all on function count_request from public;

-- Who a caller is, whether he may do this, and what is left of his allowance: one statement for a request.
--
-- A caller is known by one of three: the hash of a stored key; id, version and user of a sealed key that was
-- opened; or the user of a token that was verified, with the token's scopes. `act_as` is the user whom he
-- wants to be instead. `areas` are those whose keys open the operation. `refusal` is null, or the reason, the first that holds:
--   unknown, inactive, expired     no such key or user: 401
--   rate                           too many requests: 429, and the only one that is not counted
--   scope, act_as                  the key's scopes do not have this: 403
--   user                           there is no user to act as: 404
create function admit(
    presented_hash bytea, sealed_key uuid, sealed_version integer, sealed_user uuid,
    token_user uuid, token_scopes text[], operation text, areas text[], act_as uuid,
    out refusal text, out user_id uuid, out key_id uuid, out scopes text[],
    out rate_limit integer, out remaining integer, out reset_seconds integer
)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    at constant timestamptz := clock_timestamp();
    key api_keys;
    allowed boolean;
    in_scope boolean;
    minute_limit integer;
    hour_limit integer;
begin
    if token_user is not null then
        select u.per_minute, u.per_hour into minute_limit, hour_limit from users u where u.id = token_user;
        if not found then
            refusal := 'unknown';
            return;
        end if;
        user_id := token_user;
        scopes := token_scopes;
    else
        if presented_hash is not null then
            select * into key from api_keys k where k.key_hash = presented_hash;
            if not found then
                select * into key from api_keys k
                    where k.previous_hash = presented_hash and k.previous_expires_at > at;
            end if;
        else
            select * into key from api_keys k
                where k.id = sealed_key and k.kind = 'sealed' and k.user_id = sealed_user
                  and (k.version = sealed_version
                       or k.version = sealed_version + 1 and k.previous_expires_at > at);
        end if;
        refusal := case when key.id is null then 'unknown'
                        when not key.active then 'inactive'
                        when key.expires_at <= at then 'expired' end;
        if refusal is not null then
            return;
        end if;
        user_id := key.user_id;
        key_id := key.id;
        scopes := key.scopes;
        minute_limit := key.per_minute;
        hour_limit := key.per_hour;
    end if;

    select c.allowed, c.rate_limit, c.remaining, c.reset_seconds
        into allowed, rate_limit, remaining, reset_seconds
        from count_request(coalesce(key_id, user_id), minute_limit, hour_limit) c;
    if not allowed then
        refusal := 'rate';
        return;
    end if;
    if key.last_used_at is null or key.last_used_at < at - interval '1 minute' then
        update api_keys k set last_used_at = at
            where k.id = key_id and (k.last_used_at is null or k.last_used_at < at - interval '1 minute');
    end if;

    -- Only its own scope opens the administration; `*` is everything else.
    in_scope := case when 'admin' = any (areas) then 'admin' = any (scopes)
                     else scopes && (areas || array['*', operation]) end;
    if not in_scope then
        refusal := 'scope';
    elsif act_as <> user_id then
        if not 'act_as' = any (scopes) then
            refusal := 'act_as';
        elsif not exists (select from users u where u.id = act_as) then
            refusal := 'user';
        else
            user_id := act_as;
        end if;
    end if;
end
$$;
revoke all on function admit from public;
grant execute on function admit to storyreel_api;
drop function authenticate(bytea);

-- The administration of keys sees every user's. Each function looks itself whether the key that asks is an
-- administrator's, and none gives a hash away. Raises insufficient_privilege (42501) where it is not.

create function require_admin(acting_key uuid) returns void
    language plpgsql stable security definer set search_path = public, pg_temp
    as $$
begin
    if not exists (
        select from api_keys
        where id = acting_key and active and (expires_at is null or expires_at > now())
          and 'admin' = any (scopes)
    ) then
        raise insufficient_privilege using message = 'the key is not an administrator''s';
    end if;
end
$$;
revoke all on function require_admin from public;

-- What is told of a key.
create type api_key_row as (
    id uuid, user_id uuid, user_name text, name text, kind text, prefix text, scopes text[],
    per_minute integer, per_hour integer, active boolean, version integer,
    created_at timestamptz, expires_at timestamptz, previous_expires_at timestamptz, last_used_at timestamptz
);

create function describe_api_key(of_key uuid) returns api_key_row
    language sql stable security definer set search_path = public, pg_temp
    as $$
        select k.id, k.user_id, u.name, k.name, k.kind, k.prefix, k.scopes, k.per_minute, k.per_hour, k.active,
               k.version, k.created_at, k.expires_at, k.previous_expires_at, k.last_used_at
        from api_keys k join users u on u.id = k.user_id where k.id = of_key
    $$;
revoke all on function describe_api_key from public;

-- Newest first, after a place (null: from the newest on); of one user, or (null) of all. Two statements, so
-- that either walks its own index to the page, however many keys there are.
create function list_api_keys(
    acting_key uuid, of_user uuid, before_created_at timestamptz, before_id uuid, most integer
) returns setof api_key_row
    language plpgsql stable security definer set search_path = public, pg_temp
    as $$
declare
    place_time constant timestamptz := coalesce(before_created_at, 'infinity');
    place_id constant uuid := coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
begin
    perform require_admin(acting_key);
    if of_user is null then
        return query
            select described.* from (
                select k.id, k.created_at from api_keys k
                where (k.created_at, k.id) < (place_time, place_id)
                order by k.created_at desc, k.id desc limit most
            ) page cross join lateral describe_api_key(page.id) described
            order by page.created_at desc, page.id desc;
    else
        return query
            select described.* from (
                select k.id, k.created_at from api_keys k
                where k.user_id = of_user and (k.created_at, k.id) < (place_time, place_id)
                order by k.created_at desc, k.id desc limit most
            ) page cross join lateral describe_api_key(page.id) described
            order by page.created_at desc, page.id desc;
    end if;
end
$$;

-- A key for a user, or (null) for a new user of that name. No row: there is no such user.
create function issue_api_key(
    acting_key uuid, new_key uuid, of_user uuid, new_user uuid, new_name text, new_kind text, new_prefix text,
    new_hash bytea, new_scopes text[], new_per_minute integer, new_per_hour integer, new_expires_at timestamptz
) returns setof api_key_row
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    perform require_admin(acting_key);
    if of_user is null then
        insert into users (id, name) values (new_user, new_name);
    elsif not exists (select from users where id = of_user) then
        return;
    end if;
    insert into api_keys (
        id, user_id, name, kind, prefix, key_hash, scopes, per_minute, per_hour, expires_at
    ) values (
        new_key, coalesce(of_user, new_user), new_name, new_kind, new_prefix, new_hash, new_scopes,
        new_per_minute, new_per_hour, new_expires_at
    );
    return query select * from describe_api_key(new_key);
end
$$;

-- What `changes` names is changed, by its columns. An administrator's key cannot end its own administration.
-- No row: there is no such key. Raises raise_exception (P0001) for what it may not do to itself.
create function change_api_key(acting_key uuid, of_key uuid, changes jsonb) returns setof api_key_row
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    perform require_admin(acting_key);
    if acting_key = of_key and (
        changes->'active' = 'false' or changes ? 'scopes' and not changes->'scopes' ? 'admin'
        or (changes->>'expires_at')::timestamptz <= now()
    ) then
        raise exception 'a key cannot end its own administration';
    end if;
    update api_keys k set
        name = coalesce(changes->>'name', k.name),
        scopes = case when changes ? 'scopes'
                      then array(select jsonb_array_elements_text(changes->'scopes')) else k.scopes end,
        per_minute = coalesce((changes->>'per_minute')::integer, k.per_minute),
        per_hour = coalesce((changes->>'per_hour')::integer, k.per_hour),
        active = coalesce((changes->>'active')::boolean, k.active),
        expires_at = case when changes ? 'expires_at'
                          then (changes->>'expires_at')::timestamptz else k.expires_at end
        where k.id = of_key;
    if found then
        return query select * from describe_api_key(of_key);
    end if;
end
$$;

-- Another secret. The one before it is good for the grace; with none, not even for this moment. A sealed key
-- has no hash: its new version is what voids the old ones.
create function rotate_api_key(
    acting_key uuid, of_key uuid, new_prefix text, new_hash bytea, grace interval
) returns setof api_key_row
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    perform require_admin(acting_key);
    update api_keys k set
        version = k.version + 1,
        previous_hash = case when grace > interval '0' then k.key_hash end,
        previous_expires_at = case when grace > interval '0' then now() + grace end,
        key_hash = case when k.kind = 'stored' then new_hash end,
        prefix = case when k.kind = 'stored' then new_prefix else k.prefix end
        where k.id = of_key;
    if found then
        return query select * from describe_api_key(of_key);
    end if;
end
$$;

-- Whether there was one. Raises raise_exception (P0001) for a key that would delete itself.
create function delete_api_key(acting_key uuid, of_key uuid) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    perform require_admin(acting_key);
    if acting_key = of_key then
        raise exception 'a key cannot end its own administration';
    end if;
    delete from rate_limits where subject = of_key;
    delete from api_keys where id = of_key;
    return found;
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array[
        'list_api_keys', 'issue_api_key', 'change_api_key', 'rotate_api_key', 'delete_api_key'
    ] loop
        execute format('revoke all on function %I from public', name);
        execute format('grant execute on function %I to storyreel_api', name);
    end loop;
end
$$;
