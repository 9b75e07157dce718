//! A window around a span, for people to read.

use unicode_segmentation::UnicodeSegmentation;

/// A piece of a text around a span, cut on grapheme boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// Up to the asked number of graphemes before the span.
    pub before: &'a str,
    /// The span itself.
    pub surface: &'a str,
    /// Up to the asked number of graphemes after it.
    pub after: &'a str,
    /// Text was left out at the front.
    pub cut_before: bool,
    /// Text was left out at the back.
    pub cut_after: bool,
}

/// The window of at most `around` graphemes on each side of `start..end` (bytes); `None` for a span off character boundaries.
#[must_use]
pub fn excerpt(text: &str, start: usize, end: usize, around: usize) -> Option<Excerpt<'_>> {
    let (head, surface, tail) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let from = head.grapheme_indices(true).rev().nth(around.saturating_sub(1)).map_or(0, |(i, _)| i);
    let from = if around == 0 { head.len() } else { from };
    let to = tail.grapheme_indices(true).nth(around).map_or(tail.len(), |(i, _)| i);
    Some(Excerpt {
        before: head.get(from..)?,
        surface,
        after: tail.get(..to)?,
        cut_before: from > 0,
        cut_after: to < tail.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_cut_on_graphemes() {
        let e = excerpt("ab👍🏽cd", 2, 10, 1).unwrap();
        assert_eq!((e.before, e.surface, e.after, e.cut_before, e.cut_after), ("b", "👍🏽", "c", true, true));
        assert_eq!(excerpt("é", 1, 2, 3), None);
        assert_eq!(excerpt("abc", 1, 2, 0).unwrap().before, "");
    }
}
