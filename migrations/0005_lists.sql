-- The life of a keyword list: draft, signature, publication, rescan; and what every hit teaches about its keywords.

-- The working copy of one file. Files in keywords/ and rows here are two views of one thing: the text is kept byte for byte.
create table keyword_draft (
    kind       text        not null,                -- `set` or `circular`
    draft_id   text        not null,                -- id of the set or of the circular
    text       text        not null,
    revision   bigint      not null default 1,
    updated_by text        not null,
    updated_at timestamptz not null default now(),
    primary key (kind, draft_id),
    constraint keyword_draft_kind_check check (kind in ('set', 'circular')),
    constraint keyword_draft_id_check check (draft_id ~ '^[a-z0-9-]{1,100}$'),
    constraint keyword_draft_revision_check check (revision >= 1)
);

-- Who changed a file, when and why: whoever did since the last publication can't sign the next one.
create table keyword_edit (
    kind      text        not null,
    draft_id  text        not null,
    revision  bigint      not null,
    edited_by text        not null,
    edited_at timestamptz not null default clock_timestamp(),
    why       text        not null,
    sha256    bytea       not null,                 -- of the text after the edit
    primary key (kind, draft_id, revision),
    constraint keyword_edit_draft_fkey foreign key (kind, draft_id) references keyword_draft (kind, draft_id),
    constraint keyword_edit_sha256_check check (octet_length(sha256) = 32)
);
create trigger keyword_edit_append_only before update or delete on keyword_edit
    for each row execute function is_append_only();

-- A proposal that its author looks at before it goes into the draft: an upload, a paste.
create table keyword_proposal (
    proposal_id uuid        primary key,
    draft_id    text        not null,               -- always a set
    revision    bigint      not null,               -- of the draft it was made from; a newer one makes it void
    text        text        not null,               -- the draft's text as it would be
    origin      text        not null,               -- file name, or `tempel`
    proposed_by text        not null,
    proposed_at timestamptz not null default now()
);
create index keyword_proposal_draft on keyword_proposal (draft_id);

-- A second person vouches for exactly this content.
create table keyword_signature (
    set_id       text        not null,
    version      text        not null,              -- fingerprint of the closure that was read
    signed_by    text        not null,
    on_behalf_of text,                              -- the absent signer, for a stand-in
    signed_at    timestamptz not null default clock_timestamp(),
    primary key (set_id, version, signed_by),
    constraint keyword_signature_version_check check (version ~ '^[0-9a-f]{64}$'),
    constraint keyword_signature_behalf_check check (on_behalf_of is null or on_behalf_of <> signed_by)
);
create trigger keyword_signature_append_only before update or delete on keyword_signature
    for each row execute function is_append_only();

-- Who may sign while a signer is absent, appointed beforehand.
create table keyword_stand_in (
    stand_in_id  uuid        primary key,
    for_login    text        not null references app_user (login),
    login        text        not null references app_user (login),
    valid_from   date        not null,
    valid_to     date        not null,
    why          text        not null,
    appointed_by text        not null references app_user (login),
    appointed_at timestamptz not null default now(),
    ended_at     timestamptz,
    constraint keyword_stand_in_self_check check (login <> for_login),
    constraint keyword_stand_in_dates_check check (valid_from <= valid_to),
    constraint keyword_stand_in_why_check check (length(btrim(why)) >= 5)
);

-- Publications are numbered and bear two names. What was published before there were signatures says so.
alter table keyword_set
    add column number integer,
    add column authors text[] not null default '{}',
    add column signed_by text;
alter table keyword_set disable trigger keyword_set_immutable;
update keyword_set s set authors = array[published_by], signed_by = 'sebelum-tanda-tangan',
    number = (select count(*) from keyword_set e where e.set_id = s.set_id and (e.published_at, e.version) <= (s.published_at, s.version));
alter table keyword_set enable trigger keyword_set_immutable;
insert into keyword_signature (set_id, version, signed_by, signed_at)
    select set_id, version, signed_by, published_at from keyword_set;
alter table keyword_set
    alter column number set not null,
    alter column signed_by set not null,
    alter column authors drop default,
    add constraint keyword_set_number_key unique (set_id, number),
    add constraint keyword_set_four_eyes check (cardinality(authors) > 0 and not signed_by = any (authors)),
    add constraint keyword_set_signature_fkey foreign key (set_id, version, signed_by)
        references keyword_signature (set_id, version, signed_by);

create or replace function keyword_set_is_immutable() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a published keyword set is never deleted'
            using errcode = 'check_violation', constraint = 'keyword_set_immutable';
    end if;
    if (old.set_id, old.version, old.title, old.circular, old.sources, old.published_by, old.published_at, old.number,
        old.authors, old.signed_by)
        is distinct from (new.set_id, new.version, new.title, new.circular, new.sources, new.published_by,
        new.published_at, new.number, new.authors, new.signed_by) then
        raise exception 'a published keyword set never changes; it can only be retired or taken up again'
            using errcode = 'check_violation', constraint = 'keyword_set_immutable';
    end if;
    return new;
end $$;

-- Counts every change of what is live. A worker names the generation that its matcher was built from; see lists_are_at.
create table list_generation (
    singleton  boolean primary key default true,
    generation bigint  not null,
    constraint list_generation_one_row check (singleton)
);
insert into list_generation (generation) values (1);

create function keyword_set_moves_generation() returns trigger language plpgsql as $$
begin
    -- Waits for the pages that are being committed with the lists before; those that come later see the new generation.
    perform pg_advisory_xact_lock(hashtext('netral lists'));
    update list_generation set generation = generation + 1;
    perform pg_notify('netral_lists', '');
    return null;
end $$;
create trigger keyword_set_generation after insert or update on keyword_set
    for each statement execute function keyword_set_moves_generation();

-- Asked inside the transaction that writes hits: whether they were made with the lists that are live at its commit.
create function lists_are_at(expected bigint) returns boolean language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(hashtext('netral lists'));
    return (select generation = expected from list_generation);
end $$;

-- Reading the window again after a publication; the position commits with the hits it stands for.
create table rescan (
    rescan_id       uuid        primary key,
    set_id          text        not null,
    version         text        not null,
    earlier_version text,                           -- none: the set's first publication
    requested_by    text        not null,
    requested_at    timestamptz not null default now(),
    state           text        not null default 'open',
    total           bigint,                         -- how many activities there are to read; none: not counted yet
    after_seen_at   timestamptz not null default '-infinity',
    after_activity  uuid        not null default '00000000-0000-0000-0000-000000000000',
    activities      bigint      not null default 0, -- read so far
    gained          bigint      not null default 0, -- hits that joined the queue
    withdrawn       bigint      not null default 0, -- open hits that left it
    remade          bigint      not null default 0, -- open hits that the new version explains differently
    leased_by       uuid,
    leased_until    timestamptz,
    finished_at     timestamptz,
    constraint rescan_set_fkey foreign key (set_id, version) references keyword_set (set_id, version),
    constraint rescan_state_check check (state in ('open', 'done', 'superseded')),
    constraint rescan_finished_check check ((state = 'open') = (finished_at is null)),
    constraint rescan_lease_check check ((leased_by is null) = (leased_until is null))
);
create unique index rescan_open on rescan (set_id) where state = 'open';
create index rescan_requested on rescan (set_id, requested_at desc);

-- A hit that somebody held when the rescan came past: looked at again once it is given back.
create table rescan_held (
    rescan_id   uuid not null references rescan on delete cascade,
    account_id  uuid not null,
    activity_id uuid not null,
    primary key (rescan_id, account_id, activity_id)
);

alter table hit
    add column origin text not null default 'live',
    add column earlier_version text,                -- the version that first made it, where a rescan made it anew
    add column withdrawn_version text;              -- the version in which its keywords are gone
alter table hit
    drop constraint hit_state_check,
    add constraint hit_state_check check (state in ('open', 'decided', 'background', 'withdrawn', 'quarantined')),
    add constraint hit_origin_check check (origin in ('live', 'rescan')),
    add constraint hit_withdrawn_check check ((state = 'withdrawn') = (withdrawn_version is not null));
create index hit_quarantined on hit (set_id) where state = 'quarantined';

-- In the order in which a rescan reads, without a sort.
drop index activity_seen;
create index activity_seen on activity (seen_at, activity_id);

-- How often each keyword was in a hit, by day; no account, no person.
create table keyword_day (
    set_id  text   not null,
    keyword text   not null,
    day     date   not null,
    version text   not null,
    hits    bigint not null,
    primary key (set_id, keyword, day, version),
    constraint keyword_day_hits_check check (hits >= 0)
);

-- A keyword over its daily cap: its hits wait apart until an admin looks.
create table keyword_quarantine (
    set_id      text        not null,
    version     text        not null,
    keyword     text        not null,
    cap         integer     not null,
    since       timestamptz not null default now(),
    released_at timestamptz,
    released_by text,
    primary key (set_id, version, keyword),
    constraint keyword_quarantine_release_check check ((released_at is null) = (released_by is null))
);

-- What people said of the hits a keyword was in: one row per decision and keyword, without account or hit, so that what a
-- list learned outlives what must be forgotten.
create table keyword_outcome (
    outcome_id uuid        primary key,
    set_id     text        not null,
    keyword    text        not null,
    version    text        not null,
    outcome    text        not null,
    decided_at timestamptz not null default now(),
    constraint keyword_outcome_check check (outcome in ('bukan_dugaan', 'perlu_klarifikasi', 'dugaan'))
);
create index keyword_outcome_latest on keyword_outcome (set_id, keyword, decided_at desc);
insert into keyword_outcome (outcome_id, set_id, keyword, version, outcome, decided_at)
    select gen_random_uuid(), h.set_id, k.keyword, h.set_version, d.outcome, d.decided_at
    from decision d join hit h using (account_id, hit_id)
    cross join lateral (select distinct m ->> 'keyword' as keyword from jsonb_array_elements(h.matches) m) k;

-- A draft tried against the window before it is published. Nothing of a post is kept here, only ids and counts.
create table backtest (
    backtest_id  uuid        primary key,
    set_id       text        not null,
    version      text        not null,              -- fingerprint of what is tried
    against      text,                              -- the live version it is compared with
    sources      text        not null,              -- JSON array of [name, text], as in keyword_set
    requested_by text        not null,
    requested_at timestamptz not null default now(),
    state        text        not null default 'waiting',
    total        bigint,
    activities   bigint      not null default 0,
    result       text,                              -- JSON
    problem      text,
    leased_by    uuid,
    leased_until timestamptz,
    finished_at  timestamptz,
    constraint backtest_state_check check (state in ('waiting', 'running', 'done', 'stopped', 'failed')),
    constraint backtest_lease_check check ((leased_by is null) = (leased_until is null))
);
create index backtest_set on backtest (set_id, requested_at desc);
