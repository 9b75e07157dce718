//! Mastodon, and servers that speak its API: posts, replies, boosts, quotes, and whom an account follows, without log-in.
//!
//! Every account is read on its own server, because others hold only a part of its posts; `place` says how the register
//! names one. The first pass walks back to the registration's first day; later ones go forward from the newest known
//! status (`min_id`, which leaves no gap), then look at the newest page once more for edits. Likes are shown only per
//! post, so they are read from a campaign's side: see `audience`.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use self::place::{Place, Who, whole_handle};
use self::position::{Position, Seen, Stage};
use self::status::{Person, Siblings, Status};
use super::answer::{self, lenient, plain, problem, read};
use super::http::{Request, Response};
use super::marks::{Order, Turned, mark_of_id};
use super::{
    AccountState, Campaign, Cursor, Http, Item, Page, RejectedItem, SOMEBODY_ELSES, Source, SourceError, handle_today,
    not_before, own_name,
};
use crate::model::{Account, Activity, Verb};

mod audience;
mod place;
mod position;
mod status;

/// How Mastodon is read; `[source.mastodon]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MastodonConfig {
    /// Whether it is read at all.
    pub enabled: bool,
    /// Asked in place of every account's own server: an own mirror, a test.
    pub base_url: Option<Url>,
    /// Statuses a page, at most 40.
    pub page_size: u8,
    /// Most pages of statuses in one pass.
    pub max_pages: u32,
    /// Passes from one reading of the followed accounts to the next; 0: they are never read.
    pub following_every: u32,
    /// Followed accounts, or people who reacted, a page, at most 80.
    pub people_page_size: u8,
    /// Most pages of them in one reading.
    pub people_max_pages: u32,
    /// How many of a campaign account's newest statuses are asked who reacted to them, at most 40.
    pub audience_posts: u8,
}

impl Default for MastodonConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            base_url: None,
            page_size: 40,
            max_pages: 200,
            following_every: 4,
            people_page_size: 80,
            people_max_pages: 25,
            audience_posts: 20,
        }
    }
}

/// Reads accounts on their own servers. Holds no state between two calls: all of it is in the cursor.
#[derive(Debug)]
pub struct MastodonSource {
    config: MastodonConfig,
    http: Http,
}

impl MastodonSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: MastodonConfig, http: Http) -> Self {
        Self { config, http }
    }

    fn place(&self, external_id: &str, handle: &str) -> Result<Place, SourceError> {
        place::find(external_id, handle, self.config.base_url.as_ref())
            .map_err(|cause| SourceError::Permanent { cause: cause.into() })
    }

    /// Sends a question below `/api/v1` and returns its answer, where that is a success.
    async fn get(&self, place: &Place, path: &[&str], query: &[(&str, &str)]) -> Result<Response, SourceError> {
        let mut url = place.base.clone();
        url.path_segments_mut()
            .map_err(|()| SourceError::Permanent { cause: "the server's address is no base for requests".into() })?
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let answer = self.http.send(Request::get(url, "application/json")).await?;
        if answer.status.as_u16() == 200 { Ok(answer) } else { Err(failure(&answer)) }
    }

    /// Asks for the account itself.
    async fn person(&self, place: &Place) -> Result<Response, SourceError> {
        match &place.who {
            Who::Id(id) => self.get(place, &["accounts", id], &[]).await,
            Who::Name(name) => self.get(place, &["accounts", "lookup"], &[("acct", name)]).await,
        }
    }

    /// Looks at the account at the start of a pass; returns its handle today.
    async fn begin(&self, place: &Place, account: &Account, position: &mut Position) -> Result<String, SourceError> {
        let answer = self.person(place).await?;
        let person: Person<'_> = read(&answer, "accounts")?;
        let id = checked(&person)?;
        let by = format!("{:?}", place.who);
        if position.id.as_ref().is_some_and(|known| *known != id) {
            if position.by.as_ref() == Some(&by) {
                let cause = "its name leads to another account than before; register its number".into();
                return Err(SourceError::Unavailable { state: AccountState::Moved, cause });
            }
            // The register was corrected: nothing that was read of the other account counts.
            *position = Position::default();
        }
        (position.id, position.by) = (Some(id), Some(by));
        position.stage = if position.newest.is_some() { Stage::Newer } else { Stage::Older };
        Ok(handle_today(whole_handle(&person.acct, &place.domain), account))
    }

    async fn statuses(&self, place: &Place, id: &str, bound: Option<(&str, &str)>) -> Result<Response, SourceError> {
        let size = self.config.page_size.clamp(1, 40).to_string();
        let query: Vec<_> = [("limit", size.as_str())].into_iter().chain(bound).collect();
        self.get(place, &["accounts", id, "statuses"], &query).await
    }

    async fn read_statuses(
        &self,
        place: &Place,
        account: &Account,
        id: &str,
        position: &mut Position,
    ) -> Result<Page, SourceError> {
        let bound = match position.stage {
            Stage::Older => position.open.as_ref().map(|open| ("max_id", open.lowest.clone())),
            Stage::Newer => position.newest.clone().map(|newest| ("min_id", newest)),
            Stage::Start | Stage::Edits | Stage::Follows => None,
        };
        let answer = self.statuses(place, id, bound.as_ref().map(|(name, value)| (*name, value.as_str()))).await?;
        let (mut page, seen) = read_page(&answer, place, account, id, position)?;
        let stuck = |stuck| SourceError::malformed(format!("statuses on {}", answer.host()), stuck);
        let max_pages = self.config.max_pages.max(1);
        match position.stage {
            Stage::Older => {
                if position.older(&seen, not_before(account), max_pages).map_err(stuck)? {
                    self.end(position);
                }
            }
            Stage::Newer => {
                if position.newer(&seen, max_pages).map_err(stuck)? {
                    position.stage = Stage::Edits;
                }
            }
            Stage::Start | Stage::Edits | Stage::Follows => self.end(position),
        }
        page.more = position.stage != Stage::Start;
        Ok(page)
    }

    /// Ends the reading of statuses: what comes is the followed accounts, where they are due, else the next pass.
    fn end(&self, position: &mut Position) {
        let due = self.config.following_every > 0 && position.follows_rest == 0;
        position.follows_rest = position.follows_rest.saturating_sub(1);
        position.stage = if due { Stage::Follows } else { Stage::Start };
    }

    /// A page of a list of people, and the mark of the next one.
    async fn people(
        &self,
        place: &Place,
        path: &[&str],
        next: Option<&str>,
    ) -> Result<(Response, Option<String>), SourceError> {
        let size = self.config.people_page_size.clamp(1, 80).to_string();
        let query: Vec<_> = [("limit", size.as_str())].into_iter().chain(next.map(|next| ("max_id", next))).collect();
        let answer = self.get(place, path, &query).await?;
        let next = answer.header("link").and_then(|link| place::link_parameter(link, "next", "max_id"));
        Ok((answer, next))
    }

    async fn follows(
        &self,
        place: &Place,
        account: &Account,
        id: &str,
        position: &mut Position,
    ) -> Result<Page, SourceError> {
        let asked = self.people(place, &["accounts", id, "following"], position.follows.next()).await;
        let (answer, next) = match asked {
            Ok(found) => found,
            // Many servers show this list to nobody, or to people with a log-in: that must not cost the statuses.
            Err(SourceError::Unavailable { .. } | SourceError::Permanent { .. }) => {
                self.end_follows(position);
                return Ok(Page::default());
            }
            Err(error) => return Err(error),
        };
        let mut page = Page { wait: answer.retry_after(), ..Page::default() };
        let mut ids = Vec::new();
        for raw in read::<Vec<&RawValue>>(&answer, "following")? {
            let bytes = raw.get().as_bytes().to_vec();
            match serde_json::from_str::<Person<'_>>(raw.get()) {
                Ok(person) => {
                    if position.follows.is_new(&mark_of_id(&person.id)) {
                        let follow = status::act(Verb::Follow, None, person.target(&place.domain), &place.domain);
                        page.items.push(owned(follow, account, bytes));
                    }
                    ids.push(person.id);
                }
                Err(error) => page.rejected.push(RejectedItem { raw: bytes, reason: problem("account", &error) }),
            }
        }
        let done = position.follows.advance(Turned::of_ids(&ids, next), Order::Top, self.config.people_max_pages);
        page.more = !done.map_err(|stuck| SourceError::malformed(format!("following on {}", answer.host()), stuck))?;
        if !page.more {
            self.end_follows(position);
        }
        Ok(page)
    }

    fn end_follows(&self, position: &mut Position) {
        position.stage = Stage::Start;
        position.follows_rest = self.config.following_every.saturating_sub(1);
    }
}

/// The account's number, where its server shows it.
fn checked(person: &Person<'_>) -> Result<String, SourceError> {
    let state = |state, cause: &'static str| Err(SourceError::Unavailable { state, cause: cause.into() });
    if person.acct.contains('@') {
        let cause = "the number is that of another server's copy of the account: register it with its own server";
        return Err(SourceError::Permanent { cause: cause.into() });
    }
    if person.suspended == Some(true) {
        return state(AccountState::Suspended, "its server suspended it");
    }
    if person.moved.is_some() {
        return state(AccountState::MovedAway, "its owner moved to another account");
    }
    Ok(person.id.clone())
}

/// Reads a page of statuses. What is new on it depends on the stage: on the page that is read again, only edits are.
fn read_page(
    answer: &Response,
    place: &Place,
    account: &Account,
    id: &str,
    position: &mut Position,
) -> Result<(Page, Seen), SourceError> {
    let list: Vec<&RawValue> = read(answer, "statuses")?;
    let siblings = Siblings::of(&list, &place.domain);
    let mut page = Page { wait: answer.retry_after(), ..Page::default() };
    let mut seen = Seen::default();
    // Empty, or with links of which none leads on: there is nothing older.
    let link = answer.header("link");
    seen.last = list.is_empty() || link.is_some_and(|link| !link.contains("rel=\"next\""));
    for raw in list {
        let bytes = raw.get().as_bytes().to_vec();
        let Some(head) = lenient::<Status<'_>>(raw) else {
            if position.stage != Stage::Edits {
                page.rejected.push(RejectedItem { raw: bytes, reason: "it is no status".to_owned() });
            }
            continue;
        };
        seen.ids.push(head.id.clone());
        seen.oldest = seen.oldest.into_iter().chain(head.made_at()).min();
        let new_edit = head.edited_at.as_ref().is_some_and(|edited_at| position.is_new_edit(&head.id, edited_at));
        if position.stage == Stage::Edits && !new_edit {
            continue;
        }
        if head.author().id != id {
            page.rejected.push(RejectedItem::new(bytes, SOMEBODY_ELSES));
            continue;
        }
        match status::parse(raw.get(), &place.domain, &siblings) {
            Ok(Some(activity)) => page.items.push(owned(activity, account, bytes)),
            Ok(None) => {}
            Err(reason) => page.rejected.push(RejectedItem { raw: bytes, reason }),
        }
    }
    Ok((page, seen))
}

fn owned(activity: Activity, account: &Account, raw: Vec<u8>) -> Item {
    Item { activity: Activity { account: Some(own_name(account)), ..activity }, raw }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: Option<String>,
}

/// What an answer other than 200 means.
fn failure(answer: &Response) -> SourceError {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (status, host) = (answer.status.as_u16(), answer.host());
    let cause = format!("{host} answered {status}").into();
    match status {
        401 | 403 => SourceError::Unavailable { state: AccountState::Private, cause },
        404 => SourceError::Unavailable { state: AccountState::NotFound, cause },
        410 => SourceError::Unavailable { state: AccountState::Suspended, cause },
        _ => answer::failure(answer, plain(body.error.as_deref().unwrap_or_default())),
    }
}

#[async_trait]
impl Source for MastodonSource {
    fn platform(&self) -> &'static str {
        "mastodon"
    }

    fn is_one_service(&self) -> bool {
        false
    }

    fn shows_audience(&self) -> bool {
        true
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let place = self.place(&account.external_id, &account.handle)?;
        let mut position: Position = cursor.decode();
        let mut handle = None;
        if position.stage == Stage::Start || position.id.is_none() {
            handle = Some(self.begin(&place, account, &mut position).await?);
        }
        let id = position.id.clone().unwrap_or_default();
        let mut page = match position.stage {
            Stage::Follows => self.follows(&place, account, &id, &mut position).await?,
            _ => self.read_statuses(&place, account, &id, &mut position).await?,
        };
        page.handle = handle;
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    async fn audience(&self, campaign: &Campaign, cursor: &Cursor) -> Result<Page, SourceError> {
        self.read_audience(campaign, cursor).await
    }
}
