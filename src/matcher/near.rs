//! Misspelt names: one letter off, or vowels left out, where that can be nobody else.
//!
//! `Probowo` and `prbwo` are read as *prabowo* only if no other side has a name as near: *Prabowo* and *Pranowo* are
//! rivals one letter apart, and a word between them is neither. What is read so counts only with a neighbour.

use crate::text::{FxMap, Vocab, WordId, is_common_name, is_common_word};

/// Names of contestants by what is left of them without one letter, and without vowels.
#[derive(Debug, Default)]
pub(super) struct NearNames {
    /// Hashes of every name and of what is left of it without one of its letters, in order, each with the name.
    shortened: Vec<(u64, WordId)>,
    /// The same hashes as bits.
    bits: Vec<u64>,
    skeletons: FxMap<Box<str>, Vec<WordId>>,
    /// Sides that have the word in a name; only words of one side are here.
    sides: FxMap<WordId, usize>,
}

/// Names shorter than this have too many neighbours among ordinary words.
pub(super) const MIN_NAME: usize = 5;
/// In names up to this length a consonant more, less or other makes another name.
const SHORT_NAME: usize = 5;
/// A skeleton of fewer consonants says too little.
const MIN_SKELETON: usize = 4;
/// Names that may be alike before the rest is no longer looked at.
const MAX_ALIKE: usize = 16;
/// Longer words are not names.
const MAX_NAME: usize = 24;

impl NearNames {
    /// Words of names in plain letters, each with the sides that have it; `alone` tells those that are a whole name.
    pub fn build(vocab: &Vocab, names: &FxMap<WordId, Vec<usize>>, alone: impl Fn(WordId) -> bool) -> Self {
        let mut near = Self::default();
        for (id, sides) in names {
            let (word, [side]) = (vocab.word(*id), sides.as_slice()) else { continue };
            // An everyday word is a name only beside the rest of it.
            let everyday = is_common_word(word) && alone(*id);
            if !is_plain(word) || !(MIN_NAME..=MAX_NAME).contains(&word.len()) || everyday {
                continue;
            }
            near.sides.insert(*id, *side);
            for_each_shortened(word, &mut |hash| near.shortened.push((hash, *id)));
        }
        near.shortened.sort_unstable();
        near.shortened.dedup();
        near.drop_spelt_out(vocab);
        for id in near.sides.keys() {
            let skeleton = skeleton(vocab.word(*id));
            if skeleton.len() >= MIN_SKELETON {
                near.skeletons.entry(skeleton.into()).or_default().push(*id);
            }
        }
        near.skeletons.values_mut().for_each(|ids| ids.sort_unstable());
        near.bits = vec![0; (near.shortened.len() / 4).next_power_of_two()];
        for (hash, _) in &near.shortened {
            let (cell, bit) = place(&near.bits, *hash);
            if let Some(bits) = near.bits.get_mut(cell) {
                *bits |= bit;
            }
        }
        near
    }

    /// A list that spells misspellings out gives no licence to misspell those in turn: of words of one side that are one
    /// letter apart the first stays.
    fn drop_spelt_out(&mut self, vocab: &Vocab) {
        let mut dropped: Vec<WordId> = Vec::new();
        for same in self.shortened.chunk_by(|a, b| a.0 == b.0) {
            for (at, (_, later)) in same.iter().enumerate().skip(1) {
                let side = self.sides.get(later);
                let spelt = |(_, first): &&(u64, WordId)| {
                    self.sides.get(first) == side && one_apart(vocab.word(*first), vocab.word(*later))
                };
                // A crafted list may put thousands here; a real one has a handful.
                if same.iter().take(at.min(MAX_ALIKE)).any(|first| spelt(&first)) {
                    dropped.push(*later);
                }
            }
        }
        dropped.sort_unstable();
        self.shortened.retain(|(_, id)| dropped.binary_search(id).is_err());
        self.sides.retain(|id, _| dropped.binary_search(id).is_err());
    }

    /// Names that share a hash, as far as anybody needs to look.
    fn alike(&self, hash: u64) -> impl Iterator<Item = WordId> {
        let from = self.shortened.partition_point(|(other, _)| *other < hash);
        let same = self.shortened.iter().skip(from).take_while(move |(other, _)| *other == hash);
        same.take(MAX_ALIKE).map(|(_, id)| *id)
    }

    /// The name that an unknown folded word is a misspelling of.
    pub fn get(&self, vocab: &Vocab, word: &str) -> Option<WordId> {
        let fits = (MIN_SKELETON..=MAX_NAME + 1).contains(&word.len()) && is_plain(word);
        // Who writes a colleague's given name means the colleague.
        if self.sides.is_empty() || !fits || is_common_name(word) {
            return None;
        }
        let mut best: Option<WordId> = None;
        let mut rivals = false;
        let mut candidate = |id: WordId| {
            rivals |= best.is_some_and(|other| self.sides.get(&other) != self.sides.get(&id));
            best = best.or(Some(id));
        };
        if word.len() + 1 >= MIN_NAME {
            for_each_shortened(word, &mut |hash| {
                let (cell, bit) = place(&self.bits, hash);
                if self.bits.get(cell).is_some_and(|bits| bits & bit != 0) {
                    self.alike(hash).filter(|id| one_apart(vocab.word(*id), word)).for_each(&mut candidate);
                }
            });
        }
        if let Some(skeleton) = vowel_poor(word)
            && let Some(names) = self.skeletons.get(skeleton.as_str())
        {
            let fits = |id: &&WordId| leaves_out_vowels(vocab.word(**id), word);
            names.iter().take(MAX_ALIKE).filter(fits).for_each(|id| candidate(*id));
        }
        best.filter(|_| !rivals)
    }
}

fn place(bits: &[u64], hash: u64) -> (usize, u64) {
    let mixed = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let cell = (mixed >> 40) as usize & bits.len().wrapping_sub(1);
    (cell, 1 << (mixed >> 34 & 63))
}

pub(super) fn is_plain(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_lowercase())
}

fn is_vowel(b: u8) -> bool {
    matches!(b, b'a' | b'i' | b'u' | b'e' | b'o')
}

fn skeleton(word: &str) -> String {
    word.bytes().filter(|b| !is_vowel(*b)).map(char::from).collect()
}

/// The consonants of a word that has hardly any vowels.
fn vowel_poor(word: &str) -> Option<String> {
    let vowels = word.bytes().filter(|b| is_vowel(*b)).count();
    let consonants = word.len() - vowels;
    (consonants >= MIN_SKELETON && 3 * vowels <= consonants).then(|| skeleton(word))
}

/// Calls `visit` with a hash of the word, and of it without each of its letters but the first.
///
/// The hash is a polynomial, so each of them follows from the ones of what stands before and behind the letter.
fn for_each_shortened(word: &str, visit: &mut impl FnMut(u64)) {
    const BASE: u64 = 0x100_0000_01b3;
    let of = |table: &[u64], at: usize| table.get(at).copied().unwrap_or(0);
    // By letter: the power with which it counts, and the sum from it to the end.
    let (mut powers, mut behind) = ([0_u64; MAX_NAME + 2], [0_u64; MAX_NAME + 2]);
    let mut power = 1_u64;
    for (at, b) in word.bytes().enumerate().rev() {
        let sum = of(&behind, at + 1).wrapping_add(power.wrapping_mul(u64::from(b)));
        if let (Some(here), Some(to_end)) = (powers.get_mut(at), behind.get_mut(at)) {
            (*here, *to_end) = (power, sum);
        }
        power = power.wrapping_mul(BASE);
    }
    visit(of(&behind, 0));
    // Without a letter, those before it stand one place nearer to the end.
    let mut before = 0_u64;
    for (at, b) in word.bytes().enumerate() {
        if at > 0 {
            visit(before.wrapping_add(of(&behind, at + 1)));
        }
        before = before.wrapping_add(of(&powers, at + 1).wrapping_mul(u64::from(b)));
    }
}

/// One letter more, less or other, or two neighbours swapped; never the first letter, and in short names only a vowel or
/// a letter that stands twice.
pub(super) fn one_apart(name: &str, word: &str) -> bool {
    let (a, b) = (name.as_bytes(), word.as_bytes());
    if a.first() != b.first() || a == b || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    let before = same.checked_sub(1).and_then(|at| a.get(at));
    let light = |letter: Option<&u8>| a.len() > SHORT_NAME || letter.is_some_and(|l| is_vowel(*l) || Some(l) == before);
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Less => rest_b.get(1..) == Some(rest_a) && light(rest_b.first()),
        std::cmp::Ordering::Greater => rest_a.get(1..) == Some(rest_b) && light(rest_a.first()),
        std::cmp::Ordering::Equal => {
            let other = rest_a.get(1..) == rest_b.get(1..) && light(rest_a.first()) && light(rest_b.first());
            let swapped = rest_a.first() == rest_b.get(1) && rest_a.get(1) == rest_b.first();
            other || (swapped && rest_a.get(2..) == rest_b.get(2..))
        }
    }
}

/// The word is the name with vowels left out, at least two of them.
fn leaves_out_vowels(name: &str, word: &str) -> bool {
    if name.as_bytes().first() != word.as_bytes().first() || name.len() < word.len() + 2 {
        return false;
    }
    let mut rest = word.bytes().peekable();
    let all = name.bytes().all(|b| rest.next_if_eq(&b).is_some() || is_vowel(b));
    all && rest.peek().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(names: &[(&str, usize)], word: &str) -> Option<String> {
        let mut vocab = Vocab::default();
        let mut sides: FxMap<WordId, Vec<usize>> = FxMap::default();
        for (name, side) in names {
            sides.entry(vocab.add(name)).or_default().push(*side);
        }
        NearNames::build(&vocab, &sides, |_| true).get(&vocab, word).map(|id| vocab.word(id).to_owned())
    }

    #[test]
    fn misspelt_names_are_known() {
        let names = [("wirabumi", 0), ("lestarini", 1)];
        for word in ["wirabum", "wirabuni", "wirabumii", "wiarbumi", "wiraabumi", "wrbm", "wirbm"] {
            assert_eq!(near(&names, word).as_deref(), Some("wirabumi"), "{word}");
        }
        for word in ["wirabumi", "birabumi", "wirabu", "wira", "lestari", "wrb"] {
            assert_eq!(near(&names, word), None, "{word}");
        }
    }

    #[test]
    fn between_two_sides_a_word_is_neither() {
        let names = [("pranawo", 0), ("prabawo", 1)];
        assert_eq!(near(&names, "prakawo"), None);
        assert_eq!(near(&names, "pranavo").as_deref(), Some("pranawo"));
        assert_eq!(near(&[("sanusinta", 0), ("sanusinta", 1)], "sanusinto"), None);
    }
}
