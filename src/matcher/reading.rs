//! What the tokens of a field were read as.

use super::hint::Hint;
use crate::text::{Twist, WordId};

/// A word of the vocabulary, and how the writing differs from it.
pub(super) type Spelt = (WordId, Twist);

/// How one token was read: the first two readings, and what all of them are good for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Readings {
    words: [WordId; 2],
    twists: [Twist; 2],
    pub hint: Hint,
    /// How many of them.
    count: u8,
}

impl Default for Readings {
    fn default() -> Self {
        Self { words: [0; 2], twists: [Twist::Plain; 2], hint: Hint::default(), count: 0 }
    }
}

impl Readings {
    /// Readings of one token and what they are good for, and those for which there is no room.
    pub fn of(read: &[Spelt], hint: Hint) -> (Self, &[Spelt]) {
        let mut readings = Self { hint, ..Self::default() };
        let (first, further) = read.split_at(read.len().min(readings.words.len()));
        for ((word, twist), read) in readings.words.iter_mut().zip(&mut readings.twists).zip(first) {
            (*word, *twist) = *read;
            readings.count += 1;
        }
        if !further.is_empty() {
            readings.hint |= Hint::FURTHER;
        }
        (readings, further)
    }

    /// The one reading, where there is no other.
    pub fn only(&self) -> Option<Spelt> {
        (self.count == 1 && !self.hint.has(Hint::FURTHER)).then_some((self.words[0], self.twists[0]))
    }

    /// Those for which there is room.
    fn iter(&self) -> impl Iterator<Item = Spelt> {
        self.words.iter().zip(&self.twists).take(self.count as usize).map(|(word, twist)| (*word, *twist))
    }
}

/// A reading of tokens as one word of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The first of them.
    pub from: u32,
    pub word: WordId,
    /// How many tokens it takes.
    pub tokens: u16,
    pub twist: Twist,
}

impl Step {
    /// A reading of one token.
    pub fn of_one(at: usize, (word, twist): Spelt) -> Self {
        Self { from: narrow(at), word, tokens: 1, twist }
    }

    /// The first token behind it.
    pub fn to(&self) -> usize {
        self.from as usize + usize::from(self.tokens)
    }
}

/// All readings of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps<'a> {
    /// By token.
    pub readings: &'a [Readings],
    /// Further ones, in order of their first token.
    pub further: &'a [Step],
}

/// So many further readings are passed one by one; more are skipped by halves.
const NEAR: usize = 16;

impl<'a> Steps<'a> {
    /// Visits tokens that are a `whole` form, or with which a `longer` one may begin and the next one go on, until that
    /// says no.
    pub fn each_good_for(self, whole: Hint, longer: Hint, mut visit: impl FnMut(usize) -> bool) {
        let good = |here: Hint, next: Hint| {
            here.has(whole) | (here.has(longer) & (next.has(Hint::LATER) | here.has(Hint::FURTHER)))
        };
        for (at, pair) in self.readings.array_windows().enumerate() {
            let [here, next] = pair;
            if good(here.hint, next.hint) && !visit(at) {
                return;
            }
        }
        if let Some(last) = self.readings.last()
            && good(last.hint, Hint::default())
        {
            visit(self.readings.len() - 1);
        }
    }

    /// Lets go what is further read of tokens before one.
    pub fn pass(&mut self, at: usize) {
        let before = |step: &Step| (step.from as usize) < at;
        let near = self.further.iter().take(NEAR).position(|step| !before(step));
        let passed = near.unwrap_or_else(|| self.further.partition_point(before));
        self.further = self.further.get(passed..).unwrap_or_default();
    }

    /// Visits the readings of a token, and those of several that begin with it.
    #[inline]
    pub fn each_from(self, at: usize, mut visit: impl FnMut(Step)) {
        let Some(readings) = self.readings.get(at) else { return };
        readings.iter().for_each(|read| visit(Step::of_one(at, read)));
        if readings.hint.has(Hint::FURTHER) {
            let mut rest = self;
            rest.pass(at);
            rest.further.iter().take_while(|step| step.from as usize == at).for_each(|step| visit(*step));
        }
    }
}

/// Counts of tokens and readings of one field fit.
pub(super) fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
