//! Drafts that are tried against the window before they are published.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::keyword::parse_sources;
use super::{Store, StoreError, ledger};

/// A trial that was asked for.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// Id.
    pub backtest_id: Uuid,
    /// The set.
    pub set_id: String,
    /// Fingerprint of what is tried.
    pub version: String,
    /// The live version that it is compared with; none: nothing is live.
    pub against: Option<String>,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// `waiting`, `running`, `done`, `stopped` or `failed`.
    pub state: String,
    /// Activities to read; unknown until a worker begins.
    pub total: Option<i64>,
    /// Read so far.
    pub activities: i64,
    /// What came of it, as JSON.
    pub result: Option<String>,
    /// Why it failed.
    pub problem: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Store {
    /// Asks for a trial; an earlier one of the same set that has not ended is stopped.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn order_backtest(
        &self,
        (set_id, version): (&str, &str),
        sources: &[(String, String)],
        actor: &str,
    ) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "update backtest set state = 'stopped', finished_at = now(), leased_by = null, leased_until = null
             where set_id = $1 and state in ('waiting', 'running')",
            set_id
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into backtest (backtest_id, set_id, version, against, sources, requested_by)
             values ($1, $2, $3, (select version from keyword_set where set_id = $2 and retired_at is null), $4, $5)",
            id,
            set_id,
            version,
            json!(sources).to_string(),
            actor
        )
        .execute(&mut *tx)
        .await?;
        ledger::append(&mut tx, "backtest.ordered", actor, &format!("set/{set_id}"), &json!({ "version": version }))
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Trials of a set, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn backtests(&self, set_id: &str, limit: i64) -> Result<Vec<Backtest>, StoreError> {
        let rows = sqlx::query!(
            "select backtest_id, set_id, version, against, requested_by, requested_at, state, total, activities, result,
                    problem, finished_at
             from backtest where set_id = $1 order by requested_at desc limit $2",
            set_id,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Backtest {
                backtest_id: r.backtest_id,
                set_id: r.set_id,
                version: r.version,
                against: r.against,
                requested_by: r.requested_by,
                requested_at: r.requested_at.to_jiff(),
                state: r.state,
                total: r.total,
                activities: r.activities,
                result: r.result,
                problem: r.problem,
                finished_at: r.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
            .collect())
    }

    /// Stops a trial that has not ended; false if it had.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn stop_backtest(&self, set_id: &str, id: Uuid) -> Result<bool, StoreError> {
        let stopped = sqlx::query!(
            "update backtest set state = 'stopped', finished_at = now(), leased_by = null, leased_until = null
             where backtest_id = $1 and set_id = $2 and state in ('waiting', 'running')",
            id,
            set_id
        )
        .execute(&self.pool)
        .await?;
        Ok(stopped.rows_affected() > 0)
    }

    /// Takes a trial for a worker, with the sources to try; a dead worker's is begun anew when its lease ends.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when the row is damaged.
    pub async fn lease_backtest(
        &self,
        worker: Uuid,
        lease: SignedDuration,
    ) -> Result<Option<(Uuid, String, Vec<(String, String)>)>, StoreError> {
        let row = sqlx::query!(
            "with next as (
                 select backtest_id from backtest
                 where state = 'waiting' or (state = 'running' and leased_until <= now())
                 order by requested_at limit 1 for update skip locked)
             update backtest b set state = 'running', activities = 0, leased_by = $1, leased_until = now() + make_interval(secs => $2)
             from next where b.backtest_id = next.backtest_id returning b.backtest_id, b.set_id, b.sources",
            worker,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|r| Ok((r.backtest_id, r.set_id, parse_sources(&r.sources)?))).transpose()
    }

    /// Notes how far a trial is; false where somebody stopped it.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn backtest_progress(
        &self,
        id: Uuid,
        (worker, lease): (Uuid, SignedDuration),
        activities: u64,
        total: Option<i64>,
    ) -> Result<bool, StoreError> {
        let running = sqlx::query!(
            "update backtest set activities = $3, total = coalesce($4, total), leased_until = now() + make_interval(secs => $5)
             where backtest_id = $1 and leased_by = $2 and state = 'running'",
            id,
            worker,
            i64::try_from(activities).unwrap_or(i64::MAX),
            total,
            lease.as_secs_f64()
        )
        .execute(&self.pool)
        .await?;
        Ok(running.rows_affected() > 0)
    }

    /// Ends a trial with its result, or with what went wrong.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn finish_backtest(&self, id: Uuid, worker: Uuid, result: Result<&str, &str>) -> Result<(), StoreError> {
        sqlx::query!(
            "update backtest set state = case when $3::text is null then 'failed' else 'done' end, result = $3, problem = $4,
                 finished_at = now(), leased_by = null, leased_until = null
             where backtest_id = $1 and leased_by = $2 and state = 'running'",
            id,
            worker,
            result.ok(),
            result.err()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Texts of activities that are still there, by id: for the samples of a trial. The reader's look goes to the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then nothing may be shown.
    pub async fn sample_texts(
        &self,
        ids: &[Uuid],
        set_id: &str,
        reader: &str,
    ) -> Result<Vec<(Uuid, String)>, StoreError> {
        let rows = sqlx::query!("select activity_id, text from activity where activity_id = any ($1)", ids)
            .fetch_all(&self.pool)
            .await?;
        if !rows.is_empty() {
            let detail = json!({ "activities": rows.iter().map(|r| r.activity_id).collect::<Vec<_>>() });
            self.record("backtest.viewed", reader, &format!("set/{set_id}"), &detail).await?;
        }
        Ok(rows.into_iter().map(|r| (r.activity_id, r.text)).collect())
    }
}
