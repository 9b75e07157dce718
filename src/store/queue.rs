//! The review queue: what waits, in which order, and the next one.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::group::group_sizes;
use super::{Identity, Store, StoreError};
use crate::model::{HitId, Match, Score, Severity, UnitId, UserId, Verb};

/// Most rows of one page.
pub const LONGEST_PAGE: i64 = 201;

/// What of the queue to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Only this clause.
    pub clause: Option<String>,
    /// Only this platform.
    pub platform: Option<String>,
    /// Only this verb.
    pub verb: Option<Verb>,
    /// Only hits of this keyword, by its id.
    pub keyword: Option<String>,
    /// Only hits of persons of this unit; for whoever reads all.
    pub unit: Option<UnitId>,
    /// Which part of the queue.
    pub part: Part,
}

impl QueueFilter {
    /// Whether it leaves anything out beside what waits for others.
    fn narrows(&self) -> bool {
        self.clause.is_some()
            || self.platform.is_some()
            || self.verb.is_some()
            || self.keyword.is_some()
            || self.unit.is_some()
    }
}

/// Which part of the queue somebody looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Everything that waits.
    #[default]
    All,
    /// What waits for this reader: not decided or passed on by them, not put aside, nobody near.
    For(UserId),
    /// What this reader holds, was given by a colleague, or has put aside.
    Of(UserId),
}

/// Place in the queue after which a page begins: urgency, then id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueKey {
    /// Urgency of the last row shown, in microseconds since 1970.
    pub urgent_at: i64,
    /// Its hit.
    pub hit_id: HitId,
}

impl fmt::Display for QueueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.urgent_at, self.hit_id)
    }
}

impl FromStr for QueueKey {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (urgent_at, id) = s.split_once('-').ok_or("no `-`")?;
        let urgent_at = urgent_at.parse().map_err(|e| format!("urgency: {e}"))?;
        Timestamp::from_microsecond(urgent_at).map_err(|e| format!("urgency: {e}"))?;
        Ok(Self { urgent_at, hit_id: id.parse().map_err(|e| format!("hit: {e}"))? })
    }
}

/// One line of the queue. It names no person, unit or handle.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// The hit.
    pub hit_id: HitId,
    /// Election's set.
    pub set_id: String,
    /// Clause.
    pub clause: String,
    /// Stage.
    pub stage: String,
    /// What was done.
    pub verb: Verb,
    /// Where.
    pub platform: String,
    /// Score.
    pub score: Score,
    /// Class of the breach in the joint decree.
    pub severity: Severity,
    /// When it was found, less its head start.
    pub urgent_at: Timestamp,
    /// For whom it waits.
    pub referred_to: Option<(UserId, String)>,
    /// Put aside until then.
    pub rests_until: Option<Timestamp>,
    /// The person has answered a question about it.
    pub answered: bool,
    /// The sentence that explains it.
    pub reason: String,
    /// The activity's own text.
    pub text: String,
    /// The target's text, for a share or a like.
    pub target_text: Option<String>,
    /// The matches in all fields.
    pub matches: Vec<Match>,
    /// When it was posted.
    pub posted_at: Option<Timestamp>,
    /// When it was first seen.
    pub seen_at: Timestamp,
    /// When it was queued.
    pub created_at: Timestamp,
    /// It was found when the window was read again.
    pub from_rescan: bool,
    /// Who holds it now.
    pub claimed_by: Option<UserId>,
    /// That colleague's name.
    pub claimed_by_name: Option<String>,
    /// Until when.
    pub claimed_until: Option<Timestamp>,
    /// Its group, where it is a copy of others.
    pub group: Option<Uuid>,
    /// Other hits of the group that wait, whoever for.
    pub copies: i64,
    /// What to cover: the queue names nobody.
    pub identity: Identity,
}

impl QueueRow {
    /// This row's place in the queue.
    #[must_use]
    pub fn key(&self) -> QueueKey {
        QueueKey { urgent_at: self.urgent_at.as_microsecond(), hit_id: self.hit_id }
    }
}

/// A page of the queue with what stands around it.
#[derive(Clone, Debug)]
pub struct QueueScreen {
    /// The page.
    pub rows: Vec<QueueRow>,
    /// How many hits the reader holds now.
    pub mine: i64,
    /// Colleagues who decide and were here within five minutes, by name, with how many hits each holds; at most twenty.
    pub present: Vec<(String, i64)>,
    /// The filters that the reader keeps.
    pub views: Vec<SavedView>,
}

/// A filter that somebody keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// As its owner calls it.
    pub name: String,
    /// The address's query: `huruf=C.2.e&tindakan=share`.
    pub query: String,
}

/// The queue in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Waiting, claimed or not.
    pub open: i64,
    /// Held by somebody now.
    pub claimed: i64,
    /// Held by me.
    pub mine: i64,
    /// Decided since midnight in Jakarta.
    pub decided_today: i64,
}

impl Store {
    /// One page of the queue, the most urgent first; `after` continues where the page before ended. At most [`LONGEST_PAGE`]
    /// rows.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn queue_page(
        &self,
        filter: &QueueFilter,
        after: Option<QueueKey>,
        limit: i64,
    ) -> Result<Vec<QueueRow>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        page(&mut connection, filter, after, limit).await
    }

    /// The same with what stands around it for a reader, over one connection.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn queue_screen(
        &self,
        reader: UserId,
        filter: &QueueFilter,
        after: Option<QueueKey>,
        limit: i64,
    ) -> Result<QueueScreen, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let rows = page(&mut connection, filter, after, limit).await?;
        let (mine, present) = at_work(&mut connection, reader).await?;
        let views = views(&mut connection, reader).await?;
        Ok(QueueScreen { rows, mine, present, views })
    }

    /// How many hits a reader holds, and the colleagues who decide and were here within five minutes, with how many each holds.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn at_work(&self, reader: UserId) -> Result<(i64, Vec<(String, i64)>), StoreError> {
        at_work(&mut *self.pool.acquire().await?, reader).await
    }

    /// The queue in figures, without what is somebody's own.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn queue_counts(&self) -> Result<QueueCounts, StoreError> {
        Ok(sqlx::query_as!(
            QueueCounts,
            r#"select (select count(*) from hit where state = 'open') as "open!",
                      (select count(*) from hit where claimed_by is not null and claimed_until > now()) as "claimed!",
                      0::bigint as "mine!",
                      (select count(*) from decision
                       where decided_at >= date_trunc('day', now() at time zone 'Asia/Jakarta') at time zone 'Asia/Jakarta') as "decided_today!""#
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// How many hits a user holds now.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn held_by(&self, user: UserId) -> Result<i64, StoreError> {
        let held = sqlx::query_scalar!(
            r#"select count(*) as "n!" from hit where claimed_by = $1 and claimed_until > now()"#,
            user.0
        );
        Ok(held.fetch_one(&self.pool).await?)
    }

    /// The filters that a reader keeps, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn views(&self, reader: UserId) -> Result<Vec<SavedView>, StoreError> {
        views(&mut *self.pool.acquire().await?, reader).await
    }

    /// Keeps a filter under a name; the same name again replaces it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `saved_view_name_check` or `saved_view_query_check`.
    pub async fn save_view(&self, user: UserId, view: &SavedView) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into saved_view (user_id, name, query) values ($1, $2, $3)
             on conflict (user_id, name) do update set query = excluded.query",
            user.0,
            view.name,
            view.query
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Forgets a kept filter.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn drop_view(&self, user: UserId, name: &str) -> Result<(), StoreError> {
        sqlx::query!("delete from saved_view where user_id = $1 and name = $2", user.0, name)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Rows of the queue from a query's columns, in the order in which they came.
macro_rules! queue_rows {
    ($rows:expr) => {
        $rows
            .into_iter()
            .map(|r| {
                Ok(QueueRow {
                    group: r.group_id,
                    copies: 0,
                    hit_id: r.hit_id.into(),
                    set_id: r.set_id,
                    clause: r.clause,
                    stage: r.stage,
                    verb: r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?,
                    platform: r.platform,
                    score: Score(r.score),
                    severity: Severity(r.severity),
                    urgent_at: r.urgent_at.to_jiff(),
                    referred_to: r.referred_to.map(UserId).zip(r.referred_name),
                    rests_until: r.rests_until.map(jiff_sqlx::Timestamp::to_jiff),
                    answered: r.answered,
                    reason: r.reason,
                    text: r.text,
                    target_text: r.target_text,
                    matches: serde_json::from_str(&r.matches).map_err(|_| StoreError::Stored { what: "matches" })?,
                    posted_at: r.posted_at.map(jiff_sqlx::Timestamp::to_jiff),
                    seen_at: r.seen_at.to_jiff(),
                    created_at: r.created_at.to_jiff(),
                    from_rescan: r.from_rescan,
                    claimed_by: r.claimed_by.map(UserId),
                    claimed_by_name: r.claimed_by_name,
                    claimed_until: r.claimed_until.map(jiff_sqlx::Timestamp::to_jiff),
                    identity: Identity { name: r.person_name, nip: r.nip, handles: r.handles },
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()
    };
}

/// The page's rows: `$filters` chooses among what waits, in the queue's order; $1 and $2 are where the page begins, $3 how
/// many rows it has, $4 for whom they must wait. `offset 0` keeps the planner from taking the parts apart: however badly it
/// guesses what the filters leave, the queue's index is walked in order, only as far as the page needs, and each row's post
/// and person are looked up by their keys. The inner limit is a number, so that a kept plan expects a page, not the queue.
macro_rules! page_query {
    ($filters:tt, $($argument:expr),+) => {
        sqlx::query!(
            r#"select h.hit_id, h.set_id, h.clause, h.stage, h.verb, h.score, h.severity, h.urgent_at, h.reason, h.matches::text as "matches!",
                      h.created_at, h.group_id as "group_id?", h.origin = 'rescan' as "from_rescan!", h.round > 1 as "answered!", h.referred_to as "referred_to?", h.rests_until as "rests_until?",
                      (select f.name from app_user f where f.user_id = h.referred_to) as referred_name,
                      a.text as "text!", a.target_text as "target_text?", a.posted_at as "posted_at?", a.seen_at as "seen_at!",
                      r.platform as "platform!", r.person_name as "person_name!", r.nip as "nip?", r.handles as "handles!",
                      case when h.claimed_until > now() then h.claimed_by end as claimed_by,
                      case when h.claimed_until > now() then (select u.name from app_user u where u.user_id = h.claimed_by) end as claimed_by_name,
                      case when h.claimed_until > now() then h.claimed_until end as claimed_until
               from (select * from (
                         select * from (
                             select account_id, hit_id, activity_id, set_id, clause, stage, verb, score, severity, urgent_at, reason, matches,
                                    created_at, nullif(group_id, hit_id) as group_id, origin, round, step, referred_to, rests_until, claimed_by, claimed_until
                             from hit
                             where state = 'open'
                               and (urgent_at, hit_id) > (coalesce($1::timestamptz, '-infinity'), coalesce($2::uuid, '00000000-0000-0000-0000-000000000000'))
                             order by urgent_at, hit_id offset 0) h
                         where ($4::uuid is null
                                or may_judge(h.account_id, h.hit_id, h.round, h.step, h.referred_to, h.rests_until, $4))"#
                + $filters
                + r#" limit 201) h limit $3) h
               cross join lateral (
                   select text, target ->> 'text' as target_text, posted_at, seen_at from activity
                   where account_id = h.account_id and activity_id = h.activity_id offset 0) a
               cross join lateral (
                   select r.platform, p.name as person_name, p.nip,
                          (select array_agg(o.handle) from account o where o.person_id = r.person_id) as handles
                   from account r join person p using (person_id) where r.account_id = h.account_id offset 0) r
               order by h.urgent_at, h.hit_id"#,
            $($argument),+
        )
    };
}

async fn page(
    connection: &mut PgConnection,
    filter: &QueueFilter,
    after: Option<QueueKey>,
    limit: i64,
) -> Result<Vec<QueueRow>, StoreError> {
    let limit = limit.min(LONGEST_PAGE);
    let begins = after.and_then(|k| Timestamp::from_microsecond(k.urgent_at).ok()).map(jiff_sqlx::Timestamp::from);
    let begins_with = after.map(|k| k.hit_id.0);
    let (waits_for, held_by) = match filter.part {
        Part::All => (None, None),
        Part::For(user) => (Some(user.0), None),
        Part::Of(user) => (None, Some(user.0)),
    };
    // Nearly everybody looks at the queue as it is. A statement of its own, because one that allows for filters is planned
    // anew each time: with sixteen parts of two tables that takes longer than the page itself.
    if held_by.is_none() && !filter.narrows() {
        let rows = page_query!("", begins as _, begins_with, limit, waits_for).fetch_all(&mut *connection).await?;
        return with_copies(connection, queue_rows!(rows)?).await;
    }
    let rows = page_query!(
        r#" and ($5::text is null or h.clause = $5)
            and ($6::text is null or (select k.platform from account k where k.account_id = h.account_id) = $6)
            and ($7::text is null or h.verb = $7)
            and ($8::uuid is null or h.referred_to = $8 or (h.claimed_by = $8 and h.claimed_until > now())
                 or (h.rests_until > now() and exists (
                     select 1 from hit_mark m where m.account_id = h.account_id and m.hit_id = h.hit_id
                     and m.user_id = $8 and m.kind = 'rest')))
            and ($9::text is null or h.matches @> jsonb_build_array(jsonb_build_object('keyword', $9::text)))
            and ($10::uuid is null or (select w.unit_id from account k join person w using (person_id)
                                       where k.account_id = h.account_id) = $10)"#,
        begins as _,
        begins_with,
        limit,
        waits_for,
        filter.clause,
        filter.platform,
        filter.verb.map(Verb::as_str),
        held_by,
        filter.keyword,
        filter.unit.map(|u| u.0)
    )
    .fetch_all(&mut *connection)
    .await?;
    with_copies(connection, queue_rows!(rows)?).await
}

async fn views(connection: &mut PgConnection, reader: UserId) -> Result<Vec<SavedView>, StoreError> {
    Ok(sqlx::query_as!(
        SavedView,
        "select name, query from saved_view where user_id = $1 order by name limit 30",
        reader.0
    )
    .fetch_all(connection)
    .await?)
}

/// With how many others of its group wait beside each row.
async fn with_copies(connection: &mut PgConnection, mut rows: Vec<QueueRow>) -> Result<Vec<QueueRow>, StoreError> {
    let groups: Vec<Uuid> = rows.iter().filter_map(|r| r.group).collect();
    if groups.is_empty() {
        return Ok(rows);
    }
    let sizes: HashMap<Uuid, i64> = group_sizes(connection, &groups).await?.into_iter().collect();
    for row in &mut rows {
        row.copies = row.group.and_then(|id| sizes.get(&id)).map_or(0, |n| n - 1);
    }
    Ok(rows)
}

/// How many hits a reader holds, and who else decides and was here within five minutes, with how many each holds.
async fn at_work(connection: &mut PgConnection, reader: UserId) -> Result<(i64, Vec<(String, i64)>), StoreError> {
    let rows = sqlx::query!(
        r#"with held as materialized (
               select claimed_by, count(*) as hits from hit where claimed_by is not null and claimed_until > now() group by claimed_by)
           select u.user_id = $1 as "me!", u.name, coalesce(h.hits, 0) as "held!"
           from app_user u left join held h on h.claimed_by = u.user_id
           where u.user_id = $1
              or (u.disabled_at is null and u.role in ('reviewer', 'verifier', 'lead')
                  and exists (select 1 from session s where s.user_id = u.user_id and s.seen_at > now() - interval '5 minutes'
                              and not s.awaits_code and s.expires_at > now()))
           order by u.user_id = $1 desc, u.name limit 21"#,
        reader.0
    )
    .fetch_all(connection)
    .await?;
    let mine = rows.iter().filter(|r| r.me).map(|r| r.held).sum();
    Ok((mine, rows.into_iter().filter(|r| !r.me).map(|r| (r.name, r.held)).collect()))
}
