//! Everyday shorthand and slang of Indonesian posts, with the standard words: for readers, never for matching.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::haystack::Haystack;
use super::token::{Shape, TokenKind};

/// Word, tab, standard words; written for this project, see the file's head.
const TABLE: &str = include_str!("../../config/slang.tsv");

static MEANINGS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| rows().collect());

/// A word of a text, and what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gloss {
    /// First byte in the text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The standard words.
    pub meaning: &'static str,
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

/// What a folded word stands for, if it is slang.
#[must_use]
pub fn meaning(word: &str) -> Option<&'static str> {
    MEANINGS.get(word).copied()
}

/// The slang in a text, in order. Stretched letters (`bangettt`) count as what they stretch.
#[must_use]
pub fn glosses(text: &str) -> Vec<Gloss> {
    let haystack = Haystack::new(text);
    let words = haystack.tokens().iter().filter(|token| token.kind == TokenKind::Word);
    words
        .filter_map(|token| {
            let word = haystack.word(token);
            let meaning = meaning(word).or_else(|| Shape::of(word).stretched.then(|| meaning(&squeezed(word)))?)?;
            let (start, end) = haystack.original_span(token.span());
            Some(Gloss { start, end, meaning })
        })
        .collect()
}

/// Runs of three letters or more become one.
fn squeezed(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let letters: Vec<char> = word.chars().collect();
    for run in letters.chunk_by(|a, b| a == b) {
        let kept = if run.len() > 2 { 1 } else { run.len() };
        out.extend(run.iter().take(kept));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn every_row_is_a_folded_word_once_and_says_something_else() {
        let mut seen = std::collections::HashSet::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let (word, meaning) = line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line}"));
            assert!(seen.insert(word), "{word} twice");
            assert_eq!(fold(word).text, word);
            assert!(!word.contains(char::is_whitespace) && !meaning.trim().is_empty() && meaning != word, "{line}");
            assert_eq!(glosses(word).len(), 1, "{word} is not one word");
        }
        assert!(seen.len() >= 300, "{}", seen.len());
    }

    #[test]
    fn whole_words_are_explained_where_they_stand() {
        let text = "Yg penting JGN lupa, bangettt! yang #yg @jgn";
        let found: Vec<_> = glosses(text).iter().map(|g| (text.get(g.start..g.end).unwrap(), g.meaning)).collect();
        assert_eq!(found, [("Yg", "yang"), ("JGN", "jangan"), ("bangettt", "sekali, sangat")]);
    }
}
