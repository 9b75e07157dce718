//! Reading the window again after a publication: in order of date, resumable, and stepping back for live collection.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::lists::Live;
use super::{Lists, PipelineError, background};
use crate::matcher::Matcher;
use crate::model::{AccountId, ActivityId, Hit};
use crate::store::{Change, PageEnd, Position, Program, Rescan, Store, StoreError, Stored, StoredHit};

/// Hits of one look at those that had been held.
const HELD: i64 = 1000;
/// A dead worker's rescan is taken over after this time.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// While pages of collected activities are written, a rescan rests this many times as long as it works.
const REST: u32 = 3;
/// Hits that are read again in the window, and older ones that wait in the queue.
pub(super) const WAITING: [&str; 2] = ["open", "quarantined"];

/// Reads the window again whenever somebody published; any number of processes may do so, one of them does.
#[derive(Clone)]
pub struct Rescanner {
    store: Store,
    lists: Lists,
    worker: Uuid,
}

impl Rescanner {
    /// A worker with an identity of its own; nothing runs yet.
    #[must_use]
    pub fn new(store: Store, lists: Lists) -> Self {
        Self { store, lists, worker: Uuid::now_v7() }
    }

    /// Works on rescans until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        background::run("rescan", &shutdown, || Box::pin(self.step(&shutdown))).await;
        if let Err(error) = self.store.release_rescans(self.worker).await {
            tracing::warn!(error = %error, "a rescan could not be given back; its lease runs out by itself");
        }
    }

    /// Works on one rescan as far as it goes; false where there is none, or it waits for people.
    ///
    /// # Errors
    /// [`PipelineError::Store`] when the database is away; the rescan goes on later from where it stands.
    pub async fn step(&self, shutdown: &CancellationToken) -> Result<bool, PipelineError> {
        let Some(rescan) = self.store.lease_rescan(self.worker, LEASE).await? else { return Ok(false) };
        let Some(program) = self.store.active_program().await? else { return Ok(false) };
        let live = self.lists.live();
        if !live.matcher.sets().iter().any(|s| s.id() == rescan.set_id && s.fingerprint() == rescan.version) {
            // This process has not taken the version up yet, or a newer one has come: the next look will tell.
            return Ok(false);
        }
        match self.read(&rescan, &program, &live, shutdown).await {
            // Another version is live, or another worker has it.
            Err(StoreError::Conflict { constraint }) => {
                tracing::info!(constraint, "a rescan is left as it stands");
                Ok(false)
            }
            ended => Ok(ended?),
        }
    }

    async fn read(
        &self,
        rescan: &Rescan,
        program: &Program,
        live: &Arc<Live>,
        shutdown: &CancellationToken,
    ) -> Result<bool, StoreError> {
        let from = window_start(program, rescan.requested_at);
        if rescan.total.is_none() {
            let total = self.store.window_size(&rescan.set_id, from, &WAITING).await?;
            self.store.set_rescan_total(rescan.rescan_id, total).await?;
        }
        let page = self.store.window_page(&rescan.set_id, from, &WAITING, rescan.position).await?;
        if page.is_empty() {
            return self.finish(rescan, program, live).await;
        }
        let reading = Reading::new(&self.store, rescan, live).await?;
        let mut page = Some(page);
        // What the page before this one changed, not written yet.
        let mut ready: Option<(Vec<Change>, PageEnd)> = None;
        while page.is_some() || ready.is_some() {
            if shutdown.is_cancelled() {
                return Ok(false);
            }
            let begun = Instant::now();
            let end = page
                .as_ref()
                .and_then(|page| Some(PageEnd { position: page.last()?.position, activities: page.len() as u64 }));
            // One page is written while the next is matched and the one after that is fetched.
            let (written, changes, next) = tokio::join!(
                self.write(rescan, (live, program), ready.take()),
                async {
                    match page.take() {
                        Some(page) => reading.changes(page).await.map(Some),
                        None => Ok(None),
                    }
                },
                async {
                    match end {
                        Some(end) => self.store.window_page(&rescan.set_id, from, &WAITING, end.position).await,
                        None => Ok(Vec::new()),
                    }
                }
            );
            written?;
            ready = changes?.zip(end);
            page = Some(next?).filter(|page| !page.is_empty());
            if self.store.intake_is_busy().await? {
                tokio::time::sleep(begun.elapsed() * REST).await;
            }
        }
        self.finish(rescan, program, live).await
    }

    async fn write(
        &self,
        rescan: &Rescan,
        (live, program): (&Live, &Program),
        ready: Option<(Vec<Change>, PageEnd)>,
    ) -> Result<(), StoreError> {
        let Some((changes, end)) = ready else { return Ok(()) };
        self.store.commit_rescan(rescan, (self.worker, LEASE), (&live.frame, program), &changes, Some(end)).await
    }

    /// What somebody held when the reading came past is looked at once it is given back; then the rescan is done.
    async fn finish(&self, rescan: &Rescan, program: &Program, live: &Arc<Live>) -> Result<bool, StoreError> {
        loop {
            let page = self.store.held_page(rescan, HELD).await?;
            if page.is_empty() {
                break;
            }
            let changes = Reading::new(&self.store, rescan, live).await?.changes(page.clone()).await?;
            self.store.commit_rescan(rescan, (self.worker, LEASE), (&live.frame, program), &changes, None).await?;
            self.store.unhold(rescan, &page).await?;
        }
        if self.store.any_held(rescan).await? {
            return Ok(false);
        }
        let done = self.store.finish_rescan(rescan, self.worker).await?;
        if done {
            tracing::info!(set = rescan.set_id, "the window was read again");
        }
        Ok(done)
    }
}

/// The first moment of the rescan window, seen from `at`.
pub(super) fn window_start(program: &Program, at: Timestamp) -> Timestamp {
    let hours = i64::from(program.rescan_days) * 24;
    at.checked_sub(hours.hours()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Where the reading of a window begins.
pub(super) const BEGINNING: Position = (Timestamp::UNIX_EPOCH, Uuid::nil());

/// What is the same for all pages of one rescan.
struct Reading<'a> {
    store: &'a Store,
    set_id: Arc<str>,
    matcher: Arc<Matcher>,
    platforms: Arc<HashMap<AccountId, String>>,
    /// Activities that had a hit when the reading began. Later hits were made with the version that is read with now.
    with_hit: HashSet<ActivityId>,
}

impl<'a> Reading<'a> {
    async fn new(store: &'a Store, rescan: &Rescan, live: &Live) -> Result<Self, StoreError> {
        Ok(Self {
            store,
            set_id: rescan.set_id.as_str().into(),
            matcher: Arc::clone(&live.matcher),
            platforms: Arc::new(store.platforms().await?),
            with_hit: store.activities_with_hit(&rescan.set_id).await?,
        })
    }

    /// What the matcher changes about a page.
    async fn changes(&self, page: Vec<Stored>) -> Result<Vec<Change>, StoreError> {
        let (matcher, platforms, set_id) =
            (Arc::clone(&self.matcher), Arc::clone(&self.platforms), Arc::clone(&self.set_id));
        let matched = tokio::task::spawn_blocking(move || {
            page.into_iter()
                .filter(|stored| !stored.emptied)
                .map(|mut stored| {
                    stored.activity.platform = platforms.get(&stored.account_id).cloned();
                    let found = matcher.find(&stored.activity).into_iter().find(|hit| hit.set == set_id);
                    (stored, found)
                })
                .collect::<Vec<_>>()
        });
        // Matching can't fail; a panic in it is a bug, and the page is read again.
        let mut matched = matched.await.map_err(|_| StoreError::Stored { what: "activity" })?;
        matched.retain(|(stored, found)| found.is_some() || self.with_hit.contains(&stored.activity_id));
        let mut hits = self.store.hits_of(&self.set_id, matched.iter().map(|(stored, _)| stored)).await?;
        Ok(matched
            .into_iter()
            .filter_map(|(stored, found)| change(&stored, hits.remove(&stored.activity_id), found))
            .collect())
    }
}

fn change(stored: &Stored, old: Option<StoredHit>, found: Option<Hit>) -> Option<Change> {
    let account = stored.account_id;
    let Some(old) = old else {
        return found.map(|hit| Change::Gain(account, stored.activity_id, Box::new(hit)));
    };
    let changed = match (old.state.as_str(), found) {
        ("asked" | "decided", _) | ("withdrawn", None) => None,
        ("background", None) => Some(Change::Drop(account, old.hit_id)),
        (_, None) => Some(Change::Withdraw(account, old.hit_id)),
        (_, Some(hit)) => remade(&old, hit).map(|hit| Change::Remake(account, old.hit_id, Box::new(hit))),
    };
    // Nobody's page changes under their eyes.
    if changed.is_some() && old.claimed { Some(Change::Hold(account, stored.activity_id)) } else { changed }
}

/// The hit in the new version's words; `None` where it stands as it is, and goes on naming the version that made it.
fn remade(old: &StoredHit, mut hit: Hit) -> Option<Hit> {
    hit.more_matches = 0;
    let version = std::mem::replace(&mut hit.version, Arc::clone(&old.hit.version));
    // A quarantine belongs to a version; a withdrawn hit that matches again is open again.
    let lifted = old.state == "withdrawn" || (old.state == "quarantined" && version != old.hit.version);
    if hit == old.hit && !lifted {
        return None;
    }
    hit.version = version;
    Some(hit)
}
