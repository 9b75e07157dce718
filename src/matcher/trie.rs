//! Forms as paths of words. Every edge is one hash look-up, so thousands of forms with the same first word cost nothing.

use super::vocab::{FxMap, WordId};

/// What a path's end stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Index of the keyword in the engine.
    pub entry: u32,
    /// The phrase only says where the keyword does not count.
    pub except: bool,
    /// For forms whose capitals count: the form's words as they must stand.
    pub exact: Option<Box<[Box<str>]>>,
}

/// All forms of an engine.
#[derive(Debug, Default)]
pub(super) struct Trie {
    edges: FxMap<u64, u32>,
    leaves: Vec<Vec<Leaf>>,
}

/// The node where every form begins.
pub(super) const ROOT: u32 = 0;

impl Trie {
    pub fn add(&mut self, words: &[WordId], leaf: Leaf) {
        if self.leaves.is_empty() {
            self.leaves.push(Vec::new());
        }
        let mut node = ROOT;
        for word in words {
            let next = u32::try_from(self.leaves.len()).unwrap_or(u32::MAX);
            let entry = self.edges.entry(key(node, *word));
            node = *entry.or_insert_with(|| {
                self.leaves.push(Vec::new());
                next
            });
        }
        if let Some(leaves) = self.leaves.get_mut(node as usize)
            && !leaves.contains(&leaf)
        {
            leaves.push(leaf);
        }
    }

    pub fn step(&self, node: u32, word: WordId) -> Option<u32> {
        self.edges.get(&key(node, word)).copied()
    }

    pub fn leaves(&self, node: u32) -> &[Leaf] {
        self.leaves.get(node as usize).map_or(&[], Vec::as_slice)
    }
}

fn key(node: u32, word: WordId) -> u64 {
    u64::from(node) << 32 | u64::from(word)
}
