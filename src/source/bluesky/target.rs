//! Text and handle of what an activity is directed at, looked up where the target's author keeps them.
//!
//! All of it is a courtesy to the matcher: bounded in number and time, and no failure here costs the page.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;
use url::Url;

use super::embed::{self, Embed};
use super::identity::{self, Identity};
use super::record::{AtUri, Repo};
use super::{BlueskyConfig, xrpc};
use crate::source::answer::lenient;
use crate::source::{Http, Item};

/// Requests under way at once; a page's targets mostly lie on a few servers that also serve others.
const AT_ONCE: usize = 4;

/// Longest text of a target that is kept, in bytes; a post has at most 3,000.
const LONGEST_TEXT: usize = 16 * 1024;

/// Fills in handle and text of every target, as far as that succeeds in time.
pub(super) async fn fill(http: &Http, config: &BlueskyConfig, own: Repo<'_>, items: &mut [Item]) {
    let deadline = Instant::now() + Duration::from_millis(config.target_timeout_ms);
    let wanted = wanted(items, config.max_targets);
    let dids: HashSet<&str> = wanted.iter().map(|(did, _)| did.as_str()).collect();
    let look_up = |did: &str| {
        let did = did.to_owned();
        async move {
            let identity = identity::look_up(http, &config.plc, &did).await.ok();
            (did, identity)
        }
    };
    let identities = collect(dids.iter().map(|did| look_up(did)).collect(), deadline).await;
    let servers: HashMap<&str, Url> = dids
        .iter()
        .filter_map(|did| {
            let pds = identities.get(*did).and_then(|found: &Option<Identity>| found.as_ref()?.pds.clone());
            Some((*did, if *did == own.did { own.pds.clone() } else { pds? }))
        })
        .collect();
    let read = |did: &str, id: &str| {
        let (pds, id, place) = (servers.get(did).cloned(), id.to_owned(), record_of(id));
        async move {
            let text = match (pds, place) {
                (Some(pds), Some((did, collection, rkey))) => text_of(http, &pds, &did, &collection, &rkey).await,
                _ => None,
            };
            (id, text)
        }
    };
    let texts = collect(wanted.iter().map(|(did, id)| read(did, id)).collect(), deadline).await;
    for target in items.iter_mut().filter_map(|item| item.activity.target.as_mut()) {
        let identity = target.account_id.as_deref().and_then(|did| identities.get(did)?.as_ref());
        target.handle = identity.and_then(|identity| identity.handle.clone());
        target.text = target.id.as_deref().and_then(|id| texts.get(id).cloned().flatten());
    }
}

/// The distinct targets of a page, as (author's DID, target's id).
fn wanted(items: &[Item], most: usize) -> Vec<(String, String)> {
    let mut seen = HashSet::new();
    let targets = items.iter().filter_map(|item| item.activity.target.as_ref());
    let pairs = targets.filter_map(|target| Some((target.account_id.clone()?, target.id.clone()?)));
    pairs.filter(|(_, id)| seen.insert(id.clone())).take(most).collect()
}

/// The record that holds a target's words: itself, or an account's profile.
fn record_of(id: &str) -> Option<(String, String, String)> {
    if identity::is_did(id) {
        return Some((id.to_owned(), "app.bsky.actor.profile".to_owned(), "self".to_owned()));
    }
    let uri = AtUri::parse(id)?;
    Some((uri.did.to_owned(), uri.collection.to_owned(), uri.rkey.to_owned()))
}

/// Runs a few futures at a time and keeps what is done by the deadline.
async fn collect<V>(futures: Vec<impl Future<Output = (String, V)>>, deadline: Instant) -> HashMap<String, V> {
    let mut done = HashMap::new();
    let mut running = Box::pin(stream::iter(futures).buffer_unordered(AT_ONCE));
    while let Ok(Some((key, value))) = tokio::time::timeout_at(deadline, running.next()).await {
        done.insert(key, value);
    }
    done
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    value: &'a RawValue,
}

/// Everything in a record that a reader sees as words: a post's text, a profile's or list's name and description.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Words<'a> {
    text: Option<String>,
    display_name: Option<String>,
    name: Option<String>,
    description: Option<String>,
    #[serde(borrow)]
    embed: Option<&'a RawValue>,
    #[serde(borrow)]
    labels: Option<&'a RawValue>,
}

async fn text_of(http: &Http, pds: &Url, did: &str, collection: &str, rkey: &str) -> Option<String> {
    let answer = get_record(http, pds, did, collection, rkey).await?;
    let envelope: Envelope<'_> = serde_json::from_slice(&answer).ok()?;
    let words: Words<'_> = lenient(envelope.value)?;
    let embed: Option<Embed> = words.embed.and_then(lenient);
    let media = embed.map(|e| embed::media(&e, Repo { did, pds })).unwrap_or_default();
    let own = [words.text, words.display_name, words.name, words.description].into_iter().flatten();
    let parts: Vec<String> =
        own.chain(media.into_iter().filter_map(|m| m.alt)).filter(|part| !part.trim().is_empty()).collect();
    let mut text = parts.join("\n");
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
    }
    (!text.is_empty()).then_some(text)
}

async fn get_record(http: &Http, pds: &Url, did: &str, collection: &str, rkey: &str) -> Option<bytes::Bytes> {
    let query = [("repo", did), ("collection", collection), ("rkey", rkey)];
    xrpc::get(http, pds, "com.atproto.repo.getRecord", &query).await.ok().map(|answer| answer.body)
}

/// Whether an account's profile carries the label by which its owner asks apps to show it to people with a log-in only.
pub(super) async fn asks_to_be_hidden(http: &Http, repo: Repo<'_>) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct SelfLabels {
        values: Vec<Label>,
    }
    #[derive(Deserialize)]
    struct Label {
        val: String,
    }
    let Some(answer) = get_record(http, repo.pds, repo.did, "app.bsky.actor.profile", "self").await else {
        return false;
    };
    let profile = serde_json::from_slice::<Envelope<'_>>(&answer).ok().and_then(|e| lenient::<Words<'_>>(e.value));
    let labels: SelfLabels = profile.and_then(|p| p.labels).and_then(lenient).unwrap_or_default();
    labels.values.iter().any(|label| label.val == "!no-unauthenticated")
}
