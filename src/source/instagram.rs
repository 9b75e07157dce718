//! Instagram, by business discovery of the Graph API: posts of business and creator accounts, nothing else.
//!
//! A professional account of one's own (`user_id`) asks about another one by its name. Personal accounts cannot be asked
//! for, and look as if they were missing; so does an account that was renamed. Comments, likes, follows and tags of others
//! are not shown. The token's app needs `instagram_basic`, `instagram_manage_insights` and `pages_read_engagement`.
//!
//! There is no "since": the newest page is read in each pass, and older ones until known ground.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::http::Response;
use super::marks::{Order, Turned, Walk, sift};
use super::meta::{Graph, List, code, query, time, usage_wait};
use super::{AccountState, Cursor, Http, Limit, Page, Per, Source, SourceError, answer, fixed, not_before, own_name};
use crate::model::{Account, Activity, Media};

/// How Instagram is read; `[source.instagram]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InstagramConfig {
    /// Whether it is read at all; it needs `NETRAL_INSTAGRAM_TOKEN`.
    pub enabled: bool,
    /// Where the Graph API is, with its version.
    pub base_url: Url,
    /// User token of Facebook Login.
    #[serde(skip)]
    pub token: Option<SecretString>,
    /// Secret of the app, where its settings demand that calls are proved by it.
    #[serde(skip)]
    pub app_secret: Option<SecretString>,
    /// The Graph API's id of the professional account that asks.
    pub user_id: Option<String>,
    /// Posts a page.
    pub page_size: u8,
    /// Most pages of one pass; what lies behind them is older and is left.
    pub max_pages: u32,
    /// The limit of calls an hour: 200 for each user of the app.
    pub requests_per_hour: u32,
}

impl Default for InstagramConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: fixed("https://graph.facebook.com/v26.0"),
            token: None,
            app_secret: None,
            user_id: None,
            page_size: 50,
            max_pages: 40,
            requests_per_hour: 200,
        }
    }
}

const BUCKET: &str = "calls";
const AT: &str = "business_discovery";
const MEDIA: &str = "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username,\
                     children{media_type,media_url}";

/// Position in one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    /// Whose posts; kept, because a name may later lead to somebody else.
    id: Option<String>,
    walk: Walk,
}

/// Reads professional accounts. Holds no state between two calls.
#[derive(Debug)]
pub struct InstagramSource {
    config: InstagramConfig,
    graph: Graph,
}

impl InstagramSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: InstagramConfig, http: Http) -> Self {
        let graph = Graph {
            base: config.base_url.clone(),
            token: config.token.clone(),
            token_name: "NETRAL_INSTAGRAM_TOKEN",
            app_secret: config.app_secret.clone(),
            http,
            bucket: BUCKET,
        };
        Self { config, graph }
    }

    async fn ask(&self, name: &str, after: Option<&str>) -> Result<Response, SourceError> {
        let wrong = |cause: &'static str| SourceError::Permanent { cause: cause.into() };
        let own = self.config.user_id.as_deref().filter(|id| is_number(id)).ok_or_else(|| {
            let cause = "[source.instagram] user_id must hold the Graph API's numeric id of the account that asks";
            SourceError::Denied { cause: cause.into() }
        })?;
        // Name and cursor become part of an expression: nothing that could end it early may be in them.
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_')) {
            return Err(wrong("the registered handle cannot be a name on Instagram"));
        }
        let after = match after {
            Some(after) if after.bytes().all(|b| b.is_ascii_graphic() && !b"(){},".contains(&b)) => {
                format!(".after({after})")
            }
            Some(_) => return Err(SourceError::malformed(AT, "its cursor is none")),
            None => String::new(),
        };
        let size = self.config.page_size.clamp(1, 100);
        let fields =
            format!("business_discovery.username({name}){{id,username,media{after}.limit({size}){{{MEDIA}}}}}");
        self.graph.get(&[own], &query(&[("fields", &fields)])).await
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether an id of the register is one of the Graph API's; the app's own are other, shorter numbers.
fn is_graph_id(id: &str) -> bool {
    id.len() == 17 && id.starts_with("1784") && is_number(id)
}

#[async_trait]
impl Source for InstagramSource {
    fn platform(&self) -> &'static str {
        "instagram"
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let mut position: Position = cursor.decode();
        let name = account.handle.trim_start_matches('@');
        let answer = self.ask(name, position.walk.next()).await?;
        let envelope: Envelope<'_> = answer::read(&answer, AT)?;
        let found = envelope.business_discovery;
        let registered = Some(&account.external_id).filter(|id| is_graph_id(id));
        let known = registered.or(position.id.as_ref());
        if let (Some(known), Some(now)) = (known, &found.id)
            && known != now
        {
            let cause = "its name leads to another account than before".into();
            return Err(SourceError::Unavailable { state: AccountState::Moved, cause });
        }
        position.id = found.id.or(position.id);
        let mut page = Page { handle: found.username, wait: usage_wait(&answer), ..Page::default() };
        let mut turned = Turned::default();
        if let Some(media) = &found.media {
            let own_name = own_name(account);
            let sifted = sift(&media.data, &position.walk, not_before(account), &mut page, |raw| {
                Ok(post(raw, name)?.map(|post| Activity { account: Some(own_name.clone()), ..post }))
            });
            turned =
                Turned { marks: sifted.marks, next: media.after().map(str::to_owned), too_old: sifted.ends_too_old };
        }
        let done = position
            .walk
            .advance(turned, Order::Newest, self.config.max_pages)
            .map_err(|stuck| SourceError::malformed(format!("{AT} on {}", answer.host()), stuck))?;
        page.more = !done;
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    fn limits(&self) -> Vec<Limit> {
        let hour = Per::Window(Duration::from_secs(60 * 60));
        vec![Limit { bucket: BUCKET, units: self.config.requests_per_hour, per: hour }]
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    business_discovery: Discovery<'a>,
}

#[derive(Deserialize)]
struct Discovery<'a> {
    #[serde(default, deserialize_with = "answer::maybe_id")]
    id: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(borrow, default)]
    media: Option<List<'a>>,
}

#[derive(Deserialize)]
struct Post {
    #[serde(deserialize_with = "answer::id")]
    id: String,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    caption: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    permalink: Option<String>,
    #[serde(flatten)]
    media: Medium,
    #[serde(default)]
    children: Children,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Children {
    data: Vec<Medium>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Medium {
    media_type: String,
    media_url: Option<String>,
    thumbnail_url: Option<String>,
}

impl Medium {
    fn read(self) -> Media {
        let kind = match self.media_type.as_str() {
            "IMAGE" => "image",
            "VIDEO" | "REELS" => "video",
            other => other,
        };
        Media { kind: kind.to_owned(), url: self.media_url.or(self.thumbnail_url), ..Media::default() }
    }
}

/// One post; none where it is somebody else's, as with posts of several authors.
fn post(raw: &str, name: &str) -> Result<Option<Activity>, String> {
    let post: Post = serde_json::from_str(raw).map_err(|e| answer::problem("post", &e))?;
    if post.username.is_some_and(|author| !author.eq_ignore_ascii_case(name)) {
        return Ok(None);
    }
    let media = if post.children.data.is_empty() { vec![post.media] } else { post.children.data };
    Ok(Some(Activity {
        id: code(post.permalink.as_deref(), &["p", "reel", "tv"]).unwrap_or(post.id),
        platform: Some("instagram".to_owned()),
        text: post.caption,
        posted_at: time(&post.timestamp),
        url: post.permalink,
        media: media.into_iter().map(Medium::read).collect(),
        ..Activity::default()
    }))
}
