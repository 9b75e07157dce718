//! YouTube, by the Data API v3: the videos that a channel uploads, the channels that it openly follows, and who comments
//! on a campaign's videos.
//!
//! A channel's uploads are a playlist, newest first by the time of adding; its first page is read in each pass, because a
//! premiere, or a video that was private before, turns up late. What a person writes below other people's videos can only
//! be seen from there (`audience`), and what they like is not shown at all.
//!
//! Each call costs one unit of a day's 10,000. So the channel itself and its subscriptions are asked for only now and then
//! (`profile_every_passes`), and an account with nothing new costs one unit a pass.
//!
//! The service's terms ask that what is stored be refreshed or removed within 30 days; read them before switching it on.

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use self::api::Api;
use self::record::Entry;
use super::http::Response;
use super::marks::{Order, Turned, Walk, mark, mark_of};
use super::{
    AccountState, Campaign, Cursor, Fact, FactKind, Http, Item, Limit, Page, Per, RejectedItem, Source, SourceError,
    answer, fixed, not_before, own_name,
};
use crate::model::Account;

mod api;
mod audience;
mod record;

/// How YouTube is read; `[source.youtube]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct YoutubeConfig {
    /// Whether it is read at all; it needs `NETRAL_YOUTUBE_KEY`.
    pub enabled: bool,
    /// Where the API is.
    pub base_url: Url,
    /// The API key.
    #[serde(skip)]
    pub key: Option<SecretString>,
    /// Videos or subscriptions a page, at most 50.
    pub page_size: u8,
    /// Most pages of one list in one pass; what lies behind them is older and is left.
    pub max_pages: u32,
    /// Passes of one account after which its handle and its subscriptions are looked at again.
    pub profile_every_passes: u32,
    /// Whether the subscriptions are read, of channels that show them.
    pub follows: bool,
    /// Comments a page, at most 100.
    pub comments_page_size: u8,
    /// Most pages of a campaign's comments in one pass.
    pub max_comment_pages: u32,
    /// The quota, in units a day; the day ends at midnight in Los Angeles.
    pub units_per_day: u32,
}

impl Default for YoutubeConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: fixed("https://www.googleapis.com/youtube/v3"),
            key: None,
            page_size: 50,
            max_pages: 40,
            profile_every_passes: 96,
            follows: true,
            comments_page_size: 100,
            max_comment_pages: 20,
            units_per_day: 10_000,
        }
    }
}

/// Position in one channel.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    /// Whose videos; kept, because a handle may later lead to somebody else.
    channel: Option<String>,
    /// The playlist of its uploads.
    uploads: Option<String>,
    /// Passes since the channel itself was looked at.
    passes: u32,
    /// Whether the subscriptions are read next.
    at_follows: bool,
    videos: Walk,
    follows: Walk,
}

/// Reads channels. Holds no state between two calls.
#[derive(Debug)]
pub struct YoutubeSource {
    config: YoutubeConfig,
    api: Api,
}

impl YoutubeSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: YoutubeConfig, http: Http) -> Self {
        let api = Api { base: config.base_url.clone(), key: config.key.clone(), http };
        Self { config, api }
    }

    /// Finds out which channel to read, where its uploads are and what it calls itself.
    async fn look_up(&self, account: &Account, position: &mut Position) -> Result<Option<String>, SourceError> {
        let id = Some(account.external_id.as_str()).filter(|id| record::is_channel_id(id));
        let found = self.api.channel(id, &account.handle).await?;
        if position.channel.as_ref().is_some_and(|known| *known != found.id) {
            if id.is_none() {
                let cause = "its handle leads to another channel than before; register the channel's id".into();
                return Err(SourceError::Unavailable { state: AccountState::Moved, cause });
            }
            // The register was corrected: nothing that was read of the other channel counts.
            *position = Position::default();
        }
        position.channel = Some(found.id);
        position.uploads = found.uploads;
        Ok(found.handle)
    }

    async fn videos(&self, account: &Account, position: &mut Position, page: &mut Page) -> Result<bool, SourceError> {
        let is_start = position.videos.next().is_none();
        let mut looked_up = false;
        if position.uploads.is_none() || is_start && position.passes == 0 {
            page.handle = self.look_up(account, position).await?;
            looked_up = true;
        }
        let mut answer = self.uploads(position).await;
        if !looked_up && matches!(&answer, Err(refused) if refused.reason == NO_PLAYLIST) {
            // The playlist's id is not a promise; the channel tells where its uploads are now.
            page.handle = self.look_up(account, position).await?;
            position.videos.restart();
            answer = self.uploads(position).await;
        }
        match answer {
            Ok(None) => Ok(true),
            Ok(Some(answer)) => {
                let channel = position.channel.clone().unwrap_or_default();
                read_videos(&answer, account, &channel, &mut position.videos, self.config.max_pages, page)
            }
            // A channel that never uploaded anything has a playlist that cannot be found.
            Err(refused) if refused.reason == NO_PLAYLIST => {
                position.videos.restart();
                Ok(true)
            }
            Err(refused) => Err(refused.error),
        }
    }

    async fn uploads(&self, position: &Position) -> Result<Option<Response>, api::Refused> {
        let Some(uploads) = position.uploads.as_deref() else { return Ok(None) };
        let size = self.config.page_size.clamp(1, 50).to_string();
        let mut query =
            vec![("part", "snippet,contentDetails,status"), ("playlistId", uploads), ("maxResults", size.as_str())];
        query.extend(position.videos.next().map(|token| ("pageToken", token)));
        self.api.get("playlistItems", &query).await.map(Some)
    }

    async fn follows(&self, position: &mut Position, page: &mut Page) -> Result<bool, SourceError> {
        let channel = position.channel.clone().unwrap_or_default();
        let size = self.config.page_size.clamp(1, 50).to_string();
        let mut query = vec![("part", "snippet"), ("channelId", channel.as_str()), ("maxResults", size.as_str())];
        query.extend(position.follows.next().map(|token| ("pageToken", token)));
        let answer = match self.api.get("subscriptions", &query).await {
            Ok(answer) => answer,
            // Most people do not show whom they follow. That says nothing about the account.
            Err(refused) if refused.reason == "subscriptionForbidden" => {
                position.follows.restart();
                return Ok(true);
            }
            Err(refused) => return Err(refused.error),
        };
        let list: List<'_> = answer::read(&answer, "subscriptions")?;
        let mut marks = Vec::new();
        for raw in list.items {
            match record::subscription(raw.get(), &channel) {
                Ok(None) => {}
                Ok(Some(activity)) => {
                    let mark = mark(&activity.id, &[]);
                    if position.follows.is_new(&mark) && !marks.contains(&mark) {
                        page.items.push(Item { activity, raw: raw.get().as_bytes().to_vec() });
                    }
                    marks.push(mark);
                }
                Err(reason) => page.rejected.push(RejectedItem { raw: raw.get().as_bytes().to_vec(), reason }),
            }
        }
        let turned = Turned { marks, next: list.next_page_token, too_old: false };
        // The service orders them by relevance: only the whole list shows what is new.
        let done = position.follows.advance(turned, Order::Whole, self.config.max_pages);
        done.map_err(|stuck| SourceError::malformed(format!("subscriptions on {}", answer.host()), stuck))
    }
}

const NO_PLAYLIST: &str = "playlistNotFound";

/// Any of the service's lists; `items` is absent where there is nothing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    #[serde(borrow, default)]
    items: Vec<&'a RawValue>,
    #[serde(default)]
    next_page_token: Option<String>,
}

/// Reads one page of uploads, and whether the list is done with it.
fn read_videos(
    answer: &Response,
    account: &Account,
    channel: &str,
    walk: &mut Walk,
    max_pages: u32,
    page: &mut Page,
) -> Result<bool, SourceError> {
    let list: List<'_> = answer::read(answer, "playlistItems")?;
    let not_before = not_before(account);
    let mut marks = Vec::new();
    let mut too_old = false;
    for raw in list.items {
        let bytes = || raw.get().as_bytes().to_vec();
        let (mark, added) = match record::video(raw.get(), channel) {
            Err(reason) => {
                page.rejected.push(RejectedItem { raw: bytes(), reason });
                continue;
            }
            Ok(Entry::Foreign) => continue,
            Ok(Entry::Hidden { id, added }) => {
                let mark = mark(&id, &["hidden"]);
                if walk.is_new(&mark) && !marks.contains(&mark) {
                    page.facts.push(Fact { id, kind: FactKind::Unavailable, at: None, raw: bytes() });
                }
                (mark, added)
            }
            Ok(Entry::Shown { activity, added }) => {
                let mark = mark_of(&activity);
                let wanted = [activity.posted_at, added].into_iter().flatten().max().is_none_or(|at| at >= not_before);
                if wanted && walk.is_new(&mark) && !marks.contains(&mark) {
                    page.items.push(Item { activity: *activity, raw: bytes() });
                }
                (mark, added)
            }
        };
        marks.push(mark);
        too_old = added.is_some_and(|added| added < not_before);
    }
    walk.advance(Turned { marks, next: list.next_page_token, too_old }, Order::Newest, max_pages)
        .map_err(|stuck| SourceError::malformed(format!("playlistItems on {}", answer.host()), stuck))
}

#[async_trait]
impl Source for YoutubeSource {
    fn platform(&self) -> &'static str {
        "youtube"
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let mut position: Position = cursor.decode();
        let mut page = Page::default();
        if position.at_follows {
            position.at_follows = !self.follows(&mut position, &mut page).await?;
            page.more = position.at_follows;
        } else if self.videos(account, &mut position, &mut page).await? {
            position.at_follows = self.config.follows && position.passes == 0;
            page.more = position.at_follows;
        } else {
            page.more = true;
        }
        if !page.more {
            position.passes = (position.passes + 1) % self.config.profile_every_passes.max(1);
        }
        for item in &mut page.items {
            item.activity.account = Some(own_name(account));
        }
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    fn limits(&self) -> Vec<Limit> {
        vec![Limit { bucket: api::UNITS, units: self.config.units_per_day, per: Per::Day("America/Los_Angeles") }]
    }

    fn shows_audience(&self) -> bool {
        true
    }

    async fn audience(&self, campaign: &Campaign, cursor: &Cursor) -> Result<Page, SourceError> {
        audience::read(&self.api, &self.config, campaign, cursor).await
    }
}
