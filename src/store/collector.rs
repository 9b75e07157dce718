//! Where each collector stands, and the leases by which any number of workers share the accounts.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::model::{Account, AccountId};

/// One account that is due, leased to one worker.
#[derive(Clone, Debug)]
pub struct Work {
    /// The account.
    pub account: Account,
    /// The source's position, as its own text; empty when nothing was read yet.
    pub cursor: String,
    /// Failures in a row so far.
    pub failures: u32,
    /// Holder of the lease.
    pub worker: Uuid,
}

/// What to do with an account after a failure.
#[derive(Clone, Debug)]
pub enum CollectorOutcome {
    /// Try again after this time.
    Retry {
        /// Until then.
        after: SignedDuration,
        /// Cause in words; never post text.
        error: String,
        /// Whether it counts as a failure of the account (a rate limit does not).
        counts: bool,
    },
    /// Leave it until an operator looks.
    Park {
        /// Cause in words.
        error: String,
    },
}

impl Store {
    /// Leases up to `limit` due accounts of the given platforms to `worker`, the longest overdue first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn lease_due(
        &self,
        worker: Uuid,
        platforms: &[String],
        limit: i64,
        lease: SignedDuration,
    ) -> Result<Vec<Work>, StoreError> {
        let rows = sqlx::query!(
            "with due as (
                 select s.account_id from collector_state s join account a using (account_id)
                 where s.due_at <= now() and s.parked_at is null and (s.leased_until is null or s.leased_until <= now())
                   and a.platform = any($2) and a.approved_at is not null and a.stopped_at is null
                   and (now() at time zone 'Asia/Jakarta')::date between a.valid_from and coalesce(a.valid_to, 'infinity'::date)
                 order by s.due_at limit $3 for update of s skip locked)
             update collector_state s set leased_by = $1, leased_until = now() + make_interval(secs => $4)
             from due, account a where s.account_id = due.account_id and a.account_id = due.account_id
             returning a.account_id, a.person_id, a.platform, a.handle, a.external_id, a.valid_from, a.valid_to, s.cursor, s.failures",
            worker,
            platforms,
            limit,
            lease.as_secs_f64()
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Work {
                account: Account {
                    account_id: r.account_id.into(),
                    person_id: r.person_id.into(),
                    platform: r.platform,
                    handle: r.handle,
                    external_id: r.external_id,
                    valid_from: r.valid_from.to_jiff(),
                    valid_to: r.valid_to.map(jiff_sqlx::Date::to_jiff),
                },
                cursor: r.cursor,
                failures: u32::try_from(r.failures).unwrap_or(0),
                worker,
            })
            .collect())
    }

    /// Makes one account due now (an operator asked), or every account of a platform set.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn make_due(&self, account: Option<AccountId>) -> Result<u64, StoreError> {
        let done = sqlx::query!(
            "update collector_state set due_at = now(), parked_at = null where $1::uuid is null or account_id = $1",
            account.map(|a| a.0)
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Writes down a failure and gives the lease back. A worker that has lost the lease changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn collector_failed(&self, work: &Work, outcome: &CollectorOutcome) -> Result<(), StoreError> {
        let (after, error, counts, park) = match outcome {
            CollectorOutcome::Retry { after, error, counts } => (*after, error, *counts, false),
            CollectorOutcome::Park { error } => (SignedDuration::ZERO, error, true, true),
        };
        sqlx::query!(
            "update collector_state set due_at = now() + make_interval(secs => $3), last_error = $4, last_error_at = now(),
                 failures = failures + case when $5 then 1 else 0 end, parked_at = case when $6 then now() end,
                 leased_by = null, leased_until = null
             where account_id = $1 and leased_by = $2",
            work.account.account_id.0,
            work.worker,
            after.as_secs_f64(),
            error,
            counts,
            park
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Keeps a lease alive while a long account is read; false when it was lost.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn extend_lease(&self, work: &Work, lease: SignedDuration) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update collector_state set leased_until = now() + make_interval(secs => $3)
             where account_id = $1 and leased_by = $2 and leased_until > now()",
            work.account.account_id.0,
            work.worker,
            lease.as_secs_f64()
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives back everything that a stopping worker still holds.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; the leases then run out by themselves.
    pub async fn release_leases(&self, worker: Uuid) -> Result<(), StoreError> {
        sqlx::query!("update collector_state set leased_by = null, leased_until = null where leased_by = $1", worker)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
