//! What stands around a name: cues and whose they are, negation, quotation.

use smallvec::SmallVec;

use super::engine::{Engine, Entry, names_something};
use super::field::{Field, Voice};
use super::find::Occurrence;
use super::grammar::{denies_name, is_auxiliary, negates};
use super::settle::{TAG_REACH, distance};
use crate::model::{Kind, Stance};
use crate::text::{Gap, TokenKind, has_byte};

/// Whom an occurrence speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// Index of a side.
    Side(usize),
    /// Index of a party.
    Party(usize),
}

/// Whom something is about: hardly ever more than two.
pub(super) type Whom = SmallVec<[Who; 2]>;

/// A cue and whom it is about.
#[derive(Clone, Debug)]
pub(super) struct CueUse {
    /// Index of its occurrence.
    pub at: usize,
    pub who: Whom,
    /// After negation; `None` for cues that only show involvement.
    pub stance: Option<Stance>,
    pub negated: bool,
}

/// What one voice says; most say little, which needs no memory of its own.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Indices of occurrences that name a contestant, a party or a sign of theirs.
    pub named: SmallVec<[usize; 8]>,
    /// Cues with someone to be about.
    pub cues: SmallVec<[CueUse; 4]>,
    /// Cues that are about nobody in their own field.
    pub loose: SmallVec<[CueUse; 2]>,
    /// Indices of neutral cues: news style, official business.
    pub neutral: SmallVec<[usize; 4]>,
    /// Indices of names that are denied: *bukan X*.
    pub denied: SmallVec<[usize; 2]>,
}

/// How far a cue reaches that does not say so itself.
const DEFAULT_REACH: u16 = 6;

/// Sorts the occurrences of one voice into names and cues.
pub(super) fn listen(engine: &Engine, fields: &[Field<'_>], kept: &[Occurrence], voice: Voice) -> Spoken {
    let mut spoken = Spoken::default();
    let of_voice = |o: &Occurrence| fields.get(o.field).is_some_and(|f| f.voice == voice);
    // How far before its end a name may begin.
    let mut longest = 0;
    for (at, o) in kept.iter().enumerate().filter(|(_, o)| of_voice(o)) {
        let Some(entry) = engine.entries.get(o.entry as usize) else { continue };
        if names_something(entry.kind) {
            longest = longest.max(o.tokens.1 - o.tokens.0);
            spoken.named.push(at);
            if preceded_by(fields, o, denies_name) {
                spoken.denied.push(at);
            }
        } else if entry.stance == Some(Stance::Neutral) {
            spoken.neutral.push(at);
        }
    }
    for (at, o) in kept.iter().enumerate().filter(|(_, o)| of_voice(o)) {
        let Some(entry) = engine.entries.get(o.entry as usize) else { continue };
        if entry.kind != Kind::Cue || entry.stance == Some(Stance::Neutral) {
            continue;
        }
        let negated = preceded_by(fields, o, negates);
        let stance = match (entry.stance, negated) {
            (Some(Stance::Support), true) => Some(Stance::Oppose),
            // "tidak bohong" is no praise yet.
            (Some(Stance::Oppose), true) => None,
            (stance, _) => stance,
        };
        let who = match entry.side {
            Some(side) => Whom::from_slice(&[Who::Side(side)]),
            None => nearest(engine, kept, (&spoken.named, longest), at, entry),
        };
        let cue = CueUse { at, who, stance, negated };
        if cue.who.is_empty() { spoken.loose.push(cue) } else { spoken.cues.push(cue) }
    }
    spoken
}

/// Whom an entry speaks of, if anybody.
pub(super) fn who(entry: &Entry) -> Option<Who> {
    entry.side.map(Who::Side).or(entry.party.map(Who::Party))
}

/// Everybody named nearest to a cue within its reach; a tie names all of them. No name takes more than `longest` tokens
/// behind its first.
fn nearest(
    engine: &Engine,
    kept: &[Occurrence],
    (named, longest): (&[usize], usize),
    at: usize,
    entry: &Entry,
) -> Whom {
    let Some(cue) = kept.get(at) else { return Whom::new() };
    let within = entry.near.map_or(DEFAULT_REACH, |(_, within)| within);
    let reach = usize::from(if cue.in_tag { TAG_REACH } else { within });
    // Names are in order of place: look outwards from the cue until too far.
    let middle = named.partition_point(|i| *i < at);
    let (before, after) = named.split_at(middle);
    let here = |o: &&Occurrence| o.field == cue.field;
    let before = before.iter().rev().filter_map(|i| kept.get(*i)).take_while(here);
    let before = before.take_while(|o| o.tokens.0 + longest + reach >= cue.tokens.0);
    let after = after.iter().filter_map(|i| kept.get(*i)).take_while(here);
    let after = after.take_while(|o| o.tokens.0 <= cue.tokens.1 + reach);
    let mut best = usize::MAX;
    let mut found = Whom::new();
    for o in before.chain(after) {
        let away = distance(o, cue);
        let Some(who) = engine.entries.get(o.entry as usize).and_then(who) else { continue };
        if away > reach || away > best {
            continue;
        }
        if away < best {
            found.clear();
            best = away;
        }
        if !found.contains(&who) {
            found.push(who);
        }
    }
    found.sort_unstable();
    found
}

/// Whether the word before an occurrence, auxiliaries apart, is of a class; not across a sentence's end.
fn preceded_by(fields: &[Field<'_>], o: &Occurrence, class: fn(&str) -> bool) -> bool {
    let Some(field) = fields.get(o.field) else { return false };
    let tokens = field.haystack.tokens();
    let mut at = o.tokens.0;
    for _ in 0..3 {
        if at == 0 || field.haystack.gap(at) == Gap::Break {
            return false;
        }
        at -= 1;
        let Some(token) = tokens.get(at).filter(|t| t.kind == TokenKind::Word) else { return false };
        let word = field.haystack.word(token);
        if class(word) {
            return true;
        }
        if !is_auxiliary(word) {
            return false;
        }
    }
    false
}

/// Places of the quotation marks of each field.
pub(super) fn quotation_marks(fields: &[Field<'_>]) -> SmallVec<[Vec<usize>; 2]> {
    let begins = |b: u8| (b == b'"') | (b == 0xE2) | (b == 0xC2);
    let marks = |text: &str| -> Vec<usize> {
        // Most texts have none of the bytes with which they begin.
        if !has_byte(text, begins) {
            return Vec::new();
        }
        let bytes = text.bytes().enumerate().filter(|(_, b)| begins(*b)).map(|(at, _)| at);
        bytes.filter(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(['"', '“', '”', '«', '»']))).collect()
    };
    fields.iter().map(|field| marks(field.haystack.original())).collect()
}

/// Whether an occurrence stands between quotation marks of its field.
pub(super) fn quoted(marks: &[Vec<usize>], o: &Occurrence) -> bool {
    let Some(marks) = marks.get(o.field) else { return false };
    let before = marks.partition_point(|mark| *mark < o.span.0);
    before % 2 == 1 && before < marks.len()
}
