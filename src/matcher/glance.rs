//! A glance at a text: may anybody be named in it at all? Most posts end here, before they are cut into tokens.
//!
//! The answer is never a wrong no. Whatever is not surely dull (a tag never seen, letters of another script, letters
//! spelt apart) is a yes, and the full search decides.

use super::engine::Engine;
use super::find::{Step, read_word};
use super::room::{Hint, Memo};
use super::trie::Places;
use crate::text::{Haystack, Shape, WordKey};

/// Whether the full search could find a name, a number or a sign in a running text.
pub(super) fn may_name(engine: &Engine, haystack: &Haystack<'_>, memo: &mut Memo, room: &mut Vec<Step>) -> bool {
    let text = haystack.folded();
    let mut glance = Glance { engine, haystack, text, memo, room, last: Last::default() };
    let mut skip = 0;
    for start in haystack.starts() {
        if start < skip {
            continue;
        }
        skip = match glance.look(start) {
            Some(end) => end,
            None => return true,
        };
    }
    engine.patterns.may_name(text, haystack.any_digit())
}

/// The word before.
#[derive(Clone, Copy, Default)]
struct Last {
    start: usize,
    end: usize,
    hint: Hint,
    /// Words of one letter in a row.
    singles: u8,
}

struct Glance<'a> {
    engine: &'a Engine,
    haystack: &'a Haystack<'a>,
    text: &'a str,
    memo: &'a mut Memo,
    /// For readings that are not wanted yet.
    room: &'a mut Vec<Step>,
    last: Last,
}

impl Glance<'_> {
    /// Where to go on; nothing where a name may stand.
    #[inline]
    fn look(&mut self, start: usize) -> Option<usize> {
        let len = self.haystack.word_len(start);
        if len == 0 {
            return self.odd(start);
        }
        let bytes = self.text.as_bytes();
        let end = start + len;
        if bytes.get(end).is_some_and(|stop| *stop != b' ')
            && let Some(skip) = self.ends_oddly(start, end)?
        {
            return Some(skip);
        }
        let hint = self.hint(start, end)?;
        let last = std::mem::take(&mut self.last);
        let apart = start == last.end + 1 && bytes.get(last.end) == Some(&b' ');
        let joined = !apart && last.end > 0 && self.is_joined(last.end, start);
        let singles = if len == 1 { last.singles + 1 } else { 0 };
        if hint.glued
            || hint.places.has(Places::ALONE)
            || (last.hint.places.has(Places::FIRST) && hint.places.has(Places::LATER))
            || singles >= 3
            || (joined && self.engine.spells_name(self.text, last.start, start, end))
        {
            return None;
        }
        // Joined words count from the first of them.
        self.last = Last { start: if joined { last.start } else { start }, end, hint, singles };
        Some(end)
    }

    /// A word that no space ends: nothing where it may be a name in disguise, else where an address ends that it opens.
    #[expect(clippy::option_option, reason = "the outer one says that a name may stand here")]
    fn ends_oddly(&mut self, start: usize, end: usize) -> Option<Option<usize>> {
        let bytes = self.text.as_bytes();
        let (stop, next) = (bytes.get(end).copied()?, bytes.get(end + 1).copied().unwrap_or(b' '));
        let word = self.text.get(start..end).unwrap_or_default();
        match stop {
            // `pr@bowo`.
            b'@' | b'$' if !next.is_ascii_whitespace() => None,
            b':' if next == b'/' => Some(Some(self.address(start))),
            b'.' if word == "www" => Some(Some(self.address(start))),
            // A star may hide a letter.
            b'*' if next.is_ascii_alphanumeric() => None,
            // A mark that the last letter carries, a keycap.
            _ if !stop.is_ascii() && self.haystack.joins_word(end) => None,
            _ => Some(None),
        }
    }

    /// What the word is good for; nothing where that can't be told here.
    #[inline]
    fn hint(&mut self, start: usize, end: usize) -> Option<Hint> {
        let key = WordKey::of(self.text, start, end);
        match key.and_then(|key| self.memo.hint(key)) {
            Some(hint) => Some(hint),
            None => self.new_hint(start, end, key),
        }
    }

    #[cold]
    fn new_hint(&mut self, start: usize, end: usize, key: Option<WordKey>) -> Option<Hint> {
        let word = self.text.get(start..end)?;
        let shape = Shape::of_run(self.haystack.word_run(start)?);
        self.room.clear();
        Some(read_word(self.engine, 0, (word, shape), key, self.memo, self.room))
    }

    /// Whether nothing but punctuation stands between two words.
    fn is_joined(&self, end: usize, start: usize) -> bool {
        let between = self.text.as_bytes().get(end..start).unwrap_or_default();
        between.iter().all(u8::is_ascii_punctuation)
    }

    /// Addresses are never matched.
    fn address(&mut self, start: usize) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let len = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>')).unwrap_or(rest.len());
        self.last = Last::default();
        start + len
    }

    fn odd(&mut self, start: usize) -> Option<usize> {
        let haystack = self.haystack;
        self.last = Last::default();
        let c = self.text.get(start..)?.chars().next()?;
        let after = start + c.len_utf8();
        match c {
            '#' | '@' => {
                let Some(end) = haystack.tag_end(start) else { return Some(after) };
                let tag = self.text.get(start..end)?;
                let dull = match c {
                    '#' => self.memo.is_dull(haystack.surface((start, end))),
                    _ => self.engine.is_dull_handle(tag),
                };
                dull.then_some(end)
            }
            _ if c.is_alphanumeric() || haystack.joins_word(start) => None,
            _ if self.engine.may_begin_with(c) => None,
            _ => Some(after),
        }
    }
}
