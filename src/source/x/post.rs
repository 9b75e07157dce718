//! Posts and users of X as activities. Pure: bytes in, values out.
//!
//! | post | verb | target |
//! |---|---|---|
//! | refers to nothing | post | |
//! | `replied_to` | comment | the post above it |
//! | `quoted`, also in a reply | share | the quoted post |
//! | `retweeted` | share, without words of one's own | the post |
//!
//! X renamed its fields in 2026 (`referenced_tweets` -> `referenced_posts` …); both sets of names are read. Its texts hold
//! `&amp;`, `&lt;` and `&gt;`, which are resolved. An edited post has a new id and names the older ones: the activity's id is
//! the first of them, so that an edit comes under the id of what it changes.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::includes::{Includes, words};
use crate::model::{Activity, Media, Target, Verb};
use crate::source::SOMEBODY_ELSES;
use crate::source::answer::{id, lenient, maybe_id, problem};
use crate::text::html::resolve;

/// Where a post counts as withheld from the public: in Indonesia, or everywhere (`XX`, `XY`).
const HERE: [&str; 3] = ["ID", "XX", "XY"];

/// The least that every post must have.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "maybe_id")]
    pub(super) author_id: Option<String>,
}

/// Id and author of a post, read even where the rest of it is no good.
pub(super) fn head(raw: &str) -> Option<Head> {
    serde_json::from_str(raw).ok()
}

/// A post; what is not needed to understand the act is read leniently.
#[derive(Deserialize)]
pub(super) struct Post<'a> {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "maybe_id")]
    pub(super) author_id: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(borrow)]
    created_at: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "maybe_id")]
    in_reply_to_user_id: Option<String>,
    #[serde(borrow)]
    referenced_tweets: Option<&'a RawValue>,
    #[serde(borrow)]
    referenced_posts: Option<&'a RawValue>,
    #[serde(borrow)]
    edit_history_tweet_ids: Option<&'a RawValue>,
    #[serde(borrow)]
    edit_history_post_ids: Option<&'a RawValue>,
    #[serde(borrow)]
    note_tweet: Option<&'a RawValue>,
    #[serde(borrow)]
    note_post: Option<&'a RawValue>,
    #[serde(borrow)]
    entities: Option<&'a RawValue>,
    #[serde(borrow)]
    attachments: Option<&'a RawValue>,
    #[serde(borrow)]
    withheld: Option<&'a RawValue>,
}

/// The whole text of a post that is longer than 280 characters.
#[derive(Deserialize)]
struct Note<'a> {
    text: String,
    #[serde(borrow)]
    entities: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: String,
    #[serde(deserialize_with = "id")]
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attachments {
    media_keys: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Withheld {
    country_codes: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entities<'a> {
    #[serde(borrow)]
    hashtags: Vec<&'a RawValue>,
    #[serde(borrow)]
    mentions: Vec<&'a RawValue>,
    #[serde(borrow)]
    urls: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Tag {
    tag: String,
}

#[derive(Deserialize)]
struct Mention {
    username: String,
    #[serde(default, deserialize_with = "maybe_id")]
    id: Option<String>,
}

/// A link with its card.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    expanded_url: Option<String>,
    unwound_url: Option<String>,
    title: Option<String>,
    description: Option<String>,
    media_key: Option<String>,
}

impl Post<'_> {
    /// The whole text, as a reader sees it.
    pub(super) fn words(&self) -> String {
        resolve(&self.note().map_or_else(|| self.text.clone(), |note| note.text))
    }

    pub(super) fn media_keys(&self) -> Vec<String> {
        self.attachments.and_then(lenient::<Attachments>).unwrap_or_default().media_keys
    }

    fn note(&self) -> Option<Note<'_>> {
        self.note_tweet.or(self.note_post).and_then(lenient)
    }

    /// What is marked in the text, and in the whole text where that is longer.
    fn entities(&self) -> Vec<Entities<'_>> {
        let of_note = self.note().and_then(|note| note.entities);
        [self.entities, of_note].into_iter().flatten().filter_map(lenient).collect()
    }

    fn mentions(&self) -> Vec<Mention> {
        self.entities().into_iter().flat_map(|e| e.mentions).filter_map(lenient).collect()
    }

    /// The id of the first version: itself, unless it was edited.
    fn first_id(&self) -> String {
        let history = self.edit_history_tweet_ids.or(self.edit_history_post_ids);
        let ids = history.and_then(lenient::<Vec<&RawValue>>).unwrap_or_default();
        let first = ids.first().and_then(|first| lenient::<OpaqueId>(first));
        first.map_or_else(|| self.id.clone(), |OpaqueId(first)| first)
    }

    fn is_withheld(&self) -> bool {
        let withheld = self.withheld.and_then(lenient::<Withheld>).unwrap_or_default();
        withheld.country_codes.iter().any(|code| HERE.contains(&code.as_str()))
    }
}

#[derive(Deserialize)]
struct OpaqueId(#[serde(deserialize_with = "id")] String);

/// A post that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) activity: Activity,
    /// Whether X does not show it to people in Indonesia: then it is not public, and only that is said of it.
    pub(super) withheld: bool,
}

/// Reads one post of the account with the number `owner`; the error says what is wrong without quoting it.
pub(super) fn parse(raw: &str, owner: &str, handle: &str, includes: &Includes) -> Result<Read, String> {
    let post: Post<'_> = serde_json::from_str(raw).map_err(|e| problem("post", &e))?;
    match &post.author_id {
        // One that does not say whose it is may be anybody's.
        None => return Err(SOMEBODY_ELSES.to_owned()),
        Some(author) if author != owner => return Err(SOMEBODY_ELSES.to_owned()),
        Some(_) => {}
    }
    let references = post.referenced_tweets.or(post.referenced_posts).and_then(lenient::<Vec<&RawValue>>);
    let references: Vec<Reference> = references.unwrap_or_default().into_iter().filter_map(lenient).collect();
    let of_kind = |kind: &str| references.iter().find(|reference| reference.kind == kind);
    let mentions = post.mentions();
    // A quote shows the other's words to one's own followers, a reply does not: the stronger act names the verb.
    let (verb, target, own) = match (of_kind("retweeted"), of_kind("quoted"), of_kind("replied_to")) {
        (Some(shared), _, _) => (Verb::Share, Some(reposted(shared, &post, &mentions, includes)), false),
        (None, Some(quoted), _) => (Verb::Share, Some(includes.target(&quoted.id)), true),
        (None, None, Some(parent)) => (Verb::Comment, Some(replied_to(parent, &post, &mentions, includes)), true),
        (None, None, None) => (Verb::Post, None, true),
    };
    let withheld = post.is_withheld();
    let (links, hashtags) = marked(&post, &references);
    let mut media: Vec<Media> = post.media_keys().iter().filter_map(|key| includes.media(key)).collect();
    media.extend(links);
    let activity = Activity {
        url: Some(status_page(handle, &post.id)),
        text: if own { post.words() } else { String::new() },
        posted_at: post.created_at.and_then(lenient).or_else(|| moment(&post.id)),
        id: post.first_id(),
        platform: Some("x".to_owned()),
        verb,
        target,
        media,
        hashtags,
        mentions: distinct(mentions.into_iter().map(|mention| mention.username)),
        ..Activity::default()
    };
    Ok(Read { activity, withheld })
}

/// The post that was passed on. Where X does not hand it out, the shortened copy in the repost's own text stands for it.
fn reposted(reference: &Reference, post: &Post<'_>, mentions: &[Mention], includes: &Includes) -> Target {
    let mut target = includes.target(&reference.id);
    let text = post.words();
    let copy = text.strip_prefix("RT @").and_then(|rest| rest.split_once(": "));
    if target.handle.is_none() {
        target.handle = copy.map(|(handle, _)| handle.to_owned());
        let first = mentions.iter().find(|m| Some(&m.username) == target.handle.as_ref());
        target.account_id = target.account_id.or_else(|| first?.id.clone());
    }
    target.text = target.text.or_else(|| Some(copy.map_or(text.clone(), |(_, words)| words.to_owned())));
    target
}

fn replied_to(reference: &Reference, post: &Post<'_>, mentions: &[Mention], includes: &Includes) -> Target {
    let mut target = includes.target(&reference.id);
    target.account_id = target.account_id.or_else(|| post.in_reply_to_user_id.clone());
    if target.handle.is_none() {
        let account = target.account_id.as_ref();
        let mentioned = mentions.iter().find(|mention| account.is_some() && mention.id.as_ref() == account);
        target.handle = account
            .and_then(|account| includes.handle(account))
            .or_else(|| mentioned.map(|mention| mention.username.clone()));
    }
    target
}

/// Links with their cards as media, and hashtags. A link to an own picture or to the quoted post is none.
fn marked(post: &Post<'_>, references: &[Reference]) -> (Vec<Media>, Vec<String>) {
    let (mut links, mut tags): (Vec<Media>, Vec<String>) = (Vec::new(), Vec::new());
    for entities in post.entities() {
        tags.extend(entities.hashtags.into_iter().filter_map(lenient::<Tag>).map(|tag| tag.tag));
        for link in entities.urls.into_iter().filter_map(lenient::<Link>) {
            let Some(url) = link.unwound_url.or(link.expanded_url) else { continue };
            let last = url.rsplit('/').next().unwrap_or_default();
            let own = link.media_key.is_some() || url.contains("/photo/") || url.contains("/video/");
            let referred = references.iter().any(|reference| reference.id == last);
            if own && url.contains("/status/") || referred || links.iter().any(|known| known.url.as_ref() == Some(&url))
            {
                continue;
            }
            let card = words([link.title, link.description]);
            links.push(Media { kind: "link".to_owned(), url: Some(url), alt: card, ..Media::default() });
        }
    }
    (links, distinct(tags))
}

fn distinct(words: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for word in words {
        if !list.contains(&word) {
            list.push(word);
        }
    }
    list
}

/// A post's page; where its author's handle is not known, X finds the post by its id alone.
pub(super) fn status_page(handle: &str, id: &str) -> String {
    let plain = !handle.is_empty() && handle.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    format!("https://x.com/{}/status/{id}", if plain { handle } else { "i" })
}

/// The moment in an id: milliseconds since X's own epoch, above 22 bits of counter; older ids hold none.
fn moment(id: &str) -> Option<Timestamp> {
    const EPOCH: u64 = 1_288_834_974_657;
    const FIRST: u64 = 30_000_000_000;
    let id: u64 = id.parse().ok().filter(|id| *id > FIRST)?;
    Timestamp::from_millisecond(i64::try_from((id >> 22) + EPOCH).ok()?).ok()
}

/// An account, in `includes`, in a lookup, or in the list of followed ones.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    pub(super) username: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    pub(super) protected: bool,
}

/// Reads one followed account; X does not say since when.
pub(super) fn follow(raw: &str) -> Result<Activity, String> {
    let user: User = serde_json::from_str(raw).map_err(|e| problem("account", &e))?;
    let target = Target {
        kind: "account".to_owned(),
        url: Some(format!("https://x.com/i/user/{}", user.id)),
        account_id: Some(user.id.clone()),
        text: words([user.name, user.description]).map(|text| resolve(&text)),
        handle: Some(user.username),
        id: Some(user.id.clone()),
    };
    Ok(Activity {
        id: format!("follow:{}", user.id),
        platform: Some("x".to_owned()),
        verb: Verb::Follow,
        target: Some(target),
        ..Activity::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_its_moment() {
        assert_eq!(moment("1212092628029698048").unwrap().to_string().get(..19), Some("2019-12-31T19:26:16"));
        assert_eq!(moment("20"), None);
        assert_eq!(moment("bukan"), None);
    }

    #[test]
    fn ids_are_never_numbers() {
        let raw = r#"{"id":12620927378171289717012345,"author_id":"7","edit_history_post_ids":[12620927378171289717012344,12620927378171289717012345]}"#;
        let read = parse(raw, "7", "wira", &Includes::default()).unwrap();
        assert_eq!(read.activity.id, "12620927378171289717012344");
        assert_eq!(read.activity.url.as_deref(), Some("https://x.com/wira/status/12620927378171289717012345"));
    }
}
