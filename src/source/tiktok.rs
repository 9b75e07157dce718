//! TikTok, by its Research API: videos of an account, what it likes and reposts, and whom it follows.
//!
//! **Who may use it.** Researchers of non-profit institutions with an approved project, in listed regions; a government is
//! not among them. It can only be switched on through such a partner, and under the Research Tools' terms.
//!
//! **What is known.** Videos are read as recorded answers show them. No real answer of the lists of liked videos, reposted
//! videos and followed accounts is known; they are read as the documentation says, leniently, and an account that does
//! not show one of them is read without it. None of the three tells when something was done.
//!
//! Videos are asked for in windows of at most 30 days, oldest first. A video can turn up two days late, so each pass
//! begins two days before the last day that was read. "Today" is the date of the service's own last answer. Accounts have
//! no id but their name: a renamed one is missing.

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use url::Url;

use self::api::{Api, Refused};
use super::http::Response;
use super::marks::{Order, Turned, Walk, sift};
use super::{AccountState, Cursor, Http, Limit, Page, Per, Source, SourceError, answer, fixed, not_before, own_name};
use crate::model::{Account, Activity, Verb};

mod api;
mod record;

/// How TikTok is read; `[source.tiktok]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TiktokConfig {
    /// Whether it is read at all; it needs `NETRAL_TIKTOK_CLIENT_KEY` and `NETRAL_TIKTOK_CLIENT_SECRET`.
    pub enabled: bool,
    /// Where the API is.
    pub base_url: Url,
    /// Key of the approved project's client.
    #[serde(skip)]
    pub client_key: Option<SecretString>,
    /// Its secret.
    #[serde(skip)]
    pub client_secret: Option<SecretString>,
    /// Items a page, at most 100.
    pub page_size: u8,
    /// Most pages of one window of videos, or of one list, in one pass.
    pub max_pages: u32,
    /// Passes of one account after which the account itself and its lists are read again.
    pub lists_every_passes: u32,
    /// Whether the videos that an account likes are read, where it shows them.
    pub likes: bool,
    /// Whether the videos that an account reposts are read, where it shows them.
    pub reposts: bool,
    /// Whether it is read whom an account follows.
    pub follows: bool,
    /// The limit of calls a day; at 100 records a call it is that of records, too.
    pub requests_per_day: u32,
    /// The limit of calls a day for who follows whom.
    pub follow_requests_per_day: u32,
}

impl Default for TiktokConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: fixed("https://open.tiktokapis.com"),
            client_key: None,
            client_secret: None,
            page_size: 100,
            max_pages: 50,
            lists_every_passes: 24,
            likes: true,
            reposts: true,
            follows: true,
            requests_per_day: 1_000,
            follow_requests_per_day: 20_000,
        }
    }
}

const VIDEO_FIELDS: &str = "id,video_description,create_time,region_code,username,hashtag_names,voice_to_text";
/// As the lists' documentation names them, where `voice_to_text` is missing.
const LIST_FIELDS: &str = "id,video_description,create_time,region_code,username,hashtag_names";

/// Days between a window's first and last day; the service allows 30.
const WINDOW_DAYS: i32 = 29;
/// Days for which a video may be missing after it was posted.
const LATE_DAYS: i32 = 2;
/// Times that one window is begun anew in one pass because the service forgot the search.
const MOST_RESTARTS: u8 = 2;

/// What is read of an account, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    #[default]
    Videos,
    Likes,
    Reposts,
    Follows,
}

/// Position in one account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    /// The date of the service's last answer.
    today: Option<Date>,
    /// The last day that was read to its end so far.
    read_to: Option<Date>,
    /// The window that is being read.
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    /// Passes since the account itself was looked at.
    passes: u32,
    /// Whether it was looked at in this pass.
    looked_up: bool,
    at: Part,
    videos: Walk,
    likes: Walk,
    reposts: Walk,
    follows: Walk,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Window {
    from: Date,
    to: Date,
    #[serde(default)]
    search_id: Option<String>,
    #[serde(default)]
    restarts: u8,
}

/// Any list of the service; what is empty may be absent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Data<'a> {
    #[serde(
        borrow,
        alias = "videos",
        alias = "user_liked_videos",
        alias = "user_reposted_videos",
        alias = "reposted_videos",
        alias = "user_following"
    )]
    items: Option<Vec<&'a RawValue>>,
    cursor: Option<i64>,
    has_more: bool,
    #[serde(deserialize_with = "answer::maybe_id")]
    search_id: Option<String>,
}

impl Data<'_> {
    fn next(&self) -> Option<String> {
        self.cursor.filter(|_| self.has_more).map(|cursor| cursor.to_string())
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    data: Data<'a>,
}

/// Reads accounts. Between two calls it keeps its token in memory, and nothing else.
#[derive(Debug)]
pub struct TiktokSource {
    config: TiktokConfig,
    api: Api,
}

impl TiktokSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: TiktokConfig, http: Http) -> Self {
        let api = Api::new(&config, http);
        Self { config, api }
    }

    fn page_size(&self) -> u8 {
        self.config.page_size.clamp(1, 100)
    }

    /// The window to read next; at the start of a pass, now and then, the account itself is asked for first.
    async fn window(&self, account: &Account, position: &mut Position) -> Result<Window, SourceError> {
        if let Some(window) = position.window.take() {
            return Ok(window);
        }
        if position.today.is_none() || position.passes == 0 && !position.looked_up {
            let question = json!({ "username": name(account) });
            let answer = self.api.ask("user/info", "display_name", &question, api::REQUESTS).await?;
            position.today = date(&answer).or(position.today);
            position.looked_up = true;
        }
        let today = position.today.ok_or_else(|| SourceError::malformed("user/info", "the answer bears no date"))?;
        let first_day = || not_before(account).to_zoned(TimeZone::UTC).date();
        let from = position.read_to.map_or_else(first_day, |read_to| read_to.saturating_sub(LATE_DAYS.days()));
        let from = from.min(today);
        let to = from.saturating_add(WINDOW_DAYS.days()).min(today);
        Ok(Window { from, to, search_id: None, restarts: 0 })
    }

    /// Reads one page of one window; whether the videos are done with it.
    async fn videos(&self, account: &Account, position: &mut Position, page: &mut Page) -> Result<bool, SourceError> {
        let mut window = self.window(account, position).await?;
        let mut question = json!({
            "query": { "and": [{ "operation": "EQ", "field_name": "username", "field_values": [name(account)] }] },
            "start_date": window.from.strftime("%Y%m%d").to_string(),
            "end_date": window.to.strftime("%Y%m%d").to_string(),
            "max_count": self.page_size(),
        });
        if let (Some(cursor), Some(search)) = (cursor(&position.videos), &window.search_id) {
            question["cursor"] = cursor.into();
            question["search_id"] = search.as_str().into();
        }
        let answer = match self.api.ask("video/query", VIDEO_FIELDS, &question, api::REQUESTS).await {
            Ok(answer) => answer,
            Err(Refused { stale: true, .. }) if position.videos.next().is_some() => {
                // The service forgot the search. The window is read anew; if that happens again and again, another day.
                position.videos.restart();
                let again = window.restarts < MOST_RESTARTS;
                window.restarts = if again { window.restarts + 1 } else { 0 };
                position.window = Some(Window { search_id: None, ..window });
                return Ok(!again);
            }
            Err(refused) => return Err(refused.error),
        };
        position.today = date(&answer).or(position.today);
        let data = answer::read::<Envelope<'_>>(&answer, "video/query")?.data;
        let items = data.items.as_deref().unwrap_or_default();
        let sifted = sift(items, &position.videos, not_before(account), page, |raw| record::video(raw, name(account)));
        let turned = Turned { marks: sifted.marks, next: data.next(), too_old: false };
        let done = position.videos.advance(turned, Order::Whole, self.config.max_pages);
        if !done.map_err(|stuck| SourceError::malformed(format!("video/query on {}", answer.host()), stuck))? {
            position.window = Some(Window { search_id: data.search_id.or(window.search_id), ..window });
            return Ok(false);
        }
        position.read_to = Some(window.to);
        Ok(position.today.is_none_or(|today| window.to >= today))
    }

    /// Reads one page of a list of the account's; whether the list is done with it.
    async fn list(&self, account: &Account, position: &mut Position, page: &mut Page) -> Result<bool, SourceError> {
        let (path, fields, bucket, verb) = match position.at {
            Part::Likes => ("user/liked_videos", LIST_FIELDS, api::REQUESTS, Verb::Like),
            Part::Reposts => ("user/reposted_videos", LIST_FIELDS, api::REQUESTS, Verb::Share),
            Part::Videos | Part::Follows => {
                ("user/following", "display_name,username", api::FOLLOW_REQUESTS, Verb::Follow)
            }
        };
        let walk = match position.at {
            Part::Videos => &mut position.videos,
            Part::Likes => &mut position.likes,
            Part::Reposts => &mut position.reposts,
            Part::Follows => &mut position.follows,
        };
        let mut question = json!({ "username": name(account), "max_count": self.page_size() });
        if let Some(cursor) = cursor(walk) {
            question["cursor"] = cursor.into();
        }
        let answer = match self.api.ask(path, fields, &question, bucket).await {
            Ok(answer) => answer,
            // Not shown by this person, or forgotten by the service: neither says anything about the account.
            Err(Refused { stale: true, .. })
            | Err(Refused { error: SourceError::Unavailable { state: AccountState::Private, .. }, .. }) => {
                walk.restart();
                return Ok(true);
            }
            Err(refused) => return Err(refused.error),
        };
        let data = answer::read::<Envelope<'_>>(&answer, path)?.data;
        let items = data.items.as_deref().unwrap_or_default();
        let sifted = sift(items, walk, Timestamp::MIN, page, |raw| match verb {
            Verb::Follow => record::follow(raw).map(Some),
            verb => record::reaction(raw, verb).map(Some),
        });
        let turned = Turned { marks: sifted.marks, next: data.next(), too_old: false };
        let done = walk.advance(turned, Order::Unknown, self.config.max_pages);
        done.map_err(|stuck| SourceError::malformed(format!("{path} on {}", answer.host()), stuck))
    }

    /// The next part of a pass that reads them all; none after the last.
    fn part_after(&self, part: Part) -> Option<Part> {
        let wanted = |part: &Part| match part {
            Part::Videos => false,
            Part::Likes => self.config.likes,
            Part::Reposts => self.config.reposts,
            Part::Follows => self.config.follows,
        };
        let order = [Part::Videos, Part::Likes, Part::Reposts, Part::Follows];
        order.into_iter().skip_while(|other| *other != part).skip(1).find(wanted)
    }
}

fn name(account: &Account) -> &str {
    account.handle.trim_start_matches('@')
}

fn cursor(walk: &Walk) -> Option<i64> {
    walk.next().and_then(|next| next.parse().ok())
}

fn date(answer: &Response) -> Option<Date> {
    let date = httpdate::parse_http_date(answer.header("date")?).ok()?;
    Some(Timestamp::try_from(date).ok()?.to_zoned(TimeZone::UTC).date())
}

#[async_trait]
impl Source for TiktokSource {
    fn platform(&self) -> &'static str {
        "tiktok"
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let mut position: Position = cursor.decode();
        let mut page = Page::default();
        let part = position.at;
        let done = match part {
            Part::Videos => self.videos(account, &mut position, &mut page).await?,
            _ => self.list(account, &mut position, &mut page).await?,
        };
        page.more = true;
        if done {
            let next = self.part_after(part).filter(|_| position.passes == 0);
            position.at = next.unwrap_or_default();
            page.more = next.is_some();
        }
        if !page.more {
            position.looked_up = false;
            position.passes = (position.passes + 1) % self.config.lists_every_passes.max(1);
        }
        let own_name = own_name(account);
        for item in &mut page.items {
            item.activity = Activity { account: Some(own_name.clone()), ..std::mem::take(&mut item.activity) };
        }
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    fn limits(&self) -> Vec<Limit> {
        vec![
            Limit { bucket: api::REQUESTS, units: self.config.requests_per_day, per: Per::Day("UTC") },
            Limit { bucket: api::FOLLOW_REQUESTS, units: self.config.follow_requests_per_day, per: Per::Day("UTC") },
        ]
    }
}
