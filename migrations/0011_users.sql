-- Users as people keep them: what needs a second person, initial passwords, second factors, absences, log-in by a provider.

-- Whoever waits for a second person, or lets an initial password run out, does not get in. The subject binds a user to the
-- provider's own id of a person: a log-in name may be given to somebody else there.
alter table app_user
    add column activated_at  timestamptz,               -- none: waits for a second person
    add column initial_until timestamptz,               -- none: the person chose the password themselves
    add column last_login_at timestamptz,
    add column oidc_subject  text,                      -- issuer and the provider's id of the person
    add constraint app_user_oidc_key unique (oidc_subject),
    add constraint app_user_oidc_check check (octet_length(oidc_subject) between 3 and 1024);
update app_user set activated_at = created_at;

-- A log-in as its owner sees it; one that waits for the code of a second factor opens nothing yet.
alter table session
    add column session_id  uuid    not null default gen_random_uuid(),
    add column awaits_code boolean not null default false,
    add column by_provider boolean not null default false,  -- the provider showed who it is, not a password
    add column agent       text    not null default '',     -- browser and system in two words, no more
    add constraint session_id_key unique (session_id),
    add constraint session_agent_check check (length(agent) <= 60);

-- What one person asks for and another confirms: a role that decides or oversees, and a second factor that is lost.
create table user_proposal (
    proposal_id uuid        primary key,
    login       text        not null references app_user (login) on delete cascade,
    kind        text        not null,
    role        text,
    why         text        not null,
    proposed_by text        not null,
    proposed_at timestamptz not null default now(),
    state       text        not null default 'open',
    settled_by  text,
    settled_at  timestamptz,
    constraint user_proposal_kind_check check (kind in ('new', 'role', 'second_factor')),
    constraint user_proposal_role_check check (
        (kind = 'second_factor') = (role is null)
        and role in ('operator', 'reviewer', 'verifier', 'auditor', 'lead', 'user_admin')),
    constraint user_proposal_why_check check (length(btrim(why)) between 5 and 500),
    constraint user_proposal_state_check check (state in ('open', 'confirmed', 'refused')),
    constraint user_proposal_settled_check check (
        (state = 'open') = (settled_at is null) and (settled_by is null) = (settled_at is null)),
    constraint user_proposal_own_check check (proposed_by <> login),
    constraint user_proposal_four_eyes check (state <> 'confirmed' or (settled_by <> proposed_by and settled_by <> login))
);
create unique index user_proposal_open on user_proposal (login, kind) where state = 'open';

-- Time-based codes (RFC 6238). The secret is sealed with a key that is not in the database; a code counts once.
create table second_factor (
    user_id      uuid        primary key references app_user on delete cascade,
    sealed       bytea       not null,
    made_at      timestamptz not null default now(),
    confirmed_at timestamptz,                           -- none: is being set up
    last_step    bigint      not null default 0,
    constraint second_factor_sealed_check check (octet_length(sealed) between 29 and 255)
);
create table recovery_code (
    user_id   uuid        not null references app_user on delete cascade,
    code_hmac bytea       not null,
    used_at   timestamptz,
    primary key (user_id, code_hmac),
    constraint recovery_code_hmac_check check (octet_length(code_hmac) = 32)
);

-- Who is away, and who confirms meanwhile in their place. What they held is free at once.
create table absence (
    absence_id uuid        primary key,
    login      text        not null references app_user (login),
    stand_in   text        references app_user (login),
    valid_from date        not null,
    valid_to   date        not null,
    noted_by   text        not null,
    noted_at   timestamptz not null default now(),
    ended_at   timestamptz,
    constraint absence_dates_check check (valid_from <= valid_to),
    constraint absence_self_check check (stand_in <> login),
    constraint absence_four_eyes check (noted_by <> stand_in)
);
create index absence_login on absence (login);
