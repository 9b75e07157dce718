//! Other spellings under which a token may be known: leet digits, stretched letters, doubling, affixes.
//!
//! Variants are looked up beside the token itself; text is never rewritten. Each carries a [`Twist`], so that a reviewer
//! can be told how the word was recognised.

use super::token::Shape;

/// How a variant differs from what stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Twist {
    /// Not at all.
    Plain,
    /// A clitic or affix was taken off: `Prabowolah`, `se-Ganjar`.
    Affix,
    /// A doubling mark was taken off: `anies2`.
    Doubled,
    /// Stretched letters were let go: `Prabowoooo`.
    Stretched,
    /// Digits or signs were read as letters: `Pr4bowo`.
    Leet,
    /// Letters spaced or dotted apart were joined: `P R A B O W O`, `G-anjar`.
    Spaced,
    /// One letter differs, or vowels were left out: `Probowo`, `prbwo`.
    Misspelt,
    /// Found inside a hashtag, a handle or a word without spaces.
    Inside,
}

/// Clitics and suffixes that people hang on names, longest first.
const SUFFIXES: [&str; 11] = ["isme", "nya", "lah", "kah", "pun", "ist", "ers", "kan", "er", "ku", "mu"];
/// The last letters of those: most words end otherwise and need no further look.
const SUFFIX_ENDS: &[u8] = b"eahntsru";
/// Prefixes that make a name a verb or an adjective. `di` stands only with a suffix: *diganjar* is an ordinary word.
const PREFIXES: [&str; 3] = ["nge", "ng", "se"];
/// Shorter stems say too little to stand alone.
const MIN_STEM: usize = 4;
/// Variants of one token are bounded, so that a token of a thousand ones costs no more than another.
const MAX_LEET: usize = 16;
/// A name is not longer; longer tokens are handled as glued words.
const MAX_LEN: usize = 40;

/// Calls `visit` with every variant of a folded word except the word itself, until it returns `true`.
pub fn for_each_variant(word: &str, shape: Shape, visit: &mut impl FnMut(&str, Twist) -> bool) -> bool {
    if word.len() > 4 * MAX_LEN || !shape.letters {
        return false;
    }
    if affixes(word, Twist::Affix, visit) {
        return true;
    }
    if shape.digits && (doubled(word, visit) || leet(word, visit)) {
        return true;
    }
    (shape.stretched || ends_doubled(word)) && stretched(word, shape, visit)
}

/// The word without one clitic and without one prefix.
fn affixes(word: &str, twist: Twist, visit: &mut impl FnMut(&str, Twist) -> bool) -> bool {
    let bytes = word.as_bytes();
    if bytes.last().is_some_and(|last| SUFFIX_ENDS.contains(last)) {
        for suffix in SUFFIXES {
            if let Some(stem) = word.strip_suffix(suffix)
                && stem.len() >= MIN_STEM
                && visit(stem, twist)
            {
                return true;
            }
        }
    }
    if matches!(bytes, [b'n', b'g', ..] | [b's', b'e', ..]) {
        for prefix in PREFIXES {
            if let Some(stem) = word.strip_prefix(prefix)
                && stem.len() > MIN_STEM
                && visit(stem, twist)
            {
                return true;
            }
        }
    }
    false
}

/// What `di-…-kan` was put around: `diprabowokan`. Of names only; around other words it makes a passive.
#[must_use]
pub fn passive_stem(word: &str) -> Option<&str> {
    word.strip_prefix("di")?.strip_suffix("kan").filter(|stem| stem.len() > MIN_STEM)
}

/// `anies2`, `Prabowo²`, `anies2an`: the 2 says "again", as in `orang2`.
fn doubled(word: &str, visit: &mut impl FnMut(&str, Twist) -> bool) -> bool {
    let stem = word.strip_suffix('2').or_else(|| word.strip_suffix("2an")).or_else(|| word.strip_suffix("2nya"));
    stem.is_some_and(|stem| {
        stem.len() >= MIN_STEM && stem.bytes().all(|b| b.is_ascii_alphabetic()) && visit(stem, Twist::Doubled)
    })
}

/// Letters that a digit or sign may stand for.
fn letters_for(c: char) -> &'static [char] {
    match c {
        '0' => &['o'],
        '1' => &['i', 'l'],
        '3' => &['e'],
        '4' | '@' => &['a'],
        '5' | '$' => &['s'],
        '6' => &['g', 'b'],
        '7' => &['t'],
        '8' => &['b'],
        '9' => &['g'],
        _ => &[],
    }
}

/// Only tokens that mix letters and digits come here; all digits are read as letters at once.
fn leet(word: &str, visit: &mut impl FnMut(&str, Twist) -> bool) -> bool {
    // A digit that stands for no letter (most do in telephone numbers and `orang2`) ends it before anything is written.
    if word.chars().any(|c| !c.is_alphabetic() && letters_for(c).is_empty()) {
        return false;
    }
    // Every way to read the digits has a number: the first digit's choice counts by ones.
    let mut read = String::with_capacity(word.len());
    let (mut number, mut ways) = (0, 1);
    while number < ways {
        read.clear();
        ways = 1;
        for c in word.chars() {
            let letters = if c.is_alphabetic() { &[c][..] } else { letters_for(c) };
            let letters = if ways * letters.len() > MAX_LEET { &letters[..1] } else { letters };
            read.extend(letters.get(number / ways % letters.len()));
            ways *= letters.len();
        }
        let known = visit(&read, Twist::Leet)
            || affixes(&read, Twist::Leet, visit)
            || (has_run(&read) && squeeze(&read, visit));
        if known {
            return true;
        }
        number += 1;
    }
    false
}

/// `aniess`, `jokowii`: only the last letter of a longer word may stand twice. PSSI and aamiin are too short or elsewhere.
fn ends_doubled(word: &str) -> bool {
    // Of characters beyond ASCII the last bytes differ: a name never ends on one of them twice.
    matches!(word.as_bytes(), [_, _, _, .., a, b] if a == b && a.is_ascii())
}

fn has_run(word: &str) -> bool {
    let mut previous = '\0';
    let mut run = 0;
    word.chars().any(|c| {
        run = if c == previous { run + 1 } else { 1 };
        previous = c;
        run >= 3
    })
}

fn stretched(word: &str, shape: Shape, visit: &mut impl FnMut(&str, Twist) -> bool) -> bool {
    if shape.stretched {
        return squeeze(word, visit);
    }
    let mut chars = word.chars();
    chars.next_back();
    visit(chars.as_str(), Twist::Stretched)
}

/// Runs of three letters and more become one letter, then two (names with a double letter exist), then every run becomes
/// one: who leans on one key leans on the next (`Danuurrr`).
fn squeeze(word: &str, visit: &mut impl FnMut(&str, Twist) -> bool) -> bool {
    for (shortest, keep) in [(3, 1), (3, 2), (2, 1)] {
        let mut squeezed = String::with_capacity(word.len());
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            let mut run = 1;
            while chars.next_if_eq(&c).is_some() {
                run += 1;
            }
            for _ in 0..if run >= shortest { keep } else { run } {
                squeezed.push(c);
            }
        }
        // Below four letters an acronym is left: `psiiii` may be anything.
        if squeezed.len() >= MIN_STEM
            && (visit(&squeezed, Twist::Stretched) || affixes(&squeezed, Twist::Stretched, visit))
        {
            return true;
        }
        if (shortest, keep) == (3, 1)
            && ends_doubled(&squeezed)
            && visit(squeezed.get(..squeezed.len() - 1).unwrap_or_default(), Twist::Stretched)
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Haystack;

    fn found(text: &str, wanted: &str) -> Option<Twist> {
        let haystack = Haystack::new(text);
        let token = haystack.tokens()[0];
        let mut how = None;
        for_each_variant(haystack.word(&token), Shape::of(haystack.word(&token)), &mut |word, twist| {
            if word == wanted {
                how = Some(twist);
            }
            how.is_some()
        });
        how
    }

    #[test]
    fn everyday_writing_leads_to_the_name() {
        assert_eq!(found("Prabowolah", "prabowo"), Some(Twist::Affix));
        assert_eq!(found("ngAnies", "anies"), Some(Twist::Affix));
        assert_eq!(found("segibran", "gibran"), Some(Twist::Affix));
        assert_eq!(found("anies2", "anies"), Some(Twist::Doubled));
        assert_eq!(found("Prabowo²", "prabowo"), Some(Twist::Doubled));
        assert_eq!(found("Prabowoooo", "prabowo"), Some(Twist::Stretched));
        assert_eq!(found("Danuurrr", "danur"), Some(Twist::Stretched));
        assert_eq!(found("jokowii", "jokowi"), Some(Twist::Stretched));
        assert_eq!(found("W1rabum1", "wirabumi"), Some(Twist::Leet));
        assert_eq!(found("pr@b0w0", "prabowo"), Some(Twist::Leet));
    }

    #[test]
    fn a_passive_around_a_name_is_taken_off() {
        assert_eq!(passive_stem("diprabowokan"), Some("prabowo"));
        assert_eq!(passive_stem("diganjar"), None);
    }

    #[test]
    fn acronyms_and_ordinary_words_stay_what_they_are() {
        assert_eq!(found("PSSI", "psi"), None);
        assert_eq!(found("aamiin", "amin"), None);
        assert_eq!(found("diganjar", "ganjar"), None);
        assert_eq!(found("ganjaran", "ganjar"), None);
        assert_eq!(found("1234", "izea"), None);
    }

    #[test]
    fn a_hostile_token_has_few_variants() {
        let word = "1a".repeat(40);
        let shape = Shape { chars: 80, letters: true, digits: true, ..Shape::default() };
        let mut count = 0;
        for_each_variant(&word, shape, &mut |_, _| {
            count += 1;
            false
        });
        assert!(count <= 400, "{count}");
    }
}
