//! What the tokens of a field may be read as: words of the vocabulary in every spelling, and keywords inside glued words.

use super::account::handle;
use super::engine::Engine;
use super::field::{Field, Reading};
use super::find::Occurrence;
use super::hint::Hint;
use super::reading::{Readings, Spelt, Step, narrow};
use super::room::{Desk, Inner, Memo, Row};
use super::trie::Leaf;
use crate::text::{
    Known, Lexicon, Piece, Shape, Token, TokenKind, Twist, WordKey, for_each_variant, is_common_word, passive_stem,
};

/// Letters that stand alone in a row of at least this many may spell a name: `P R A B O W O`.
const MIN_SPELLED: usize = 3;
/// Names are not spelt apart into more pieces.
const MAX_SPELLED: usize = 16;
/// Plain words shorter than this are never two words glued together.
const MIN_GLUED: usize = 8;
/// Twisted readings of very short words would be guesses.
const MIN_TWISTED: usize = 4;

/// Appends every reading of a word of running text; says whether it may be several without spaces.
fn spellings(engine: &Engine, word: &str, read: &mut Vec<Spelt>) -> bool {
    let vocab = &engine.vocab;
    let known = vocab.get(word);
    read.extend(known.map(|id| (id, Twist::Plain)));
    if word.len() < MIN_TWISTED {
        return false;
    }
    let shape = Shape::of(word);
    let varied = variants(engine, word, shape, read);
    // A word that is itself in the lists, or an everyday one, is neither two words nor a misspelling.
    if known.is_some() || is_common_word(word) {
        return false;
    }
    if let Some(stem) = passive_stem(word).filter(|stem| engine.knows(stem) == Known::Name)
        && let Some(id) = vocab.get(stem)
    {
        read.push((id, Twist::Affix));
    } else if !varied && let Some(id) = engine.near.get(vocab, word) {
        read.push((id, Twist::Misspelt));
    }
    let cuts = |word: &str| !engine.segmenter.cut_word(word, "", engine).is_empty();
    word.len() >= MIN_GLUED && (cuts(word) || (shape.digits && read_digits(word).is_some_and(|read| cuts(&read))))
}

/// Clitics, stretched letters, digits for letters; says whether one of these spellings is known.
fn variants(engine: &Engine, word: &str, shape: Shape, read: &mut Vec<Spelt>) -> bool {
    if word.len() < MIN_TWISTED || (word.len() > engine.longest + 4 && !shape.stretched) {
        return false;
    }
    for_each_variant(word, shape, &mut |variant, twist| {
        let id = engine.vocab.get(variant);
        read.extend(id.map(|id| (id, twist)));
        id.is_some()
    })
}

/// Looks the tokens of a field up.
pub(super) struct Reader<'a> {
    engine: &'a Engine,
    index: usize,
    field: &'a Field<'a>,
    /// Readings for which a token's own place has no room.
    further: &'a mut Vec<Step>,
    found: &'a mut Vec<Occurrence>,
    row: &'a mut Row,
    /// Readings of the token that is being read.
    now: &'a mut Vec<Spelt>,
    memo: &'a mut Memo,
}

/// Looks every token of a field up, in all the spellings under which it may be known; says what all of it is good for.
pub(super) fn read(engine: &Engine, index: usize, field: &Field<'_>, memo: &mut Memo, desk: &mut Desk) -> Hint {
    let Desk { readings, further, found, row, now, .. } = desk;
    row.ends.clear();
    let tokens = field.haystack.tokens();
    let (first, first_further) = (readings.len(), further.len());
    read_remembered(field, memo, readings);
    let readings = readings.get_mut(first..).unwrap_or_default();
    let mut seen: Hint = readings.iter().map(|readings| readings.hint).collect();
    let mut reader = Reader { engine, index, field, further, found, row, now, memo };
    if seen.has(Hint::UNREAD) {
        seen |= reader.read_others(readings);
    }
    if !tokens.iter().fold(false, |any, token| any | token.may_join()) {
        return seen;
    }
    let spelled = reader.further.len();
    for at in 1..tokens.len() {
        if reader.row.joins(at) || reader.joins(at) {
            reader.read_spelled(at - 1);
        }
    }
    for step in further.iter().skip(spelled) {
        let hint = engine.trie.hint(step.word) | Hint::FURTHER;
        readings.iter_mut().skip(step.from as usize).take(1).for_each(|readings| readings.hint |= hint);
        seen |= hint;
    }
    further.get_mut(first_further..).unwrap_or_default().sort_by_key(|step| step.from);
    seen
}

/// Looks all tokens up where they were last seen, each without waiting for the one before.
fn read_remembered(field: &Field<'_>, memo: &Memo, readings: &mut Vec<Readings>) {
    // A tag that the platform lists comes without its sign; it must not be taken for a word of running text.
    if field.reading == Reading::Text {
        readings.extend(field.haystack.keys().map(|key| memo.last_seen(key)));
    } else {
        readings.extend(field.haystack.tokens().iter().map(|_| memo.last_seen(WordKey::NONE)));
    }
}

impl<'a> Reader<'a> {
    /// The few tokens that were not found there.
    fn read_others(&mut self, readings: &mut [Readings]) -> Hint {
        let mut seen = Hint::default();
        let tokens = self.field.haystack.tokens().iter().enumerate();
        for ((at, token), place) in tokens.zip(readings).filter(|(_, place)| place.hint.has(Hint::UNREAD)) {
            *place = self.read_token(at, token);
            seen |= place.hint;
        }
        seen
    }

    /// A token that was not the last one seen in its place, or may be several words, or is none of running text.
    fn read_token(&mut self, at: usize, token: &Token) -> Readings {
        let running = self.field.reading == Reading::Text;
        let key = if running { self.field.haystack.key(token) } else { WordKey::NONE };
        let known = self.memo.word(key);
        if let Some(known) = known.filter(|known| !known.hint.has(Hint::GLUED)) {
            return known;
        }
        let word = self.field.haystack.word(token);
        self.now.clear();
        match token.kind {
            TokenKind::Word if key == WordKey::NONE || known.is_some() => self.read_odd(at, token),
            TokenKind::Hashtag | TokenKind::Handle => self.read_odd(at, token),
            TokenKind::Word => {
                if spellings(self.engine, word, self.now) {
                    self.memo.remember_word(key, Readings::of(&[], Hint::GLUED | Hint::UNREAD).0);
                    return self.read_odd(at, token);
                }
                self.note_word(at, word, key)
            }
            // Numbers and emoji have no other spelling.
            TokenKind::Number | TokenKind::Emoji => {
                self.now.extend(self.engine.vocab.get(word).map(|id| (id, Twist::Plain)));
                self.note_word(at, word, key)
            }
            TokenKind::Address => Readings::of(&[], self.engine.patterns.opened_by(word)).0,
        }
    }

    /// What was read now, remembered where it is all of it.
    fn note_word(&mut self, at: usize, word: &str, key: WordKey) -> Readings {
        let (readings, further) = Readings::of(self.now, self.hint_of(word));
        if key != WordKey::NONE && further.is_empty() {
            self.memo.remember_word(key, readings);
        }
        self.further.extend(further.iter().map(|read| Step::of_one(at, *read)));
        readings
    }

    /// What a token is good for that was read so now.
    fn hint_of(&self, word: &str) -> Hint {
        let hints = self.now.iter().map(|(word, _)| self.engine.trie.hint(*word));
        hints.chain([self.engine.patterns.opened_by(word)]).collect()
    }

    /// A tag, a handle, a long word or one that may be several, from memory where it was read before.
    fn read_odd(&mut self, at: usize, token: &Token) -> Readings {
        let surface = self.field.haystack.surface(token.span());
        let memorable = self.field.reading == Reading::Text;
        if memorable && let Some(known) = self.memo.odd(surface) {
            self.further.extend(known.further.iter().map(|read| Step::of_one(at, *read)));
            self.found.extend(known.inner.iter().map(|inner| inside((self.index, self.field), (at, token), inner)));
            return known.readings;
        }
        let found = self.found.len();
        let word = self.field.haystack.word(token);
        let mut inner = Vec::new();
        self.now.clear();
        match token.kind {
            TokenKind::Hashtag => self.read_tag(token, word.get(1..).unwrap_or_default(), &mut inner),
            TokenKind::Handle => self.read_handle(at, token, word.get(1..).unwrap_or_default(), &mut inner),
            _ if self.field.reading != Reading::Text => self.read_tag(token, word, &mut inner),
            _ => {
                if spellings(self.engine, word, self.now) {
                    self.cut(token, word, &mut inner);
                }
            }
        }
        let accounts = self.found.len() > found;
        let names = accounts || inner.iter().any(|inner| inner.leaf.names);
        let hint = self.hint_of(word) | if names { Hint::NAMES } else { Hint::default() };
        let (readings, further) = Readings::of(self.now, hint);
        // Whether a listed account is meant depends on where the post stands.
        let listed = token.kind == TokenKind::Handle && self.engine.handles.contains_key(word.trim_start_matches('@'));
        if memorable && !listed {
            self.memo.remember_odd(surface, (readings, further), &inner);
        }
        self.further.extend(further.iter().map(|read| Step::of_one(at, *read)));
        self.found.extend(inner.iter().map(|inner| inside((self.index, self.field), (at, token), inner)));
        readings
    }

    /// A hashtag as a word with and without its `#`, and what stands inside.
    fn read_tag(&mut self, token: &Token, body: &str, inner: &mut Vec<Inner>) {
        let vocab = &self.engine.vocab;
        let word = self.field.haystack.word(token);
        let mut plain = |word: &str| self.now.extend(vocab.get(word).map(|id| (id, Twist::Plain)));
        plain(word);
        if token.kind == TokenKind::Hashtag {
            plain(body);
        } else if self.field.reading == Reading::Tag {
            plain(&format!("#{word}"));
        }
        variants(self.engine, body, Shape::of(word), self.now);
        self.cut(token, body, inner);
    }

    /// A handle as a word, as a campaign account, and what stands inside.
    fn read_handle(&mut self, at: usize, token: &Token, body: &str, inner: &mut Vec<Inner>) {
        let haystack = &self.field.haystack;
        self.now.extend(self.engine.vocab.get(haystack.word(token)).map(|id| (id, Twist::Plain)));
        let span = haystack.original_span(token.span());
        handle(self.engine, self.index, self.field, body, span, at, self.found);
        if self.engine.segmenter.may_hold_name(body) {
            self.cut(token, body, inner);
        }
    }

    fn is_single(&self, at: usize) -> bool {
        let token = self.field.haystack.tokens().get(at);
        token.is_some_and(|t| t.kind == TokenKind::Word && t.is_single())
    }

    /// Whether a token may be spelt together with the one before it.
    fn joins(&self, at: usize) -> bool {
        let haystack = &self.field.haystack;
        let may = |token: &&Token| token.may_join() && token.kind == TokenKind::Word && at > 0;
        let Some(token) = haystack.tokens().get(at).filter(may) else { return false };
        (token.is_single() && self.is_single(at - 1)) || haystack.is_glued(at)
    }

    /// Names whose letters or syllables are spaced, dotted or hyphenated apart, from a token on.
    fn read_spelled(&mut self, at: usize) {
        if !self.row.joins(at + 1) {
            self.lay_row(at);
        }
        if self.row.joins(at + 1) {
            self.read_censored(at);
        }
        let row = &*self.row;
        let (before, ends) = row.ends.split_at_checked(at - row.from).unwrap_or_default();
        let start = before.last().copied().unwrap_or(0);
        // However many letters follow, hardly any word begins with these.
        let longest = match self.engine {
            engine if !engine.starts.may_begin(&row.joined, start) => 0,
            engine if !engine.long_starts.may_begin(&row.joined, start) => engine.long_starts.letters() - 1,
            engine => engine.longest,
        };
        // As many bytes as words: each is one letter.
        let only_letters = row.joined.len() == row.ends.len();
        let fewest = if only_letters { MIN_TWISTED.max(MIN_SPELLED) } else { 1 };
        let mut letters = true;
        for (count, end) in (fewest..=MAX_SPELLED).zip(ends.iter().skip(fewest - 1)) {
            let joined = end - start;
            if joined > longest {
                break;
            }
            letters = letters && (only_letters || self.is_single(at + count - 1));
            let enough = count >= if letters { MIN_SPELLED } else { 2 };
            if enough
                && joined >= MIN_TWISTED
                && let Some(word) = self.engine.vocab.get(row.joined.get(start..*end).unwrap_or_default())
                && let Ok(tokens) = u16::try_from(count)
            {
                self.further.push(Step { from: narrow(at), word, tokens, twist: Twist::Spaced });
            }
        }
    }

    /// Puts the words together that are spelt together from a token on.
    fn lay_row(&mut self, from: usize) {
        let mut row = std::mem::take(self.row);
        row.joined.clear();
        row.ends.clear();
        row.from = from;
        let words = self.field.haystack.tokens().iter().enumerate().skip(from);
        for (_, token) in words.take_while(|(at, t)| t.kind == TokenKind::Word && (*at == from || self.joins(*at))) {
            row.joined.push_str(self.field.haystack.word(token));
            row.ends.push(row.joined.len());
        }
        *self.row = row;
    }

    /// `B*skarendra`: one letter hidden by a star. Only vowels are tried, and only whole words of the lists count.
    fn read_censored(&mut self, at: usize) {
        let haystack = &self.field.haystack;
        let (Some(head), Some(tail)) = (haystack.tokens().get(at), haystack.tokens().get(at + 1)) else { return };
        if head.end() + 1 != tail.start() || haystack.folded().as_bytes().get(head.end()) != Some(&b'*') {
            return;
        }
        for vowel in ["a", "i", "u", "e", "o"] {
            let word = [haystack.word(head), vowel, haystack.word(tail)].concat();
            if word.len() > MIN_TWISTED
                && let Some(word) = self.engine.vocab.get(&word)
            {
                self.further.push(Step { from: narrow(at), word, tokens: 2, twist: Twist::Leet });
            }
        }
    }

    /// Keywords inside a hashtag, a handle or a word without spaces; `body` is the token without its sign.
    fn cut(&self, token: &Token, body: &str, inner: &mut Vec<Inner>) {
        let segmenter = &self.engine.segmenter;
        let offset = token.end() - token.start() - body.len();
        let cased = self.field.haystack.cased(token.span());
        let cased = cased.get(offset..).unwrap_or_default();
        let is_word = token.kind == TokenKind::Word && self.field.reading == Reading::Text;
        let cut = |body: &str| {
            if is_word {
                segmenter.cut_word(body, cased, self.engine)
            } else {
                segmenter.cut_tag(body, cased, self.engine)
            }
        };
        let handle = token.kind == TokenKind::Handle;
        self.keywords_of(&cut(body), handle, (offset, body, cased), inner);
        // `GanjarMahfudM3nang`: digits between letters, read as letters; lengths stay, so spans do.
        if inner.is_empty()
            && Shape::of(self.field.haystack.word(token)).digits
            && let Some(read) = read_digits(body)
        {
            self.keywords_of(&cut(&read), handle, (offset, &read, cased), inner);
        }
    }

    /// Keywords made of the pieces of a body.
    fn keywords_of(
        &self,
        pieces: &[Piece],
        handle: bool,
        (offset, body, cased): (usize, &str, &str),
        inner: &mut Vec<Inner>,
    ) {
        let engine = self.engine;
        for (i, piece) in pieces.iter().enumerate() {
            let mut node = None;
            for last in pieces.iter().skip(i).take_while(|p| p.trusted) {
                let word = body.get(last.start..last.end).and_then(|w| engine.vocab.get(w));
                node = word.and_then(|word| match node {
                    None => engine.trie.root(word),
                    Some(node) => engine.trie.step(node, word),
                });
                let Some(node) = node else { break };
                // The whole body is a word of its own and was looked up as such; not so behind an `@`.
                if !handle && piece.start == 0 && last.end == body.len() && i + 1 == pieces.len() {
                    break;
                }
                let written = cased.get(piece.start..last.end);
                let fits =
                    |leaf: &&Leaf| engine.exact(leaf).is_none_or(|exact| written.is_some_and(|w| *w == exact.concat()));
                let piece = (offset + piece.start, offset + last.end);
                inner.extend(engine.trie.leaves(node).iter().filter(fits).map(|leaf| Inner { leaf: *leaf, piece }));
            }
        }
    }
}

/// A keyword inside a token of a field.
fn inside((index, field): (usize, &Field<'_>), (at, token): (usize, &Token), inner: &Inner) -> Occurrence {
    let (start, end) = inner.piece;
    Occurrence {
        entry: inner.leaf.entry,
        field: index,
        tokens: (at, at),
        span: field.haystack.original_span((token.start() + start, token.start() + end)),
        twist: Twist::Inside,
        shouted: false,
        except: inner.leaf.except,
        addressed: token.kind == TokenKind::Handle,
        in_tag: token.kind == TokenKind::Hashtag,
    }
}

/// The body with digits between letters read as the letters they look most like; nothing where there are none.
fn read_digits(body: &str) -> Option<String> {
    let bytes = body.as_bytes();
    let letter = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphabetic);
    let mut changed = false;
    let read = body
        .char_indices()
        .map(|(i, c)| {
            let as_letter = match c {
                '0' => 'o',
                '1' => 'i',
                '3' => 'e',
                '4' => 'a',
                '5' => 's',
                '7' => 't',
                _ => return c,
            };
            if letter(i.checked_sub(1)) && letter(Some(i + 1)) {
                changed = true;
                as_letter
            } else {
                c
            }
        })
        .collect();
    changed.then_some(read)
}
