//! How far an account has been read: what a [`Cursor`](crate::source::Cursor) of this source holds.
//!
//! Record keys sort by time only as long as clients are honest, so no single highest key decides what is new. Instead the
//! keys of the last first page are remembered: what is not among them is new, even if it claims to be older, and a walk
//! towards older pages ends at the middle one, so that one key from the future cannot end it at once.

use serde::{Deserialize, Serialize};

use super::record::Collection;
use super::tid;

/// Position in one repository. `pds` is there while a pass is under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    /// Whose repository; kept, because a handle may later lead to somebody else.
    pub(super) did: Option<String>,
    /// Where it was at the start of this pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pds: Option<String>,
    /// Index of the collection that is read next.
    pub(super) at: usize,
    posts: Walk,
    reposts: Walk,
    likes: Walk,
    follows: Walk,
}

/// Position in one collection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    /// Keys of the newest page, newest first.
    known: Vec<String>,
    /// Whether `known` was the whole collection.
    all: bool,
    /// A walk that has not reached known ground yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Open>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Open {
    cursor: String,
    lowest: String,
    first: Vec<String>,
    pages: u32,
}

/// Where a walk ends, known ground or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Older records are outside the time for which the account is registered.
    pub(super) not_before: jiff::Timestamp,
    /// Most pages of one walk.
    pub(super) max_pages: u32,
}

/// The server's pages do not lead anywhere: they repeat or are out of order.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("its pages do not advance")]
pub(super) struct Stuck;

impl Position {
    /// The collection that is read next.
    pub(super) fn collection(&self) -> Collection {
        Collection::ALL.get(self.at).copied().unwrap_or(Collection::Post)
    }

    pub(super) fn walk(&mut self) -> &mut Walk {
        match self.collection() {
            Collection::Post => &mut self.posts,
            Collection::Repost => &mut self.reposts,
            Collection::Like => &mut self.likes,
            Collection::Follow => &mut self.follows,
        }
    }

    /// Goes on to the next collection; `false` where that was the last of the pass.
    pub(super) fn next_collection(&mut self) -> bool {
        self.at += 1;
        if self.at < Collection::ALL.len() {
            return true;
        }
        self.at = 0;
        self.pds = None;
        false
    }
}

impl Walk {
    /// The cursor to ask with.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.open.as_ref().map(|open| open.cursor.as_str())
    }

    /// Whether a record has not been read by an earlier pass.
    pub(super) fn is_new(&self, rkey: &str) -> bool {
        let floor = if self.all { "" } else { self.known.last().map_or("", String::as_str) };
        rkey > floor && !self.known.iter().any(|known| known == rkey)
    }

    /// Takes note of a page (`rkeys` newest first, as the server orders them) and says whether the walk is at its end.
    pub(super) fn advance(
        &mut self,
        mut rkeys: Vec<String>,
        next: Option<String>,
        bounds: Bounds,
    ) -> Result<bool, Stuck> {
        rkeys.sort_unstable_by(|a, b| b.cmp(a));
        rkeys.dedup();
        let previous = self.open.take().unwrap_or_default();
        let is_first = previous.pages == 0;
        let (highest, lowest) = (rkeys.first().cloned(), rkeys.last().cloned().unwrap_or_default());
        if !is_first && highest.is_some_and(|highest| highest >= previous.lowest) {
            return Err(Stuck);
        }
        let exhausted = next.is_none() || rkeys.is_empty();
        let single = is_first || rkeys.is_empty() && previous.pages == 1;
        let first = if is_first { rkeys } else { previous.first };
        let pages = previous.pages + 1;
        let met = self.known.get(self.known.len() / 2).is_some_and(|mark| lowest <= *mark);
        let too_old = tid::timestamp(&lowest).is_some_and(|at| at < bounds.not_before);
        match next {
            Some(cursor) if !(exhausted || met || too_old || pages >= bounds.max_pages) => {
                self.open = Some(Open { cursor, lowest, first, pages });
                Ok(false)
            }
            _ => {
                let covers_known = self.all && self.known.last().is_none_or(|oldest| lowest <= *oldest);
                self.all = single && (exhausted || covers_known && !self.known.is_empty());
                self.known = first;
                Ok(true)
            }
        }
    }
}
