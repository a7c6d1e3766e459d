-- How often one execution has handed a video over to the next in vain.
alter table video_sessions
    add column idle_handovers integer not null default 0, -- since something was last asked for or made
    add column handed_over_at timestamptz;
