-- Uploads that came to nothing are forgotten a while after their end.
create index on uploads (finished_at) where state in ('refused', 'aborted', 'expired');

-- Pictures that a video was ordered with, beside the reference that stands with it.
create table video_pictures (
    video_id uuid not null references video_sessions on delete cascade,
    role text not null check (role in ('reference', 'frame')),
    number integer not null check (number >= 1), -- a reference's place; of a frame, the scene's
    user_id uuid not null references users on delete cascade,
    asset_id uuid not null references assets on delete cascade,
    primary key (video_id, role, number)
);
create index on video_pictures (asset_id);
create index on video_pictures (user_id);
alter table video_pictures enable row level security;
create policy own_rows on video_pictures using (user_id = app_user_id()) with check (user_id = app_user_id());
grant select, insert, update, delete on video_pictures to storyreel_api;
