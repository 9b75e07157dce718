//! Two contests on one ballot day: whose number is it?
//!
//! Regent and governor are elected on the same day, and a number is a number in both. Where a text names a contestant of
//! one contest beside that contestant's own number, the bare number says nothing about the other contest's contestant of
//! the same number.

use std::collections::BTreeSet;

use super::engine::Engine;
use super::score::{CAPPED_ABOVE, Parts};
use crate::model::{Hit, Kind, Level, Part, Score};

/// What a bare number loses when another contest's contestant of that number is named.
const ELSEWHERE: i16 = -40;

/// Lowers hits that rest on numbers and hand signs alone, where another contest's hit names whom the number belongs to;
/// each hit `by` the engine in the same place.
pub(super) fn settle(by: &[&Engine], hits: &mut [Hit]) {
    let all: Vec<BTreeSet<u32>> = by.iter().zip(hits.iter()).map(|(engine, hit)| numbers(engine, hit)).collect();
    let bare: Vec<bool> = hits.iter().map(is_bare).collect();
    for (at, (hit, mine)) in hits.iter_mut().zip(&all).enumerate() {
        let named = all.iter().zip(&bare).enumerate().filter(|(other, (_, bare))| *other != at && !**bare);
        let elsewhere = named.map(|(_, (numbers, _))| numbers).any(|theirs| mine.is_subset(theirs));
        if bare.get(at) == Some(&true) && !mine.is_empty() && elsewhere {
            lower(hit);
        }
    }
}

/// No name, tag, slogan or account: only numbers, signs and cues.
fn is_bare(hit: &Hit) -> bool {
    hit.matches.iter().all(|m| matches!(m.kind, Kind::Number | Kind::Gesture | Kind::Cue | Kind::Symbol))
}

fn numbers(engine: &Engine, hit: &Hit) -> BTreeSet<u32> {
    hit.sides.iter().filter_map(|side| engine.set.side(side)?.number).collect()
}

fn lower(hit: &mut Hit) {
    let why = "nomor itu disebut bersama peserta pemilihan lain";
    // The cap comes last, so it is taken off and weighed anew.
    let weighed = hit.parts.drain(..).filter(|part| part.why != CAPPED_ABOVE);
    let parts = weighed.chain([Part { why: why.into(), add: Score(ELSEWHERE) }]).collect();
    let mut parts = Parts { parts, counter: Vec::new() };
    hit.score = parts.cap();
    hit.parts = parts.parts;
    hit.counter.push(why.to_owned());
    hit.level = if hit.score >= Score::REVIEW { Level::Review } else { Level::Context };
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::keyword::KeywordSet;
    use crate::matcher::Matcher;
    use crate::model::{Activity, Hit, Level, Score};

    fn hits(text: &str) -> Vec<Hit> {
        let sets = ["pilkada-sragen-2024", "pilkada-madiun-2024"].map(|id| Arc::new(KeywordSet::builtin(id).unwrap()));
        let posted_at = Some("2024-10-15T05:00:00Z".parse().unwrap());
        Matcher::build(sets.to_vec()).unwrap().find(&Activity {
            text: text.to_owned(),
            posted_at,
            ..Activity::default()
        })
    }

    fn level(text: &str, set: &str) -> Option<Level> {
        hits(text).iter().find(|hit| &*hit.set == set).map(|hit| hit.level)
    }

    #[test]
    fn a_number_belongs_to_whom_the_text_names() {
        let text = "Dukung Sigit-Suroto, coblos nomor 2";
        assert_eq!(level(text, "pilkada-sragen-2024"), Some(Level::Review));
        assert_ne!(level(text, "pilkada-madiun-2024"), Some(Level::Review));
        for hit in hits(text) {
            assert_eq!(hit.score, Score(hit.parts.iter().map(|part| part.add.0).sum()));
        }
    }

    #[test]
    fn a_number_without_a_name_stays_both_contests_own() {
        for set in ["pilkada-sragen-2024", "pilkada-madiun-2024"] {
            assert_eq!(level("Ayo coblos paslon nomor 2, gaspol", set), Some(Level::Review), "{set}");
        }
    }
}
