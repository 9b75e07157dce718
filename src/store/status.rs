//! What the coverage page and the metrics say: how each platform is doing, in figures.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Store, StoreError, ledger};

/// One platform.
#[derive(Clone, Debug)]
pub struct CoverageRow {
    /// Its name.
    pub platform: String,
    /// Accounts that are read.
    pub accounts: i64,
    /// Last time that any of them was read to the end.
    pub last_ok_at: Option<Timestamp>,
    /// Accounts whose last try failed.
    pub failing: i64,
    /// Accounts given up until an operator looks.
    pub parked: i64,
    /// Accounts that are due but not read yet.
    pub overdue: i64,
    /// How long the longest overdue one has been due, in seconds.
    pub lag_seconds: i64,
    /// Accounts that their service does not show, whatever the reason.
    pub unavailable: i64,
    /// The latest failure in words.
    pub last_error: Option<String>,
    /// Activities kept since the program began.
    pub kept: i64,
    /// Activities that were there already.
    pub known: i64,
    /// Activities of accounts outside the register.
    pub turned_away: i64,
    /// Items that could not be read or stored.
    pub rejected: i64,
}

/// An account that an operator should look at.
#[derive(Clone, Debug)]
pub struct Troubled {
    /// Its id.
    pub account_id: Uuid,
    /// Handle as registered.
    pub handle: String,
    /// Handle that the platform gives it today, where it is another one.
    pub seen_handle: Option<String>,
    /// Why the service does not show it, in one word.
    pub state: Option<String>,
    /// Latest failure in words.
    pub error: Option<String>,
    /// Failures in a row.
    pub failures: i32,
    /// Given up until somebody looks.
    pub parked_at: Option<Timestamp>,
    /// Last time it was read to the end.
    pub last_ok_at: Option<Timestamp>,
    /// When it is tried again.
    pub due_at: Timestamp,
}

/// A campaign account that is read from the other side.
#[derive(Clone, Debug)]
pub struct CampaignRow {
    /// Its handle.
    pub handle: String,
    /// Last time its audience was read.
    pub last_ok_at: Option<Timestamp>,
    /// Latest failure in words.
    pub error: Option<String>,
    /// Acts of people outside the register, dropped and counted.
    pub strangers: i64,
}

impl Store {
    /// The accounts of a platform that fail, are parked, are not shown or have another handle, parked ones first; at most 500.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn troubled(&self, platform: &str) -> Result<Vec<Troubled>, StoreError> {
        let rows = sqlx::query!(
            r#"select a.account_id, a.handle, case when s.seen_handle <> a.handle then s.seen_handle end as seen_handle,
                      s.account_state, s.last_error, s.failures, s.parked_at, s.last_ok_at, s.due_at
               from account a join collector_state s using (account_id)
               where a.platform = $1 and a.approved_at is not null and a.stopped_at is null
                 and (s.failures > 0 or s.parked_at is not null or s.account_state is not null
                      or ltrim(lower(s.seen_handle), '@') <> ltrim(lower(a.handle), '@'))
               order by s.parked_at nulls last, s.failures desc, a.handle limit 500"#,
            platform
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Troubled {
                account_id: r.account_id,
                handle: r.handle,
                seen_handle: r.seen_handle,
                state: r.account_state,
                error: r.last_error,
                failures: r.failures,
                parked_at: r.parked_at.map(jiff_sqlx::Timestamp::to_jiff),
                last_ok_at: r.last_ok_at.map(jiff_sqlx::Timestamp::to_jiff),
                due_at: r.due_at.to_jiff(),
            })
            .collect())
    }

    /// The campaign accounts of a platform that live lists name.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn campaigns(&self, platform: &str) -> Result<Vec<CampaignRow>, StoreError> {
        let rows = sqlx::query!(
            "select handle, last_ok_at, last_error, strangers from campaign_state
             where platform = $1 and retired_at is null order by handle",
            platform
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| CampaignRow {
                handle: r.handle,
                last_ok_at: r.last_ok_at.map(jiff_sqlx::Timestamp::to_jiff),
                error: r.last_error,
                strangers: r.strangers,
            })
            .collect())
    }

    /// Takes up again what was given up on a platform, one account or all of them; returns how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn unpark(&self, platform: &str, account: Option<Uuid>, actor: &str) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update collector_state set due_at = now(), parked_at = null, failures = 0
             where platform = $1 and ($2::uuid is null and parked_at is not null or account_id = $2)",
            platform,
            account
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if done > 0 {
            let detail = json!({ "accounts": done });
            ledger::append(&mut tx, "source.taken_up", actor, &format!("source/{platform}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Every platform that has accounts or intake.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn coverage(&self) -> Result<Vec<CoverageRow>, StoreError> {
        let rows = sqlx::query!(
            r#"with account_state as (
                   select a.platform, count(*) as accounts, max(s.last_ok_at) as last_ok_at,
                          count(*) filter (where s.failures > 0) as failing,
                          count(*) filter (where s.parked_at is not null) as parked,
                          count(*) filter (where s.due_at < now() - interval '1 minute' and s.parked_at is null) as overdue,
                          coalesce(extract(epoch from now() - min(s.due_at) filter (where s.due_at < now() and s.parked_at is null)), 0)::bigint as lag_seconds,
                          count(s.account_state) as unavailable,
                          (array_agg(s.last_error order by s.last_error_at desc nulls last))[1] as last_error
                   from account a left join collector_state s using (account_id)
                   where a.approved_at is not null and a.stopped_at is null and a.platform <> 'tip' group by a.platform),
               came_in as (
                   select platform, sum(kept)::bigint as kept, sum(known)::bigint as known,
                          sum(turned_away)::bigint as turned_away, sum(rejected)::bigint as rejected
                   from intake group by platform)
               select coalesce(a.platform, i.platform) as "platform!", coalesce(a.accounts, 0) as "accounts!", a.last_ok_at as "last_ok_at?",
                      coalesce(a.failing, 0) as "failing!", coalesce(a.parked, 0) as "parked!", coalesce(a.overdue, 0) as "overdue!",
                      coalesce(a.lag_seconds, 0) as "lag_seconds!", coalesce(a.unavailable, 0) as "unavailable!",
                      a.last_error as "last_error?", coalesce(i.kept, 0) as "kept!", coalesce(i.known, 0) as "known!",
                      coalesce(i.turned_away, 0) as "turned_away!", coalesce(i.rejected, 0) as "rejected!"
               from account_state a full join came_in i on a.platform = i.platform order by 1"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| CoverageRow {
                platform: r.platform,
                accounts: r.accounts,
                last_ok_at: r.last_ok_at.map(jiff_sqlx::Timestamp::to_jiff),
                failing: r.failing,
                parked: r.parked,
                overdue: r.overdue,
                lag_seconds: r.lag_seconds,
                unavailable: r.unavailable,
                last_error: r.last_error,
                kept: r.kept,
                known: r.known,
                turned_away: r.turned_away,
                rejected: r.rejected,
            })
            .collect())
    }
}
