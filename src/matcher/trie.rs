//! Forms as paths of words. Every edge is one hash look-up, so thousands of forms with the same first word cost nothing.

use super::hint::Hint;
use crate::text::{FxMap, WordId};

/// What a path's end stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Leaf {
    /// Index of the keyword in the engine.
    pub entry: u32,
    /// For forms whose capitals count: number plus one of the form's words as they must stand; else 0.
    pub exact: u32,
    /// The phrase only says where the keyword does not count.
    pub except: bool,
    /// It names somebody or something, as against cues and exceptions.
    pub names: bool,
}

/// A node of the tree.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Its leaves: from here up to where the next node's begin.
    leaves: u32,
    /// One of the words with which a longer form goes on, and where to; or [`NOWHERE`]. Most nodes have no second one.
    child: (WordId, u32),
}

/// What forms have to do with a word.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// The node of forms that begin with it, or [`NOWHERE`].
    root: u32,
    /// Where it stands in forms.
    hint: Hint,
}

/// All forms of an engine.
#[derive(Debug)]
pub(super) struct Trie {
    /// By word.
    words: Vec<Word>,
    /// By node and word.
    edges: FxMap<u64, u32>,
    /// The last one only says where the leaves of the one before end.
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
}

const NOWHERE: u32 = u32::MAX;

/// Collects forms.
#[derive(Debug, Default)]
pub(super) struct TrieBuilder {
    words: Vec<Word>,
    edges: FxMap<u64, u32>,
    /// By node.
    children: Vec<(WordId, u32)>,
    leaves: Vec<(u32, Leaf)>,
}

impl TrieBuilder {
    /// Adds a form; one without words is nowhere.
    pub fn add(&mut self, words: &[WordId], leaf: Leaf) {
        let Some((first, rest)) = words.split_first() else { return };
        let (any, names) = if rest.is_empty() { (Hint::WHOLE, Hint::ALONE) } else { (Hint::BEGINS, Hint::FIRST) };
        self.note(*first, if leaf.names { any | names } else { any });
        let later = if leaf.names { Hint::LATER | Hint::IN_NAME } else { Hint::LATER };
        rest.iter().for_each(|word| self.note(*word, later));
        let mut node = self.word(*first).root;
        if node == NOWHERE {
            node = self.new_node();
            self.word(*first).root = node;
        }
        for word in rest {
            let next = u32::try_from(self.children.len()).unwrap_or(NOWHERE);
            let known = *self.edges.entry(key(node, *word)).or_insert(next);
            if known == next {
                self.new_node();
                if let Some(child) = self.children.get_mut(node as usize) {
                    *child = (*word, next);
                }
            }
            node = known;
        }
        self.leaves.push((node, leaf));
    }

    fn note(&mut self, word: WordId, hint: Hint) {
        self.word(word).hint |= hint;
    }

    fn word(&mut self, word: WordId) -> &mut Word {
        let at = word as usize;
        if self.words.len() <= at {
            self.words.resize(at + 1, Word { root: NOWHERE, hint: Hint::default() });
        }
        &mut self.words[at]
    }

    fn new_node(&mut self) -> u32 {
        self.children.push((0, NOWHERE));
        u32::try_from(self.children.len() - 1).unwrap_or(NOWHERE)
    }

    /// The finished tree.
    pub fn build(mut self) -> Trie {
        self.leaves.sort_unstable();
        self.leaves.dedup();
        let mut nodes = Vec::with_capacity(self.children.len() + 1);
        let mut at = 0;
        for (number, child) in self.children.iter().enumerate() {
            nodes.push(Node { leaves: u32::try_from(at).unwrap_or(NOWHERE), child: *child });
            while self.leaves.get(at).is_some_and(|(node, _)| *node as usize == number) {
                at += 1;
            }
        }
        nodes.push(Node { leaves: u32::try_from(at).unwrap_or(NOWHERE), child: (0, NOWHERE) });
        let leaves = self.leaves.into_iter().map(|(_, leaf)| leaf).collect();
        Trie { words: self.words, edges: self.edges, nodes, leaves }
    }
}

impl Trie {
    /// The node of forms that begin with a word.
    pub fn root(&self, word: WordId) -> Option<u32> {
        self.words.get(word as usize).map(|word| word.root).filter(|node| *node != NOWHERE)
    }

    /// Where a word stands in forms.
    pub fn hint(&self, word: WordId) -> Hint {
        self.words.get(word as usize).map(|word| word.hint).unwrap_or_default()
    }

    /// The node behind another one's word.
    pub fn step(&self, node: u32, word: WordId) -> Option<u32> {
        match self.nodes.get(node as usize)?.child {
            (_, NOWHERE) => None,
            (known, child) if known == word => Some(child),
            _ if self.hint(word).has(Hint::LATER) => self.edges.get(&key(node, word)).copied(),
            _ => None,
        }
    }

    /// Whether a longer form goes on from a node.
    pub fn goes_on(&self, node: u32) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.child.1 != NOWHERE)
    }

    /// What ends at a node.
    pub fn leaves(&self, node: u32) -> &[Leaf] {
        let at = node as usize;
        let range = self.nodes.get(at).zip(self.nodes.get(at + 1)).map(|(a, b)| a.leaves as usize..b.leaves as usize);
        range.and_then(|range| self.leaves.get(range)).unwrap_or_default()
    }
}

fn key(node: u32, word: WordId) -> u64 {
    u64::from(node) << 32 | u64::from(word)
}
