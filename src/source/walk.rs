//! A list that a service gives newest first and without times (whom somebody follows): which of it is new.
//!
//! The ids of the newest page are remembered. A walk goes from the top until a page that holds one of them, the list's end
//! or the limit; what is not among them is new. After a crash the same page gives the same items.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Most ids that are remembered.
const MOST_KNOWN: usize = 100;

/// Position in one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Walk {
    /// Ids of the newest page, newest first.
    known: Vec<String>,
    /// A walk that has not reached known ground yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Open>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Open {
    next: String,
    first: Vec<String>,
    pages: u32,
}

/// The service's pages do not lead anywhere.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("its pages do not advance")]
pub(super) struct Stuck;

impl Walk {
    /// The service's mark of the page to ask for; `None` is the first.
    pub(super) fn next(&self) -> Option<&str> {
        self.open.as_ref().map(|open| open.next.as_str())
    }

    /// Goes back to the top: the mark that the service gave is of no use any more.
    pub(super) fn restart(&mut self) {
        self.open = None;
    }

    /// Whether an id was not on the newest page of an earlier walk.
    pub(super) fn is_new(&self, id: &str) -> bool {
        !self.known.iter().any(|known| known == id)
    }

    /// Takes note of a page and says whether the walk is at its end.
    pub(super) fn advance(&mut self, ids: &[String], next: Option<String>, max_pages: u32) -> Result<bool, Stuck> {
        let met = ids.iter().any(|id| !self.is_new(id));
        let previous = self.open.take();
        if let Some(previous) = &previous {
            let first: HashSet<&String> = previous.first.iter().collect();
            let repeats = !ids.is_empty() && ids.iter().all(|id| first.contains(id));
            if repeats || next.as_ref() == Some(&previous.next) {
                return Err(Stuck);
            }
        }
        let Open { first, pages, .. } = previous.unwrap_or_else(|| {
            let first = ids.iter().take(MOST_KNOWN).cloned().collect();
            Open { first, ..Open::default() }
        });
        let pages = pages + 1;
        match next {
            Some(next) if !met && pages < max_pages => {
                self.open = Some(Open { next, first, pages });
                Ok(false)
            }
            _ => {
                self.known = first;
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_walk_ends_at_known_ground_at_the_end_and_at_the_limit() {
        let mut walk = Walk::default();
        assert_eq!(walk.advance(&ids(&["5", "4"]), Some("a".to_owned()), 9), Ok(false));
        assert_eq!(walk.next(), Some("a"));
        assert_eq!(walk.advance(&ids(&["3"]), None, 9), Ok(true), "the end");
        assert!(walk.is_new("6") && !walk.is_new("5"));
        assert_eq!(walk.advance(&ids(&["6", "5"]), Some("b".to_owned()), 9), Ok(true), "known ground");
        assert_eq!(walk.advance(&ids(&["8"]), Some("c".to_owned()), 1), Ok(true), "the limit");
    }

    #[test]
    fn pages_that_repeat_are_refused() {
        for (page, next) in [(ids(&["3"]), "a"), (ids(&["5", "4"]), "b")] {
            let mut walk = Walk::default();
            assert_eq!(walk.advance(&ids(&["5", "4"]), Some("a".to_owned()), 9), Ok(false));
            assert_eq!(walk.advance(&page, Some(next.to_owned()), 9), Err(Stuck));
        }
    }
}
