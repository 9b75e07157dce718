-- Search over what waits for people or was decided by them. Posts without a hit are not in it: nobody browses what people post.
alter table hit add column words tsvector;

create function hit_takes_words() returns trigger language plpgsql as $$
begin
    if new.level = 'review' and new.words is null then
        select to_tsvector('simple', left(a.text || ' ' || coalesce(a.target ->> 'text', ''), 20000)) into new.words
        from activity a where a.account_id = new.account_id and a.activity_id = new.activity_id and octet_length(a.raw) > 0;
    end if;
    return new;
end $$;
create trigger hit_words before insert or update of level, state on hit for each row execute function hit_takes_words();

-- Whatever empties a post empties this with it.
create function hit_words_go() returns trigger language plpgsql as $$
begin
    update hit set words = null where account_id = new.account_id and activity_id = new.activity_id and words is not null;
    return null;
end $$;
create trigger words_go_with_content after update of raw on activity
    for each row when (octet_length(new.raw) = 0) execute function hit_words_go();

update hit h set words = to_tsvector('simple', left(a.text || ' ' || coalesce(a.target ->> 'text', ''), 20000))
    from activity a
    where a.account_id = h.account_id and a.activity_id = h.activity_id and h.level = 'review' and octet_length(a.raw) > 0;
create index hit_words on hit using gin (words) where words is not null;
