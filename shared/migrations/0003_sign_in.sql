-- Who signs in with an address and a password, or with a token of another issuer.

-- What the deployment lets a user's own cap be, as it is the deployment that pays. null: any, or none.
alter table users add column spending_limit_usd numeric(12, 2) check (spending_limit_usd >= 0);
alter table users add constraint cap_within_limit check (
    spending_limit_usd is null or (monthly_cap_usd is not null and monthly_cap_usd <= spending_limit_usd)
);

create table credentials (
    user_id uuid primary key references users on delete cascade,
    email text not null unique check (length(email) between 3 and 254), -- NFKC, in lower case
    password_hash text not null, -- argon2id, with its parameters and salt
    changed_at timestamptz not null default now()
);

-- One sign-in, which goes on as long as its refresh token is exchanged for the next one. Only hashes of
-- tokens are kept: of the one that is good now, and of the one before, which a lost answer brings back.
create table refresh_families (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    generation integer not null default 0,
    token_hash bytea not null check (octet_length(token_hash) = 32), -- SHA-256
    spent_hash bytea check (octet_length(spent_hash) = 32),
    rotated_at timestamptz not null default now(),
    token_expires_at timestamptz not null, -- without use
    expires_at timestamptz not null, -- whatever happens
    revoked_at timestamptz,
    created_at timestamptz not null default now()
);
create index on refresh_families (user_id);
create index on refresh_families (token_expires_at);

-- How often something was tried in vain: by an address, at an account, by an address at an account.
create table sign_in_attempts (
    subject bytea primary key check (octet_length(subject) = 32), -- SHA-256 of what is counted
    failures integer not null,
    since timestamptz not null, -- the window's begin
    succeeded_at timestamptz,
    touched_at timestamptz not null default now()
);
create index on sign_in_attempts (touched_at);

-- The users of other issuers' tokens.
create table identities (
    issuer text not null,
    subject text not null,
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    primary key (issuer, subject)
);
create index on identities (user_id);

-- Nobody but the functions below reads or writes these: no policy and no grant.
alter table credentials enable row level security;
alter table refresh_families enable row level security;
alter table sign_in_attempts enable row level security;
alter table identities enable row level security;

-- Count a try before its outcome is known, so that a hundred at once are a hundred. Returns the seconds to
-- wait where there were `most` within `span` already, else null. A refused try does not make it longer.
create function count_attempt(what text, most integer, span interval) returns double precision
    language sql set search_path = public, pg_temp
    as $$
        insert into sign_in_attempts as a (subject, failures, since)
            values (sha256(convert_to(what, 'UTF8')), 1, clock_timestamp())
            on conflict (subject) do update set
                failures = case when a.since < clock_timestamp() - span then 1
                                else least(a.failures, most) + 1 end,
                since = case when a.since < clock_timestamp() - span then clock_timestamp() else a.since end,
                touched_at = clock_timestamp()
            returning case when failures > most
                           then greatest(1, extract(epoch from since + span - clock_timestamp())) end
    $$;

-- The try was good: it does not count, and its address is known at this account.
create function forgive_attempt(what text, known boolean) returns void
    language sql set search_path = public, pg_temp
    as $$
        update sign_in_attempts
            set failures = case when known then 0 else greatest(0, failures - 1) end,
                succeeded_at = case when known then now() else succeeded_at end,
                touched_at = now()
            where subject = sha256(convert_to(what, 'UTF8'))
    $$;

-- Whether the user of an account was signed in from an address before.
create function is_known_address(pair text) returns boolean
    language sql stable set search_path = public, pg_temp
    as $$
        select exists (
            select 1 from sign_in_attempts
            where subject = sha256(convert_to(pair, 'UTF8')) and succeeded_at > now() - interval '90 days'
        )
    $$;

-- What a password is compared with, if another try is allowed. An account that others guess at stays open
-- for addresses from which it was signed in to before: nobody locks its user out.
create function begin_sign_in(
    with_email text, address text, out user_id uuid, out password_hash text, out wait double precision
)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    pair text := 'pair/' || with_email || '/' || address;
begin
    wait := count_attempt('address/' || address, 50, interval '15 minutes');
    if wait is null then
        wait := count_attempt(pair, 10, interval '15 minutes');
    end if;
    if wait is null and not is_known_address(pair) then
        wait := count_attempt('account/' || with_email, 100, interval '1 hour');
    end if;
    if wait is null then
        select c.user_id, c.password_hash into user_id, password_hash
            from credentials c where c.email = with_email;
    end if;
end
$$;

create function open_family(
    of_user uuid, family uuid, hash bytea, idle interval, longest interval
) returns void
    language sql set search_path = public, pg_temp
    as $$
        insert into refresh_families (id, user_id, token_hash, token_expires_at, expires_at)
            values (family, of_user, hash, now() + least(idle, longest), now() + longest)
            on conflict (id) do nothing
    $$;

-- Whose family it is, where it was begun with just this token: a client that lost the answer asks again.
create function begun_family(family uuid, hash bytea) returns uuid
    language sql stable set search_path = public, pg_temp
    as $$ select f.user_id from refresh_families f where f.id = family and f.token_hash = hash $$;

-- The password was right. `new_hash`: the same password's, with the parameters of today; else null. False
-- where the password was changed in between. Asked again, it has begun the family, and does no more.
create function complete_sign_in(
    of_user uuid, with_email text, address text, old_hash text, new_hash text,
    family uuid, hash bytea, idle interval, longest interval
) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    pair text := 'pair/' || with_email || '/' || address;
begin
    if begun_family(family, hash) = of_user then
        return true;
    end if;
    update credentials c set password_hash = coalesce(new_hash, old_hash)
        where c.user_id = of_user and c.password_hash = old_hash;
    if not found then
        return false;
    end if;
    perform forgive_attempt('address/' || address, false);
    if not is_known_address(pair) then
        perform forgive_attempt('account/' || with_email, false);
    end if;
    perform forgive_attempt(pair, true);
    perform open_family(of_user, family, hash, idle, longest);
    return true;
end
$$;

-- A new user who has an address and a password, and is signed in. No user where the address is taken, and
-- a wait where too many were made from one network address. Asked again, it finds the user whom it made.
create function register_user(
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
        user_id := null;
        return;
    end if;
    perform open_family(user_id, family, hash, idle, longest);
end
$$;

-- Exchange a refresh token for its successor: `rotated`. One that was exchanged within `grace` gives the
-- same successor again (`again`): the answer may have been lost. An older one is `reused`, by whoever has
-- stolen it or was stolen from, and ends its family. Anything else is `invalid`.
create function rotate_refresh_token(
    family uuid, of_generation integer, hash bytea, next_hash bytea, grace interval, idle interval,
    out outcome text, out user_id uuid
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
    if of_generation = known.generation and hash = known.token_hash then
        update refresh_families
            set generation = generation + 1, spent_hash = token_hash, token_hash = next_hash,
                rotated_at = now(), token_expires_at = least(now() + idle, expires_at)
            where id = family;
        outcome := 'rotated';
        user_id := known.user_id;
    elsif of_generation = known.generation - 1 and hash = known.spent_hash
            and next_hash = known.token_hash and known.rotated_at > now() - grace then
        outcome := 'again';
        user_id := known.user_id;
    elsif of_generation < known.generation then
        update refresh_families set revoked_at = now() where id = family;
        outcome := 'reused';
        user_id := known.user_id;
    end if;
end
$$;

-- Sign out: the family of a token ends, whether that is its last token or the one before.
create function revoke_family(family uuid, hash bytea) returns void
    language sql security definer set search_path = public, pg_temp
    as $$
        update refresh_families set revoked_at = now()
            where id = family and revoked_at is null and hash in (token_hash, spent_hash)
    $$;

-- The caller's own address and password hash, with a wait where the caller tried too often.
create function own_credentials(out email text, out password_hash text, out wait double precision)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    wait := count_attempt('password/' || app_user_id(), 10, interval '15 minutes');
    if wait is null then
        select c.email, c.password_hash into email, password_hash
            from credentials c where c.user_id = app_user_id();
    end if;
end
$$;

create function own_email() returns text
    language sql stable security definer set search_path = public, pg_temp
    as $$ select email from credentials where user_id = app_user_id() $$;

-- The caller's new password ends every sign-in, and begins one. False where it was changed in between.
create function change_own_password(
    old_hash text, new_hash text, family uuid, hash bytea, idle interval, longest interval
) returns boolean
    language plpgsql security definer set search_path = public, pg_temp
    as $$
begin
    update credentials set password_hash = new_hash, changed_at = now()
        where user_id = app_user_id() and password_hash = old_hash;
    if not found then
        return false;
    end if;
    perform forgive_attempt('password/' || app_user_id(), true);
    update refresh_families set revoked_at = now() where user_id = app_user_id() and revoked_at is null;
    perform open_family(app_user_id(), family, hash, idle, longest);
    return true;
end
$$;

-- The user of another issuer's subject, made when it is seen first: one, however many ask at once.
create function user_of_identity(
    of_issuer text, of_subject text, with_name text, spending_limit numeric
) returns uuid
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    known uuid;
begin
    select user_id into known from identities where issuer = of_issuer and subject = of_subject;
    if known is not null then
        return known;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('identity/' || of_issuer || '/' || of_subject, 0));
    select user_id into known from identities where issuer = of_issuer and subject = of_subject;
    if known is null then
        insert into users (name, monthly_cap_usd, spending_limit_usd)
            values (with_name, spending_limit, spending_limit) returning id into known;
        insert into identities (issuer, subject, user_id) values (of_issuer, of_subject, known);
    end if;
    return known;
end
$$;

revoke all on function count_attempt from public;
revoke all on function forgive_attempt from public;
revoke all on function is_known_address from public;
revoke all on function open_family from public;
revoke all on function begun_family from public;
do $$
declare
    name text;
begin
    foreach name in array array[
        'begin_sign_in', 'complete_sign_in', 'register_user', 'rotate_refresh_token', 'revoke_family',
        'own_credentials', 'own_email', 'change_own_password', 'user_of_identity'
    ] loop
        execute format('revoke all on function %I from public', name);
        execute format('grant execute on function %I to storyreel_api', name);
    end loop;
end
$$;
