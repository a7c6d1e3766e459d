-- Uploads that came to nothing are forgotten a while after their end.
create index on uploads (finished_at) where state in ('refused', 'aborted', 'expired');
