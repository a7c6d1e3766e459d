-- How long a tenant's videos are kept, and what is still to be deleted; and the id that ties what is done
-- for a video to the request that asked for it.

alter table video_sessions add column correlation_id text not null default '';

alter table users add column retention_days integer check (retention_days between 1 and 3650); -- null: for good
grant update (retention_days) on users to storyreel_api;

-- Whose objects are gone. A function that was at work on them may store one more before it learns of it: what
-- stands here is looked for again until none can be left.
create table deletions (
    id bigint generated always as identity primary key,
    prefix text not null check (prefix <> ''), -- what the keys begin with
    mark text not null default '', -- what they have in them, too
    deleted_at timestamptz not null default now()
);
create index on deletions (deleted_at);
alter table deletions enable row level security;
create policy own_objects on deletions for insert with check (starts_with(prefix, app_user_id()::text || '/'));
grant insert on deletions to storyreel_api;
