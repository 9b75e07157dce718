//! The review queue: what waits, in which order, and the next one.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Identity, Store, StoreError};
use crate::model::{HitId, Match, Score, Severity, UnitId, UserId, Verb};

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
    /// One page of the queue, the most urgent first; `after` continues where the page before ended.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn queue_page(
        &self,
        filter: &QueueFilter,
        after: Option<QueueKey>,
        limit: i64,
    ) -> Result<Vec<QueueRow>, StoreError> {
        let (waits_for, held_by) = match filter.part {
            Part::All => (None, None),
            Part::For(user) => (Some(user.0), None),
            Part::Of(user) => (None, Some(user.0)),
        };
        let begins = after.and_then(|k| Timestamp::from_microsecond(k.urgent_at).ok()).map(jiff_sqlx::Timestamp::from);
        let rows = sqlx::query!(
            r#"select h.hit_id, h.set_id, h.clause, h.stage, h.verb, h.score, h.severity, h.urgent_at, h.reason, h.matches::text as "matches!",
                      h.created_at, nullif(h.group_id, h.hit_id) as group_id, h.origin = 'rescan' as "from_rescan!", h.round > 1 as "answered!", h.referred_to, h.rests_until,
                      (select f.name from app_user f where f.user_id = h.referred_to) as referred_name,
                      a.text, a.target->>'text' as target_text, a.posted_at, a.seen_at, r.platform, p.name as person_name, p.nip,
                      (select array_agg(o.handle) from account o where o.person_id = r.person_id) as "handles!",
                      case when h.claimed_until > now() then h.claimed_by end as claimed_by,
                      case when h.claimed_until > now() then u.name end as claimed_by_name,
                      case when h.claimed_until > now() then h.claimed_until end as claimed_until
               from hit h
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               join account r on r.account_id = h.account_id
               join person p on p.person_id = r.person_id
               left join app_user u on u.user_id = h.claimed_by
               where h.state = 'open'
                 and ($1::text is null or h.clause = $1)
                 and ($2::text is null or r.platform = $2)
                 and ($3::text is null or h.verb = $3)
                 and ($4::uuid is null or h.referred_to = $4 or (h.claimed_by = $4 and h.claimed_until > now())
                      or (h.rests_until > now() and exists (
                          select 1 from hit_mark m where m.account_id = h.account_id and m.hit_id = h.hit_id
                          and m.user_id = $4 and m.kind = 'rest')))
                 and ($5::timestamptz is null or (h.urgent_at, h.hit_id) > ($5, $6))
                 and ($8::text is null or h.matches @> jsonb_build_array(jsonb_build_object('keyword', $8::text)))
                 and ($9::uuid is null or p.unit_id = $9)
                 and ($10::uuid is null
                      or may_judge(h.account_id, h.hit_id, h.round, h.step, h.referred_to, h.rests_until, $10))
               order by h.urgent_at, h.hit_id
               limit $7"#,
            filter.clause,
            filter.platform,
            filter.verb.map(Verb::as_str),
            held_by,
            begins as _,
            after.map(|k| k.hit_id.0),
            limit,
            filter.keyword,
            filter.unit.map(|u| u.0),
            waits_for
        )
        .fetch_all(&self.pool)
        .await?;
        let groups: Vec<Uuid> = rows.iter().filter_map(|r| r.group_id).collect();
        let sizes: HashMap<Uuid, i64> =
            if groups.is_empty() { HashMap::new() } else { self.group_sizes(&groups).await?.into_iter().collect() };
        rows.into_iter()
            .map(|r| {
                Ok(QueueRow {
                    group: r.group_id,
                    copies: r.group_id.and_then(|id| sizes.get(&id)).map_or(0, |n| n - 1),
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
            .collect()
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

    /// Colleagues who decide and were here within five minutes, with how many hits each holds.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn present(&self, but: UserId) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = sqlx::query!(
            r#"select u.name, (select count(*) from hit h where h.claimed_by = u.user_id and h.claimed_until > now()) as "held!"
               from app_user u
               where u.user_id <> $1 and u.disabled_at is null and u.role in ('reviewer', 'verifier', 'lead')
                 and exists (select 1 from session s where s.user_id = u.user_id and s.seen_at > now() - interval '5 minutes' and not s.awaits_code
                             and s.expires_at > now())
               order by u.name limit 20"#,
            but.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| (r.name, r.held)).collect())
    }

    /// The filters that this user keeps.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn saved_views(&self, user: UserId) -> Result<Vec<SavedView>, StoreError> {
        let views = sqlx::query_as!(
            SavedView,
            "select name, query from saved_view where user_id = $1 order by name limit 30",
            user.0
        );
        Ok(views.fetch_all(&self.pool).await?)
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
