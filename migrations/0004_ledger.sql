-- The ledger: append-only, hash-chained from its first row (P15, P18). The formula is also in src/evidence/ledger.rs,
-- where `netral evidence verify` repeats it without the database.

create table ledger (
    seq     bigint      primary key,
    at      timestamptz not null,
    kind    text        not null,
    actor   text        not null,                   -- a log-in, or `system`
    subject text        not null,                   -- what it was done to: `hit/<id>`, `user/<login>` …
    detail  text        not null,                   -- JSON text, hashed as it stands; never post text, names or NIP
    prev    bytea       not null,
    hash    bytea       not null,
    constraint ledger_seq_check check (seq >= 1),
    constraint ledger_kind_check check (kind ~ '^[a-z][a-z._]{1,63}$'),
    constraint ledger_hash_check check (octet_length(prev) = 32 and octet_length(hash) = 32)
);

-- One row: the end of the chain. Locked for the last moments of each writing transaction.
create table ledger_head (
    singleton boolean primary key default true,
    seq       bigint  not null,
    hash bytea   not null,
    constraint ledger_head_one_row check (singleton)
);
insert into ledger_head (seq, hash) values (0, decode(repeat('00', 32), 'hex'));

-- hash = SHA-256(prev || seq as text || 0x1F || microseconds since 1970 as text || 0x1F || kind || 0x1F || actor || 0x1F || subject || 0x1F || detail), UTF-8
create function ledger_hash(prev bytea, seq bigint, at timestamptz, kind text, actor text, subject text, detail text)
returns bytea language sql immutable parallel safe as $$
    select sha256(prev || convert_to(
        concat_ws(chr(31), seq::text, (extract(epoch from at) * 1000000)::bigint::text, kind, actor, subject, detail), 'UTF8'))
$$;

create function ledger_append(kind text, actor text, subject text, detail text) returns bigint language plpgsql as $$
declare
    head ledger_head%rowtype;
    now_at timestamptz;
    next_hash bytea;
begin
    select * into head from ledger_head for update;
    -- clock_timestamp, not now(): the order of the chain is the order of locking, not of the transactions' beginnings.
    now_at := clock_timestamp();
    next_hash := ledger_hash(head.hash, head.seq + 1, now_at, kind, actor, subject, detail);
    insert into ledger values (head.seq + 1, now_at, kind, actor, subject, detail, head.hash, next_hash);
    update ledger_head set seq = head.seq + 1, hash = next_hash;
    return head.seq + 1;
end $$;

create trigger ledger_append_only before update or delete on ledger
    for each row execute function is_append_only();
create trigger ledger_no_truncate before truncate on ledger
    for each statement execute function is_append_only();

-- A row that does not continue the chain is refused, however it is written.
create function ledger_continues() returns trigger language plpgsql as $$
declare
    head ledger_head%rowtype;
begin
    select * into head from ledger_head;
    if new.seq <> head.seq + 1 or new.prev <> head.hash
        or new.hash <> ledger_hash(new.prev, new.seq, new.at, new.kind, new.actor, new.subject, new.detail) then
        raise exception 'row % does not continue the ledger', new.seq
            using errcode = 'check_violation', constraint = 'ledger_chain';
    end if;
    return new;
end $$;
create trigger ledger_chain before insert on ledger
    for each row execute function ledger_continues();
