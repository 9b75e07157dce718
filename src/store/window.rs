//! Reading what is stored: pages of the rescan window in order of date, and the hits on them.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::hit::hit_from;
use super::{Store, StoreError};
use crate::model::{AccountId, Activity, ActivityId, Hit, HitId, Level, Outcome, Score};

/// Most activities of one page.
pub const WINDOW_PAGE: usize = 10_000;

/// Place in the window: first seen, then id.
pub type Position = (Timestamp, Uuid);

/// A stored activity.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Whose.
    pub account_id: AccountId,
    /// Which.
    pub activity_id: ActivityId,
    /// Its place in the window.
    pub position: Position,
    /// Its content; without `account` and `platform`.
    pub activity: Activity,
    /// Set where the content was forgotten: nothing can be matched any more.
    pub emptied: bool,
}

/// A hit as it stands.
#[derive(Clone, Debug)]
pub struct StoredHit {
    /// Id.
    pub hit_id: HitId,
    /// `open`, `decided`, `background`, `withdrawn` or `quarantined`.
    pub state: String,
    /// Somebody holds it now.
    pub claimed: bool,
    /// The last decision.
    pub outcome: Option<Outcome>,
    /// What the matcher said.
    pub hit: Hit,
}

/// A stored activity from the columns that every query here selects.
macro_rules! stored {
    ($r:expr) => {{
        let r = $r;
        let seen_at = r.seen_at.to_jiff();
        Ok(Stored {
            account_id: r.account_id.into(),
            activity_id: r.activity_id.into(),
            position: (seen_at, r.activity_id),
            emptied: r.emptied,
            activity: Activity {
                id: r.external_id,
                platform: None,
                account: None,
                verb: r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?,
                text: r.text,
                happened_at: r.happened_at.map(jiff_sqlx::Timestamp::to_jiff),
                posted_at: r.posted_at.map(jiff_sqlx::Timestamp::to_jiff),
                seen_at: Some(seen_at),
                url: r.url,
                media: list(r.media, "media")?,
                target: r
                    .target
                    .map(|t| serde_json::from_str(&t))
                    .transpose()
                    .map_err(|_| StoreError::Stored { what: "target" })?,
                hashtags: list(r.hashtags, "hashtags")?,
                mentions: list(r.mentions, "mentions")?,
            },
        })
    }};
}
pub(super) use stored;

impl Store {
    /// Counts what a reading of the window comes across: everything first seen since `from`, and older activities with a
    /// hit of the set in one of `states`.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn window_size(&self, set_id: &str, from: Timestamp, states: &[&str]) -> Result<i64, StoreError> {
        let states: Vec<_> = states.iter().map(|s| (*s).to_owned()).collect();
        Ok(sqlx::query_scalar!(
            r#"select (select count(*) from activity where seen_at >= $2)
                    + (select count(*) from hit h join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
                       where h.set_id = $1 and h.state = any ($3) and a.seen_at < $2) as "n!""#,
            set_id,
            from.to_sqlx() as _,
            &states
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The next activities of the window in order of date, at most [`WINDOW_PAGE`], see [`Store::window_size`].
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn window_page(
        &self,
        set_id: &str,
        from: Timestamp,
        states: &[&str],
        after: Position,
    ) -> Result<Vec<Stored>, StoreError> {
        if after.0 < from {
            let older = self.older_page(set_id, from, states, after).await?;
            if !older.is_empty() {
                return Ok(older);
            }
        }
        let after = after.max((from, Uuid::nil()));
        let mut tx = self.begin_steady().await?;
        // Sixteen indexes merged in their order; a sort of the whole window for one page would be the same answer, slowly.
        sqlx::query("set local enable_sort = off").execute(&mut *tx).await?;
        let rows = sqlx::query!(
            r#"select a.account_id, a.activity_id, a.seen_at, a.external_id, a.verb, a.text, a.url, a.happened_at,
                      a.posted_at, nullif(a.media, '[]')::text as media, a.target::text as target,
                      nullif(a.hashtags, '[]')::text as hashtags, nullif(a.mentions, '[]')::text as mentions,
                      octet_length(a.raw) = 0 as "emptied!"
               from activity a where (a.seen_at, a.activity_id) > ($1, $2)
               order by a.seen_at, a.activity_id limit 10000"#,
            after.0.to_sqlx() as _,
            after.1
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.into_iter().map(|r| stored!(r)).collect()
    }

    /// What is older than the window, but has a hit that is still of interest.
    async fn older_page(
        &self,
        set_id: &str,
        from: Timestamp,
        states: &[&str],
        after: Position,
    ) -> Result<Vec<Stored>, StoreError> {
        let states: Vec<_> = states.iter().map(|s| (*s).to_owned()).collect();
        let rows = sqlx::query!(
            r#"select a.account_id, a.activity_id, a.seen_at, a.external_id, a.verb, a.text, a.url, a.happened_at,
                      a.posted_at, nullif(a.media, '[]')::text as media, a.target::text as target,
                      nullif(a.hashtags, '[]')::text as hashtags, nullif(a.mentions, '[]')::text as mentions,
                      octet_length(a.raw) = 0 as "emptied!"
               from hit h join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               where h.set_id = $1 and h.state = any ($3) and a.seen_at < $2 and (a.seen_at, a.activity_id) > ($4, $5)
               order by a.seen_at, a.activity_id limit 10000"#,
            set_id,
            from.to_sqlx() as _,
            &states,
            after.0.to_sqlx() as _,
            after.1
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|r| stored!(r)).collect()
    }

    /// A transaction whose statements are planned once for each connection: planning over sixteen partitions takes longer
    /// than what background reading asks of them.
    pub(super) async fn begin_steady(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("set local plan_cache_mode = force_generic_plan").execute(&mut *tx).await?;
        Ok(tx)
    }

    /// The latest activities that still have their content, newest first: what everyday posts look like here.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn recent_activities(&self, limit: i64) -> Result<Vec<Activity>, StoreError> {
        let rows = sqlx::query!(
            r#"select a.account_id, a.activity_id, a.seen_at, a.external_id, a.verb, a.text, a.url, a.happened_at,
                      a.posted_at, nullif(a.media, '[]')::text as media, a.target::text as target,
                      nullif(a.hashtags, '[]')::text as hashtags, nullif(a.mentions, '[]')::text as mentions,
                      octet_length(a.raw) = 0 as "emptied!"
               from activity a where octet_length(a.raw) > 0 order by a.seen_at desc, a.activity_id desc limit $1"#,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let stored = rows.into_iter().map(|r| stored!(r)).collect::<Result<Vec<Stored>, StoreError>>()?;
        Ok(stored.into_iter().map(|s| s.activity).collect())
    }

    /// The activities that have a hit in a set, whatever its state.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn activities_with_hit(&self, set_id: &str) -> Result<HashSet<ActivityId>, StoreError> {
        let ids =
            sqlx::query_scalar!("select activity_id from hit where set_id = $1", set_id).fetch_all(&self.pool).await?;
        Ok(ids.into_iter().map(ActivityId).collect())
    }

    /// The platforms of all accounts: what an activity does not carry itself.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn platforms(&self) -> Result<HashMap<AccountId, String>, StoreError> {
        let rows = sqlx::query!("select account_id, platform from account").fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|r| (AccountId(r.account_id), r.platform)).collect())
    }

    /// The hits of one set on some activities, all in one go.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn hits_of(
        &self,
        set_id: &str,
        page: impl Iterator<Item = &Stored>,
    ) -> Result<HashMap<ActivityId, StoredHit>, StoreError> {
        let (accounts, activities): (Vec<_>, Vec<_>) = page.map(|s| (s.account_id.0, s.activity_id.0)).unzip();
        if accounts.is_empty() {
            return Ok(HashMap::new());
        }
        let mut tx = self.begin_steady().await?;
        let rows = sqlx::query!(
            r#"select h.hit_id, h.activity_id, h.state, h.set_id, h.set_version, h.clause, h.also, h.stage, h.verb, h.level,
                      h.score, h.severity, h.sides, h.stance::text as "stance!", h.parties, h.matches::text as "matches!",
                      h.parts::text as "parts!", h.reason, h.counter,
                      coalesce(h.claimed_until > now(), false) as "claimed!",
                      (select d.outcome from standing_decision d where d.account_id = h.account_id and d.hit_id = h.hit_id
                       order by d.decided_at desc limit 1) as outcome
               from unnest($2::uuid[], $3::uuid[]) p(account_id, activity_id)
               join hit h on h.account_id = p.account_id and h.activity_id = p.activity_id and h.set_id = $1"#,
            set_id,
            &accounts,
            &activities
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let mut hits = HashMap::new();
        for r in rows {
            let outcome = r.outcome.as_deref().map(str::parse).transpose();
            let stored = StoredHit {
                hit_id: r.hit_id.into(),
                state: r.state.clone(),
                claimed: r.claimed,
                outcome: outcome.map_err(|_| StoreError::Stored { what: "outcome" })?,
                hit: hit_from!(r),
            };
            hits.insert(ActivityId(r.activity_id), stored);
        }
        Ok(hits)
    }
}

/// Most posts have none, and a parser need not be asked for that.
pub(super) fn list<T: serde::de::DeserializeOwned>(
    text: Option<String>,
    what: &'static str,
) -> Result<Vec<T>, StoreError> {
    text.map_or_else(|| Ok(Vec::new()), |text| serde_json::from_str(&text).map_err(|_| StoreError::Stored { what }))
}
