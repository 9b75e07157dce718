//! Regular expressions over the folded text, on word edges.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use regex_syntax::hir::literal::{Extractor, Literal};
use regex_syntax::hir::{Class, Hir, HirKind};
use smallvec::{SmallVec, smallvec};

use super::hint::Hint;
use crate::text::{Vocab, is_alphanumeric, separates};

/// A pattern as written.
#[derive(Debug)]
pub(super) struct Pattern {
    pub text: String,
    /// The keyword's entry.
    pub entry: u32,
    /// It names somebody or something, as against cues and exceptions.
    pub names: bool,
}

/// All patterns of an engine, in groups: those that can't match without a digit are tried only in texts that have one, and
/// cues and exceptions only where somebody or something is named; all of them only where one may begin.
#[derive(Debug)]
pub(super) struct Patterns {
    names: Groups,
    others: Groups,
    pub openers: Openers,
}

/// Patterns of one sort.
#[derive(Debug)]
pub(super) struct Groups {
    with_digits: Group,
    without: Group,
}

/// Patterns that are tried together.
#[derive(Debug)]
struct Group {
    /// Any of them: most places end here.
    any: Option<Regex>,
    set: Option<RegexSet>,
    regexes: Vec<(Regex, u32)>,
    opening: Opening,
}

/// Where one of a group may match.
#[derive(Debug)]
struct Opening {
    /// Where a word begins that is good for this,
    hint: Hint,
    /// or at one of these signs,
    signs: Vec<char>,
    /// or anywhere: then the text is searched, not tried here and there.
    anywhere: bool,
}

/// Visits spans of words that are good for a hint.
type EachWord<'a> = dyn Fn(Hint, &mut dyn FnMut((usize, usize))) + 'a;

/// A text, and words of it that are good for something.
pub(super) struct Opened<'a> {
    pub text: &'a str,
    /// What all its words are good for.
    pub seen: Hint,
    /// Visits the spans of those that are good for a hint, in order.
    pub each_word: &'a EachWord<'a>,
    /// Whether there is a digit that says something.
    pub has_digits: &'a dyn Fn() -> bool,
}

/// Called with start, end and entry of a match; answers whether to go on.
pub(super) type Visit<'a> = &'a mut dyn FnMut(usize, usize, u32) -> bool;

impl Patterns {
    /// Compiles patterns.
    ///
    /// # Errors
    /// In words, when one is no pattern or all of them are too large.
    pub fn build(patterns: &[Pattern]) -> Result<Self, String> {
        let (names, others): (Vec<_>, Vec<_>) = patterns.iter().partition(|pattern| pattern.names);
        let mut openers = Openers::default();
        let names = Groups::build(&names, [Hint::OPENS_NAME; 2], &mut openers)?;
        let others = Groups::build(&others, [Hint::OPENS_DIGITS, Hint::OPENS_OTHER], &mut openers)?;
        Ok(Self { names, others, openers })
    }

    /// Those that name somebody or something.
    pub fn names(&self) -> &Groups {
        &self.names
    }

    /// Those of cues and exceptions.
    pub fn others(&self) -> &Groups {
        &self.others
    }

    /// Whether one that names somebody or something may begin anywhere, or between the chunks of a text.
    pub fn name_anywhere(&self) -> bool {
        let between = |opening: &Opening| opening.signs.iter().any(|sign| sign.is_ascii() && separates(*sign as u8));
        self.names.each().any(|group| group.opening.anywhere || between(&group.opening))
    }

    /// Whether one that names somebody or something may begin in a text with words that are good for this.
    pub fn may_name(&self, text: &str, seen: Hint) -> bool {
        let opens = |opening: &Opening| seen.has(opening.hint) || text.contains(&*opening.signs);
        self.names.each().any(|group| group.any.is_some() && opens(&group.opening))
    }

    /// Which patterns may begin with one of the words in a token.
    pub fn opened_by(&self, token: &str) -> Hint {
        let mut hint = Hint::default();
        self.openers.each_in(token, |_, opened| hint |= opened);
        hint
    }
}

impl Groups {
    /// Patterns in groups, and what opens those that ask for a digit and the others.
    fn build(patterns: &[&Pattern], opens: [Hint; 2], openers: &mut Openers) -> Result<Self, String> {
        let (with_digits, without): (Vec<_>, Vec<_>) =
            patterns.iter().partition(|pattern| asks_for_digit(&pattern.text));
        Ok(Self {
            with_digits: Group::build(&with_digits, Opening::of(&with_digits, opens[0], openers))?,
            without: Group::build(&without, Opening::of(&without, opens[1], openers))?,
        })
    }

    fn each(&self) -> impl Iterator<Item = &Group> {
        [&self.with_digits, &self.without].into_iter()
    }

    /// Visits their matches on word edges.
    pub fn find(&self, openers: &Openers, opened: &Opened<'_>, visit: Visit<'_>) {
        let places = self.without.opening.places(openers, opened);
        if self.without.find(opened.text, &places, visit) {
            let places = self.with_digits.opening.places(openers, opened);
            if !places.is_empty() && (opened.has_digits)() {
                self.with_digits.find(opened.text, &places, visit);
            }
        }
    }
}

impl Opening {
    fn of(patterns: &[&Pattern], hint: Hint, openers: &mut Openers) -> Self {
        let mut opening = Self { hint, signs: Vec::new(), anywhere: false };
        for pattern in patterns {
            match beginnings(&pattern.text) {
                Some(beginnings) => openers.add(&beginnings, hint, &mut opening.signs),
                None => opening.anywhere = true,
            }
        }
        opening.signs.sort_unstable();
        opening.signs.dedup();
        opening
    }

    /// Where one may begin, in order.
    fn places(&self, openers: &Openers, opened: &Opened<'_>) -> SmallVec<[usize; 16]> {
        if self.anywhere {
            return smallvec![0];
        }
        let mut places = SmallVec::new();
        if opened.seen.has(self.hint) {
            (opened.each_word)(self.hint, &mut |(start, end)| {
                openers.each_in(opened.text.get(start..end).unwrap_or_default(), |at, hint| {
                    if hint.has(self.hint) {
                        places.push(start + at);
                    }
                });
            });
        }
        let opened_by_words = places.len();
        for sign in &self.signs {
            places.extend(opened.text.match_indices(*sign).map(|(at, _)| at));
        }
        if places.len() > opened_by_words {
            places.sort_unstable();
        }
        places
    }
}

impl Group {
    fn build(patterns: &[&Pattern], opening: Opening) -> Result<Self, String> {
        if patterns.is_empty() {
            return Ok(Self { any: None, set: None, regexes: Vec::new(), opening });
        }
        // What may begin anywhere is searched for; the others are tried where they may begin.
        let at_start = if opening.anywhere { "" } else { "^" };
        let one = |pattern: &str, limit| {
            let mut builder = RegexBuilder::new(pattern);
            builder.case_insensitive(true).size_limit(limit).build().map_err(|e| e.to_string())
        };
        let texts = || patterns.iter().map(|pattern| format!("{at_start}(?:{})", pattern.text));
        let set = RegexSetBuilder::new(texts())
            .case_insensitive(true)
            .size_limit(MAX_ALL)
            // Many patterns in one lazy automaton: with the default cache it would be rebuilt again and again.
            .dfa_size_limit(MAX_ALL / 2)
            .build()
            .map_err(|e| e.to_string())?;
        let regexes = texts().zip(patterns).map(|(text, pattern)| Ok((one(&text, MAX_ONE)?, pattern.entry)));
        let any = texts().collect::<Vec<_>>().join("|");
        let regexes = regexes.collect::<Result<_, String>>()?;
        Ok(Self { any: Some(one(&any, MAX_ALL)?), set: Some(set), regexes, opening })
    }

    /// Tries them at places in order; says whether the visitor wants more.
    fn find(&self, text: &str, places: &[usize], visit: Visit<'_>) -> bool {
        let (Some(any), Some(set)) = (&self.any, &self.set) else { return true };
        // Where each pattern last matched: its next match lies behind.
        let mut ends = SmallVec::<[usize; 16]>::new();
        for place in places {
            let Some(rest) = text.get(*place..).filter(|rest| any.is_match(rest)) else { continue };
            ends.resize(self.regexes.len(), 0);
            for which in &set.matches(rest) {
                let (Some((regex, entry)), Some(last)) = (self.regexes.get(which), ends.get_mut(which)) else {
                    continue;
                };
                for hit in regex.find_iter(rest) {
                    let (start, end) = (place + hit.start(), place + hit.end());
                    if start < *last {
                        continue;
                    }
                    *last = end;
                    if on_word_edges(text, start, end) && !visit(start, end, *entry) {
                        return false;
                    }
                }
            }
        }
        true
    }
}

/// Words with which patterns begin. A match stands on word edges, so it begins with a word or with a sign. Only the
/// letters up to the first that is none are looked at.
#[derive(Debug, Default)]
pub(super) struct Openers {
    letters: Vocab,
    /// By number of those letters: what may begin with them.
    hints: Vec<Hint>,
    /// By byte: [`FIRST`] where something begins with it, [`INSIDE`] where nothing behind it is the beginning of a word.
    bytes: Vec<u8>,
    /// Letters behind which others may follow.
    prefixes: Vec<(String, Hint)>,
    /// What may begin with a number.
    numbers: Hint,
}

const FIRST: u8 = 1;
const INSIDE: u8 = 2;

impl Openers {
    fn add(&mut self, beginnings: &[Literal], opens: Hint, signs: &mut Vec<char>) {
        if self.bytes.is_empty() {
            self.bytes.extend((0..=u8::MAX).map(|byte| if byte.is_ascii_alphanumeric() { INSIDE } else { 0 }));
        }
        for beginning in beginnings {
            let bytes = beginning.as_bytes();
            let first = bytes.first().map_or(0, u8::to_ascii_lowercase);
            self.bytes.iter_mut().skip(usize::from(first)).take(1).for_each(|byte| *byte |= FIRST);
            let letters: String = bytes.iter().take_while(|b| b.is_ascii_alphabetic()).map(letter).collect();
            match (letters.is_empty(), bytes.first()) {
                // What follows beyond ASCII may be a letter or a mark.
                (false, _) if bytes.get(letters.len()).map_or(beginning.is_exact(), u8::is_ascii) => {
                    let id = self.letters.add(&letters) as usize;
                    self.hints.resize(self.letters.len(), Hint::default());
                    self.hints.iter_mut().skip(id).take(1).for_each(|hint| *hint |= opens);
                }
                (false, _) => self.prefixes.push((letters, opens)),
                (true, Some(b'0'..=b'9')) => self.numbers |= opens,
                (true, sign) => signs.extend(sign.map(|sign| char::from(*sign))),
            }
        }
    }

    /// Visits the words in a token with which something begins: where they begin, and what may begin with them.
    fn each_in(&self, token: &str, mut visit: impl FnMut(usize, Hint)) {
        let mut before = 0;
        for (at, byte) in token.bytes().enumerate() {
            let here = self.bytes.get(usize::from(byte)).copied().unwrap_or(0);
            if here & FIRST != 0 && before & INSIDE == 0 {
                visit(at, self.opened_by(token.get(at..).unwrap_or_default()));
            }
            before = here;
        }
    }

    fn opened_by(&self, word: &str) -> Hint {
        let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
        let Some(letters) = word.get(..letters).filter(|letters| !letters.is_empty()) else { return self.numbers };
        let whole = self.letters.get(letters).and_then(|id| self.hints.get(id as usize)).copied().unwrap_or_default();
        let prefixes = self.prefixes.iter().filter(|(prefix, _)| letters.starts_with(prefix.as_str()));
        prefixes.fold(whole, |hints, (_, hint)| hints | *hint)
    }
}

fn letter(byte: &u8) -> char {
    char::from(byte.to_ascii_lowercase())
}

/// What every match of a pattern begins with, one of these; nothing where that may be anything.
fn beginnings(pattern: &str) -> Option<Vec<Literal>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    // What asks for the start of the text would find it wherever it is tried.
    if hir.properties().look_set().contains_anchor() {
        return None;
    }
    let sequence = Extractor::new().extract(&hir);
    let beginnings = sequence.literals()?;
    let ascii = |beginning: &Literal| beginning.as_bytes().first().is_some_and(u8::is_ascii);
    let firsts: Vec<u8> = beginnings.iter().filter_map(|beginning| beginning.as_bytes().first().copied()).collect();
    // What runs on over words with which it may begin would read them again from each of them.
    (beginnings.iter().all(ascii) && !runs_on(&hir, &firsts)).then(|| beginnings.to_vec())
}

/// Whether a match may go on without end over words that begin with one of `firsts`.
fn runs_on(hir: &Hir, firsts: &[u8]) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) => {
            let endless = repetition.max.is_none_or(|most| most > MOST_REPEATED);
            let sub = &repetition.sub;
            (endless && !stays_in_word(sub) && may_hold(sub, firsts)) || runs_on(sub, firsts)
        }
        HirKind::Capture(capture) => runs_on(&capture.sub, firsts),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(|part| runs_on(part, firsts)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => false,
    }
}

/// Whether a match may have one of these ASCII characters, in either case.
fn may_hold(hir: &Hir, any_of: &[u8]) -> bool {
    let holds = |first: u32, last: u32| {
        let either = any_of.iter().flat_map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]);
        either.map(u32::from).any(|byte| (first..=last).contains(&byte))
    };
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().any(|byte| holds((*byte).into(), (*byte).into())),
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().any(|range| holds(range.start().into(), range.end().into()))
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().any(|range| holds(range.start().into(), range.end().into()))
        }
        HirKind::Repetition(repetition) => may_hold(&repetition.sub, any_of),
        HirKind::Capture(capture) => may_hold(&capture.sub, any_of),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(|part| may_hold(part, any_of)),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}

/// Whether it matches nothing but ASCII letters and digits.
fn stays_in_word(hir: &Hir) -> bool {
    let same_sort = |a: u32, b: u32| {
        let within = |first: char, last: char| u32::from(first) <= a && b <= u32::from(last);
        within('0', '9') || within('a', 'z') || within('A', 'Z')
    };
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().all(u8::is_ascii_alphanumeric),
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().all(|range| same_sort(range.start().into(), range.end().into()))
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().all(|range| same_sort(range.start().into(), range.end().into()))
        }
        HirKind::Repetition(repetition) => stays_in_word(&repetition.sub),
        HirKind::Capture(capture) => stays_in_word(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().all(stays_in_word),
        HirKind::Empty | HirKind::Look(_) => true,
    }
}

/// A part that is repeated more often is as good as endless.
const MOST_REPEATED: u32 = 256;

/// Bytes that one pattern, and all of a group, may take when compiled.
const MAX_ONE: usize = 1 << 20;
const MAX_ALL: usize = 64 << 20;

fn on_word_edges(text: &str, start: usize, end: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(is_alphanumeric);
    let (head, tail) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let inner = text.get(start..end).unwrap_or_default();
    let starts_inside = word(inner.chars().next()) && word(head.chars().next_back());
    let ends_inside = word(inner.chars().next_back()) && word(tail.chars().next());
    !(inner.is_empty() || starts_inside || ends_inside)
}

/// Whether every text that the pattern matches has an ASCII digit.
fn asks_for_digit(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok_and(|hir| has_digit(&hir))
}

fn has_digit(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.iter().any(u8::is_ascii_digit),
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().all(|range| range.start().is_ascii_digit() && range.end().is_ascii_digit())
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().all(|range| range.start().is_ascii_digit() && range.end().is_ascii_digit())
        }
        HirKind::Repetition(repetition) => repetition.min > 0 && has_digit(&repetition.sub),
        HirKind::Capture(capture) => has_digit(&capture.sub),
        HirKind::Concat(parts) => parts.iter().any(has_digit),
        HirKind::Alternation(branches) => branches.iter().all(has_digit),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_patterns_that_cannot_do_without_a_digit_wait_for_one() {
        for pattern in ["no [0-5]", "(rt|rw) ?0*[0-9]{1,3}", "(1|2)", "pukul [0-9]+"] {
            assert!(asks_for_digit(pattern), "{pattern}");
        }
        for pattern in ["no [0-5]?", "(satu|2)", "[a-z0-9]+", "kata", r"\d"] {
            assert!(!asks_for_digit(pattern), "{pattern}");
        }
    }

    #[test]
    fn words_tell_which_patterns_may_match() {
        let pattern = |text: &str, names| Pattern { text: text.to_owned(), entry: 0, names };
        let patterns = ["(sd|SMP) ?[0-9]+", "rp[a-z]", r"\(?jam [0-9]", "kata"].map(|text| pattern(text, false));
        let patterns = Patterns::build(&patterns).unwrap();
        for (word, hint) in [
            ("sd", Hint::OPENS_DIGITS),
            ("smp2", Hint::OPENS_DIGITS),
            ("@x.jam", Hint::OPENS_DIGITS),
            ("rpa", Hint::OPENS_OTHER),
            ("kata", Hint::OPENS_OTHER),
            ("katak", Hint::default()),
            ("ajam", Hint::default()),
            ("2", Hint::default()),
        ] {
            assert_eq!(patterns.opened_by(word), hint, "{word}");
        }
        assert_eq!(patterns.others().with_digits.opening.signs, ['(']);
        let anywhere = |text| Patterns::build(&[pattern(text, true)]).unwrap().names.without.opening.anywhere;
        for text in ["[^a]b", "^kata", "kata .*akhir", "kata( [a-z]+)*", r"kata\S+", "kata.{0,999}"] {
            assert!(anywhere(text), "{text}");
        }
        for text in ["kata", r"(jl|jln)\.? [a-z]{3,}", r"kata\b", "kata[^)]{0,14}", "rp ?[0-9.]+"] {
            assert!(!anywhere(text), "{text}");
        }
    }

    #[test]
    fn matches_stand_on_word_edges() {
        let pattern = |text: &str, entry, names| Pattern { text: text.to_owned(), entry, names };
        let patterns = [pattern("sd ?[0-9]+", 7, true), pattern("kata", 8, true), pattern("psd", 9, false)];
        let patterns = Patterns::build(&patterns).unwrap();
        let mut found = Vec::new();
        let text = "sd 2, psd 3 kata katak sd 2 3";
        let each_word = |_, visit: &mut dyn FnMut((usize, usize))| visit((0, text.len()));
        let opened = Opened { text, seen: Hint::OPENS_NAME, each_word: &each_word, has_digits: &|| true };
        patterns.names().find(&patterns.openers, &opened, &mut |start, end, entry| {
            found.push((start, end, entry));
            true
        });
        assert_eq!(found, [(12, 16, 8), (0, 4, 7), (23, 27, 7)]);
    }
}
