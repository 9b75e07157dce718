//! What the bytes of a folded text are, a bit each: the cutter asks for whole runs instead of looking at every byte.

/// Masks over a text, in groups of sixty-four bytes; an empty group stands at their end.
#[derive(Clone, Debug, Default)]
pub(super) struct Masks {
    groups: Vec<Group>,
}

/// Sixty-four bytes: bit `i` speaks of byte `i`.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    /// ASCII letters and digits.
    words: u64,
    /// ASCII letters.
    letters: u64,
    /// `#`, `@`, and whatever is not ASCII.
    others: u64,
}

impl Group {
    fn of(bytes: &[u8; 64]) -> Self {
        let letters = bits(bytes, |b| b.is_ascii_alphabetic());
        Self {
            words: letters | bits(bytes, |b| b.is_ascii_digit()),
            letters,
            others: bits(bytes, |b| !b.is_ascii() | (b == b'#') | (b == b'@')),
        }
    }

    /// Places where a token may begin: the first of a row of letters and digits (`before`: one stands before the group),
    /// and whatever needs a closer look.
    fn starts(&self, before: bool) -> u64 {
        (self.words & !(self.words << 1 | u64::from(before))) | self.others
    }

    /// Whether the last byte is a letter or digit.
    fn ends_in_word(&self) -> bool {
        self.words >> 63 == 1
    }
}

/// Which of sixty-four bytes are of a class, as bits. Both loops run over many bytes at once.
pub(super) fn bits(bytes: &[u8; 64], class: impl Fn(u8) -> bool) -> u64 {
    let mut marks = [0_u8; 64];
    for (mark, byte) in marks.iter_mut().zip(bytes) {
        *mark = u8::from(class(*byte));
    }
    // The product of eight marks and this number has them side by side in its highest byte.
    let side_by_side = |marks: &[u8; 8]| u64::from_le_bytes(*marks).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    marks.as_chunks().0.iter().rev().fold(0, |bits, marks| bits << 8 | side_by_side(marks))
}

/// Whether a byte of a class stands in a text. Without early exit the loop runs over many bytes at once.
pub(crate) fn has_byte(text: &str, class: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(0, |any, byte| any | u8::from(class(byte))) != 0
}

/// A run of ASCII letters and digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WordRun {
    /// Its bytes; 0 where there is none or it is longer than a word.
    pub len: usize,
    /// It has a letter.
    pub letters: bool,
}

impl Masks {
    /// Reads a text anew.
    pub fn read(&mut self, text: &[u8]) {
        self.groups.clear();
        self.groups.reserve(text.len() / 64 + 2);
        let (whole, rest) = text.as_chunks();
        self.groups.extend(whole.iter().map(Group::of));
        let mut padded = [0; 64];
        if let Some(head) = padded.get_mut(..rest.len()) {
            head.copy_from_slice(rest);
            self.groups.push(Group::of(&padded));
        }
        self.groups.push(Group::default());
    }

    /// Visits every place where a token may begin, in order, with the run of ASCII letters and digits that stands there.
    #[inline]
    pub fn for_each_start(&self, mut visit: impl FnMut(usize, WordRun)) {
        let mut before = false;
        for (number, group) in self.groups.iter().enumerate() {
            let mut starts = group.starts(before);
            before = group.ends_in_word();
            while starts != 0 {
                let shift = starts.trailing_zeros();
                starts &= starts - 1;
                let start = 64 * number + shift as usize;
                // Most words end in the group in which they begin, and most begin with a letter.
                let len = (!group.words >> shift).trailing_zeros();
                let run = if shift + len < 64 {
                    let letters = (group.letters >> shift) & ((1 << len) - 1) != 0;
                    WordRun { len: len as usize, letters }
                } else {
                    self.word_run(start)
                };
                visit(start, run);
            }
        }
    }

    /// The run of letters and digits that begins at `at`.
    pub fn word_run(&self, at: usize) -> WordRun {
        let (len, letters) = self.row(at);
        if len < 64 { WordRun { len, letters } } else { WordRun::default() }
    }

    /// Whether there is an ASCII digit.
    pub fn any_digit(&self) -> bool {
        self.groups.iter().any(|group| group.words & !group.letters != 0)
    }

    /// Letters and digits in a row from `at` on, as far as sixty-four bytes, and whether there is a letter among them.
    pub fn row(&self, at: usize) -> (usize, bool) {
        let len = self.window(at, |group| group.words).trailing_ones();
        let row = u64::MAX.checked_shr(64 - len).unwrap_or(0);
        (len as usize, self.window(at, |group| group.letters) & row != 0)
    }

    /// Sixty-four bits of a mask from a position on.
    fn window(&self, at: usize, pick: impl Fn(&Group) -> u64) -> u64 {
        let (group, shift) = (at / 64, at % 64);
        let of = |group: usize| self.groups.get(group).map_or(0, &pick);
        let low = of(group) >> shift;
        if shift == 0 { low } else { low | of(group + 1) << (64 - shift) }
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
                let mut found = None;
                masks.for_each_start(|start, run| if start == at { found = Some(run) });
                prop_assert_eq!(found.is_some(), starts);
                let run: Vec<u8> = bytes.iter().skip(at).take_while(|b| b.is_ascii_alphanumeric()).copied().collect();
                let run = WordRun { len: run.len(), letters: run.iter().any(u8::is_ascii_alphabetic) };
                let run = if run.len < 64 { run } else { WordRun::default() };
                prop_assert_eq!(masks.word_run(at), run);
                if let Some(found) = found {
                    prop_assert_eq!(found, run);
                }
            }
        }
    }
}
