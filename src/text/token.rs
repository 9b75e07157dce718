//! Cutting folded text into tokens: words, numbers, hashtags, handles, emoji, addresses.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::lookalike::{JOINER, KEYCAP, is_alphanumeric, is_emoji, is_letter, is_regional, may_be_tied};
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

/// What a word is made of: decides which variants are worth trying.
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
    /// What a folded word is made of.
    #[must_use]
    pub fn of(word: &str) -> Self {
        let mut shape = Self::default();
        let mut previous = '\0';
        let mut run = 0;
        for c in word.chars() {
            shape.chars = shape.chars.saturating_add(1);
            shape.digits |= reads_as_digit(shape.chars > 1, c);
            shape.letters |= is_letter(c);
            run = if c == previous { run + 1 } else { 1 };
            shape.stretched |= run >= 3;
            previous = c;
        }
        shape
    }

    /// Whether a word has a digit or a sign that stands for a letter, without a look at the rest.
    #[must_use]
    pub fn has_digits(word: &str) -> bool {
        word.bytes().enumerate().any(|(at, byte)| reads_as_digit(at > 0, char::from(byte)))
    }
}

/// Whether a character is a digit or, inside a word, a sign that stands for a letter.
fn reads_as_digit(inside: bool, c: char) -> bool {
    c.is_ascii_digit() || (inside && matches!(c, '@' | '$'))
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
    /// It is one character.
    single: bool,
    /// It may belong together with the token before it.
    may_join: bool,
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

    /// Whether it is one character.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.single
    }

    /// Whether something else than a space stands right before it, or both it and the token before it are one character:
    /// only then may the two be one word, spelt apart.
    #[must_use]
    pub fn may_join(&self) -> bool {
        self.may_join
    }

    /// Half-open span in the folded text.
    #[must_use]
    pub fn span(&self) -> (usize, usize) {
        (self.start(), self.end())
    }
}

/// Cuts folded text into tokens, appending to `tokens`. A text of 4 GiB, which no field is, has none.
pub(super) fn tokenize(text: &str, masks: &Masks, tokens: &mut Vec<Token>) {
    if u32::try_from(text.len()).is_err() {
        return;
    }
    let cutter = Cutter { text, bytes: text.as_bytes(), masks };
    let mut last = Last { end: 0, single: false };
    masks.for_each_start(|start, run| {
        // A token may reach over places where another could begin.
        if start < last.end {
            return;
        }
        let stop = start + run.len;
        let sign = cutter.sign(stop);
        // The common case: something that surely ends it.
        if run.len > 0 && (surely_ends(sign) || !cutter.goes_on(start, run, sign)) {
            let kind = if run.letters { TokenKind::Word } else { TokenKind::Number };
            tokens.push(last.follow(&cutter, (start, stop), kind, run.len == 1));
        } else {
            cutter.cut_odd(start, &mut last, tokens);
        }
    });
}

/// Whether a byte ends every run of letters and digits, whatever stands around it.
fn surely_ends(sign: u8) -> bool {
    const ENDS: [bool; 256] = {
        let mut ends = [false; 256];
        let mut sign = 0_u8;
        while sign.is_ascii() {
            ends[sign as usize] = !matches!(sign, b'@' | b'$' | b'%' | b',' | b'/' | b'-' | b':' | b'.');
            sign += 1;
        }
        ends
    };
    ENDS[usize::from(sign)]
}

/// What the next token has to know of the last one.
struct Last {
    end: usize,
    single: bool,
}

impl Last {
    /// The token behind it, which is the last one from now on.
    #[inline]
    fn follow(&mut self, cutter: &Cutter<'_>, (start, end): (usize, usize), kind: TokenKind, single: bool) -> Token {
        #[expect(clippy::cast_possible_truncation, reason = "the text is shorter than that")]
        let narrow = |place: usize| place as u32;
        let may_join = (cutter.sign(start.wrapping_sub(1)) > b' ') | (single & self.single);
        *self = Self { end, single };
        Token { start: narrow(start), end: narrow(end), kind, single, may_join }
    }
}

/// A host's name is not longer; looking further would make a row of `@` slow.
const MAX_HOST: usize = 255;

struct Cutter<'a> {
    text: &'a str,
    bytes: &'a [u8],
    masks: &'a Masks,
}

impl Cutter<'_> {
    /// The byte at a place; a space outside the text.
    fn sign(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b' ')
    }

    fn rest(&self, at: usize) -> &str {
        self.text.get(at..).unwrap_or_default()
    }

    fn peek(&self, at: usize) -> Option<char> {
        match self.bytes.get(at) {
            Some(b) if b.is_ascii() => Some(char::from(*b)),
            _ => self.rest(at).chars().next(),
        }
    }

    /// Tags, emoji, words of other scripts, very long ones and those that go on behind a sign.
    #[inline(never)]
    fn cut_odd(&self, start: usize, last: &mut Last, tokens: &mut Vec<Token>) {
        let mut at = start;
        while let Some((end, kind, single)) = self.odd_token(at) {
            tokens.push(last.follow(self, (at, end), kind, single));
            at = end;
            // A keycap is cut off the word before it.
            if !self.sign(end).is_ascii_alphanumeric() {
                break;
            }
        }
    }

    /// Whether more than a run of letters and digits may belong to the word, seeing what stands behind the run.
    #[inline(never)]
    fn goes_on(&self, start: usize, run: WordRun, stop: u8) -> bool {
        let digit_follows = || self.bytes.get(start + run.len + 1).is_some_and(u8::is_ascii_digit);
        match stop {
            b'@' | b'$' => run.letters,
            b'%' => !run.letters,
            b',' | b'/' | b'-' => !run.letters && digit_follows(),
            // `http://` and `www.` open an address.
            b':' if run.letters => self.bytes.get(start) == Some(&b'h'),
            b'.' if run.letters => self.bytes.get(start) == Some(&b'w'),
            b':' | b'.' => digit_follows(),
            _ => !stop.is_ascii(),
        }
    }

    /// End and kind of such a token, and whether it is one character.
    fn odd_token(&self, start: usize) -> Option<(usize, TokenKind, bool)> {
        let c = self.peek(start)?;
        let (end, kind) = match c {
            '#' | '@' => {
                let end = tag_end(self.text, self.masks, start)?;
                (end, if c == '#' { TokenKind::Hashtag } else { TokenKind::Handle })
            }
            _ if is_word_char(c) => self.word_end(start),
            _ if is_emoji(c) => (self.emoji_end(start, c), TokenKind::Emoji),
            _ => return None,
        };
        Some((end, kind, start + c.len_utf8() == end))
    }

    fn emoji_end(&self, start: usize, c: char) -> usize {
        let end = start + c.len_utf8();
        // Alone, or with another one behind it: only joiners and flags need the rules of clusters.
        let alone = self.peek(end).is_none_or(|next| next.is_ascii() || (is_emoji(next) && !is_regional(c)));
        if alone {
            return end;
        }
        // A flag is two halves: a third one, another emoji or a letter behind them begins anew.
        let flag = self.peek(end).filter(|next| is_regional(c) && is_regional(*next)).map(|next| end + next.len_utf8());
        if let Some(end) = flag.filter(|end| self.peek(*end).is_none_or(|next| next.is_ascii() || is_emoji(next))) {
            return end;
        }
        // So does what stands behind a family.
        let mut end = end;
        while may_be_tied(c)
            && self.peek(end) == Some(JOINER)
            && let Some(tied) = self.peek(end + JOINER.len_utf8()).filter(|tied| may_be_tied(*tied))
        {
            end += JOINER.len_utf8() + tied.len_utf8();
            if self.peek(end).is_none_or(|next| next.is_ascii() || is_emoji(next)) {
                return end;
            }
        }
        start + self.rest(start).graphemes(true).next().map_or(1, str::len)
    }

    fn word_end(&self, start: usize) -> (usize, TokenKind) {
        if is_address(self.rest(start)) {
            return (start + address_len(self.rest(start)), TokenKind::Address);
        }
        let mut at = start;
        let mut letters = false;
        loop {
            // Rows of letters and digits are taken at once, but for the last of them: a cap may stand behind it.
            let (row, any_letter) = self.masks.row(at);
            at += row.saturating_sub(1);
            letters |= any_letter;
            let Some(c) = self.peek(at) else { break };
            let next = || self.peek(at + c.len_utf8());
            let previous_digit = self.text.as_bytes().get(at.wrapping_sub(1)).is_some_and(u8::is_ascii_digit);
            if c == KEYCAP {
                // Keycap: the digit before it and the cap are one emoji.
                return (at + c.len_utf8(), TokenKind::Emoji);
            }
            if is_word_char(c) {
                letters |= is_letter(c);
                // A digit that is about to be capped belongs to the keycap, not to this word.
                if c.is_ascii_digit() && at > start && next() == Some(KEYCAP) {
                    break;
                }
            } else if matches!(c, '@' | '$') && letters && next().is_some_and(is_letter) {
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
    let inside_word = || text.get(..start).and_then(|t| t.chars().next_back()).is_some_and(is_alphanumeric);
    let opens = char_at(start + 1).is_some_and(|c| is_word_char(c) || c == '_');
    if !opens || (handle && inside_word()) {
        return None;
    }
    let mut at = start + 1;
    loop {
        // Nearly all of a tag are rows of letters and digits.
        at += masks.row(at).0;
        let Some(c) = char_at(at) else { return Some(at) };
        let joins = handle
            && matches!(c, '.' | '-')
            && char_at(at + 1).is_some_and(|next| is_alphanumeric(next) || next == '_');
        if !(is_word_char(c) || c == '_' || joins) {
            return Some(at);
        }
        at += c.len_utf8();
    }
}

/// What stands between two tokens of a text: the end of the first and the start of the second.
pub(super) fn gap(text: &str, last_end: usize, start: usize) -> Gap {
    let between = text.as_bytes().get(last_end..start).unwrap_or_default();
    if let [b' '] = between {
        return Gap::Space;
    }
    if is_glued(text, last_end, start) {
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

/// Whether nothing but punctuation, or nothing at all, stands between two tokens of a text.
pub(super) fn is_glued(text: &str, last_end: usize, start: usize) -> bool {
    text.as_bytes().get(last_end..start).is_some_and(|between| between.iter().all(u8::is_ascii_punctuation))
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

fn is_word_char(c: char) -> bool {
    is_alphanumeric(c) || (!c.is_ascii() && !is_emoji(c) && is_combining_mark(c))
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
        assert_eq!(words("🇮🇩🇲🇾✌ 🇮🇩"), ["🇮🇩", "🇲🇾", "✌", "🇮🇩"]);
    }
}
