//! Follows the readings of a field's tokens through the trie to the keywords they spell.

use super::engine::Engine;
use super::field::Field;
use super::find::{MAX_OCCURRENCES, Occurrence};
use super::hint::Hint;
use super::read::Step;
use super::trie::Leaf;
use crate::text::{Gap, TokenKind, Twist};

/// Longer forms than this are found only as far as no other reading leads astray: a place is not looked at for ever.
const MAX_VISITS: u32 = 24;

/// Follows the readings of a field's tokens through the trie.
pub(super) struct Walker<'a> {
    engine: &'a Engine,
    index: usize,
    field: &'a Field<'a>,
    /// The field's readings, in order of their first token.
    steps: &'a [Step],
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
        steps: &'a [Step],
        found: &'a mut Vec<Occurrence>,
    ) -> Self {
        Self { engine, index, field, steps, found, visits: 0, to_name: false }
    }

    /// Walks the trie from every reading of every token.
    pub fn walk(&mut self) {
        let (before, mut from) = (self.found.len(), None);
        for (i, step) in self.steps.iter().enumerate() {
            if from.replace(step.from) != Some(step.from) {
                self.visits = 0;
            }
            let wanted = !self.to_name || self.engine.trie.hint(step.word).has(Hint::ALONE | Hint::FIRST);
            if let Some(node) = self.engine.trie.root(step.word).filter(|_| wanted) {
                self.follow(node, step.from as usize, i, step.twist);
            }
            if self.to_name && self.found.len() > before {
                return;
            }
        }
    }

    /// The same up to the first form that names somebody or something.
    pub fn walk_to_name(&mut self) {
        self.to_name = true;
        self.walk();
    }

    /// Goes on from a node to which readings led, the first of them of token `from` on, the last of them number `last`.
    fn follow(&mut self, node: u32, from: usize, last: usize, twist: Twist) {
        self.visits += 1;
        if self.found.len() >= MAX_OCCURRENCES || self.visits > MAX_VISITS {
            return;
        }
        let (trie, haystack, steps) = (&self.engine.trie, &self.field.haystack, self.steps);
        let to = steps.get(last).map_or(0, |step| step.from as usize + usize::from(step.tokens));
        for leaf in trie.leaves(node) {
            if leaf.names || !self.to_name {
                self.leaf(leaf, from, to, twist);
            }
        }
        if !trie.goes_on(node) {
            return;
        }
        let later = steps.iter().enumerate().skip(last + 1);
        let next = later.skip_while(|(_, step)| (step.from as usize) < to);
        for (i, step) in next.take_while(|(_, step)| step.from as usize == to) {
            if let Some(node) = trie.step(node, step.word) {
                if haystack.gap(to) == Gap::Break {
                    return;
                }
                self.follow(node, from, i, twist.max(step.twist));
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
