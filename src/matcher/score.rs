//! What each finding is worth, in hundredths, and in words.
//!
//! The weights are the same for every side and every set; what they weigh stands in the keyword files.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::context::{CueUse, Spoken, quotation_marks, quoted};
use super::engine::{Engine, Entry};
use super::field::{Field, Reading};
use super::find::Occurrence;
use super::reason::quote;
use crate::model::{Activity, Kind, Part, Score, Stance};
use crate::text::{Token, TokenKind, Twist, is_alphanumeric};

/// Why a sum above 1 is cut.
pub(super) const CAPPED_ABOVE: &str = "dibatasi paling tinggi 1";

/// Parts of a score while they are collected.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub parts: Vec<Part>,
    pub counter: Vec<String>,
}

impl Parts {
    pub fn add(&mut self, why: impl Into<Cow<'static, str>>, add: i16) {
        if add != 0 {
            self.parts.push(Part { why: why.into(), add: Score(add) });
        }
    }

    pub fn sum(&self) -> i16 {
        self.parts.iter().map(|part| part.add.0).fold(0, i16::saturating_add)
    }

    /// The sum within 0 and 1; where it lies outside, a part of its own says so.
    pub fn cap(&mut self) -> Score {
        let sum = self.sum();
        let capped = sum.clamp(0, 100);
        if sum > 100 {
            self.add(CAPPED_ABOVE, 100 - sum);
        } else if sum < 0 {
            self.add("dibatasi paling rendah 0", -sum);
        }
        Score(capped)
    }
}

/// A kind in the words of a reviewer.
pub(super) fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Candidate => "nama calon",
        Kind::Party => "nama partai",
        Kind::Symbol => "lambang atau atribut",
        Kind::Hashtag => "tagar kampanye",
        Kind::Slogan => "slogan kampanye",
        Kind::Account => "akun kampanye",
        Kind::Gesture => "salam jari",
        Kind::Number => "nomor urut",
        Kind::Cue => "isyarat",
        Kind::Allow => "pengecualian",
    }
}

/// Worth of one name, number or sign standing alone.
fn worth(fields: &[Field<'_>], o: &Occurrence, entry: &Entry) -> i16 {
    if makes_tag(fields, o, entry) {
        return 50;
    }
    let strong = entry.strong && o.twist != Twist::Misspelt;
    match entry.kind {
        Kind::Hashtag | Kind::Slogan if strong => 50,
        Kind::Candidate if strong && entry.stance.is_some() => 50,
        Kind::Candidate if strong => 35,
        Kind::Candidate | Kind::Slogan | Kind::Account | Kind::Hashtag => 30,
        Kind::Gesture if strong => 40,
        Kind::Number if strong => 30,
        Kind::Number | Kind::Party => 25,
        Kind::Gesture => 20,
        Kind::Symbol => 15,
        Kind::Cue | Kind::Allow => 0,
    }
}

/// Whether a contestant's name or number stands in a hashtag with something else: somebody made a campaign tag of it.
fn makes_tag(fields: &[Field<'_>], o: &Occurrence, entry: &Entry) -> bool {
    if o.twist != Twist::Inside || !matches!(entry.kind, Kind::Candidate | Kind::Number) {
        return false;
    }
    let Some(field) = fields.get(o.field) else { return false };
    let Some(token) = field.haystack.tokens().get(o.tokens.0) else { return false };
    let whole = field.haystack.original_span(token.span());
    // The sign and the number alone are no more than the number.
    let all_of_it = entry.kind == Kind::Number && o.span.1 == whole.1 && o.span.0 <= whole.0 + 1;
    (token.kind == TokenKind::Hashtag || field.reading == Reading::Tag) && !all_of_it
}

/// The strongest sign, then what other kinds of signs add.
pub(super) fn names(engine: &Engine, kept: &[Occurrence], fields: &[Field<'_>], spoken: &Spoken, parts: &mut Parts) {
    let entries = || {
        spoken
            .named
            .iter()
            .filter_map(|at| kept.get(*at))
            .filter_map(|o| Some((o, engine.entries.get(o.entry as usize)?)))
    };
    let Some((top, entry)) = entries().max_by_key(|(o, e)| (worth(fields, o, e), std::cmp::Reverse(o.span))) else {
        return;
    };
    let tag = makes_tag(fields, top, entry);
    let mut why = Cow::Borrowed(if tag { "tagar dengan nama atau nomor peserta" } else { kind_in_words(entry.kind) });
    if entry.stance == Some(Stance::Oppose) {
        why += " bernada merendahkan";
    }
    if !entry.strong && !tag {
        why += " (lemah, dengan pendamping)";
    }
    if let Some(note) = twist_in_words(top.twist).filter(|_| !tag) {
        why += ", ";
        why += note;
    }
    parts.add(why, worth(fields, top, entry));
    let addressed = |o: &Occurrence| spoken.named.len() > 1 && o.addressed;
    if entries().any(|(o, _)| addressed(o)) {
        parts.add("akun peserta disapa langsung", 5);
    }
    let repeated = |o: &Occurrence| {
        entries().filter(|(x, e)| e.side.is_some() && e.kind == Kind::Candidate && x.entry == o.entry).count()
    };
    if entry.kind == Kind::Candidate && repeated(top) >= 3 {
        parts.add("disebut berulang kali", 5);
    }
    let mut seen: SmallVec<[Kind; 4]> = smallvec![entry.kind];
    for (_, other) in entries() {
        if !seen.contains(&other.kind) {
            let add = match (other.kind, seen.len()) {
                (Kind::Symbol, _) => 0,
                (Kind::Party, 1) => 5,
                // A contestant with the contestant's own sign.
                (Kind::Gesture, 1) => 15,
                (_, 1) => 10,
                (_, 2) => 5,
                _ => 0,
            };
            parts.add(format!("juga {}", kind_in_words(other.kind)), add);
            seen.push(other.kind);
        }
    }
}

/// How a twisted spelling was read.
pub(super) fn twist_in_words(twist: Twist) -> Option<&'static str> {
    match twist {
        Twist::Plain | Twist::Affix | Twist::Doubled => None,
        Twist::Stretched => Some("huruf dipanjangkan"),
        Twist::Leet => Some("angka dibaca sebagai huruf"),
        Twist::Spaced => Some("huruf direnggangkan"),
        Twist::Misspelt => Some("ejaan yang mendekati"),
        Twist::Inside => Some("di dalam kata tersambung"),
    }
}

/// Cues: the strongest counts in full, further ones a little. Cues that only show involvement count once.
pub(super) fn cues(engine: &Engine, kept: &[Occurrence], fields: &[Field<'_>], spoken: &Spoken, parts: &mut Parts) {
    let mut seen: SmallVec<[u32; 4]> = SmallVec::new();
    let mut uses: SmallVec<[_; 8]> = spoken.cues.iter().filter_map(|cue| Some((cue, kept.get(cue.at)?))).collect();
    uses.sort_by_key(|(cue, o)| std::cmp::Reverse(cue_worth(engine, fields, o, cue.stance)));
    let mut involved = false;
    for (cue, o) in uses {
        // A chatty tone says nothing where the text is news or official business.
        if seen.contains(&o.entry) || (cue.stance.is_none() && (involved || !spoken.neutral.is_empty())) {
            continue;
        }
        let mut full = cue_worth(engine, fields, o, cue.stance);
        if cue.stance.is_none() && several_tones(kept, fields, spoken) {
            full += 5;
        }
        let add = match seen.len() {
            0 => full,
            1 => 10.min(full),
            2 => 5.min(full),
            _ => 0,
        };
        let what = match cue.stance {
            Some(Stance::Support) => "isyarat dukungan di dekatnya",
            Some(Stance::Oppose) if cue.negated => "isyarat dukungan yang diingkari di dekatnya",
            Some(Stance::Oppose) => "isyarat penolakan atau serangan di dekatnya",
            _ if cue.negated => "isyarat yang diingkari di dekatnya",
            _ => "isyarat keterlibatan atau nada pribadi",
        };
        involved |= cue.stance.is_none();
        parts.add(what, add);
        seen.push(o.entry);
    }
}

/// Whether cues without a direction stand in two different words: one pronoun is not yet a tone.
fn several_tones(kept: &[Occurrence], fields: &[Field<'_>], spoken: &Spoken) -> bool {
    let mut words = spoken
        .cues
        .iter()
        .filter(|cue| cue.stance.is_none())
        .filter_map(|cue| kept.get(cue.at))
        .map(|o| surface(fields, o));
    let first = words.next();
    words.any(|word| Some(word) != first)
}

fn surface<'a>(fields: &[Field<'a>], o: &Occurrence) -> &'a str {
    fields.get(o.field).and_then(|f| f.haystack.original().get(o.span.0..o.span.1)).unwrap_or_default()
}

fn cue_worth(engine: &Engine, fields: &[Field<'_>], o: &Occurrence, stance: Option<Stance>) -> i16 {
    let emoji = !surface(fields, o).chars().any(is_alphanumeric);
    match stance {
        Some(Stance::Support | Stance::Oppose) if emoji => 20,
        Some(Stance::Support | Stance::Oppose) => 25,
        // Tone: a strong word of it is talk, a weak one may stand in any text.
        _ if engine.entries.get(o.entry as usize).is_some_and(|entry| entry.strong) => 15,
        _ => 10,
    }
}

/// Words besides the names up to which a post says little more than the names.
const FEW_WORDS: usize = 2;

/// A name called out: stretched letters, or a post that is hardly more than the name.
pub(super) fn called_out(
    engine: &Engine,
    fields: &[Field<'_>],
    kept: &[Occurrence],
    spoken: &Spoken,
    parts: &mut Parts,
) {
    let named = || spoken.named.iter().filter_map(|at| kept.get(*at));
    let contestant = |o: &&Occurrence| {
        let entry = engine.entries.get(o.entry as usize);
        !o.addressed && entry.is_some_and(|e| e.kind == Kind::Candidate && e.strong)
    };
    let Some(first) = named().find(contestant) else { return };
    if named().filter(contestant).any(|o| o.twist == Twist::Stretched) {
        return parts.add("nama diserukan dengan huruf dipanjangkan", 15);
    }
    if !spoken.neutral.is_empty() || !spoken.cues.is_empty() {
        return;
    }
    let Some(field) = fields.get(first.field).filter(|field| field.name == "text") else { return };
    let tokens = field.haystack.tokens();
    // Longer posts need no counting.
    if tokens.len() > FEW_WORDS * 8 || field.haystack.folded().contains('?') {
        return;
    }
    let is_word = |token: &Token| !matches!(token.kind, TokenKind::Emoji | TokenKind::Address | TokenKind::Number);
    let covered = |at: usize| named().any(|o| o.field == first.field && (o.tokens.0..=o.tokens.1).contains(&at));
    if tokens.iter().enumerate().filter(|(at, t)| is_word(t) && !covered(*at)).count() <= FEW_WORDS {
        parts.add("isi unggahan hampir hanya nama peserta", 15);
    }
}

/// A picture whose own description shows a contestant together with a sign: what the circulars call a photo with symbols.
pub(super) fn picture_signs(
    engine: &Engine,
    activity: &Activity,
    fields: &[Field<'_>],
    kept: &[Occurrence],
    spoken: &Spoken,
    parts: &mut Parts,
) {
    if activity.media.is_empty() {
        return;
    }
    let on_picture = |o: &&Occurrence| fields.get(o.field).is_some_and(|f| f.name.starts_with("media["));
    let kinds: SmallVec<[Kind; 4]> = spoken
        .named
        .iter()
        .filter_map(|at| kept.get(*at))
        .filter(on_picture)
        .filter_map(|o| engine.entries.get(o.entry as usize))
        .map(|e| e.kind)
        .collect();
    let shown = kinds.iter().any(|k| matches!(k, Kind::Candidate | Kind::Number | Kind::Hashtag | Kind::Slogan));
    let sign = kinds.iter().any(|k| matches!(k, Kind::Gesture | Kind::Symbol));
    if shown && sign {
        parts.add("keterangan gambar menyebut peserta bersama lambang, atribut atau salam jari", 15);
    }
}

/// What speaks against: news style, official business, clarifications, quotation, questions.
pub(super) fn counters(engine: &Engine, kept: &[Occurrence], fields: &[Field<'_>], spoken: &Spoken, parts: &mut Parts) {
    if spoken.named.is_empty() {
        return;
    }
    // Campaign tags and slogans are the author's own choice even in a news-like text.
    let own_choice = parts.parts.first().is_some_and(|part| part.add >= Score::REVIEW);
    let chatty = spoken.cues.iter().any(|cue| cue.stance.is_none());
    let mut seen: SmallVec<[u32; 4]> = SmallVec::new();
    for o in spoken.neutral.iter().filter_map(|at| kept.get(*at)) {
        if seen.contains(&o.entry) || seen.len() >= 2 {
            continue;
        }
        let add = match (own_choice, seen.len()) {
            (true, 0) => -5,
            (true, _) => 0,
            (false, 0) if chatty => -15,
            (false, 0) => -25,
            (false, _) => -10,
        };
        seen.push(o.entry);
        let what = counter_in_words(engine, o);
        let mut told = format!("{what}: ");
        quote(&mut told, fields, o);
        parts.counter.push(told);
        parts.add(what, add);
    }
    // Who only asks has not taken sides yet.
    let stance = |cue: &CueUse| cue.stance.is_some();
    if chatty && !own_choice && !spoken.cues.iter().any(stance) && asks(fields, kept, spoken) {
        parts.counter.push("kalimat tanya tanpa isyarat dukungan atau penolakan".to_owned());
        parts.add("kalimat tanya", -5);
    }
    let cues: SmallVec<[_; 8]> =
        spoken.cues.iter().filter(|cue| cue.stance.is_some()).filter_map(|cue| kept.get(cue.at)).collect();
    let all_quoted = || {
        let marks = quotation_marks(fields);
        cues.iter().all(|o| quoted(&marks, o))
    };
    if !cues.is_empty() && all_quoted() {
        parts.counter.push("isyaratnya berada di dalam kutipan".to_owned());
        parts.add("isyarat di dalam kutipan", -10);
    }
}

/// Whether a field in which somebody is named has a question mark.
fn asks(fields: &[Field<'_>], kept: &[Occurrence], spoken: &Spoken) -> bool {
    let named = spoken.named.iter().filter_map(|at| kept.get(*at)).filter_map(|o| fields.get(o.field));
    named.map(|field| field.haystack.folded()).any(|text| text.contains('?'))
}

/// A neutral cue in the words of its list: the first sentence of its note.
fn counter_in_words(engine: &Engine, o: &Occurrence) -> String {
    let note = engine.keyword(o.entry).and_then(|k| k.note.as_deref()).unwrap_or_default();
    let first = note.split(['.', ':']).next().unwrap_or_default().trim();
    if first.is_empty() { "gaya berita atau urusan resmi".to_owned() } else { first.to_owned() }
}
