-- What all collectors share: pace, pauses and faults per source, the ground on which a source may be read, each account's
-- own rhythm and state, campaign accounts that are read from the other side, and what services say of older posts.

-- The platform is the account's; a copy, so that what is due can be found per source without reading the others.
alter table collector_state
    add column platform         text,
    add column interval_seconds integer,            -- the account's own rhythm; null until it has been read once
    add column account_state    text,               -- why the service does not show it, in one word
    add column seen_handle      text,               -- the handle that the platform gives it today
    add constraint collector_interval_check check (interval_seconds > 0),
    add constraint collector_account_state_check check (account_state in
        ('not_found', 'suspended', 'deactivated', 'private', 'moved', 'moved_away'));
update collector_state s set platform = a.platform from account a where a.account_id = s.account_id;
alter table collector_state alter column platform set not null;

create function collector_state_platform() returns trigger language plpgsql as $$
begin
    select platform into new.platform from account where account_id = new.account_id;
    return new;
end $$;
create trigger collector_state_platform before insert on collector_state
    for each row execute function collector_state_platform();

drop index collector_due;
create index collector_due on collector_state (platform, due_at) where parked_at is null;
create index collector_leased on collector_state (leased_by) where leased_by is not null;

-- One service, seen by all workers. `failures` counts in a row over all accounts; from five on the source is tried with
-- one account at a time, after a pause that grows.
create table source_state (
    platform      text        primary key,
    paused_until  timestamptz,
    paused_why    text,                             -- rate, fault, denied
    failures      integer     not null default 0,
    last_error    text,
    last_error_at timestamptz,
    switched_off_by text,
    switched_off_at timestamptz,
    constraint source_state_pause_check check ((paused_until is null) = (paused_why is null)),
    constraint source_state_error_check check ((last_error is null) = (last_error_at is null)),
    constraint source_state_switch_check check ((switched_off_by is null) = (switched_off_at is null)),
    constraint source_state_failures_check check (failures >= 0)
);

-- How much of a service's limit is used up. Windows: `full_at` is the moment at which the bucket is full again (GCRA's
-- theoretical arrival time). Days: units used on `day`, in the service's own time zone.
create table source_bucket (
    platform text        not null,
    bucket   text        not null,
    full_at  timestamptz not null default '-infinity',
    day      date,
    used     bigint      not null default 0,
    most     bigint,                                -- units of a day, as the configuration says
    primary key (platform, bucket),
    constraint source_bucket_used_check check (used >= 0)
);

-- Sources whose terms ask for it are not read until somebody has recorded on what ground (contract, consent, permission).
create table source_ground (
    ground_id   uuid        primary key,
    platform    text        not null,
    ground      text        not null,
    document    text        not null,               -- where the paper is kept: number, date
    recorded_by text        not null,
    recorded_at timestamptz not null default now(),
    ended_by    text,
    ended_at    timestamptz,
    constraint source_ground_text_check check (length(btrim(ground)) >= 10 and length(btrim(document)) >= 3),
    constraint source_ground_end_check check ((ended_by is null) = (ended_at is null))
);
create unique index source_ground_live on source_ground (platform) where ended_at is null;

-- Campaign accounts of the live lists, read for what people of the register do with them. The people outside it are
-- dropped in memory; `strangers` only says how many there were.
create table campaign_state (
    platform      text        not null,
    handle        text        not null,             -- lower case, without @
    external_id   text,
    cursor        text        not null default '',
    due_at        timestamptz not null default now(),
    leased_by     uuid,
    leased_until  timestamptz,
    last_ok_at    timestamptz,
    last_error    text,
    last_error_at timestamptz,
    failures      integer     not null default 0,
    strangers     bigint      not null default 0,
    retired_at    timestamptz,                      -- not in any live list any more
    primary key (platform, handle),
    constraint campaign_lease_check check ((leased_by is null) = (leased_until is null)),
    constraint campaign_error_check check ((last_error is null) = (last_error_at is null)),
    constraint campaign_counts_check check (failures >= 0 and strangers >= 0)
);
create index campaign_due on campaign_state (platform, due_at) where retired_at is null;

-- A later version of a post is an act of its own, with its own hits and evidence; this names the post that it changed.
alter table activity add column edition_of text;
create index activity_edition on activity (account_id, edition_of) where edition_of is not null;
drop trigger activity_identity on activity;
create trigger activity_identity
    before update of account_id, activity_id, program_id, external_id, verb, happened_at, posted_at, seen_at, edition_of on activity
    for each row execute function activity_identity_is_fixed();

-- What a service says of a post that netral has: its author deleted it, or it is not shown any more ("tidak tersedia" is
-- not "dihapus"). The post stays as it was read.
create table activity_fact (
    account_id  uuid        not null,
    external_id text        not null,
    kind        text        not null,
    told_at     timestamptz,                        -- as the service says
    seen_at     timestamptz not null default now(),
    raw         bytea       not null,               -- the bytes that say so, zstd
    raw_sha256  bytea       not null,
    primary key (account_id, external_id, kind),
    constraint activity_fact_kind_check check (kind in ('deleted', 'unavailable')),
    constraint activity_fact_raw_check check (octet_length(raw_sha256) = 32),
    constraint activity_fact_activity_fkey foreign key (account_id, external_id)
        references activity (account_id, external_id) on delete cascade
);

-- Where a stream of live posts stands; one worker at a time listens to it.
create table stream_state (
    stream       text        primary key,           -- platform, and a number where there are several
    cursor       bigint,                            -- the stream's own position
    leased_by    uuid,
    leased_until timestamptz,
    last_ok_at   timestamptz,
    last_error   text,
    last_error_at timestamptz,
    constraint stream_lease_check check ((leased_by is null) = (leased_until is null)),
    constraint stream_error_check check ((last_error is null) = (last_error_at is null))
);
