//! Marks what matched inside hostile text, without losing or moving a byte of it.
//!
//! Pure: a field's text and the matches in it go in, segments come out whose texts, put together, are the field again.
//! Overlapping matches split into segments that carry each match that covers them.

use unicode_segmentation::UnicodeSegmentation;

use crate::model::Match;
use crate::text::Gloss;

/// A run of text covered by the same matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The bytes as they came.
    pub text: &'a str,
    /// Positions, in the list of matches given, of those that cover it; empty outside of all.
    pub marks: Vec<usize>,
}

/// A piece of a segment as it may be put on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Shown as it is.
    Text(String),
    /// Slang as it is, with the standard words.
    Slang(String, &'static str),
    /// A character that shows nothing, or would reorder what stands around it: its code point is shown instead.
    Invisible(String),
}

impl Piece {
    /// Whether a code point is shown in place of the character.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        matches!(self, Self::Invisible(_))
    }

    /// What to put on the page.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Slang(text, _) | Self::Invisible(text) => text,
        }
    }

    /// What slang stands for.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static str> {
        match self {
            Self::Slang(_, meaning) => Some(meaning),
            Self::Text(_) | Self::Invisible(_) => None,
        }
    }
}

/// Splits a part of a text that begins at byte `start` into what may be shown, what is slang, and what must be named
/// instead. Slang that does not lie whole in the part is text.
#[must_use]
pub fn explained(part: &str, start: usize, glosses: &[Gloss]) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut at = 0;
    for gloss in glosses.iter().filter(|g| start <= g.start && g.end <= start + part.len()) {
        let (from, to) = (gloss.start - start, gloss.end - start);
        if let (Some(before), Some(word)) = (part.get(at..from), part.get(from..to)) {
            let shown = pieces(word);
            // A word with something hidden in it is named as it stands.
            if let [Piece::Text(word)] = &*shown {
                out.extend(pieces(before));
                out.push(Piece::Slang(word.clone(), gloss.meaning));
                at = to;
            }
        }
    }
    out.extend(pieces(part.get(at..).unwrap_or_default()));
    out
}

/// Splits `text` at the edges of the matches. A match whose span does not fit the text marks nothing.
#[must_use]
pub fn segments<'a>(text: &'a str, matches: &[Match]) -> Vec<Segment<'a>> {
    let fits = |m: &Match| m.start < m.end && text.get(m.start..m.end).is_some();
    let mut cuts: Vec<usize> = vec![0, text.len()];
    cuts.extend(matches.iter().filter(|m| fits(m)).flat_map(|m| [m.start, m.end]));
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .filter_map(|edge| {
            let &[start, end] = edge else { return None };
            let covers = |m: &Match| fits(m) && m.start <= start && end <= m.end;
            let marks = matches.iter().enumerate().filter(|(_, m)| covers(m)).map(|(i, _)| i).collect();
            text.get(start..end).map(|text| Segment { text, marks })
        })
        .collect()
}

/// The part of `text` around its first match, at most about `limit` characters, cut between graphemes.
///
/// Returns the excerpt's first byte and one past its last.
#[must_use]
pub fn window(text: &str, matches: &[Match], limit: usize) -> (usize, usize) {
    // No text has more graphemes than bytes: most posts are short enough without counting.
    if text.len() <= limit {
        return (0, text.len());
    }
    let starts: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    if starts.len() <= limit {
        return (0, text.len());
    }
    let first = matches.iter().filter(|m| m.start < text.len()).map(|m| m.start).min().unwrap_or(0);
    let at = starts.partition_point(|&s| s <= first).saturating_sub(1);
    // A third of the window before the match: what leads up to it is shorter than what it leads to.
    let from = at.saturating_sub(limit / 3).min(starts.len() - limit);
    let start = starts.get(from).copied().unwrap_or(0);
    let end = starts.get(from + limit).copied().unwrap_or(text.len());
    // Half a word reads badly: begin after the next blank, unless that would cut into the match.
    let blank = text.get(start..first.max(start)).filter(|_| start > 0).and_then(|lead| lead.find(' '));
    (blank.map_or(start, |at| start + at + 1), end)
}

/// Matches moved into an excerpt that starts at byte `start`; those that do not lie inside it are cut to it or left out.
#[must_use]
pub fn moved(matches: &[Match], start: usize, end: usize) -> Vec<Match> {
    matches
        .iter()
        .filter(|m| m.start < end && m.end > start)
        .map(|m| Match { start: m.start.max(start) - start, end: m.end.min(end) - start, ..m.clone() })
        .collect()
}

/// Splits text into what may be shown and what must be named instead.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_invisible(c, before, chars.peek().copied()) {
            if !plain.is_empty() {
                out.push(Piece::Text(std::mem::take(&mut plain)));
            }
            out.push(Piece::Invisible(format!("U+{:04X}", u32::from(c))));
        } else {
            plain.push(c);
        }
        before = Some(c);
    }
    if !plain.is_empty() {
        out.push(Piece::Text(plain));
    }
    out
}

/// Characters that hide or reorder. A joiner between two symbols is part of an emoji and stays.
fn is_invisible(c: char, before: Option<char>, after: Option<char>) -> bool {
    match c {
        '\n' | '\t' => false,
        '\r' => after != Some('\n'),
        '\u{200d}' => {
            let in_emoji =
                |n: Option<char>| n.is_some_and(|n| !n.is_alphanumeric() && !n.is_whitespace() && !n.is_ascii());
            !(in_emoji(before) && in_emoji(after))
        }
        c if c.is_control() => true,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
        | '\u{ffa0}' | '\u{feff}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Kind;

    fn span(start: usize, end: usize) -> Match {
        Match { keyword: "k".into(), kind: Kind::Cue, field: "text".into(), start, end, surface: String::new() }
    }

    #[test]
    fn overlapping_matches_share_a_segment() {
        let found = segments("pilih sena gas", &[span(0, 10), span(6, 14)]);
        let shown: Vec<_> = found.iter().map(|s| (s.text, s.marks.clone())).collect();
        assert_eq!(shown, [("pilih ", vec![0]), ("sena", vec![0, 1]), (" gas", vec![1])]);
    }

    #[test]
    fn spans_that_do_not_fit_mark_nothing() {
        for m in [span(3, 3), span(5, 2), span(0, 99), span(1, 2)] {
            let found = segments("é ok", &[m]);
            assert_eq!(found, [Segment { text: "é ok", marks: vec![] }]);
        }
        assert!(segments("", &[span(0, 1)]).is_empty());
    }

    #[test]
    fn what_hides_or_reorders_is_named() {
        let shown = pieces("a\u{202e}b\u{200b}c\0");
        assert_eq!(shown.len(), 6);
        assert_eq!(shown.get(1), Some(&Piece::Invisible("U+202E".into())));
        assert_eq!(pieces("👩\u{200d}👧 dua\nbaris"), [Piece::Text("👩\u{200d}👧 dua\nbaris".into())]);
        assert_eq!(pieces("se\u{200d}na").len(), 3);
    }

    #[test]
    fn slang_is_explained_where_it_stands_whole() {
        let text = "yg jgn lupa";
        let glosses = crate::text::glosses(text);
        let said = |part, start| -> Vec<_> {
            explained(part, start, &glosses).iter().map(|p| (p.text().to_owned(), p.meaning())).collect()
        };
        assert_eq!(
            said(text, 0),
            [("yg".into(), Some("yang")), (" ".into(), None), ("jgn".into(), Some("jangan")), (" lupa".into(), None)]
        );
        assert_eq!(said("gn lupa", 4), [("gn lupa".to_owned(), None)], "half a word is no word");
    }

    proptest! {
        #[test]
        fn explained_pieces_are_the_text(text in "(yg|jgn|bgt| |\\PC){0,20}") {
            let shown = explained(&text, 0, &crate::text::glosses(&text));
            let plain: String = pieces(&text).iter().map(Piece::text).collect();
            prop_assert_eq!(shown.iter().map(Piece::text).collect::<String>(), plain);
        }

        #[test]
        fn segments_put_together_are_the_text(text in "\\PC{0,40}", spans in prop::collection::vec((0usize..60, 0usize..60), 0..8)) {
            let matches: Vec<_> = spans.into_iter().map(|(a, b)| span(a, b)).collect();
            let found = segments(&text, &matches);
            prop_assert_eq!(found.iter().map(|s| s.text).collect::<String>(), text.as_str());
            for (i, m) in matches.iter().enumerate() {
                if let Some(surface) = text.get(m.start..m.end).filter(|s| !s.is_empty()) {
                    let marked: String = found.iter().filter(|s| s.marks.contains(&i)).map(|s| s.text).collect();
                    prop_assert_eq!(marked, surface);
                }
            }
        }

        #[test]
        fn an_excerpt_is_a_slice_and_holds_the_first_match(text in "\\PC{0,200}", at in 0usize..200) {
            let Some((start, c)) = text.char_indices().nth(at) else { return Ok(()) };
            let m = span(start, start + c.len_utf8());
            let (from, to) = window(&text, std::slice::from_ref(&m), 40);
            prop_assert!(text.get(from..to).is_some());
            prop_assert!(from <= start && start < to);
            prop_assert!(text.get(from..to).unwrap_or_default().graphemes(true).count() <= 40);
        }

        #[test]
        fn pieces_name_each_hidden_character_once(text in any::<String>()) {
            let length: usize = pieces(&text).iter().map(|p| if p.is_hidden() { 1 } else { p.text().chars().count() }).sum();
            prop_assert_eq!(length, text.chars().count());
        }
    }
}
