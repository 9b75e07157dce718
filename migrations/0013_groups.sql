-- Copies of one text or picture, closed together where nothing is suspected; known answers that people read for practice.

-- What a group is a copy of, as hashes of what its first member says: no words, no account. The id follows from those
-- hashes, so that two processes that meet the same text at once make one row. No foreign key leads here from `hit`: a
-- group spans accounts.
create table hit_group (
    group_id uuid        primary key,
    bands    bigint[]    not null,               -- copies share at least one; each says set, sides and stance too
    shingles bytea       not null,               -- hashes of runs of three words, sorted, four bytes each; empty for short texts
    unusual  bytea       not null,               -- hashes of the words that no dictionary has: names above all
    looks    bytea,                              -- how a picture looks, where netral had its bytes
    made_at  timestamptz not null default now(),
    constraint hit_group_bands_check check (cardinality(bands) between 1 and 64),
    constraint hit_group_hashes_check check (octet_length(shingles) % 4 = 0 and octet_length(unusual) % 4 = 0),
    constraint hit_group_looks_check check (octet_length(looks) = 16)
);
-- Without a pending list: every page of activities looks in it, and would read that list each time.
create index hit_group_bands on hit_group using gin (bands) with (fastupdate = off);

alter table hit add column group_id uuid;        -- its own id where it is like no other; null until somebody has looked
create index hit_in_group on hit (group_id) where group_id is not null;
create index hit_ungrouped on hit (hit_id) where group_id is null and level = 'review';

-- Screenshots are compared by how they look; whose face is on them is nobody's question.
alter table tip
    add column picture_looks bytea,
    add constraint tip_looks_check check (picture_looks is null or (picture is not null and octet_length(picture_looks) = 16));

-- Many copies dismissed by one person at one stroke. Each decision is a row of its own; this one says which belong together.
create table bulk_close (
    bulk_id     uuid        primary key,
    group_id    uuid        not null,
    user_id     uuid        not null references app_user,
    reason_code text        not null,
    hits        integer     not null,
    closed_at   timestamptz not null default now(),
    constraint bulk_close_hits_check check (hits >= 1)
);
create index bulk_close_group on bulk_close (group_id, user_id, closed_at desc);
create trigger bulk_close_append_only before update or delete on bulk_close
    for each row execute function is_append_only();
create trigger bulk_close_no_truncate before truncate on bulk_close
    for each statement execute function is_append_only();

-- Nothing is ever suspected, or asked, of several people at one stroke; and nobody is second or third at a stroke.
alter table decision
    add column bulk_id uuid references bulk_close,
    add constraint decision_bulk_check check (bulk_id is null or (outcome = 'bukan_dugaan' and step = 'first' and round = 1));
create index decision_bulk on decision (bulk_id) where bulk_id is not null;
create or replace view standing_decision as
    select d.* from decision d
    where not exists (select 1 from decision_undo u where u.account_id = d.account_id and u.decision_id = d.decision_id);

-- Hits whose answer is known, for practice: the post is read where it stands, so it goes when the post goes.
create table golden_item (
    golden_id  uuid        primary key,
    account_id uuid        not null,
    hit_id     uuid        not null,
    outcome    text        not null,             -- the known answer
    why        text        not null,             -- what a reader should have seen; shown after the answer
    marked_by  uuid        not null references app_user,
    marked_at  timestamptz not null default now(),
    retired_at timestamptz,
    constraint golden_item_hit_fkey foreign key (account_id, hit_id) references hit (account_id, hit_id) on delete cascade,
    constraint golden_item_hit_key unique (account_id, hit_id),
    constraint golden_item_outcome_check check (outcome in ('bukan_dugaan', 'dugaan')),
    constraint golden_item_why_check check (length(btrim(why)) between 5 and 2000)
);

-- Only what is closed and undisputed has a known answer.
create function golden_is_undisputed() returns trigger language plpgsql as $$
begin
    if not exists (
        select 1 from hit h
        where h.account_id = new.account_id and h.hit_id = new.hit_id and h.state = 'decided'
          and (h.verdict = new.outcome or (h.verdict = 'pendukung' and new.outcome = 'dugaan'))
          and not exists (select 1 from standing_decision d
                          where d.account_id = h.account_id and d.hit_id = h.hit_id and d.round = h.round
                            and d.outcome <> new.outcome)) then
        raise exception 'hit % is not closed, or people disagreed about it', new.hit_id
            using errcode = 'check_violation', constraint = 'golden_item_undisputed';
    end if;
    return new;
end $$;
create trigger golden_item_undisputed before insert on golden_item
    for each row execute function golden_is_undisputed();

-- What somebody said of a known answer. It is no decision: nothing follows from it for anybody.
create table golden_reading (
    reading_id uuid        primary key,
    golden_id  uuid        not null references golden_item on delete cascade,
    user_id    uuid        not null references app_user,
    outcome    text        not null,
    read_at    timestamptz not null default now(),
    constraint golden_reading_once_key unique (golden_id, user_id),
    constraint golden_reading_outcome_check check (outcome in ('bukan_dugaan', 'perlu_klarifikasi', 'dugaan'))
);

-- How two people read the same hit, neither knowing the person: pairs of standing decisions of one round.
create view double_reading as
    select a.account_id, a.hit_id, h.set_id, h.clause, a.user_id as first_user, b.user_id as second_user,
           a.outcome as first_outcome, b.outcome as second_outcome, b.decided_at
    from standing_decision a
    join standing_decision b on b.account_id = a.account_id and b.hit_id = a.hit_id and b.round = a.round
        and b.step = 'second' and b.user_id <> a.user_id
    join hit h on h.account_id = a.account_id and h.hit_id = a.hit_id
    where a.step = 'first' and a.blind and b.blind;
