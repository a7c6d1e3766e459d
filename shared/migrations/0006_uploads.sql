-- What users send. An open upload is on its way: its bytes lie under tmp/ until they have been looked at.
create table uploads (
    id uuid primary key,
    user_id uuid not null references users on delete cascade,
    request_id text collate "C" not null,
    kind text not null check (kind in ('image', 'video', 'final_video')),
    method text not null check (method in ('inline', 'post', 'multipart')),
    state text not null default 'open' check (state in ('open', 'complete', 'refused', 'aborted', 'expired')),
    content_type text not null, -- as announced; once complete, as the bytes say
    size_bytes bigint not null check (size_bytes > 0), -- the same
    file_name text, -- the client's own, for people
    multipart_id text, -- storage's
    storage_key text, -- where it lies when it is complete
    width integer,
    height integer,
    duration_ms integer,
    error jsonb, -- {"code", "message"} when refused
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    finished_at timestamptz,
    foreign key (user_id, request_id) references media_sessions on delete cascade,
    check ((method = 'multipart') = (multipart_id is not null)),
    check ((state = 'complete') = (storage_key is not null)),
    check ((state = 'open') = (finished_at is null))
);
create index on uploads (user_id, request_id);
create index on uploads (user_id, expires_at) where state = 'open';

alter table uploads enable row level security;
create policy own_rows on uploads using (user_id = app_user_id()) with check (user_id = app_user_id());
grant select, insert, update, delete on uploads to storyreel_api;
