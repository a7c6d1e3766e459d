-- Tasks that have ended at the provider and are still to be fetched, and tasks that we had cancelled.
alter table provider_calls
    add column ended_at timestamptz, -- the provider had finished the task by then: it holds no place there
    add column unusable_fetches integer not null default 0, -- how often what it made could not be used
    add column cancelled_at timestamptz; -- when we had it cancelled

-- Take a turn at a provider, or a place in the line. Sees every tenant's calls, and tells only numbers.
-- Returns how many are before the caller (0: it is the caller's turn, and the claim that follows in the
-- same transaction counts), for how long it has been that many, and when the day's limit allows one more
-- call (null: now).
--
-- Fair among users: whoever has fewer calls at work and in the line before it comes first; and first
-- come, first served within a user. An intent whose lease ran out is not at work any more, nor is a
-- task that has ended, or that nobody could look at for a week.
create or replace function take_turn(
    turn_video uuid, turn_scene uuid, turn_kind text, turn_identity text, turn_provider text, turn_model text,
    max_concurrent integer, max_daily integer, seen_within interval,
    out before integer, out unmoved interval, out allowed_at timestamptz
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
          and (state = 'submitted' and ended_at is null and submitted_at > now() - interval '7 days'
               or state = 'intended' and lease_expires_at > now())
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
        unmoved := interval '0';
    else
        update provider_turns t
            set allowed_at = take_turn.allowed_at,
                ahead = before,
                ahead_since = case when t.ahead = before then t.ahead_since else clock_timestamp() end
            where t.video_id = turn_video and t.identity = turn_identity
            returning clock_timestamp() - t.ahead_since into unmoved;
    end if;
end
$$;
revoke all on function take_turn from public;
grant execute on function take_turn to storyreel_api;
