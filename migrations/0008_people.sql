-- The register as people keep it: circumstances, files on their way in, what people declare and object to, and tips.

-- A tip hangs on an account of its own kind, whose proof is that two people took it in. An account that turned out to be
-- somebody else's keeps its row, because decisions point to it, but loses what it named.
alter table account
    add column unlinked_at timestamptz,
    drop constraint account_proof_check,
    add constraint account_proof_check check (
        proof in ('pernyataan', 'verifikasi_tatap_muka', 'laman_resmi', 'informasi_awal')
        and (platform = 'tip') = (proof = 'informasi_awal')),
    add constraint account_unlinked_check check (unlinked_at is null or (stopped_at is not null and valid_to is not null));

-- What may turn a hit into something allowed: shown to whoever sees the person, never weighed by the machine.
create table circumstance (
    circumstance_id uuid        primary key,
    person_id       uuid        not null references person,
    kind            text        not null,
    contest         text        not null default '',    -- whose spouse runs, and for what
    document        text        not null,               -- number of the letter or decree
    valid_from      date        not null,
    valid_to        date,
    noted_by        text        not null,
    noted_at        timestamptz not null default now(),
    constraint circumstance_kind_check check (kind in ('cltn', 'suami_istri_calon', 'izin_panitia')),
    constraint circumstance_contest_check check (
        length(contest) <= 200 and (kind <> 'suami_istri_calon' or length(btrim(contest)) > 0)),
    constraint circumstance_document_check check (length(btrim(document)) between 3 and 200),
    constraint circumstance_validity_check check (valid_to is null or valid_from <= valid_to)
);
create index circumstance_person on circumstance (person_id);

-- A register file that its author looks at before it goes in; gone once it is taken, dropped, or a day old.
create table register_import (
    import_id   uuid        primary key,
    origin      text        not null,                   -- name of the file
    rows        text        not null,                   -- JSON
    proposed_by text        not null,
    proposed_at timestamptz not null default now()
);

-- A link by which the people of one unit declare and object without a log-in. The token stands here as it is: it is meant
-- to hang on the unit's board, and whoever reads this table could read the register itself.
create table invitation (
    invitation_id uuid        primary key,
    unit_id       uuid        not null references unit,
    token         text        not null,
    created_by    text        not null,
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    revoked_by    text,
    revoked_at    timestamptz,
    constraint invitation_token_key unique (token),
    constraint invitation_token_check check (token ~ '^[a-z2-9]{5}(-[a-z2-9]{5}){3}$'),
    constraint invitation_expiry_check check (expires_at > created_at),
    constraint invitation_revoked_check check ((revoked_by is null) = (revoked_at is null))
);
create index invitation_unit on invitation (unit_id);

-- What somebody declares of their own accounts. It is the proof of the accounts that come of it, so it stays with them;
-- of a refused one only the fact stays.
create table declaration (
    declaration_id uuid        primary key,
    invitation_id  uuid        not null references invitation,
    person_id      uuid        not null references person,
    program_id     uuid        not null references program,     -- whose notice was read
    language       text        not null,                        -- in which it was read
    signed_name    text        not null,
    signed_on      date        not null,
    accounts       jsonb       not null,                        -- [{platform, handle}]; empty: none at all
    sent_at        timestamptz not null default now(),
    state          text        not null default 'waiting',
    settled_by     text,
    settled_at     timestamptz,
    reason         text        not null default '',
    constraint declaration_language_check check (language in ('id', 'en')),
    constraint declaration_accounts_check check (jsonb_typeof(accounts) = 'array' and jsonb_array_length(accounts) <= 20),
    constraint declaration_state_check check (state in ('waiting', 'accepted', 'refused')),
    constraint declaration_settled_check check ((state = 'waiting') = (settled_at is null) and (settled_by is null) = (settled_at is null)),
    constraint declaration_minimal_check check (state <> 'refused' or (signed_name = '' and accounts = '[]'))
);
create index declaration_waiting on declaration (sent_at) where state = 'waiting';
create index declaration_person on declaration (person_id);

-- "Bukan akun saya": whoever objects, the account stands still until two people have settled it (P09).
create table objection (
    objection_id  uuid        primary key,
    account_id    uuid        not null references account,
    source        text        not null,
    invitation_id uuid        references invitation,
    raised_by     text        not null,                 -- a log-in, or `person`
    raised_at     timestamptz not null default now(),
    reason        text        not null default '',
    state         text        not null default 'open',
    proposed      text,                                 -- what the first of the two says
    proposed_by   text,
    proposed_at   timestamptz,
    proposed_why  text,
    settled_by    text,
    settled_at    timestamptz,
    settled_why   text,
    constraint objection_source_check check (source in ('orang', 'operator') and (source = 'orang') = (invitation_id is not null)),
    constraint objection_reason_check check (length(reason) <= 2000),
    constraint objection_state_check check (state in ('open', 'upheld', 'dismissed')),
    constraint objection_proposed_check check (
        (proposed is null) = (proposed_by is null) and (proposed is null) = (proposed_at is null)
        and (proposed is null) = (proposed_why is null) and coalesce(proposed in ('upheld', 'dismissed'), true)),
    constraint objection_settled_check check (
        (state = 'open') = (settled_at is null) and (settled_by is null) = (settled_at is null)
        and (settled_why is null) = (settled_at is null)),
    constraint objection_why_check check (
        coalesce(length(btrim(proposed_why)) >= 5, true) and coalesce(length(btrim(settled_why)) >= 5, true)),
    constraint objection_four_eyes check (
        state = 'open' or (proposed is not null and proposed = state and proposed_by <> settled_by))
);
create unique index objection_open on objection (account_id) where state = 'open';
create index objection_account on objection (account_id);

-- What was stopped before there were objections waits for two people like any other.
insert into objection (objection_id, account_id, source, raised_by, raised_at, reason)
    select gen_random_uuid(), account_id, 'operator', 'system', stopped_at, '' from account where stopped_at is not null;

-- Reading goes on only where two people dismissed the objection; what is unlinked never comes back.
create function account_stop_is_settled() returns trigger language plpgsql as $$
begin
    if old.unlinked_at is not null then
        raise exception 'account % was unlinked; it is registered anew where it belongs', old.account_id
            using errcode = 'check_violation', constraint = 'account_unlinked';
    end if;
    if old.stopped_at is not null and new.stopped_at is null and (
        exists (select 1 from objection where account_id = old.account_id and state = 'open')
        or not exists (select 1 from objection
                       where account_id = old.account_id and state = 'dismissed' and settled_at >= old.stopped_at)) then
        raise exception 'account % stands still until two people have dismissed the objection', old.account_id
            using errcode = 'check_violation', constraint = 'account_stop_settled';
    end if;
    return new;
end $$;
create trigger account_stop_settled before update on account
    for each row execute function account_stop_is_settled();

-- Preliminary information from people: never collected, always entered by hand and confirmed by a second person. Once it
-- is confirmed it lives and dies with its activity; until then `forget` counts its days.
create table tip (
    tip_id         uuid        primary key,
    person_id      uuid        not null references person,
    url            text,
    text           text        not null,
    picture        bytea,
    picture_type   text,
    picture_sha256 bytea,
    reporter       text        not null,                -- who told, in the operator's words
    channel        text        not null,
    seen_at        timestamptz not null,                -- when they saw it
    posted_at      timestamptz,
    entered_by     text        not null,
    entered_at     timestamptz not null default now(),
    confirmed_by   text,
    confirmed_at   timestamptz,
    account_id     uuid,
    external_id    text,
    constraint tip_text_check check (length(text) <= 20000 and (length(btrim(text)) > 0 or url is not null)),
    constraint tip_url_check check (url is null or (length(url) <= 2000 and url ~ '^https?://')),
    constraint tip_picture_check check (
        (picture is null) = (picture_type is null) and (picture is null) = (picture_sha256 is null)
        and coalesce(octet_length(picture) between 1 and 5242880, true)
        and coalesce(picture_type in ('image/png', 'image/jpeg', 'image/webp'), true)
        and coalesce(picture_sha256 = sha256(picture), true)),
    constraint tip_reporter_check check (length(btrim(reporter)) between 2 and 200),
    constraint tip_channel_check check (channel in ('whatsapp', 'surat', 'tatap_muka', 'telepon', 'lainnya')),
    constraint tip_confirmed_check check (
        (confirmed_by is null) = (confirmed_at is null) and (confirmed_by is null) = (account_id is null)
        and (account_id is null) = (external_id is null)),
    constraint tip_four_eyes check (confirmed_by is null or confirmed_by <> entered_by),
    constraint tip_activity_fkey foreign key (account_id, external_id) references activity (account_id, external_id) on delete cascade
);
create index tip_activity on tip (account_id, external_id);
create index tip_person on tip (person_id);

-- Where the content of a dismissed activity is emptied, the tip behind it goes as a whole.
create function tip_goes_with_content() returns trigger language plpgsql as $$
begin
    delete from tip where account_id = new.account_id and external_id = new.external_id;
    return null;
end $$;
create trigger tip_with_content after update of raw on activity
    for each row when (octet_length(new.raw) = 0) execute function tip_goes_with_content();
