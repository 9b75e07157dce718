//! What the bytes of a folded text are, a bit each: the cutter asks for whole runs instead of looking at every byte.

/// Masks over a text, in groups of sixty-four bytes; an empty group stands at their end.
#[derive(Clone, Debug, Default)]
pub(super) struct Masks {
    groups: Vec<Group>,
}

/// Sixty-four bytes: bit `i` speaks of byte `i`.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    letters: u64,
    digits: u64,
    /// Bytes that equal the two before them.
    thirds: u64,
    /// `#`, `@`, and whatever is not ASCII.
    others: u64,
}

impl Group {
    /// Places where a token may begin: the first of a row of letters and digits (`before`: one stands before the group),
    /// and whatever needs a closer look.
    fn starts(&self, before: bool) -> u64 {
        let words = self.letters | self.digits;
        (words & !(words << 1 | u64::from(before))) | self.others
    }

    /// Whether the last byte is a letter or digit.
    fn ends_in_word(&self) -> bool {
        (self.letters | self.digits) >> 63 == 1
    }
}

/// Places where a token may begin.
#[derive(Debug)]
pub struct Starts<'a> {
    groups: std::slice::Iter<'a, Group>,
    bits: u64,
    base: usize,
    next_base: usize,
    /// A letter or digit stands before the next group.
    before: bool,
}

impl Iterator for Starts<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            let group = self.groups.next()?;
            self.bits = group.starts(self.before);
            self.before = group.ends_in_word();
            self.base = self.next_base;
            self.next_base += 64;
        }
        let start = self.base + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(start)
    }
}

/// A run of ASCII letters and digits.
#[derive(Clone, Copy, Debug)]
pub struct WordRun {
    /// Its bytes.
    pub len: usize,
    /// It has a letter.
    pub letters: bool,
    /// It has a digit.
    pub digits: bool,
    /// It has a character three times or more in a row.
    pub stretched: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte that lies in `low..=high`; bytes must be below 0x80.
fn within(bytes: u64, low: u8, high: u8) -> u64 {
    let from_low = bytes + ONES * u64::from(0x80 - low);
    let past_high = bytes + ONES * u64::from(0x7f - high);
    from_low & !past_high & HIGH
}

/// Gathers the high bits of eight bytes into one byte.
fn gather(high_bits: u64) -> u64 {
    (high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

impl Masks {
    /// Reads a text anew.
    pub fn read(&mut self, bytes: &[u8]) {
        self.groups.clear();
        self.groups.reserve(bytes.len() / 64 + 2);
        let (mut before, mut run) = (0_u64, 0_u64);
        for chunk in bytes.chunks(64) {
            let mut group = Group::default();
            let mut shift = 0;
            for eight in chunk.chunks(8) {
                let word = match eight.try_into() {
                    Ok(eight) => u64::from_le_bytes(eight),
                    Err(_) => eight.iter().rev().fold(0, |word, b| word << 8 | u64::from(*b)),
                };
                let beyond = word & HIGH;
                let ascii = word & !HIGH;
                let letters = within(ascii | (ONES * 0x20), b'a', b'z') & !beyond;
                let digits = within(ascii, b'0', b'9') & !beyond;
                let tags = (within(ascii, b'#', b'#') | within(ascii, b'@', b'@')) & !beyond;
                // Each byte beside the one before it: equal ones leave a zero.
                let differs = word ^ (word << 8 | before);
                let equal = within(differs & !HIGH, 0, 0) & !(differs & HIGH);
                let equal = gather(equal);
                let thirds = equal & (equal << 1 | run);
                before = word >> 56;
                run = equal >> 7 & 1;
                group.letters |= gather(letters) << shift;
                group.digits |= gather(digits) << shift;
                group.thirds |= (thirds & 0xff) << shift;
                group.others |= gather(tags | beyond) << shift;
                shift += 8;
            }
            self.groups.push(group);
        }
        self.groups.push(Group::default());
    }

    /// Sixty-four bits of a mask from a position on.
    fn window(&self, at: usize, pick: impl Fn(&Group) -> u64) -> u64 {
        let (group, shift) = (at / 64, at % 64);
        let of = |group: usize| self.groups.get(group).map_or(0, &pick);
        let low = of(group) >> shift;
        if shift == 0 { low } else { low | of(group + 1) << (64 - shift) }
    }

    /// Every place where a token may begin, in order.
    pub fn starts(&self) -> Starts<'_> {
        Starts { groups: self.groups.iter(), bits: 0, base: 0, next_base: 0, before: false }
    }

    /// Length of the run of letters and digits that begins at `at`; 0 where there is none or it is longer than a word.
    #[inline]
    pub fn word_len(&self, at: usize) -> usize {
        let (group, shift) = (self.groups.get(at / 64).copied().unwrap_or_default(), at % 64);
        let len = ((group.letters | group.digits) >> shift).trailing_ones() as usize;
        if shift + len < 64 { len } else { self.word_run(at).map_or(0, |run| run.len) }
    }

    /// Whether there is an ASCII digit.
    pub fn any_digit(&self) -> bool {
        self.groups.iter().any(|group| group.digits != 0)
    }

    /// The run of letters and digits that begins at `at`; nothing where it is longer than a word.
    pub fn word_run(&self, at: usize) -> Option<WordRun> {
        let (group, shift) = (self.groups.get(at / 64)?, at % 64);
        let here = (group.letters | group.digits) >> shift;
        let len = here.trailing_ones() as usize;
        // Most words end in the group in which they begin.
        if shift + len < 64 {
            let mask = if len == 0 { return None } else { ((1 << len) - 1) << shift };
            return Some(WordRun::of(
                len,
                group.letters & mask,
                group.digits & mask,
                group.thirds >> shift & mask >> shift,
            ));
        }
        let letters = self.window(at, |g| g.letters);
        let digits = self.window(at, |g| g.digits);
        let len = (letters | digits).trailing_ones() as usize;
        if len == 64 {
            return None;
        }
        let mask = (1 << len) - 1;
        Some(WordRun::of(len, letters & mask, digits & mask, self.window(at, |g| g.thirds) & mask))
    }
}

impl WordRun {
    fn of(len: usize, letters: u64, digits: u64, thirds: u64) -> Self {
        // The first two bytes may equal what stands before the word.
        Self { len, letters: letters != 0, digits: digits != 0, stretched: thirds & !0b11 != 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn masks_say_what_looking_at_each_byte_says(text in "[a-cZ0-2 #@.\u{e9}✌\u{0}\u{1f}`{]{0,200}") {
            let mut masks = Masks::default();
            masks.read(text.as_bytes());
            let bytes = text.as_bytes();
            for at in 0..bytes.len() {
                let word = |at: usize| bytes[at].is_ascii_alphanumeric();
                let starts = (word(at) && (at == 0 || !word(at - 1))) || !bytes[at].is_ascii() || b"#@".contains(&bytes[at]);
                prop_assert_eq!(masks.starts().any(|start| start == at), starts);
                let run: Vec<u8> = bytes.iter().skip(at).take_while(|b| b.is_ascii_alphanumeric()).copied().collect();
                if run.is_empty() || run.len() >= 64 {
                    prop_assert!(masks.word_run(at).is_none());
                    continue;
                }
                let found = masks.word_run(at).unwrap();
                prop_assert_eq!(found.len, run.len());
                prop_assert_eq!(found.letters, run.iter().any(u8::is_ascii_alphabetic));
                prop_assert_eq!(found.digits, run.iter().any(u8::is_ascii_digit));
                prop_assert_eq!(found.stretched, run.windows(3).any(|w| w[0] == w[1] && w[1] == w[2]));
            }
        }
    }
}
