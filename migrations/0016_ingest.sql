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
