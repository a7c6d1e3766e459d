-- One slow thing does not hold up the others: a dead address of one job, a session with many videos.

-- Who gets turns: an endpoint, or one address of a user's that was named with jobs.
alter table webhook_deliveries drop column target; -- and its two indexes
alter table webhook_deliveries add column target uuid not null
    generated always as (coalesce(endpoint_id, md5(user_id::text || ' ' || url)::uuid)) stored;
create index on webhook_deliveries (target, next_attempt_at) where state = 'pending';
create index on webhook_deliveries (target) where leased_until is not null;

-- One row for all that was in a session, so that its objects are listed once.
alter table deletions add column marks text[] not null default '{}'; -- the keys have one of them in them; none: any key
update deletions set marks = array[mark] where mark <> '';
alter table deletions drop column mark;
