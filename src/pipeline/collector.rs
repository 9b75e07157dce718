//! The task that drives the sources: leases accounts that are due, reads their pages, commits each page whole, and
//! gives failures the pause they need.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::failure::{self, Trouble};
use super::width::Width;
use super::{CollectConfig, Intake, Lists, PipelineError, Sorted, ingest, schedule};
use crate::source::{Cursor, FactKind, Page, Source, coverage};
use crate::store::{Advance, Batch, CursorMove, NewFact, PassEnd, Program, Receipt, Store, StoreError, Wanted, Work};

/// How often a worker with nothing to do looks for what is due.
const IDLE: Duration = Duration::from_millis(250);

/// For how long a platform without a turn is not leased by this worker.
const HELD: Duration = Duration::from_secs(1);

/// How often the program is looked at: one that ends, or is withdrawn, stops collection.
const FRAME: Duration = Duration::from_secs(10);

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
    width: Arc<Width>,
}

/// How the reading of one account ended.
enum Ended {
    Read(Receipt),
    Failed(Receipt),
    /// The source's limit leaves no turn just now.
    NoTurn(Receipt),
    /// Shutdown came, or another worker holds the account now.
    Left(Receipt),
}

/// What is under way.
#[derive(Default)]
struct Round {
    running: JoinSet<Ended>,
    /// The platform that each reading under way takes a place of.
    places: HashMap<tokio::task::Id, String>,
    /// Platforms whose limit leaves no turn: not leased until then, so that not everybody who is due asks in vain.
    held: HashMap<String, Instant>,
    report: PassReport,
}

impl Collector {
    /// A collector with an identity of its own; nothing runs yet.
    #[must_use]
    pub fn new(store: Store, sources: Vec<Arc<dyn Source>>, lists: Lists, config: CollectConfig) -> Self {
        let sources = sources.into_iter().map(|s| (s.platform().to_owned(), s)).collect();
        let width = Arc::new(Width::new(config.concurrency, Duration::from_millis(config.slow_commit_ms)));
        Self { store, sources: Arc::new(sources), lists, config, worker: Uuid::now_v7(), width }
    }

    /// This process in the leases.
    #[must_use]
    pub fn worker(&self) -> Uuid {
        self.worker
    }

    /// Reads whatever is due until `shutdown`, then gives its leases back. Outside an approved program it waits.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut round = Round::default();
        while !shutdown.is_cancelled() {
            let pause = match self.work(&mut round, &shutdown).await {
                Ok(()) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(error = %error, "collectors wait");
                    // A database that restarts is back soon; a program or a list is a person's next step.
                    Duration::from_secs(if matches!(error, PipelineError::Store(_)) { 1 } else { 10 })
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        while round.next().await {}
        if let Err(error) = self.store.release_leases(self.worker).await {
            tracing::warn!(error = %error, "leases could not be given back; they run out by themselves");
        }
    }

    /// Works for a while in the frame of one program.
    async fn work(&self, round: &mut Round, shutdown: &CancellationToken) -> Result<(), PipelineError> {
        let program = self.frame().await?;
        let until = Instant::now() + FRAME;
        while Instant::now() < until && !shutdown.is_cancelled() {
            // Leasing in bunches: a statement for each account that ends would cost as much as reading it.
            let free = self.width.now().saturating_sub(round.running.len());
            if round.running.is_empty() || free * 4 >= self.width.now() {
                self.lease(round, free, &program, shutdown).await?;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(IDLE) => {
                    let free = self.width.now().saturating_sub(round.running.len());
                    self.lease(round, free, &program, shutdown).await?;
                }
                true = round.next(), if !round.running.is_empty() => {}
            }
        }
        Ok(())
    }

    /// Reads every account that is due now, once.
    ///
    /// # Errors
    /// [`PipelineError::NoProgram`] outside an approved program; [`PipelineError::Store`] when the database is away.
    pub async fn pass(&self, shutdown: &CancellationToken) -> Result<PassReport, PipelineError> {
        let program = self.frame().await?;
        let mut round = Round::default();
        loop {
            let free = self.width.now().saturating_sub(round.running.len());
            if free > 0 && !shutdown.is_cancelled() {
                self.lease(&mut round, free, &program, shutdown).await?;
            }
            if !round.next().await {
                return Ok(round.report);
            }
        }
    }

    /// The program that runs today; with it, and with lists, collection is allowed.
    async fn frame(&self) -> Result<Arc<Program>, PipelineError> {
        let program = self.store.active_program().await?.ok_or(PipelineError::NoProgram)?;
        if self.lists.matcher().sets().is_empty() {
            return Err(PipelineError::NoSets);
        }
        Ok(Arc::new(program))
    }

    /// Takes up to `free` accounts and starts reading them. One platform gets at most half of the places, so that a
    /// service that hangs does not keep the others waiting.
    async fn lease(
        &self,
        round: &mut Round,
        free: usize,
        program: &Arc<Program>,
        shutdown: &CancellationToken,
    ) -> Result<(), PipelineError> {
        let half = if self.sources.len() > 1 { self.width.now().div_ceil(2) } else { self.width.now() };
        let wanted: Vec<_> = self
            .sources
            .keys()
            .map(|platform| Wanted {
                platform: platform.clone(),
                most: half.saturating_sub(round.running_on(platform)).min(free),
                needs_ground: coverage::needs_ground(platform),
            })
            .filter(|w| w.most > 0 && round.held.get(&w.platform).is_none_or(|until| *until <= Instant::now()))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        for work in self.store.lease_due(self.worker, &wanted, free, self.config.lease()).await? {
            let platform = work.account.platform.clone();
            let (collector, program, shutdown) = (self.clone(), Arc::clone(program), shutdown.clone());
            let task = round.running.spawn(async move { collector.read(work, &program, &shutdown).await });
            round.places.insert(task.id(), platform);
        }
        Ok(())
    }

    async fn read(&self, work: Work, program: &Program, shutdown: &CancellationToken) -> Ended {
        let mut receipt = Receipt::default();
        let Some(source) = self.sources.get(&work.account.platform) else { return Ended::Left(receipt) };
        let mut cursor = Cursor::from_text(work.cursor.clone());
        for page_number in 1.. {
            let fetched = tokio::select! {
                () = shutdown.cancelled() => return Ended::Left(receipt),
                fetched = failure::in_time(self.config.longest_fetch(), source.fetch(&work.account, &cursor)) => fetched,
            };
            let page = match fetched {
                Ok(page) => page,
                Err(error) => {
                    let trouble = Trouble::of(&error);
                    self.failed(&work, &**source, &trouble).await;
                    return if trouble.is_turn() { Ended::NoTurn(receipt) } else { Ended::Failed(receipt) };
                }
            };
            if work.source_failures > 0 && page_number == 1 {
                self.answers(&work.account.platform).await;
            }
            // A service that hands out the same position for ever is not followed for ever.
            let last = !page.more || page_number >= self.config.pages_per_pass || page.cursor == cursor;
            cursor = page.cursor.clone();
            match self.commit(&work, page, program, last, receipt.kept > 0).await {
                Ok(committed) => receipt += committed,
                Err(error) => {
                    tracing::warn!(account.id = %work.account.account_id, error = %error, "page not stored; it will be read again");
                    let passes = matches!(&error, StoreError::Unavailable(_))
                        || matches!(&error, StoreError::Conflict { constraint } if constraint == "collector_lease_lost");
                    if !passes {
                        self.failed(&work, &**source, &Trouble::not_stored(&error)).await;
                        return Ended::Failed(receipt);
                    }
                    return Ended::Left(receipt);
                }
            }
            if last {
                return Ended::Read(receipt);
            }
            match self.store.extend_lease(&work, self.config.lease(), coverage::needs_ground(source.platform())).await {
                Ok(true) => {}
                Ok(false) | Err(_) => return Ended::Left(receipt),
            }
        }
        Ended::Left(receipt)
    }

    /// Matches a page and writes it whole; tries again while the database is away.
    async fn commit(
        &self,
        work: &Work,
        page: Page,
        program: &Program,
        last: bool,
        found_before: bool,
    ) -> Result<Receipt, StoreError> {
        let account = work.account.account_id;
        let found = found_before || !page.items.is_empty();
        let cursor = CursorMove {
            account_id: account,
            worker: work.worker,
            cursor: page.cursor.as_str().to_owned(),
            handle: page.handle.filter(|handle| ingest::is_storable(handle)),
            done: last.then(|| self.pass_end(work, page.wait, found)),
        };
        let intake = Intake::new(program);
        let seen_at = Timestamp::now();
        let mut batch = Batch {
            rejected: page.rejected.into_iter().map(|r| (account, r.raw, r.reason)).collect(),
            facts: page
                .facts
                .into_iter()
                .filter(|fact| ingest::is_storable(&fact.id))
                .map(|fact| new_fact(account, fact))
                .collect(),
            cursor: Some(Advance::Account(cursor)),
            ..Batch::new(program, &work.account.platform)
        };
        for item in page.items {
            match intake.sort(&work.account, item.activity, item.raw, seen_at) {
                Sorted::Keep(activity) => batch.activities.push(*activity),
                Sorted::TurnAway => batch.turned_away += 1,
            }
        }
        let begun = Instant::now();
        let receipt = ingest::commit(&self.store, &self.lists, &mut batch).await;
        self.width.note(begun.elapsed());
        receipt
    }

    /// When the account is due again: by its own rhythm, by the election's stage, and as the service wishes.
    fn pass_end(&self, work: &Work, asked: Option<Duration>, found: bool) -> PassEnd {
        let (first, shortest, longest) = self.config.intervals();
        let interval = schedule::rhythm(work.interval.unwrap_or(first), found, shortest, longest);
        let now = Timestamp::now();
        let on_stage = self.lists.matcher().sets().iter().any(|set| set.stage_at(now).is_some());
        let factor = if on_stage { 1.0 } else { self.config.off_stage_factor.max(1.0) };
        let due_in = schedule::after_success(interval.mul_f64(factor).min(longest), asked, rand::random());
        PassEnd {
            due_in: SignedDuration::try_from(due_in).unwrap_or(SignedDuration::from_hours(1)),
            interval_seconds: i32::try_from(interval.as_secs()).unwrap_or(i32::MAX).max(1),
        }
    }

    async fn failed(&self, work: &Work, source: &dyn Source, trouble: &Trouble) {
        let failures = work.failures.saturating_add(1);
        let failure = failure::settle(&self.store, source, trouble, failures).await;
        if let Some(error) = &failure.error {
            tracing::info!(account.id = %work.account.account_id, failures, error, "account not read");
        }
        if let Err(error) = self.store.collector_failed(work, &failure).await {
            tracing::warn!(error = %error, "a failure could not be noted; the lease runs out by itself");
        }
    }

    async fn answers(&self, platform: &str) {
        if let Err(error) = self.store.source_answers(platform).await {
            tracing::warn!(error = %error, "it could not be noted that a source answers again");
        }
    }
}

impl Round {
    /// Readings of a platform that are under way.
    fn running_on(&self, platform: &str) -> usize {
        self.places.values().filter(|place| *place == platform).count()
    }

    /// Waits for the next account to end; false when none is under way.
    async fn next(&mut self) -> bool {
        let (task, ended) = match self.running.join_next_with_id().await {
            None => return false,
            Some(Ok((task, ended))) => (task, Some(ended)),
            // A panic in one account's reading is a bug, but no reason to stop the others; its lease runs out.
            Some(Err(error)) => {
                tracing::error!(error = %error, "reading an account ended abnormally");
                (error.id(), None)
            }
        };
        let platform = self.places.remove(&task);
        match ended {
            None => self.report.failed += 1,
            Some(Ended::Read(receipt)) => {
                self.report.read += 1;
                self.report.receipt += receipt;
            }
            Some(Ended::Failed(receipt)) => {
                self.report.failed += 1;
                self.report.receipt += receipt;
            }
            Some(Ended::NoTurn(receipt)) => {
                self.report.receipt += receipt;
                self.held.extend(platform.map(|platform| (platform, Instant::now() + HELD)));
            }
            Some(Ended::Left(receipt)) => self.report.receipt += receipt,
        }
        true
    }
}

fn new_fact(account: crate::model::AccountId, fact: crate::source::Fact) -> NewFact {
    let kind = match fact.kind {
        FactKind::Deleted => "deleted",
        FactKind::Unavailable => "unavailable",
    };
    NewFact { account_id: account, external_id: fact.id, kind, told_at: fact.at, raw: fact.raw }
}
