//! One field of an activity, folded and cut.

use super::fold::{Folded, fold, fold_keep_case};
use super::token::{Token, tokenize};

/// A field's text, its folded form, its tokens, and the way back from the second to the first.
#[derive(Clone, Debug)]
pub struct Haystack<'a> {
    original: &'a str,
    folded: Folded,
    tokens: Vec<Token>,
}

impl<'a> Haystack<'a> {
    /// Folds and cuts a text. Linear in its length; takes any Unicode.
    #[must_use]
    pub fn new(original: &'a str) -> Self {
        let folded = fold(original);
        let mut tokens = Vec::with_capacity(folded.text.len() / 5 + 1);
        tokenize(&folded.text, &mut tokens);
        Self { original, folded, tokens }
    }

    /// The author's own text.
    #[must_use]
    pub fn original(&self) -> &'a str {
        self.original
    }

    /// The folded text, punctuation and spaces included.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded.text
    }

    /// The tokens, in order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The folded text of a token.
    #[must_use]
    pub fn word(&self, token: &Token) -> &str {
        self.folded.text.get(token.start..token.end).unwrap_or_default()
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
    pub fn cased(&self, span: (usize, usize)) -> String {
        fold_keep_case(self.surface(span))
    }

    /// Index of the token that covers or follows a folded byte.
    #[must_use]
    pub fn token_at(&self, folded: usize) -> usize {
        self.tokens.partition_point(|token| token.end <= folded)
    }
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
