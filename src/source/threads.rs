//! Threads, by `profile_posts` of its API: posts, replies, reposts and quotes of public profiles.
//!
//! It needs `threads_basic` and `threads_profile_discovery` with advanced access; without, only a handful of Meta's own
//! profiles are shown. A profile is found by its exact name and must have a hundred followers at least; one that is
//! private, smaller or missing looks the same. The service tells no id of a profile, so a changed name is a missing
//! profile. What a repost or quote is aimed at is told by id alone. Whom somebody likes or follows is not shown.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::marks::Order;
use super::meta::{Graph, Position, Reading, code, query, read_list, time};
use super::{Cursor, Http, Limit, Page, Per, Source, SourceError, answer, fixed, not_before, own_name};
use crate::model::{Account, Activity, Media, Target, Verb};

/// How Threads is read; `[source.threads]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThreadsConfig {
    /// Whether it is read at all; it needs `NETRAL_THREADS_TOKEN`.
    pub enabled: bool,
    /// Where the API is, with its version.
    pub base_url: Url,
    /// Access token of a Threads user; a long-lived one lasts 60 days.
    #[serde(skip)]
    pub token: Option<SecretString>,
    /// Posts a page, at most 100.
    pub page_size: u8,
    /// Most pages of one pass; what lies behind them is older and is left.
    pub max_pages: u32,
    /// Days before the newest known post that are read again, for what was edited.
    pub reread_days: u32,
    /// The limit of calls in any 24 hours.
    pub requests_per_day: u32,
}

impl Default for ThreadsConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: fixed("https://graph.threads.net/v1.0"),
            token: None,
            page_size: 100,
            max_pages: 50,
            reread_days: 2,
            requests_per_day: 1_000,
        }
    }
}

const BUCKET: &str = "profile_posts";

const FIELDS: &str = "id,media_type,media_url,thumbnail_url,permalink,username,text,timestamp,is_quote_post,quoted_post,\
                      reposted_post,is_reply,replied_to,root_post,alt_text,topic_tag,text_attachment,poll_attachment";

/// Reads profiles. Holds no state between two calls.
#[derive(Debug)]
pub struct ThreadsSource {
    config: ThreadsConfig,
    graph: Graph,
}

impl ThreadsSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: ThreadsConfig, http: Http) -> Self {
        let graph = Graph {
            base: config.base_url.clone(),
            token: config.token.clone(),
            token_name: "NETRAL_THREADS_TOKEN",
            app_secret: None,
            http,
            bucket: BUCKET,
        };
        Self { config, graph }
    }

    fn first_query(&self, name: &str, since: i64) -> String {
        query(&[
            ("username", name),
            ("fields", FIELDS),
            ("limit", &self.config.page_size.clamp(1, 100).to_string()),
            ("since", &since.to_string()),
        ])
    }
}

#[async_trait]
impl Source for ThreadsSource {
    fn platform(&self) -> &'static str {
        "threads"
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let mut position: Position = cursor.decode();
        let not_before = not_before(account);
        let name = account.handle.trim_start_matches('@');
        let since = position.since(not_before, self.config.reread_days);
        let query = position.walk.next().map_or_else(|| self.first_query(name, since), str::to_owned);
        let answer = self.graph.get(&[BUCKET], &query).await?;
        let reading = Reading {
            at: BUCKET,
            query: &query,
            order: Order::Newest,
            by_cursor: true,
            not_before,
            max_pages: self.config.max_pages,
        };
        let own_name = own_name(account);
        let mut page = read_list(&answer, &reading, &mut position, |raw| {
            Ok(post(raw, name)?.map(|post| Activity { account: Some(own_name.clone()), ..post }))
        })?;
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    fn limits(&self) -> Vec<Limit> {
        let day = Per::Window(Duration::from_secs(24 * 60 * 60));
        vec![Limit { bucket: BUCKET, units: self.config.requests_per_day, per: day }]
    }
}

#[derive(Deserialize)]
struct Post<'a> {
    #[serde(deserialize_with = "answer::id")]
    id: String,
    username: String,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    permalink: Option<String>,
    #[serde(default)]
    media_url: Option<String>,
    #[serde(default)]
    thumbnail_url: Option<String>,
    #[serde(default)]
    alt_text: Option<String>,
    #[serde(default)]
    topic_tag: Option<String>,
    #[serde(default)]
    is_quote_post: bool,
    #[serde(default)]
    is_reply: bool,
    #[serde(borrow, default)]
    quoted_post: Option<&'a RawValue>,
    #[serde(borrow, default)]
    reposted_post: Option<&'a RawValue>,
    #[serde(borrow, default)]
    replied_to: Option<&'a RawValue>,
    #[serde(borrow, default)]
    root_post: Option<&'a RawValue>,
    #[serde(default)]
    text_attachment: Value,
    #[serde(default)]
    poll_attachment: Value,
}

/// Another post, as far as it is told; the id alone is certain.
#[derive(Deserialize)]
struct Other {
    #[serde(deserialize_with = "answer::id")]
    id: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    permalink: Option<String>,
}

fn target(other: Option<&RawValue>) -> Target {
    let post = Target { kind: "post".to_owned(), ..Target::default() };
    match other.and_then(answer::lenient::<Other>) {
        None => post,
        Some(other) => Target {
            id: code(other.permalink.as_deref(), &["post"]).or(Some(other.id)),
            handle: other.username,
            text: other.text,
            url: other.permalink,
            ..post
        },
    }
}

/// One post; none where it is somebody else's.
fn post(raw: &str, name: &str) -> Result<Option<Activity>, String> {
    let post: Post<'_> = serde_json::from_str(raw).map_err(|e| answer::problem("post", &e))?;
    if !post.username.eq_ignore_ascii_case(name) {
        return Ok(None);
    }
    let (verb, target) = if post.media_type == "REPOST_FACADE" {
        (Verb::Share, Some(target(post.reposted_post)))
    } else if post.is_quote_post || post.quoted_post.is_some() {
        (Verb::Share, Some(target(post.quoted_post)))
    } else if post.is_reply || post.replied_to.is_some() || post.root_post.is_some() {
        (Verb::Comment, Some(target(post.replied_to.or(post.root_post))))
    } else {
        (Verb::Post, None)
    };
    let attached = post.text_attachment.get("plaintext").and_then(Value::as_str);
    let options = ["option_a", "option_b", "option_c", "option_d"].map(|key| post.poll_attachment.get(key));
    let options = options.into_iter().flatten().filter_map(Value::as_str);
    let words: Vec<&str> = post.text.as_deref().into_iter().chain(attached).chain(options).collect();
    let kind = match post.media_type.as_str() {
        "IMAGE" => "image",
        "VIDEO" => "video",
        "AUDIO" => "audio",
        _ => "",
    };
    let has_media = !kind.is_empty() || post.alt_text.is_some();
    let media = has_media.then(|| Media {
        kind: if kind.is_empty() { "image".to_owned() } else { kind.to_owned() },
        url: post.media_url.or(post.thumbnail_url),
        alt: post.alt_text,
        ..Media::default()
    });
    Ok(Some(Activity {
        id: code(post.permalink.as_deref(), &["post"]).unwrap_or(post.id),
        platform: Some("threads".to_owned()),
        verb,
        text: words.join("\n"),
        posted_at: time(&post.timestamp),
        url: post.permalink,
        media: media.into_iter().collect(),
        target,
        hashtags: post.topic_tag.into_iter().collect(),
        ..Activity::default()
    }))
}
