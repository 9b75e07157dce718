//! What a thread keeps from one activity to the next: memory, and how words were read.
//!
//! Nothing in here changes an answer. People use few words very often, so most tokens were read before; a thread
//! remembers the readings of the last words and tags it saw, for the last engines it used.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::find::Occurrence;
use super::read::Step;
use super::trie::{Leaf, Places};
use crate::text::{FxMap, Haystack, Room as TextRoom, Twist, WordId, WordKey};

thread_local! {
    static KEPT: RefCell<Room> = RefCell::default();
}

/// Memory above this is given back: it was for one very long post.
const MAX_KEPT_BYTES: usize = 1 << 20;
/// Engines whose words a thread remembers.
const MAX_MEMOS: usize = 4;
/// Words that one memo remembers; a power of two.
const CELLS: usize = 65_536;
/// Tags that one memo remembers with what is inside, and as many that name nobody.
const MAX_TAGS: usize = 8_192;
/// Longer ones are read anew.
const MAX_TAG: usize = 64;

/// A thread's memory.
#[derive(Debug, Default)]
pub(super) struct Room {
    texts: Vec<TextRoom>,
    pub steps: Vec<Step>,
    pub firsts: Vec<u32>,
    pub found: Vec<Occurrence>,
    memos: Vec<(Serial, Memo)>,
}

impl Room {
    /// Lends the thread's memory to `work`. A second loan inside the first gets memory of its own.
    pub fn lend<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let mut room = KEPT.with(RefCell::take);
        let answer = work(&mut room);
        room.found.clear();
        KEPT.with(|kept| kept.replace(room));
        answer
    }

    /// Folds a text in memory that was used before.
    pub fn haystack<'a>(&mut self, text: &'a str) -> Haystack<'a> {
        Haystack::new_in(text, self.texts.pop().unwrap_or_default())
    }

    /// Takes its memory back.
    pub fn take_back(&mut self, haystack: Haystack<'_>) {
        let room = haystack.into_room();
        if room.size() <= MAX_KEPT_BYTES {
            self.texts.push(room);
        }
    }

    /// What is remembered for an engine; [`Room::keep_memo`] gives it back.
    pub fn take_memo(&mut self, engine: Serial) -> Memo {
        let at = self.memos.iter().position(|(serial, _)| *serial == engine);
        at.map(|at| self.memos.swap_remove(at).1).unwrap_or_default()
    }

    /// Keeps what is remembered for an engine, at the cost of the one that was used longest ago.
    pub fn keep_memo(&mut self, engine: Serial, memo: Memo) {
        if self.memos.len() >= MAX_MEMOS {
            self.memos.remove(0);
        }
        self.memos.push((engine, memo));
    }
}

/// Tells engines apart, also after one is dropped and another takes its place in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Serial(u64);

impl Serial {
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Readings of words and tags.
#[derive(Debug, Default)]
pub(super) struct Memo {
    words: Vec<Cell>,
    tags: FxMap<Box<str>, Box<[Inner]>>,
    /// Hashtags with exactly these letters that name nobody.
    dull: FxMap<Box<str>, ()>,
}

/// How a word was read. Kept small: those of everyday words stay in the processor's cache.
#[derive(Clone, Copy, Debug)]
struct Cell {
    key: WordKey,
    words: [WordId; 2],
    twists: [Twist; 2],
    /// How many of them; [`FREE`] where nothing is remembered.
    count: u8,
    hint: Hint,
}

/// What a word is good for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hint {
    /// It may be several words without spaces.
    pub glued: bool,
    /// Where its readings stand in forms that name somebody or something.
    pub places: Places,
}

const FREE: u8 = u8::MAX;

/// A keyword inside a tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inner {
    pub leaf: Leaf,
    /// Bytes of the folded token.
    pub piece: (usize, usize),
}

impl Memo {
    /// Appends the readings of a word that was read before.
    #[inline]
    pub fn word(&self, key: WordKey, at: usize, steps: &mut Vec<Step>) -> Option<Hint> {
        let cell = self.words.get(place(key)).filter(|cell| cell.key == key && cell.count != FREE)?;
        if cell.count > 0 {
            let readings = cell.words.iter().zip(cell.twists).take(usize::from(cell.count));
            steps.extend(readings.map(|(word, twist)| Step::of_one(at, *word, twist)));
        }
        Some(cell.hint)
    }

    /// What a word is good for that was read before.
    #[inline]
    pub fn hint(&self, key: WordKey) -> Option<Hint> {
        self.words.get(place(key)).filter(|cell| cell.key == key && cell.count != FREE).map(|cell| cell.hint)
    }

    /// Remembers how a word was read, unless in more ways than fit.
    pub fn remember_word(&mut self, key: WordKey, read: &[Step], hint: Hint) {
        if self.words.is_empty() {
            let free = Cell {
                key: WordKey::default(),
                words: [0; 2],
                twists: [Twist::Plain; 2],
                count: FREE,
                hint: Hint::default(),
            };
            self.words = vec![free; CELLS];
        }
        let (mut words, mut twists) = ([0; 2], [Twist::Plain; 2]);
        if read.len() > words.len() {
            return;
        }
        for ((word, twist), step) in words.iter_mut().zip(&mut twists).zip(read) {
            (*word, *twist) = (step.word, step.twist);
        }
        if let Some(cell) = self.words.get_mut(place(key)) {
            *cell = Cell { key, words, twists, count: u8::try_from(read.len()).unwrap_or(FREE), hint };
        }
    }

    /// What was found inside a tag with exactly these letters, capitals included.
    pub fn tag(&self, surface: &str) -> Option<&[Inner]> {
        self.tags.get(surface).map(AsRef::as_ref)
    }

    /// Whether a hashtag was seen before and named nobody.
    pub fn is_dull(&self, surface: &str) -> bool {
        self.dull.contains_key(surface)
    }

    /// Remembers that a hashtag names nobody.
    pub fn remember_dull(&mut self, surface: &str) {
        if self.dull.len() >= MAX_TAGS {
            self.dull.clear();
        }
        if surface.len() <= MAX_TAG {
            self.dull.insert(surface.into(), ());
        }
    }

    /// Remembers what was found inside a tag.
    pub fn remember_tag(&mut self, surface: &str, inner: &[Inner]) {
        if surface.len() > MAX_TAG {
            return;
        }
        if self.tags.len() >= MAX_TAGS {
            self.tags.clear();
        }
        self.tags.insert(surface.into(), inner.into());
    }
}

fn place(key: WordKey) -> usize {
    // The upper bits are the best mixed.
    (key.hash() >> 40) as usize & (CELLS - 1)
}
