//! How far an account has been read: what a [`Cursor`](crate::source::Cursor) of this source holds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::source::by_age;
use crate::source::marks::{Stuck, Walk};

/// Most edits that are remembered: those of the newest page.
const MOST_EDITS: usize = 80;

/// What a pass reads next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// Nothing yet: the account is looked at, then its statuses.
    #[default]
    Start,
    /// Older and older statuses, in the first pass.
    Older,
    /// Statuses that are newer than the newest known one.
    Newer,
    /// The newest page once more, for statuses that were edited.
    Edits,
    /// Whom the account follows.
    Follows,
}

/// Position in one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    /// The account's number on its server.
    pub(super) id: Option<String>,
    /// How the register named it when the number was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    pub(super) stage: Stage,
    /// Number of the newest status of the passes that are done, and of the forward pages of this one.
    pub(super) newest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) open: Option<Open>,
    /// Pages of this pass.
    pages: u32,
    /// Edits that were read: a status' number and the moment of its edit.
    edits: Vec<String>,
    pub(super) follows: Walk,
    /// Passes until the followed accounts are read again.
    pub(super) follows_rest: u32,
}

/// A walk from the newest status towards the registration's first day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Open {
    pub(super) lowest: String,
    newest: String,
}

/// What a page holds, for the position.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Numbers of the page's statuses.
    pub(super) ids: Vec<String>,
    /// When the oldest of them was made.
    pub(super) oldest: Option<Timestamp>,
    /// Whether the server says that there are no older ones.
    pub(super) last: bool,
}

impl Position {
    /// Takes note of a page of the first pass, and says whether it was the last one.
    pub(super) fn older(&mut self, seen: &Seen, not_before: Timestamp, max_pages: u32) -> Result<bool, Stuck> {
        let (highest, lowest) = ends(&seen.ids);
        let previous = self.open.take();
        if let (Some(previous), Some(highest)) = (&previous, highest)
            && by_age(highest, &previous.lowest).is_ge()
        {
            return Err(Stuck);
        }
        self.pages += 1;
        let newest = previous.map(|open| open.newest).or_else(|| highest.cloned());
        let too_old = seen.oldest.is_some_and(|oldest| oldest < not_before);
        match (newest.clone(), lowest) {
            (Some(newest), Some(lowest)) if !seen.last && !too_old && self.pages < max_pages => {
                self.open = Some(Open { lowest: lowest.clone(), newest });
                Ok(false)
            }
            _ => {
                (self.newest, self.pages) = (newest, 0);
                Ok(true)
            }
        }
    }

    /// Takes note of a page of newer statuses, and says whether there are no more of them for now.
    pub(super) fn newer(&mut self, seen: &Seen, max_pages: u32) -> Result<bool, Stuck> {
        let Some(highest) = ends(&seen.ids).0 else {
            self.pages = 0;
            return Ok(true);
        };
        if self.newest.as_ref().is_some_and(|newest| by_age(highest, newest).is_le()) {
            return Err(Stuck);
        }
        self.newest = Some(highest.clone());
        self.pages += 1;
        let done = self.pages >= max_pages;
        if done {
            self.pages = 0;
        }
        Ok(done)
    }

    /// Takes note of an edit, and says whether it was not known.
    pub(super) fn is_new_edit(&mut self, id: &str, edited_at: &str) -> bool {
        let mark = format!("{id} {edited_at}");
        if self.edits.contains(&mark) {
            return false;
        }
        self.edits.insert(0, mark);
        self.edits.truncate(MOST_EDITS);
        true
    }
}

/// The highest and the lowest of a page's numbers.
fn ends(ids: &[String]) -> (Option<&String>, Option<&String>) {
    (ids.iter().max_by(|a, b| by_age(a, b)), ids.iter().min_by(|a, b| by_age(a, b)))
}
