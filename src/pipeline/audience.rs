//! Reading campaign accounts from the other side: who of the register comments on, likes, shares or follows them.
//!
//! No service shows what a person likes or comments everywhere, but some show who reacts to one account. The accounts are
//! those that the live lists name (keywords of kind `account`). People outside the register are dropped in memory: of them
//! netral keeps a number, nothing else (P01).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::failure::{self, Trouble};
use super::ingest::is_storable;
use super::{CollectConfig, Intake, Lists, PipelineError, Sorted, background, ingest, schedule};
use crate::model::{Activity, Kind};
use crate::source::{Campaign, Cursor, Page, Source, coverage};
use crate::store::{Advance, Batch, CampaignMove, CampaignRef, CampaignWork, Program, Receipt, Store, StoreError};

/// Reads the audiences of one process.
#[derive(Clone)]
pub struct Audience {
    store: Store,
    sources: Arc<HashMap<String, Arc<dyn Source>>>,
    lists: Lists,
    config: CollectConfig,
    worker: Uuid,
}

impl Audience {
    /// A reader with an identity of its own; of the sources it takes those that show who reacts to an account.
    #[must_use]
    pub fn new(store: Store, sources: Vec<Arc<dyn Source>>, lists: Lists, config: CollectConfig) -> Self {
        let sources =
            sources.into_iter().filter(|s| s.shows_audience()).map(|s| (s.platform().to_owned(), s)).collect();
        Self { store, sources: Arc::new(sources), lists, config, worker: Uuid::now_v7() }
    }

    /// Reads whatever is due until `shutdown`, then gives its lease back.
    pub async fn run(self, shutdown: CancellationToken) {
        if self.sources.is_empty() {
            return;
        }
        background::run("campaign accounts", &shutdown, || Box::pin(self.step(&shutdown))).await;
        if let Err(error) = self.store.release_campaigns(self.worker).await {
            tracing::warn!(error = %error, "leases could not be given back; they run out by themselves");
        }
    }

    /// Reads one campaign account that is due; false when there is none.
    ///
    /// # Errors
    /// [`PipelineError::Store`] when the database is away.
    pub async fn step(&self, shutdown: &CancellationToken) -> Result<bool, PipelineError> {
        // Outside a program nothing is read; the collector says so in the log.
        let Some(program) = self.store.active_program().await? else { return Ok(false) };
        let platforms: Vec<_> = self.sources.keys().cloned().collect();
        self.store.follow_campaigns(&self.campaigns(), &platforms).await?;
        let grounds: Vec<_> = platforms.iter().map(|p| coverage::needs_ground(p)).collect();
        let Some(work) = self.store.lease_campaign(self.worker, &platforms, &grounds, self.config.lease()).await?
        else {
            return Ok(false);
        };
        self.read(&work, &program, shutdown).await?;
        Ok(true)
    }

    /// The campaign accounts of the live lists, on platforms that show who reacts.
    fn campaigns(&self) -> Vec<CampaignRef> {
        let mut found = BTreeSet::new();
        let matcher = self.lists.matcher();
        for keyword in matcher.sets().iter().flat_map(|set| set.keywords()) {
            if keyword.kind != Kind::Account || !keyword.enabled {
                continue;
            }
            for account in &keyword.accounts {
                let (Some(platform), Some(handle)) = (&account.platform, &account.handle) else { continue };
                if self.sources.contains_key(platform) {
                    let handle = handle.trim_start_matches('@').to_ascii_lowercase();
                    found.insert((platform.clone(), handle, account.id.clone()));
                }
            }
        }
        // Two lists may name one account, one of them without its id: the first with an id counts.
        let mut refs: Vec<CampaignRef> = Vec::new();
        for (platform, handle, external_id) in found {
            match refs.iter_mut().find(|r| r.platform == platform && r.handle == handle) {
                Some(known) => known.external_id = known.external_id.take().or(external_id),
                None => refs.push(CampaignRef { platform, handle, external_id }),
            }
        }
        refs
    }

    async fn read(
        &self,
        work: &CampaignWork,
        program: &Program,
        shutdown: &CancellationToken,
    ) -> Result<(), PipelineError> {
        let Some(source) = self.sources.get(&work.campaign.platform) else { return Ok(()) };
        let campaign = Campaign { handle: work.campaign.handle.clone(), id: work.campaign.external_id.clone() };
        let mut cursor = Cursor::from_text(work.cursor.clone());
        for page_number in 1.. {
            let fetched = tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                fetched = failure::in_time(self.config.longest_fetch(), source.audience(&campaign, &cursor)) => fetched,
            };
            let page = match fetched {
                Ok(page) => page,
                Err(error) => {
                    let trouble = Trouble::of(&error);
                    let failure = failure::settle(&self.store, &**source, &trouble, work.failures + 1).await;
                    tracing::info!(platform = %work.campaign.platform, error = failure.error, "campaign account not read");
                    return Ok(self.store.campaign_failed(work, &failure).await?);
                }
            };
            let last = !page.more || page_number >= self.config.pages_per_pass || page.cursor == cursor;
            cursor = page.cursor.clone();
            if let Err(error) = self.commit(work, page, program, last).await {
                let passes = matches!(&error, StoreError::Unavailable(_))
                    || matches!(&error, StoreError::Conflict { constraint } if constraint == "collector_lease_lost");
                if passes {
                    return Err(error.into());
                }
                let trouble = Trouble::not_stored(&error);
                let failure = failure::settle(&self.store, &**source, &trouble, work.failures + 1).await;
                return Ok(self.store.campaign_failed(work, &failure).await?);
            }
            if last || !self.store.extend_campaign(work, self.config.lease()).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Keeps what people of the register did, counts the rest, and moves the cursor, in one transaction.
    async fn commit(
        &self,
        work: &CampaignWork,
        page: Page,
        program: &Program,
        last: bool,
    ) -> Result<Receipt, StoreError> {
        let platform = &work.campaign.platform;
        let names: Vec<String> = {
            let named =
                page.items.iter().filter_map(|item| item.activity.account.clone()).filter(|name| is_storable(name));
            named.collect::<BTreeSet<_>>().into_iter().collect()
        };
        let registered = self.store.registered(platform, &names).await?;
        let intake = Intake::new(program);
        let seen_at = Timestamp::now();
        let mut batch = Batch::new(program, platform);
        // What could not be read of a stranger's comment is a stranger's, too: it is counted, its bytes are not kept.
        let mut strangers = page.rejected.len() as u64;
        for item in page.items {
            let account = item.activity.account.as_ref().and_then(|name| registered.get(name));
            let Some(account) = account else {
                strangers += 1;
                continue;
            };
            // Who acted was looked up above, by the name that the service gave.
            let activity = Activity { account: None, ..item.activity };
            match intake.sort(account, activity, item.raw, seen_at) {
                Sorted::Keep(activity) => batch.activities.push(*activity),
                Sorted::TurnAway => batch.turned_away += 1,
            }
        }
        let every = Duration::from_secs(self.config.campaign_interval_seconds.max(1));
        let due_in = last.then(|| schedule::after_success(every, page.wait, rand::random()));
        batch.turned_away += strangers;
        batch.cursor = Some(Advance::Campaign(CampaignMove {
            platform: platform.clone(),
            handle: work.campaign.handle.clone(),
            worker: work.worker,
            cursor: page.cursor.as_str().to_owned(),
            due_in: due_in.map(|d| SignedDuration::try_from(d).unwrap_or(SignedDuration::from_hours(1))),
            strangers,
        }));
        ingest::commit(&self.store, &self.lists, &mut batch).await
    }
}
