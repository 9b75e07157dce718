//! The hit in one sentence.

use smallvec::SmallVec;

use super::context::{Spoken, Whom};
use super::engine::{Engine, Entry, names_something};
use super::field::Field;
use super::find::Occurrence;
use super::score::{kind_in_words, twist_in_words};
use crate::model::{Stance, Verb};

/// Longest quotation of the author's words in a reason, in characters.
const MAX_QUOTE: usize = 40;

/// "Mengunggah teks yang memuat nama calon “Wirabumi” (Paslon 2) disertai isyarat dukungan “pilih”."
pub(super) fn reason(
    engine: &Engine,
    fields: &[Field<'_>],
    kept: &[Occurrence],
    verb: Verb,
    own: &Spoken,
    target: &Spoken,
) -> String {
    let mut sentence = String::with_capacity(256);
    sentence.push_str(act(verb, own.named.is_empty() && !target.named.is_empty()));
    let named = own.named.iter().chain(&target.named).filter_map(|at| kept.get(*at));
    let named = named.filter_map(|o| Some((o, engine.entries.get(o.entry as usize)?)));
    // One of each kind, three at most.
    let mut told: SmallVec<[(&Occurrence, &Entry); 3]> = SmallVec::new();
    for (o, entry) in named.filter(|(_, entry)| names_something(entry.kind)) {
        let says = |entry: &Entry| (entry.kind, entry.side, entry.party);
        if told.len() < 3 && !told.iter().any(|(_, other)| says(other) == says(entry)) {
            told.push((o, entry));
        }
    }
    join(&mut sentence, &told, |sentence, (o, entry)| {
        sentence.push_str(kind_in_words(entry.kind));
        sentence.push(' ');
        quote(sentence, fields, o);
        let whose = entry.side.and_then(|s| engine.set.sides().get(s)).map(|s| s.title.as_str());
        match (whose, twist_in_words(o.twist)) {
            (Some(side), Some(note)) => push_all(sentence, &[" (", side, "; ", note, ")"]),
            (Some(one), None) | (None, Some(one)) => push_all(sentence, &[" (", one, ")"]),
            (None, None) => {}
        }
    });
    let cues = cues(kept, own, target);
    if !cues.is_empty() {
        sentence.push_str(", disertai ");
        join(&mut sentence, &cues, |sentence, (words, o)| {
            push_all(sentence, &[words, " "]);
            quote(sentence, fields, o);
        });
    }
    sentence.push('.');
    sentence
}

fn push_all(sentence: &mut String, pieces: &[&str]) {
    pieces.iter().for_each(|piece| sentence.push_str(piece));
}

fn act(verb: Verb, about_target: bool) -> &'static str {
    match (verb, about_target) {
        (Verb::Post, _) => "Mengunggah isi yang memuat ",
        (Verb::Comment, true) => "Mengomentari unggahan yang memuat ",
        (Verb::Comment, false) => "Menulis komentar yang memuat ",
        (Verb::Share, _) => "Membagikan unggahan yang memuat ",
        (Verb::Like, _) => "Menyukai unggahan yang memuat ",
        (Verb::Follow, _) => "Mengikuti akun yang memuat ",
        (Verb::Join, _) => "Bergabung dengan grup yang memuat ",
    }
}

/// The first cue of each direction.
fn cues<'a>(kept: &'a [Occurrence], own: &Spoken, target: &Spoken) -> SmallVec<[(&'static str, &'a Occurrence); 3]> {
    let first = |(stance, words)| {
        let mut cues = own.cues.iter().chain(&target.cues).filter(|cue| cue.stance == stance);
        cues.next().and_then(|cue| kept.get(cue.at)).map(|o| (words, o))
    };
    let directions = [
        (Some(Stance::Support), "isyarat dukungan"),
        (Some(Stance::Oppose), "isyarat penolakan"),
        (None, "nada pribadi atau keterlibatan"),
    ];
    directions.into_iter().filter_map(first).collect()
}

/// A few of the author's own words, in quotation marks, without control characters.
pub(super) fn quote(sentence: &mut String, fields: &[Field<'_>], o: &Occurrence) {
    let surface = fields.get(o.field).and_then(|f| f.haystack.original().get(o.span.0..o.span.1)).unwrap_or_default();
    let end = surface.char_indices().nth(MAX_QUOTE).map(|(at, _)| at);
    let short = surface.get(..end.unwrap_or(surface.len())).unwrap_or_default();
    sentence.push('“');
    if !short.bytes().all(|b| (b' '..0x7f).contains(&b)) {
        sentence.extend(short.chars().map(|c| if c.is_control() { ' ' } else { c }));
    } else {
        sentence.push_str(short);
    }
    sentence.push_str(if end.is_some() { "…”" } else { "”" });
}

/// `a`, `a dan b`, `a, b dan c`.
fn join<T: Copy>(sentence: &mut String, items: &[T], write: impl Fn(&mut String, T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            sentence.push_str(if at + 1 == items.len() { " dan " } else { ", " });
        }
        write(sentence, *item);
    }
}

/// Sides and parties that a voice speaks of, in the set's order.
pub(super) fn whom(engine: &Engine, kept: &[Occurrence], spoken: &Spoken) -> Whom {
    let named = spoken
        .named
        .iter()
        .filter_map(|at| kept.get(*at))
        .filter_map(|o| engine.entries.get(o.entry as usize).and_then(super::context::who));
    let mut all: Whom = named.chain(spoken.cues.iter().flat_map(|cue| cue.who.iter().copied())).collect();
    all.sort_unstable();
    all.dedup();
    all
}
