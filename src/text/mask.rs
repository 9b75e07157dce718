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
    /// `equal` has as its highest bit whether the two bytes before are equal; `last` is the last of them.
    fn of(bytes: &[u8; 64], equal: &mut u64, last: &mut u8) -> Self {
        let mut differences = *bytes;
        for (difference, before) in differences.iter_mut().skip(1).zip(bytes) {
            *difference ^= before;
        }
        if let Some(difference) = differences.first_mut() {
            *difference ^= *last;
        }
        let twins = bits(&differences, |difference| difference == 0);
        let thirds = twins & (twins << 1 | *equal >> 63);
        (*equal, *last) = (twins, bytes.last().copied().unwrap_or_default());
        Self {
            letters: bits(bytes, |b| b.is_ascii_alphabetic()),
            digits: bits(bytes, |b| b.is_ascii_digit()),
            thirds,
            others: bits(bytes, |b| !b.is_ascii() | (b == b'#') | (b == b'@')),
        }
    }

    /// Places where a token may begin: the first of a row of letters and digits (`before`: one stands before the group),
    /// and whatever needs a closer look.
    fn starts(&self, before: bool) -> u64 {
        let words = self.letters | self.digits;
        (words & !(words << 1 | u64::from(before))) | self.others
    }

    /// The run of letters and digits that begins at a byte, where it ends in the group.
    #[inline]
    fn run_at(&self, shift: u32) -> Option<WordRun> {
        let len = ((self.letters | self.digits) >> shift).trailing_ones();
        if len == 0 || shift + len >= 64 {
            return None;
        }
        let mask = (1 << len) - 1;
        let of_run = |bits: u64| bits >> shift & mask;
        Some(WordRun::of(len, of_run(self.letters), of_run(self.digits), of_run(self.thirds)))
    }

    /// Whether the last byte is a letter or digit.
    fn ends_in_word(&self) -> bool {
        (self.letters | self.digits) >> 63 == 1
    }
}

/// Places where a token may begin, in order, each with the run of ASCII letters and digits that stands there; nothing
/// where it is something else or longer than a word.
pub(super) struct Starts<'a> {
    masks: &'a Masks,
    /// The group that is gone through, its number, and what is left of its places.
    group: Group,
    number: usize,
    bits: u64,
}

impl Iterator for Starts<'_> {
    type Item = (usize, Option<WordRun>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.bits == 0 {
            let before = self.group.ends_in_word();
            self.number += 1;
            self.group = *self.masks.groups.get(self.number)?;
            self.bits = self.group.starts(before);
        }
        let shift = self.bits.trailing_zeros();
        self.bits &= self.bits - 1;
        let start = self.number * 64 + shift as usize;
        // Most words end in the group in which they begin.
        let run = self.group.run_at(shift);
        Some((start, if run.is_none() { self.masks.long_run(start) } else { run }))
    }
}

/// A run of ASCII letters and digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct WordRun {
    /// Its bytes.
    pub len: usize,
    /// It has a letter.
    pub letters: bool,
    /// It has a digit.
    pub digits: bool,
    /// It has a character three times or more in a row.
    pub stretched: bool,
}

/// Which of sixty-four bytes are of a class, as bits. Both loops run over many bytes at once.
fn bits(bytes: &[u8; 64], class: impl Fn(u8) -> bool) -> u64 {
    let mut marks = [0_u8; 64];
    for (mark, byte) in marks.iter_mut().zip(bytes) {
        *mark = u8::from(class(*byte));
    }
    // The product of eight marks and this number has them side by side in its highest byte.
    let side_by_side = |marks: &[u8; 8]| u64::from_le_bytes(*marks).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    marks.as_chunks().0.iter().rev().fold(0, |bits, marks| bits << 8 | side_by_side(marks))
}

impl Masks {
    /// Reads a text anew.
    pub fn read(&mut self, text: &[u8]) {
        self.groups.clear();
        self.groups.reserve(text.len() / 64 + 2);
        // The last two bytes of what was read, equal or not, and the last one.
        let (mut equal, mut last) = (0, 0);
        let (whole, rest) = text.as_chunks();
        let mut padded = [0; 64];
        if let Some(head) = padded.get_mut(..rest.len()) {
            head.copy_from_slice(rest);
        }
        for bytes in whole.iter().chain((!rest.is_empty()).then_some(&padded)) {
            self.groups.push(Group::of(bytes, &mut equal, &mut last));
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

    /// Every place where a token may begin.
    pub fn starts(&self) -> Starts<'_> {
        let group = self.groups.first().copied().unwrap_or_default();
        Starts { masks: self, group, number: 0, bits: group.starts(false) }
    }

    /// The run of letters and digits that begins at `at`; nothing where there is none or it is longer than a word.
    pub fn word_run(&self, at: usize) -> Option<WordRun> {
        let group = self.groups.get(at / 64)?;
        group.run_at((at % 64) as u32).or_else(|| self.long_run(at))
    }

    /// The same where the run may go on in the next group.
    fn long_run(&self, at: usize) -> Option<WordRun> {
        let letters = self.window(at, |g| g.letters);
        let digits = self.window(at, |g| g.digits);
        let len = (letters | digits).trailing_ones();
        if len == 0 || len == 64 {
            return None;
        }
        let mask = (1 << len) - 1;
        Some(WordRun::of(len, letters & mask, digits & mask, self.window(at, |g| g.thirds) & mask))
    }
}

impl WordRun {
    fn of(len: u32, letters: u64, digits: u64, thirds: u64) -> Self {
        // The first two bytes may equal what stands before the word.
        Self { len: len as usize, letters: letters != 0, digits: digits != 0, stretched: thirds & !0b11 != 0 }
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
                prop_assert_eq!(masks.starts().any(|(start, _)| start == at), starts);
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
