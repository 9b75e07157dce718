//! A compiled keyword set: building it can fail, matching cannot.
//!
//! ```text
//! Activity -> fields -> tokens -> occurrences -> masks, exceptions, neighbours -> cues -> parts -> Hit
//! ```
//!
//! [`Matcher::find`] gives at most one hit for each set, with every span in the author's own bytes and every effect on the
//! score as a part with a reason. Nothing in here knows a contestant: names, cues, exceptions and clauses come from files.
//! docs/MATCHING.md tells the rules.

mod account;
mod assess;
mod check;
mod clause;
mod contests;
mod context;
mod engine;
mod fair;
mod field;
mod find;
mod glance;
mod grammar;
mod hint;
mod near;
mod patterns;
mod read;
mod reading;
mod reason;
mod room;
mod score;
mod settle;
mod trie;
mod walk;

use std::sync::Arc;

use crate::keyword::KeywordSet;
use crate::model::{Activity, Hit, Words};

pub use check::{Finding, Severity, check};
pub use fair::{Twins, twins};

use engine::Engine;
use room::Room;

/// Matches of one field that a hit lists; the rest are counted.
pub const MAX_MATCHES_PER_FIELD: usize = 256;

/// Why a matcher could not be built. Nothing was dropped: either every keyword of every set is in, or there is no matcher.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A set is too large to compile.
    #[error("the set `{set}` is too large: {problem}")]
    TooLarge {
        /// Its id.
        set: String,
        /// What overflowed.
        problem: Words,
    },
    /// An election set without a circular has no clause to point to.
    #[error("the election set `{set}` has no circular, so its hits would have no clause")]
    NoCircular {
        /// Its id.
        set: String,
    },
}

impl BuildError {
    /// The same for people, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        let id = match self {
            Self::TooLarge { set, problem } => format!("daftar `{set}` terlalu besar: {}", problem.id),
            Self::NoCircular { set } => {
                format!("daftar pemilihan `{set}` tidak mempunyai surat edaran, jadi indikasinya tanpa huruf edaran")
            }
        };
        Words::new(id, self.to_string())
    }
}

/// Keyword sets, compiled. Cheap to share between threads, immutable.
#[derive(Debug)]
pub struct Matcher {
    engines: Vec<Engine>,
    sets: Vec<Arc<KeywordSet>>,
    by_date: bool,
}

impl Matcher {
    /// Compiles sets; each speaks only of activities on days on which it is valid (and of those without a date).
    ///
    /// # Errors
    /// When a set is too large or has no circular.
    pub fn build(sets: Vec<Arc<KeywordSet>>) -> Result<Self, BuildError> {
        Self::compile(sets, true)
    }

    /// The same, but every set speaks of every activity, whatever its date.
    ///
    /// # Errors
    /// As [`Matcher::build`].
    pub fn build_undated(sets: Vec<Arc<KeywordSet>>) -> Result<Self, BuildError> {
        Self::compile(sets, false)
    }

    fn compile(sets: Vec<Arc<KeywordSet>>, by_date: bool) -> Result<Self, BuildError> {
        let engines = sets.iter().map(|set| Engine::build(Arc::clone(set))).collect::<Result<_, _>>()?;
        Ok(Self { engines, sets, by_date })
    }

    /// The sets, in the order in which they were given.
    #[must_use]
    pub fn sets(&self) -> &[Arc<KeywordSet>] {
        &self.sets
    }

    /// The hits of an activity, at most one a set, in the order of the sets. Never fails; takes any Unicode.
    #[must_use]
    pub fn find(&self, activity: &Activity) -> Vec<Hit> {
        let day = activity.acted_at();
        let applies = |engine: &&Engine| !self.by_date || day.is_none_or(|at| engine.set.applies_at(at));
        let engines = self.engines.iter().filter(applies);
        Room::lend(|room| {
            // What several sets have to look at is folded once.
            let mut fields = None;
            // A hit is large: room for one is made where there is one, not for the four that a growing list begins with.
            let mut hits = Vec::new();
            let mut by = Vec::new();
            for engine in engines {
                if glance::is_silent(engine, activity, room) {
                    continue;
                }
                let fields = fields.get_or_insert_with(|| field::fields(activity, room));
                if let Some(hit) = assess::assess(engine, activity, fields, room) {
                    hits.reserve_exact(1);
                    hits.push(hit);
                    by.push(engine);
                }
            }
            fields.into_iter().flatten().for_each(|field| room.take_back(field.haystack));
            if hits.len() > 1 {
                contests::settle(&by, &mut hits);
            }
            hits
        })
    }

    /// Ids of the keywords that count in a text, each once: what `examples` in keyword files are checked with.
    #[must_use]
    pub fn keywords_in(&self, text: &str) -> Vec<String> {
        let activity = Activity { text: text.to_owned(), ..Activity::default() };
        let mut ids: Vec<String> = Room::lend(|room| {
            let fields = field::fields(&activity, room);
            self.engines.iter().flat_map(|engine| assess::occurring(engine, &fields, room)).collect()
        });
        ids.sort();
        ids.dedup();
        ids
    }
}
