//! Cutting folded text into tokens: words, numbers, hashtags, handles, emoji, addresses.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::lookalike::is_emoji;
use super::mask::{Masks, WordRun};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// What stands between a token and the one before it; asked for with [`super::Haystack::gap`].
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

impl Shape {
    /// What a run of letters and digits is made of.
    fn of_run(run: WordRun) -> Self {
        let chars = u16::try_from(run.len).unwrap_or(u16::MAX);
        Self { chars, letters: run.letters, digits: run.digits, stretched: run.stretched }
    }
}

/// One token of a folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte in the folded text.
    start: u32,
    /// One past its last byte.
    end: u32,
    /// What it is.
    pub kind: TokenKind,
    /// What it is made of.
    pub shape: Shape,
}

impl Token {
    /// First byte in the folded text.
    #[must_use]
    pub fn start(&self) -> usize {
        self.start as usize
    }

    /// One past its last byte.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end as usize
    }

    /// Half-open span in the folded text.
    #[must_use]
    pub fn span(&self) -> (usize, usize) {
        (self.start(), self.end())
    }
}

/// Cuts folded text into tokens, appending to `tokens`. What lies beyond 4 GiB is left out; no field is that long.
pub(super) fn tokenize(text: &str, masks: &Masks, tokens: &mut Vec<Token>) {
    let mut cutter = Cutter { text, bytes: text.as_bytes(), masks, at: 0 };
    for (start, run) in masks.starts() {
        // A token may reach over places where another could begin.
        if start < cutter.at {
            continue;
        }
        let plain = run.and_then(|run| cutter.plain_word(start, run));
        if plain.is_some() {
            tokens.extend(plain);
            continue;
        }
        tokens.extend(cutter.token_at(start, run));
        // A keycap is cut off the word before it.
        while cutter.at > start && cutter.bytes.get(cutter.at).is_some_and(u8::is_ascii_alphanumeric) {
            let start = cutter.at;
            let run = masks.word_run(start);
            let plain = run.and_then(|run| cutter.plain_word(start, run));
            tokens.extend(plain.or_else(|| cutter.token_at(start, run)));
        }
    }
}

/// A host's name is not longer; looking further would make a row of `@` slow.
const MAX_HOST: usize = 255;

struct Cutter<'a> {
    text: &'a str,
    bytes: &'a [u8],
    masks: &'a Masks,
    /// Where the last token ended.
    at: usize,
}

impl Cutter<'_> {
    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn peek(&self, at: usize) -> Option<char> {
        match self.bytes.get(at) {
            Some(b) if b.is_ascii() => Some(char::from(*b)),
            _ => self.rest(at).chars().next(),
        }
    }

    /// The common case: letters and digits up to something that surely ends them.
    #[inline]
    fn plain_word(&mut self, start: usize, run: WordRun) -> Option<Token> {
        let end = start + run.len;
        let stop = self.bytes.get(end).copied().unwrap_or(b' ');
        if stop != b' ' && self.goes_on(start, run, stop) {
            return None;
        }
        let kind = if run.letters { TokenKind::Word } else { TokenKind::Number };
        self.token(start, end, kind, Shape::of_run(run))
    }

    /// Whether more than a run of letters and digits may belong to the word, seeing what stands behind the run.
    fn goes_on(&self, start: usize, run: WordRun, stop: u8) -> bool {
        match stop {
            b'@' | b'$' => run.letters,
            b'%' | b',' | b'/' | b'-' => !run.letters,
            // `http://` and `www.` open an address.
            b':' => !run.letters || self.bytes.get(start) == Some(&b'h'),
            b'.' => !run.letters || self.bytes.get(start) == Some(&b'w'),
            _ => !stop.is_ascii(),
        }
    }

    /// The token that begins at `start` and is no plain word. Nothing where nothing begins after all.
    fn token_at(&mut self, start: usize, run: Option<WordRun>) -> Option<Token> {
        if run.is_none() {
            return self.odd_token(start);
        }
        let (end, kind) = self.word_end(start);
        let shape = shape(self.text.get(start..end).unwrap_or_default());
        self.token(start, end, kind, shape)
    }

    /// Tags, emoji, words of other scripts and very long ones.
    fn odd_token(&mut self, start: usize) -> Option<Token> {
        let c = self.text.get(start..)?.chars().next()?;
        let (end, kind) = match c {
            '#' | '@' => {
                let end = tag_end(self.text, self.masks, start)?;
                (end, if c == '#' { TokenKind::Hashtag } else { TokenKind::Handle })
            }
            _ if is_word_char(c) => self.word_end(start),
            _ if is_emoji(c) => (self.emoji_end(start, c), TokenKind::Emoji),
            _ => return None,
        };
        let shape = shape(self.text.get(start..end).unwrap_or_default());
        self.token(start, end, kind, shape)
    }

    fn token(&mut self, start: usize, end: usize, kind: TokenKind, shape: Shape) -> Option<Token> {
        self.at = end;
        Some(Token { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()?, kind, shape })
    }

    fn emoji_end(&self, start: usize, c: char) -> usize {
        let end = start + c.len_utf8();
        // Alone, or with another one behind it: only joiners and flags need the rules of clusters.
        let alone = self.peek(end).is_none_or(|next| next.is_ascii() || (is_emoji(next) && !is_regional(c)));
        if alone { end } else { start + self.rest(start).graphemes(true).next().map_or(1, str::len) }
    }

    fn word_end(&self, start: usize) -> (usize, TokenKind) {
        if is_address(self.rest(start)) {
            return (start + address_len(self.rest(start)), TokenKind::Address);
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

    /// `name@host.tld`, as against `pr@bowo`; an address has one `@`.
    fn is_mail(&self, at: usize) -> bool {
        self.rest(at + 1).chars().take(MAX_HOST).take_while(|c| !c.is_whitespace() && *c != '@').any(|c| c == '.')
    }
}

/// End of the tag that a `#` or `@` at `start` opens: where a word character follows and, for `@`, none stands before it.
fn tag_end(text: &str, masks: &Masks, start: usize) -> Option<usize> {
    let char_at = |at: usize| text.get(at..).and_then(|rest| rest.chars().next());
    let handle = text.as_bytes().get(start) == Some(&b'@');
    let inside_word = || text.get(..start).and_then(|t| t.chars().next_back()).is_some_and(char::is_alphanumeric);
    let opens = char_at(start + 1).is_some_and(|c| is_word_char(c) || c == '_');
    if !opens || (handle && inside_word()) {
        return None;
    }
    let mut at = start + 1 + masks.word_run(start + 1).map_or(0, |run| run.len);
    while let Some(c) = char_at(at) {
        let joins = handle
            && matches!(c, '.' | '-')
            && char_at(at + 1).is_some_and(|next| next.is_alphanumeric() || next == '_');
        if !(is_word_char(c) || c == '_' || joins) {
            break;
        }
        at += c.len_utf8();
    }
    Some(at)
}

/// What stands between two tokens of a text: the end of the first and the start of the second.
pub(super) fn gap(text: &str, last_end: usize, start: usize) -> Gap {
    let between = text.as_bytes().get(last_end..start).unwrap_or_default();
    if let [b' '] = between {
        return Gap::Space;
    }
    if between.iter().all(u8::is_ascii_punctuation) {
        return Gap::Glued;
    }
    for (i, b) in between.iter().enumerate() {
        match b {
            b'\n' | b'\r' | b'!' | b'?' | b';' | b'|' => return Gap::Break,
            // `No. 2`, `H. Hari`, `nomor. 2`: a full stop after a short word or before a number does not end a sentence.
            b'.' if !ends_on_short_word(text, last_end)
                && !text.as_bytes().get(start).is_some_and(u8::is_ascii_digit) =>
            {
                let at = last_end + i + 1;
                let next = text.get(at..start).and_then(|rest| rest.chars().next());
                if next.is_none_or(char::is_whitespace) {
                    return Gap::Break;
                }
            }
            _ => {}
        }
    }
    Gap::Space
}

/// Whether the text up to `end` ends on a word of at most three characters.
fn ends_on_short_word(text: &str, end: usize) -> bool {
    if let Some(before) = end.checked_sub(4).and_then(|from| text.as_bytes().get(from..end))
        && before.is_ascii()
    {
        return before.iter().any(|b| !b.is_ascii_alphanumeric());
    }
    let before = text.get(..end).unwrap_or_default();
    before.chars().rev().take(4).take_while(|c| is_word_char(*c)).count() <= 3
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

fn is_address(rest: &str) -> bool {
    let starts =
        |prefix: &str| rest.as_bytes().get(..prefix.len()).is_some_and(|b| b.eq_ignore_ascii_case(prefix.as_bytes()));
    starts("http://") || starts("https://") || starts("www.")
}

/// Bytes of the address that a text starts with.
fn address_len(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>')).unwrap_or(text.len())
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
        let mut masks = Masks::default();
        masks.read(folded.text.as_bytes());
        tokenize(&folded.text, &masks, &mut tokens);
        tokens.iter().map(|t| (folded.text.get(t.start()..t.end()).unwrap().to_owned(), t.kind)).collect()
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
        let mut masks = Masks::default();
        masks.read(folded.text.as_bytes());
        tokenize(&folded.text, &masks, &mut tokens);
        let gaps: Vec<_> = tokens.windows(2).map(|t| gap(&folded.text, t[0].end(), t[1].start())).collect();
        use Gap::{Break, Glued, Space};
        assert_eq!(gaps, [Space, Space, Space, Break, Space, Glued, Break, Space]);
    }

    #[test]
    fn repeated_emoji_are_separate_tokens() {
        assert_eq!(words("✌✌✌"), ["✌", "✌", "✌"]);
    }
}
