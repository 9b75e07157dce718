//! Which occurrences count: masks, exceptions, required neighbours, overlaps.

use std::cmp::Reverse;

use super::engine::{Engine, bit, names_something};
use super::find::Occurrence;
use crate::model::{Kind, Stance};

/// Cues that reach at least so far are about what a comment answers, too.
const ANSWER_REACH: u16 = 4;

/// Tokens between two occurrences of one field; 0 where they touch or overlap.
pub(super) fn distance(a: &Occurrence, b: &Occurrence) -> usize {
    b.tokens.0.saturating_sub(a.tokens.1).max(a.tokens.0.saturating_sub(b.tokens.1))
}

fn overlap(a: &Occurrence, b: &Occurrence) -> bool {
    a.field == b.field && a.span.0 < b.span.1 && b.span.0 < a.span.1
}

/// Keeps what counts, in order of field and place.
///
/// `answering` tells the fields whose cues are about somebody in another field: a comment's, about what it answers.
pub(super) fn settle(engine: &Engine, found: Vec<Occurrence>, answering: &[bool]) -> Vec<Occurrence> {
    let mut kept = unmask(engine, found);
    drop_contained(engine, &mut kept);
    if !answering.contains(&true) {
        require_neighbours(engine, &mut kept, &|_| false);
        return kept;
    }
    let mut alone = kept.clone();
    require_neighbours(engine, &mut alone, &|_| false);
    let entry = |o: &Occurrence| engine.entries.get(o.entry as usize);
    let answers = |o: &Occurrence| answering.get(o.field).copied().unwrap_or(false);
    let named = |o: &&Occurrence| entry(o).is_some_and(|e| names_something(e.kind));
    let targets: Vec<Option<usize>> =
        alone.iter().filter(named).filter(|o| !answers(o)).filter_map(entry).map(|e| e.side).collect();
    // Who names somebody in the comment itself speaks of them.
    if targets.is_empty() || alone.iter().filter(named).any(answers) {
        return alone;
    }
    require_neighbours(engine, &mut kept, &|o| {
        answers(o)
            && entry(o).is_some_and(|e| match e.kind {
                // Cues of short reach mean the very next word, not a post elsewhere.
                Kind::Cue => e.near.is_none_or(|(_, within)| within >= ANSWER_REACH),
                Kind::Number | Kind::Gesture => targets.contains(&e.side),
                _ => false,
            })
    });
    kept
}

/// The same, but what a longer form says as well stays: for checking examples one keyword at a time.
pub(super) fn settle_each(engine: &Engine, found: Vec<Occurrence>) -> Vec<Occurrence> {
    let mut kept = unmask(engine, found);
    require_neighbours(engine, &mut kept, &|_| false);
    kept
}

/// Removes what an exception covers, orders the rest.
fn unmask(engine: &Engine, found: Vec<Occurrence>) -> Vec<Occurrence> {
    let kind = |o: &Occurrence| engine.entries.get(o.entry as usize).map(|e| e.kind);
    let (masks, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|o| !o.except && kind(o) == Some(Kind::Allow));
    let (excepts, mut kept): (Vec<_>, Vec<_>) = rest.into_iter().partition(|o| o.except);
    if !masks.is_empty() || !excepts.is_empty() {
        kept.retain(|o| {
            !masks.iter().any(|mask| overlap(o, mask)) && !excepts.iter().any(|e| e.entry == o.entry && overlap(o, e))
        });
    }
    kept.sort_by_key(|o| (o.field, o.span.0, Reverse(o.span.1), o.entry));
    kept.dedup_by(|a, b| a.entry == b.entry && a.field == b.field && a.span == b.span);
    kept
}

/// Of occurrences that say the same (kind, side, party, stance) the longest stays.
fn drop_contained(engine: &Engine, kept: &mut Vec<Occurrence>) {
    let says = |o: &Occurrence| engine.entries.get(o.entry as usize).map(|e| (e.kind, e.side, e.party, e.stance));
    let mut last: Vec<Occurrence> = Vec::with_capacity(kept.len());
    for o in kept.drain(..) {
        // Sorted by start, longest first: a container stands before what it contains, close by.
        let strong = engine.entries.get(o.entry as usize).is_some_and(|e| e.strong);
        let contained = last.iter().rev().take(8).any(|big| {
            big.field == o.field
                && big.span.0 <= o.span.0
                && o.span.1 <= big.span.1
                && says(big) == says(&o)
                && (!strong || engine.entries.get(big.entry as usize).is_some_and(|e| e.strong))
        });
        if !contained {
            last.push(o);
        }
    }
    *kept = last;
}

/// Removes, until nothing changes, what lacks the neighbour it needs.
fn require_neighbours(engine: &Engine, kept: &mut Vec<Occurrence>, exempt: &dyn Fn(&Occurrence) -> bool) {
    loop {
        let ok: Vec<bool> =
            kept.iter().enumerate().map(|(i, o)| exempt(o) || has_neighbour(engine, kept, i, o)).collect();
        if ok.iter().all(|ok| *ok) {
            return;
        }
        let mut ok = ok.into_iter();
        kept.retain(|_| ok.next().unwrap_or(true));
    }
}

fn has_neighbour(engine: &Engine, kept: &[Occurrence], i: usize, o: &Occurrence) -> bool {
    let Some(entry) = engine.entries.get(o.entry as usize) else { return false };
    let (kinds, within) = match entry.near {
        // An acronym among shouted words is a word like any other: a name or a sign must stand near, a cue is not enough.
        near if o.shouted => (!(bit(Kind::Allow) | bit(Kind::Cue)), near.map_or(6, |(_, within)| within)),
        Some(near) if !entry.strong => near,
        _ => return true,
    };
    let fits = |other: &Occurrence| {
        let Some(neighbour) = engine.entries.get(other.entry as usize) else { return false };
        other.entry != o.entry
            // News style and official business vouch for nobody's name.
            && !(neighbour.kind == Kind::Cue && neighbour.stance == Some(Stance::Neutral))
            && bit(neighbour.kind) & kinds != 0
            && distance(o, other) <= usize::from(within)
            // What overlaps says the same thing twice; but a cue may be part of a name's form (`coblos 02`).
            && (entry.kind == Kind::Cue || !overlap(o, other))
    };
    // Kept in order of place: walk outwards until too far.
    let near = |other: &&Occurrence| other.field == o.field;
    kept.iter().skip(i + 1).take_while(near).take_while(|x| x.tokens.0 <= o.tokens.1 + usize::from(within)).any(&fits)
        || kept
            .iter()
            .take(i)
            .rev()
            .take_while(near)
            .take_while(|x| x.tokens.0 + usize::from(within) + 40 >= o.tokens.0)
            .any(&fits)
}
