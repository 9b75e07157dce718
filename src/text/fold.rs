//! Folding character by character, keeping the way back.
//!
//! What happens, in this order, to each grapheme cluster: invisible characters go, compatibility decomposition (NFKD),
//! diacritics of Latin letters go (other scripts keep theirs), composition (NFC), full case folding. Afterwards, word by
//! word, look-alikes of other scripts become the Latin letters they imitate. Plain ASCII takes a shortcut.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::lookalike::{
    dressed_letter, is_apostrophe, is_emoji, is_invisible, is_latin, is_skin_tone, is_twin_script, latin_twin,
};

/// Folded text with the map back to the original bytes.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// The folded text.
    pub text: String,
    /// Runs in ascending order of both columns; empty where the text was ASCII and nothing moved.
    runs: Vec<Run>,
}

/// A stretch of folded text and where it came from.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// First folded byte.
    folded: usize,
    /// First original byte.
    start: usize,
    /// One past the last original byte; 0 marks a run that maps byte by byte.
    end: usize,
}

impl Folded {
    /// The span of the original that the folded span came from.
    ///
    /// Both spans are half open; a non-empty span on character boundaries maps to a non-empty one on character boundaries.
    #[must_use]
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        if self.runs.is_empty() || start >= end {
            return (start, end);
        }
        let first = self.run_at(start);
        let last = self.run_at(end - 1);
        let from = if first.end == 0 { first.start + (start - first.folded) } else { first.start };
        let to = if last.end == 0 { last.start + (end - last.folded) } else { last.end };
        (from, to)
    }

    fn run_at(&self, folded: usize) -> Run {
        let next = self.runs.partition_point(|run| run.folded <= folded);
        // The first run starts at 0, so there is always one before `next`.
        self.runs.get(next.saturating_sub(1)).copied().unwrap_or(Run { folded: 0, start: 0, end: 0 })
    }
}

/// Folds a text for matching.
#[must_use]
pub fn fold(text: &str) -> Folded {
    // Apostrophes inside words vanish, so text that has one cannot take the shortcut, in which nothing moves.
    if text.bytes().all(|b| b.is_ascii() && b != b'\'' && b != b'`') {
        return Folded { text: text.to_ascii_lowercase(), runs: Vec::new() };
    }
    Folder::new(text, true).run()
}

/// The same without case folding: for forms whose capitals carry meaning (AMIN is a pair, amin is a prayer).
#[must_use]
pub fn fold_keep_case(text: &str) -> String {
    if text.bytes().all(|b| b.is_ascii() && b != b'\'' && b != b'`') {
        return text.to_owned();
    }
    Folder::new(text, false).run().text
}

/// One folded character and the original bytes of its cluster.
#[derive(Clone, Copy)]
struct Cell {
    c: char,
    start: usize,
    end: usize,
}

struct Folder<'a> {
    text: &'a str,
    fold_case: bool,
    cells: Vec<Cell>,
    /// A letter of a script with Latin twins was seen: the look-alike pass has work.
    twins: bool,
}

impl<'a> Folder<'a> {
    fn new(text: &'a str, fold_case: bool) -> Self {
        Self { text, fold_case, cells: Vec::with_capacity(text.len()), twins: false }
    }

    fn run(mut self) -> Folded {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            // A boundary between two ASCII characters is always a cluster boundary (CR LF apart, which folds the same).
            let stretch = plain_stretch(bytes, at);
            for (i, &b) in bytes.iter().enumerate().take(stretch).skip(at) {
                let b = if self.fold_case { b.to_ascii_lowercase() } else { b };
                self.cells.push(Cell { c: char::from(b), start: i, end: i + 1 });
            }
            let end = mixed_stretch(bytes, stretch);
            if let Some(mixed) = self.text.get(stretch..end) {
                for (i, cluster) in mixed.grapheme_indices(true) {
                    self.cluster(stretch + i, cluster);
                }
            }
            at = end;
        }
        if self.twins {
            self.fold_twins();
        }
        self.drop_inner_apostrophes();
        self.finish()
    }

    /// Folds one grapheme cluster.
    fn cluster(&mut self, start: usize, cluster: &str) {
        let end = start + cluster.len();
        if cluster.chars().next().is_some_and(is_emoji_start)
            && cluster.chars().filter(|c| !is_invisible(*c)).count() > 0
        {
            return self.emoji(start, cluster);
        }
        let mut kept = String::with_capacity(cluster.len());
        let mut latin_base = true;
        for c in cluster.chars().filter(|c| !is_invisible(*c) && !is_skin_tone(*c)).nfkd() {
            if is_combining_mark(c) {
                // A keycap is its digit plus an enclosing mark: that one carries the meaning.
                if latin_base && c != '\u{20E3}' {
                    continue;
                }
            } else {
                latin_base = is_latin(c) || c.is_ascii();
                self.twins |= is_twin_script(c);
            }
            kept.push(self.undress(c));
        }
        if self.fold_case {
            let folded: String = kept.chars().nfc().default_case_fold().collect();
            // Folding may leave a mark behind (İ) or another compatibility form; one more round settles it.
            for c in folded.nfkc().filter(|c| !(latin_base && is_combining_mark(*c) && *c != '\u{20E3}')) {
                self.cells.push(Cell { c, start, end });
            }
        } else {
            for c in kept.nfc() {
                self.cells.push(Cell { c, start, end });
            }
        }
    }

    /// Emoji keep their sequence (flags, families) but lose variation selectors and skin tones.
    fn emoji(&mut self, start: usize, cluster: &str) {
        let end = start + cluster.len();
        let lone_indicator = cluster.chars().count() == 1;
        for c in cluster.chars() {
            let joiner = c == '\u{200D}';
            if is_skin_tone(c) || (is_invisible(c) && !joiner) {
                continue;
            }
            let c = if lone_indicator { dressed_letter(c).unwrap_or(c) } else { c };
            self.cells.push(Cell { c, start, end });
        }
    }

    fn undress(&self, c: char) -> char {
        match dressed_letter(c) {
            Some(letter) if !self.fold_case && (c.is_uppercase() || !c.is_lowercase()) => letter.to_ascii_uppercase(),
            Some(letter) => letter,
            None => c,
        }
    }

    /// Turns look-alikes into Latin letters in words that mix them with Latin letters or have nothing else.
    fn fold_twins(&mut self) {
        let mut at = 0;
        while at < self.cells.len() {
            let len = self.cells.iter().skip(at).take_while(|cell| cell.c.is_alphanumeric()).count();
            if len == 0 {
                at += 1;
                continue;
            }
            let Some(word) = self.cells.get_mut(at..at + len) else { break };
            let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
            let has_latin = word.iter().any(|cell| is_latin(cell.c));
            let all_twins = word.iter().all(|cell| !cell.c.is_alphabetic() || latin_twin(lower(cell.c)).is_some());
            if has_latin || all_twins {
                for cell in word {
                    if let Some(twin) = latin_twin(lower(cell.c)) {
                        cell.c = if cell.c.is_uppercase() { twin.to_ascii_uppercase() } else { twin };
                    }
                }
            }
            at += len;
        }
    }

    /// An apostrophe between two letters is spelling (Jum'at, Mar'i, Sa'aduddin), not a word edge.
    fn drop_inner_apostrophes(&mut self) {
        if !self.cells.iter().any(|cell| is_apostrophe(cell.c)) {
            return;
        }
        let letter = |cell: Option<&Cell>| cell.is_some_and(|cell| cell.c.is_alphabetic());
        let mut kept = Vec::with_capacity(self.cells.len());
        for (i, cell) in self.cells.iter().enumerate() {
            let inner =
                is_apostrophe(cell.c) && i > 0 && letter(self.cells.get(i - 1)) && letter(self.cells.get(i + 1));
            if !inner {
                kept.push(*cell);
            }
        }
        self.cells = kept;
    }

    fn finish(self) -> Folded {
        let mut text = String::with_capacity(self.text.len());
        let mut runs: Vec<Run> = Vec::new();
        // Where the next byte would have to come from for the last run to go on byte by byte.
        let mut expected = None;
        let mut last_cluster = None;
        for cell in self.cells {
            let folded = text.len();
            text.push(cell.c);
            let width = cell.c.len_utf8();
            let linear = cell.end - cell.start == width && cell.c.is_ascii();
            if last_cluster == Some(cell.start) {
                // A further character of the same cluster belongs to the run that the first one opened.
                expected = None;
                if let Some(run) = runs.last_mut()
                    && run.end == 0
                {
                    runs.push(Run { folded, start: cell.start, end: cell.end });
                }
            } else if linear {
                if expected != Some(cell.start) {
                    runs.push(Run { folded, start: cell.start, end: 0 });
                }
                expected = Some(cell.end);
            } else {
                runs.push(Run { folded, start: cell.start, end: cell.end });
                expected = None;
            }
            last_cluster = Some(cell.start);
        }
        if runs.is_empty() {
            runs.push(Run { folded: 0, start: 0, end: 0 });
        }
        Folded { text, runs }
    }
}

fn is_emoji_start(c: char) -> bool {
    // Letters in circles and squares are emoji by block but letters by use.
    is_emoji(c) && (dressed_letter(c).is_none() || matches!(c, '\u{1F1E6}'..='\u{1F1FF}'))
}

/// End of the ASCII stretch at `at` that no following mark can touch.
fn plain_stretch(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while bytes.get(end).is_some_and(u8::is_ascii) && bytes.get(end + 1).is_none_or(u8::is_ascii) {
        end += 1;
    }
    end
}

/// End of the stretch from `at` up to the next pair of ASCII characters.
fn mixed_stretch(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < bytes.len() {
        let ascii = |i: usize| bytes.get(i).is_none_or(u8::is_ascii);
        if end > at && ascii(end - 1) && ascii(end) {
            break;
        }
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> String {
        fold(text).text
    }

    #[test]
    fn styled_letters_become_plain_ones() {
        assert_eq!(folded("𝐆𝐚𝐧𝐣𝐚𝐫-𝑴𝒂𝒉𝒇𝒖𝒅 ＰＲＡＢＯＷＯ ᴘʀᴀʙᴏᴡᴏ ⓐⓑ 🅐🅑 🅿🆁"), "ganjar-mahfud prabowo prabowo ab ab pr");
        assert_eq!(folded("🇵 🇷 🇦"), "p r a");
        assert_eq!(folded("🇮🇩"), "🇮🇩");
    }

    #[test]
    fn invisible_characters_and_latin_diacritics_go() {
        assert_eq!(
            folded("Pra\u{200B}bo\u{AD}wo Pr\u{E1}b\u{F3}wo Ganj\u{0301}ar \u{130}stanbul"),
            "prabowo prabowo ganjar istanbul"
        );
        assert_eq!(folded("й ที่ क्षि が"), "й ที่ क्षि が");
    }

    #[test]
    fn look_alikes_fold_only_in_disguised_words() {
        assert_eq!(folded("Рrаbоwо"), "prabowo");
        assert_eq!(folded("АМІN"), "amin");
        assert_eq!(folded("привет мир"), "привет мир");
        assert_eq!(fold_keep_case("АМІN"), "AMIN");
    }

    #[test]
    fn emoji_lose_selectors_and_skin_tones() {
        assert_eq!(folded("✌️✌🏽 ☝🏿 2️⃣"), "✌✌ ☝ 2\u{20E3}");
    }

    #[test]
    fn apostrophes_inside_words_go_and_nul_stays() {
        assert_eq!(folded("Jum'at 'Mar’i' a\0b"), "jumat 'mari' a\0b");
    }

    #[test]
    fn spans_lead_back() {
        let text = "xx Ga\u{200B}nj\u{E1}r ✌🏽!";
        let f = fold(text);
        let at = f.text.find("ganjar").unwrap();
        let (start, end) = f.original(at, at + 6);
        assert_eq!(text.get(start..end).unwrap(), "Ga\u{200B}nj\u{E1}r");
        let at = f.text.find('✌').unwrap();
        let (start, end) = f.original(at, at + '✌'.len_utf8());
        assert_eq!(text.get(start..end).unwrap(), "✌🏽");
    }

    proptest! {
        #[test]
        fn every_character_maps_to_character_boundaries_in_order(text in any::<String>()) {
            check_map(&text);
        }

        #[test]
        fn also_in_nasty_alphabets(text in "[aZ1'\u{301}\u{200B}\u{AD}✌\u{FE0F}🏽ßİΑа२が𝐆#@ \u{0}]{0,40}") {
            check_map(&text);
        }

        #[test]
        fn folding_twice_changes_nothing_in_ascii(text in "[ -~]{0,60}") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }
    }

    fn check_map(text: &str) {
        let f = fold(text);
        let mut last = (0, 0);
        for (i, c) in f.text.char_indices() {
            let (start, end) = f.original(i, i + c.len_utf8());
            assert!(start < end && end <= text.len(), "{start}..{end} in {text:?}");
            assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{start}..{end} in {text:?}");
            assert!(start >= last.0 && end >= last.1, "not monotone: {last:?} then {start}..{end} in {text:?}");
            last = (start, end);
        }
    }
}
