//! Follows the readings of a field's tokens through the trie to the keywords they spell.

use super::engine::Engine;
use super::field::Field;
use super::find::{MAX_OCCURRENCES, Occurrence};
use super::read::{Step, narrow};
use super::trie::Leaf;
use crate::text::{Gap, TokenKind, Twist};

/// Longer forms than this are found only as far as no other reading leads astray: a place is not looked at for ever.
const MAX_VISITS: u32 = 24;

/// By token: where its steps begin; one more says where the last one's end.
pub(super) fn index_steps(steps: &[Step], tokens: usize, firsts: &mut Vec<u32>) {
    firsts.clear();
    let mut at = 0;
    for token in 0..=narrow(tokens) {
        while steps.get(at).is_some_and(|step| step.from < token) {
            at += 1;
        }
        firsts.push(narrow(at));
    }
}

/// Follows the readings of a field's tokens through the trie.
pub(super) struct Walker<'a> {
    pub engine: &'a Engine,
    pub index: usize,
    pub field: &'a Field<'a>,
    pub steps: &'a [Step],
    pub firsts: &'a [u32],
    pub found: &'a mut Vec<Occurrence>,
    /// Nodes seen from one token.
    pub visits: u32,
}

impl Walker<'_> {
    /// The readings that begin at a token.
    fn steps_from(&self, at: usize) -> std::ops::Range<usize> {
        let of = |at: usize| self.firsts.get(at).copied().unwrap_or(0) as usize;
        of(at)..of(at + 1)
    }

    /// Walks the trie from every reading of every token.
    pub fn walk(&mut self) {
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
