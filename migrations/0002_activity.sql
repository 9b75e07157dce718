-- Activities and hits, partitioned by account; what the matcher used; where each collector stands.

-- A published set never changes: the row is the set, source text and all.
create table keyword_set (
    set_id       text        not null,
    version      text        not null,              -- fingerprint of the whole closure, SHA-256 in hex
    title        text        not null,
    circular     text        not null,
    sources      text        not null,              -- JSON array of [name, text]: every file of the closure
    published_by text        not null,
    published_at timestamptz not null default now(),
    retired_at   timestamptz,
    primary key (set_id, version),
    constraint keyword_set_version_check check (version ~ '^[0-9a-f]{64}$')
);
-- One live version per election.
create unique index keyword_set_live on keyword_set (set_id) where retired_at is null;

create function keyword_set_is_immutable() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a published keyword set is never deleted'
            using errcode = 'check_violation', constraint = 'keyword_set_immutable';
    end if;
    if (old.set_id, old.version, old.title, old.circular, old.sources, old.published_by, old.published_at)
        is distinct from (new.set_id, new.version, new.title, new.circular, new.sources, new.published_by, new.published_at) then
        raise exception 'a published keyword set never changes; it can only be retired or taken up again'
            using errcode = 'check_violation', constraint = 'keyword_set_immutable';
    end if;
    return new;
end $$;
create trigger keyword_set_immutable before update or delete on keyword_set
    for each row execute function keyword_set_is_immutable();

create table activity (
    account_id  uuid        not null references account,
    activity_id uuid        not null,               -- UUIDv7 made in the client
    program_id  uuid        not null references program,
    external_id text        not null,               -- the platform's id, or <verb>:<target id>
    verb        text        not null,
    text        text        not null,
    url         text,
    happened_at timestamptz,                        -- three clocks, kept apart
    posted_at   timestamptz,
    seen_at     timestamptz not null,
    media       jsonb       not null default '[]',
    target      jsonb,
    hashtags    jsonb       not null default '[]',
    mentions    jsonb       not null default '[]',
    raw         bytea       not null,               -- the exact bytes of this one item, zstd
    raw_sha256  bytea       not null,               -- of the bytes before compression
    primary key (account_id, activity_id),
    constraint activity_external_key unique (account_id, external_id),
    constraint activity_external_check check (octet_length(external_id) between 1 and 512),
    constraint activity_verb_check check (verb in ('post', 'comment', 'share', 'like', 'follow', 'join')),
    constraint activity_raw_check check (octet_length(raw_sha256) = 32)
) partition by hash (account_id);

create table hit (
    account_id    uuid        not null,
    hit_id        uuid        not null,
    activity_id   uuid        not null,
    set_id        text        not null,
    set_version   text        not null,
    clause        text        not null,
    also          text[]      not null default '{}',
    stage         text        not null,
    verb          text        not null,
    level         text        not null,
    score         smallint    not null,             -- hundredths
    sides         text[]      not null default '{}',
    stance        jsonb       not null default '{}',
    parties       text[]      not null default '{}',
    matches       jsonb       not null,             -- [{keyword, kind, field, start, end, surface}, …]
    parts         jsonb       not null,             -- [{why, add}, …]
    reason        text        not null,
    counter       text[]      not null default '{}',
    state         text        not null,
    created_at    timestamptz not null default now(),
    claimed_by    uuid        references app_user,
    claimed_until timestamptz,                      -- a claim is a lease
    primary key (account_id, hit_id),
    constraint hit_activity_key unique (account_id, activity_id, set_id),
    constraint hit_activity_fkey foreign key (account_id, activity_id) references activity (account_id, activity_id) on delete cascade,
    constraint hit_set_fkey foreign key (set_id, set_version) references keyword_set (set_id, version),
    constraint hit_explained check (length(clause) > 0 and length(stage) > 0 and length(reason) > 0),
    constraint hit_level_check check (level in ('review', 'context')),
    constraint hit_score_check check (score between 0 and 100 and (level = 'review') = (score >= 50)),
    constraint hit_matches_check check (
        jsonb_typeof(matches) = 'array'
        and jsonb_array_length(matches) >= 1
        and not jsonb_path_exists(matches,
            '$[*] ? (!exists(@.keyword) || !exists(@.field) || !exists(@.start) || !exists(@.end) || !exists(@.surface) || @.end < @.start)')),
    constraint hit_state_check check (state in ('open', 'decided', 'background')),
    constraint hit_queue_check check ((level = 'context') = (state = 'background')),
    constraint hit_claim_check check ((claimed_by is null) = (claimed_until is null)),
    constraint hit_claim_open_check check (claimed_by is null or state = 'open')
) partition by hash (account_id);

do $$
begin
    for i in 0..15 loop
        execute format('create table activity_%s partition of activity for values with (modulus 16, remainder %s)', i, i);
        execute format('create table hit_%s partition of hit for values with (modulus 16, remainder %s)', i, i);
    end loop;
end $$;

create index activity_posted on activity (account_id, posted_at desc);
-- What has outlived its window is found without reading the rest.
create index activity_seen on activity (seen_at);
-- The queue, in its order: highest score first, then oldest.
create index hit_queue on hit (score desc, hit_id) where state = 'open';
-- A hit's page is addressed by the hit alone: sixteen index probes, and no account's id in an address.
create index hit_by_id on hit (hit_id);
create index hit_claimed on hit (claimed_by) where claimed_by is not null;

-- No activity of an account that is not in the register, active on that day, inside an approved program, is ever stored
-- (P01-P03). Checked once per statement over all its rows, so that a batch costs one join.
create function activity_is_in_register() returns trigger language plpgsql as $$
declare
    outsider record;
begin
    select n.account_id, n.program_id into outsider
    from added n
    join program p using (program_id)
    left join account a on a.account_id = n.account_id
        and a.approved_at is not null
        and a.stopped_at is null
        and (coalesce(n.happened_at, n.posted_at, n.seen_at) at time zone p.timezone)::date
            between a.valid_from and coalesce(a.valid_to, 'infinity'::date)
    where a.account_id is null
       or p.approved_at is null
       or (n.seen_at at time zone p.timezone)::date not between p.starts_on and p.ends_on
    limit 1;
    if found then
        raise exception 'account % is not active in the register on that day, or program % is not approved and running',
            outsider.account_id, outsider.program_id
            using errcode = 'check_violation', constraint = 'activity_in_register';
    end if;
    return null;
end $$;
create trigger activity_in_register_insert after insert on activity
    referencing new table as added for each statement execute function activity_is_in_register();
-- Whose act it is, in which frame and when, is settled at the insert; a later change would slip past the check above.
create function activity_identity_is_fixed() returns trigger language plpgsql as $$
begin
    raise exception 'account, program, id and times of an activity never change'
        using errcode = 'check_violation', constraint = 'activity_identity';
end $$;
create trigger activity_identity
    before update of account_id, activity_id, program_id, external_id, verb, happened_at, posted_at, seen_at on activity
    for each row execute function activity_identity_is_fixed();

-- Where the collector stands with each account; the lease lets any number of workers share the work.
create table collector_state (
    account_id   uuid        primary key references account,
    cursor       text        not null default '',
    due_at       timestamptz not null default now(),
    leased_by    uuid,                              -- a worker process
    leased_until timestamptz,
    last_ok_at   timestamptz,
    last_error_at timestamptz,
    last_error   text,                              -- for operators: cause and advice, never post text
    failures     integer     not null default 0,
    parked_at    timestamptz,                       -- given up until an operator looks
    constraint collector_lease_check check ((leased_by is null) = (leased_until is null)),
    constraint collector_error_check check ((last_error is null) = (last_error_at is null)),
    constraint collector_failures_check check (failures >= 0)
);
create index collector_due on collector_state (due_at) where parked_at is null;

-- What came in, counted; the only trace of an activity that was turned away.
create table intake (
    program_id  uuid        not null references program,
    day         date        not null,
    platform    text        not null,
    kept        bigint      not null default 0,
    known       bigint      not null default 0,
    turned_away bigint      not null default 0,
    rejected    bigint      not null default 0,
    primary key (program_id, day, platform),
    constraint intake_counts_check check (kept >= 0 and known >= 0 and turned_away >= 0 and rejected >= 0)
);

-- One item that could not be stored, kept with its bytes so that nothing is lost and nothing blocks the rest.
create table quarantine (
    quarantine_id uuid        primary key,
    account_id    uuid        not null references account,
    raw           bytea       not null,             -- zstd
    reason        text        not null,
    at            timestamptz not null default now()
);
