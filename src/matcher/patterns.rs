//! Regular expressions over the folded text, on word edges.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use regex_syntax::hir::literal::{Extractor, Literal};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::hint::Hint;
use crate::text::Vocab;

/// A pattern as written.
#[derive(Debug)]
pub(super) struct Pattern {
    pub text: String,
    /// The keyword's entry.
    pub entry: u32,
    /// It names somebody or something, as against cues and exceptions.
    pub names: bool,
}

/// All patterns of an engine, in groups: those that can't match without a digit are tried only where there is one, and
/// cues and exceptions only where somebody or something is named. Of either, most texts have no word to begin with.
#[derive(Debug)]
pub(super) struct Patterns {
    names: Groups,
    others: Groups,
    openers: Openers,
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
    /// Any of them: most texts end here.
    any: Option<Regex>,
    set: Option<RegexSet>,
    regexes: Vec<(Regex, u32)>,
    opening: Opening,
}

/// Where one of a group may match.
#[derive(Debug)]
struct Opening {
    /// In a text that is good for this,
    hint: Hint,
    /// or that has one of these signs,
    signs: Vec<char>,
    /// or in any.
    anywhere: bool,
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

    /// Which patterns may begin with a number.
    pub fn opened_by_number(&self) -> Hint {
        self.openers.numbers
    }

    /// Which patterns may begin with one of the words in a token.
    pub fn opened_by(&self, token: &str) -> Hint {
        let bytes = token.as_bytes();
        let mut hint = Hint::default();
        let mut inside = false;
        for (at, byte) in bytes.iter().enumerate() {
            let starts = !inside && self.openers.firsts.get(usize::from(*byte)).is_some_and(|starts| *starts);
            inside = byte.is_ascii_alphanumeric();
            if starts {
                hint |= self.openers.opened_by(token.get(at..).unwrap_or_default());
            }
        }
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

    /// Visits their matches on word edges in a text whose tokens are good for what was `seen`.
    pub fn find(&self, text: &str, seen: Hint, has_digits: &dyn Fn() -> bool, visit: Visit<'_>) {
        if self.without.find(text, seen, visit) && self.with_digits.opening.is_in(text, seen) && has_digits() {
            self.with_digits.find(text, seen, visit);
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

    fn is_in(&self, text: &str, seen: Hint) -> bool {
        seen.has(self.hint) || self.anywhere || self.signs.iter().any(|sign| text.contains(*sign))
    }
}

impl Group {
    fn build(patterns: &[&Pattern], opening: Opening) -> Result<Self, String> {
        if patterns.is_empty() {
            return Ok(Self { any: None, set: None, regexes: Vec::new(), opening });
        }
        let one = |pattern: &str, limit| {
            let mut builder = RegexBuilder::new(pattern);
            builder.case_insensitive(true).size_limit(limit).build().map_err(|e| e.to_string())
        };
        let texts = || patterns.iter().map(|pattern| pattern.text.as_str());
        let set = RegexSetBuilder::new(texts())
            .case_insensitive(true)
            .size_limit(MAX_ALL)
            // Many patterns in one lazy automaton: with the default cache it would be rebuilt again and again.
            .dfa_size_limit(MAX_ALL / 2)
            .build()
            .map_err(|e| e.to_string())?;
        let regexes = patterns.iter().map(|pattern| Ok((one(&pattern.text, MAX_ONE)?, pattern.entry)));
        let any = texts().map(|text| format!("(?:{text})")).collect::<Vec<_>>().join("|");
        let regexes = regexes.collect::<Result<_, String>>()?;
        Ok(Self { any: Some(one(&any, MAX_ALL)?), set: Some(set), regexes, opening })
    }

    /// Whether the visitor wants more.
    fn find(&self, text: &str, seen: Hint, visit: Visit<'_>) -> bool {
        let (Some(any), Some(set)) = (&self.any, &self.set) else { return true };
        if !self.opening.is_in(text, seen) || !any.is_match(text) {
            return true;
        }
        for which in &set.matches(text) {
            let Some((regex, entry)) = self.regexes.get(which) else { continue };
            for hit in regex.find_iter(text).filter(|hit| on_word_edges(text, hit.start(), hit.end())) {
                if !visit(hit.start(), hit.end(), *entry) {
                    return false;
                }
            }
        }
        true
    }
}

/// Words with which patterns begin. A match stands on word edges, so it begins with a word or with a sign. Only the
/// letters up to the first that is none are looked at.
#[derive(Debug, Default)]
struct Openers {
    letters: Vocab,
    /// By number of those letters: what may begin with them.
    hints: Vec<Hint>,
    /// By byte: something begins with it.
    firsts: Vec<bool>,
    /// Letters behind which others may follow.
    prefixes: Vec<(String, Hint)>,
    /// What may begin with a number.
    numbers: Hint,
}

impl Openers {
    fn add(&mut self, beginnings: &[Literal], opens: Hint, signs: &mut Vec<char>) {
        self.firsts.resize(256, false);
        for beginning in beginnings {
            let bytes = beginning.as_bytes();
            let first = bytes.first().map_or(0, u8::to_ascii_lowercase);
            self.firsts.iter_mut().skip(usize::from(first)).take(1).for_each(|starts| *starts = true);
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
    let sequence = Extractor::new().extract(&hir);
    let beginnings = sequence.literals()?;
    let ascii = |beginning: &Literal| beginning.as_bytes().first().is_some_and(u8::is_ascii);
    beginnings.iter().all(ascii).then(|| beginnings.to_vec())
}

/// Bytes that one pattern, and all of a group, may take when compiled.
const MAX_ONE: usize = 1 << 20;
const MAX_ALL: usize = 64 << 20;

fn on_word_edges(text: &str, start: usize, end: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
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
        assert!(patterns.others().with_digits.opening.is_in("(", Hint::default()));
        assert!(Patterns::build(&[pattern("[^a]b", true)]).unwrap().names.without.opening.anywhere);
    }

    #[test]
    fn matches_stand_on_word_edges() {
        let pattern = |text: &str, entry, names| Pattern { text: text.to_owned(), entry, names };
        let patterns = [pattern("sd ?[0-9]+", 7, true), pattern("kata", 8, true), pattern("psd", 9, false)];
        let patterns = Patterns::build(&patterns).unwrap();
        let mut found = Vec::new();
        let text = "sd 2, psd 3 kata katak";
        let seen = text.split(' ').map(|word| patterns.opened_by(word)).collect();
        patterns.names().find(text, seen, &|| true, &mut |start, end, entry| {
            found.push((start, end, entry));
            true
        });
        assert_eq!(found, [(12, 16, 8), (0, 4, 7)]);
    }
}
