//! Bluesky, and every other server that speaks AT Protocol: posts, replies, quotes, reposts, likes and follows.
//!
//! Everything is read from the person's own repository, without log-in: handle -> DID -> DID document -> the person's
//! server -> `com.atproto.repo.listRecords`, one collection after the other, newest first, until known ground.
//! A repost or like holds no words of its own, so the target's text and handle are looked up where its author keeps them;
//! where that fails, the activity stands without them.

use std::collections::HashSet;

use async_trait::async_trait;
use serde::Deserialize;
use url::Url;

use self::position::{Bounds, Position};
use self::record::{RecordList, Repo};
use super::answer::read;
use super::http::Response;
use super::{AccountState, Cursor, Http, Item, Page, RejectedItem, Source, SourceError, fixed, not_before};
use crate::model::Account;

mod embed;
mod facet;
mod identity;
mod live;
mod position;
mod record;
mod target;
pub mod tid;
mod xrpc;

pub use self::live::{BlueskyLive, Happening, LiveConfig, LiveEvent, LiveStream};

/// How Bluesky is read; `[source.bluesky]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlueskyConfig {
    /// Whether it is read at all.
    pub enabled: bool,
    /// Who is asked which DID a handle stands for, where the register holds no DID.
    pub entry: Url,
    /// The directory of `did:plc` documents.
    pub plc: Url,
    /// Records a page, at most 100.
    pub page_size: u8,
    /// Most pages of one collection in one pass; what lies behind them is older and is left.
    pub max_pages: u32,
    /// Most targets whose text is looked up for one page.
    pub max_targets: usize,
    /// Time for all of a page's targets together, in milliseconds.
    pub target_timeout_ms: u64,
    /// Whether accounts that ask not to be shown to people without a log-in (`!no-unauthenticated`) are left alone.
    pub respect_no_unauthenticated: bool,
    /// Live posts.
    pub live: LiveConfig,
}

impl Default for BlueskyConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            entry: fixed("https://public.api.bsky.app"),
            plc: fixed("https://plc.directory"),
            page_size: 100,
            max_pages: 200,
            max_targets: 100,
            target_timeout_ms: 20_000,
            respect_no_unauthenticated: true,
            live: LiveConfig::default(),
        }
    }
}

/// Reads repositories. Holds no state between two calls: all of it is in the cursor.
#[derive(Debug)]
pub struct BlueskySource {
    config: BlueskyConfig,
    http: Http,
}

impl BlueskySource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: BlueskyConfig, http: Http) -> Self {
        Self { config, http }
    }

    /// Finds out whose repository to read and where it is, at the start of a pass.
    async fn locate(&self, account: &Account, position: &mut Position) -> Result<Url, SourceError> {
        let did = self.did(account, position.did.as_deref()).await?;
        if position.did.as_ref().is_some_and(|known| *known != did) {
            // The register was corrected: nothing that was read of the other account counts.
            *position = Position::default();
        }
        let identity = identity::look_up(&self.http, &self.config.plc, &did).await?;
        let pds = identity.pds.ok_or_else(|| SourceError::Unavailable {
            state: AccountState::Deactivated,
            cause: "its DID document names no server".into(),
        })?;
        if self.config.respect_no_unauthenticated
            && target::asks_to_be_hidden(&self.http, Repo { did: &did, pds: &pds }).await
        {
            let cause = "it asks not to be shown to people without a log-in".into();
            return Err(SourceError::Unavailable { state: AccountState::Private, cause });
        }
        position.did = Some(did);
        position.pds = Some(pds.to_string());
        Ok(pds)
    }

    /// The account's DID: from the register, else by its handle, which must not lead elsewhere than it did before.
    async fn did(&self, account: &Account, known: Option<&str>) -> Result<String, SourceError> {
        if identity::is_did(&account.external_id) {
            return Ok(account.external_id.clone());
        }
        let did = identity::resolve_handle(&self.http, &self.config.entry, &account.handle).await?;
        if known.is_some_and(|known| known != did) {
            let cause = "its handle leads to another DID than before; register the DID".into();
            return Err(SourceError::Unavailable { state: AccountState::Moved, cause });
        }
        Ok(did)
    }

    async fn list(&self, repo: Repo<'_>, position: &mut Position) -> Result<Response, SourceError> {
        let limit = self.config.page_size.clamp(1, 100).to_string();
        let mut query =
            vec![("repo", repo.did), ("collection", position.collection().nsid()), ("limit", limit.as_str())];
        let cursor = position.walk().cursor().map(str::to_owned);
        if let Some(cursor) = &cursor {
            query.push(("cursor", cursor));
        }
        xrpc::get(&self.http, repo.pds, LIST_RECORDS, &query).await
    }
}

const LIST_RECORDS: &str = "com.atproto.repo.listRecords";

#[async_trait]
impl Source for BlueskySource {
    fn platform(&self) -> &'static str {
        "bluesky"
    }

    fn is_one_service(&self) -> bool {
        false
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let mut position: Position = cursor.decode();
        let remembered = position.pds.as_deref().and_then(|pds| Url::parse(pds).ok());
        let mut pds = match &remembered {
            Some(pds) => pds.clone(),
            None => self.locate(account, &mut position).await?,
        };
        let did = position.did.clone().unwrap_or_default();
        let mut answer = self.list(Repo { did: &did, pds: &pds }, &mut position).await;
        let told_to_wait =
            matches!(&answer, Err(SourceError::Transient { retry_after: Some(_), .. } | SourceError::Down { .. }));
        if answer.is_err() && remembered.is_some() && !told_to_wait {
            // The account may have moved to another server since the pass began; then, and only then, ask there.
            let now = self.locate(account, &mut position).await?;
            if now != pds {
                pds = now;
                answer = self.list(Repo { did: &did, pds: &pds }, &mut position).await;
            }
        }
        let answer = answer?;
        let repo = Repo { did: &did, pds: &pds };
        let wait = answer.retry_after();
        let (mut page, done) = read_page(&answer, repo, &mut position, self.bounds(account))?;
        page.wait = wait;
        page.more = !done || position.next_collection();
        page.cursor = Cursor::encode(&position);
        target::fill(&self.http, &self.config, repo, &mut page.items).await;
        Ok(page)
    }
}

impl BlueskySource {
    fn bounds(&self, account: &Account) -> Bounds {
        Bounds { not_before: not_before(account), max_pages: self.config.max_pages.max(1) }
    }
}

/// Reads one answer of `listRecords`, and whether the collection is done with it.
fn read_page(
    answer: &Response,
    repo: Repo<'_>,
    position: &mut Position,
    bounds: Bounds,
) -> Result<(Page, bool), SourceError> {
    let list: RecordList<'_> = read(answer, LIST_RECORDS)?;
    let collection = position.collection();
    let mut page = Page::default();
    let (mut rkeys, mut seen) = (Vec::new(), HashSet::new());
    for record in list.records {
        let raw = record.get();
        let rkey = record::rkey(raw);
        if let Some(rkey) = rkey {
            let new = position.walk().is_new(&rkey) && seen.insert(rkey.clone());
            rkeys.push(rkey);
            if !new {
                continue;
            }
        }
        match record::parse(raw, repo, collection) {
            Ok(activity) => page.items.push(Item { activity, raw: raw.as_bytes().to_vec() }),
            Err(reason) => page.rejected.push(RejectedItem::new(raw.as_bytes(), reason)),
        }
    }
    let done = position
        .walk()
        .advance(rkeys, list.cursor, bounds)
        .map_err(|stuck| SourceError::malformed(format!("{LIST_RECORDS} on {}", answer.host()), stuck))?;
    Ok((page, done))
}
