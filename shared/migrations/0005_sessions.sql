-- Sessions: everything that a client makes under one requestId of its own. What is asked for alone (a
-- story, a frame, a clip, a cut) is a small video, made by the same workflow out of the same ledger.

-- The words of a text, each marked with its user: what one user searches is not slower for what others
-- have. Eight digits are enough, since the rows are asked for by their user as well.
create function words_of(owner uuid, words text) returns text[]
    language sql immutable parallel safe
    return array(
        select distinct left(md5(owner::text), 8) || left(word, 40)
        from regexp_split_to_table(lower(words collate "pg_c_utf8"), '[^[:alnum:]]+') word where word <> ''
    );
-- All of these words. From the third letter on, what begins so is found.
create function search_query(owner uuid, words text) returns tsquery
    language sql immutable parallel safe
    return (
        select string_agg(quote_literal(word) || case when length(word) >= 8 + 3 then ':*' else '' end, ' & ')::tsquery
        from unnest(words_of(owner, words)) word
    );

-- The media library's rows. All but the times is read off the videos by a trigger, so that a page can be
-- filtered and searched by indexes alone.
create table media_sessions (
    user_id uuid not null references users on delete cascade,
    request_id text collate "C" not null check (request_id ~ '^[A-Za-z0-9_-]{1,64}$'),
    title text not null default '',
    prompts text not null default '', -- what was asked for, one under the other
    state text not null default 'empty' check (state in ('empty', 'making', 'done', 'failed')),
    kind text not null default 'nothing' -- the furthest that it has come
        check (kind in ('nothing', 'story', 'frames', 'clips', 'video')),
    search tsvector not null generated always as (array_to_tsvector(words_of(user_id, title || ' ' || prompts))) stored,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (user_id, request_id)
);
create index on media_sessions (user_id, created_at desc, request_id desc);
create index on media_sessions (user_id, state, created_at desc, request_id desc);
create index on media_sessions (user_id, kind, created_at desc, request_id desc);
create index on media_sessions using gin (search);
alter table media_sessions enable row level security;
create policy own_rows on media_sessions using (user_id = app_user_id()) with check (user_id = app_user_id());
grant select, insert, update, delete on media_sessions to storyreel_api;

alter table video_sessions
    add column request_id text collate "C",
    add column piece text check (piece in ('story', 'frame', 'clip', 'cut')), -- null: a whole video
    add column piece_index integer check (piece_index >= 0), -- the client's own number of it
    add column piece_total integer check (piece_total >= 1), -- of how many
    add column piece_identity text check (piece_identity ~ '^[0-9a-f]{64}$'), -- of what was asked for
    add column begun_as_job boolean not null default false, -- a piece, or for a customer's own server
    add check ((piece is null) = (piece_identity is null));

insert into media_sessions (user_id, request_id, created_at, updated_at)
    select user_id, id::text, created_at, updated_at from video_sessions;
update video_sessions set request_id = id::text;
alter table video_sessions
    alter column request_id set not null,
    add foreign key (user_id, request_id) references media_sessions on delete cascade;

-- The same request again in the same session is the same piece: it is found, not made and paid again.
create unique index video_sessions_piece on video_sessions (user_id, request_id, piece_identity)
    where piece_identity is not null;
create index on video_sessions (user_id, request_id, created_at, id);
create index video_sessions_whole on video_sessions (user_id, created_at desc, id desc) where piece is null;
drop index video_sessions_user_id_created_at_id_idx; -- the list of videos has whole ones alone

alter table video_scenes -- the picture that the scene's clip ends with
    add column last_frame_asset_id uuid references assets on delete set null;
create index on video_scenes (last_frame_asset_id) where last_frame_asset_id is not null;
create index on assets (storage_key);

-- Read a session's row off its videos anew.
create function refresh_media_session(owner uuid, session text) returns void
    language plpgsql set search_path = public, pg_temp
    as $$
begin
    -- One after another: two that end at once would each see the other still at work.
    perform 1 from media_sessions where user_id = owner and request_id = session for no key update;
    update media_sessions m
    set title = found.title, prompts = found.prompts, state = found.state, kind = found.kind, updated_at = now()
    from (
        select
            coalesce((array_agg(v.title order by v.piece = 'cut' desc, v.created_at)
                      filter (where v.title <> ''))[1], '') as title,
            coalesce(left(string_agg(distinct left(v.request->>'prompt', 500), E'\n'), 8000), '') as prompts,
            case
                when count(*) = 0 then 'empty'
                when bool_or(v.state in ('queued', 'running')) then 'making'
                when (array_agg(v.state order by v.finished_at desc nulls last))[1]
                     in ('stopped', 'succeeded') then 'done'
                else 'failed'
            end as state,
            case
                when bool_or(v.state = 'succeeded') then 'video'
                when bool_or(v.state = 'stopped' and v.request->>'stop_after' = 'clips') then 'clips'
                when bool_or(v.state = 'stopped' and v.request->>'stop_after' = 'frames') then 'frames'
                when bool_or(v.state = 'stopped' and v.request->>'stop_after' = 'story') then 'story'
                else 'nothing'
            end as kind
        from video_sessions v where v.user_id = owner and v.request_id = session
    ) found
    where m.user_id = owner and m.request_id = session;
end
$$;

create function video_changed() returns trigger
    language plpgsql set search_path = public, pg_temp
    as $$
begin
    if tg_op = 'DELETE' then
        perform refresh_media_session(old.user_id, old.request_id);
    else
        perform refresh_media_session(new.user_id, new.request_id);
    end if;
    return null;
end
$$;
create trigger video_made after insert or delete on video_sessions
    for each row execute function video_changed();
create trigger video_moved after update of state, title on video_sessions
    for each row
    when (old.title is distinct from new.title
          or (old.state in ('queued', 'running')) <> (new.state in ('queued', 'running'))
          or (new.state not in ('queued', 'running') and old.state <> new.state))
    execute function video_changed();

do $$
declare
    session record;
begin
    for session in select user_id, request_id from media_sessions loop
        perform refresh_media_session(session.user_id, session.request_id);
    end loop;
end
$$;

-- The keys of one page of the caller's sessions, newest first, behind a position. null: whatever it is.
--
-- Runs as its owner, since under row-level security the operators of search and of text order may not look
-- into an index before the policy has passed each row; planned for the very values that it is asked with.
create function media_session_page(
    wanted_state text, wanted_kind text, since timestamptz, until timestamptz, words text,
    before_created timestamptz, before_request text, most integer
) returns setof text rows 50
    language plpgsql stable security definer
    set search_path = public, pg_temp set plan_cache_mode = force_custom_plan
    as $$
declare
    wanted tsquery := search_query(app_user_id(), words);
    newest constant integer := 2000;
    found text[];
begin
    -- Among the newest: all that is asked for, or enough of a word that many have.
    found := array(
        select s.request_id from (
            select m.request_id, m.created_at, m.search from media_sessions m
            where m.user_id = app_user_id()
              and (wanted_state is null or m.state = wanted_state)
              and (wanted_kind is null or m.kind = wanted_kind)
              and (since is null or m.created_at >= since)
              and (until is null or m.created_at < until)
              and (before_created is null or (m.created_at, m.request_id) < (before_created, before_request))
            order by m.created_at desc, m.request_id desc
            limit case when words is null then most else newest end
        ) s
        where words is null or s.search @@ wanted
        order by s.created_at desc, s.request_id desc limit most
    );
    if words is null or cardinality(found) >= most then
        return query select unnest(found);
        return;
    end if;
    -- A word that few have: by the index of words, whose size for it does not hang on how many sessions there
    -- are. The planner, left alone, would walk through all of them in order, hoping to meet enough soon.
    return query
        with matching as materialized (
            select m.request_id, m.created_at from media_sessions m
            where m.search @@ wanted and m.user_id = app_user_id()
              and (wanted_state is null or m.state = wanted_state)
              and (wanted_kind is null or m.kind = wanted_kind)
              and (since is null or m.created_at >= since)
              and (until is null or m.created_at < until)
              and (before_created is null or (m.created_at, m.request_id) < (before_created, before_request))
        )
        select s.request_id from matching s order by s.created_at desc, s.request_id desc limit most;
end
$$;
revoke all on function media_session_page from public;
grant execute on function media_session_page to storyreel_api;
