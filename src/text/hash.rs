//! Hashing short words and pairs of numbers quickly.
//!
//! Only our own lists are hashed into tables; posts merely look things up, so they can't build collisions.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const ONE: u64 = 0x9e37_79b9_7f4a_7c15;
const TWO: u64 = 0xd6e8_feb8_6659_fd93;

/// Multiplies to 128 bits and folds them: every bit of both words reaches every bit of the result.
fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high
}

fn eight(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn four(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, |b| u64::from(u32::from_le_bytes(b)))
}

/// Two overlapping views of a word's bytes, which together with its length say all of a word of up to sixteen bytes.
fn views(bytes: &[u8]) -> (u64, u64) {
    match bytes.len() {
        0 => (0, 0),
        n @ 1..4 => {
            let at = |i: usize| bytes.get(i).copied().map_or(0, u64::from);
            (at(0) | at(n / 2) << 8 | at(n - 1) << 16, 0)
        }
        n @ 4..8 => (four(bytes, 0), four(bytes, n - 4)),
        n => (eight(bytes, 0), eight(bytes, n - 8)),
    }
}

/// A hash of a word. Words of up to sixteen bytes cost two loads and one multiplication.
#[must_use]
pub fn hash_word(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    let (a, b) = views(bytes);
    let mut hash = n as u64 ^ TWO;
    if n > 16 {
        for chunk in bytes.get(8..n - 8).unwrap_or_default().chunks(8) {
            let mut word = [0; 8];
            if let Some(head) = word.get_mut(..chunk.len()) {
                head.copy_from_slice(chunk);
            }
            hash = mix(hash ^ u64::from_le_bytes(word), ONE);
        }
    }
    mix(a ^ ONE, b ^ hash)
}

/// A word of at most sixteen bytes as a value: its bytes, then zeros. Equal keys are equal words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordKey(u128);

impl WordKey {
    /// No word at all.
    pub const NONE: Self = Self(0);
    /// No word has it either.
    pub const FREE: Self = Self(u128::MAX);
    /// Bytes that must stand behind a word, whatever they are.
    pub(super) const PADDING: &str = "                ";

    /// The key of a word of so many bytes at `start` of a text that goes on for [`Self::PADDING`] at least; [`Self::NONE`]
    /// for longer words.
    #[inline]
    pub(super) fn of(text: &[u8], start: usize, len: usize) -> Self {
        let own = OWN.get(len).copied().unwrap_or(0);
        let sixteen = text.get(start..).and_then(|text| text.first_chunk());
        Self(sixteen.map_or(0, |sixteen| u128::from_le_bytes(*sixteen) & own))
    }

    /// A hash of it.
    #[inline]
    #[must_use]
    pub fn hash(self) -> u64 {
        #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
        let (first, last) = (self.0 as u64, (self.0 >> 64) as u64);
        mix(first ^ ONE, last ^ TWO)
    }
}

/// By length: the bytes of sixteen that are a word's own.
const OWN: [u128; 17] = {
    let mut own = [0; 17];
    let mut len = 1;
    while len <= 16 {
        own[len] = u128::MAX >> (8 * (16 - len));
        len += 1;
    }
    own
};

/// A hash of the bytes at a span of a text that goes on for sixteen bytes at least behind it. Who does not know the secret
/// can't tell which spans have the same.
#[inline]
pub(super) fn keyed_hash(text: &[u8], (start, end): (usize, usize), secret: u128) -> u64 {
    let len = end - start;
    let sixteen = text.get(start..).and_then(|text| text.first_chunk()).map_or(0, |bytes| u128::from_le_bytes(*bytes));
    if let Some(own) = OWN.get(len) {
        return mix_keyed(sixteen & own, secret, len as u64);
    }
    let mut hash = mix_keyed(sixteen, secret, len as u64);
    for chunk in text.get(start + 16..end).unwrap_or_default().chunks(16) {
        let mut padded = [0; 16];
        if let Some(head) = padded.get_mut(..chunk.len()) {
            head.copy_from_slice(chunk);
        }
        hash = mix_keyed(u128::from_le_bytes(padded), secret, hash);
    }
    hash
}

#[inline]
fn mix_keyed(bytes: u128, secret: u128, seed: u64) -> u64 {
    let keyed = bytes ^ secret;
    #[expect(clippy::cast_possible_truncation, reason = "both halves are wanted")]
    let (first, last) = (keyed as u64, (keyed >> 64) as u64);
    mix(mix(first, last) ^ seed, ONE)
}

/// A hasher for keys that are one number.
#[derive(Clone, Copy, Default)]
pub struct Fx(u64);

impl Hasher for Fx {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(self.0 ^ ONE, hash_word(bytes));
    }
    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = mix(self.0 ^ ONE, n ^ TWO);
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

/// A map with that hash.
pub type FxMap<K, V> = HashMap<K, V, BuildHasherDefault<Fx>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_word_wherever_it_stands() {
        let key = |text: &str, start, len| WordKey::of([text, WordKey::PADDING].concat().as_bytes(), start, len);
        for around in ["", " ", " and something long enough around it "] {
            for word in ["a", "kata", "sixteen_bytes_ok"] {
                let text = format!("{around}{word}{around}");
                assert_eq!(key(&text, around.len(), word.len()), key(word, 0, word.len()), "{text}");
                assert_ne!(key(word, 0, word.len()), WordKey::NONE);
            }
        }
        assert_eq!(key("seventeen_bytes_x", 0, 17), WordKey::NONE);
        assert_eq!(key("", 0, 0), WordKey::NONE);
        assert_ne!(key("kata", 0, 4), key("kata", 0, 3));
    }
}
