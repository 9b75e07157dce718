//! The review queue: what waits, in which order, and the next one.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Store, StoreError, User};
use crate::model::{HitId, Match, Score, UserId, Verb};

/// What of the queue to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// Only this clause.
    pub clause: Option<String>,
    /// Only this platform.
    pub platform: Option<String>,
    /// Only this verb.
    pub verb: Option<Verb>,
    /// Only what this user has claimed.
    pub mine: Option<UserId>,
}

/// Place in the queue after which a page begins: score (descending), then id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueKey {
    /// Score of the last row shown.
    pub score: i16,
    /// Its hit.
    pub hit_id: HitId,
}

impl fmt::Display for QueueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.score, self.hit_id)
    }
}

impl FromStr for QueueKey {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (score, id) = s.split_once('-').ok_or("no `-`")?;
        let score = score.parse().map_err(|e| format!("score: {e}"))?;
        Ok(Self { score, hit_id: id.parse().map_err(|e| format!("hit: {e}"))? })
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
}

impl QueueRow {
    /// This row's place in the queue.
    #[must_use]
    pub fn key(&self) -> QueueKey {
        QueueKey { score: self.score.0, hit_id: self.hit_id }
    }
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
    /// One page of the queue: highest score first, then oldest; `after` continues where the page before ended.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn queue_page(
        &self,
        filter: &QueueFilter,
        after: Option<QueueKey>,
        limit: i64,
    ) -> Result<Vec<QueueRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select h.hit_id, h.set_id, h.clause, h.stage, h.verb, h.score, h.reason, h.matches::text as "matches!",
                      h.created_at, h.origin = 'rescan' as "from_rescan!", a.text, a.target->>'text' as target_text, a.posted_at, a.seen_at, r.platform,
                      case when h.claimed_until > now() then h.claimed_by end as claimed_by,
                      case when h.claimed_until > now() then u.name end as claimed_by_name,
                      case when h.claimed_until > now() then h.claimed_until end as claimed_until
               from hit h
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               join account r on r.account_id = h.account_id
               left join app_user u on u.user_id = h.claimed_by
               where h.state = 'open'
                 and ($1::text is null or h.clause = $1)
                 and ($2::text is null or r.platform = $2)
                 and ($3::text is null or h.verb = $3)
                 and ($4::uuid is null or (h.claimed_by = $4 and h.claimed_until > now()))
                 and ($5::smallint is null or h.score < $5 or (h.score = $5 and h.hit_id > $6))
               order by h.score desc, h.hit_id
               limit $7"#,
            filter.clause,
            filter.platform,
            filter.verb.map(Verb::as_str),
            filter.mine.map(|u| u.0),
            after.map(|k| k.score),
            after.map(|k| k.hit_id.0),
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(QueueRow {
                    hit_id: r.hit_id.into(),
                    set_id: r.set_id,
                    clause: r.clause,
                    stage: r.stage,
                    verb: r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?,
                    platform: r.platform,
                    score: Score(r.score),
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
                })
            })
            .collect()
    }

    /// The queue in figures.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn queue_counts(&self, me: UserId) -> Result<QueueCounts, StoreError> {
        Ok(sqlx::query_as!(
            QueueCounts,
            r#"select count(*) as "open!", count(*) filter (where claimed_until > now()) as "claimed!",
                      count(*) filter (where claimed_until > now() and claimed_by = $1) as "mine!",
                      (select count(*) from decision
                       where decided_at >= date_trunc('day', now() at time zone 'Asia/Jakarta') at time zone 'Asia/Jakarta') as "decided_today!"
               from hit where state = 'open'"#,
            me.0
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Leases the first waiting hit that nobody holds; the lease is short and the work happens outside the transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn claim_next(&self, user: &User, lease: SignedDuration) -> Result<Option<HitId>, StoreError> {
        let claimed: Option<Uuid> = sqlx::query_scalar!(
            "with next as (
                 select account_id, hit_id from hit
                 where state = 'open' and (claimed_until is null or claimed_until <= now())
                 order by score desc, hit_id limit 1 for update skip locked)
             update hit h set claimed_by = $1, claimed_until = now() + make_interval(secs => $2)
             from next where h.account_id = next.account_id and h.hit_id = next.hit_id
             returning h.hit_id",
            user.user_id.0,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(claimed.map(HitId))
    }
}
