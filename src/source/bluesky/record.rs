//! Records of a repository as activities. Pure: bytes in, values out.
//!
//! | record | verb | target |
//! |---|---|---|
//! | post | post | |
//! | post with `reply` | comment | the parent |
//! | post that embeds a record (quote), also as a reply | share | the quoted record |
//! | repost | share | the post |
//! | like | like | the post |
//! | follow | follow | the account |
//!
//! What is not needed to understand the act is read leniently: a malformed facet or embed costs that facet or embed.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::embed::{self, Embed};
use super::facet::Facets;
use super::tid;
use crate::model::{Activity, Target, Verb};
use crate::source::SOMEBODY_ELSES;
use crate::source::answer::{lenient, problem};

/// The collections that netral reads, in the order of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Post,
    Repost,
    Like,
    Follow,
}

impl Collection {
    pub(super) const ALL: [Self; 4] = [Self::Post, Self::Repost, Self::Like, Self::Follow];

    pub(super) fn nsid(self) -> &'static str {
        match self {
            Self::Post => "app.bsky.feed.post",
            Self::Repost => "app.bsky.feed.repost",
            Self::Like => "app.bsky.feed.like",
            Self::Follow => "app.bsky.graph.follow",
        }
    }
}

/// An answer of `com.atproto.repo.listRecords`; each record is the exact slice of the answer.
#[derive(Debug, Deserialize)]
pub(super) struct RecordList<'a> {
    pub(super) cursor: Option<String>,
    #[serde(borrow)]
    pub(super) records: Vec<&'a RawValue>,
}

/// Whose repository is read, and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repo<'a> {
    pub(super) did: &'a str,
    pub(super) pds: &'a Url,
}

/// An AT-URI with all three parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AtUri<'a> {
    pub(super) did: &'a str,
    pub(super) collection: &'a str,
    pub(super) rkey: &'a str,
}

impl<'a> AtUri<'a> {
    pub(super) fn parse(uri: &'a str) -> Option<Self> {
        let mut parts = uri.strip_prefix("at://")?.splitn(3, '/');
        let (did, collection, rkey) = (parts.next()?, parts.next()?, parts.next()?);
        let plain = |part: &str, extra: &str, longest| {
            !part.is_empty()
                && part.len() <= longest
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || extra.as_bytes().contains(&b))
        };
        let well_formed = did.starts_with("did:")
            && plain(did, ":.-_%", 256)
            && plain(collection, ".-", 317)
            && plain(rkey, ".-_:~", 512);
        well_formed.then_some(Self { did, collection, rkey })
    }

    fn web_page(self) -> String {
        match self.collection {
            "app.bsky.feed.post" => format!("https://bsky.app/profile/{}/post/{}", self.did, self.rkey),
            "app.bsky.feed.generator" => format!("https://bsky.app/profile/{}/feed/{}", self.did, self.rkey),
            "app.bsky.graph.list" => format!("https://bsky.app/profile/{}/lists/{}", self.did, self.rkey),
            _ => format!("https://bsky.app/profile/{}", self.did),
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    uri: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// A record's key, read even where the rest of it is no good.
pub(super) fn rkey(raw: &str) -> Option<String> {
    let envelope: Envelope<'_> = serde_json::from_str(raw).ok()?;
    AtUri::parse(&envelope.uri).map(|uri| uri.rkey.to_owned())
}

/// Reads one record (`{uri, cid, value}`) of `repo` as an activity; the error says what is wrong without quoting it.
pub(super) fn parse(raw: &str, repo: Repo<'_>, collection: Collection) -> Result<Activity, String> {
    let envelope: Envelope<'_> = serde_json::from_str(raw).map_err(|e| problem("record", &e))?;
    let uri = AtUri::parse(&envelope.uri).ok_or("its uri is not an AT-URI")?;
    if uri.did != repo.did || uri.collection != collection.nsid() {
        return Err(SOMEBODY_ELSES.to_owned());
    }
    let value = envelope.value.get();
    let mut activity = match collection {
        Collection::Post => post(value, repo, uri)?,
        Collection::Repost => act_on_record(value, Verb::Share)?,
        Collection::Like => act_on_record(value, Verb::Like)?,
        Collection::Follow => follow(value)?,
    };
    activity.posted_at = made_at(lenient::<Dated<'_>>(envelope.value).and_then(|dated| dated.created_at), uri.rkey);
    activity.id = envelope.uri.into_owned();
    activity.platform = Some("bluesky".to_owned());
    activity.account = Some(repo.did.to_owned());
    Ok(activity)
}

/// The date that every record has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dated<'a> {
    #[serde(borrow)]
    created_at: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Post<'a> {
    #[serde(default)]
    text: String,
    #[serde(borrow)]
    reply: Option<&'a RawValue>,
    #[serde(borrow)]
    embed: Option<&'a RawValue>,
    #[serde(borrow, default)]
    facets: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tags: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reply {
    parent: StrongRef,
}

/// A pointer to a record.
#[derive(Debug, Deserialize)]
pub(super) struct StrongRef {
    pub(super) uri: String,
}

fn post(value: &str, repo: Repo<'_>, uri: AtUri<'_>) -> Result<Activity, String> {
    let post: Post<'_> = serde_json::from_str(value).map_err(|e| problem("post", &e))?;
    let embed: Option<Embed> = post.embed.and_then(lenient);
    let quoted = embed.as_ref().and_then(Embed::quoted).and_then(record_target);
    let parent = post.reply.and_then(lenient::<Reply>).and_then(|reply| record_target(&reply.parent.uri));
    // A quote shows the other's words to one's own followers, a reply does not: the stronger act names the verb.
    let (verb, target) = match (quoted, parent) {
        (Some(quoted), _) => (Verb::Share, Some(quoted)),
        (None, Some(parent)) => (Verb::Comment, Some(parent)),
        (None, None) => (Verb::Post, None),
    };
    let facets = Facets::read(post.facets, &post.text);
    let mut hashtags = facets.hashtags;
    for tag in post.tags.and_then(lenient::<Vec<String>>).unwrap_or_default() {
        if !hashtags.contains(&tag) {
            hashtags.push(tag);
        }
    }
    Ok(Activity {
        verb,
        url: Some(uri.web_page()),
        media: embed.map(|e| embed::media(&e, repo)).unwrap_or_default(),
        target,
        hashtags,
        mentions: facets.mentions,
        text: post.text,
        ..Activity::default()
    })
}

#[derive(Deserialize)]
struct ActOnRecord {
    subject: StrongRef,
}

fn act_on_record(value: &str, verb: Verb) -> Result<Activity, String> {
    let act: ActOnRecord = serde_json::from_str(value).map_err(|e| problem("record", &e))?;
    let target = record_target(&act.subject.uri).ok_or("its subject is not an AT-URI")?;
    Ok(Activity { verb, target: Some(target), ..Activity::default() })
}

#[derive(Deserialize)]
struct Follow {
    subject: String,
}

fn follow(value: &str) -> Result<Activity, String> {
    let follow: Follow = serde_json::from_str(value).map_err(|e| problem("follow", &e))?;
    if !super::identity::is_did(&follow.subject) {
        return Err("its subject is not a DID".to_owned());
    }
    let target = Target {
        kind: "account".to_owned(),
        url: Some(format!("https://bsky.app/profile/{}", follow.subject)),
        account_id: Some(follow.subject.clone()),
        id: Some(follow.subject),
        ..Target::default()
    };
    Ok(Activity { verb: Verb::Follow, target: Some(target), ..Activity::default() })
}

/// The target that an AT-URI names; its text and handle are looked up later.
fn record_target(uri: &str) -> Option<Target> {
    let parts = AtUri::parse(uri)?;
    let kind = if parts.collection.starts_with("app.bsky.graph.") { "group" } else { "post" };
    Some(Target {
        kind: kind.to_owned(),
        id: Some(uri.to_owned()),
        account_id: Some(parts.did.to_owned()),
        url: Some(parts.web_page()),
        ..Target::default()
    })
}

/// When a record was made: by its `createdAt`, which is the client's word, else by its key.
///
/// Some clients leave out the zone. Then the key says which one was meant, as it holds the same moment in UTC; a key that
/// is more than a zone away says nothing, and the date is read as UTC. Both are said in the log.
fn made_at(created_at: Option<&RawValue>, rkey: &str) -> Option<Timestamp> {
    let key = tid::timestamp(rkey);
    let Some(text) = created_at.and_then(lenient::<String>) else { return key };
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    let without_zone = text.parse::<jiff::civil::DateTime>().ok().and_then(|at| at.to_zoned(TimeZone::UTC).ok());
    let Some(utc) = without_zone.map(|at| at.timestamp()) else { return key };
    let zone_of_key = key.filter(|key| key.duration_since(utc).abs() <= FARTHEST_ZONE);
    tracing::debug!(by_key = zone_of_key.is_some(), "createdAt without a zone");
    Some(zone_of_key.unwrap_or(utc))
}

/// No zone is farther from UTC.
const FARTHEST_ZONE: SignedDuration = SignedDuration::from_hours(15);
