-- Files that people captured by hand: which one was taken in, by whom, how far. Never its folder, never what it holds.

create table import_file (
    import_file_id uuid        primary key,
    program_id     uuid        not null references program,
    sha256         bytea       not null,            -- of the whole file as it was handed in
    name           text        not null,            -- without its folder
    format         text        not null,            -- as recognised or named; `zip` where each file in it is recognised
    options        text        not null default '', -- the columns' mapping and the platform, where they were named
    tool           text,                            -- version of the tool that wrote it, where the file says so
    imported_by    text        not null references app_user (login),
    begun_at       timestamptz not null default now(),
    ended_at       timestamptz,                     -- none: broken off; the same command goes on
    rows_done      bigint      not null default 0,
    kept           bigint      not null default 0,
    known          bigint      not null default 0,
    turned_away    bigint      not null default 0,
    passed         bigint      not null default 0,
    rejected       bigint      not null default 0,
    hits           bigint      not null default 0,
    constraint import_file_sha256_check check (octet_length(sha256) = 32),
    constraint import_file_name_check check (octet_length(name) between 1 and 255),
    constraint import_file_tool_check check (octet_length(tool) between 1 and 64),
    constraint import_file_counts_check check (
        least(kept, known, turned_away, passed, rejected, hits) >= 0
        and rows_done = kept + known + turned_away + passed + rejected)
);
-- One unfinished import of the same content, read the same way.
create unique index import_file_open on import_file (program_id, sha256, format, options) where ended_at is null;
create index import_file_sha256 on import_file (sha256);
