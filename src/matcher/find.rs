//! Where keywords occur in a field: the token trie, the insides of glued words, patterns, accounts.

use super::account::{account_id, handle};
use super::engine::Engine;
use super::field::{Field, Reading};
use super::glance;
use super::patterns::{Patterns, Visit};
use super::room::{Hint, Inner, Memo, Room};
use super::trie::{Leaf, Places};
use crate::text::{
    Gap, Known, Piece, Shape, Token, TokenKind, Twist, WordId, WordKey, fold, for_each_variant, is_common_word,
    passive_stem,
};

/// One keyword at one place, before it is known whether it counts.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    /// Index of the engine's entry.
    pub entry: u32,
    /// Index of the field.
    pub field: usize,
    /// First and last token it covers.
    pub tokens: (usize, usize),
    /// Bytes of the original field.
    pub span: (usize, usize),
    /// How the writing differed from the form.
    pub twist: Twist,
    /// An acronym among words that are all in capitals, so that its own capitals say nothing.
    pub shouted: bool,
    /// It stands for an exception of the keyword, not for the keyword.
    pub except: bool,
    /// It is (in) a handle: the author speaks to that account.
    pub addressed: bool,
    /// It is (in) a hashtag: that speaks of the whole text, not of the words around it.
    pub in_tag: bool,
}

/// A reading of tokens as one word of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The first of them.
    from: u32,
    pub word: WordId,
    /// How many tokens it takes.
    tokens: u16,
    pub twist: Twist,
}

impl Step {
    /// A reading of one token.
    pub fn of_one(at: usize, word: WordId, twist: Twist) -> Self {
        Self { from: narrow(at), word, tokens: 1, twist }
    }
}

/// Letters that stand alone in a row of at least this many may spell a name: `P R A B O W O`.
const MIN_SPELLED: usize = 3;
/// Names are not spelt apart into more pieces.
const MAX_SPELLED: usize = 16;
/// Longer forms than this are found only as far as no other reading leads astray: a place is not looked at for ever.
const MAX_VISITS: u32 = 24;
/// Plain words shorter than this are never two words glued together.
const MIN_GLUED: usize = 8;
/// Twisted readings of very short words would be guesses.
const MIN_TWISTED: usize = 4;
/// Occurrences of one field are bounded before they are counted, so that a hostile post stays cheap.
const MAX_OCCURRENCES: usize = 20_000;

/// Every occurrence of the engine's keywords in the fields, in the room's `found`; nothing where none can name somebody.
pub(super) fn find(engine: &Engine, fields: &[Field<'_>], room: &mut Room) {
    let mut memo = room.take_memo(engine.serial);
    room.found.clear();
    // Cues and exceptions matter only where somebody or something is named.
    if fields.iter().any(|field| may_name(engine, field, &mut memo, &mut room.steps)) {
        search(engine, fields, &mut memo, room);
        if room.found.iter().any(|o| engine.names(o)) {
            search_others(engine, fields, room);
        } else {
            room.found.clear();
        }
    }
    room.keep_memo(engine.serial, memo);
}

/// The same, cues and exceptions also where nobody is named: for checking examples.
pub(super) fn find_all(engine: &Engine, fields: &[Field<'_>], room: &mut Room) {
    room.found.clear();
    search(engine, fields, &mut Memo::default(), room);
    search_others(engine, fields, room);
}

fn search(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, room: &mut Room) {
    for (index, field) in fields.iter().enumerate() {
        search_field(engine, index, field, memo, room);
    }
}

/// Patterns of cues and exceptions.
fn search_others(engine: &Engine, fields: &[Field<'_>], room: &mut Room) {
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| field.reading != Reading::Id) {
        patterns(engine, index, field, &mut room.found, Patterns::find_others);
    }
}

fn may_name(engine: &Engine, field: &Field<'_>, memo: &mut Memo, room: &mut Vec<Step>) -> bool {
    match field.reading {
        Reading::Text => glance::may_name(engine, &field.haystack, memo, room),
        Reading::Id => engine.ids.contains_key(field.haystack.original()),
        Reading::Tag | Reading::Handle => true,
    }
}

fn search_field(engine: &Engine, index: usize, field: &Field<'_>, memo: &mut Memo, room: &mut Room) {
    let Room { steps, firsts, found, .. } = room;
    match field.reading {
        Reading::Id => return account_id(engine, index, field, found),
        Reading::Handle => {
            let written = field.haystack.original();
            let folded = fold(written.trim().trim_start_matches('@')).text;
            handle(engine, index, field, &folded, (0, written.len()), 0, found);
        }
        Reading::Text | Reading::Tag => {}
    }
    steps.clear();
    Reader { engine, index, field, steps, found, memo }.read();
    index_steps(steps, field.haystack.tokens().len(), firsts);
    Walker { engine, index, field, steps, firsts, found, visits: 0 }.walk();
    patterns(engine, index, field, found, Patterns::find_names);
}

/// Appends the readings of a word that was not read before, and remembers what it is good for.
pub(super) fn read_word(
    engine: &Engine,
    at: usize,
    (word, shape): (&str, Shape),
    key: Option<WordKey>,
    memo: &mut Memo,
    steps: &mut Vec<Step>,
) -> Hint {
    let before = steps.len();
    let glued = spellings(engine, at, word, shape, steps);
    let read = steps.get(before..).unwrap_or_default();
    let places = read.iter().map(|step| engine.trie.places(step.word)).fold(Places::default(), Places::and);
    let hint = Hint { glued, places };
    if let Some(key) = key {
        memo.remember_word(key, read, hint);
    }
    hint
}

/// Appends every reading of a word of running text; says whether it may be several without spaces.
fn spellings(engine: &Engine, at: usize, word: &str, shape: Shape, steps: &mut Vec<Step>) -> bool {
    let vocab = &engine.vocab;
    let known = vocab.get(word);
    steps.extend(known.map(|id| Step::of_one(at, id, Twist::Plain)));
    if word.len() < MIN_TWISTED {
        return false;
    }
    let varied = variants(engine, at, word, shape, steps);
    // A word that is itself in the lists, or an everyday one, is neither two words nor a misspelling.
    if known.is_some() || is_common_word(word) {
        return false;
    }
    if let Some(stem) = passive_stem(word).filter(|stem| engine.knows(stem) == Known::Name)
        && let Some(id) = vocab.get(stem)
    {
        steps.push(Step::of_one(at, id, Twist::Affix));
    } else if !varied && let Some(id) = engine.near.get(vocab, word) {
        steps.push(Step::of_one(at, id, Twist::Misspelt));
    }
    let cuts = |word: &str| !engine.segmenter.cut_word(word, "", |piece| engine.knows(piece)).is_empty();
    word.len() >= MIN_GLUED && (cuts(word) || (shape.digits && read_digits(word).is_some_and(|read| cuts(&read))))
}

/// Clitics, stretched letters, digits for letters; says whether one of these spellings is known.
fn variants(engine: &Engine, at: usize, word: &str, shape: Shape, steps: &mut Vec<Step>) -> bool {
    if word.len() < MIN_TWISTED || (word.len() > engine.longest + 4 && !shape.stretched) {
        return false;
    }
    for_each_variant(word, shape, &mut |variant, twist| {
        let id = engine.vocab.get(variant);
        steps.extend(id.map(|id| Step::of_one(at, id, twist)));
        id.is_some()
    })
}

/// By token: where its steps begin; one more says where the last one's end.
fn index_steps(steps: &[Step], tokens: usize, firsts: &mut Vec<u32>) {
    firsts.clear();
    let mut at = 0;
    for token in 0..=narrow(tokens) {
        while steps.get(at).is_some_and(|step| step.from < token) {
            at += 1;
        }
        firsts.push(narrow(at));
    }
}

/// Looks the tokens of a field up.
struct Reader<'a> {
    engine: &'a Engine,
    index: usize,
    field: &'a Field<'a>,
    /// Readings of tokens as words of the vocabulary, in order of their first token.
    steps: &'a mut Vec<Step>,
    found: &'a mut Vec<Occurrence>,
    memo: &'a mut Memo,
}

impl Reader<'_> {
    /// Looks every token up, in all the spellings under which it may be known.
    fn read(&mut self) {
        let field = self.field;
        let haystack = &field.haystack;
        let text = haystack.folded();
        let before = self.steps.len();
        let mut spelled = false;
        let mut last = None;
        for (at, token) in haystack.tokens().iter().enumerate() {
            self.read_token(at, token);
            // Nearly every token stands behind a space.
            let apart =
                |last: &Token| token.start() == last.end() + 1 && text.as_bytes().get(last.end()) == Some(&b' ');
            if let Some(last) = last.replace(token)
                && (!apart(last) || (token.shape.chars == 1 && last.shape.chars == 1))
                && self.joins(at)
            {
                self.read_spelled(at - 1);
                spelled = true;
            }
        }
        if spelled && let Some(steps) = self.steps.get_mut(before..) {
            steps.sort_by_key(|step| step.from);
        }
    }

    fn step(&mut self, at: usize, word: WordId, twist: Twist) {
        self.steps.push(Step::of_one(at, word, twist));
    }

    fn read_token(&mut self, at: usize, token: &Token) {
        let field = self.field;
        let word = field.haystack.word(token);
        match token.kind {
            TokenKind::Word if field.reading == Reading::Text => self.read_word(at, token, word),
            TokenKind::Word => self.read_tag(at, token, word, word),
            TokenKind::Hashtag => self.read_tag(at, token, word, word.get(1..).unwrap_or_default()),
            // Handles mean accounts; numbers and emoji have no other spelling.
            TokenKind::Handle | TokenKind::Number | TokenKind::Emoji => {
                if let Some(id) = self.engine.vocab.get(word) {
                    self.step(at, id, Twist::Plain);
                }
                if token.kind == TokenKind::Handle {
                    self.inside(at, token, word.get(1..).unwrap_or_default());
                }
            }
            TokenKind::Address => {}
        }
    }

    /// A word of running text, from memory where it was read before.
    fn read_word(&mut self, at: usize, token: &Token, word: &str) {
        let key = WordKey::of(self.field.haystack.folded(), token.start(), token.end());
        let known = key.and_then(|key| self.memo.word(key, at, self.steps));
        let hint = known.unwrap_or_else(|| read_word(self.engine, at, (word, token.shape), key, self.memo, self.steps));
        if hint.glued {
            self.inside(at, token, word);
        }
    }

    /// A hashtag as a word with and without its `#`, and what stands inside.
    fn read_tag(&mut self, at: usize, token: &Token, word: &str, body: &str) {
        let (steps, found) = (self.steps.len(), self.found.len());
        let vocab = &self.engine.vocab;
        if let Some(id) = vocab.get(word) {
            self.step(at, id, Twist::Plain);
        }
        if token.kind == TokenKind::Hashtag {
            if let Some(id) = vocab.get(body) {
                self.step(at, id, Twist::Plain);
            }
        } else if self.field.reading == Reading::Tag
            && let Some(id) = vocab.get(&format!("#{word}"))
        {
            self.step(at, id, Twist::Plain);
        }
        variants(self.engine, at, body, token.shape, self.steps);
        self.inside(at, token, body);
        let named = |step: &Step| self.engine.trie.places(step.word) != Places::default();
        if token.kind == TokenKind::Hashtag
            && !self.steps.iter().skip(steps).any(named)
            && !self.found.iter().skip(found).any(|o| self.engine.names(o))
        {
            self.memo.remember_dull(self.field.haystack.surface(token.span()));
        }
    }

    fn is_single(&self, at: usize) -> bool {
        let token = self.field.haystack.tokens().get(at);
        token.is_some_and(|t| t.shape.chars == 1 && t.kind == TokenKind::Word)
    }

    /// Whether a token may be spelt together with the one before it.
    fn joins(&self, at: usize) -> bool {
        let haystack = &self.field.haystack;
        let Some(token) = haystack.tokens().get(at).filter(|token| token.kind == TokenKind::Word && at > 0) else {
            return false;
        };
        haystack.gap(at) == Gap::Glued || (token.shape.chars == 1 && self.is_single(at - 1))
    }

    /// Names whose letters or syllables are spaced, dotted or hyphenated apart, from a token on.
    fn read_spelled(&mut self, at: usize) {
        let field = self.field;
        let tokens = field.haystack.tokens();
        let mut joined = String::new();
        let mut letters = true;
        let mut to = at;
        while joined.len() <= self.engine.longest && to < at + MAX_SPELLED {
            let joins = to == at || self.joins(to);
            let Some(token) = tokens.get(to).filter(|t| joins && t.kind == TokenKind::Word) else { break };
            joined.push_str(field.haystack.word(token));
            letters &= self.is_single(to);
            to += 1;
            if to == at + 2 {
                self.read_censored(at);
            }
            let enough = if letters { to - at >= MIN_SPELLED } else { to - at >= 2 };
            if enough
                && joined.len() >= MIN_TWISTED
                && let Some(word) = self.engine.vocab.get(&joined)
                && let Ok(tokens) = u16::try_from(to - at)
            {
                self.steps.push(Step { from: narrow(at), word, tokens, twist: Twist::Spaced });
            }
        }
    }

    /// `B*skarendra`: one letter hidden by a star. Only vowels are tried, and only whole words of the lists count.
    fn read_censored(&mut self, at: usize) {
        let haystack = &self.field.haystack;
        let (Some(head), Some(tail)) = (haystack.tokens().get(at), haystack.tokens().get(at + 1)) else { return };
        if haystack.folded().get(head.end()..tail.start()) != Some("*") {
            return;
        }
        for vowel in ["a", "i", "u", "e", "o"] {
            let word = [haystack.word(head), vowel, haystack.word(tail)].concat();
            if word.len() > MIN_TWISTED
                && let Some(word) = self.engine.vocab.get(&word)
            {
                self.steps.push(Step { from: narrow(at), word, tokens: 2, twist: Twist::Leet });
            }
        }
    }

    /// Keywords inside a hashtag, a handle or a word without spaces; `body` is the token without its sign.
    fn inside(&mut self, at: usize, token: &Token, body: &str) {
        let (field, haystack) = (self.index, &self.field.haystack);
        let occurrence = |inner: &Inner| Occurrence {
            entry: inner.leaf.entry,
            field,
            tokens: (at, at),
            span: haystack.original_span((token.start() + inner.piece.0, token.start() + inner.piece.1)),
            twist: Twist::Inside,
            shouted: false,
            except: inner.leaf.except,
            addressed: token.kind == TokenKind::Handle,
            in_tag: token.kind == TokenKind::Hashtag,
        };
        if token.kind == TokenKind::Handle {
            let span = haystack.original_span(token.span());
            handle(self.engine, self.index, self.field, body, span, at, self.found);
            if !self.engine.segmenter.may_hold_name(body) {
                return;
            }
        }
        let surface = haystack.surface(token.span());
        // A tag that the platform lists comes without its sign; it must not be taken for a word of running text. Handles
        // are too many to be worth it.
        let memorable = self.field.reading == Reading::Text && token.kind != TokenKind::Handle;
        if let Some(known) = self.memo.tag(surface).filter(|_| memorable) {
            self.found.extend(known.iter().map(occurrence));
            return;
        }
        let mut inner = Vec::new();
        self.cut(token, body, &mut inner);
        self.found.extend(inner.iter().map(occurrence));
        if memorable {
            self.memo.remember_tag(surface, &inner);
        }
    }

    fn cut(&self, token: &Token, body: &str, inner: &mut Vec<Inner>) {
        let segmenter = &self.engine.segmenter;
        let known = |piece: &str| self.engine.knows(piece);
        let offset = token.end() - token.start() - body.len();
        let cased = self.field.haystack.cased(token.span());
        let cased = cased.get(offset..).unwrap_or_default();
        let is_word = token.kind == TokenKind::Word && self.field.reading == Reading::Text;
        let cut = |body: &str| {
            if is_word { segmenter.cut_word(body, cased, known) } else { segmenter.cut_tag(body, cased, known) }
        };
        let handle = token.kind == TokenKind::Handle;
        self.keywords_of(&cut(body), handle, (offset, body, cased), inner);
        // `GanjarMahfudM3nang`: digits between letters, read as letters; lengths stay, so spans do.
        if inner.is_empty()
            && token.shape.digits
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

/// Follows the readings of a field's tokens through the trie.
struct Walker<'a> {
    engine: &'a Engine,
    index: usize,
    field: &'a Field<'a>,
    steps: &'a [Step],
    firsts: &'a [u32],
    found: &'a mut Vec<Occurrence>,
    /// Nodes seen from one token.
    visits: u32,
}

impl Walker<'_> {
    /// The readings that begin at a token.
    fn steps_from(&self, at: usize) -> std::ops::Range<usize> {
        let of = |at: usize| self.firsts.get(at).copied().unwrap_or(0) as usize;
        of(at)..of(at + 1)
    }

    /// Walks the trie from every reading of every token.
    fn walk(&mut self) {
        for at in 0..self.field.haystack.tokens().len() {
            for i in self.steps_from(at) {
                if let Some(step) = self.steps.get(i).copied()
                    && let Some(node) = self.engine.trie.root(step.word)
                {
                    self.follow(node, at, at + usize::from(step.tokens), step.twist);
                }
            }
            self.visits = 0;
        }
    }

    fn follow(&mut self, node: u32, from: usize, to: usize, twist: Twist) {
        self.visits += 1;
        if self.found.len() >= MAX_OCCURRENCES || self.visits > MAX_VISITS {
            return;
        }
        let trie = &self.engine.trie;
        for leaf in trie.leaves(node) {
            self.leaf(leaf, from, to, twist);
        }
        let more = trie.goes_on(node) && to < self.field.haystack.tokens().len();
        if !more || self.field.haystack.gap(to) == Gap::Break {
            return;
        }
        for i in self.steps_from(to) {
            if let Some(step) = self.steps.get(i).copied()
                && let Some(next) = trie.step(node, step.word)
            {
                self.follow(next, from, to + usize::from(step.tokens), twist.max(step.twist));
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf, from: usize, to: usize, twist: Twist) {
        let haystack = &self.field.haystack;
        let tokens = haystack.tokens();
        let (Some(first), Some(last)) = (tokens.get(from), tokens.get(to.saturating_sub(1))) else { return };
        let mut shouted = false;
        if let Some(exact) = self.engine.exact(leaf) {
            let fits = if twist == Twist::Spaced || exact.len() != to - from {
                exact_fits(
                    &haystack.cased((first.start(), last.end())).replace([' ', '.', '-'], ""),
                    exact.concat().as_str(),
                )
            } else {
                exact.iter().zip(tokens.get(from..to).unwrap_or_default()).all(|(form, token)| {
                    exact_fits(haystack.cased(token.span()).trim_start_matches('#'), form.trim_start_matches('#'))
                })
            };
            if !fits {
                return;
            }
            shouted = self.shouted(from, to);
        }
        self.found.push(Occurrence {
            entry: leaf.entry,
            field: self.index,
            tokens: (from, to.saturating_sub(1)),
            span: haystack.original_span((first.start(), last.end())),
            twist,
            shouted,
            except: leaf.except,
            addressed: first.kind == TokenKind::Handle,
            in_tag: first.kind == TokenKind::Hashtag && to == from + 1,
        });
    }

    /// Whether the neighbours of an acronym are all in capitals, too.
    fn shouted(&self, from: usize, to: usize) -> bool {
        let haystack = &self.field.haystack;
        let around = (from.saturating_sub(2)..from).chain(to..to + 2);
        let words =
            around.filter_map(|i| haystack.tokens().get(i)).filter(|t| t.kind == TokenKind::Word && t.shape.chars >= 3);
        let mut any = false;
        let all_capitals =
            words.inspect(|_| any = true).all(|t| haystack.surface(t.span()).chars().all(|c| !c.is_lowercase()));
        any && all_capitals
    }
}

/// Regular expressions over the folded text of a field; `which` are those of names or the others.
fn patterns(
    engine: &Engine,
    index: usize,
    field: &Field<'_>,
    found: &mut Vec<Occurrence>,
    which: fn(&Patterns, &str, bool, Visit<'_>),
) {
    let haystack = &field.haystack;
    // Digits in handles and addresses say nothing.
    let says = |token: &Token| token.shape.digits && !matches!(token.kind, TokenKind::Handle | TokenKind::Address);
    let has_digits = haystack.tokens().iter().any(says);
    which(&engine.patterns, haystack.folded(), has_digits, &mut |start, end, entry| {
        let first = haystack.token_at(start);
        let last = haystack.token_at(end - 1).max(first);
        found.push(Occurrence {
            entry,
            field: index,
            tokens: (first, last),
            span: haystack.original_span((start, end)),
            twist: Twist::Plain,
            shouted: false,
            except: false,
            addressed: false,
            in_tag: false,
        });
        found.len() < MAX_OCCURRENCES
    });
}

/// Counts of tokens and readings of one field fit.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
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

/// `AMIN` fits AMIN, `AM1N` and `AMINkan`, but not Amin.
fn exact_fits(written: &str, form: &str) -> bool {
    let mut rest = written.chars();
    for wanted in form.chars() {
        let Some(c) = rest.next() else { return false };
        let read = match c {
            '0' => 'O',
            '1' => 'I',
            '3' => 'E',
            '4' => 'A',
            '5' => 'S',
            other => other,
        };
        if c != wanted && read != wanted {
            return false;
        }
    }
    rest.all(|c| c.is_lowercase() || c == '2')
}
