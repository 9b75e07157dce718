//! Who reacts to a campaign's account: followers, and who favours, boosts or answers its newest statuses.
//!
//! One call asks for one page. A status whose counts are those of the last pass is not asked about again. People are named
//! by their whole handle: their numbers differ from server to server. Servers do not say when somebody favoured or boosted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::place::Place;
use super::status::{self, Person, Siblings, Status};
use super::{MastodonSource, checked};
use crate::model::{Target, Verb};
use crate::source::answer::{lenient, problem, read};
use crate::source::marks::{Order, Turned, Walk, mark_of_id};
use crate::source::{AccountState, Campaign, Cursor, Item, Page, RejectedItem, SourceError};

/// What is asked of one status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Act {
    #[default]
    Favourites,
    Boosts,
    Replies,
}

/// Position in one campaign account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    /// Whether a pass is under way.
    begun: bool,
    followers: Walk,
    followers_done: bool,
    /// Statuses that are still to be asked about, with their counts.
    queue: Vec<(String, [u64; 3])>,
    act: Act,
    next: Option<String>,
    pages: u32,
    /// Counts of the statuses that were asked about.
    counts: BTreeMap<String, [u64; 3]>,
}

impl Position {
    /// Whether the pass goes on; otherwise the next call begins a new one.
    fn settle(&mut self) -> bool {
        if !self.followers_done || !self.queue.is_empty() {
            return true;
        }
        (self.begun, self.followers_done) = (false, false);
        false
    }

    /// Goes on to what is asked next of the first status of the queue, or to the next status.
    fn next_act(&mut self) {
        (self.next, self.pages) = (None, 0);
        self.act = match self.act {
            Act::Favourites => Act::Boosts,
            Act::Boosts => Act::Replies,
            Act::Replies => {
                if !self.queue.is_empty() {
                    let (id, counts) = self.queue.remove(0);
                    self.counts.insert(id, counts);
                }
                Act::Favourites
            }
        };
    }

    /// Drops the first status of the queue: its server does not show it any more.
    fn drop_status(&mut self) {
        self.act = Act::Replies;
        self.next_act();
    }
}

impl MastodonSource {
    pub(super) async fn read_audience(&self, campaign: &Campaign, cursor: &Cursor) -> Result<Page, SourceError> {
        let place = self.place(campaign.id.as_deref().unwrap_or_default(), &campaign.handle)?;
        let mut position: Position = cursor.decode();
        let mut page = if !position.begun {
            self.begin_audience(&place, &mut position).await?
        } else if position.followers_done {
            self.reactions(&place, &mut position).await?
        } else {
            self.followers(&place, &mut position).await?
        };
        page.more = position.settle();
        page.cursor = Cursor::encode(&position);
        Ok(page)
    }

    /// Finds out which of the account's statuses have reactions that were not read.
    async fn begin_audience(&self, place: &Place, position: &mut Position) -> Result<Page, SourceError> {
        let answer = self.person(place).await?;
        let id = checked(&read(&answer, "accounts")?)?;
        let limit = self.config.audience_posts.clamp(1, 40).to_string();
        let query = [("limit", limit.as_str()), ("exclude_reblogs", "true")];
        let answer = self.get(place, &["accounts", &id, "statuses"], &query).await?;
        let list: Vec<&RawValue> = read(&answer, "statuses")?;
        let statuses = list.into_iter().filter_map(lenient::<Status<'_>>);
        let shown: BTreeMap<String, [u64; 3]> = statuses
            .filter(|status| status.is_public() && status.author().id == id)
            .map(|status| (status.id.clone(), status.counts()))
            .collect();
        position.counts.retain(|id, _| shown.contains_key(id));
        position.queue = shown
            .into_iter()
            .filter(|(id, counts)| counts.iter().any(|n| *n > 0) && position.counts.get(id) != Some(counts))
            .collect();
        position.begun = true;
        position.followers_done = false;
        Ok(Page { wait: answer.retry_after(), ..Page::default() })
    }

    async fn followers(&self, place: &Place, position: &mut Position) -> Result<Page, SourceError> {
        let answer = self.person(place).await?;
        let campaign: Person<'_> = read(&answer, "accounts")?;
        let id = checked(&campaign)?;
        let asked = self.people(place, &["accounts", &id, "followers"], position.followers.next()).await;
        let (answer, next) = match asked {
            Ok(found) => found,
            // A server that hides the list still shows the reactions.
            Err(SourceError::Unavailable { .. } | SourceError::Permanent { .. }) => {
                position.followers_done = true;
                return Ok(Page::default());
            }
            Err(error) => return Err(error),
        };
        let (mut page, people) = listed(place, &answer.body, Verb::Follow, &campaign.target(&place.domain))
            .map_err(|e| crate::source::answer::malformed(&answer, "followers", &e))?;
        page.wait = answer.retry_after();
        let known = position.followers.clone();
        let mut people_of = people.iter();
        page.items.retain(|_| people_of.next().is_some_and(|id| known.is_new(&mark_of_id(id))));
        let done = position.followers.advance(Turned::of_ids(&people, next), Order::Top, self.config.people_max_pages);
        position.followers_done =
            done.map_err(|stuck| SourceError::malformed(format!("followers on {}", answer.host()), stuck))?;
        Ok(page)
    }

    /// One page of who reacted to the first status of the queue.
    async fn reactions(&self, place: &Place, position: &mut Position) -> Result<Page, SourceError> {
        let Some((id, _)) = position.queue.first().cloned() else { return Ok(Page::default()) };
        match self.reactions_to(place, &id, position).await {
            // It was deleted since the pass began.
            Err(SourceError::Unavailable { state: AccountState::NotFound, .. }) => {
                position.drop_status();
                Ok(Page::default())
            }
            read => read,
        }
    }

    async fn reactions_to(&self, place: &Place, id: &str, position: &mut Position) -> Result<Page, SourceError> {
        let answer = self.get(place, &["statuses", id], &[]).await?;
        let status: Status<'_> = read(&answer, "statuses")?;
        let target = status.target(&place.domain);
        let (verb, list) = match position.act {
            Act::Favourites => (Verb::Like, "favourited_by"),
            Act::Boosts => (Verb::Share, "reblogged_by"),
            Act::Replies => {
                let answer = self.get(place, &["statuses", id, "context"], &[]).await?;
                let page = replies(place, &answer, id, &target)?;
                position.next_act();
                return Ok(page);
            }
        };
        let (answer, next) = self.people(place, &["statuses", id, list], position.next.as_deref()).await?;
        let (mut page, people) = listed(place, &answer.body, verb, &target)
            .map_err(|e| crate::source::answer::malformed(&answer, list, &e))?;
        page.wait = answer.retry_after();
        position.pages += 1;
        let repeats = next.is_some() && next == position.next;
        if repeats {
            return Err(SourceError::malformed(format!("{list} on {}", answer.host()), "its pages do not advance"));
        }
        if next.is_none() || people.is_empty() || position.pages >= self.config.people_max_pages.max(1) {
            position.next_act();
        } else {
            position.next = next;
        }
        Ok(page)
    }
}

/// A list of people, each of whom did one thing to one target; beside the page, the numbers of those on it.
fn listed(place: &Place, body: &[u8], verb: Verb, target: &Target) -> Result<(Page, Vec<String>), serde_json::Error> {
    let list: Vec<&RawValue> = serde_json::from_slice(body)?;
    let (mut page, mut ids) = (Page::default(), Vec::new());
    for raw in list {
        let bytes = raw.get().as_bytes().to_vec();
        match serde_json::from_str::<Person<'_>>(raw.get()) {
            Ok(person) => {
                let activity = status::act(verb, Some(&person), target.clone(), &place.domain);
                page.items.push(Item { activity, raw: bytes });
                ids.push(person.id);
            }
            Err(error) => page.rejected.push(RejectedItem { raw: bytes, reason: problem("account", &error) }),
        }
    }
    Ok((page, ids))
}

#[derive(Deserialize)]
struct Context<'a> {
    #[serde(borrow)]
    descendants: Vec<&'a RawValue>,
}

/// The direct answers to a status; what people answer to each other below it is theirs.
fn replies(
    place: &Place,
    answer: &crate::source::http::Response,
    id: &str,
    target: &Target,
) -> Result<Page, SourceError> {
    let context: Context<'_> = read(answer, "context")?;
    let mut page = Page { wait: answer.retry_after(), ..Page::default() };
    for raw in context.descendants {
        let direct = lenient::<Status<'_>>(raw).is_some_and(|reply| reply.in_reply_to_id.as_deref() == Some(id));
        if !direct {
            continue;
        }
        let bytes = raw.get().as_bytes().to_vec();
        match status::parse(raw.get(), &place.domain, &Siblings::default()) {
            Ok(Some(mut activity)) => {
                if activity.verb == Verb::Comment {
                    activity.target = Some(target.clone());
                }
                page.items.push(Item { activity, raw: bytes });
            }
            Ok(None) => {}
            Err(reason) => page.rejected.push(RejectedItem { raw: bytes, reason }),
        }
    }
    Ok(page)
}
