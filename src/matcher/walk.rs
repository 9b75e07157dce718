//! Follows the readings of a field's tokens through the trie to the keywords they spell.

use super::engine::Engine;
use super::field::Field;
use super::find::{MAX_OCCURRENCES, Occurrence};
use super::hint::Hint;
use super::reading::Steps;
use super::trie::Leaf;
use crate::text::{Gap, TokenKind, Twist};

/// Nodes that are visited from one token: one a word, so no longer form is found, and shorter ones only as far as other
/// readings leave visits. A place is not looked at for ever.
pub(super) const MAX_VISITS: u32 = 16;

/// Follows the readings of a field's tokens through the trie.
pub(super) struct Walker<'a> {
    engine: &'a Engine,
    index: usize,
    field: &'a Field<'a>,
    steps: Steps<'a>,
    found: &'a mut Vec<Occurrence>,
    /// Nodes seen from one token.
    visits: u32,
    /// Only forms that name somebody or something are wanted, and one is enough.
    to_name: bool,
}

impl<'a> Walker<'a> {
    pub fn new(
        engine: &'a Engine,
        index: usize,
        field: &'a Field<'a>,
        steps: Steps<'a>,
        found: &'a mut Vec<Occurrence>,
    ) -> Self {
        Self { engine, index, field, steps, found, visits: 0, to_name: false }
    }

    /// Walks the trie from every reading of every token.
    pub fn walk(&mut self) {
        self.walk_from(Hint::WHOLE, Hint::BEGINS);
    }

    /// The same up to the first form that names somebody or something.
    pub fn walk_to_name(&mut self) {
        self.to_name = true;
        self.walk_from(Hint::ALONE, Hint::FIRST);
    }

    /// Forms that are one word, and longer ones: those only where the next word may go on.
    fn walk_from(&mut self, whole: Hint, longer: Hint) {
        let before = self.found.len();
        self.steps.each_good_for(whole, longer, |at| {
            self.visits = 0;
            self.steps.pass(at);
            self.steps.each_from(at, |step| {
                if self.engine.trie.hint(step.word).has(whole | longer)
                    && let Some(node) = self.engine.trie.root(step.word)
                {
                    self.follow(node, at, step.to(), step.twist);
                }
            });
            !self.to_name || self.found.len() == before
        });
    }

    /// Goes on from a node to which readings led, the first of them of token `from` on, the next one of token `to`.
    fn follow(&mut self, mut node: u32, from: usize, mut to: usize, mut twist: Twist) {
        let trie = &self.engine.trie;
        loop {
            self.visits += 1;
            if self.found.len() >= MAX_OCCURRENCES || self.visits > MAX_VISITS {
                return;
            }
            for leaf in trie.leaves(node) {
                if leaf.names || !self.to_name {
                    self.leaf(leaf, from, to, twist);
                }
            }
            let Some(readings) = self.steps.readings.get(to).filter(|r| r.hint.has(Hint::LATER)) else { return };
            if !trie.goes_on(node) {
                return;
            }
            // Most tokens are read as one word: those are not followed one inside the other.
            let Some((word, read)) = readings.only() else { return self.branch(node, from, to, twist) };
            match trie.step(node, word) {
                Some(next) if self.field.haystack.gap(to) != Gap::Break => {
                    (node, to, twist) = (next, to + 1, twist.max(read));
                }
                _ => return,
            }
        }
    }

    /// Goes on with each reading of token `to`.
    fn branch(&mut self, node: u32, from: usize, to: usize, twist: Twist) {
        if self.field.haystack.gap(to) == Gap::Break {
            return;
        }
        self.steps.each_from(to, |step| {
            if self.visits <= MAX_VISITS
                && let Some(node) = self.engine.trie.step(node, step.word)
            {
                self.follow(node, from, step.to(), twist.max(step.twist));
            }
        });
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
        let words = around
            .filter_map(|i| haystack.tokens().get(i))
            .filter(|t| t.kind == TokenKind::Word && haystack.word(t).chars().nth(2).is_some());
        let mut any = false;
        let all_capitals =
            words.inspect(|_| any = true).all(|t| haystack.surface(t.span()).chars().all(|c| !c.is_lowercase()));
        any && all_capitals
    }
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
