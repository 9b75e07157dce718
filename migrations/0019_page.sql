-- A page of collected activities is one statement: where its source stands, what is new of it, the hits, the counters and the
-- ledger's row. It was seven, each a way to the database and back.
--
-- `page` in the functions below, one JSON object:
--   whole        the page is all of it: the source moves on and the page ends; else only its rows are kept
--   move         where the source stands then, see source_moves; null where there is no source
--   program      uuid, of the frame in which it was collected; zone: that frame's time zone
--   platform     for the counters
--   generation   of the lists that made the hits, see lists_are_at; null: whichever
--   quiet        turned away were strangers, who are many and say nothing: no row of the ledger for them alone
--   counts       what became of rows before they came here: {kept, known, turned_away, rejected, passed, hits}
--   caps         [{set_id, keyword, cap}, …] of keywords that may be in so many hits a day; null: keywords are not counted
--   hits         of its rows, see keep_hits

-- The same value as before, in a form that the planner can take apart.
alter function ledger_hash(bytea, bigint, timestamptz, text, text, text, text) stable;

-- Moves a source on, or refuses with collector_lease_lost: of an account, of what people do with a campaign account, of a
-- stream. Without due_in more pages follow and the lease stays; a stream's lease goes on by so many seconds.
create function source_moves(move jsonb) returns void language plpgsql as $$
declare
    holder uuid := (move ->> 'worker')::uuid;
    due timestamptz := now() + make_interval(secs => (move ->> 'due_in')::float8);
begin
    case move ->> 'of'
    when 'account' then
        if due is null then
            update collector_state set cursor = move ->> 'cursor', seen_handle = coalesce(move ->> 'handle', seen_handle)
            where account_id = (move ->> 'account_id')::uuid and leased_by = holder and leased_until > now();
        else
            update collector_state set cursor = move ->> 'cursor', seen_handle = coalesce(move ->> 'handle', seen_handle),
                due_at = due, interval_seconds = (move ->> 'interval_seconds')::integer, leased_by = null, leased_until = null,
                last_ok_at = now(), last_error = null, last_error_at = null, failures = 0, account_state = null
            where account_id = (move ->> 'account_id')::uuid and leased_by = holder and leased_until > now();
        end if;
    when 'campaign' then
        update campaign_state set cursor = move ->> 'cursor', strangers = strangers + (move ->> 'strangers')::bigint,
            due_at = coalesce(due, due_at), leased_by = case when due is null then leased_by end,
            leased_until = case when due is null then leased_until end,
            last_ok_at = now(), last_error = null, last_error_at = null, failures = 0
        where platform = move ->> 'platform' and handle = move ->> 'handle' and leased_by = holder and leased_until > now();
    when 'stream' then
        update stream_state set cursor = (move ->> 'cursor')::bigint,
            leased_until = now() + make_interval(secs => (move ->> 'lease')::float8),
            last_ok_at = now(), last_error = null, last_error_at = null
        where stream = move ->> 'stream' and leased_by = holder and leased_until > now();
    end case;
    if not found then
        raise exception 'another worker holds the source by now'
            using errcode = 'check_violation', constraint = 'collector_lease_lost';
    end if;
end $$;

-- Keeps hits: all, or those of some activities. Counts their keywords by day; a hit at review whose every keyword is over its
-- daily cap waits apart, so that one noisy keyword does not bury the queue. `keywords` are those that a cap counts.
create function keep_hits(page jsonb, of_these uuid[], out kept bigint, out apart bigint, out activities uuid[])
language plpgsql as $$
declare
    caps jsonb := nullif(page -> 'caps', 'null');
begin
    with n as materialized (
        select * from jsonb_to_recordset(page -> 'hits') as h(account_id uuid, hit_id uuid, activity_id uuid, set_id text,
            set_version text, clause text, also text[], stage text, verb text, level text, score smallint, severity smallint,
            sides text[], stance jsonb, parties text[], matches jsonb, parts jsonb, reason text, counter text[], state text,
            origin text, words text, keywords text[])
        where of_these is null or h.activity_id = any (of_these)),
    -- In one order everywhere, so that two pages never wait for each other.
    named as (
        select n.set_id, k.keyword, n.set_version as version, count(*) as hits
        from n cross join lateral unnest(n.keywords) k(keyword)
        where n.level = 'review' and caps is not null
        group by 1, 2, 3 order by 1, 2, 3),
    counted as (
        insert into keyword_day (set_id, keyword, day, version, hits)
        select set_id, keyword, (now() at time zone (page ->> 'zone'))::date, version, hits from named
        on conflict (set_id, keyword, day, version) do update set hits = keyword_day.hits + excluded.hits
        returning set_id, keyword, version, hits),
    over_cap as (
        insert into keyword_quarantine (set_id, version, keyword, cap)
        select c.set_id, c.version, c.keyword, m.cap from counted c
        join jsonb_to_recordset(caps) as m(set_id text, keyword text, cap integer) using (set_id, keyword)
        where c.hits > m.cap
        on conflict do nothing
        returning set_id, keyword),
    noisy as materialized (
        select set_id, keyword from over_cap
        union all
        select q.set_id, q.keyword from keyword_quarantine q join named using (set_id, version, keyword)
        where q.released_at is null),
    added as (
        insert into hit (account_id, hit_id, activity_id, set_id, set_version, clause, also, stage, verb, level, score,
                         severity, urgent_at, sides, stance, parties, matches, parts, reason, counter, state, origin, words)
        select account_id, hit_id, activity_id, set_id, set_version, clause, also, stage, verb, level, score,
               severity, now() - head_start(severity, score), sides, stance, parties, matches, parts, reason, counter,
               case when level = 'review' and exists (select from noisy) and not exists (
                        select from unnest(keywords) k(keyword)
                        where not exists (select from noisy s where s.set_id = n.set_id and s.keyword = k.keyword))
                   then 'quarantined' else state end,
               origin, case when level = 'review' then to_tsvector('simple', words) end
        from n
        returning activity_id, state)
    select count(*), count(*) filter (where state = 'quarantined'), array_agg(distinct activity_id)
    into kept, apart, activities from added;
end $$;

-- Whether a text is another than the one that is kept: other spaces are no other text, and a post whose content was removed by
-- the rules of retention has no versions.
create function is_later_version(kept text, raw bytea, now text) returns boolean language sql immutable parallel safe as $$
    select octet_length(raw) > 0 and regexp_replace(kept, '\s+', '', 'g') <> regexp_replace(now, '\s+', '', 'g')
$$;

-- How a page ends: the lists that made its hits are still the live ones, the counters move on, and the ledger says what came in.
create function page_ends(page jsonb, counts jsonb, evidence jsonb) returns void language plpgsql as $$
declare
    kept bigint := (counts -> 'kept')::bigint;
    known bigint := (counts -> 'known')::bigint;
    turned_away bigint := (counts -> 'turned_away')::bigint;
    rejected bigint := (counts -> 'rejected')::bigint;
begin
    if page ->> 'generation' is not null and not lists_are_at((page ->> 'generation')::bigint) then
        raise exception 'other lists are live by now' using errcode = 'check_violation', constraint = 'lists_changed';
    end if;
    if kept + known + turned_away + rejected > 0 then
        insert into intake as i (program_id, day, platform, kept, known, turned_away, rejected)
            values ((page ->> 'program')::uuid, (now() at time zone (page ->> 'zone'))::date, page ->> 'platform', kept, known,
                    turned_away, rejected)
            on conflict on constraint intake_pkey do update set kept = i.kept + excluded.kept, known = i.known + excluded.known,
                turned_away = i.turned_away + excluded.turned_away, rejected = i.rejected + excluded.rejected;
    end if;
    if kept + rejected > 0 or (turned_away > 0 and not (page -> 'quiet')::boolean) then
        perform ledger_append('intake.page', 'system', 'program/' || (page ->> 'program'),
            jsonb_build_object('platform', page -> 'platform', 'counts', counts, 'evidence', evidence)::text);
    end if;
end $$;
drop function page_ends(bigint, uuid, text, text, bigint, bigint, bigint, bigint, text);

-- Keeps a page, or some of its rows: the activities that are not known yet, and their hits. A whole page that holds a later
-- version of a known post is refused with page_holds_versions: those are looked at one by one. `evidence` is [[activity,
-- SHA-256 of its bytes in hex], …] for those with a hit.
create function keep_page(
    page jsonb, accounts uuid[], ids uuid[], external_ids text[], verbs text[], texts text[], urls text[],
    happened timestamptz[], posted timestamptz[], seen timestamptz[], media text[], targets text[], hashtags text[],
    mentions text[], raws bytea[], sums bytea[], versions_of text[],
    out kept uuid[], out hits bigint, out apart bigint, out evidence jsonb
) language plpgsql as $$
declare
    whole boolean := (page -> 'whole')::boolean;
    all_new boolean;
    with_hits uuid[];
    counts jsonb := page -> 'counts';
begin
    if whole and page ->> 'move' is not null then
        perform source_moves(page -> 'move');
    end if;
    with added as (
        insert into activity (account_id, activity_id, program_id, external_id, verb, text, url, happened_at, posted_at,
                              seen_at, media, target, hashtags, mentions, raw, raw_sha256, edition_of)
        select a.account_id, a.activity_id, (page ->> 'program')::uuid, a.external_id, a.verb, a.text, a.url, a.happened_at,
               a.posted_at, a.seen_at, a.media::jsonb, a.target::jsonb, a.hashtags::jsonb, a.mentions::jsonb, a.raw,
               a.raw_sha256, a.edition_of
        from unnest(accounts, ids, external_ids, verbs, texts, urls, happened, posted, seen, media, targets, hashtags,
                    mentions, raws, sums, versions_of)
            as a(account_id, activity_id, external_id, verb, text, url, happened_at, posted_at, seen_at, media, target,
                 hashtags, mentions, raw, raw_sha256, edition_of)
        on conflict (account_id, external_id) do nothing
        returning activity_id)
    select coalesce(array_agg(activity_id), '{}') into kept from added;
    all_new := cardinality(kept) = cardinality(ids);
    hits := 0;
    apart := 0;
    evidence := '[]';
    if cardinality(kept) > 0 and page -> 'hits' <> '[]' then
        select h.kept, h.apart, h.activities into hits, apart, with_hits
        from keep_hits(page, case when not all_new then kept end) h;
        select coalesce(jsonb_agg(jsonb_build_array(r.id, encode(r.sum, 'hex')) order by r.n), '[]') into evidence
        from unnest(ids, sums) with ordinality r(id, sum, n) join unnest(with_hits) h(id) using (id);
    end if;
    if not whole then
        return;
    end if;
    if not all_new and page ->> 'move' is not null and exists (
        select from unnest(accounts, external_ids, texts) n(account_id, external_id, text)
        join activity a using (account_id, external_id) where is_later_version(a.text, a.raw, n.text)) then
        raise exception 'a known post reads otherwise now' using errcode = 'check_violation', constraint = 'page_holds_versions';
    end if;
    counts := counts || jsonb_build_object('kept', cardinality(kept), 'hits', hits,
        'known', (counts -> 'known')::bigint + cardinality(ids) - cardinality(kept));
    perform page_ends(page, counts, evidence);
end $$;
