-- A sign-in that is sent again after it has gone on; what only code of the first release still uses.

-- As before; and a right password does not count as a try in vain where the family has gone on, either: null.
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
    end if;
    perform forgive_attempt('address/' || address, false);
    if not is_known_address(pair) then
        perform forgive_attempt('account/' || with_email, false);
    end if;
    perform forgive_attempt(pair, true);
    begin
        perform open_family(of_user, family, hash, idle, longest);
    exception when unique_violation then
        return null;
    end;
    return true;
end
$$;

-- For code of the first release, which asks without `by_request`: there is one way to exchange a token.
create or replace function rotate_refresh_token(
    family uuid, of_generation integer, hash bytea, next_hash bytea, grace interval, idle interval,
    out outcome text, out user_id uuid
)
    language sql security definer set search_path = public, pg_temp
    as $$ select * from rotate_refresh_token(family, of_generation, hash, next_hash, null, grace, grace, idle) $$;

-- Nobody counts in it any more (request_counts), so nobody would ever empty it.
delete from rate_limits;
