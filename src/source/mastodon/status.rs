//! Statuses and accounts of Mastodon as activities. Pure: bytes in, values out.
//!
//! | status | verb | target |
//! |---|---|---|
//! | plain | post | |
//! | `in_reply_to_id` | comment | the status above it |
//! | `quote`, also in a reply | share | the quoted status |
//! | `reblog` | share, without words of one's own | the status |
//!
//! Numbers are a server's own, so an activity's id is the status' `uri`, which is the same everywhere; an edit keeps it.
//! The text is what a reader sees: content warning, content, a poll's options. Only what is public is read.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::place::whole_handle;
use crate::model::{Activity, Media, Target, Verb};
use crate::source::answer::{id, lenient, maybe_id, problem};
use crate::source::bounded_id;
use crate::text::html::to_plain;

/// Who wrote a status, or an account in a list.
#[derive(Debug, Deserialize)]
pub(super) struct Person<'a> {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    pub(super) acct: String,
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    pub(super) suspended: Option<bool>,
    #[serde(borrow, default)]
    pub(super) moved: Option<&'a RawValue>,
}

impl Person<'_> {
    /// The account's address, the same on every server.
    fn address(&self) -> Option<String> {
        self.uri.clone().or_else(|| self.url.clone()).map(|address| bounded_id(&address))
    }

    /// The account as a target.
    pub(super) fn target(&self, domain: &str) -> Target {
        let note = self.note.as_deref().map(|note| to_plain(note).text);
        Target {
            kind: "account".to_owned(),
            id: self.address().or_else(|| Some(format!("{}@{domain}", self.id))),
            handle: Some(whole_handle(&self.acct, domain)),
            account_id: self.address(),
            text: joined([self.display_name.clone(), note]),
            url: self.url.clone().filter(|url| is_web(url)),
        }
    }
}

/// A status; what is not needed to understand the act is read leniently.
#[derive(Deserialize)]
pub(super) struct Status<'a> {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default)]
    uri: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(borrow)]
    account: Person<'a>,
    #[serde(borrow)]
    created_at: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) edited_at: Option<String>,
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    spoiler_text: Option<String>,
    #[serde(default)]
    visibility: Option<String>,
    #[serde(default, deserialize_with = "maybe_id")]
    pub(super) in_reply_to_id: Option<String>,
    #[serde(default, deserialize_with = "maybe_id")]
    in_reply_to_account_id: Option<String>,
    #[serde(borrow)]
    reblog: Option<&'a RawValue>,
    #[serde(borrow)]
    quote: Option<&'a RawValue>,
    #[serde(borrow)]
    media_attachments: Option<&'a RawValue>,
    #[serde(borrow)]
    mentions: Option<&'a RawValue>,
    #[serde(borrow)]
    tags: Option<&'a RawValue>,
    #[serde(borrow)]
    poll: Option<&'a RawValue>,
    #[serde(borrow)]
    card: Option<&'a RawValue>,
    #[serde(default)]
    replies_count: u64,
    #[serde(default)]
    reblogs_count: u64,
    #[serde(default)]
    favourites_count: u64,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "type", default)]
    kind: String,
    url: Option<String>,
    remote_url: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Poll<'a> {
    #[serde(borrow)]
    options: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct PollOption {
    title: String,
}

#[derive(Deserialize)]
struct Card {
    url: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Quote<'a> {
    #[serde(borrow)]
    quoted_status: Option<&'a RawValue>,
    #[serde(deserialize_with = "maybe_id")]
    quoted_status_id: Option<String>,
}

/// What a page must know of each of its statuses before it reads any.
#[derive(Debug, Default)]
pub(super) struct Siblings(HashMap<String, Target>);

impl Siblings {
    /// Takes note of a page, so that a reply knows the status above it where that is on the page, too.
    pub(super) fn of(page: &[&RawValue], domain: &str) -> Self {
        let statuses = page.iter().filter_map(|raw| lenient::<Status<'_>>(raw)).filter(Status::is_public);
        Self(statuses.map(|status| (status.id.clone(), status.target(domain))).collect())
    }
}

impl Status<'_> {
    pub(super) fn author(&self) -> &Person<'_> {
        &self.account
    }

    /// Whether anybody may see it.
    pub(super) fn is_public(&self) -> bool {
        self.visibility.as_deref().is_none_or(|seen_by| matches!(seen_by, "public" | "unlisted"))
    }

    pub(super) fn made_at(&self) -> Option<Timestamp> {
        self.created_at.and_then(lenient)
    }

    /// How many people reacted: favourites, boosts, replies.
    pub(super) fn counts(&self) -> [u64; 3] {
        [self.favourites_count, self.reblogs_count, self.replies_count]
    }

    fn global_id(&self, domain: &str) -> String {
        self.uri.as_deref().map_or_else(|| format!("{}@{domain}", self.id), bounded_id)
    }

    /// The author's own words.
    fn words(&self) -> String {
        let content = self.content.as_deref().unwrap_or_default();
        // What servers write for clients that cannot show quotes.
        let fallback = content.strip_prefix("<p class=\"quote-inline\">").and_then(|rest| rest.split_once("</p>"));
        let content = fallback.filter(|_| self.quote.is_some()).map_or(content, |(_, rest)| rest);
        let options = self.poll.and_then(lenient::<Poll<'_>>).unwrap_or_default().options;
        let options = options.into_iter().filter_map(lenient::<PollOption>).map(|option| Some(option.title));
        let own = [self.spoiler_text.clone(), Some(to_plain(content).text)];
        joined(own.into_iter().chain(options)).unwrap_or_default()
    }

    fn media(&self) -> Vec<Media> {
        let attached = self.media_attachments.and_then(lenient::<Vec<&RawValue>>).unwrap_or_default();
        let attached = attached.into_iter().filter_map(lenient::<Attachment>).map(|one| Media {
            kind: if one.kind == "gifv" { "video".to_owned() } else { one.kind },
            url: one.url.or(one.remote_url),
            alt: joined([one.description]),
            ..Media::default()
        });
        let card = self.card.and_then(lenient::<Card>).map(|card| Media {
            kind: "link".to_owned(),
            url: Some(card.url),
            alt: joined([card.title, card.description]),
            ..Media::default()
        });
        attached.chain(card).collect()
    }

    /// The status as a target, with its words and those of its pictures.
    pub(super) fn target(&self, domain: &str) -> Target {
        let alts = self.media().into_iter().map(|medium| medium.alt);
        Target {
            kind: "post".to_owned(),
            id: Some(self.global_id(domain)),
            handle: Some(whole_handle(&self.account.acct, domain)),
            account_id: self.account.address(),
            text: joined([Some(self.words())].into_iter().chain(alts)),
            url: self.page(),
        }
    }

    fn page(&self) -> Option<String> {
        self.url.clone().or_else(|| self.uri.clone()).filter(|url| is_web(url))
    }

    fn mentioned(&self) -> Vec<Person<'_>> {
        let mentions = self.mentions.and_then(lenient::<Vec<&RawValue>>).unwrap_or_default();
        mentions.into_iter().filter_map(lenient).collect()
    }

    /// The status above this one: from the page where it is there, else what the reply itself tells.
    fn parent(&self, domain: &str, siblings: &Siblings) -> Option<Target> {
        let parent = self.in_reply_to_id.as_ref()?;
        if let Some(known) = siblings.0.get(parent) {
            return Some(known.clone());
        }
        let mentioned = self.mentioned();
        let account = self.in_reply_to_account_id.as_ref();
        let author = [&self.account].into_iter().chain(&mentioned).find(|person| Some(&person.id) == account);
        Some(Target {
            kind: "post".to_owned(),
            id: Some(format!("{parent}@{domain}")),
            handle: author.map(|author| whole_handle(&author.acct, domain)),
            account_id: author.and_then(Person::address),
            ..Target::default()
        })
    }
}

/// A quote's target; a quote that its author has not allowed, or taken back, shows only that there is one.
fn quoted(raw: &RawValue, domain: &str) -> Target {
    let quote: Quote<'_> = lenient(raw).unwrap_or_default();
    match quote.quoted_status.and_then(lenient::<Status<'_>>) {
        Some(status) => status.target(domain),
        None => Target {
            kind: "post".to_owned(),
            id: quote.quoted_status_id.map(|id| format!("{id}@{domain}")),
            ..Target::default()
        },
    }
}

/// Reads one status; `None` is one that is not public. The error says what is wrong without quoting it.
pub(super) fn parse(raw: &str, domain: &str, siblings: &Siblings) -> Result<Option<Activity>, String> {
    let status: Status<'_> = serde_json::from_str(raw).map_err(|e| problem("status", &e))?;
    if !status.is_public() {
        return Ok(None);
    }
    let reblog = status.reblog.map(|raw| lenient::<Status<'_>>(raw).ok_or("what it boosts cannot be read"));
    let reblog = reblog.transpose()?;
    // A quote shows the other's words to one's own followers, a reply does not: the stronger act names the verb.
    let (verb, target) = match (&reblog, status.quote) {
        (Some(boosted), _) => (Verb::Share, Some(boosted.target(domain))),
        (None, Some(quote)) => (Verb::Share, Some(quoted(quote, domain))),
        (None, None) => match status.parent(domain, siblings) {
            Some(parent) => (Verb::Comment, Some(parent)),
            None => (Verb::Post, None),
        },
    };
    let own = reblog.is_none();
    // A boost has a status of its own here, but none that the boosted one's side shows: it is named as it is there, by what
    // it shares, so that the two are one act.
    let shared = target.as_ref().and_then(|target| target.id.as_ref()).filter(|_| !own);
    let tags = status.tags.and_then(lenient::<Vec<&RawValue>>).unwrap_or_default();
    let handles = status.mentioned().into_iter().map(|person| whole_handle(&person.acct, domain));
    Ok(Some(Activity {
        id: shared.map_or_else(|| status.global_id(domain), |id| format!("share:{id}")),
        platform: Some("mastodon".to_owned()),
        account: Some(whole_handle(&status.account.acct, domain)),
        verb,
        text: if own { status.words() } else { String::new() },
        posted_at: status.made_at(),
        url: status.page(),
        media: if own { status.media() } else { Vec::new() },
        hashtags: tags.into_iter().filter_map(lenient::<Named>).map(|tag| tag.name).collect(),
        mentions: handles.collect(),
        target,
        ..Activity::default()
    }))
}

/// What an account in a list does to `target`: it follows, likes or shares it. Servers do not say when.
pub(super) fn act(verb: Verb, actor: Option<&Person<'_>>, target: Target, domain: &str) -> Activity {
    Activity {
        id: format!("{verb}:{}", target.id.as_deref().unwrap_or_default()),
        platform: Some("mastodon".to_owned()),
        account: actor.map(|actor| whole_handle(&actor.acct, domain)),
        verb,
        target: Some(target),
        ..Activity::default()
    }
}

/// The parts that say something, one below the other.
fn joined(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.trim().is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
