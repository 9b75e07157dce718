//! Where keywords occur in a field: the token trie, the insides of glued words, patterns, accounts.

use super::account::{account_id, handle};
use super::engine::Engine;
use super::field::{Field, Reading};
use super::trie::{Leaf, ROOT};
use super::vocab::WordId;
use crate::text::{Gap, Haystack, Token, TokenKind, Twist, for_each_variant, is_common_word};

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
}

/// A reading of tokens `from..to` as one word of the vocabulary.
#[derive(Clone, Copy)]
struct Step {
    from: usize,
    to: usize,
    word: WordId,
    twist: Twist,
}

/// Letters that stand alone in a row of at least this many may spell a name: `P R A B O W O`.
const MIN_SPELLED: usize = 3;
/// Plain words shorter than this are never two words glued together.
const MIN_GLUED: usize = 8;
/// Twisted readings of very short words would be guesses.
const MIN_TWISTED: usize = 4;
/// Occurrences of one field are bounded before they are counted, so that a hostile post stays cheap.
const MAX_OCCURRENCES: usize = 20_000;

/// Appends every occurrence of the engine's keywords in a field.
pub(super) fn find(engine: &Engine, index: usize, field: &Field<'_>, found: &mut Vec<Occurrence>) {
    match field.reading {
        Reading::Id => return account_id(engine, index, field, found),
        Reading::Handle => {
            handle(engine, index, field, field.haystack.original(), (0, field.haystack.original().len()), 0, found);
        }
        Reading::Text | Reading::Tag => {}
    }
    let finder = Finder { engine, index, field, haystack: &field.haystack };
    let steps = finder.steps();
    finder.walk(&steps, found);
    for (at, token) in finder.haystack.tokens().iter().enumerate() {
        finder.inside(at, token, &steps, found);
    }
    if !engine.regexes.is_empty() {
        finder.patterns(found);
    }
}

struct Finder<'a> {
    engine: &'a Engine,
    index: usize,
    field: &'a Field<'a>,
    haystack: &'a Haystack<'a>,
}

impl Finder<'_> {
    /// Every reading of the field's tokens as words of the vocabulary, in order of their first token.
    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let tokens = self.haystack.tokens();
        for (at, token) in tokens.iter().enumerate() {
            self.read_token(at, token, &mut steps);
        }
        let plain = steps.len();
        self.read_spelled(tokens, &mut steps);
        if steps.len() > plain {
            steps.sort_by_key(|step| step.from);
        }
        steps
    }

    fn read_token(&self, at: usize, token: &Token, steps: &mut Vec<Step>) {
        if token.kind == TokenKind::Address {
            return;
        }
        let vocab = &self.engine.vocab;
        let word = self.haystack.word(token);
        let mut add = |word: WordId, twist| steps.push(Step { from: at, to: at + 1, word, twist });
        if let Some(id) = vocab.get(word) {
            add(id, Twist::Plain);
        }
        let body = match token.kind {
            TokenKind::Hashtag => word.get(1..).unwrap_or_default(),
            TokenKind::Word => word,
            // Handles mean accounts; numbers and emoji have no other spelling.
            TokenKind::Handle | TokenKind::Number | TokenKind::Emoji | TokenKind::Address => return,
        };
        if token.kind == TokenKind::Hashtag || self.field.reading == Reading::Tag {
            if let Some(id) = vocab.get(body) {
                add(id, Twist::Plain);
            }
            if self.field.reading == Reading::Tag
                && let Some(id) = vocab.get(&format!("#{body}"))
            {
                add(id, Twist::Plain);
            }
        }
        if body.len() < MIN_TWISTED || (body.len() > self.engine.longest + 4 && !token.shape.stretched) {
            return;
        }
        for_each_variant(body, token.shape, &mut |variant, twist| {
            let id = vocab.get(variant);
            if let Some(id) = id {
                add(id, twist);
            }
            id.is_some()
        });
    }

    /// Names whose letters or syllables are spaced, dotted or hyphenated apart.
    fn read_spelled(&self, tokens: &[Token], steps: &mut Vec<Step>) {
        let single = |i: usize| tokens.get(i).is_some_and(|t| t.shape.chars == 1 && t.kind == TokenKind::Word);
        let glued = |i: usize| tokens.get(i).is_some_and(|t| t.gap == Gap::Glued && t.kind == TokenKind::Word);
        let mut at = 0;
        while at < tokens.len() {
            if !(glued(at + 1) || (single(at) && single(at + 1))) {
                at += 1;
                continue;
            }
            let mut joined = String::new();
            let mut letters = true;
            let mut to = at;
            while to < tokens.len() && joined.len() <= self.engine.longest {
                let joins = to == at || glued(to) || (single(to) && single(to - 1));
                let Some(token) = tokens.get(to).filter(|t| joins && t.kind == TokenKind::Word) else { break };
                joined.push_str(self.haystack.word(token));
                letters &= single(to);
                to += 1;
                if to == at + 2 {
                    self.read_censored(at, to, steps);
                }
                let enough = if letters { to - at >= MIN_SPELLED } else { to - at >= 2 };
                if enough
                    && joined.len() >= MIN_TWISTED
                    && let Some(word) = self.engine.vocab.get(&joined)
                {
                    steps.push(Step { from: at, to, word, twist: Twist::Spaced });
                }
            }
            at += 1;
        }
    }

    /// `B*skarendra`: one letter hidden by a star. Only vowels are tried, and only whole words of the lists count.
    fn read_censored(&self, at: usize, to: usize, steps: &mut Vec<Step>) {
        let tokens = self.haystack.tokens();
        let (Some(head), Some(tail)) = (tokens.get(at), tokens.get(to - 1)) else { return };
        if self.haystack.folded().get(head.end..tail.start) != Some("*") {
            return;
        }
        for vowel in ["a", "i", "u", "e", "o"] {
            let word = [self.haystack.word(head), vowel, self.haystack.word(tail)].concat();
            if word.len() > MIN_TWISTED
                && let Some(word) = self.engine.vocab.get(&word)
            {
                steps.push(Step { from: at, to, word, twist: Twist::Leet });
            }
        }
    }

    /// Walks the trie from every token.
    fn walk(&self, steps: &[Step], found: &mut Vec<Occurrence>) {
        for (i, step) in steps.iter().enumerate() {
            if let Some(node) = self.engine.trie.step(ROOT, step.word) {
                self.follow(steps, i, node, step.from, step.to, step.twist, found);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of a depth-first walk")]
    fn follow(
        &self,
        steps: &[Step],
        i: usize,
        node: u32,
        from: usize,
        to: usize,
        twist: Twist,
        found: &mut Vec<Occurrence>,
    ) {
        if found.len() >= MAX_OCCURRENCES {
            return;
        }
        for leaf in self.engine.trie.leaves(node) {
            self.leaf(leaf, from, to, twist, found);
        }
        if self.haystack.tokens().get(to).is_none_or(|token| token.gap == Gap::Break) {
            return;
        }
        for (j, step) in steps.iter().enumerate().skip(i + 1) {
            if step.from > to {
                break;
            }
            if step.from == to
                && let Some(next) = self.engine.trie.step(node, step.word)
            {
                self.follow(steps, j, next, from, step.to, twist.max(step.twist), found);
            }
        }
    }

    fn leaf(&self, leaf: &Leaf, from: usize, to: usize, twist: Twist, found: &mut Vec<Occurrence>) {
        let tokens = self.haystack.tokens();
        let (Some(first), Some(last)) = (tokens.get(from), tokens.get(to.saturating_sub(1))) else { return };
        let mut shouted = false;
        if let Some(exact) = &leaf.exact {
            let fits = if twist == Twist::Spaced || exact.len() != to - from {
                exact_fits(
                    &self.haystack.cased((first.start, last.end)).replace([' ', '.', '-'], ""),
                    exact.concat().as_str(),
                )
            } else {
                exact.iter().zip(tokens.get(from..to).unwrap_or_default()).all(|(form, token)| {
                    exact_fits(self.haystack.cased(token.span()).trim_start_matches('#'), form.trim_start_matches('#'))
                })
            };
            if !fits {
                return;
            }
            shouted = self.shouted(from, to);
        }
        found.push(Occurrence {
            entry: leaf.entry,
            field: self.index,
            tokens: (from, to.saturating_sub(1)),
            span: self.haystack.original_span((first.start, last.end)),
            twist,
            shouted,
            except: leaf.except,
            addressed: first.kind == TokenKind::Handle,
        });
    }

    /// Whether the neighbours of an acronym are all in capitals, too.
    fn shouted(&self, from: usize, to: usize) -> bool {
        let tokens = self.haystack.tokens();
        let around = (from.saturating_sub(2)..from).chain(to..to + 2);
        let words = around.filter_map(|i| tokens.get(i)).filter(|t| t.kind == TokenKind::Word && t.shape.chars >= 3);
        let mut any = false;
        let all_capitals =
            words.inspect(|_| any = true).all(|t| self.haystack.surface(t.span()).chars().all(|c| !c.is_lowercase()));
        any && all_capitals
    }

    /// Keywords inside a hashtag, a handle or a word without spaces.
    fn inside(&self, at: usize, token: &Token, steps: &[Step], found: &mut Vec<Occurrence>) {
        let word = self.haystack.word(token);
        let tag =
            token.kind == TokenKind::Hashtag || (self.field.reading != Reading::Text && token.kind == TokenKind::Word);
        let (offset, strict) = match token.kind {
            TokenKind::Hashtag | TokenKind::Handle => (1, false),
            TokenKind::Word if tag => (0, false),
            TokenKind::Word if word.len() >= MIN_GLUED && !is_common_word(word) => (0, true),
            _ => return,
        };
        if token.kind == TokenKind::Handle {
            handle(self.engine, self.index, self.field, word, self.haystack.original_span(token.span()), at, found);
        }
        // A word that is itself in the lists needs no cutting.
        if strict && steps.iter().any(|s| s.from == at && s.to == at + 1 && s.twist == Twist::Plain) {
            return;
        }
        let body = word.get(offset..).unwrap_or_default();
        let cased = self.haystack.cased(token.span());
        let cased = cased.get(offset..).unwrap_or_default();
        let vocab = &self.engine.vocab;
        let known = |w: &str| vocab.get(w).is_some();
        let mut pieces = self.engine.segmenter.cut(body, cased, strict, &known);
        // `GanjarMahfudM3nang`: digits between letters, read as letters; lengths stay, so spans do.
        let read = if pieces.is_empty() && token.shape.digits { read_digits(body) } else { None };
        if let Some(read) = &read {
            pieces = self.engine.segmenter.cut(read, cased, strict, &known);
        }
        let body = read.as_deref().unwrap_or(body);
        for (i, piece) in pieces.iter().enumerate() {
            let mut node = ROOT;
            for last in pieces.iter().skip(i).take_while(|p| p.trusted) {
                let Some(next) = body
                    .get(last.start..last.end)
                    .and_then(|w| vocab.get(w))
                    .and_then(|id| self.engine.trie.step(node, id))
                else {
                    break;
                };
                node = next;
                // The whole body is a word of its own and was looked up as such.
                if piece.start == 0 && last.end == body.len() && i + 1 == pieces.len() {
                    break;
                }
                for leaf in self.engine.trie.leaves(node) {
                    self.inner_leaf(leaf, at, token.start + offset, (piece.start, last.end), cased, found);
                }
            }
        }
    }

    fn inner_leaf(
        &self,
        leaf: &Leaf,
        at: usize,
        base: usize,
        piece: (usize, usize),
        cased: &str,
        found: &mut Vec<Occurrence>,
    ) {
        if let Some(exact) = &leaf.exact
            && cased.get(piece.0..piece.1) != Some(exact.concat().as_str())
        {
            return;
        }
        found.push(Occurrence {
            entry: leaf.entry,
            field: self.index,
            tokens: (at, at),
            span: self.haystack.original_span((base + piece.0, base + piece.1)),
            twist: Twist::Inside,
            shouted: false,
            except: leaf.except,
            addressed: self.haystack.tokens().get(at).is_some_and(|t| t.kind == TokenKind::Handle),
        });
    }

    /// Regular expressions over the folded text, on word edges.
    fn patterns(&self, found: &mut Vec<Occurrence>) {
        let text = self.haystack.folded();
        for which in &self.engine.patterns.matches(text) {
            let Some((regex, entry)) = self.engine.regexes.get(which) else { continue };
            for hit in regex.find_iter(text).filter(|hit| on_word_edges(text, hit.start(), hit.end())) {
                if found.len() >= MAX_OCCURRENCES {
                    return;
                }
                let first = self.haystack.token_at(hit.start());
                let last = self.haystack.token_at(hit.end() - 1).max(first);
                found.push(Occurrence {
                    entry: *entry,
                    field: self.index,
                    tokens: (first, last),
                    span: self.haystack.original_span((hit.start(), hit.end())),
                    twist: Twist::Plain,
                    shouted: false,
                    except: false,
                    addressed: false,
                });
            }
        }
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

fn on_word_edges(text: &str, start: usize, end: usize) -> bool {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (head, tail) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let inner = text.get(start..end).unwrap_or_default();
    let starts_inside = word(inner.chars().next()) && word(head.chars().next_back());
    let ends_inside = word(inner.chars().next_back()) && word(tail.chars().next());
    !(inner.is_empty() || starts_inside || ends_inside)
}
