//! Facebook Pages, by the Graph API: what a Page posts and shares. Personal profiles and groups have no API at all.
//!
//! Pages of others need the feature Page Public Content Access, best with a system user's token; its terms allow no more
//! than the analysis of public content in aggregate. A Page that is missing, unpublished or not allowed looks the same.
//!
//! The service ranks posts and leaves some out, so nothing is concluded from their order: each pass reads a stretch of
//! days to its end (`reread_days`). `updated_time` moves with each comment; only changed words count as an edit.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use self::post::post;
use super::marks::Order;
use super::meta::{self, Graph, Reading, query, read_list};
use super::{AccountState, Cursor, Http, Limit, Page, Per, Source, SourceError, answer, fixed, not_before, own_name};
use crate::model::{Account, Activity};

mod post;

/// How Facebook is read; `[source.facebook]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FacebookConfig {
    /// Whether it is read at all; it needs `NETRAL_FACEBOOK_TOKEN`.
    pub enabled: bool,
    /// Where the Graph API is, with its version.
    pub base_url: Url,
    /// Token of a system user, a Page or the app.
    #[serde(skip)]
    pub token: Option<SecretString>,
    /// Secret of the app, where calls are to be proved by it: Page Public Content Access demands that.
    #[serde(skip)]
    pub app_secret: Option<SecretString>,
    /// Which list of a Page is read.
    pub edge: Edge,
    /// Posts a page, at most 100.
    pub page_size: u8,
    /// Most pages of one pass; what lies behind them is left.
    pub max_pages: u32,
    /// Days before the newest known post that are read again, for what was ranked late or edited.
    pub reread_days: u32,
    /// Passes of one Page after which its name is looked at again.
    pub profile_every_passes: u32,
    /// The limit of calls an hour: 200 for each user of the app.
    pub requests_per_hour: u32,
}

/// A list of a Page's posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// What the Page posted, for Pages of others.
    Posts,
    /// The same without gaps; it needs that very Page's token.
    PublishedPosts,
    /// The same with what visitors wrote, who are left out: it needs that very Page's token to tell them apart.
    Feed,
}

impl Edge {
    fn as_str(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::PublishedPosts => "published_posts",
            Self::Feed => "feed",
        }
    }
}

impl Default for FacebookConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: fixed("https://graph.facebook.com/v26.0"),
            token: None,
            app_secret: None,
            edge: Edge::Posts,
            page_size: 100,
            max_pages: 40,
            reread_days: 14,
            profile_every_passes: 96,
            requests_per_hour: 200,
        }
    }
}

const BUCKET: &str = "calls";

const FIELDS: &str = "id,message,story,created_time,permalink_url,status_type,parent_id,is_published,from,message_tags,\
                      attachments{media_type,type,url,unshimmed_url,title,description,media,target,subattachments}";

/// Position in one Page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    /// Which Page; kept, because a name may later lead to another.
    id: Option<String>,
    /// Passes since the Page itself was looked at.
    passes: u32,
    list: meta::Position,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(deserialize_with = "answer::id")]
    id: String,
    #[serde(default)]
    username: Option<String>,
}

/// Reads Pages. Holds no state between two calls.
#[derive(Debug)]
pub struct FacebookSource {
    config: FacebookConfig,
    graph: Graph,
}

impl FacebookSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: FacebookConfig, http: Http) -> Self {
        let graph = Graph {
            base: config.base_url.clone(),
            token: config.token.clone(),
            token_name: "NETRAL_FACEBOOK_TOKEN",
            app_secret: config.app_secret.clone(),
            http,
            bucket: BUCKET,
        };
        Self { config, graph }
    }

    /// Finds out the Page's id and its name of today.
    async fn look_up(&self, account: &Account, position: &mut Position) -> Result<Option<String>, SourceError> {
        let registered = Some(account.external_id.as_str()).filter(|id| is_id(id));
        let name = registered.unwrap_or_else(|| account.handle.trim_start_matches('@'));
        let answer = self.graph.get(&[name], &query(&[("fields", "id,username")])).await?;
        let found: Profile = answer::read(&answer, "page")?;
        let known = registered.or(position.id.as_deref());
        if known.is_some_and(|known| known != found.id) {
            let cause = "it leads to another Page than before; look at the register".into();
            return Err(SourceError::Unavailable { state: AccountState::Moved, cause });
        }
        position.id = Some(found.id);
        Ok(found.username)
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())
}

#[async_trait]
impl Source for FacebookSource {
    fn platform(&self) -> &'static str {
        "facebook"
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let mut position: Position = cursor.decode();
        let is_start = position.list.walk.next().is_none();
        let mut handle = None;
        if position.id.is_none() || is_start && position.passes == 0 {
            handle = self.look_up(account, &mut position).await?;
        }
        let not_before = not_before(account);
        let since = position.list.since(not_before, self.config.reread_days).to_string();
        let size = self.config.page_size.clamp(1, 100).to_string();
        let first = || query(&[("fields", FIELDS), ("limit", &size), ("since", &since)]);
        let query = position.list.walk.next().map_or_else(first, str::to_owned);
        let id = position.id.clone().unwrap_or_default();
        let edge = self.config.edge;
        let answer = self.graph.get(&[&id, edge.as_str()], &query).await?;
        let reading = Reading {
            at: edge.as_str(),
            query: &query,
            order: Order::Whole,
            by_cursor: false,
            not_before,
            max_pages: self.config.max_pages,
        };
        let own_name = own_name(account);
        let mut page = read_list(&answer, &reading, &mut position.list, |raw| {
            let post = post(raw, &id, edge == Edge::Feed)?;
            Ok(post.map(|post| Activity { account: Some(own_name.clone()), ..post }))
        })?;
        page.handle = handle;
        if !page.more {
            position.passes = (position.passes + 1) % self.config.profile_every_passes.max(1);
        }
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    fn limits(&self) -> Vec<Limit> {
        let hour = Per::Window(Duration::from_secs(60 * 60));
        vec![Limit { bucket: BUCKET, units: self.config.requests_per_hour, per: hour }]
    }
}
