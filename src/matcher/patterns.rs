//! Regular expressions over the folded text, on word edges.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::hint::Hint;

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
    /// What a text is good for in which one of them may match.
    opens: Hint,
    /// Or it has one of these signs.
    signs: Vec<char>,
    /// One may begin with anything.
    anyhow: bool,
}

/// Patterns that are tried together.
#[derive(Debug)]
struct Group {
    /// Any of them: most texts end here.
    any: Option<Regex>,
    set: Option<RegexSet>,
    regexes: Vec<(Regex, u32)>,
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
        let names = Groups::build(&names, Hint::OPENS_NAME, &mut openers)?;
        let others = Groups::build(&others, Hint::OPENS_OTHER, &mut openers)?;
        openers.words.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
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

    /// Which patterns may begin with one of the words in a token.
    pub fn opened_by(&self, token: &str) -> Hint {
        let words = token.as_bytes().split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| self.openers.opened_by(word)).collect()
    }
}

impl Groups {
    fn build(patterns: &[&Pattern], opens: Hint, openers: &mut Openers) -> Result<Self, String> {
        let (with_digits, without): (Vec<_>, Vec<_>) =
            patterns.iter().partition(|pattern| asks_for_digit(&pattern.text));
        let (mut signs, mut anyhow) = (Vec::new(), false);
        for pattern in patterns {
            match beginnings(&pattern.text) {
                Some(beginnings) => openers.add(&beginnings, opens, &mut signs),
                None => anyhow = true,
            }
        }
        Ok(Self {
            with_digits: Group::build(&with_digits)?,
            without: Group::build(&without)?,
            opens,
            signs,
            anyhow,
        })
    }

    /// Whether one may match in a text, seeing what its tokens are good for.
    pub fn may_open(&self, seen: Hint, text: &str) -> bool {
        seen.has(self.opens) || self.anyhow || self.signs.iter().any(|sign| text.contains(*sign))
    }

    /// Visits their matches on word edges.
    pub fn find(&self, text: &str, has_digits: bool, visit: Visit<'_>) {
        if self.without.find(text, visit) && has_digits {
            self.with_digits.find(text, visit);
        }
    }
}

impl Group {
    fn build(patterns: &[&Pattern]) -> Result<Self, String> {
        if patterns.is_empty() {
            return Ok(Self { any: None, set: None, regexes: Vec::new() });
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
        Ok(Self { any: Some(one(&any, MAX_ALL)?), regexes: regexes.collect::<Result<_, String>>()?, set: Some(set) })
    }

    /// Whether the visitor wants more.
    fn find(&self, text: &str, visit: Visit<'_>) -> bool {
        let (Some(any), Some(set)) = (&self.any, &self.set) else { return true };
        if !any.is_match(text) {
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

/// Words with which patterns begin. A match stands on word edges, so it begins with a word or with a sign.
#[derive(Debug, Default)]
struct Openers {
    /// In order: the word's beginning, whether it is the whole word, and what may begin with it.
    words: Vec<(Box<[u8]>, bool, Hint)>,
    /// By first byte: what may begin with one of those words.
    firsts: Vec<Hint>,
}

impl Openers {
    fn add(&mut self, beginnings: &[Vec<u8>], opens: Hint, signs: &mut Vec<char>) {
        self.firsts.resize(256, Hint::default());
        for beginning in beginnings {
            let letters = beginning.iter().take_while(|b| b.is_ascii_alphanumeric());
            let word: Box<[u8]> = letters.map(u8::to_ascii_lowercase).collect();
            match (word.first(), beginning.first()) {
                (Some(first), _) => {
                    if let Some(hint) = self.firsts.get_mut(usize::from(*first)) {
                        *hint |= opens;
                    }
                    // What follows beyond ASCII may be a letter or a mark.
                    let whole = beginning.get(word.len()).is_some_and(u8::is_ascii);
                    self.words.push((word, whole, opens));
                }
                (None, Some(sign)) => signs.push(char::from(*sign)),
                (None, None) => {}
            }
        }
    }

    fn opened_by(&self, word: &[u8]) -> Hint {
        let first = word.first().and_then(|first| self.firsts.get(usize::from(*first)));
        if first.is_none_or(|hint| *hint == Hint::default()) {
            return Hint::default();
        }
        let begins = |(opener, whole, _): &&(Box<[u8]>, bool, Hint)| {
            if *whole { **opener == *word } else { word.starts_with(opener) }
        };
        let from = self.words.partition_point(|(opener, ..)| opener.first() < word.first());
        let alike = self.words.iter().skip(from).take_while(|(opener, ..)| opener.first() == word.first());
        alike.filter(begins).map(|(.., hint)| *hint).collect()
    }
}

/// What every match of a pattern begins with, one of these; nothing where that may be anything.
fn beginnings(pattern: &str) -> Option<Vec<Vec<u8>>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let sequence = Extractor::new().extract(&hir);
    let beginnings: Vec<Vec<u8>> = sequence.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
    beginnings.iter().all(|beginning| beginning.first().is_some_and(u8::is_ascii)).then_some(beginnings)
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
    fn matches_stand_on_word_edges() {
        let pattern = |text: &str, entry, names| Pattern { text: text.to_owned(), entry, names };
        let patterns = [pattern("sd ?[0-9]+", 7, true), pattern("kata", 8, true), pattern("psd", 9, false)];
        let patterns = Patterns::build(&patterns).unwrap();
        let mut found = Vec::new();
        patterns.names().find("sd 2, psd 3 kata katak", true, &mut |start, end, entry| {
            found.push((start, end, entry));
            true
        });
        assert_eq!(found, [(12, 16, 8), (0, 4, 7)]);
    }
}
