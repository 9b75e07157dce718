//! X, through its API v2 with an app's bearer token: posts, replies, quotes, reposts, and whom an account follows.
//!
//! Likes are not read: X shows them to the liking person alone. An account is its number; where the register holds none,
//! it is found by its handle once and kept. X counts money for each post and account that it hands out, so a pass asks
//! with `since_id`, and whom somebody follows is read only now and then.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use self::includes::Includes;
use self::position::{Position, Step};
use self::post::User;
use super::answer::read;
use super::http::{Credential, Request, Response};
use super::marks::{Order, Turned, mark_of_id};
use super::{
    AccountState, Cursor, Fact, FactKind, Http, Item, Limit, Page, Per, RejectedItem, Source, SourceError, fixed,
    handle_today, not_before, own_name,
};
use crate::model::{Account, Activity};

mod includes;
mod position;
mod post;
mod problem;

/// How X is read; `[source.x]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct XConfig {
    /// Whether it is read at all.
    pub enabled: bool,
    /// Where the API is.
    pub base_url: Url,
    /// The app's bearer token, from `NETRAL_X_TOKEN`.
    #[serde(skip)]
    pub token: Option<SecretString>,
    /// Which names the requests use for fields; answers are understood in both.
    pub dialect: Dialect,
    /// Posts a page, 5 to 100.
    pub page_size: u8,
    /// Most pages of posts in one pass; X shows no more than 3,200 posts.
    pub max_pages: u32,
    /// Passes from one reading of the followed accounts to the next; 0: they are never read.
    pub following_every: u32,
    /// Followed accounts a page, 1 to 1,000. Each of them is charged, known or not.
    pub following_page_size: u16,
    /// Most pages of followed accounts in one reading.
    pub following_max_pages: u32,
    /// Requests for posts in 15 minutes that X allows the app.
    pub posts_limit: u32,
    /// Requests for accounts by handle in 15 minutes that X allows the app.
    pub lookup_limit: u32,
    /// Requests for followed accounts in 15 minutes that X allows the app.
    pub following_limit: u32,
}

/// The two sets of names that X has for the same fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `tweet.fields`, `referenced_tweets`, `note_tweet`.
    Tweet,
    /// `post.fields`, `referenced_posts`, `note_post`.
    Post,
}

impl Default for XConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: fixed("https://api.x.com"),
            token: None,
            dialect: Dialect::Tweet,
            page_size: 100,
            max_pages: 32,
            following_every: 96,
            following_page_size: 100,
            following_max_pages: 50,
            posts_limit: 10_000,
            lookup_limit: 300,
            following_limit: 300,
        }
    }
}

/// Reads accounts of X. Holds no state between two calls: all of it is in the cursor.
#[derive(Debug)]
pub struct XSource {
    config: XConfig,
    http: Http,
}

const POSTS: &str = "users/:id/tweets";
const LOOKUP: &str = "users/by/username";
const FOLLOWING: &str = "users/:id/following";

/// The time for which X counts requests.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// X has no posts from before, and refuses to be asked for them.
const FIRST_START: &str = "2010-11-06T00:00:00Z";

/// Fields of accounts, in both dialects.
const USER_FIELDS: (&str, &str) = ("user.fields", "username,name,description,protected");

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    data: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    includes: Option<&'a RawValue>,
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Lookup {
    data: Option<User>,
}

impl XSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: XConfig, http: Http) -> Self {
        Self { config, http }
    }

    /// Sends one question of `bucket`, and returns the answer, whatever its status.
    async fn ask(&self, bucket: &'static str, path: &[&str], query: &[(&str, &str)]) -> Result<Response, SourceError> {
        let token = self.config.token.clone().ok_or_else(|| SourceError::Denied {
            cause: "no token for X: set the environment variable NETRAL_X_TOKEN, or NETRAL_X_TOKEN_FILE".into(),
        })?;
        let mut url = self.config.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| SourceError::Permanent { cause: "`base_url` of [source.x] is no base for requests".into() })?
            .pop_if_empty()
            .push("2")
            .push("users")
            .extend(path);
        url.query_pairs_mut().clear().extend_pairs(query);
        let request = Request::get(url, "application/json").with(Some(Credential::Bearer(token))).charged(bucket, 1);
        Ok(self.http.send(request).await?)
    }

    /// The account's number: from the register, else by its handle, once.
    async fn number(&self, account: &Account, position: &mut Position) -> Result<String, SourceError> {
        let registered = account.external_id.trim();
        if is_number(registered) {
            if position.id.as_deref() != Some(registered) {
                *position = Position { id: Some(registered.to_owned()), ..Position::default() };
            }
            return Ok(registered.to_owned());
        }
        let handle = if account.handle.is_empty() { registered } else { account.handle.trim() };
        let handle = handle.trim_start_matches('@');
        if let (Some(id), Some(by)) = (&position.id, &position.by)
            && by == handle
        {
            return Ok(id.clone());
        }
        let user = self.look_up(handle).await?;
        if position.id.as_ref() != Some(&user.id) {
            // The register was corrected: nothing that was read of the other account counts.
            *position = Position { id: Some(user.id.clone()), ..Position::default() };
        }
        position.by = Some(handle.to_owned());
        Ok(user.id)
    }

    async fn look_up(&self, handle: &str) -> Result<User, SourceError> {
        let gone = |state, cause: &'static str| SourceError::Unavailable { state, cause: cause.into() };
        let plain = (1..=15).contains(&handle.len()) && handle.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain {
            return Err(gone(AccountState::NotFound, "its registered handle is none that X allows"));
        }
        let answer = self.ask(LOOKUP, &["by", "username", handle], &[USER_FIELDS]).await?;
        if answer.status.as_u16() != 200 {
            return Err(problem::failure(&answer));
        }
        let lookup: Lookup = read(&answer, LOOKUP)?;
        match lookup.data {
            Some(user) if user.protected => Err(gone(AccountState::Private, "it is protected")),
            Some(user) => Ok(user),
            None => Err(problem::inside(&answer)
                .unwrap_or_else(|| SourceError::malformed(answer.host(), "it names no account and no error"))),
        }
    }

    /// The next page of posts, newest first.
    async fn ask_posts(&self, id: &str, account: &Account, position: &Position) -> Result<Response, SourceError> {
        let size = self.config.page_size.clamp(5, 100).to_string();
        let first: Timestamp = FIRST_START.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let start = not_before(account).max(first).to_string();
        let mut query = vec![("max_results", size.as_str()), USER_FIELDS];
        query.push(("media.fields", "type,url,preview_image_url,alt_text,variants"));
        query.extend(self.config.dialect.fields());
        match position.posts.since.as_deref() {
            Some(since) => query.push(("since_id", since)),
            None => query.push(("start_time", &start)),
        }
        let Some(open) = &position.posts.open else { return self.ask(POSTS, &[id, "tweets"], &query).await };
        let plain = query.clone();
        query.push(("pagination_token", &open.token));
        let answer = self.ask(POSTS, &[id, "tweets"], &query).await?;
        match &open.lowest {
            // Tokens grow too old; the lowest id that was read does not.
            Some(lowest) if answer.status.as_u16() == 400 => {
                let below = [plain, vec![("until_id", lowest.as_str())]].concat();
                self.ask(POSTS, &[id, "tweets"], &below).await
            }
            _ => Ok(answer),
        }
    }

    async fn posts(&self, id: &str, account: &Account, position: &mut Position) -> Result<Page, SourceError> {
        let answer = self.ask_posts(id, account, position).await?;
        let list = list(&answer, POSTS)?;
        let includes = Includes::read(list.includes);
        let handle = includes.handle(id);
        let data = list.data.unwrap_or_default();
        let heads: Vec<_> = data.iter().filter_map(|raw| post::head(raw.get())).collect();
        if !heads.is_empty() && heads.iter().all(|head| head.author_id.is_none()) {
            let cause = "the answer leaves out whose the posts are: set the other `dialect` in [source.x]";
            return Err(SourceError::Denied { cause: cause.into() });
        }
        let mut page = Page { wait: answer.retry_after(), ..Page::default() };
        for raw in data {
            let bytes = raw.get().as_bytes().to_vec();
            match post::parse(raw.get(), id, handle.as_deref().unwrap_or(&account.handle), &includes) {
                Ok(post::Read { activity, withheld: true }) => {
                    let kind = FactKind::Unavailable;
                    page.facts.push(Fact { id: activity.id, kind, at: None, raw: bytes });
                }
                Ok(post::Read { activity, withheld: false }) => page.items.push(item(activity, account, bytes)),
                Err(reason) => page.rejected.push(RejectedItem::new(bytes, reason)),
            }
        }
        let ids: Vec<String> = heads.into_iter().map(|head| head.id).collect();
        let next = list.meta.and_then(|meta| meta.next_token);
        let step = position.posts.advance(&ids, next, self.config.max_pages.max(1));
        match step.map_err(|stuck| SourceError::malformed(format!("{POSTS} on {}", answer.host()), stuck))? {
            Step::More => page.more = true,
            Step::Done { gap } => {
                if gap {
                    let reason = "more posts since the last pass than X shows or than are read of one account; the oldest of them are left";
                    page.rejected.push(RejectedItem { raw: Vec::new(), reason: reason.to_owned() });
                }
                page.more = self.begin_follows(position);
            }
        }
        page.handle = handle.map(|handle| handle_today(handle, account));
        Ok(page)
    }

    /// Whether the followed accounts are due, now that the posts are read.
    fn begin_follows(&self, position: &mut Position) -> bool {
        if self.config.following_every == 0 {
            return false;
        }
        position.at_follows = position.follows_rest == 0;
        position.follows_rest = position.follows_rest.saturating_sub(1);
        position.at_follows
    }

    async fn follows(&self, id: &str, account: &Account, position: &mut Position) -> Result<Page, SourceError> {
        let size = self.config.following_page_size.clamp(1, 1_000).to_string();
        let top = vec![("max_results", size.as_str()), USER_FIELDS];
        let mut query = top.clone();
        query.extend(position.follows.next().map(|token| ("pagination_token", token)));
        let mut answer = self.ask(FOLLOWING, &[id, "following"], &query).await?;
        if answer.status.as_u16() == 400 && query.len() > top.len() {
            // The token grew too old: from the top again, which costs money but loses nothing.
            position.follows.restart();
            answer = self.ask(FOLLOWING, &[id, "following"], &top).await?;
        }
        let list = list(&answer, FOLLOWING)?;
        let mut page = Page { wait: answer.retry_after(), ..Page::default() };
        let mut ids = Vec::new();
        for raw in list.data.unwrap_or_default() {
            let bytes = raw.get().as_bytes().to_vec();
            match post::follow(raw.get()) {
                Ok(activity) => {
                    let target = activity.target.as_ref().and_then(|target| target.id.clone()).unwrap_or_default();
                    if position.follows.is_new(&mark_of_id(&target)) {
                        page.items.push(item(activity, account, bytes));
                    }
                    ids.push(target);
                }
                Err(reason) => page.rejected.push(RejectedItem::new(bytes, reason)),
            }
        }
        let next = list.meta.and_then(|meta| meta.next_token);
        let done = position.follows.advance(Turned::of_ids(&ids, next), Order::Top, self.config.following_max_pages);
        page.more =
            !done.map_err(|stuck| SourceError::malformed(format!("{FOLLOWING} on {}", answer.host()), stuck))?;
        if !page.more {
            self.end_follows(position);
        }
        Ok(page)
    }

    fn end_follows(&self, position: &mut Position) {
        position.at_follows = false;
        position.follows_rest = self.config.following_every.saturating_sub(1);
    }
}

impl Dialect {
    /// Fields and expansions of posts. What the newer names call an expansion is a field by the older ones.
    fn fields(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::Tweet => [
                (
                    "tweet.fields",
                    "author_id,created_at,referenced_tweets,in_reply_to_user_id,edit_history_tweet_ids,note_tweet,entities,attachments,withheld",
                ),
                (
                    "expansions",
                    "author_id,referenced_tweets.id,referenced_tweets.id.author_id,in_reply_to_user_id,attachments.media_keys",
                ),
            ],
            Self::Post => [
                ("post.fields", "created_at,note_post,entities,attachments,withheld"),
                (
                    "expansions",
                    "author_id,referenced_posts,in_reply_to_user_id,edit_history_post_ids,attachments.media_keys",
                ),
            ],
        }
    }
}

/// Reads a list, or what X says in its place.
fn list<'a>(answer: &'a Response, at: &str) -> Result<List<'a>, SourceError> {
    if answer.status.as_u16() != 200 {
        return Err(problem::failure(answer));
    }
    let list: List<'a> = read(answer, at)?;
    if list.data.is_none() {
        match problem::inside(answer) {
            Some(error @ SourceError::Unavailable { .. }) => return Err(error),
            Some(error) if list.meta.is_none() => return Err(error),
            None if list.meta.is_none() => {
                let at = format!("{at} on {}", answer.host());
                return Err(SourceError::malformed(at, "it holds neither data nor errors"));
            }
            // Errors beside a count are about posts that are referred to.
            Some(_) | None => {}
        }
    }
    Ok(list)
}

fn item(activity: Activity, account: &Account, raw: Vec<u8>) -> Item {
    Item { activity: Activity { account: Some(own_name(account)), ..activity }, raw }
}

fn is_number(id: &str) -> bool {
    (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

#[async_trait]
impl Source for XSource {
    fn platform(&self) -> &'static str {
        "x"
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let mut position: Position = cursor.decode();
        let id = self.number(account, &mut position).await?;
        let mut page = if position.at_follows {
            match self.follows(&id, account, &mut position).await {
                // A plan without this list must not cost the posts of the next pass.
                Err(error @ (SourceError::Permanent { .. } | SourceError::Denied { .. })) => {
                    self.end_follows(&mut position);
                    let reason = format!("whom it follows cannot be read: {}", error.chain());
                    Page { rejected: vec![RejectedItem { raw: Vec::new(), reason }], ..Page::default() }
                }
                read => read?,
            }
        } else {
            self.posts(&id, account, &mut position).await?
        };
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    fn limits(&self) -> Vec<Limit> {
        let limit = |bucket, units| Limit { bucket, units, per: Per::Window(WINDOW) };
        vec![
            limit(POSTS, self.config.posts_limit),
            limit(LOOKUP, self.config.lookup_limit),
            limit(FOLLOWING, self.config.following_limit),
        ]
    }
}
