//! Regular expressions over the folded text, on word edges.

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};

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
/// cues and exceptions only where somebody or something is named. Most posts have neither.
#[derive(Debug)]
pub(super) struct Patterns {
    names: Groups,
    others: Groups,
}

#[derive(Debug)]
struct Groups {
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
        Ok(Self { names: Groups::build(&names)?, others: Groups::build(&others)? })
    }

    /// Whether a pattern that names somebody or something may match.
    pub fn may_name(&self, text: &str, has_digits: bool) -> bool {
        self.names.without.may_match(text) || (has_digits && self.names.with_digits.may_match(text))
    }

    /// Visits matches of patterns that name somebody or something.
    pub fn find_names(&self, text: &str, has_digits: bool, visit: Visit<'_>) {
        self.names.find(text, has_digits, visit);
    }

    /// Visits matches of cues and exceptions.
    pub fn find_others(&self, text: &str, has_digits: bool, visit: Visit<'_>) {
        self.others.find(text, has_digits, visit);
    }
}

impl Groups {
    fn build(patterns: &[&Pattern]) -> Result<Self, String> {
        let (with_digits, without): (Vec<_>, Vec<_>) =
            patterns.iter().partition(|pattern| asks_for_digit(&pattern.text));
        Ok(Self { with_digits: Group::build(&with_digits)?, without: Group::build(&without)? })
    }

    fn find(&self, text: &str, has_digits: bool, visit: Visit<'_>) {
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

    fn may_match(&self, text: &str) -> bool {
        self.any.as_ref().is_some_and(|any| any.is_match(text))
    }

    /// Whether the visitor wants more.
    fn find(&self, text: &str, visit: Visit<'_>) -> bool {
        let Some(set) = self.set.as_ref().filter(|_| self.may_match(text)) else { return true };
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
        patterns.find_names("sd 2, psd 3 kata katak", true, &mut |start, end, entry| {
            found.push((start, end, entry));
            true
        });
        assert_eq!(found, [(12, 16, 8), (0, 4, 7)]);
    }
}
