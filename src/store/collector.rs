//! Where each collector stands, and the leases by which any number of workers share the accounts.

use std::time::Duration;

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
    /// Failures in a row of its source, over all accounts.
    pub source_failures: i32,
    /// The account's own rhythm, once it has been read.
    pub interval: Option<Duration>,
    /// Holder of the lease.
    pub worker: Uuid,
}

/// How many accounts of a platform a worker takes.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The platform.
    pub platform: String,
    /// At most so many.
    pub most: usize,
    /// Whether it may only be read on a recorded ground.
    pub needs_ground: bool,
}

/// What to do with an account after a failure.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Cause in words, never post text; `None` where nothing went wrong but the time.
    pub error: Option<String>,
    /// Why the service does not show the account, where that is the cause.
    pub state: Option<&'static str>,
    /// What is next.
    pub then: Then,
}

/// What is next for an account that could not be read.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// Try again after this time.
    Retry {
        /// Until then.
        after: SignedDuration,
        /// Whether it counts as a failure of the account (a rate limit, a fault of the whole service do not).
        counts: bool,
    },
    /// Leave it until an operator looks.
    Park,
}

/// Failures in a row, over all accounts of one service, from which on the service itself is at fault: it is then tried with
/// one account at a time.
pub const AT_FAULT: i32 = 5;

impl Store {
    /// Leases due accounts to `worker`, at most `limit` in all and of each platform as many as wanted, the longest overdue
    /// first. A platform that is paused, switched off or without the ground that it needs gives none; one at fault gives one.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn lease_due(
        &self,
        worker: Uuid,
        wanted: &[Wanted],
        limit: usize,
        lease: SignedDuration,
    ) -> Result<Vec<Work>, StoreError> {
        let platforms: Vec<_> = wanted.iter().map(|w| w.platform.clone()).collect();
        let most: Vec<_> = wanted.iter().map(|w| i64::try_from(w.most).unwrap_or(i64::MAX)).collect();
        let grounds: Vec<_> = wanted.iter().map(|w| w.needs_ground).collect();
        let rows = sqlx::query!(
            "with wanted as (
                 select w.platform, coalesce(s.failures, 0) as failures,
                        case when s.failures < $7 or s.failures is null then w.most
                             when exists (select 1 from collector_state l
                                          where l.platform = w.platform and l.leased_until > now()) then 0
                             else least(w.most, 1) end as most
                 from unnest($2::text[], $3::bigint[], $4::bool[]) as w(platform, most, needs_ground)
                 left join source_state s using (platform)
                 where (s.paused_until is null or s.paused_until <= now()) and s.switched_off_at is null
                   and (not w.needs_ground or exists (
                       select 1 from source_ground g where g.platform = w.platform and g.ended_at is null))),
             due as (
                 select d.account_id, w.failures as source_failures from wanted w cross join lateral (
                     select s.account_id, s.due_at from collector_state s join account a using (account_id)
                     where s.platform = w.platform and s.due_at <= now() and s.parked_at is null
                       and (s.leased_until is null or s.leased_until <= now())
                       and a.approved_at is not null and a.stopped_at is null
                       and (now() at time zone 'Asia/Jakarta')::date between a.valid_from and coalesce(a.valid_to, 'infinity'::date)
                     order by s.due_at limit w.most for update of s skip locked) d
                 order by d.due_at limit $5)
             update collector_state s set leased_by = $1, leased_until = now() + make_interval(secs => $6)
             from due, account a where s.account_id = due.account_id and a.account_id = due.account_id
             returning a.account_id, a.person_id, a.platform, a.handle, a.external_id, a.valid_from, a.valid_to, s.cursor,
                       s.failures, s.interval_seconds, due.source_failures",
            worker,
            &platforms,
            &most,
            &grounds,
            i64::try_from(limit).unwrap_or(i64::MAX),
            lease.as_secs_f64(),
            AT_FAULT
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
                source_failures: r.source_failures.unwrap_or(0),
                interval: r.interval_seconds.and_then(|s| u64::try_from(s).ok()).map(Duration::from_secs),
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
            "update collector_state set due_at = now(), parked_at = null, failures = 0 where $1::uuid is null or account_id = $1",
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
    pub async fn collector_failed(&self, work: &Work, failure: &Failure) -> Result<(), StoreError> {
        let (after, counts, park) = match failure.then {
            Then::Retry { after, counts } => (after, counts, false),
            Then::Park => (SignedDuration::ZERO, true, true),
        };
        sqlx::query!(
            "update collector_state set due_at = now() + make_interval(secs => $3), last_error = coalesce($4, last_error), last_error_at = case when $4::text is null then last_error_at else now() end,
                 failures = failures + case when $5 then 1 else 0 end, parked_at = case when $6 then now() end,
                 account_state = coalesce($7, account_state), leased_by = null, leased_until = null
             where account_id = $1 and leased_by = $2",
            work.account.account_id.0,
            work.worker,
            after.as_secs_f64(),
            failure.error,
            counts,
            park,
            failure.state
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Keeps a lease alive while a long account is read; false when it was lost, or the source was switched off meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn extend_lease(
        &self,
        work: &Work,
        lease: SignedDuration,
        needs_ground: bool,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update collector_state s set leased_until = now() + make_interval(secs => $3)
             where account_id = $1 and leased_by = $2 and leased_until > now()
               and not exists (select 1 from source_state o where o.platform = s.platform and o.switched_off_at is not null)
               and (not $4 or exists (select 1 from source_ground g where g.platform = s.platform and g.ended_at is null))",
            work.account.account_id.0,
            work.worker,
            lease.as_secs_f64(),
            needs_ground
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
