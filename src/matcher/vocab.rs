//! The words of all forms, numbered.

use std::hash::Hasher;

use crate::text::Fx;
pub(super) use crate::text::FxMap;

/// A word's number.
pub(super) type WordId = u32;

/// Words to numbers, with a bit table in front that answers most misses.
#[derive(Debug, Default)]
pub(super) struct Vocab {
    ids: FxMap<Box<str>, WordId>,
    /// Grown with the vocabulary: sixteen bits for each word.
    bits: Vec<u64>,
}

impl Vocab {
    /// The word's number, given a new one if need be.
    pub fn add(&mut self, word: &str) -> WordId {
        let next = WordId::try_from(self.ids.len()).unwrap_or(WordId::MAX);
        *self.ids.entry(word.into()).or_insert(next)
    }

    /// Builds the bit table; words added later would not be found.
    pub fn seal(&mut self) {
        let words = (self.ids.len() * 16 / 64).next_power_of_two().max(16);
        self.bits = vec![0; words];
        let keys: Vec<u64> = self.ids.keys().map(|word| hash(word)).collect();
        for key in keys {
            let (slot, bit) = self.place(key);
            if let Some(cell) = self.bits.get_mut(slot) {
                *cell |= bit;
            }
        }
    }

    /// The word's number, if any form has it.
    pub fn get(&self, word: &str) -> Option<WordId> {
        let (slot, bit) = self.place(hash(word));
        if self.bits.get(slot).is_none_or(|cell| cell & bit == 0) {
            return None;
        }
        self.ids.get(word).copied()
    }

    fn place(&self, key: u64) -> (usize, u64) {
        let slot = (key >> 6) as usize & (self.bits.len().max(1) - 1);
        (slot, 1 << (key & 63))
    }
}

fn hash(word: &str) -> u64 {
    let mut hasher = Fx::default();
    hasher.write(word.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_numbers_and_others_have_none() {
        let mut vocab = Vocab::default();
        let words: Vec<String> = (0..5_000).map(|i| format!("kata{i}")).collect();
        let ids: Vec<WordId> = words.iter().map(|w| vocab.add(w)).collect();
        vocab.seal();
        assert!(words.iter().zip(&ids).all(|(w, id)| vocab.get(w) == Some(*id)));
        assert_eq!(vocab.get("lain"), None);
        assert_eq!(vocab.get(""), None);
    }
}
