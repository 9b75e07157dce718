//! A first glance: whether anybody could be named in an activity at all. In most nobody is, and that shows before anything
//! is folded or cut.
//!
//! People write the same few words with the same few signs around them, so each chunk between two spaces is looked at once,
//! by itself, and what came of it is remembered. A chunk that may say more beside another one than by itself says so: the
//! glance may take an activity for one that names somebody and be wrong, but never the other way round.

use std::hash::{BuildHasher as _, RandomState};

use super::engine::Engine;
use super::field::{Field, Reading, Voice, is_listed_apart, texts};
use super::find::{names_somebody, read_all};
use super::hint::Hint;
use super::reading::Readings;
use super::room::{Desk, Memo, Room};
use crate::model::Activity;
use crate::text::{Page, Token, TokenKind, joins_space};

/// What may come of a chunk, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Glimpse(u8);

impl Glimpse {
    /// It must be looked at closely, whatever stands around it.
    const LOUD: u8 = 1;
    /// A name may begin in it and go on behind it.
    const OPENS: u8 = 2;
    /// A name may go on with it: the bit above [`Self::OPENS`].
    const GOES_ON: u8 = 4;
    /// It ends on a single letter, which may belong to one behind it.
    const LETTER_LAST: u8 = 8;
    /// It begins with a single letter: the bit above [`Self::LETTER_LAST`].
    const LETTER_FIRST: u8 = 16;
    /// It has a token at all.
    const WORDS: u8 = 32;
    /// Of what stands before a chunk: several chunks in which one name may stand.
    const ROW: u8 = 64;

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// What the first of two chunks may have to do with the second.
    #[inline]
    fn joins(self, next: Self) -> Self {
        Self(self.0 << 1 & next.0 & (Self::GOES_ON | Self::LETTER_FIRST))
    }
}

/// Chunks that a text may have which nobody looked at before; where there are more, all of it is looked at.
const MOST_NEW: usize = 24;
/// Longer chunks are never looked at by themselves.
const LONGEST: usize = 256;

/// Whether surely nobody is named in an activity.
pub(super) fn is_silent(engine: &Engine, activity: &Activity, room: &mut Room) -> bool {
    if is_listed_apart(activity) || engine.patterns.name_anywhere() {
        return false;
    }
    let mut page = std::mem::take(&mut room.page);
    let seat = room.seat(engine.serial);
    let mut glimpses = std::mem::take(&mut room.memo(seat).glimpses).unwrap_or_default();
    let silent = texts(activity).all(|(_, _, text)| {
        page.lay(text);
        let mut glance = Glance::new(engine, text, &page, &mut glimpses, room);
        page.each_chunk(glance.glimpses.secret, |span, hash| glance.stays_silent(span, hash)) && glance.ends_silent()
    });
    room.put_back(page);
    room.memo(seat).glimpses = Some(glimpses);
    silent
}

/// A text that is glanced at.
struct Glance<'a> {
    engine: &'a Engine,
    text: &'a str,
    page: &'a Page,
    room: &'a mut Room,
    glimpses: &'a mut Glimpses,
    /// The last chunk that has a token.
    before: Glimpse,
    /// It, or all chunks up to it in which one name may stand.
    row: (usize, usize),
    new: usize,
}

impl<'a> Glance<'a> {
    fn new(engine: &'a Engine, text: &'a str, page: &'a Page, glimpses: &'a mut Glimpses, room: &'a mut Room) -> Self {
        Self { engine, text, page, room, glimpses, before: Glimpse::default(), row: (0, 0), new: 0 }
    }

    /// Takes the next chunk; says whether the text is silent so far.
    #[inline(always)]
    fn stays_silent(&mut self, span: (usize, usize), hash: u64) -> bool {
        let here = self.glimpses.first(hash);
        if here.has(Glimpse::LOUD) | self.before.has(Glimpse::ROW) | (self.before.joins(here) != Glimpse::default()) {
            return self.looks_closer(span, hash);
        }
        if here.has(Glimpse::WORDS) {
            (self.before, self.row) = (here, span);
        }
        true
    }

    /// The same for what is not known at first sight, or may belong together with what stands before it.
    #[inline(never)]
    fn looks_closer(&mut self, span: (usize, usize), hash: u64) -> bool {
        let here = self.look(span, hash);
        let joins = self.before.joins(here);
        if here.has(Glimpse::LOUD) || joins.has(Glimpse::LETTER_FIRST) {
            return false;
        }
        if !here.has(Glimpse::WORDS) {
            return true;
        }
        if joins.has(Glimpse::GOES_ON) {
            self.row.1 = span.1;
            self.before = Glimpse(here.0 | Glimpse::OPENS | Glimpse::ROW);
            return true;
        }
        if !self.ends_silent() {
            return false;
        }
        (self.before, self.row) = (here, span);
        true
    }

    /// Whether nobody is named by several chunks that end here.
    fn ends_silent(&mut self) -> bool {
        if !self.before.has(Glimpse::ROW) {
            return true;
        }
        let hash = self.page.hash(self.row, self.glimpses.secret);
        !self.look(self.row, hash).has(Glimpse::LOUD)
    }

    /// What comes of a chunk or several: remembered, or else looked at.
    fn look(&mut self, (start, end): (usize, usize), hash: u64) -> Glimpse {
        let chunk = self.text.get(start..end).unwrap_or_default();
        if let Some(known) = self.glimpses.get(hash) {
            return known;
        }
        self.new += 1;
        if self.new > MOST_NEW || chunk.len() > LONGEST {
            return Glimpse(Glimpse::LOUD);
        }
        let glimpse = look(self.engine, chunk, self.room);
        self.glimpses.remember(hash, glimpse);
        glimpse
    }
}

/// Looks at a chunk by itself.
fn look(engine: &Engine, chunk: &str, room: &mut Room) -> Glimpse {
    if joins_space(chunk) {
        return Glimpse(Glimpse::LOUD);
    }
    let haystack = room.haystack(chunk);
    // Where the post stands is not said: an account that is listed for any platform counts.
    let field = Field { name: "text".into(), voice: Voice::Own, reading: Reading::Text, haystack, platform: None };
    let (memo, desk) = room.sit_down(engine.serial);
    let glimpse = glimpse(engine, &field, memo, desk);
    room.take_back(field.haystack);
    glimpse
}

fn glimpse(engine: &Engine, field: &Field<'_>, memo: &mut Memo, desk: &mut Desk) -> Glimpse {
    read_all(engine, std::slice::from_ref(field), memo, desk);
    let loud = names_somebody(engine, 0, field, desk)
        || desk.read.first().is_some_and(|read| engine.patterns.may_name(field.haystack.folded(), read.seen));
    let tokens = field.haystack.tokens();
    let is_letter = |token: Option<&Token>| token.is_some_and(|t| t.kind == TokenKind::Word && t.is_single());
    let has = |readings: &Readings, hint| readings.hint.has(hint);
    let bits = [
        (Glimpse::LOUD, loud),
        (Glimpse::OPENS, desk.readings.iter().any(|readings| has(readings, Hint::FIRST))),
        (Glimpse::GOES_ON, desk.readings.first().is_some_and(|first| has(first, Hint::IN_NAME))),
        (Glimpse::LETTER_FIRST, is_letter(tokens.first())),
        (Glimpse::LETTER_LAST, is_letter(tokens.last())),
        (Glimpse::WORDS, !tokens.is_empty()),
    ];
    Glimpse(bits.iter().filter(|(_, set)| *set).fold(0, |all, (bit, _)| all | bit))
}

/// What a thread remembers of chunks: hashes that nobody can foresee, each with what came of its chunk in the lowest byte.
///
/// A new chunk is taken for one of the two that stand in its places less than once in ten million million looks, as forty-six
/// bits of hash say more than the place; then a post is left that had to be looked at, or the other way round.
#[derive(Debug)]
pub(super) struct Glimpses {
    all: Box<[u64; PLACES]>,
    secret: u128,
}

/// Places for chunks, a power of two: two mebibytes.
const PLACES: usize = 262_144;
/// The part of a hash that is kept.
const KEPT: u64 = !0xFF;

impl Default for Glimpses {
    fn default() -> Self {
        let random = || u128::from(RandomState::new().hash_one(PLACES));
        Self {
            all: vec![0; PLACES].into_boxed_slice().try_into().expect("a constant number of places"),
            secret: random() << 64 | random(),
        }
    }
}

impl Glimpses {
    /// Where a chunk stands, or in the place beside it.
    fn place(hash: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "masked to the table's size")]
        let place = hash as usize & (PLACES - 1);
        place
    }

    /// What came of a chunk that stands in its first place; of others, that they must be looked at closely.
    #[inline(always)]
    fn first(&self, hash: u64) -> Glimpse {
        Self::in_place(self.all[Self::place(hash)], hash).unwrap_or(Glimpse(Glimpse::LOUD))
    }

    #[inline(always)]
    fn in_place(kept: u64, hash: u64) -> Option<Glimpse> {
        u8::try_from(kept ^ hash & KEPT).ok().map(Glimpse)
    }

    /// What came of a chunk, if it was looked at not long ago.
    fn get(&mut self, hash: u64) -> Option<Glimpse> {
        let (first, second) = (Self::place(hash), Self::place(hash) ^ 1);
        let known = Self::in_place(self.all[first], hash);
        known.or_else(|| {
            let known = Self::in_place(self.all[second], hash)?;
            self.all.swap(first, second);
            Some(known)
        })
    }

    /// Remembers what came of a chunk: in the second place where the first is taken, as most will never be seen again.
    fn remember(&mut self, hash: u64, glimpse: Glimpse) {
        let first = Self::place(hash);
        let place = if self.all[first] == 0 { first } else { first ^ 1 };
        self.all[place] = hash & KEPT | u64::from(glimpse.0);
    }
}
