-- What every hit pays for when it is stored, and every claim when it looks for one, without what it does not need.

-- A hit lies in the partition with the same number as its activity's. Between partitions the key costs a tenth of what it
-- costs between the tables, where each look-up opens all sixteen.
alter table hit drop constraint hit_activity_fkey;
do $$
begin
    for i in 0..15 loop
        execute format('alter table hit_%1$s add constraint hit_activity_fkey
            foreign key (account_id, activity_id) references activity_%1$s (account_id, activity_id) on delete cascade', i);
    end loop;
end $$;

-- Groups with one of these ids, and for each band the first that share it. By the index, whatever the planner believes: it
-- plans once for a connection's life, and one that began when there was hardly a group would read all of them for each band
-- ever after. Band by band, because a band may be shared by far more than are worth comparing.
create function groups_like(bands bigint[], ids uuid[], most bigint) returns setof hit_group language sql stable
set enable_seqscan = off set jit = off as $$
    select * from hit_group where group_id = any(ids)
    union
    select g.* from unnest(bands) b(band)
    cross join lateral (select * from hit_group h where h.bands @> array[b.band] limit most) g
$$;

-- As before, asked in the order in which it costs: most hits that are not for a reader rest, or were handed to somebody
-- else, and every claim walks past them.
create or replace function may_judge(
    hit_account uuid, hit uuid, hit_round smallint, hit_step text, referred uuid, rests timestamptz, reader uuid
) returns boolean language plpgsql stable as $$
begin
    if referred <> reader or rests > now() then
        return false;
    end if;
    if hit_step = 'lead' and not exists (
        select 1 from app_user u where u.user_id = reader and u.role in ('lead', 'verifier')) then
        return false;
    end if;
    if exists (select 1 from standing_decision d
               where d.account_id = hit_account and d.hit_id = hit and d.user_id = reader and d.round = hit_round) then
        return false;
    end if;
    if exists (select 1 from hit_mark m
               where m.account_id = hit_account and m.hit_id = hit and m.user_id = reader and m.kind = 'skip') then
        return false;
    end if;
    return not has_conflict(hit_account, reader);
end $$;
