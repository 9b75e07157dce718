-- What every collected row pays for, without what it does not need.

-- No query ever asked for it.
drop index activity_posted;

-- That account and program exist is looked at once per statement, with everything else that the register says of them,
-- instead of twice per row; and neither is ever deleted: accounts end, programs end.
alter table activity drop constraint activity_account_id_fkey, drop constraint activity_program_id_fkey;

create or replace function activity_is_in_register() returns trigger language plpgsql as $$
declare
    outsider record;
begin
    -- Whoever stops an account waits for the pages that are being written, and what comes after them sees the stop.
    perform 1 from account a where a.account_id in (select n.account_id from added n) for key share;
    -- Each account's first and last act stand for all between them: an account counts for one stretch of days.
    select t.account_id, t.program_id into outsider
    from (select n.account_id, n.program_id,
                 min(coalesce(n.happened_at, n.posted_at, n.seen_at)) as first_at,
                 max(coalesce(n.happened_at, n.posted_at, n.seen_at)) as last_at,
                 min(n.seen_at) as first_seen_at, max(n.seen_at) as last_seen_at
          from added n group by 1, 2) t
    left join program p on p.program_id = t.program_id
        and p.approved_at is not null
        and (t.first_seen_at at time zone p.timezone)::date >= p.starts_on
        and (t.last_seen_at at time zone p.timezone)::date <= p.ends_on
    left join account a on a.account_id = t.account_id
        and a.approved_at is not null
        and a.stopped_at is null
        and (t.first_at at time zone p.timezone)::date >= a.valid_from
        and (t.last_at at time zone p.timezone)::date <= coalesce(a.valid_to, 'infinity'::date)
    where a.account_id is null or p.program_id is null
    limit 1;
    if found then
        raise exception 'account % is not active in the register on that day, or program % is not approved and running',
            outsider.account_id, outsider.program_id
            using errcode = 'check_violation', constraint = 'activity_in_register';
    end if;
    return null;
end $$;

create function is_never_deleted() returns trigger language plpgsql as $$
begin
    raise exception 'a row of % is never deleted and keeps its id: it ends', tg_table_name
        using errcode = 'check_violation', constraint = tg_table_name || '_is_kept';
end $$;
create trigger account_is_kept before delete or update of account_id on account
    for each row execute function is_never_deleted();
create trigger program_is_kept before delete or update of program_id on program
    for each row execute function is_never_deleted();

-- How a page of collected activities ends; see lists_are_at and ledger_append. False: other lists are live by now.
create function page_ends(
    generation bigint, program uuid, zone text, source text, kept bigint, known bigint, turned_away bigint, rejected bigint,
    minute text
) returns boolean language plpgsql as $$
begin
    if generation is not null and not lists_are_at(generation) then
        return false;
    end if;
    if kept + known + turned_away + rejected > 0 then
        insert into intake as i (program_id, day, platform, kept, known, turned_away, rejected)
            values (program, (now() at time zone zone)::date, source, kept, known, turned_away, rejected)
            on conflict on constraint intake_pkey do update set kept = i.kept + excluded.kept, known = i.known + excluded.known,
                turned_away = i.turned_away + excluded.turned_away, rejected = i.rejected + excluded.rejected;
    end if;
    if minute is not null then
        perform ledger_append('intake.page', 'system', 'program/' || program, minute);
    end if;
    return true;
end $$;
