-- Every tenant's row carries user_id, and row-level security compares it with the caller that the
-- API sets for each transaction. The API connects as storyreel_api, which cannot bypass that.

create function app_user_id() returns uuid
    language sql stable
    as $$ select nullif(current_setting('app.user_id', true), '')::uuid $$;

create table users (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    monthly_cap_usd numeric(12, 2) check (monthly_cap_usd >= 0), -- null: no cap
    created_at timestamptz not null default now()
);

create table api_keys (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users on delete cascade,
    name text not null,
    prefix text not null, -- what a person recognises the key by
    key_hash bytea not null unique check (octet_length(key_hash) = 32), -- SHA-256
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index on api_keys (user_id);

-- A video, from the request to the end.
create table video_sessions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users on delete cascade,
    request jsonb not null, -- as it was asked for, without the reference image's bytes
    makers jsonb not null, -- who makes what: {"story": "openai/…", …}
    state text not null default 'queued'
        check (state in ('queued', 'running', 'stopped', 'succeeded', 'failed', 'cancelled',
                         'needs_budget', 'needs_credit')),
    max_cost_usd numeric(12, 2) check (max_cost_usd >= 0), -- null: no cap but the user's
    error jsonb, -- {"code", "message", "scene"} when failed
    title text,
    overview text,
    sheet jsonb, -- characters, setting and palette: what stays alike in every frame
    reference_asset_id uuid, -- the picture that frames are kept alike to
    executions integer not null default 0, -- how often the workflow was started for it
    resumes integer not null default 0, -- how often because it was found without an execution
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    finished_at timestamptz
);
create index on video_sessions (user_id, created_at desc, id desc);
create index on video_sessions (updated_at) where state in ('queued', 'running');

-- One shot of a video. Its number is its place; its id stays when others are put before it.
create table video_scenes (
    id uuid primary key default gen_random_uuid(),
    video_id uuid not null references video_sessions on delete cascade,
    number integer not null check (number >= 1),
    user_id uuid not null references users on delete cascade,
    title text not null,
    description text not null,
    prompt text not null,
    motion text not null,
    narration text not null,
    duration_ms integer not null check (duration_ms > 0),
    style text, -- another one than the video's
    frame_take integer not null default 1,
    clip_take integer not null default 1,
    narration_take integer not null default 1,
    frame_maker text, -- who makes it in the place of the video's own maker, which is down
    clip_maker text,
    narration_maker text,
    error jsonb,
    unique (video_id, number) deferrable initially deferred
);

-- Whatever was made, once per recipe.
create table assets (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users on delete cascade,
    video_id uuid not null references video_sessions on delete cascade,
    scene_id uuid references video_scenes on delete set null,
    identity text not null check (identity ~ '^[0-9a-f]{64}$'), -- SHA-256 of the recipe
    kind text not null,
    recipe jsonb not null,
    storage_key text not null,
    content_type text not null,
    size_bytes bigint not null check (size_bytes > 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'), -- of the bytes
    created_at timestamptz not null default now(),
    unique (video_id, identity)
);
create index on assets (scene_id, kind);

alter table video_sessions
    add foreign key (reference_asset_id) references assets on delete set null;

-- What a scene is made of now. `pinned`: chosen by the user, whatever the recipe would say.
create table video_frames (
    scene_id uuid primary key references video_scenes on delete cascade,
    user_id uuid not null references users on delete cascade,
    asset_id uuid not null references assets on delete cascade,
    pinned boolean not null default false
);

create table video_clips (
    scene_id uuid primary key references video_scenes on delete cascade,
    user_id uuid not null references users on delete cascade,
    asset_id uuid not null references assets on delete cascade, -- as the provider delivered it
    segment_asset_id uuid references assets on delete set null, -- conformed for the cut
    pinned boolean not null default false
);

create table video_narrations (
    scene_id uuid primary key references video_scenes on delete cascade,
    user_id uuid not null references users on delete cascade,
    asset_id uuid not null references assets on delete cascade,
    pinned boolean not null default false
);

create table final_videos (
    video_id uuid primary key references video_sessions on delete cascade,
    user_id uuid not null references users on delete cascade,
    asset_id uuid not null references assets on delete cascade,
    captions_asset_id uuid references assets on delete set null,
    poster_asset_id uuid references assets on delete set null,
    preview_asset_id uuid references assets on delete set null,
    width integer not null,
    height integer not null,
    frames integer not null,
    created_at timestamptz not null default now()
);

-- Spending, written down before it happens. A row outlives its video, without the recipe's words.
create table provider_calls (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users on delete cascade,
    video_id uuid references video_sessions on delete set null,
    scene_id uuid references video_scenes on delete set null,
    identity text not null,
    kind text not null,
    recipe jsonb,
    provider text not null,
    model text not null,
    state text not null default 'intended'
        check (state in ('intended', 'submitted', 'succeeded', 'failed', 'lost')),
    task_id text, -- the provider's
    estimated_cost_usd numeric(12, 6) not null,
    actual_cost_usd numeric(12, 6),
    error jsonb, -- {"code", "message"}
    lease_expires_at timestamptz not null, -- until then whoever intended it may still be at work
    intended_at timestamptz not null default now(),
    submitted_at timestamptz,
    running_at timestamptz, -- a task's time counts from here, not from the queue
    finished_at timestamptz,
    check (state <> 'submitted' or task_id is not null)
);
create index on provider_calls (video_id);
create index on provider_calls (user_id, intended_at);
-- The one rule that no crash and no race can break: one open call per recipe.
create unique index provider_calls_open on provider_calls (video_id, identity)
    where state in ('intended', 'submitted');

-- How much a provider lets an account do, as it says itself. Of the deployment, not of a tenant.
create table provider_capacities (
    provider text not null,
    model text not null,
    max_concurrent integer check (max_concurrent > 0), -- null: no limit
    max_daily integer check (max_daily > 0),
    read_at timestamptz not null default now(),
    primary key (provider, model)
);
grant select, insert, update on provider_capacities to storyreel_api;

-- Who waits for a turn at a provider that is at work on as much as it takes.
create table provider_turns (
    id bigint generated always as identity primary key,
    user_id uuid not null references users on delete cascade,
    video_id uuid not null references video_sessions on delete cascade,
    scene_id uuid references video_scenes on delete cascade,
    kind text not null,
    identity text not null,
    provider text not null,
    model text not null,
    allowed_at timestamptz, -- when the provider's limit for a day lets it pass
    since timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp(), -- who does not come back lets others pass
    unique (video_id, identity)
);
create index on provider_turns (provider, model);

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'api_keys', 'video_sessions', 'video_scenes', 'assets', 'video_frames', 'video_clips',
        'video_narrations', 'final_videos', 'provider_calls', 'provider_turns'
    ] loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format(
            'create policy own_rows on %I using (user_id = app_user_id()) with check (user_id = app_user_id())',
            tenant_table
        );
        execute format('grant select, insert, update, delete on %I to storyreel_api', tenant_table);
    end loop;
end
$$;

alter table users enable row level security;
create policy own_row on users using (id = app_user_id());
grant select, update (monthly_cap_usd) on users to storyreel_api;

-- Whom a key belongs to. The one thing that the API may know without being anybody yet.
create function authenticate(hash bytea) returns uuid
    language sql security definer set search_path = public, pg_temp
    as $$
        with known as (
            select id, user_id, last_used_at from api_keys
            where key_hash = hash and revoked_at is null
        ), used as (
            update api_keys set last_used_at = now() from known
            where api_keys.id = known.id
              and (known.last_used_at is null or known.last_used_at < now() - interval '1 minute')
        )
        select user_id from known
    $$;
revoke all on function authenticate(bytea) from public;
grant execute on function authenticate(bytea) to storyreel_api;

create index on provider_calls (scene_id, kind, intended_at desc) where scene_id is not null;
create index on provider_calls (provider, model, intended_at desc);
create index on provider_turns (scene_id);
create index on assets (user_id);
create index on video_frames (asset_id);
create index on video_clips (asset_id);
create index on video_clips (segment_asset_id);
create index on video_narrations (asset_id);
create index on final_videos (asset_id);
create index on final_videos (captions_asset_id);
create index on final_videos (poster_asset_id);
create index on final_videos (preview_asset_id);
create index on video_sessions (reference_asset_id) where reference_asset_id is not null;
create index provider_calls_at_work on provider_calls (provider, model)
    where state in ('intended', 'submitted');

-- Take a turn at a provider, or a place in the line. Sees every tenant's calls, and tells only numbers.
-- Returns how many are before the caller (0: it is the caller's turn, and the claim that follows in the
-- same transaction counts), and when the day's limit allows one more call (null: now).
--
-- Fair among users: whoever has fewer calls at work and in the line before it comes first; and first
-- come, first served within a user. An intent whose lease ran out is not at work any more.
create function take_turn(
    turn_video uuid, turn_scene uuid, turn_kind text, turn_identity text, turn_provider text, turn_model text,
    max_concurrent integer, max_daily integer, seen_within interval,
    out before integer, out allowed_at timestamptz
)
    language plpgsql security definer set search_path = public, pg_temp
    as $$
declare
    at_work integer;
    place integer;
begin
    perform pg_advisory_xact_lock(hashtextextended('turn/' || turn_provider || '/' || turn_model, 0));

    insert into provider_turns (user_id, video_id, scene_id, kind, identity, provider, model)
        select app_user_id(), v.id, turn_scene, turn_kind, turn_identity, turn_provider, turn_model
        from video_sessions v where v.id = turn_video and v.user_id = app_user_id()
        on conflict (video_id, identity) do update set seen_at = clock_timestamp();

    if max_daily is not null then
        select intended_at + interval '1 day' into allowed_at
            from provider_calls
            where provider = turn_provider and model = turn_model
              and intended_at > now() - interval '1 day'
              and (submitted_at is not null or state in ('intended', 'succeeded', 'lost'))
            order by intended_at desc offset max_daily - 1 limit 1;
    end if;

    with busy as (
        select user_id, count(*) as calls from provider_calls
        where provider = turn_provider and model = turn_model
          and (state = 'submitted' or state = 'intended' and lease_expires_at > now())
        group by user_id
    ), line as (
        select t.video_id, t.identity, t.since, t.id,
               coalesce(b.calls, 0) + row_number() over (partition by t.user_id order by t.since, t.id) as round
        from provider_turns t left join busy b using (user_id)
        where t.provider = turn_provider and t.model = turn_model
          and t.seen_at > clock_timestamp() - seen_within
    ), ranked as (
        select video_id, identity, row_number() over (order by round, since, id) as rank from line
    )
    select (select coalesce(sum(calls), 0) from busy), rank into at_work, place
        from ranked where video_id = turn_video and identity = turn_identity;

    before := greatest(0, at_work + coalesce(place, 1) - coalesce(max_concurrent, 2147483647 - 1000000));
    if before = 0 and allowed_at is null then
        delete from provider_turns where video_id = turn_video and identity = turn_identity;
    else
        update provider_turns t set allowed_at = take_turn.allowed_at
            where t.video_id = turn_video and t.identity = turn_identity;
    end if;
end
$$;
revoke all on function take_turn from public;
grant execute on function take_turn to storyreel_api;
