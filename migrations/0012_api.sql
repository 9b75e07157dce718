-- The API: users' tokens and the answers kept for repeated requests. Notices: what goes out by webhook, e-mail and Telegram.

-- A token acts for its user and never does more than the user's role. The token itself is never stored.
create table api_token (
    token_id     uuid        primary key,
    user_id      uuid        not null references app_user,
    token_sha256 bytea       not null,
    name         text        not null,
    scopes       text[]      not null,
    by_provider  boolean     not null default false,    -- made in a log-in that the provider vouched for
    made_at      timestamptz not null default now(),
    expires_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    full_at      timestamptz not null default '-infinity',  -- when its bucket of requests is full again
    constraint api_token_sha256_key unique (token_sha256),
    constraint api_token_sha256_check check (octet_length(token_sha256) = 32),
    constraint api_token_name_check check (length(btrim(name)) between 1 and 60),
    constraint api_token_scopes_check check (
        cardinality(scopes) >= 1 and array_to_string(scopes, ' ', '?') ~ '^[a-z]+:[a-z]+( [a-z]+:[a-z]+)*$'),
    constraint api_token_expiry_check check (expires_at > made_at and expires_at <= made_at + interval '366 days')
);
create index api_token_user on api_token (user_id);

-- Answers to requests that carried a key, for a day: the same request again gets the same answer.
create table api_answer (
    token_id uuid        not null references api_token on delete cascade,
    key      text        not null,
    request  bytea       not null,                      -- SHA-256 of method, address and body
    begun_at timestamptz not null default now(),
    status   smallint,                                  -- none: not answered yet
    body     bytea,
    primary key (token_id, key),
    constraint api_answer_key_check check (length(key) between 1 and 255),
    constraint api_answer_request_check check (octet_length(request) = 32),
    constraint api_answer_status_check check (status between 200 and 499),
    constraint api_answer_body_check check ((status is null) = (body is null) and coalesce(octet_length(body), 0) <= 65536)
);
create index api_answer_begun on api_answer (begun_at);

-- What is told to the outside: counts and ids, never names or texts. It is written in the transaction that notices it and
-- sent afterwards, as often as it takes, for a day.
create table notice (
    notice_id    uuid        primary key,
    channel      text        not null,
    kind         text        not null,
    body         jsonb       not null,
    made_at      timestamptz not null default now(),
    due_at       timestamptz not null default now(),    -- not sent before
    tries        integer     not null default 0,
    leased_until timestamptz,                           -- somebody is sending it
    last_error   text,
    sent_at      timestamptz,
    dead_at      timestamptz,                           -- given up
    constraint notice_channel_check check (channel in ('webhook', 'email', 'telegram')),
    constraint notice_kind_check check (
        kind in ('hit.urgent', 'clarification.due', 'source.stopped', 'proposal.waits', 'digest')),
    constraint notice_tries_check check (tries >= 0),
    constraint notice_end_check check (sent_at is null or dead_at is null)
);
create index notice_due on notice (due_at) where sent_at is null and dead_at is null;

-- Up to which moment each kind of event has been looked at; one row is locked while somebody looks.
create table notice_mark (
    kind  text        primary key,
    until timestamptz not null default now(),
    constraint notice_mark_kind_check check (kind in ('hit.urgent', 'clarification.due', 'proposal.waits'))
);

-- Sources that stood still at the last look.
create table stopped_source (
    platform text        primary key,
    since    timestamptz not null default now()
);

-- Days whose digest is written: one a day, however many workers there are.
create table digest_day (
    day     date        primary key,
    made_at timestamptz not null default now()
);

-- The looks above ask for what came since the last one. Hits come in order of time, so a summary of each range of pages is
-- enough, and costs a page of hits nothing.
create index hit_created on hit using brin (created_at) with (autosummarize = on);
