//! Words, numbered.

use super::hash::hash_word;

/// A word's number.
pub type WordId = u32;

/// Words to numbers: one table with open addressing, and in front of it a bit table that answers most misses.
#[derive(Clone, Debug, Default)]
pub struct Vocab {
    /// A power of two of places, at most half of them taken.
    places: Vec<Place>,
    /// Where each word ends in `letters`; it begins where the one before ends.
    ends: Vec<u32>,
    letters: String,
    /// Sixteen bits or more for each word.
    bits: Vec<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    /// Upper half of the word's hash.
    tag: u32,
    /// The word's number plus one; 0 where the place is free.
    id: u32,
}

impl Vocab {
    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The word's number, given a new one if need be.
    pub fn add(&mut self, word: &str) -> WordId {
        if self.places.len() < 2 * (self.len() + 1) {
            self.grow();
        }
        let hash = hash_word(word.as_bytes());
        match self.find(hash, word) {
            Ok(id) => id,
            Err(free) => {
                let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
                self.letters.push_str(word);
                self.ends.push(u32::try_from(self.letters.len()).unwrap_or(u32::MAX));
                self.occupy(free, hash, id);
                id
            }
        }
    }

    /// The word's number, if it is there.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<WordId> {
        let hash = hash_word(word.as_bytes());
        let (cell, bit) = self.bit(hash);
        if self.bits.get(cell).is_none_or(|bits| bits & bit == 0) {
            return None;
        }
        self.find(hash, word).ok()
    }

    /// Whether the word is there.
    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.get(word).is_some()
    }

    /// The words, in order of their numbers.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).map(|id| self.word(id))
    }

    /// The word with that number; empty where there is none.
    #[must_use]
    pub fn word(&self, id: WordId) -> &str {
        let at = id as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or(0) as usize);
        let end = self.ends.get(at).copied().unwrap_or(0) as usize;
        self.letters.get(start..end).unwrap_or_default()
    }

    /// The word's number, or the free place where it would stand.
    fn find(&self, hash: u64, word: &str) -> Result<WordId, usize> {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = low(hash) & mask;
        loop {
            match self.places.get(at) {
                Some(place) if place.id != 0 => {
                    if place.tag == tag(hash) && self.word(place.id - 1) == word {
                        return Ok(place.id - 1);
                    }
                }
                _ => return Err(at),
            }
            at = (at + 1) & mask;
        }
    }

    fn occupy(&mut self, at: usize, hash: u64, id: WordId) {
        if let Some(place) = self.places.get_mut(at) {
            *place = Place { tag: tag(hash), id: id + 1 };
        }
        let (cell, bit) = self.bit(hash);
        if let Some(bits) = self.bits.get_mut(cell) {
            *bits |= bit;
        }
    }

    fn grow(&mut self) {
        let places = (self.places.len() * 2).max(64);
        self.places = vec![Place { tag: 0, id: 0 }; places];
        // Half of the places hold a word at most: eight bits for each place.
        self.bits = vec![0; places / 8];
        for id in 0..u32::try_from(self.ends.len()).unwrap_or(u32::MAX) {
            let hash = hash_word(self.word(id).as_bytes());
            if let Err(free) = self.find(hash, self.word(id)) {
                self.occupy(free, hash, id);
            }
        }
    }

    fn bit(&self, hash: u64) -> (usize, u64) {
        let cell = low(hash >> 6) & self.bits.len().wrapping_sub(1);
        (cell, 1 << (hash & 63))
    }
}

impl<'a> FromIterator<&'a str> for Vocab {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        let mut vocab = Self::default();
        for word in words {
            vocab.add(word);
        }
        vocab
    }
}

#[expect(clippy::cast_possible_truncation, reason = "masked to the table's size by the caller")]
fn low(hash: u64) -> usize {
    hash as usize
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_numbers_and_others_have_none() {
        let words: Vec<String> = (0..5_000).map(|i| format!("kata{i}")).chain(["a".into(), "ab".into()]).collect();
        let mut vocab = Vocab::default();
        let ids: Vec<WordId> = words.iter().map(|w| vocab.add(w)).collect();
        assert!(words.iter().zip(&ids).all(|(w, id)| vocab.get(w) == Some(*id) && vocab.word(*id) == w));
        assert_eq!(vocab.add("kata7"), ids[7]);
        assert_eq!(vocab.get("lain"), None);
        assert_eq!(vocab.get(""), None);
        assert_eq!(Vocab::default().get("kata"), None);
    }
}
