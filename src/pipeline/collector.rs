//! The task that drives the sources: leases accounts that are due, reads their pages, commits each page whole, and
//! gives failures the pause they need.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Intake, Lists, PipelineError, Sorted, ingest, schedule};
use crate::source::{Cursor, Page, Source, SourceError};
use crate::store::{Batch, CollectorOutcome, CursorMove, Program, Receipt, Store, StoreError, Work};

/// Failures in a row after which an account is left until an operator looks.
const PARK_AFTER: u32 = 12;

/// How the collectors work; `[collect]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CollectConfig {
    /// Accounts read at the same time by one process.
    pub concurrency: usize,
    /// Seconds between two readings of one account, unless its service asks for more.
    pub interval_seconds: u64,
    /// Seconds for which a worker holds an account; a dead worker's accounts are free again after that.
    pub lease_seconds: u64,
    /// Pages of one account in one pass; the rest comes in the next pass.
    pub pages_per_pass: usize,
}

impl Default for CollectConfig {
    fn default() -> Self {
        Self { concurrency: 8, interval_seconds: 900, lease_seconds: 300, pages_per_pass: 200 }
    }
}

impl CollectConfig {
    fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::try_from(self.lease_seconds).unwrap_or(300).max(5))
    }
}

/// What one pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassReport {
    /// Accounts read to the end.
    pub read: u64,
    /// Accounts that failed.
    pub failed: u64,
    /// What became of the items.
    pub receipt: Receipt,
}

/// Drives the sources of one process.
#[derive(Clone)]
pub struct Collector {
    store: Store,
    sources: Arc<HashMap<String, Arc<dyn Source>>>,
    lists: Lists,
    config: CollectConfig,
    worker: Uuid,
}

/// How the reading of one account ended.
enum Ended {
    Read(Receipt),
    Failed(Receipt),
    /// Shutdown came, or another worker holds the account now.
    Left(Receipt),
}

impl Collector {
    /// A collector with an identity of its own; nothing runs yet.
    #[must_use]
    pub fn new(store: Store, sources: Vec<Arc<dyn Source>>, lists: Lists, config: CollectConfig) -> Self {
        let sources = sources.into_iter().map(|s| (s.platform().to_owned(), s)).collect();
        Self { store, sources: Arc::new(sources), lists, config, worker: Uuid::now_v7() }
    }

    /// This process in the leases.
    #[must_use]
    pub fn worker(&self) -> Uuid {
        self.worker
    }

    /// Reads whatever is due until `shutdown`, then gives its leases back. Outside an approved program it waits.
    pub async fn run(&self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let pause = match self.pass(&shutdown).await {
                Ok(report) if report == PassReport::default() => Duration::from_secs(1),
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(error = %error, "collectors wait");
                    // A database that restarts is back soon; a program or a list is a person's next step.
                    if matches!(error, PipelineError::Store(_)) {
                        Duration::from_secs(1)
                    } else {
                        Duration::from_secs(10)
                    }
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        if let Err(error) = self.store.release_leases(self.worker).await {
            tracing::warn!(error = %error, "leases could not be given back; they run out by themselves");
        }
    }

    /// Reads every account that is due now, once.
    ///
    /// # Errors
    /// [`PipelineError::NoProgram`] outside an approved program; [`PipelineError::Store`] when the database is away.
    pub async fn pass(&self, shutdown: &CancellationToken) -> Result<PassReport, PipelineError> {
        let program = Arc::new(self.store.active_program().await?.ok_or(PipelineError::NoProgram)?);
        if self.lists.matcher().sets().is_empty() {
            return Err(PipelineError::NoSets);
        }
        let platforms: Vec<_> = self.sources.keys().cloned().collect();
        let mut report = PassReport::default();
        let mut running = JoinSet::new();
        loop {
            let free = self.config.concurrency.max(1).saturating_sub(running.len());
            let leased = if shutdown.is_cancelled() || free == 0 {
                Vec::new()
            } else {
                let limit = i64::try_from(free).unwrap_or(1);
                self.store.lease_due(self.worker, &platforms, limit, self.config.lease()).await?
            };
            for work in leased {
                let (collector, program, shutdown) = (self.clone(), Arc::clone(&program), shutdown.clone());
                running.spawn(async move { collector.read(work, &program, &shutdown).await });
            }
            match running.join_next().await {
                None => return Ok(report),
                Some(Ok(Ended::Read(receipt))) => {
                    report.read += 1;
                    report.receipt += receipt;
                }
                Some(Ok(Ended::Failed(receipt))) => {
                    report.failed += 1;
                    report.receipt += receipt;
                }
                Some(Ok(Ended::Left(receipt))) => report.receipt += receipt,
                // A panic in one account's reading is a bug, but no reason to stop the others; its lease runs out.
                Some(Err(error)) => {
                    tracing::error!(error = %error, "reading an account ended abnormally");
                    report.failed += 1;
                }
            }
        }
    }

    async fn read(&self, work: Work, program: &Program, shutdown: &CancellationToken) -> Ended {
        let mut receipt = Receipt::default();
        let Some(source) = self.sources.get(&work.account.platform) else { return Ended::Left(receipt) };
        let mut cursor = Cursor::from_text(work.cursor.clone());
        for page_number in 1.. {
            let fetched = tokio::select! {
                () = shutdown.cancelled() => return Ended::Left(receipt),
                fetched = source.fetch(&work.account, &cursor) => fetched,
            };
            let page = match fetched {
                Ok(page) => page,
                Err(error) => return self.failed(&work, &error, receipt).await,
            };
            // A service that hands out the same position for ever is not followed for ever.
            let last = !page.more || page_number >= self.config.pages_per_pass || page.cursor == cursor;
            cursor = page.cursor.clone();
            match self.commit(&work, page, program, last).await {
                Ok(committed) => receipt += committed,
                Err(error) => {
                    tracing::warn!(account.id = %work.account.account_id, error = %error, "page not stored; it will be read again");
                    return Ended::Left(receipt);
                }
            }
            if last {
                return Ended::Read(receipt);
            }
            match self.store.extend_lease(&work, self.config.lease()).await {
                Ok(true) => {}
                Ok(false) | Err(_) => return Ended::Left(receipt),
            }
        }
        Ended::Left(receipt)
    }

    /// Matches a page and writes it whole; tries again while the database is away.
    async fn commit(&self, work: &Work, page: Page, program: &Program, last: bool) -> Result<Receipt, StoreError> {
        let interval = Duration::from_secs(self.config.interval_seconds.max(1));
        let due_in = last.then(|| schedule::after_success(interval, page.wait, rand::random()));
        let account = work.account.account_id;
        let cursor = CursorMove {
            account_id: account,
            worker: work.worker,
            cursor: page.cursor.as_str().to_owned(),
            due_in: due_in.map(|d| SignedDuration::try_from(d).unwrap_or(SignedDuration::from_hours(1))),
        };
        let intake = Intake::new(program);
        let seen_at = Timestamp::now();
        let mut batch = Batch {
            program,
            platform: &work.account.platform,
            activities: Vec::with_capacity(page.items.len()),
            turned_away: 0,
            rejected: page.rejected.into_iter().map(|r| (account, r.raw, r.reason)).collect(),
            cursor: Some(cursor),
            lists: None,
        };
        for item in page.items {
            match intake.sort(&work.account, item.activity, item.raw, seen_at) {
                Sorted::Keep(activity) => batch.activities.push(*activity),
                Sorted::TurnAway => batch.turned_away += 1,
            }
        }
        ingest::commit(&self.store, &self.lists, &mut batch).await
    }

    async fn failed(&self, work: &Work, error: &SourceError, receipt: Receipt) -> Ended {
        let failures = work.failures.saturating_add(1);
        let dice = rand::random();
        let retry = |asked, counts| CollectorOutcome::Retry {
            after: SignedDuration::try_from(schedule::after_failure(failures, asked, dice))
                .unwrap_or(SignedDuration::from_hours(1)),
            error: error.chain(),
            counts,
        };
        let outcome = match error {
            // Being asked to wait is not the account's failure.
            SourceError::Transient { retry_after: Some(asked), .. } => retry(Some(*asked), false),
            SourceError::Permanent { .. } => CollectorOutcome::Park { error: error.chain() },
            _ if failures >= PARK_AFTER => CollectorOutcome::Park { error: error.chain() },
            _ => retry(None, true),
        };
        tracing::info!(account.id = %work.account.account_id, failures, error = %error.chain(), "account not read");
        if let Err(error) = self.store.collector_failed(work, &outcome).await {
            tracing::warn!(error = %error, "a failure could not be noted; the lease runs out by itself");
        }
        Ended::Failed(receipt)
    }
}
