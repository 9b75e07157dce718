//! How words begin: most letters begin none, which is known before anything is looked up.

/// The first letters of words, as bits.
#[derive(Debug)]
pub struct Starts {
    bits: Vec<u64>,
}

impl Default for Starts {
    fn default() -> Self {
        Self { bits: vec![0; 1 << (Self::BITS - 6)] }
    }
}

impl Starts {
    /// How many of a word's first bytes are looked at.
    pub const LETTERS: usize = 4;
    const BITS: u32 = 16;

    fn place(letters: &[u8]) -> Option<(usize, u64)> {
        let letters = u32::from_le_bytes(*letters.first_chunk()?);
        let hash = letters.wrapping_mul(0x9e37_79b1) >> (32 - Self::BITS);
        Some(((hash >> 6) as usize, 1 << (hash & 63)))
    }

    /// Adds a word; a shorter one than [`Self::LETTERS`] is left out.
    pub fn add(&mut self, word: &str) {
        if let Some((cell, bit)) = Self::place(word.as_bytes())
            && let Some(bits) = self.bits.get_mut(cell)
        {
            *bits |= bit;
        }
    }

    /// Whether a word may begin at a place of a text, or of letters put together.
    #[must_use]
    pub fn may_begin(&self, text: &str, start: usize) -> bool {
        let letters = text.as_bytes().get(start..).and_then(Self::place);
        letters.is_some_and(|(cell, bit)| self.bits.get(cell).is_some_and(|bits| bits & bit != 0))
    }
}

impl<'a> FromIterator<&'a str> for Starts {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        let mut starts = Self::default();
        words.into_iter().for_each(|word| starts.add(word));
        starts
    }
}
