-- The way of a hit through people: who looks next, what holds it up, how it ends.

-- A colleague's own unit, from now on for every role: nobody judges the own unit.
alter table app_user
    drop constraint app_user_unit_check,
    add constraint app_user_unit_check check (role <> 'unit_head' or unit_id is not null);

-- How much earlier a hit stands in the queue than its age alone would place it: a day for each class of the breach that
-- the joint decree names, an hour for each hundredth of the score above the threshold. One rule, so that the page can
-- say it in a sentence, and a moment that never changes, so that the order is an index.
create function head_start(severity smallint, score smallint) returns interval
    language sql immutable parallel safe return make_interval(hours => severity * 24 + greatest(score - 50, 0));

-- Likes, follows, joins, emoji and gestures are never enough by themselves (P07).
create function is_weak(verb text, matches jsonb) returns boolean
    language sql immutable parallel safe
    return verb in ('like', 'follow', 'join')
        or not jsonb_path_exists(matches, '$[*] ? (@.kind != "gesture" && @.kind != "cue" && @.kind != "allow")');

alter table hit
    add column severity    smallint    not null default 0,       -- class of the breach in the joint decree: 0 unknown .. 4
    add column urgent_at   timestamptz not null default now(),   -- created_at less the head start: the queue's order
    add column step        text        not null default 'first', -- which look is next
    add column round       smallint    not null default 1,       -- one more after each clarification
    add column claimed_at  timestamptz,                          -- when the present holder took it
    add column referred_to uuid        references app_user,      -- waits for this colleague
    add column rests_until timestamptz,                          -- put aside until then
    add column verdict     text,
    add column closed_at   timestamptz;
update hit set urgent_at = created_at - head_start(severity, score);

alter table decision
    add column round      smallint not null default 1,
    add column attempt    smallint not null default 1,           -- one more after each decision that was taken back
    add column step       text     not null default 'first',
    add column blind      boolean  not null default true,        -- decided without knowing the person
    add column seconds    integer,                               -- from the claim to the decision
    drop constraint decision_once_key,
    add constraint decision_once_key unique (account_id, hit_id, user_id, round, attempt),
    add constraint decision_step_check check (step in ('first', 'second', 'lead')),
    add constraint decision_seconds_check check (seconds is null or seconds >= 0);

-- A decision that was taken back within its minute: a further row, never a change.
create table decision_undo (
    account_id  uuid        not null,
    decision_id uuid        not null,
    user_id     uuid        not null references app_user,
    undone_at   timestamptz not null default now(),
    primary key (account_id, decision_id),
    constraint decision_undo_fkey foreign key (account_id, decision_id) references decision (account_id, decision_id)
);
create trigger decision_undo_append_only before update or delete on decision_undo
    for each row execute function is_append_only();
create trigger decision_undo_no_truncate before truncate on decision_undo
    for each statement execute function is_append_only();

-- The decisions that hold.
create view standing_decision as
    select d.* from decision d
    where not exists (select 1 from decision_undo u where u.account_id = d.account_id and u.decision_id = d.decision_id);

-- What people did with a hit beside deciding on it.
create table hit_mark (
    account_id uuid        not null,
    hit_id     uuid        not null,
    mark_id    uuid        not null,
    user_id    uuid        not null references app_user,
    kind       text        not null,
    why        text        not null,
    to_user    uuid        references app_user,
    until      timestamptz,
    at         timestamptz not null default now(),
    primary key (account_id, mark_id),
    constraint hit_mark_fkey foreign key (account_id, hit_id) references hit (account_id, hit_id) on delete cascade,
    constraint hit_mark_kind_check check (kind in ('skip', 'refer', 'rest', 'unmask')),
    constraint hit_mark_why_check check (length(btrim(why)) between 1 and 2000),
    constraint hit_mark_refer_check check ((kind = 'refer') = (to_user is not null)),
    constraint hit_mark_rest_check check ((kind = 'rest') = (until is not null))
);
create index hit_mark_hit on hit_mark (account_id, hit_id);

-- Whoever is near to a person does not judge that person (P05).
create table conflict_of_interest (
    conflict_id uuid        primary key,
    user_id     uuid        not null references app_user,
    person_id   uuid        not null references person on delete cascade,
    why         text        not null,
    noted_by    text        not null,
    noted_at    timestamptz not null default now(),
    ended_by    text,
    ended_at    timestamptz,
    constraint conflict_why_check check (length(btrim(why)) between 1 and 2000),
    constraint conflict_ended_check check ((ended_by is null) = (ended_at is null))
);
create unique index conflict_standing on conflict_of_interest (user_id, person_id) where ended_at is null;

create function has_conflict(hit_account uuid, reader uuid) returns boolean language plpgsql stable as $$
begin
    return exists (
        select 1 from account a
        join person p using (person_id)
        join app_user u on u.user_id = reader
        where a.account_id = hit_account
          and (p.unit_id = u.unit_id
               or exists (select 1 from conflict_of_interest c
                          where c.user_id = reader and c.person_id = p.person_id and c.ended_at is null)));
end $$;

-- Whether a hit is for this reader now: nobody reads twice in a round, sees again what they passed on, or judges
-- somebody near. In plpgsql for its kept plans: the queue asks it row by row.
create function may_judge(
    hit_account uuid, hit uuid, hit_round smallint, hit_step text, referred uuid, rests timestamptz, reader uuid
) returns boolean language plpgsql stable as $$
begin
    return (referred is null or referred = reader)
        and (rests is null or rests <= now())
        and (hit_step <> 'lead' or exists (select 1 from app_user u where u.user_id = reader and u.role in ('lead', 'verifier')))
        and not exists (select 1 from standing_decision d
                        where d.account_id = hit_account and d.hit_id = hit and d.user_id = reader and d.round = hit_round)
        and not exists (select 1 from hit_mark m
                        where m.account_id = hit_account and m.hit_id = hit and m.user_id = reader and m.kind = 'skip')
        and not has_conflict(hit_account, reader);
end $$;

-- A question to the person, through the unit, with what came of it (P10).
create table clarification (
    clarification_id uuid        primary key,
    account_id       uuid        not null,
    hit_id           uuid        not null,
    decision_id      uuid        not null,          -- the one that asked
    opened_at        timestamptz not null default now(),
    due_on           date        not null,
    letter           text,                          -- number of the letter to the unit
    sent_by          text,
    sent_at          timestamptz,
    outcome          text,
    answer           text        not null default '',
    attachment       bytea,
    attachment_type  text,
    settled_by       text,
    settled_at       timestamptz,
    constraint clarification_hit_fkey foreign key (account_id, hit_id) references hit (account_id, hit_id) on delete restrict,
    constraint clarification_outcome_check check (outcome in
        ('bukan_akun_saya', 'diretas', 'tidak_sengaja', 'diakui', 'tidak_menjawab')),
    constraint clarification_settled_check check (
        (outcome is null) = (settled_at is null) and (settled_by is null) = (settled_at is null)),
    -- Who was never asked has not failed to answer.
    constraint clarification_sent_check check (
        (letter is null) = (sent_at is null) and (sent_by is null) = (sent_at is null)
        and (outcome is distinct from 'tidak_menjawab' or sent_at is not null)),
    constraint clarification_answer_check check (
        outcome is null or outcome = 'tidak_menjawab' or length(btrim(answer)) >= 10),
    constraint clarification_attachment_check check (
        (attachment is null) = (attachment_type is null) and coalesce(octet_length(attachment), 0) <= 5242880)
);
create unique index clarification_open on clarification (account_id, hit_id) where settled_at is null;
create index clarification_due on clarification (due_on) where settled_at is null;

-- What one person dismissed before two were needed stays dismissed.
update hit h set verdict = d.outcome, closed_at = d.decided_at from decision d
where d.account_id = h.account_id and d.hit_id = h.hit_id and h.state = 'decided' and d.outcome = 'bukan_dugaan';

alter table hit
    drop constraint hit_state_check,
    add constraint hit_state_check check (state in ('open', 'asked', 'decided', 'background', 'withdrawn', 'quarantined')),
    add constraint hit_step_check check (step in ('first', 'second', 'lead')),
    add constraint hit_severity_check check (severity between 0 and 4),
    add constraint hit_verdict_check check (verdict in ('bukan_dugaan', 'dugaan', 'pendukung')),
    -- Weak signals support a case and never are one (P07).
    add constraint hit_weak_check check (verdict is distinct from 'dugaan' or not is_weak(verb, matches));

-- A suspicion of one person waits for the second, as it would have from the beginning; who was to be asked is asked now.
update hit set state = 'open', step = 'second' where state = 'decided' and verdict is null
    and exists (select 1 from decision d where d.account_id = hit.account_id and d.hit_id = hit.hit_id and d.outcome = 'dugaan');
update hit set state = 'asked' where state = 'decided' and verdict is null;
insert into clarification (clarification_id, account_id, hit_id, decision_id, opened_at, due_on)
    select gen_random_uuid(), h.account_id, h.hit_id, d.decision_id, d.decided_at, (now() + interval '7 days')::date
    from hit h join decision d on d.account_id = h.account_id and d.hit_id = h.hit_id where h.state = 'asked';

alter table hit
    add constraint hit_closed_check check ((state = 'decided') = (closed_at is not null)),
    add constraint hit_closed_verdict_check check (
        (state = 'decided' and verdict is not null) or (state = 'asked' and verdict is distinct from 'bukan_dugaan') or verdict is null);

drop index hit_queue;
create index hit_queue on hit (urgent_at, hit_id) where state = 'open';
create index decision_at on decision (decided_at);

-- Two people, not one, and neither near to the person (P05): whatever the program does, the database holds it.
create function verdict_has_two() returns trigger language plpgsql as $$
declare
    people integer;
begin
    select count(distinct d.user_id) into people from standing_decision d
    where d.account_id = new.account_id and d.hit_id = new.hit_id and d.round = new.round and d.outcome = 'dugaan'
      and not has_conflict(new.account_id, d.user_id);
    if people < 2 then
        raise exception 'hit % was upheld by % people, not by two', new.hit_id, people
            using errcode = 'check_violation', constraint = 'hit_two_people';
    end if;
    return null;
end $$;
create constraint trigger hit_two_people after insert or update of verdict on hit
    deferrable initially deferred for each row
    when (new.verdict in ('dugaan', 'pendukung')) execute function verdict_has_two();

-- Filters that somebody keeps.
create table saved_view (
    user_id uuid not null references app_user,
    name    text not null,
    query   text not null,
    primary key (user_id, name),
    constraint saved_view_name_check check (length(btrim(name)) between 1 and 60),
    constraint saved_view_query_check check (length(query) <= 500)
);
