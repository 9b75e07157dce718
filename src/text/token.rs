//! Cutting folded text into tokens: words, numbers, hashtags, handles, emoji, addresses.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::lookalike::is_emoji;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, possibly with digits among them.
    Word,
    /// Digits, with the punctuation that holds a date, a time or a decimal together.
    Number,
    /// `#` and what follows; the token's span includes the `#`.
    Hashtag,
    /// `@` and what follows; the token's span includes the `@`.
    Handle,
    /// One emoji, gesture or flag.
    Emoji,
    /// An address (URL, e-mail): never matched.
    Address,
}

/// What stands between a token and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Nothing, or punctuation without any space: `Gol-Kar`, `G.anjar`.
    Glued,
    /// Spaces, perhaps with commas and the like.
    Space,
    /// The end of a sentence or a line; the field's start counts too.
    Break,
}

/// What a token is made of: decides which variants are worth trying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Number of characters.
    pub chars: u16,
    /// Has a letter.
    pub letters: bool,
    /// Has a digit or a sign that stands for a letter (`@`, `$`).
    pub digits: bool,
    /// Has a character three times or more in a row.
    pub stretched: bool,
}

/// One token of a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte in the folded text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// What it is.
    pub kind: TokenKind,
    /// What stands before it.
    pub gap: Gap,
    /// What it is made of.
    pub shape: Shape,
}

impl Token {
    /// Half-open span in the folded text.
    #[must_use]
    pub fn span(&self) -> (usize, usize) {
        (self.start, self.end)
    }
}

/// Cuts folded text into tokens, appending to `tokens`.
pub(super) fn tokenize(text: &str, tokens: &mut Vec<Token>) {
    let mut cutter = Cutter { text, at: 0, last_end: 0 };
    while let Some(token) = cutter.next_token() {
        tokens.push(token);
    }
}

struct Cutter<'a> {
    text: &'a str,
    at: usize,
    last_end: usize,
}

impl Cutter<'_> {
    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn peek(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at) {
            Some(b) if b.is_ascii() => Some(char::from(*b)),
            _ => self.rest(at).chars().next(),
        }
    }

    fn next_token(&mut self) -> Option<Token> {
        loop {
            let start = self.at;
            let c = self.peek(start)?;
            let (end, kind) = match c {
                '#' | '@' if self.tag_follows(start) => {
                    let end = self.tag_end(start + 1, c == '@');
                    (end, if c == '#' { TokenKind::Hashtag } else { TokenKind::Handle })
                }
                _ if is_word_char(c) => self.word_end(start),
                _ if is_emoji(c) => {
                    (start + self.rest(start).graphemes(true).next().map_or(1, str::len), TokenKind::Emoji)
                }
                _ => {
                    self.at = start + c.len_utf8();
                    continue;
                }
            };
            let slice = self.text.get(start..end).unwrap_or_default();
            let token = Token { start, end, kind, gap: self.gap(start), shape: shape(slice) };
            self.at = end;
            self.last_end = end;
            return Some(token);
        }
    }

    /// A `#` or `@` opens a tag where a word character follows and none stands before it.
    fn tag_follows(&self, at: usize) -> bool {
        let next = self.peek(at + 1).is_some_and(|c| is_word_char(c) || c == '_');
        let before = self.text.get(..at).and_then(|t| t.chars().next_back());
        next && !before.is_some_and(|c| {
            c.is_alphanumeric()
                && at > 0
                && self.last_end == at
                && !self.text.get(at..).is_some_and(|t| t.starts_with('#'))
        })
    }

    fn tag_end(&self, from: usize, handle: bool) -> usize {
        let mut at = from;
        while let Some(c) = self.peek(at) {
            let joins = handle
                && matches!(c, '.' | '-')
                && self.peek(at + 1).is_some_and(|next| next.is_alphanumeric() || next == '_');
            if !(is_word_char(c) || c == '_' || joins) {
                break;
            }
            at += c.len_utf8();
        }
        at
    }

    fn word_end(&self, start: usize) -> (usize, TokenKind) {
        if is_address(self.rest(start)) {
            let len = self
                .rest(start)
                .find(|c: char| c.is_whitespace() || c == '"' || c == '<' || c == '>')
                .unwrap_or(self.text.len() - start);
            return (start + len, TokenKind::Address);
        }
        let mut at = start;
        let mut letters = false;
        while let Some(c) = self.peek(at) {
            let next = || self.peek(at + c.len_utf8());
            let previous_digit = self.text.as_bytes().get(at.wrapping_sub(1)).is_some_and(u8::is_ascii_digit);
            if c == '\u{20E3}' {
                // Keycap: the digit before it and the cap are one emoji.
                return (at + c.len_utf8(), TokenKind::Emoji);
            }
            if is_word_char(c) {
                letters |= c.is_alphabetic();
                // A digit that is about to be capped belongs to the keycap, not to this word.
                if c.is_ascii_digit() && at > start && next() == Some('\u{20E3}') {
                    break;
                }
            } else if matches!(c, '@' | '$') && letters && next().is_some_and(char::is_alphabetic) {
                if c == '@' && self.is_mail(at) {
                    let len = self.rest(at).find(char::is_whitespace).unwrap_or(self.text.len() - at);
                    return (at + len, TokenKind::Address);
                }
            } else if c == '%' && !letters {
                return (at + 1, TokenKind::Number);
            } else if !(matches!(c, '.' | ',' | '/' | ':' | '-')
                && !letters
                && previous_digit
                && next().is_some_and(|n| n.is_ascii_digit()))
            {
                break;
            }
            at += c.len_utf8();
        }
        (at, if letters { TokenKind::Word } else { TokenKind::Number })
    }

    /// `name@host.tld`, as against `pr@bowo`.
    fn is_mail(&self, at: usize) -> bool {
        self.rest(at + 1).chars().take_while(|c| !c.is_whitespace()).any(|c| c == '.')
    }

    fn gap(&self, start: usize) -> Gap {
        if self.last_end == 0 && start == 0 {
            return Gap::Break;
        }
        let between = self.text.get(self.last_end..start).unwrap_or_default();
        if between.is_empty() || between.bytes().all(|b| b.is_ascii_punctuation()) {
            return if self.last_end == 0 { Gap::Break } else { Gap::Glued };
        }
        let short_word_before = self.last_end >= 1 && {
            let before = self.text.get(..self.last_end).unwrap_or_default();
            before.chars().rev().take_while(|c| is_word_char(*c)).count() <= 3
        };
        let mut chars = between.chars();
        while let Some(c) = chars.next() {
            let space_follows = || chars.clone().next().is_none_or(char::is_whitespace);
            match c {
                '\n' | '\r' | '!' | '?' | ';' | '|' | '\u{2026}' => return Gap::Break,
                // `No. 2`, `H. Hari`, `M. D.`: a full stop after a short word does not end a sentence.
                '.' if !short_word_before && space_follows() => return Gap::Break,
                _ => {}
            }
        }
        Gap::Space
    }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

fn is_address(rest: &str) -> bool {
    let starts =
        |prefix: &str| rest.as_bytes().get(..prefix.len()).is_some_and(|b| b.eq_ignore_ascii_case(prefix.as_bytes()));
    starts("http://") || starts("https://") || starts("www.")
}

fn shape(slice: &str) -> Shape {
    if slice.is_ascii() {
        return ascii_shape(slice.as_bytes());
    }
    let mut shape = Shape::default();
    let mut previous = '\0';
    let mut run = 0;
    for c in slice.chars() {
        shape.chars = shape.chars.saturating_add(1);
        shape.digits |= c.is_ascii_digit() || ((c == '@' || c == '$') && shape.chars > 1);
        shape.letters |= c.is_alphabetic();
        run = if c == previous { run + 1 } else { 1 };
        shape.stretched |= run >= 3;
        previous = c;
    }
    shape
}

/// The same for the common case, byte by byte.
fn ascii_shape(bytes: &[u8]) -> Shape {
    let mut shape = Shape { chars: u16::try_from(bytes.len()).unwrap_or(u16::MAX), ..Shape::default() };
    let mut previous = 0;
    let mut run = 0;
    for (i, &b) in bytes.iter().enumerate() {
        shape.letters |= b.is_ascii_alphabetic();
        shape.digits |= b.is_ascii_digit() || (i > 0 && (b == b'@' || b == b'$'));
        run = if b == previous { run + 1 } else { 1 };
        shape.stretched |= run >= 3;
        previous = b;
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn cut(text: &str) -> Vec<(String, TokenKind)> {
        let folded = fold(text);
        let mut tokens = Vec::new();
        tokenize(&folded.text, &mut tokens);
        tokens.iter().map(|t| (folded.text.get(t.start..t.end).unwrap().to_owned(), t.kind)).collect()
    }

    fn words(text: &str) -> Vec<String> {
        cut(text).into_iter().map(|(w, _)| w).collect()
    }

    #[test]
    fn tags_handles_emoji_and_addresses_are_tokens() {
        use TokenKind::{Address, Emoji, Handle, Hashtag, Number, Word};
        let kinds: Vec<_> = cut("Yuk #Pilih02 @budi.s ✌🏽2️⃣ 02 https://x.example/#a budi@x.example")
            .into_iter()
            .map(|(_, k)| k)
            .collect();
        assert_eq!(kinds, [Word, Hashtag, Handle, Emoji, Emoji, Number, Address, Address]);
    }

    #[test]
    fn dates_decimals_and_percentages_are_one_number() {
        assert_eq!(words("01/02/2024 17.30 1,5 2% 2-0"), ["01/02/2024", "17.30", "1,5", "2%", "2-0"]);
        assert_eq!(words("no.2, 02-Prabowo"), ["no", "2", "02", "prabowo"]);
    }

    #[test]
    fn an_at_inside_a_word_is_a_letter() {
        assert_eq!(words("pr@bowo"), ["pr@bowo"]);
        assert_eq!(words("#a#b,@c"), ["#a", "#b", "@c"]);
    }

    #[test]
    fn gaps_tell_sentences_apart() {
        let folded = fold("Pak H. Hari hadir. Pilih Gol-Kar\nno. 2");
        let mut tokens = Vec::new();
        tokenize(&folded.text, &mut tokens);
        let gaps: Vec<_> = tokens.iter().map(|t| t.gap).collect();
        use Gap::{Break, Glued, Space};
        assert_eq!(gaps, [Break, Space, Space, Space, Break, Space, Glued, Break, Space]);
    }

    #[test]
    fn repeated_emoji_are_separate_tokens() {
        assert_eq!(words("✌✌✌"), ["✌", "✌", "✌"]);
    }
}
