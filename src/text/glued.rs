//! Words without spaces: what stands inside `#PilihPrabowoGibran02`, `@sahabatganjar` or `mendingprabowo`.
//!
//! A body is cut by dictionary, never by substring: *emil* is not found in *pemilu*, because *pemilu* as a whole is the
//! cheapest reading. The dictionary is the keyword sets' own words plus a list of common ones.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::hash::FxSet;

/// Common Indonesian words by frequency of use, one a line; data, see docs/MATCHING.md.
const WORDS: &str = include_str!("words.txt");

static COMMON: LazyLock<FxSet<&'static str>> = LazyLock::new(|| WORDS.lines().collect());

/// Bodies longer than this are not cut: no hashtag of a campaign is, and the work stays bounded.
const MAX_BODY: usize = 64;
/// No dictionary word is longer.
const MAX_WORD: usize = 20;

/// Whether a folded word is among the common ones (and so says little as a keyword).
#[must_use]
pub fn is_common_word(word: &str) -> bool {
    COMMON.contains(word)
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

/// Cuts bodies that contain one of a set of names.
#[derive(Debug)]
pub struct Segmenter {
    names: Option<AhoCorasick>,
    /// Names and cues: a hashtag may be a cue alone, an ordinary word may not.
    all: Option<AhoCorasick>,
}

impl Segmenter {
    /// A segmenter that only looks at bodies with one of these folded names inside; hashtags and handles may have a cue
    /// instead.
    ///
    /// # Errors
    /// When the automaton would be too large.
    pub fn new(names: &[String], cues: &[String]) -> Result<Self, aho_corasick::BuildError> {
        let finder = |words: &mut dyn Iterator<Item = &String>| {
            let words: Vec<&String> = words.collect();
            if words.is_empty() { Ok(None) } else { AhoCorasick::new(words).map(Some) }
        };
        Ok(Self { names: finder(&mut names.iter())?, all: finder(&mut names.iter().chain(cues))? })
    }

    /// The pieces of a body, or nothing where it can't contain a name.
    ///
    /// `cased` is the same body with its capitals (empty where lengths differ), `known` tells the sets' own words.
    /// With `strict` every piece must be a known word; otherwise long names may have unknown neighbours.
    pub fn cut(&self, body: &str, cased: &str, strict: bool, known: &dyn Fn(&str) -> bool) -> Vec<Piece> {
        let finder = if strict { &self.names } else { &self.all };
        if body.len() > MAX_BODY || !body.is_ascii() || !finder.as_ref().is_some_and(|f| f.is_match(body)) {
            return Vec::new();
        }
        let edges = hard_edges(body, cased);
        let readings = cheapest(body, &edges, known);
        let all_known = readings.iter().all(|r| r.known);
        if strict && !all_known {
            return Vec::new();
        }
        readings
            .into_iter()
            .map(|r| {
                let at_edges = edge(&edges, r.start) && edge(&edges, r.end);
                Piece {
                    start: r.start,
                    end: r.end,
                    trusted: r.known && (all_known || at_edges || r.end - r.start >= 6),
                }
            })
            .collect()
    }
}

fn edge(edges: &[bool], at: usize) -> bool {
    edges.get(at).copied().unwrap_or(true)
}

/// Positions where the writing itself shows an edge: both ends, `aB`, letter beside digit, underscore.
fn hard_edges(body: &str, cased: &str) -> Vec<bool> {
    let bytes = if cased.len() == body.len() { cased.as_bytes() } else { body.as_bytes() };
    let class = |b: u8| match b {
        b'0'..=b'9' => 0,
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 3,
    };
    let mut edges = vec![false; body.len() + 1];
    for (at, edge) in edges.iter_mut().enumerate() {
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).map(|b| class(*b));
        let after = bytes.get(at).map(|b| class(*b));
        let next = bytes.get(at + 1).map(|b| class(*b));
        *edge = match (before, after) {
            (Some(1), Some(2)) => true,
            // `PKBMenang`: the last capital of a run opens a word.
            (Some(2), Some(2)) => next == Some(1),
            (Some(2), Some(1)) => false,
            (before, after) => before != after,
        };
    }
    edges
}

#[derive(Clone, Copy)]
struct Reading {
    start: usize,
    end: usize,
    known: bool,
}

/// The reading with the fewest and most familiar words.
fn cheapest(body: &str, edges: &[bool], known: &dyn Fn(&str) -> bool) -> Vec<Reading> {
    let n = body.len();
    let camel = edges.iter().skip(1).take(n.saturating_sub(1)).any(|e| *e);
    let mut best: Vec<(u32, Option<Reading>)> = vec![(u32::MAX, None); n + 1];
    if let Some(first) = best.first_mut() {
        first.0 = 0;
    }
    for start in 0..n {
        let Some(&(so_far, _)) = best.get(start) else { break };
        if so_far == u32::MAX {
            continue;
        }
        let misaligned = if camel && !edge(edges, start) { 3 } else { 0 };
        for end in start + 1..=n.min(start + MAX_BODY) {
            let Some(word) = body.get(start..end) else { continue };
            let len = u32::try_from(end - start).unwrap_or(u32::MAX);
            let digits = word.bytes().all(|b| b.is_ascii_digit() || b == b'_');
            let (cost, known) = if digits {
                (5, true)
            } else if word.len() <= MAX_WORD && known(word) {
                (10 + short(len), true)
            } else if word.len() <= MAX_WORD && is_common_word(word) {
                (11 + short(len), true)
            } else {
                (8 + 12 * len, false)
            };
            let total = so_far + cost + misaligned;
            if let Some(slot) = best.get_mut(end)
                && total < slot.0
            {
                *slot = (total, Some(Reading { start, end, known }));
            }
        }
    }
    let mut readings = Vec::new();
    let mut at = n;
    while let Some(&(_, Some(reading))) = best.get(at) {
        readings.push(reading);
        at = reading.start;
    }
    readings.reverse();
    readings
}

/// Very short words fit everywhere and so prove little.
fn short(len: u32) -> u32 {
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

    fn pieces(cased: &str, strict: bool) -> Vec<String> {
        let segmenter = Segmenter::new(&NAMES.map(str::to_owned), &["coblos".to_owned()]).unwrap();
        let body = cased.to_ascii_lowercase();
        segmenter
            .cut(&body, cased, strict, &|w| NAMES.contains(&w))
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
