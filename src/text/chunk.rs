//! Texts cut at their spaces and nowhere else, before anything is folded.
//!
//! Folding, tokens and everything that is read from a token alone never reach over a space or the end of a line, so what a
//! chunk is good for can be told without the text around it. There are two exceptions: rows of single letters, and what joins
//! the space before it.

use unicode_segmentation::UnicodeSegmentation;

use super::hash::keyed_hash;
use super::mask::bits;

/// A text with room behind it, to be used again.
#[derive(Debug, Default)]
pub struct Page(Vec<u8>);

/// Spaces behind a text: a whole group, and more than a hash looks at beyond a chunk.
const BEHIND: [u8; 64] = [b' '; 64];

impl Page {
    /// Bytes that it holds.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.capacity()
    }

    /// Takes a text.
    pub fn lay(&mut self, text: &str) {
        self.0.clear();
        self.0.extend_from_slice(text.as_bytes());
        self.0.extend_from_slice(&BEHIND);
    }

    /// Visits the chunks of the text in order, until that says no: the span of each, and its hash.
    #[inline(always)]
    pub fn each_chunk(&self, secret: u128, mut visit: impl FnMut((usize, usize), u64) -> bool) -> bool {
        let mut start = 0;
        for (number, group) in self.0.as_chunks().0.iter().enumerate() {
            let mut ends = bits(group, separates);
            while ends != 0 {
                let end = 64 * number + ends.trailing_zeros() as usize;
                ends &= ends - 1;
                if start < end && !visit((start, end), self.hash((start, end), secret)) {
                    return false;
                }
                start = end + 1;
            }
        }
        true
    }

    /// A hash of the bytes at a span. Who does not know the secret can't tell which meet.
    #[inline(always)]
    #[must_use]
    pub fn hash(&self, span: (usize, usize), secret: u128) -> u64 {
        keyed_hash(&self.0, span, secret)
    }
}

/// Whether a byte stands between chunks.
pub(crate) fn separates(byte: u8) -> bool {
    (byte == b' ') | (byte == b'\n')
}

/// Whether a chunk begins with something that belongs to the space before it: a mark, a joiner, a skin tone.
#[must_use]
pub fn joins_space(chunk: &str) -> bool {
    let Some(c) = chunk.chars().next().filter(|c| !c.is_ascii()) else { return false };
    format!(" {c}").graphemes(true).nth(1).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chunks_are_what_stands_between_spaces(text in "([a-z\u{e9}✌\t#]{0,40}[ \n]{0,2}){0,8}") {
            let mut chunks = Vec::new();
            let mut page = Page::default();
            page.lay(&text);
            let all = page.each_chunk(7 << 64 | 5, |(start, end), hash| {
                chunks.push((text.get(start..end).unwrap(), hash));
                true
            });
            prop_assert!(all);
            let wanted: Vec<&str> = text.split([' ', '\n']).filter(|chunk| !chunk.is_empty()).collect();
            prop_assert_eq!(chunks.iter().map(|(chunk, _)| *chunk).collect::<Vec<_>>(), wanted);
            for (a, hash_a) in &chunks {
                for (b, hash_b) in &chunks {
                    prop_assert_eq!(a == b, hash_a == hash_b);
                }
            }
        }
    }

    #[test]
    fn marks_join_the_space_before_them() {
        for chunk in ["\u{301}a", "\u{200D}a", "\u{FE0F}", "\u{20E3}", "\u{1F3FD}"] {
            assert!(joins_space(chunk), "{chunk:?}");
        }
        for chunk in ["a", "é", "✌\u{FE0F}", "𝐀", "\u{1F1EE}\u{1F1E9}", "'", "й"] {
            assert!(!joins_space(chunk), "{chunk:?}");
        }
    }
}
