//! Folded text with the way back to the original bytes, and how it is written.

use super::lookalike::{is_apostrophe, is_letter};
use super::mask::has_byte;

/// Folded text with the map back to the original bytes.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// The folded text.
    pub text: String,
    /// Runs in ascending order of both columns; empty where the text was ASCII and nothing moved.
    pub(super) runs: Vec<Run>,
}

/// A stretch of folded text and where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    /// First folded byte.
    pub folded: usize,
    /// First original byte.
    pub start: usize,
    /// One past the last original byte; 0 marks a run that maps byte by byte.
    pub end: usize,
}

impl Folded {
    /// The span of the original that the folded span came from.
    ///
    /// Both spans are half open; a non-empty span on character boundaries maps to a non-empty one on character boundaries.
    #[must_use]
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        if self.runs.is_empty() || start >= end {
            return (start, end);
        }
        let first = self.run_at(start);
        let last = self.run_at(end - 1);
        let from = if first.end == 0 { first.start + (start - first.folded) } else { first.start };
        let to = if last.end == 0 { last.start + (end - last.folded) } else { last.end };
        (from, to)
    }

    /// Whether every byte stands where it stood, in lower case.
    pub(super) fn in_place(&self) -> bool {
        self.runs.is_empty()
    }

    fn run_at(&self, folded: usize) -> Run {
        let next = self.runs.partition_point(|run| run.folded <= folded);
        // The first run starts at 0, so there is always one before `next`.
        self.runs.get(next.saturating_sub(1)).copied().unwrap_or(Run { folded: 0, start: 0, end: 0 })
    }
}

/// What is folded so far: text, runs, and what the next character has to know.
pub(super) struct Output {
    pub text: String,
    runs: Vec<Run>,
    /// Where the next byte would have to come from for the last run to go on byte by byte.
    expected: Option<usize>,
    last_cluster: Option<usize>,
    /// The last character is a letter.
    after_letter: bool,
    /// An apostrophe behind a letter: it stands only if no letter follows.
    held: Option<(char, usize, usize)>,
}

impl Output {
    pub fn new(capacity: usize, room: Folded) -> Self {
        let Folded { mut text, runs } = room;
        text.reserve(capacity);
        Self { text, runs, expected: None, last_cluster: None, after_letter: false, held: None }
    }

    /// One folded character and the original bytes of its cluster. An apostrophe between two letters is spelling
    /// (Jum'at, Mar'i, Sa'aduddin), not a word edge, and goes.
    pub fn push(&mut self, c: char, start: usize, end: usize) {
        self.push_known(c, is_letter(c), start, end);
    }

    /// The same where it is known whether the character is a letter; to find out takes longer than the rest.
    pub fn push_known(&mut self, c: char, letter: bool, start: usize, end: usize) {
        if self.after_letter && is_apostrophe(c) && self.held.is_none() {
            self.held = Some((c, start, end));
            return;
        }
        self.release(letter);
        self.after_letter = letter;
        self.put(c, start, end);
    }

    /// ASCII from `start` on, each byte for itself.
    pub fn push_ascii(&mut self, stretch: &str, start: usize, fold_case: bool) {
        let is_apostrophe = |b: u8| (b == b'\'') | (b == b'`');
        // Hardly any stretch has one.
        if !has_byte(stretch, is_apostrophe) {
            return self.put_ascii(stretch, start, fold_case);
        }
        let mut at = 0;
        for plain in stretch.split_inclusive(['\'', '`']) {
            let (words, apostrophe) = match plain.bytes().next_back() {
                Some(last) if is_apostrophe(last) => (plain.get(..plain.len() - 1).unwrap_or_default(), Some(last)),
                _ => (plain, None),
            };
            self.put_ascii(words, start + at, fold_case);
            at += plain.len();
            if let Some(apostrophe) = apostrophe {
                self.push_known(char::from(apostrophe), false, start + at - 1, start + at);
            }
        }
    }

    fn put_ascii(&mut self, stretch: &str, start: usize, fold_case: bool) {
        let (Some(first), Some(last)) = (stretch.bytes().next(), stretch.bytes().next_back()) else { return };
        self.release(first.is_ascii_alphabetic());
        let folded = self.text.len();
        if self.expected != Some(start) {
            self.runs.push(Run { folded, start, end: 0 });
        }
        self.text.push_str(stretch);
        if fold_case && let Some(tail) = self.text.get_mut(folded..) {
            tail.make_ascii_lowercase();
        }
        self.expected = Some(start + stretch.len());
        self.last_cluster = Some(start + stretch.len() - 1);
        self.after_letter = last.is_ascii_alphabetic();
    }

    /// Writes or drops the held apostrophe, now that what follows it is known.
    fn release(&mut self, letter_follows: bool) {
        if let Some((c, start, end)) = self.held.take()
            && !letter_follows
        {
            self.put(c, start, end);
        }
    }

    pub fn put(&mut self, c: char, start: usize, end: usize) {
        let folded = self.text.len();
        self.text.push(c);
        let linear = end - start == c.len_utf8() && c.is_ascii();
        if self.last_cluster == Some(start) {
            // A further character of the same cluster belongs to the run that the first one opened.
            self.expected = None;
            if self.runs.last().is_some_and(|run| run.end == 0) {
                self.runs.push(Run { folded, start, end });
            }
        } else if linear {
            if self.expected != Some(start) {
                self.runs.push(Run { folded, start, end: 0 });
            }
            self.expected = Some(end);
        } else {
            self.runs.push(Run { folded, start, end });
            self.expected = None;
        }
        self.last_cluster = Some(start);
    }

    pub fn finish(mut self) -> Folded {
        self.release(false);
        if self.runs.is_empty() {
            self.runs.push(Run { folded: 0, start: 0, end: 0 });
        }
        Folded { text: self.text, runs: self.runs }
    }
}
