//! How far an account has been read: what a [`Cursor`](crate::source::Cursor) of this source holds.

use serde::{Deserialize, Serialize};

use crate::source::by_age;
use crate::source::marks::{Stuck, Walk};

/// As many of an account's newest posts X shows.
const SHOWN_POSTS: usize = 3_200;

/// Position in one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    /// The account's number.
    pub(super) id: Option<String>,
    /// The registered handle by which the number was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<String>,
    pub(super) posts: Timeline,
    pub(super) follows: Walk,
    /// Whether the list of followed accounts is read next, not the posts.
    pub(super) at_follows: bool,
    /// Passes until that list is read again.
    pub(super) follows_rest: u32,
}

/// Position in the posts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Timeline {
    /// Highest id of the passes that are done; nothing up to it is asked for again.
    pub(super) since: Option<String>,
    /// A pass that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) open: Option<Open>,
}

/// A walk from the newest post towards `since`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Open {
    pub(super) token: String,
    newest: Option<String>,
    pub(super) lowest: Option<String>,
    pages: u32,
    posts: usize,
}

/// What a page means for the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There are older pages to read.
    More,
    /// The walk is at its end.
    Done {
        /// Whether posts lie between this walk and the last one that nobody read.
        gap: bool,
    },
}

impl Timeline {
    /// Takes note of a page: its ids, and the token of the next one.
    pub(super) fn advance(&mut self, ids: &[String], next: Option<String>, max_pages: u32) -> Result<Step, Stuck> {
        let previous = self.open.take();
        let (highest, lowest) = (ids.iter().max_by(|a, b| by_age(a, b)), ids.iter().min_by(|a, b| by_age(a, b)));
        if let Some(previous) = &previous {
            let rises = highest.zip(previous.lowest.as_ref()).is_some_and(|(high, low)| by_age(high, low).is_ge());
            if rises || next.as_ref() == Some(&previous.token) {
                return Err(Stuck);
            }
        }
        let previous = previous.unwrap_or_default();
        let newest = previous.newest.or_else(|| highest.cloned());
        let (pages, posts) = (previous.pages + 1, previous.posts + ids.len());
        match next {
            Some(token) if pages < max_pages => {
                let lowest = lowest.cloned().or(previous.lowest);
                self.open = Some(Open { token, newest, lowest, pages, posts });
                Ok(Step::More)
            }
            next => {
                let gap = self.since.is_some() && (next.is_some() || posts >= SHOWN_POSTS);
                self.since = newest.or_else(|| self.since.take());
                Ok(Step::Done { gap })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(timeline: &mut Timeline, ids: &[&str], next: Option<&str>) -> Result<Step, Stuck> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        timeline.advance(&ids, next.map(str::to_owned), 3)
    }

    #[test]
    fn the_highest_id_counts_once_the_walk_is_done() {
        let mut timeline = Timeline::default();
        assert_eq!(page(&mut timeline, &["1000", "999"], Some("a")), Ok(Step::More));
        assert_eq!(timeline.since, None);
        assert_eq!(page(&mut timeline, &[], Some("b")), Ok(Step::More), "a page may be empty before the end");
        assert_eq!(page(&mut timeline, &["998"], None), Ok(Step::Done { gap: false }));
        assert_eq!(timeline.since.as_deref(), Some("1000"));
        assert_eq!(page(&mut timeline, &[], None), Ok(Step::Done { gap: false }));
        assert_eq!(timeline.since.as_deref(), Some("1000"), "nothing new changes nothing");
    }

    #[test]
    fn what_is_left_between_two_passes_is_said() {
        let mut timeline = Timeline { since: Some("5".to_owned()), ..Timeline::default() };
        for (id, step) in [("99", Step::More), ("98", Step::More), ("97", Step::Done { gap: true })] {
            assert_eq!(page(&mut timeline, &[id], Some(id)), Ok(step));
        }
    }

    #[test]
    fn pages_that_repeat_are_refused() {
        for (id, next) in [("9", "b"), ("8", "a"), ("10", "b")] {
            let mut timeline = Timeline::default();
            assert_eq!(page(&mut timeline, &["9"], Some("a")), Ok(Step::More));
            assert_eq!(page(&mut timeline, &[id], Some(next)), Err(Stuck));
        }
    }
}
