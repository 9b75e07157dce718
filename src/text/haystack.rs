//! One field of an activity, folded and cut.

use std::borrow::Cow;

use super::fold::{fold_in, fold_keep_case};
use super::folded::Folded;
use super::hash::WordKey;
use super::mask::Masks;
use super::token::{Gap, Token, TokenKind, gap, is_glued, tokenize};

/// A field's text, its folded form, its tokens, and the way back from the second to the first.
#[derive(Clone, Debug)]
pub struct Haystack<'a> {
    original: &'a str,
    /// With [`WordKey::PADDING`] behind its text.
    folded: Folded,
    tokens: Vec<Token>,
    masks: Masks,
}

/// Memory of a haystack, to be used again.
#[derive(Debug, Default)]
pub struct Room {
    folded: Folded,
    tokens: Vec<Token>,
    masks: Masks,
}

impl Room {
    /// Bytes that it holds.
    #[must_use]
    pub fn size(&self) -> usize {
        self.folded.text.capacity() + size_of::<Token>() * self.tokens.capacity()
    }
}

impl<'a> Haystack<'a> {
    /// Folds and cuts a text. Linear in its length; takes any Unicode.
    #[must_use]
    pub fn new(original: &'a str) -> Self {
        Self::new_in(original, Room::default())
    }

    /// The same in memory that an earlier haystack needs no more.
    #[must_use]
    pub fn new_in(original: &'a str, room: Room) -> Self {
        let Room { folded, mut tokens, mut masks } = room;
        let mut folded = fold_in(original, folded);
        masks.read(folded.text.as_bytes());
        tokens.clear();
        tokens.reserve(folded.text.len() / 4);
        tokenize(&folded.text, &masks, &mut tokens);
        folded.text.push_str(WordKey::PADDING);
        Self { original, folded, tokens, masks }
    }

    /// Its memory, for the next one; nothing of the text is left in it for anybody to see.
    #[must_use]
    pub fn into_room(self) -> Room {
        Room { folded: self.folded, tokens: self.tokens, masks: self.masks }
    }

    /// The author's own text.
    #[must_use]
    pub fn original(&self) -> &'a str {
        self.original
    }

    /// The folded text, punctuation and spaces included.
    #[must_use]
    pub fn folded(&self) -> &str {
        self.folded.text.get(..self.folded.text.len() - WordKey::PADDING.len()).unwrap_or_default()
    }

    /// The tokens, in order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Whether there is an ASCII digit in it.
    #[must_use]
    pub fn any_digit(&self) -> bool {
        self.masks.any_digit()
    }

    /// The folded text of a token.
    #[must_use]
    pub fn word(&self, token: &Token) -> &str {
        self.folded.text.get(token.start()..token.end()).unwrap_or_default()
    }

    /// The same as a key, [`WordKey::NONE`] for long ones, tags, handles and addresses.
    #[must_use]
    pub fn key(&self, token: &Token) -> WordKey {
        key(self.folded.text.as_bytes(), token)
    }

    /// The keys of all tokens.
    #[inline]
    pub fn keys(&self) -> impl ExactSizeIterator<Item = WordKey> {
        let text = self.folded.text.as_bytes();
        self.tokens.iter().map(move |token| key(text, token))
    }

    /// Whether nothing but punctuation, or nothing at all, stands between a token and the one before it.
    #[must_use]
    pub fn is_glued(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        before.zip(self.tokens.get(at)).is_some_and(|(a, b)| is_glued(self.folded(), a.end(), b.start()))
    }

    /// What stands between a token and the one before it; before the first one the field's start.
    #[must_use]
    pub fn gap(&self, at: usize) -> Gap {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let Some((a, b)) = before.zip(self.tokens.get(at)) else { return Gap::Break };
        // Nearly always it is one space.
        if a.end() + 1 == b.start() && self.folded.text.as_bytes().get(a.end()) == Some(&b' ') {
            return Gap::Space;
        }
        gap(self.folded(), a.end(), b.start())
    }

    /// Byte span in the original of a span in the folded text.
    #[must_use]
    pub fn original_span(&self, span: (usize, usize)) -> (usize, usize) {
        self.folded.original(span.0, span.1)
    }

    /// The author's own letters for a span of the folded text.
    #[must_use]
    pub fn surface(&self, span: (usize, usize)) -> &'a str {
        let (start, end) = self.original_span(span);
        self.original.get(start..end).unwrap_or_default()
    }

    /// The same with styled letters undone but capitals kept, for forms whose case carries meaning.
    #[must_use]
    pub fn cased(&self, span: (usize, usize)) -> Cow<'a, str> {
        let surface = self.surface(span);
        if self.folded.in_place() { Cow::Borrowed(surface) } else { Cow::Owned(fold_keep_case(surface)) }
    }

    /// Index of the token that covers or follows a folded byte.
    #[must_use]
    pub fn token_at(&self, folded: usize) -> usize {
        self.tokens().partition_point(|token| token.end() <= folded)
    }
}

#[inline]
fn key(text: &[u8], token: &Token) -> WordKey {
    let is_word = matches!(token.kind, TokenKind::Word | TokenKind::Number | TokenKind::Emoji);
    let len = if is_word { token.end() - token.start() } else { 0 };
    WordKey::of(text, token.start(), len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_token_has_a_surface_in_the_original(text in any::<String>()) {
            let haystack = Haystack::new(&text);
            for token in haystack.tokens() {
                let (start, end) = haystack.original_span(token.span());
                prop_assert!(text.get(start..end).is_some_and(|s| !s.is_empty()));
                prop_assert!(!haystack.word(token).is_empty());
            }
        }
    }
}
