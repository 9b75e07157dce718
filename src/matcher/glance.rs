//! A glance at a text: may anybody be named in it at all? Most posts end here, before they are cut into tokens.
//!
//! The answer is never a wrong no. Whatever is not surely dull (a tag never seen, letters of another script, letters
//! spelt apart) is a yes, and the full search decides.

use super::engine::Engine;
use super::read::{Step, read_word};
use super::room::{Hint, Memo};
use super::trie::Places;
use crate::text::{Haystack, Shape, WordKey, address_len};

/// Whether the full search could find a name, a number or a sign in a running text.
pub(super) fn may_name(engine: &Engine, haystack: &Haystack<'_>, memo: &mut Memo, room: &mut Vec<Step>) -> bool {
    let text = haystack.folded();
    let mut glance = Glance { engine, haystack, text, memo, room, last: Last::default() };
    let mut skip = 0;
    for start in haystack.starts() {
        if start < skip {
            continue;
        }
        skip = match glance.look(start) {
            Some(end) => end,
            None => return true,
        };
    }
    engine.patterns.may_name(text, haystack.any_digit())
}

/// The word before.
#[derive(Clone, Copy, Default)]
struct Last {
    start: usize,
    end: usize,
    hint: Hint,
    /// Words of one letter in a row.
    singles: u8,
}

struct Glance<'a> {
    engine: &'a Engine,
    haystack: &'a Haystack<'a>,
    text: &'a str,
    memo: &'a mut Memo,
    /// For readings that are not wanted yet.
    room: &'a mut Vec<Step>,
    last: Last,
}

impl Glance<'_> {
    /// Where to go on; nothing where a name may stand.
    #[inline]
    fn look(&mut self, start: usize) -> Option<usize> {
        let len = self.haystack.word_len(start);
        if len == 0 {
            return self.odd(start);
        }
        let bytes = self.text.as_bytes();
        let end = start + len;
        if bytes.get(end).is_some_and(|stop| *stop != b' ')
            && let Some(skip) = self.ends_oddly(start, end)?
        {
            return Some(skip);
        }
        let hint = self.hint(start, end)?;
        let last = std::mem::take(&mut self.last);
        let apart = start == last.end + 1 && bytes.get(last.end) == Some(&b' ');
        let joined = !apart && last.end > 0 && self.is_joined(last.end, start);
        let singles = if len == 1 { last.singles + 1 } else { 0 };
        if hint.glued
            || hint.places.has(Places::ALONE)
            || (last.hint.places.has(Places::FIRST) && hint.places.has(Places::LATER))
            || singles >= 3
            || (joined && self.engine.spells_name(self.text, last.start, start, end))
        {
            return None;
        }
        // Joined words count from the first of them.
        self.last = Last { start: if joined { last.start } else { start }, end, hint, singles };
        Some(end)
    }

    /// A word that no space ends: nothing where it may be a name in disguise, else where an address ends that it opens.
    #[expect(clippy::option_option, reason = "the outer one says that a name may stand here")]
    fn ends_oddly(&mut self, start: usize, end: usize) -> Option<Option<usize>> {
        let bytes = self.text.as_bytes();
        let (stop, next) = (bytes.get(end).copied()?, bytes.get(end + 1).copied().unwrap_or(b' '));
        let word = self.text.get(start..end).unwrap_or_default();
        match stop {
            // `pr@bowo`.
            b'@' | b'$' if !next.is_ascii_whitespace() => None,
            b':' if matches!(word, "http" | "https") && self.text.get(end..).is_some_and(|t| t.starts_with("://")) => {
                Some(Some(self.address(start)))
            }
            b'.' if word == "www" => Some(Some(self.address(start))),
            // A star may hide a letter.
            b'*' if next.is_ascii_alphanumeric() => None,
            // A mark that the last letter carries, a keycap.
            _ if !stop.is_ascii() && self.haystack.joins_word(end) => None,
            _ => Some(None),
        }
    }

    /// What the word is good for; nothing where that can't be told here.
    #[inline]
    fn hint(&mut self, start: usize, end: usize) -> Option<Hint> {
        let key = WordKey::of(self.text, start, end);
        match key.and_then(|key| self.memo.hint(key)) {
            Some(hint) => Some(hint),
            None => self.new_hint(start, end, key),
        }
    }

    #[cold]
    fn new_hint(&mut self, start: usize, end: usize, key: Option<WordKey>) -> Option<Hint> {
        let word = self.text.get(start..end)?;
        let shape = Shape::of_run(self.haystack.word_run(start)?);
        self.room.clear();
        Some(read_word(self.engine, 0, (word, shape), key, self.memo, self.room))
    }

    /// Whether nothing but punctuation stands between two words.
    fn is_joined(&self, end: usize, start: usize) -> bool {
        let between = self.text.as_bytes().get(end..start).unwrap_or_default();
        between.iter().all(u8::is_ascii_punctuation)
    }

    /// Addresses are never matched.
    fn address(&mut self, start: usize) -> usize {
        self.last = Last::default();
        start + address_len(self.text.get(start..).unwrap_or_default())
    }

    fn odd(&mut self, start: usize) -> Option<usize> {
        let haystack = self.haystack;
        self.last = Last::default();
        let c = self.text.get(start..)?.chars().next()?;
        let after = start + c.len_utf8();
        match c {
            '#' | '@' => {
                let Some(end) = haystack.tag_end(start) else { return Some(after) };
                let tag = self.text.get(start..end)?;
                let dull = match c {
                    '#' => self.memo.is_dull(haystack.surface((start, end))),
                    _ => self.engine.is_dull_handle(tag),
                };
                dull.then_some(end)
            }
            _ if c.is_alphanumeric() || haystack.joins_word(start) => None,
            _ if self.engine.may_begin_with(c) => None,
            _ => Some(after),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use proptest::prelude::*;

    use crate::keyword::KeywordSet;
    use crate::matcher::Matcher;
    use crate::matcher::field::fields;
    use crate::matcher::find::{find, find_all};
    use crate::matcher::room::Room;
    use crate::model::Activity;

    fn matcher() -> &'static Matcher {
        static MATCHER: OnceLock<Matcher> = OnceLock::new();
        MATCHER.get_or_init(|| {
            let sets = ["pilpres-2024", "pilkada-sragen-2024"].map(|id| Arc::new(KeywordSet::builtin(id).unwrap()));
            Matcher::build_undated(sets.to_vec()).unwrap()
        })
    }

    /// What the full search finds, the quick one finds, too; where it names nobody, the quick one says nothing.
    fn assert_no_wrong_no(activity: &Activity) {
        for engine in &matcher().engines {
            let (mut quick, mut full) = (Room::default(), Room::default());
            let fields = fields(activity, &mut Room::default());
            find_all(engine, &fields, &mut full);
            // Twice: the second time from memory.
            for _ in 0..2 {
                find(engine, &fields, &mut quick);
                let view = |room: &Room| room.found.iter().map(|o| (o.entry, o.span, o.twist)).collect::<Vec<_>>();
                let named = full.found.iter().any(|o| engine.names(o));
                assert_eq!(view(&quick), if named { view(&full) } else { Vec::new() }, "{:?}", activity.text);
            }
        }
    }

    const PIECES: [&str; 40] = [
        "Prabowo",
        "prab",
        "owo",
        "G\u{200B}anjar",
        "𝐀𝐧𝐢𝐞𝐬",
        "#Pilih02",
        "#AMINAja",
        "P R A B",
        "✌🏽",
        "coblos",
        " ",
        " ",
        " ",
        "-",
        ".",
        "*",
        "\n",
        "Sigit",
        "Pamungkas",
        "Pamunkas",
        "@prabowo",
        "@sahabatganjar",
        "АМIN",
        "dukung",
        "jangan",
        "02",
        "2\u{FE0F}\u{20E3}",
        "nomor",
        "paslon",
        "e\u{301}",
        "mendingprabowo",
        "https://x.example/prabowo",
        "'",
        "pr@bowo",
        "lah",
        "no.",
        "1 dan 2",
        "PKB",
        "\u{1F91F}",
        "www.",
    ];

    proptest! {
        #[test]
        fn a_glance_never_says_no_wrongly(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..16)) {
            assert_no_wrong_no(&Activity { text: pieces.concat(), ..Activity::default() });
        }

        #[test]
        fn also_in_any_text(text in any::<String>()) {
            assert_no_wrong_no(&Activity { text, ..Activity::default() });
        }
    }

    #[test]
    fn also_in_real_posts() {
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
        let folder = std::env::var_os("NETRAL_SHARED").map_or(beside, Into::into).join("corpora/jsonl");
        for file in ["satria_pilpres_2024.jsonl", "youtube_debat_capres_2024.jsonl"] {
            // Real posts are not part of the project: without them there is nothing to check.
            let Ok(rows) = std::fs::read(folder.join(file)) else { return };
            for line in rows.split(|b| *b == b'\n').filter(|line| !line.is_empty()).step_by(5) {
                assert_no_wrong_no(&Activity::from_json_line(line).unwrap());
            }
        }
    }
}
