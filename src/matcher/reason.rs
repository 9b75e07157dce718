//! The hit in one sentence.

use super::context::{Spoken, Who};
use super::engine::{Engine, names_something};
use super::field::Field;
use super::find::Occurrence;
use super::score::{kind_in_words, twist_in_words};
use crate::model::{Kind, Stance, Verb};

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
    let mut sentence = act(verb, own.named.is_empty() && !target.named.is_empty()).to_owned();
    let mut told: Vec<(Kind, Option<usize>, Option<usize>)> = Vec::new();
    let mut phrases: Vec<String> = Vec::new();
    for o in own.named.iter().chain(&target.named).filter_map(|at| kept.get(*at)) {
        let Some(entry) = engine.entries.get(o.entry as usize).filter(|e| names_something(e.kind)) else { continue };
        let key = (entry.kind, entry.side, entry.party);
        if told.contains(&key) || phrases.len() >= 3 {
            continue;
        }
        told.push(key);
        let mut phrase = format!("{} {}", kind_in_words(entry.kind), quote(fields, o));
        let whose = entry.side.and_then(|s| engine.set.sides().get(s)).map(|s| s.title.as_str());
        let note = twist_in_words(o.twist);
        match (whose, note) {
            (Some(side), Some(note)) => phrase.push_str(&format!(" ({side}; {note})")),
            (Some(side), None) => phrase.push_str(&format!(" ({side})")),
            (None, Some(note)) => phrase.push_str(&format!(" ({note})")),
            (None, None) => {}
        }
        phrases.push(phrase);
    }
    sentence.push_str(&join(&phrases));
    let cues = cue_phrases(fields, kept, own, target);
    if !cues.is_empty() {
        sentence.push_str(", disertai ");
        sentence.push_str(&join(&cues));
    }
    sentence.push('.');
    sentence
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

fn cue_phrases(fields: &[Field<'_>], kept: &[Occurrence], own: &Spoken, target: &Spoken) -> Vec<String> {
    let mut phrases = Vec::new();
    for (stance, words) in [
        (Some(Stance::Support), "isyarat dukungan"),
        (Some(Stance::Oppose), "isyarat penolakan"),
        (None, "nada pribadi atau keterlibatan"),
    ] {
        let mut cues = own.cues.iter().chain(&target.cues).filter(|cue| cue.stance == stance);
        if let Some(o) = cues.next().and_then(|cue| kept.get(cue.at)) {
            phrases.push(format!("{words} {}", quote(fields, o)));
        }
    }
    phrases
}

/// A few of the author's own words, in quotation marks, without control characters.
pub(super) fn quote(fields: &[Field<'_>], o: &Occurrence) -> String {
    let surface = fields.get(o.field).and_then(|f| f.haystack.original().get(o.span.0..o.span.1)).unwrap_or_default();
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = surface.chars().take(MAX_QUOTE).map(clean).collect();
    if surface.chars().nth(MAX_QUOTE).is_some() {
        short.push('…');
    }
    format!("“{short}”")
}

fn join(phrases: &[String]) -> String {
    match phrases {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} dan {last}", head.join(", ")),
    }
}

/// Sides and parties that a voice speaks of, in the set's order.
pub(super) fn whom(engine: &Engine, kept: &[Occurrence], spoken: &Spoken) -> Vec<Who> {
    let named = spoken
        .named
        .iter()
        .filter_map(|at| kept.get(*at))
        .filter_map(|o| engine.entries.get(o.entry as usize).and_then(super::context::who));
    let mut all: Vec<Who> = named.chain(spoken.cues.iter().flat_map(|cue| cue.who.iter().copied())).collect();
    all.sort_unstable();
    all.dedup();
    all
}
