-- The server's clock as the services saw it. A machine whose battery is flat wakes up in another year; when its clock is set
-- right, whatever was written for later must not wait for that year, and until then nothing may be forgotten by it.
create table clock (
    singleton     boolean     primary key default true,
    seen_at       timestamptz not null,     -- when a service last looked
    doubted_until timestamptz,              -- after a leap ahead nothing is forgotten before then
    back_at       timestamptz,              -- when it was last set back, and by how many seconds
    back_by       double precision,
    constraint clock_one_row check (singleton)
);
