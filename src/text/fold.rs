//! Folding character by character, keeping the way back.
//!
//! What happens, in this order, to each grapheme cluster: invisible characters go, compatibility decomposition (NFKD),
//! diacritics of Latin letters go (other scripts keep theirs), composition (NFC), full case folding. Afterwards, word by
//! word, look-alikes of other scripts become the Latin letters they imitate. ASCII, emoji and the punctuation of phones,
//! which is nearly all of what people write, take shortcuts with the same result.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::folded::{Folded, Output, Run};
use super::lookalike::{
    JOINER, KEYCAP, SELECTOR, dressed_letter, is_emoji, is_emoji_start, is_invisible, is_latin, is_letter, is_regional,
    is_skin_tone, latin_twin, lower, may_be_tied, plain_cyrillic, plain_mark, styled,
};
use super::mask::has_byte;

/// Folds a text for matching.
#[must_use]
pub fn fold(text: &str) -> Folded {
    fold_in(text, Folded::default())
}

/// The same in memory that an earlier folding needs no more.
pub(crate) fn fold_in(text: &str, room: Folded) -> Folded {
    let Folded { text: mut folded, mut runs } = room;
    folded.clear();
    runs.clear();
    if moves_nothing(text) {
        folded.push_str(text);
        folded.make_ascii_lowercase();
        return Folded { text: folded, runs };
    }
    Folder::new(text, true, Folded { text: folded, runs }).run()
}

/// The same without case folding: for forms whose capitals carry meaning (AMIN is a pair, amin is a prayer).
#[must_use]
pub fn fold_keep_case(text: &str) -> String {
    if moves_nothing(text) {
        return text.to_owned();
    }
    Folder::new(text, false, Folded::default()).run().text
}

/// Apostrophes inside words vanish, so text that has one cannot take the shortcut, in which every byte keeps its place.
fn moves_nothing(text: &str) -> bool {
    !has_byte(text, |b| !b.is_ascii() | (b == b'\'') | (b == b'`'))
}

struct Folder<'a> {
    text: &'a str,
    fold_case: bool,
    out: Output,
    /// A letter with a Latin twin was seen: the look-alike pass has work.
    twins: bool,
}

impl<'a> Folder<'a> {
    fn new(text: &'a str, fold_case: bool, room: Folded) -> Self {
        // Some to spare: compatibility forms may be longer than what they stand for.
        Self { text, fold_case, out: Output::new(text.len() + 8, room), twins: false }
    }

    fn run(mut self) -> Folded {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        let mut mixed = 0;
        while at < bytes.len() {
            let stretch = at + ascii_len(bytes.get(at..).unwrap_or_default());
            if let Some(quick) = self.quick_end(stretch) {
                self.ascii(at, stretch);
                at = self.quick(stretch, quick);
                continue;
            }
            if let Some((key, end)) = self.capped(at, stretch) {
                self.ascii(at, stretch - 1);
                self.keycap(key, stretch - 1, end);
                at = end;
                continue;
            }
            // The last ASCII character may carry a mark. A boundary between two ASCII characters is always a cluster
            // boundary (CR LF apart, which folds the same).
            let stretch = if stretch == bytes.len() { stretch } else { stretch.saturating_sub(1).max(at) };
            self.ascii(at, stretch);
            // Looked for once, however often a shortcut leads on inside.
            if mixed <= stretch {
                mixed = mixed_stretch(bytes, stretch);
            }
            at = stretch;
            for cluster in self.text.get(stretch..mixed).unwrap_or_default().graphemes(true) {
                self.cluster(at, cluster);
                at += cluster.len();
                if self.quick_end(at).is_some() {
                    break;
                }
            }
        }
        let folded = self.out.finish();
        if self.twins { fold_twins(&folded) } else { folded }
    }

    fn ascii(&mut self, start: usize, end: usize) {
        if let Some(stretch) = self.text.get(start..end).filter(|s| !s.is_empty()) {
            self.out.push_ascii(stretch, start, self.fold_case);
        }
    }

    /// End of the cluster at `at` where it is an emoji, a flag, a punctuation mark, a plain Cyrillic letter or a styled
    /// character that nothing before or after joins.
    fn quick_end(&self, at: usize) -> Option<usize> {
        let mut chars = self.text.get(at..)?.chars();
        let c = chars.next()?;
        let mut end = at + c.len_utf8();
        let flag = is_regional(c);
        let letter = plain_cyrillic(c).is_some() || styled(c).is_some();
        let emoji = !flag && !letter && is_emoji_start(c) && !is_skin_tone(c);
        if flag {
            end += chars.next().filter(|c| is_regional(*c))?.len_utf8();
        } else if !letter && !emoji && plain_mark(c).is_none() {
            return None;
        }
        while let Some(next) = chars.next() {
            if emoji && (next == SELECTOR || is_skin_tone(next)) {
                end += next.len_utf8();
                continue;
            }
            if next == JOINER && may_be_tied(c) {
                let tied = chars.next().filter(|tied| may_be_tied(*tied))?;
                end += next.len_utf8() + tied.len_utf8();
                continue;
            }
            return stands_apart(next).then_some(end);
        }
        Some(end)
    }

    /// Takes the shortcut that [`Self::quick_end`] found; says where to go on.
    fn quick(&mut self, at: usize, end: usize) -> usize {
        if let Some(c) = self.text.get(at..).and_then(|text| text.chars().next()) {
            if plain_cyrillic(c).is_some() {
                self.cyrillic(c, at, end);
            } else if let Some(plain) = styled(c) {
                self.out.push(if self.fold_case { lower(plain) } else { plain }, at, end);
            } else if let Some(marks) = plain_mark(c) {
                marks.chars().for_each(|mark| self.out.push_known(mark, false, at, end));
            } else {
                let emoji = self.text.get(at..end).unwrap_or_default().chars();
                let shown = emoji.filter(|c| !is_skin_tone(*c) && *c != SELECTOR);
                shown.for_each(|c| self.out.push_known(c, false, at, end));
            }
        }
        end
    }

    /// The last character of a stretch of ASCII as a keycap, and the end of its cap, where nothing behind joins it.
    fn capped(&self, start: usize, stretch: usize) -> Option<(char, usize)> {
        let key = self.text.as_bytes().get(start..stretch)?.last().filter(|key| !key.is_ascii_control())?;
        let rest = self.text.get(stretch..)?;
        let rest = rest.strip_prefix(SELECTOR).unwrap_or(rest).strip_prefix(KEYCAP)?;
        let apart = rest.chars().next().is_none_or(stands_apart);
        apart.then_some((char::from(*key), self.text.len() - rest.len()))
    }

    fn keycap(&mut self, key: char, start: usize, end: usize) {
        self.out.push(if self.fold_case { lower(key) } else { key }, start, end);
        self.out.push_known(KEYCAP, false, start, end);
    }

    /// Folds one grapheme cluster.
    fn cluster(&mut self, start: usize, cluster: &str) {
        let end = start + cluster.len();
        let mut chars = cluster.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if is_invisible(c) => return,
            (Some(c), None) if c.is_ascii() => return self.ascii(start, end),
            (Some(c), None) if plain_cyrillic(c).is_some() => return self.cyrillic(c, start, end),
            _ => {}
        }
        if let Some(key) = keycap(cluster) {
            return self.keycap(key, start, end);
        }
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
                if latin_base && c != KEYCAP {
                    continue;
                }
            } else {
                latin_base = is_latin(c) || c.is_ascii();
            }
            kept.push(self.undress(c));
        }
        if self.fold_case {
            let folded: String = kept.chars().nfc().default_case_fold().collect();
            // Folding may leave a mark behind (İ) or another compatibility form; one more round settles it.
            for c in folded.nfkc().filter(|c| !(latin_base && is_combining_mark(*c) && *c != KEYCAP)) {
                self.push(c, start, end);
            }
        } else {
            for c in kept.nfc() {
                self.push(c, start, end);
            }
        }
    }

    /// What a character became. Whether it may be a look-alike shows only now.
    fn push(&mut self, c: char, start: usize, end: usize) {
        self.twins |= !c.is_ascii() && latin_twin(lower(c)).is_some();
        self.out.push(c, start, end);
    }

    /// A Cyrillic letter that no normalisation takes apart.
    fn cyrillic(&mut self, c: char, start: usize, end: usize) {
        self.twins = true;
        self.out.push_known(if self.fold_case { lower(c) } else { c }, true, start, end);
    }

    /// Emoji keep their sequence (flags, families) but lose variation selectors and skin tones.
    fn emoji(&mut self, start: usize, cluster: &str) {
        let end = start + cluster.len();
        let lone_indicator = cluster.chars().count() == 1;
        for c in cluster.chars() {
            let joiner = c == JOINER;
            if is_skin_tone(c) || (is_invisible(c) && !joiner) {
                continue;
            }
            let c = if lone_indicator { dressed_letter(c).unwrap_or(c) } else { c };
            self.out.push_known(c, !joiner && !is_emoji(c) && is_letter(c), start, end);
        }
    }

    fn undress(&self, c: char) -> char {
        match dressed_letter(c) {
            Some(letter) if !self.fold_case && (c.is_uppercase() || !c.is_lowercase()) => letter.to_ascii_uppercase(),
            Some(letter) => letter,
            None => c,
        }
    }
}

/// Whether nothing joins a character to what stands before it.
fn stands_apart(c: char) -> bool {
    c.is_ascii()
        || plain_cyrillic(c).is_some()
        || (is_emoji(c) && !is_skin_tone(c))
        || plain_mark(c).is_some()
        || styled(c).is_some()
}

/// The ASCII character that a cluster shows as a keycap.
fn keycap(cluster: &str) -> Option<char> {
    let capped = cluster.strip_suffix(KEYCAP)?;
    let mut chars = capped.strip_suffix(SELECTOR).unwrap_or(capped).chars();
    chars.next().filter(|key| key.is_ascii() && chars.next().is_none())
}

/// Turns look-alikes into Latin letters in words that mix them with Latin letters or have nothing else.
fn fold_twins(folded: &Folded) -> Folded {
    let text = folded.text.as_str();
    let mut out = Output::new(text.len(), Folded::default());
    // Characters come in order, so their runs do.
    let mut runs = folded.runs.iter().peekable();
    let mut run = Run { folded: 0, start: 0, end: 0 };
    let mut origin = move |at: usize, width: usize| {
        while let Some(next) = runs.next_if(|next| next.folded <= at) {
            run = *next;
        }
        let linear = run.start + (at - run.folded);
        if run.end == 0 { (linear, linear + width) } else { (run.start, run.end) }
    };
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let len = rest.find(|c: char| !(is_letter(c) || c.is_numeric())).unwrap_or(rest.len());
        let len = if len == 0 { rest.chars().next().map_or(1, char::len_utf8) } else { len };
        let word = rest.get(..len).unwrap_or_default();
        let has_latin = word.chars().any(is_latin);
        let all_twins = word.chars().all(|c| latin_twin(lower(c)).is_some() || !is_letter(c));
        for (i, c) in word.char_indices() {
            let (start, end) = origin(at + i, c.len_utf8());
            let twin = latin_twin(lower(c)).filter(|_| has_latin || all_twins);
            let twin = twin.map(|twin| if c.is_uppercase() { twin.to_ascii_uppercase() } else { twin });
            // Apostrophes inside words have gone already.
            out.put(twin.unwrap_or(c), start, end);
        }
        at += len;
    }
    out.finish()
}

/// How many of the first bytes are ASCII.
fn ascii_len(bytes: &[u8]) -> usize {
    // Between characters of other scripts there is hardly any.
    let near = bytes.iter().take(4).take_while(|b| b.is_ascii()).count();
    if near < 4 {
        return near;
    }
    let (chunks, _) = bytes.as_chunks::<32>();
    let whole = 32 * chunks.iter().take_while(|chunk| chunk.is_ascii()).count();
    whole + bytes.iter().skip(whole).take_while(|b| b.is_ascii()).count()
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
    use super::super::lookalike::is_alphanumeric;
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
    fn how_a_word_folds_does_not_depend_on_others() {
        // Look-alikes beyond the scripts that are full of them, some only after case folding.
        assert_eq!(folded("prɑbowo Ɡanjar prabᲂwo"), "prabowo ganjar prabowo");
        let letters = ('\u{80}'..'\u{3000}').chain('\u{A000}'..'\u{AC00}').chain('\u{1D400}'..'\u{1D800}');
        for c in letters.filter(|c| c.is_alphabetic()) {
            let word = format!("p{c}n");
            assert_eq!(folded(&format!("{word} да")), format!("{} да", folded(&word)), "{c:?}");
        }
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

    #[test]
    fn emoji_are_no_letters() {
        let emoji = (0..=0x10_FFFF).filter_map(char::from_u32).filter(|c| is_emoji_start(*c));
        assert!(emoji.chain(['\u{2018}', '\u{2026}', '\u{B7}']).all(|c| !c.is_alphabetic()));
    }

    #[test]
    fn shortcuts_fold_like_the_long_way() {
        for c in (char::MIN..=char::MAX).filter(|c| plain_cyrillic(*c).is_some()) {
            let long: String = c.to_string().nfkd().nfc().default_case_fold().nfkc().collect();
            assert!(c.is_alphabetic() && !is_combining_mark(c));
            assert_eq!(plain_cyrillic(c).map(String::from), Some(long));
        }
        for (c, plain) in (char::MIN..=char::MAX).filter_map(|c| Some((c, styled(c)?))) {
            let long: String = c.to_string().nfkd().nfc().default_case_fold().nfkc().collect();
            assert!(dressed_letter(c).is_none() && c.nfkd().eq([plain]));
            assert_eq!(long, lower(plain).to_string());
        }
        for c in char::MIN..=char::MAX {
            assert_eq!((is_letter(c), Some(lower(c))), (c.is_alphabetic(), c.to_lowercase().next()), "{c:?}");
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
        }
        for c in (char::MIN..=char::MAX).filter(|c| may_be_tied(*c)) {
            assert!(is_emoji_start(c) && !is_skin_tone(c));
            assert_eq!(format!("{c}{JOINER}{c}\u{1F3FD}{JOINER}{c}").graphemes(true).count(), 1, "{c:?}");
        }
        for c in ['\u{2018}', '\u{201D}', '\u{2013}', '\u{2026}', '\u{00A0}', '\u{00AB}', '\u{00B7}', '\u{2022}'] {
            let long: String = c.to_string().nfkd().nfc().default_case_fold().nfkc().collect();
            assert_eq!(plain_mark(c), Some(long.as_str()));
        }
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
        fn shortcuts_lead_where_clusters_lead(
            text in "[aZ2# '\u{301}\u{200B}\u{200D}\u{FE0F}\u{20E3}✌👨\u{1F3FD}🇮🇩❤←’…йаАक\u{600}𝐆\u{85}]{0,24}",
        ) {
            let mut folder = Folder::new(&text, true, Folded::default());
            text.grapheme_indices(true).for_each(|(at, cluster)| folder.cluster(at, cluster));
            let long = folder.out.finish();
            let long = if folder.twins { fold_twins(&long) } else { long };
            let short = fold(&text);
            prop_assert_eq!(&short.text, &long.text);
            for (at, c) in long.text.char_indices() {
                let end = at + c.len_utf8();
                prop_assert_eq!(short.original(at, end), long.original(at, end), "{:?} in {:?}", c, text);
            }
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
