//! Words without spaces: what stands inside `#PilihPrabowoGibran02`, `@sahabatganjar` or `mendingprabowo`.
//!
//! A body is cut by dictionary, never by substring: *emil* is not found in *pemilu*, because *pemilu* as a whole is the
//! cheapest reading. The dictionary is the keyword sets' own words plus a list of common ones.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::starts::Starts;
use super::vocab::Vocab;

/// Common Indonesian words by frequency of use, one a line; data, see docs/MATCHING.md.
const WORDS: &str = include_str!("words.txt");

static COMMON: LazyLock<Vocab> = LazyLock::new(|| WORDS.lines().collect());

/// Common given names, one a line; data, written down for this project.
static GIVEN: LazyLock<Vocab> = LazyLock::new(|| include_str!("names.txt").lines().collect());

/// Bodies longer than this are not cut: no hashtag of a campaign is, and the work stays bounded.
const MAX_BODY: usize = 64;
/// No dictionary word is longer.
const MAX_WORD: usize = 20;
/// Names shorter than this are not looked for in words without a sign.
const MIN_NAME: usize = 4;
/// What shorter names have: no set notices still shorter ones.
const SHORT: usize = MIN_NAME - 1;
/// What a row of digits costs, whatever it says.
const DIGITS: u16 = 5;

/// Whether a folded word is among the common ones (and so says little as a keyword).
#[must_use]
pub fn is_common_word(word: &str) -> bool {
    COMMON.contains(word)
}

/// Whether a folded word is a given name that many people bear.
#[must_use]
pub fn is_common_name(word: &str) -> bool {
    GIVEN.contains(word)
}

/// What the keyword sets know of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Not,
    /// It stands in a cue or an exception.
    Word,
    /// It stands in the name of somebody or something.
    Name,
}

/// Words of keyword sets.
pub trait Lexicon {
    /// What the sets know of a word.
    fn knows(&self, word: &str) -> Known;

    /// Whether one of [`Self::LETTERS`] letters or more may begin at a place of a text. Most begin nowhere, which is known
    /// before anything is looked up.
    fn may_begin(&self, text: &str, start: usize) -> bool;

    /// Shorter words may begin anywhere.
    const LETTERS: usize = 4;
}

/// A piece of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First byte in the body.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// A keyword made of it may count: nothing around it casts doubt on where it begins and ends.
    pub trusted: bool,
}

/// Everyday words, found at all places of a body in one pass.
static WORDS_INSIDE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = WORDS.lines().filter(|word| word.len() <= MAX_WORD && word.bytes().all(|b| b.is_ascii_alphanumeric()));
    // The list is part of the program and far below any limit; without it names would still be found by their edges.
    AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(words).ok()
});

/// Cuts bodies into the words of keyword sets and everyday ones.
#[derive(Debug, Default)]
pub struct Segmenter {
    /// Names that are looked for in words without a sign, and how they begin.
    names: Vocab,
    starts: Starts<MIN_NAME>,
    short_names: Vocab,
}

impl Segmenter {
    /// A segmenter for folded names; what else the sets know is asked for with each body.
    #[must_use]
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let mut segmenter = Self::default();
        for name in names.filter(|name| name.len() <= MAX_WORD && name.bytes().all(|b| b.is_ascii_alphanumeric())) {
            if name.len() < MIN_NAME { &mut segmenter.short_names } else { &mut segmenter.names }.add(name);
            segmenter.starts.add(name);
        }
        segmenter
    }

    /// The pieces of a hashtag's or a handle's body; nothing where none is a word of the sets. Long ones may have unknown
    /// neighbours.
    ///
    /// `cased` is the same body with its capitals (empty where lengths differ).
    pub fn cut_tag(&self, body: &str, cased: &str, lexicon: &impl Lexicon) -> Vec<Piece> {
        if body.len() > MAX_BODY || !body.is_ascii() {
            return Vec::new();
        }
        let edges = Edges::new(body, cased);
        let reading = Reading::cheapest(body, &edges, lexicon);
        if reading.ways().all(|(_, way)| way.known == Known::Not) {
            return Vec::new();
        }
        let all_known = reading.ways().all(|(_, way)| way.is_word);
        let piece = |(end, way): (usize, Way)| {
            let start = usize::from(way.from);
            let at_edges = edges.at(start) && edges.at(end);
            Piece { start, end, trusted: way.is_word && (all_known || at_edges || end - start >= 6) }
        };
        in_order(reading.ways().map(piece))
    }

    /// The pieces of a word that somebody wrote without spaces; nothing where a piece is unknown or none is a name.
    pub fn cut_word(&self, body: &str, cased: &str, lexicon: &impl Lexicon) -> Vec<Piece> {
        if body.len() > MAX_BODY || !body.is_ascii() || !self.has_name(body) {
            return Vec::new();
        }
        let reading = Reading::cheapest(body, &Edges::new(body, cased), lexicon);
        let named = |(end, way): (usize, Way)| way.known == Known::Name && end - usize::from(way.from) >= MIN_NAME;
        if !reading.ways().all(|(_, way)| way.is_word) || !reading.ways().any(named) {
            return Vec::new();
        }
        in_order(reading.ways().map(|(end, way)| Piece { start: usize::from(way.from), end, trusted: true }))
    }

    /// Whether a handle's body may hold a name: one of some length anywhere, or a short one at an end of its parts.
    #[must_use]
    pub fn may_hold_name(&self, body: &str) -> bool {
        let short = |part: Option<&str>| part.is_some_and(|part| self.short_names.contains(part));
        let at_end = |part: &str| short(part.get(..SHORT)) || short(part.get(part.len().wrapping_sub(SHORT)..));
        body.split(|c: char| !c.is_ascii_alphabetic()).any(at_end) || self.has_name(body)
    }

    /// Whether a name stands in the body at all, wherever its edges are.
    fn has_name(&self, body: &str) -> bool {
        (0..body.len().saturating_sub(MIN_NAME - 1)).filter(|start| self.starts.may_begin(body, *start)).any(|start| {
            let ends = start + MIN_NAME..=body.len().min(start + MAX_WORD);
            ends.filter_map(|end| body.get(start..end)).any(|word| self.names.contains(word))
        })
    }
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// Readings are followed from their end.
fn in_order(pieces: impl Iterator<Item = Piece>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = pieces.collect();
    pieces.reverse();
    pieces
}

/// Positions where the writing itself shows an edge: both ends, `aB`, letter beside digit, underscore.
struct Edges {
    bits: u128,
    /// There is one besides the ends.
    inner: bool,
}

impl Edges {
    fn new(body: &str, cased: &str) -> Self {
        let bytes = if cased.len() == body.len() { cased.as_bytes() } else { body.as_bytes() };
        let class = |b: u8| match b {
            b'0'..=b'9' => 0,
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 2,
            _ => 3,
        };
        let mut bits = 1 | 1 << body.len();
        let mut before = None;
        for (at, b) in bytes.iter().enumerate() {
            let after = class(*b);
            let edge = match (before, after) {
                (None, _) | (Some(1), 2) => true,
                // `PKBMenang`: the last capital of a run opens a word.
                (Some(2), 2) => bytes.get(at + 1).is_some_and(|next| class(*next) == 1),
                (Some(2), 1) => false,
                (Some(before), after) => before != after,
            };
            bits |= u128::from(edge) << at;
            before = Some(after);
        }
        Self { bits, inner: bits & !(1 | 1 << body.len()) != 0 }
    }

    fn at(&self, position: usize) -> bool {
        self.bits >> position & 1 == 1
    }

    /// What it costs to begin a piece here, in a body that shows its edges.
    fn misaligned(&self, position: usize) -> u16 {
        if self.inner && !self.at(position) { 3 } else { 0 }
    }
}

/// The best way to come to a position.
#[derive(Clone, Copy)]
struct Way {
    cost: u16,
    /// Where its last piece begins.
    from: u8,
    /// The last piece is a word or a row of digits.
    is_word: bool,
    /// What the sets know of it.
    known: Known,
}

const NO_WAY: Way = Way { cost: u16::MAX, from: 0, is_word: false, known: Known::Not };

/// The best ways to all positions.
struct Reading {
    ways: [Way; MAX_BODY + 1],
    len: usize,
}

impl Reading {
    /// The reading with the fewest and most familiar words; it may have unknown pieces, at a price by the letter.
    fn cheapest<L: Lexicon>(body: &str, edges: &Edges, lexicon: &L) -> Self {
        let mut reading = Self { ways: [NO_WAY; MAX_BODY + 1], len: body.len() };
        reading.come(0, Way { cost: 0, ..NO_WAY });
        let mut common = WORDS_INSIDE.iter().flat_map(|words| words.find_overlapping_iter(body)).peekable();
        // The cheapest unknown piece that is still growing, and where the row of digits around here begins.
        let mut unknown = NO_WAY;
        let mut digits = 0;
        let begins = (0..body.len()).filter(|start| lexicon.may_begin(body, *start));
        let begins = begins.fold(0_u64, |begins, start| begins | 1 << start);
        for (at, byte) in body.bytes().enumerate() {
            let end = at + 1;
            let begun = reading.way(at).cost.saturating_add(8 + edges.misaligned(at));
            if begun < unknown.cost {
                unknown = Way { cost: begun, from: narrow(at), ..NO_WAY };
            }
            unknown.cost = unknown.cost.saturating_add(12);
            reading.come(end, unknown);
            let long = |start: &usize| begins >> start & 1 == 1;
            let short_from = end.saturating_sub(L::LETTERS - 1);
            let starts = (end.saturating_sub(MAX_WORD)..short_from).filter(long).chain(short_from..end);
            for start in starts {
                let word = body.get(start..end).unwrap_or_default();
                let known = lexicon.knows(word);
                if known != Known::Not {
                    let cost = if start >= digits && is_digit(byte) { DIGITS } else { 10 + short(word.len()) };
                    reading.piece(start, end, cost, known, edges);
                }
            }
            while let Some(word) = common.next_if(|word| word.end() == end) {
                reading.piece(word.start(), end, 11 + short(word.len()), Known::Not, edges);
            }
            if is_digit(byte) {
                for start in digits..end {
                    reading.piece(start, end, DIGITS, Known::Not, edges);
                }
            } else {
                digits = end;
            }
        }
        reading
    }

    fn way(&self, at: usize) -> Way {
        self.ways.get(at).copied().unwrap_or(NO_WAY)
    }

    fn come(&mut self, at: usize, way: Way) {
        if let Some(best) = self.ways.get_mut(at)
            && way.cost < best.cost
        {
            *best = way;
        }
    }

    fn piece(&mut self, start: usize, end: usize, cost: u16, known: Known, edges: &Edges) {
        let cost = self.way(start).cost.saturating_add(cost + edges.misaligned(start));
        self.come(end, Way { cost, from: narrow(start), is_word: true, known });
    }

    /// End and way of each piece, the last one first.
    fn ways(&self) -> impl Iterator<Item = (usize, Way)> {
        let mut at = self.len;
        std::iter::from_fn(move || {
            let (way, end) = (self.way(at), at);
            if end == 0 {
                return None;
            }
            at = usize::from(way.from);
            Some((end, way))
        })
    }
}

/// Positions of a body fit.
fn narrow(position: usize) -> u8 {
    u8::try_from(position).unwrap_or(u8::MAX)
}

/// Very short words fit everywhere and so prove little.
fn short(len: usize) -> u16 {
    match len {
        1 => 12,
        2 => 6,
        3 => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 8] = ["prabowo", "gibran", "ganjar", "emil", "anis", "amin", "pan", "pkb"];

    struct Names;

    impl Lexicon for Names {
        fn knows(&self, word: &str) -> Known {
            if NAMES.contains(&word) { Known::Name } else { Known::Not }
        }

        fn may_begin(&self, text: &str, start: usize) -> bool {
            let four = |text: &str| text.get(..4).map(str::to_owned);
            four(text.get(start..).unwrap())
                .is_some_and(|head| NAMES.iter().any(|name| four(name) == Some(head.clone())))
        }
    }

    fn pieces(cased: &str, strict: bool) -> Vec<String> {
        let segmenter = Segmenter::new(NAMES.into_iter());
        let body = cased.to_ascii_lowercase();
        let pieces =
            if strict { segmenter.cut_word(&body, cased, &Names) } else { segmenter.cut_tag(&body, cased, &Names) };
        pieces
            .into_iter()
            .filter(|p| p.trusted && NAMES.contains(&body.get(p.start..p.end).unwrap()))
            .map(|p| body.get(p.start..p.end).unwrap().to_owned())
            .collect()
    }

    #[test]
    fn names_inside_tags_and_glued_words_are_found() {
        assert_eq!(pieces("PilihPrabowoGibran02", false), ["prabowo", "gibran"]);
        assert_eq!(pieces("mendingprabowo", true), ["prabowo"]);
        assert_eq!(pieces("prabowoganjar", true), ["prabowo", "ganjar"]);
        assert_eq!(pieces("MEnangkanGAnjar", false), ["ganjar"]);
        assert_eq!(pieces("PKBMenang", false), ["pkb"]);
        assert_eq!(pieces("amin_aja", false), ["amin"]);
    }

    #[test]
    fn names_inside_ordinary_words_are_not() {
        for word in ["pemilu", "pemilihan", "organisasi", "manis", "depan", "kampanye", "harapan", "jamin", "ganjaran"]
        {
            assert!(pieces(word, true).is_empty(), "{word}");
            assert!(word == "ganjaran" || pieces(word, false).is_empty(), "#{word}");
        }
    }
}
