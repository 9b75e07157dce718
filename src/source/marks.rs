//! How far a list has been read whose ids tell nothing about order: what was there before is remembered by short marks.
//!
//! A walk goes from the newest page towards older ones until known ground. A mark holds the id and the words, so that an
//! item whose words changed is emitted again, while one whose counters changed is not.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Item, Page, RejectedItem, sha256_hex};
use crate::model::Activity;

/// Marks that a cursor remembers, about 5 KB: more than the largest page of any service that is read this way, so that
/// the page after the newest one is known, too.
const REMEMBERED: usize = 200;

/// Signs of a mark that stand for the id; 48 bits of SHA-256.
const ID_SIGNS: usize = 12;

/// Position in one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    /// Marks of the newest items, newest first.
    known: Vec<String>,
    /// A walk that has not reached known ground yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Open>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Open {
    next: String,
    read: Vec<String>,
    pages: u32,
    /// What the last page held, to notice one that is sent again and again.
    last: String,
}

/// What a page says about where its list ends.
#[derive(Debug, Default)]
pub(super) struct Turned {
    /// Marks of all its items, in the service's order.
    pub(super) marks: Vec<String>,
    /// What to ask for next; none at the list's end.
    pub(super) next: Option<String>,
    /// Whether all that follows is older than wanted.
    pub(super) too_old: bool,
}

impl Turned {
    /// A page of a list that has no words, only ids.
    pub(super) fn of_ids(ids: &[String], next: Option<String>) -> Self {
        Self { marks: ids.iter().map(|id| mark_of_id(id)).collect(), next, too_old: false }
    }
}

/// When a walk has reached known ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The list is newest first: the page's last item is known, and what follows is older than that.
    Newest,
    /// What is new comes on top and nothing else moves (whom somebody follows): the page holds anything that was there at the
    /// walk before.
    Top,
    /// The order is not known: the page brings nothing new.
    Unknown,
    /// Nothing but the list's end: what follows a known page may be new.
    Whole,
}

/// The service's pages do not lead anywhere: they repeat.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("its pages do not advance")]
pub(super) struct Stuck;

/// A mark of an item by its id and what it says.
pub(super) fn mark(id: &str, words: &[&str]) -> String {
    let mut mark: String = sha256_hex(id.as_bytes()).chars().take(ID_SIGNS).collect();
    mark.extend(sha256_hex(words.join("\n").as_bytes()).chars().take(8));
    mark
}

/// The mark of an item that has no words: a position then names nobody of a list of people.
pub(super) fn mark_of_id(id: &str) -> String {
    mark(id, &[])
}

/// The mark of an activity by its own words.
pub(super) fn mark_of(activity: &Activity) -> String {
    mark(&activity.id, &[&activity.text])
}

/// What a page of items came to.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    /// Marks of all items that are the account's, in the service's order.
    pub(super) marks: Vec<String>,
    /// When the newest of them was posted.
    pub(super) newest: Option<Timestamp>,
    /// Whether the last of them is older than wanted.
    pub(super) ends_too_old: bool,
}

/// Puts what is new among `items` on the page; what cannot be read is rejected, and where `parse` gives none, the item is
/// somebody else's and is left. What is older than wanted is left, too.
pub(super) fn sift(
    items: &[&RawValue],
    walk: &Walk,
    not_before: Timestamp,
    page: &mut Page,
    parse: impl Fn(&str) -> Result<Option<Activity>, String>,
) -> Sifted {
    let mut sifted = Sifted::default();
    for raw in items {
        let bytes = || raw.get().as_bytes().to_vec();
        match parse(raw.get()) {
            Ok(None) => {}
            Err(reason) => page.rejected.push(RejectedItem { raw: bytes(), reason }),
            Ok(Some(activity)) => {
                let mark = mark_of(&activity);
                sifted.newest = sifted.newest.max(activity.posted_at);
                sifted.ends_too_old = activity.posted_at.is_some_and(|at| at < not_before);
                if !sifted.ends_too_old && walk.is_new(&mark) && !sifted.marks.contains(&mark) {
                    page.items.push(Item { activity, raw: bytes() });
                }
                sifted.marks.push(mark);
            }
        }
    }
    sifted
}

fn same_id(a: &str, b: &str) -> bool {
    a.get(..ID_SIGNS) == b.get(..ID_SIGNS)
}

impl Walk {
    /// What to ask for; none at the start of a walk.
    pub(super) fn next(&self) -> Option<&str> {
        self.open.as_ref().map(|open| open.next.as_str())
    }

    /// Whether an item has not been read, or has other words than when it was.
    pub(super) fn is_new(&self, mark: &str) -> bool {
        let read = self.open.iter().flat_map(|open| &open.read);
        !self.known.iter().chain(read).any(|known| known == mark)
    }

    /// Begins anew, e.g. because the service has forgotten what a token stands for. What is known stays known.
    pub(super) fn restart(&mut self) {
        self.open = None;
    }

    fn knows(&self, mark: &str) -> bool {
        self.known.iter().any(|known| same_id(known, mark))
    }

    /// Takes note of a page and says whether the walk is at its end.
    pub(super) fn advance(&mut self, page: Turned, order: Order, max_pages: u32) -> Result<bool, Stuck> {
        let mut open = self.open.take().unwrap_or_default();
        let ids: String = page.marks.iter().filter_map(|mark| mark.get(..ID_SIGNS)).collect();
        let digest: String = sha256_hex(ids.as_bytes()).chars().take(ID_SIGNS).collect();
        let repeats = !page.marks.is_empty() && digest == open.last;
        if open.pages > 0 && (repeats || page.next.as_deref() == Some(&open.next)) {
            return Err(Stuck);
        }
        let met = match order {
            Order::Newest => page.marks.last().is_some_and(|last| self.knows(last)),
            Order::Top => page.marks.iter().any(|mark| self.knows(mark)),
            Order::Unknown => !page.marks.is_empty() && page.marks.iter().all(|mark| self.knows(mark)),
            Order::Whole => false,
        };
        for mark in page.marks {
            if open.read.len() < REMEMBERED && !open.read.contains(&mark) {
                open.read.push(mark);
            }
        }
        open.pages += 1;
        match page.next {
            Some(next) if !(met || page.too_old || open.pages >= max_pages.max(1)) => {
                self.open = Some(Open { next, last: digest, ..open });
                Ok(false)
            }
            _ => {
                let mut older = std::mem::take(&mut self.known);
                if order == Order::Top {
                    // Whom somebody left and follows again stands on top: that is no known ground.
                    older.clear();
                }
                let mut known = open.read;
                for mark in older {
                    if known.len() < REMEMBERED && !known.iter().any(|newer| same_id(newer, &mark)) {
                        known.push(mark);
                    }
                }
                self.known = known;
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str], next: Option<&str>) -> Turned {
        Turned { marks: ids.iter().map(|id| mark(id, &["x"])).collect(), next: next.map(str::to_owned), too_old: false }
    }

    #[test]
    fn a_walk_ends_on_known_ground_and_remembers_what_it_passed() {
        let mut walk = Walk::default();
        assert_eq!(walk.advance(page(&["3", "2"], Some("b")), Order::Newest, 9), Ok(false));
        assert_eq!(walk.next(), Some("b"));
        assert_eq!(walk.advance(page(&["1"], None), Order::Newest, 9), Ok(true));
        assert!(
            !walk.is_new(&mark("1", &["x"])) && walk.is_new(&mark("1", &["edited"])) && walk.is_new(&mark("4", &["x"]))
        );
        // A new one above an old one that was pinned: the page's last item decides.
        assert_eq!(walk.advance(page(&["3", "5"], Some("b")), Order::Newest, 9), Ok(false));
        assert_eq!(walk.advance(page(&["4", "2"], Some("c")), Order::Newest, 9), Ok(true));
        assert_eq!(walk.known.len(), 5);
    }

    #[test]
    fn a_list_without_order_ends_where_a_page_brings_nothing_new() {
        let mut walk = Walk::default();
        assert_eq!(walk.advance(page(&["2", "1"], None), Order::Unknown, 9), Ok(true));
        assert_eq!(walk.advance(page(&["3", "1"], Some("b")), Order::Unknown, 9), Ok(false));
        assert_eq!(walk.advance(page(&["2"], Some("c")), Order::Unknown, 9), Ok(true));
        assert_eq!(walk.advance(page(&["2", "1"], Some("b")), Order::Whole, 9), Ok(false));
        assert_eq!(walk.advance(page(&["0"], None), Order::Whole, 9), Ok(true));
    }

    #[test]
    fn a_list_that_grows_on_top_ends_with_whatever_was_there_before() {
        let mut walk = Walk::default();
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let page = |list: &[&str], next: Option<&str>| Turned::of_ids(&ids(list), next.map(str::to_owned));
        assert_eq!(walk.advance(page(&["5", "4"], Some("a")), Order::Top, 9), Ok(false));
        assert_eq!(walk.advance(page(&["3"], None), Order::Top, 9), Ok(true), "the end");
        assert!(walk.is_new(&mark_of_id("6")) && !walk.is_new(&mark_of_id("5")));
        assert_eq!(walk.advance(page(&["6", "5", "2"], Some("b")), Order::Top, 9), Ok(true), "known ground");
        assert!(walk.is_new(&mark_of_id("4")), "what was left and is followed again is no known ground");
        assert_eq!(walk.advance(page(&["8"], Some("c")), Order::Top, 1), Ok(true), "the limit");
        assert!(!serde_json::to_string(&walk).unwrap().contains("\"8\""));
    }

    #[test]
    fn pages_that_repeat_end_a_walk() {
        let mut walk = Walk::default();
        assert_eq!(walk.advance(page(&["2"], Some("b")), Order::Newest, 9), Ok(false));
        assert_eq!(walk.clone().advance(page(&["1"], Some("b")), Order::Newest, 9), Err(Stuck));
        assert_eq!(walk.clone().advance(page(&["2"], Some("c")), Order::Newest, 9), Err(Stuck));
        assert_eq!(walk.advance(page(&[], Some("c")), Order::Newest, 2), Ok(true), "as many pages as allowed");
    }
}
