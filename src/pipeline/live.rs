//! Listening to live posts: one worker at a time holds a stream, writes what comes in small batches together with the
//! stream's position, and leaves the rest to the ordinary passes.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{CollectConfig, Intake, Lists, PipelineError, Sorted, ingest};
use crate::model::{Account, Verb};
use crate::source::bluesky::{BlueskyLive, Happening, LiveEvent, LiveStream};
use crate::source::{Item, SourceError};
use crate::store::{Advance, Batch, NewFact, Program, Store, StreamMove};

/// Events of one batch, no more than the targets that are looked up for one; how long the first of them waits for more.
const BATCH: usize = 100;
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the register is looked at for accounts that came or went.
const REGISTER: Duration = Duration::from_secs(60);

/// Pause after a broken connection, and while another worker listens.
const PAUSE: Duration = Duration::from_secs(5);

/// After a break the stream is read again from a little before its last position: the same event twice is one row.
const OVERLAP_MICROSECONDS: i64 = 5_000_000;

/// Listens to one platform's live posts.
#[derive(Clone)]
pub struct LiveReader {
    store: Store,
    live: BlueskyLive,
    lists: Lists,
    config: CollectConfig,
    worker: Uuid,
}

impl LiveReader {
    /// A reader with an identity of its own; nothing runs yet.
    #[must_use]
    pub fn new(store: Store, live: BlueskyLive, lists: Lists, config: CollectConfig) -> Self {
        Self { store, live, lists, config, worker: Uuid::now_v7() }
    }

    /// Listens until `shutdown`: as many connections as the register's accounts need.
    pub async fn run(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let streams = match self.store.shown_accounts("bluesky").await {
                Ok(accounts) => accounts.len().div_ceil(self.live.accounts_per_connection()).max(1),
                Err(_) => 1,
            };
            let until = shutdown.child_token();
            let listening = (0..streams).map(|part| self.listen_on(part, streams, until.clone()));
            futures::future::join_all(listening).await;
        }
    }

    /// Listens on one connection until the number of connections changes.
    async fn listen_on(&self, part: usize, of: usize, shutdown: CancellationToken) {
        let name = format!("bluesky/{part}");
        while !shutdown.is_cancelled() {
            let error = match self.listen(&name, part, of, &shutdown).await {
                Ok(()) => None,
                Err(error) => Some(error.to_string()),
            };
            if let Some(error) = &error {
                tracing::info!(stream = %name, error, "live posts pause");
            }
            if let Err(error) = self.store.leave_stream(&name, self.worker, error.as_deref()).await {
                tracing::warn!(error = %error, "a stream could not be given back; its lease runs out by itself");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Listens until the connection breaks or shutdown comes.
    async fn listen(
        &self,
        name: &str,
        part: usize,
        of: usize,
        shutdown: &CancellationToken,
    ) -> Result<(), PipelineError> {
        let Some(program) = self.store.active_program().await? else { return Ok(()) };
        let Some(cursor) = self.store.lease_stream(name, self.worker, self.config.lease()).await? else {
            return Ok(());
        };
        let mut accounts = self.accounts(part, of, shutdown).await?;
        if accounts.is_empty() {
            return Ok(());
        }
        let after = cursor.map(|at| at.saturating_sub(OVERLAP_MICROSECONDS));
        let mut stream = self.live.connect(&dids(&accounts), after).await.map_err(|e| stopped(&e))?;
        let mut looked = Instant::now();
        while !shutdown.is_cancelled() {
            let (events, broken) = gather(&mut stream, shutdown).await;
            if let Some(last) = events.last().map(|e| e.at) {
                self.take(name, &accounts, &program, events, last).await?;
            } else if self.store.lease_stream(name, self.worker, self.config.lease()).await?.is_none() {
                return Ok(());
            }
            if let Some(error) = broken {
                return Err(stopped(&error));
            }
            if looked.elapsed() >= REGISTER {
                looked = Instant::now();
                // Another program is another frame: the connection begins anew in it.
                if self.store.active_program().await?.is_none_or(|now| now.program_id != program.program_id) {
                    return Ok(());
                }
                let now = self.accounts(part, of, shutdown).await?;
                if dids(&now) != dids(&accounts) {
                    stream.want(&dids(&now)).await.map_err(|e| stopped(&e))?;
                    accounts = now;
                }
            }
        }
        Ok(())
    }

    /// This connection's share of the accounts that the register names by their DID.
    async fn accounts(
        &self,
        part: usize,
        of: usize,
        shutdown: &CancellationToken,
    ) -> Result<HashMap<String, Account>, PipelineError> {
        let all = self.store.shown_accounts("bluesky").await?;
        let most = self.live.accounts_per_connection();
        if all.len().div_ceil(most).max(1) != of {
            // More or fewer connections are needed: all of them end and are opened anew.
            shutdown.cancel();
        }
        let with_did = all.into_iter().filter(|a| a.external_id.starts_with("did:"));
        Ok(with_did.skip(part * most).take(most).map(|a| (a.external_id.clone(), a)).collect())
    }

    /// Writes a batch with the stream's position, in one transaction.
    async fn take(
        &self,
        name: &str,
        accounts: &HashMap<String, Account>,
        program: &Program,
        events: Vec<LiveEvent>,
        last: i64,
    ) -> Result<(), PipelineError> {
        let intake = Intake::new(program);
        let seen_at = Timestamp::now();
        let mut batch = Batch::new(program, "bluesky");
        let mut items: Vec<(&Account, Item)> = Vec::new();
        for event in events {
            let Some(account) = accounts.get(&event.did) else {
                batch.turned_away += 1;
                continue;
            };
            let account_id = account.account_id;
            match event.what {
                Happening::Item(item) => items.push((account, *item)),
                Happening::Fact(fact) if !ingest::is_storable(&fact.id) => {}
                Happening::Fact(fact) => batch.facts.push(NewFact {
                    account_id,
                    external_id: fact.id,
                    kind: "deleted",
                    told_at: fact.at,
                    raw: fact.raw,
                }),
                Happening::State(state) => {
                    self.store.note_account_state(account_id.0, state.map(|s| s.as_str())).await?;
                }
                Happening::Rejected(rejected) => batch.rejected.push((account_id, rejected.raw, rejected.reason)),
                Happening::Nothing => {}
            }
        }
        let (owners, mut items): (Vec<_>, Vec<_>) = items.into_iter().unzip();
        self.live.complete(&mut items).await;
        for (account, item) in owners.into_iter().zip(items) {
            // A like or a share whose target could not be looked up in time says nothing yet; the ordinary pass finds it
            // again, and its target.
            let unseen = item.activity.target.as_ref().is_some_and(|target| target.text.is_none());
            if unseen && item.activity.text.is_empty() && matches!(item.activity.verb, Verb::Like | Verb::Share) {
                continue;
            }
            match intake.sort(account, item.activity, item.raw, seen_at) {
                Sorted::Keep(activity) => batch.activities.push(*activity),
                Sorted::TurnAway => batch.turned_away += 1,
            }
        }
        batch.cursor = Some(Advance::Stream(StreamMove {
            stream: name.to_owned(),
            worker: self.worker,
            cursor: last,
            lease: self.config.lease(),
        }));
        ingest::commit(&self.store, &self.lists, &mut batch).await?;
        Ok(())
    }
}

fn dids(accounts: &HashMap<String, Account>) -> Vec<String> {
    let mut dids: Vec<_> = accounts.keys().cloned().collect();
    dids.sort_unstable();
    dids
}

fn stopped(error: &SourceError) -> PipelineError {
    PipelineError::Stream(error.chain())
}

/// Events until there are enough, the first has waited long enough, or the connection breaks; none after a while without.
async fn gather(stream: &mut LiveStream, shutdown: &CancellationToken) -> (Vec<LiveEvent>, Option<SourceError>) {
    let mut events = Vec::new();
    let until = Instant::now() + PATIENCE;
    while events.len() < BATCH {
        let next = tokio::select! {
            () = shutdown.cancelled() => break,
            next = tokio::time::timeout_at(until, stream.next()) => next,
        };
        match next {
            Err(_elapsed) => break,
            Ok(Ok(event)) => events.push(event),
            Ok(Err(error)) => return (events, Some(error)),
        }
    }
    (events, None)
}
