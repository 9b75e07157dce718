//! How words begin: most letters begin none, which is known before anything is looked up.

/// The first letters of words, so many bytes of each and at most eight, as bits.
#[derive(Debug)]
pub struct Starts<const LETTERS: usize> {
    bits: Vec<u64>,
}

impl<const LETTERS: usize> Default for Starts<LETTERS> {
    fn default() -> Self {
        Self { bits: vec![0; 1 << (Self::BITS - 6)] }
    }
}

impl<const LETTERS: usize> Starts<LETTERS> {
    /// Lists have more beginnings of eight letters than of four.
    const BITS: u32 = if LETTERS > 4 { 18 } else { 16 };

    fn place(letters: &[u8]) -> Option<(usize, u64)> {
        let mut eight = [0; 8];
        eight.first_chunk_mut::<LETTERS>()?.copy_from_slice(letters.first_chunk::<LETTERS>()?);
        let hash = u64::from_le_bytes(eight).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - Self::BITS);
        Some(((hash >> 6) as usize, 1 << (hash & 63)))
    }

    /// How many of them.
    #[must_use]
    pub const fn letters(&self) -> usize {
        LETTERS
    }

    /// Adds a word; one that is shorter is left out.
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

impl<'a, const LETTERS: usize> FromIterator<&'a str> for Starts<LETTERS> {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        let mut starts = Self::default();
        words.into_iter().for_each(|word| starts.add(word));
        starts
    }
}
