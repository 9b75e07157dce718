-- What people say of hits, and who is logged in.

create table decision (
    account_id  uuid        not null,
    decision_id uuid        not null,
    hit_id      uuid        not null,
    user_id     uuid        not null references app_user,
    outcome     text        not null,
    clause      text,
    reason_code text        not null,
    note        text        not null default '',
    decided_at  timestamptz not null default now(),
    primary key (account_id, decision_id),
    constraint decision_hit_fkey foreign key (account_id, hit_id) references hit (account_id, hit_id) on delete restrict,
    constraint decision_once_key unique (account_id, hit_id, user_id),
    constraint decision_reason_check check (
        (outcome = 'bukan_dugaan' and reason_code in
            ('makna_lain', 'informasi_berita', 'tugas_resmi', 'kritik_layanan', 'bukan_akunnya', 'di_luar_lingkup'))
        or (outcome = 'perlu_klarifikasi' and reason_code in ('maksud_tidak_jelas', 'pelaku_tidak_jelas', 'bukti_kurang'))
        or (outcome = 'dugaan' and reason_code in
            ('dukungan', 'serangan', 'materi_kampanye', 'foto_simbol', 'akun_pemenangan'))),
    constraint decision_clause_check check ((outcome = 'bukan_dugaan') = (clause is null)),
    constraint decision_note_check check (outcome = 'bukan_dugaan' or length(btrim(note)) >= 10)
);

create function is_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: a correction is a further row', tg_table_name
        using errcode = 'check_violation', constraint = tg_table_name || '_append_only';
end $$;
create trigger decision_append_only before update or delete on decision
    for each row execute function is_append_only();
create trigger decision_no_truncate before truncate on decision
    for each statement execute function is_append_only();

create table session (
    token_sha256 bytea       primary key,           -- the cookie's token is never stored
    user_id      uuid        not null references app_user,
    created_at   timestamptz not null default now(),
    seen_at      timestamptz not null default now(),
    expires_at   timestamptz not null,
    constraint session_token_check check (octet_length(token_sha256) = 32),
    constraint session_expiry_check check (expires_at > created_at)
);
create index session_by_user on session (user_id);

-- Throttling that holds across processes and restarts: failures per log-in name and per address, by hash.
create table login_failure (
    key_sha256 bytea       not null,
    at         timestamptz not null default now(),
    constraint login_failure_key_check check (octet_length(key_sha256) = 32)
);
create index login_failure_key on login_failure (key_sha256, at);
