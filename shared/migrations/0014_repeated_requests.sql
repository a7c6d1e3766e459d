-- A whole video, too, can be found by what was asked for: the same request again is not made and paid again.
alter table video_sessions
    drop constraint video_sessions_check,
    add constraint video_sessions_check check (piece is null or piece_identity is not null);
