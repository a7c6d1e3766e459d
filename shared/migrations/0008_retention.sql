-- How long a tenant's videos are kept, and what is still to be deleted; and the id that ties what is done
-- for a video to the request that asked for it.

alter table video_sessions add column correlation_id text not null default '';
