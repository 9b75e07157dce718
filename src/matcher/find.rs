//! Where keywords occur in a field: its tokens are read, the readings walk the trie, patterns run over its text.

use std::ops::Range;

use super::account::{account_id, handle};
use super::engine::Engine;
use super::field::{Field, Reading};
use super::hint::Hint;
use super::patterns::{Groups, Opened, Patterns};
use super::read::read;
use super::reading::{Readings, Step, Steps};
use super::room::{Desk, Memo};
use super::walk::Walker;
use crate::text::{Haystack, Shape, Token, TokenKind, Twist, fold};

/// One keyword at one place, before it is known whether it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence {
    /// Index of the engine's entry.
    pub entry: u32,
    /// Index of the field.
    pub field: usize,
    /// First and last token it covers.
    pub tokens: (usize, usize),
    /// Bytes of the original field.
    pub span: (usize, usize),
    /// How the writing differed from the form.
    pub twist: Twist,
    /// An acronym among words that are all in capitals, so that its own capitals say nothing.
    pub shouted: bool,
    /// It stands for an exception of the keyword, not for the keyword.
    pub except: bool,
    /// It is (in) a handle: the author speaks to that account.
    pub addressed: bool,
    /// It is (in) a hashtag: that speaks of the whole text, not of the words around it.
    pub in_tag: bool,
}

/// Occurrences of one field are bounded before they are counted, so that a hostile post stays cheap.
pub(super) const MAX_OCCURRENCES: usize = 20_000;

/// How a field was read.
#[derive(Clone, Debug)]
pub(super) struct ReadField {
    /// Its readings, and those for which there was no room among them.
    pub readings: Range<usize>,
    pub further: Range<usize>,
    /// What all of it is good for.
    pub seen: Hint,
}

impl ReadField {
    fn steps<'a>(&self, readings: &'a [Readings], further: &'a [Step]) -> Steps<'a> {
        Steps {
            readings: readings.get(self.readings.clone()).unwrap_or_default(),
            further: further.get(self.further.clone()).unwrap_or_default(),
        }
    }
}

/// Every occurrence of the engine's keywords in the fields, on the desk; nothing where none names somebody or something.
pub(super) fn find(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, desk: &mut Desk) {
    read_all(engine, fields, memo, desk);
    // Cues and exceptions matter only where somebody or something is named: most posts end here.
    let mut each = fields.iter().enumerate();
    if each.any(|(index, field)| names_somebody(engine, index, field, desk)) {
        search(engine, fields, desk);
        // A place is not looked at for ever: who was found among names alone may be lost among everything.
        if !desk.found.iter().any(|o| engine.names(o)) {
            desk.found.clear();
        }
    } else {
        desk.found.clear();
    }
}

/// The same, cues and exceptions also where nobody is named: for checking examples.
pub(super) fn find_all(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, desk: &mut Desk) {
    read_all(engine, fields, memo, desk);
    search(engine, fields, desk);
}

/// Looks up what the fields consist of.
pub(super) fn read_all(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, desk: &mut Desk) {
    for (index, field) in fields.iter().enumerate() {
        let (first, further, before) = (desk.readings.len(), desk.further.len(), desk.found.len());
        let mut seen = Hint::default();
        match field.reading {
            Reading::Id => account_id(engine, index, field, &mut desk.found),
            Reading::Handle => {
                let written = field.haystack.original();
                let folded = fold(written.trim().trim_start_matches('@')).text;
                handle(engine, index, field, &folded, (0, written.len()), 0, &mut desk.found);
            }
            Reading::Text | Reading::Tag => {}
        }
        if desk.found.iter().skip(before).any(|o| engine.names(o)) {
            seen |= Hint::NAMES;
        }
        if field.reading != Reading::Id {
            seen |= read(engine, index, field, memo, desk);
        }
        let (readings, further) = (first..desk.readings.len(), further..desk.further.len());
        desk.read.push(ReadField { readings, further, seen });
    }
}

/// Whether a name, a number or a sign stands in a field.
pub(super) fn names_somebody(engine: &Engine, index: usize, field: &Field<'_>, desk: &mut Desk) -> bool {
    let Desk { read, readings, further, found, .. } = desk;
    let Some(read) = read.get(index) else { return false };
    if read.seen.has(Hint::NAMES) {
        return true;
    }
    let before = found.len();
    if read.seen.has(Hint::ALONE | Hint::FIRST) {
        Walker::new(engine, index, field, read.steps(readings, further), found).walk_to_name();
    }
    if found.len() == before {
        patterns(engine, (index, field), read, readings, found, Patterns::names);
    }
    let named = found.len() > before;
    found.truncate(before);
    named
}

fn search(engine: &Engine, fields: &[Field<'_>], desk: &mut Desk) {
    let Desk { read, readings, further, found, .. } = desk;
    let texts = || fields.iter().zip(read.iter()).enumerate().filter(|(_, (field, _))| field.reading != Reading::Id);
    for (index, (field, read)) in texts() {
        Walker::new(engine, index, field, read.steps(readings, further), found).walk();
        patterns(engine, (index, field), read, readings, found, Patterns::names);
    }
    for (index, (field, read)) in texts() {
        patterns(engine, (index, field), read, readings, found, Patterns::others);
    }
}

/// Regular expressions over the folded text of a field; `which` are those of names or the others.
fn patterns(
    engine: &Engine,
    (index, field): (usize, &Field<'_>),
    read: &ReadField,
    readings: &[Readings],
    found: &mut Vec<Occurrence>,
    which: fn(&Patterns) -> &Groups,
) {
    let haystack = &field.haystack;
    let words = || haystack.tokens().iter().zip(readings.iter().skip(read.readings.start));
    let opened = Opened {
        text: haystack.folded(),
        seen: read.seen,
        each_word: &|hint, visit| {
            words().filter(|(_, readings)| readings.hint.has(hint)).for_each(|(token, _)| visit(token.span()));
        },
        has_digits: &|| has_digits(haystack),
    };
    which(&engine.patterns).find(&engine.patterns.openers, &opened, &mut |start, end, entry| {
        let first = haystack.token_at(start);
        let last = haystack.token_at(end - 1).max(first);
        found.push(Occurrence {
            entry,
            field: index,
            tokens: (first, last),
            span: haystack.original_span((start, end)),
            twist: Twist::Plain,
            shouted: false,
            except: false,
            addressed: false,
            in_tag: false,
        });
        found.len() < MAX_OCCURRENCES
    });
}

/// Whether a number, or a word with a digit in it, stands in a text.
fn has_digits(haystack: &Haystack<'_>) -> bool {
    // Digits in handles and addresses say nothing.
    let says = |token: &Token| {
        !matches!(token.kind, TokenKind::Handle | TokenKind::Address) && Shape::has_digits(haystack.word(token))
    };
    let tokens = haystack.tokens();
    haystack.any_digit() && (tokens.iter().any(|token| token.kind == TokenKind::Number) || tokens.iter().any(says))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use proptest::prelude::*;

    use super::*;
    use crate::keyword::{KeywordSet, Library};
    use crate::matcher::Matcher;
    use crate::matcher::field::fields;
    use crate::matcher::glance::is_silent;
    use crate::matcher::room::Room;
    use crate::model::Activity;

    fn matcher() -> &'static Matcher {
        static MATCHER: OnceLock<Matcher> = OnceLock::new();
        MATCHER.get_or_init(|| {
            let sets = ["pilpres-2024", "pilkada-sragen-2024"].map(|id| Arc::new(KeywordSet::builtin(id).unwrap()));
            Matcher::build_undated(sets.to_vec()).unwrap()
        })
    }

    /// What the full search finds, the one that stops where nobody is named finds, too, also from memory; where nobody is
    /// named, it says nothing.
    fn assert_nothing_missed(activity: &Activity) {
        // At first some chunks are new, then all are remembered.
        let silent = [(); 2].map(|()| {
            let silent = |engine: &Engine| Room::lend(|room| is_silent(engine, activity, room));
            matcher().engines.iter().map(silent).collect::<Vec<_>>()
        });
        let view = |desk: &Desk| desk.found.iter().map(|o| (o.entry, o.span, o.twist)).collect::<Vec<_>>();
        Room::lend(|room| {
            let fields = fields(activity, room);
            for (at, engine) in matcher().engines.iter().enumerate() {
                let (memo, desk) = room.sit_down(engine.serial);
                find_all(engine, &fields, memo, desk);
                let named = desk.found.iter().any(|o| engine.names(o));
                assert!(!named || !silent.iter().any(|silent| silent[at]), "{:?}", activity.text);
                let full = if named { view(desk) } else { Vec::new() };
                // By now all words are remembered.
                let (memo, desk) = room.sit_down(engine.serial);
                find(engine, &fields, memo, desk);
                assert_eq!(view(desk), full, "{:?}", activity.text);
            }
        });
    }

    const PIECES: [&str; 56] = [
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
        "prɑbowo",
        "да",
        "\t",
        "\r\n",
        "\u{A0}",
        "\u{301}",
        "\u{600}",
        "\u{200D}",
        "P*abowo",
        "P.",
        "R -",
        "A",
        "Prabowo\nSubianto",
        "Subianto",
        " - ",
        "é",
    ];

    proptest! {
        #[test]
        fn nobody_is_missed(pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..16)) {
            assert_nothing_missed(&Activity { text: pieces.concat(), ..Activity::default() });
        }

        #[test]
        fn also_in_any_text(text in any::<String>()) {
            assert_nothing_missed(&Activity { text, ..Activity::default() });
        }
    }

    /// A set with one keyword.
    fn made_up(keyword: &str) -> Matcher {
        let head = r#"
            [set]
            id = "uji"
            title = "Pemilihan contoh"
            circular = "skb-2022"
            valid_from = 2029-01-01
            valid_to = 2029-12-31
            [[side]]
            id = "paslon-1"
            title = "Pasangan 1"
            [[keyword]]
            id = "uji"
            side = "paslon-1"
        "#;
        let set = Library::builtin().close("uji.toml".to_owned(), format!("{head}{keyword}")).unwrap();
        Matcher::build_undated(vec![Arc::new(set)]).unwrap()
    }

    #[test]
    fn a_handle_seen_on_another_platform_is_no_less_an_account_on_its_own() {
        let matcher = made_up("kind = 'account'\naccounts = [{ platform = 'x', handle = '@sobatwirabumi' }]");
        let hits = ["bluesky", "x", "bluesky"].map(|platform| {
            let (text, platform) = ("halo @sobatwirabumi".to_owned(), Some(platform.to_owned()));
            matcher.find(&Activity { text, platform, ..Activity::default() }).len()
        });
        assert_eq!(hits, [0, 1, 0]);
    }

    #[test]
    fn a_pattern_that_begins_with_a_space_is_tried_behind_every_one() {
        let matcher = made_up("kind = 'number'\nstrength = 'strong'\npatterns = [' 02']");
        let hits = ["pilih 02", "pilih"]
            .map(|text| matcher.find(&Activity { text: text.to_owned(), ..Activity::default() }).len());
        assert_eq!(hits, [1, 0]);
    }

    #[test]
    fn also_in_real_posts() {
        let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
        let folder = std::env::var_os("NETRAL_SHARED").map_or(beside, Into::into).join("corpora/jsonl");
        for file in ["satria_pilpres_2024.jsonl", "youtube_debat_capres_2024.jsonl"] {
            // Real posts are not part of the project: without them there is nothing to check.
            let Ok(rows) = std::fs::read(folder.join(file)) else { return };
            for line in rows.split(|b| *b == b'\n').filter(|line| !line.is_empty()).step_by(5) {
                assert_nothing_missed(&Activity::from_json_line(line).unwrap());
            }
        }
    }
}
