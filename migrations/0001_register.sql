-- Who may look, in which frame, at whose accounts.

create table unit (
    unit_id     uuid        primary key,
    code        text        not null,               -- the regency's own code of the unit
    name        text        not null,
    kind        text        not null,               -- dinas, badan, kecamatan … as the regency says it
    created_at  timestamptz not null default now(),
    constraint unit_code_key unique (code),
    constraint unit_code_check check (length(code) between 1 and 64),
    constraint unit_name_check check (length(name) between 1 and 200)
);

create table app_user (
    user_id       uuid        primary key,
    login         text        not null,             -- lower case
    name          text        not null,
    role          text        not null,
    unit_id       uuid        references unit,       -- a unit head's own unit
    password_hash text        not null,             -- Argon2id, PHC string
    language      text        not null default 'id',
    created_at    timestamptz not null default now(),
    disabled_at   timestamptz,
    constraint app_user_login_key unique (login),
    constraint app_user_login_check check (login = lower(login) and login ~ '^[a-z0-9._-]{2,64}$'),
    constraint app_user_role_check check (role in
        ('operator', 'reviewer', 'verifier', 'keyword_admin', 'unit_head', 'auditor', 'lead', 'user_admin')),
    constraint app_user_unit_check check ((role = 'unit_head') = (unit_id is not null)),
    constraint app_user_password_check check (password_hash like '$argon2id$%'),
    constraint app_user_language_check check (language in ('id', 'en'))
);

-- Nothing runs outside an approved program: legal basis, dates, impact assessment and published notice (P03, P04, P11).
create table program (
    program_id    uuid        primary key,
    title         text        not null,
    legal_basis   text        not null,             -- decree or circular number
    timezone      text        not null default 'Asia/Jakarta',
    starts_on     date        not null,
    ends_on       date        not null,
    rescan_days   integer     not null default 14,  -- how long activities without a hit live; 0 = never kept (P08)
    dismissed_days integer    not null default 30,  -- how long the content of dismissed hits lives (P08)
    dpia_sha256   bytea,                            -- fingerprint of the impact assessment (UU 27/2022 Art 34)
    notice_url    text,                             -- where staff can read the notice (Art 21)
    notice_at     timestamptz,
    created_by    text        not null,             -- a log-in, or the operator's name on the command line
    created_at    timestamptz not null default now(),
    approved_by   text,
    approved_at   timestamptz,
    constraint program_dates_check check (starts_on <= ends_on),
    constraint program_rescan_check check (rescan_days between 0 and 366),
    constraint program_dismissed_check check (dismissed_days between 0 and 366),
    constraint program_dpia_check check (dpia_sha256 is null or octet_length(dpia_sha256) = 32),
    constraint program_notice_check check ((notice_url is null) = (notice_at is null)),
    constraint program_approval_check check ((approved_by is null) = (approved_at is null)),
    constraint program_approved_is_complete check (
        approved_at is null or (length(legal_basis) > 0 and dpia_sha256 is not null and notice_at is not null)),
    constraint program_four_eyes check (approved_by is null or approved_by <> created_by)
);

create table person (
    person_id   uuid        primary key,
    unit_id     uuid        not null references unit,
    code        text        not null,               -- the regency's own code of the person
    name        text        not null,
    status      text        not null,
    nip         text,                               -- NIP or NI PPPK, 18 digits; the others have none
    position    text        not null default '',
    grade       text        not null default '',
    created_at  timestamptz not null default now(),
    constraint person_code_key unique (code),
    constraint person_nip_key unique (nip),
    constraint person_status_check check (status in ('PNS', 'PPPK', 'PPNPN', 'KADES', 'PERANGKAT_DESA')),
    constraint person_nip_check check (nip is null or nip ~ '^[0-9]{18}$'),
    constraint person_nip_status_check check (nip is null or status in ('PNS', 'PPPK')),
    constraint person_name_check check (length(name) between 1 and 200)
);
create index person_unit on person (unit_id);

-- The register proper. An account counts only once a second person has approved the link (P01).
create table account (
    account_id  uuid        primary key,
    person_id   uuid        not null references person,
    platform    text        not null,
    handle      text        not null,               -- as registered; platforms let people change it
    external_id text        not null,               -- the platform's own stable id: DID, number, feed address
    proof       text        not null,
    proof_note  text        not null default '',
    valid_from  date        not null,
    valid_to    date,
    linked_by   text        not null,
    linked_at   timestamptz not null default now(),
    approved_by text,
    approved_at timestamptz,
    stopped_at  timestamptz,                        -- "bukan akun saya": collection stops at once
    constraint account_external_key unique (platform, external_id),
    constraint account_platform_check check (platform ~ '^[a-z][a-z0-9_-]{0,31}$'),
    constraint account_external_check check (octet_length(external_id) between 1 and 512),
    constraint account_handle_check check (octet_length(handle) between 1 and 512),
    constraint account_proof_check check (proof in ('pernyataan', 'verifikasi_tatap_muka', 'laman_resmi')),
    constraint account_validity_check check (valid_to is null or valid_from <= valid_to),
    constraint account_approval_check check ((approved_by is null) = (approved_at is null)),
    constraint account_four_eyes check (approved_by is null or approved_by <> linked_by)
);
create index account_person on account (person_id);
create index account_handle on account (platform, handle);
