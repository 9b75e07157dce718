//! What a thread keeps from one activity to the next: memory, and how words were read.
//!
//! Nothing in here changes an answer. People use few words very often, so most tokens were read before; a thread
//! remembers the readings of the last words and tags it saw, for the last engines it used.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use super::find::{Occurrence, ReadField};
use super::glance::Glimpses;
use super::hint::Hint;
use super::reading::{Readings, Spelt, Step};
use super::trie::Leaf;
use crate::text::{Haystack, Page, Room as TextRoom, WordKey, hash_word};

thread_local! {
    static KEPT: RefCell<Room> = RefCell::default();
}

/// Memory above this is given back: it was for one very long post.
const MAX_KEPT_BYTES: usize = 1 << 20;
/// Engines whose words a thread remembers.
const MAX_MEMOS: usize = 4;
/// Places for words in one memo, four each; a power of two.
const WORDS: usize = 32_768;
/// Places for tags, handles and long words, four each; a power of two.
const ODD: usize = 8_192;
/// Longer ones are read anew.
const MAX_ODD: usize = 64;

/// A thread's memory.
#[derive(Debug, Default)]
pub(super) struct Room {
    texts: Vec<TextRoom>,
    /// The one that was used last stands last.
    memos: Vec<(Serial, Memo)>,
    pub desk: Desk,
    pub page: Page,
}

/// What one search writes down.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub read: Vec<ReadField>,
    /// By token of all fields, in order.
    pub readings: Vec<Readings>,
    /// Readings for which there is no room in those, and those of several tokens: by field and first token.
    pub further: Vec<Step>,
    pub found: Vec<Occurrence>,
    pub row: Row,
    /// Readings of the token that is being read.
    pub now: Vec<Spelt>,
}

/// Words in a row that may be one, spelt apart.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// Their first token.
    pub from: usize,
    /// All of them without what stands between.
    pub joined: String,
    /// Where each of them ends in that.
    pub ends: Vec<usize>,
}

impl Row {
    /// Whether it holds a token and the one before it.
    pub fn joins(&self, at: usize) -> bool {
        (self.from + 1..self.from + self.ends.len()).contains(&at)
    }
}

impl Room {
    /// Lends the thread's memory to `work`. A second loan inside the first gets memory of its own.
    pub fn lend<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        KEPT.with(|kept| match kept.try_borrow_mut() {
            Ok(mut room) => work(&mut room),
            Err(_) => work(&mut Self::default()),
        })
    }

    /// Folds a text in memory that was used before.
    pub fn haystack<'a>(&mut self, text: &'a str) -> Haystack<'a> {
        Haystack::new_in(text, self.texts.pop().unwrap_or_default())
    }

    /// Takes back the memory of a page.
    pub fn put_back(&mut self, page: Page) {
        if page.size() <= MAX_KEPT_BYTES {
            self.page = page;
        }
    }

    /// Takes its memory back.
    pub fn take_back(&mut self, haystack: Haystack<'_>) {
        let room = haystack.into_room();
        if room.size() <= MAX_KEPT_BYTES {
            self.texts.push(room);
        }
    }

    /// What is remembered for an engine, at the cost of the one that was used longest ago; and a cleared desk.
    pub fn sit_down(&mut self, engine: Serial) -> (&mut Memo, &mut Desk) {
        let last = self.seat(engine);
        self.desk.read.clear();
        self.desk.readings.clear();
        self.desk.further.clear();
        self.desk.found.clear();
        (&mut self.memos[last].1, &mut self.desk)
    }

    /// What is remembered at a seat.
    pub fn memo(&mut self, at: usize) -> &mut Memo {
        &mut self.memos[at].1
    }

    /// The seat of an engine: its memo, the one that was used last from now on.
    pub fn seat(&mut self, engine: Serial) -> usize {
        match self.memos.iter().position(|(serial, _)| *serial == engine) {
            Some(at) => {
                if let Some(later) = self.memos.get_mut(at..) {
                    later.rotate_left(1);
                }
            }
            None => {
                if self.memos.len() >= MAX_MEMOS {
                    self.memos.remove(0);
                }
                self.memos.push((engine, Memo::default()));
            }
        }
        self.memos.len() - 1
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

/// Readings of words and tags, and what came of a first glance.
#[derive(Debug)]
pub(super) struct Memo {
    /// Nothing before the first one; taken away while somebody looks.
    pub glimpses: Option<Glimpses>,
    words: Box<[Words; WORDS]>,
    odd: Vec<[Option<Odd>; 4]>,
}

/// Words that share a place, those that were read last first: they share a line of the processor's cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Words([Word; 4]);

/// How a word was read.
#[derive(Clone, Copy, Debug)]
struct Word {
    key: WordKey,
    readings: Readings,
}

/// How a hashtag, a handle or a long word was read.
#[derive(Debug)]
pub(super) struct Odd {
    hash: u64,
    surface: Box<str>,
    pub readings: Readings,
    pub further: Box<[Spelt]>,
    pub inner: Box<[Inner]>,
}

/// A keyword inside a tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inner {
    pub leaf: Leaf,
    /// Bytes of the folded token.
    pub piece: (usize, usize),
}

impl Default for Word {
    fn default() -> Self {
        Self { key: WordKey::FREE, readings: Readings::default() }
    }
}

impl Default for Memo {
    fn default() -> Self {
        let words = vec![Words::default(); WORDS].into_boxed_slice();
        Self { words: words.try_into().expect("a constant number of places"), glimpses: None, odd: Vec::new() }
    }
}

impl Memo {
    /// How a word was read before, if it was the last one in its place; [`Hint::UNREAD`] if not. Takes no branch.
    #[inline]
    pub fn last_seen(&self, key: WordKey) -> Readings {
        let Words([last, ..]) = &self.words[place(key.hash(), WORDS)];
        let mut readings = last.readings;
        readings.hint = if last.key == key { readings.hint } else { Hint::UNREAD };
        readings
    }

    /// How a word was read before.
    pub fn word(&mut self, key: WordKey) -> Option<Readings> {
        let Words(words) = &mut self.words[place(key.hash(), WORDS)];
        to_front(words, |word| word.key == key).map(|word| word.readings)
    }

    /// Remembers how a word was read.
    pub fn remember_word(&mut self, key: WordKey, readings: Readings) {
        let Words(words) = &mut self.words[place(key.hash(), WORDS)];
        words.rotate_right(1);
        words[0] = Word { key, readings };
    }

    /// How exactly these letters, capitals included, were read before.
    pub fn odd(&mut self, surface: &str) -> Option<&Odd> {
        let hash = hash_word(surface.as_bytes());
        let odd = self.odd.get_mut(place(hash, ODD))?;
        let is_it = |odd: &Odd| odd.hash == hash && *odd.surface == *surface;
        to_front(odd, |odd| odd.as_ref().is_some_and(is_it))?.as_ref()
    }

    /// Remembers how a hashtag, a handle or a long word was read.
    pub fn remember_odd(&mut self, surface: &str, (readings, further): (Readings, &[Spelt]), inner: &[Inner]) {
        if surface.len() > MAX_ODD {
            return;
        }
        if self.odd.is_empty() {
            self.odd.resize_with(ODD, Default::default);
        }
        let hash = hash_word(surface.as_bytes());
        if let Some(odd) = self.odd.get_mut(place(hash, ODD)) {
            odd.rotate_right(1);
            let (surface, further, inner) = (surface.into(), further.into(), inner.into());
            odd[0] = Some(Odd { hash, surface, readings, further, inner });
        }
    }
}

/// Moves the one that is wanted to the front.
fn to_front<T>(place: &mut [T], wanted: impl Fn(&T) -> bool) -> Option<&T> {
    let at = place.iter().position(wanted)?;
    if at > 0 {
        place.get_mut(..=at)?.rotate_right(1);
    }
    place.first()
}

/// One of so many places.
fn place(hash: u64, places: usize) -> usize {
    // The upper bits are the best mixed.
    (hash >> 40) as usize & (places - 1)
}
