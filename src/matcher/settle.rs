//! Which occurrences count: masks, exceptions, required neighbours, overlaps.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::engine::{Engine, Entry, bit, names_something};
use super::find::Occurrence;
use crate::model::{Kind, Stance};
use crate::text::Twist;

/// Cues that reach at least so far are about what a comment answers, too.
const ANSWER_REACH: u16 = 4;
/// How near the neighbour of a misspelt name must stand.
const MISSPELT_REACH: u16 = 6;

/// How far a hashtag's cue or number is about somebody: it speaks of the whole text. Bounded, so that a post of nothing but
/// tags stays cheap.
pub(super) const TAG_REACH: u16 = 80;

/// Tokens between two occurrences of one field; 0 where they touch or overlap.
pub(super) fn distance(a: &Occurrence, b: &Occurrence) -> usize {
    b.tokens.0.saturating_sub(a.tokens.1).max(a.tokens.0.saturating_sub(b.tokens.1))
}

fn overlap(a: &Occurrence, b: &Occurrence) -> bool {
    a.field == b.field && a.span.0 < b.span.1 && b.span.0 < a.span.1
}

/// Keeps of what was found what counts, in order of field and place.
///
/// Where the activity `answers` another, `answering` tells what stands in it: its cues are about whom the other names.
pub(super) fn settle(
    engine: &Engine,
    found: &mut Vec<Occurrence>,
    answers: bool,
    answering: &dyn Fn(&Occurrence) -> bool,
) {
    unmask(engine, found);
    drop_contained(engine, found);
    if !answers {
        return require_neighbours(engine, found, &|_| false);
    }
    let mut alone = found.clone();
    require_neighbours(engine, &mut alone, &|_| false);
    let entry = |o: &Occurrence| engine.entries.get(o.entry as usize);
    let named = |o: &&Occurrence| entry(o).is_some_and(|e| names_something(e.kind));
    let targets: Vec<Option<usize>> =
        alone.iter().filter(named).filter(|o| !answering(o)).filter_map(entry).map(|e| e.side).collect();
    // Who names somebody in the comment itself speaks of them.
    if targets.is_empty() || alone.iter().filter(named).any(answering) {
        *found = alone;
        return;
    }
    require_neighbours(engine, found, &|o| {
        answering(o)
            && entry(o).is_some_and(|e| match e.kind {
                // Cues of short reach mean the very next word, not a post elsewhere.
                Kind::Cue => e.near.is_none_or(|(_, within)| within >= ANSWER_REACH),
                Kind::Number | Kind::Gesture => targets.contains(&e.side),
                _ => false,
            })
    });
}

/// The same, but what a longer form says as well stays: for checking examples one keyword at a time.
pub(super) fn settle_each(engine: &Engine, found: &mut Vec<Occurrence>) {
    unmask(engine, found);
    require_neighbours(engine, found, &|_| false);
}

/// Removes what an exception covers, orders the rest.
fn unmask(engine: &Engine, found: &mut Vec<Occurrence>) {
    let is_mask = |o: &Occurrence| engine.entries.get(o.entry as usize).is_some_and(|e| e.kind == Kind::Allow);
    let mut hidden = Hidden::default();
    found.retain(|o| {
        let mask = o.except || is_mask(o);
        if mask {
            hidden.add(o.except.then_some(o.entry), o);
        }
        !mask
    });
    hidden.settle();
    found.retain(|o| !hidden.covers(None, o) && !hidden.covers(Some(o.entry), o));
    found.sort_unstable_by_key(|o| (o.field, o.span.0, Reverse(o.span.1), o.entry, o.twist));
    found.dedup_by(|a, b| a.entry == b.entry && a.field == b.field && a.span == b.span);
}

/// Where something does not count: one keyword, or (`None`) none at all.
#[derive(Default)]
struct Hidden {
    /// Keyword, field and bytes; once settled, in order and apart from each other.
    spans: Vec<(Option<u32>, usize, (usize, usize))>,
}

impl Hidden {
    fn add(&mut self, entry: Option<u32>, o: &Occurrence) {
        self.spans.push((entry, o.field, o.span));
    }

    fn settle(&mut self) {
        self.spans.sort_unstable();
        self.spans.dedup_by(|next, last| {
            let joins = (next.0, next.1) == (last.0, last.1) && next.2.0 < last.2.1;
            if joins {
                last.2.1 = last.2.1.max(next.2.1);
            }
            joins
        });
    }

    fn covers(&self, entry: Option<u32>, o: &Occurrence) -> bool {
        if self.spans.is_empty() {
            return false;
        }
        let before = self.spans.partition_point(|span| (span.0, span.1, span.2.0) < (entry, o.field, o.span.1));
        let last = before.checked_sub(1).and_then(|at| self.spans.get(at));
        last.is_some_and(|span| (span.0, span.1) == (entry, o.field) && o.span.0 < span.2.1)
    }
}

/// Of occurrences that say the same (kind, side, party, stance) the longest stays.
fn drop_contained(engine: &Engine, kept: &mut Vec<Occurrence>) {
    let entry = |o: &Occurrence| engine.entries.get(o.entry as usize);
    let says = |e: &Entry| (e.kind, e.side, e.party, e.stance);
    let mut count = 0;
    for at in 0..kept.len() {
        let (before, rest) = kept.split_at_mut(at);
        let Some(o) = rest.first().copied() else { break };
        let is_in = |big: &Occurrence| big.field == o.field && big.span.0 <= o.span.0 && o.span.1 <= big.span.1;
        // Sorted by start, longest first: a container stands before what it contains, close by.
        let staying = before.get(..count).unwrap_or_default();
        let contained = staying.iter().rev().take(8).filter(|big| is_in(big)).any(|big| {
            let (big, small) = (entry(big), entry(&o));
            big.map(says) == small.map(says) && (small.is_none_or(|e| !e.strong) || big.is_some_and(|e| e.strong))
        });
        if !contained {
            kept.swap(count, at);
            count += 1;
        }
    }
    kept.truncate(count);
}

/// Removes, until nothing changes, what lacks the neighbour it needs.
fn require_neighbours(engine: &Engine, kept: &mut Vec<Occurrence>, exempt: &dyn Fn(&Occurrence) -> bool) {
    loop {
        let stays = |i: usize| kept.get(i).is_some_and(|o| exempt(o) || has_neighbour(engine, kept, i, o));
        let Some(first) = (0..kept.len()).find(|i| !stays(*i)) else { return };
        // All of them are judged before any goes.
        let later: SmallVec<[bool; 32]> = (first + 1..kept.len()).map(stays).collect();
        let mut stay = std::iter::repeat_n(true, first).chain([false]).chain(later);
        kept.retain(|_| stay.next().unwrap_or(true));
    }
}

fn has_neighbour(engine: &Engine, kept: &[Occurrence], i: usize, o: &Occurrence) -> bool {
    let Some(entry) = engine.entries.get(o.entry as usize) else { return false };
    let (kinds, within) = match entry.near {
        // An acronym among shouted words is a word like any other: a name or a sign must stand near, a cue is not enough.
        // A misspelling is a name only in company: a neutral word or a mere tone is none.
        _ if o.twist == Twist::Misspelt => (!bit(Kind::Allow), MISSPELT_REACH),
        near if o.shouted => (!(bit(Kind::Allow) | bit(Kind::Cue)), near.map_or(6, |(_, within)| within)),
        Some((kinds, _)) if (!entry.strong || entry.kind == Kind::Cue) && o.in_tag => (kinds, TAG_REACH),
        // A cue is about somebody, however strong it is.
        Some(near) if !entry.strong || entry.kind == Kind::Cue => near,
        _ => return true,
    };
    let fits = |other: &Occurrence| {
        let Some(neighbour) = engine.entries.get(other.entry as usize) else { return false };
        other.entry != o.entry
            && !(o.twist == Twist::Misspelt && neighbour.kind == Kind::Cue && neighbour.stance.is_none())
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
