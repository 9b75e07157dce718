//! From occurrences to a hit.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::MAX_MATCHES_PER_FIELD;
use super::clause::{Ruling, rule};
use super::context::{CueUse, Spoken, Who, listen, who};
use super::engine::Engine;
use super::field::{Field, Voice, adopts_target};
use super::find::{Occurrence, find, find_all};
use super::reason::{reason, whom};
use super::room::Room;
use super::score::{Parts, called_out, counters, cues, names, picture_signs};
use super::settle::{settle, settle_each};
use crate::model::{Activity, Hit, Kind, Level, Match, Score, Stance, Verb};

/// The hit of one set, if any keyword but cues counts.
pub(super) fn assess(engine: &Engine, activity: &Activity, fields: &[Field<'_>], room: &mut Room) -> Option<Hit> {
    let (memo, desk) = room.sit_down(engine.serial);
    find(engine, fields, memo, desk);
    if desk.found.is_empty() {
        return None;
    }
    let answers = activity.target.is_some() && matches!(activity.verb, Verb::Comment | Verb::Share);
    let answering = |o: &Occurrence| answers && fields.get(o.field).is_some_and(|f| f.voice == Voice::Own);
    settle(engine, &mut desk.found, answers, &answering);
    let kept = desk.found.as_slice();
    if !kept.iter().any(|o| engine.names(o)) {
        return None;
    }
    let mut own = listen(engine, fields, kept, Voice::Own);
    let target = activity.target.as_ref().map(|_| listen(engine, fields, kept, Voice::Target)).unwrap_or_default();
    answer(engine, kept, &mut own, &target);
    let mut parts = weigh(engine, activity, fields, kept, &own, &target);
    let score = parts.cap();
    let (sides, parties, stance) = positions(engine, activity, kept, &own, &target);
    let Ruling { clause, also, stage, severity } = rule(engine, activity, kept);
    let (matches, more_matches) = matches(engine, fields, kept);
    Some(Hit {
        severity,
        set: Arc::clone(&engine.name.0),
        version: Arc::clone(&engine.name.1),
        clause,
        also,
        stage,
        verb: activity.verb,
        level: if score >= Score::REVIEW { Level::Review } else { Level::Context },
        score,
        sides,
        stance,
        parties,
        matches,
        reason: reason(engine, fields, kept, activity.verb, &own, &target),
        parts: parts.parts,
        counter: parts.counter,
        more_matches,
    })
}

/// Ids of the keywords that count.
pub(super) fn occurring(engine: &Engine, fields: &[Field<'_>], room: &mut Room) -> Vec<String> {
    let (memo, desk) = room.sit_down(engine.serial);
    find_all(engine, fields, memo, desk);
    let allow =
        |o: &&Occurrence| !o.except && engine.entries.get(o.entry as usize).is_some_and(|e| e.kind == Kind::Allow);
    let masks: Vec<Occurrence> = desk.found.iter().filter(allow).copied().collect();
    settle_each(engine, &mut desk.found);
    let counting = masks.iter().chain(&desk.found);
    counting.filter_map(|o| engine.keyword(o.entry)).map(|keyword| keyword.id.clone()).collect()
}

/// A comment answers its target: cues about nobody in the comment itself are about whom the target names.
fn answer(engine: &Engine, kept: &[Occurrence], own: &mut Spoken, target: &Spoken) {
    if target.named.is_empty() || !own.named.is_empty() {
        return;
    }
    let about = whom(engine, kept, target);
    for cue in std::mem::take(&mut own.loose) {
        own.cues.push(CueUse { who: about.clone(), ..cue });
    }
}

fn weigh(
    engine: &Engine,
    activity: &Activity,
    fields: &[Field<'_>],
    kept: &[Occurrence],
    own: &Spoken,
    target: &Spoken,
) -> Parts {
    let speak = |spoken: &Spoken| {
        let mut parts = Parts::default();
        names(engine, kept, fields, spoken, &mut parts);
        cues(engine, kept, fields, spoken, &mut parts);
        called_out(engine, fields, kept, spoken, &mut parts);
        picture_signs(engine, activity, fields, kept, spoken, &mut parts);
        counters(engine, kept, fields, spoken, &mut parts);
        parts
    };
    let mut mine = speak(own);
    if target.named.is_empty() {
        return mine;
    }
    let theirs = speak(target);
    let campaign_account = target
        .named
        .iter()
        .filter_map(|at| kept.get(*at))
        .any(|o| engine.entries.get(o.entry as usize).is_some_and(|e| e.kind == Kind::Account));
    if adopts_target(activity.verb) {
        let mut parts = theirs;
        if campaign_account {
            parts.add("akun yang dituju tercatat sebagai akun kampanye", 25);
        }
        if !own.named.is_empty() || !own.cues.is_empty() {
            let own_sum = mine.sum().max(0);
            let gain = own_sum - parts.sum();
            if gain > 0 {
                mine.add("unggahan yang dibagikan juga memuatnya", 10);
                mine.counter.append(&mut parts.counter);
                return mine;
            }
            parts.add("kata-katanya sendiri menguatkan", (own_sum / 2).min(20));
        }
        return parts;
    }
    // A comment (or a post with a target): the target is only what it answers.
    let about_author = target
        .named
        .iter()
        .filter_map(|at| kept.get(*at))
        .any(|o| fields.get(o.field).is_some_and(|f| f.name == "target.handle"));
    let base = match (campaign_account, about_author) {
        (true, _) => 35,
        (false, true) => 30,
        (false, false) => (theirs.sum() / 2).clamp(0, 30),
    };
    mine.add("menanggapi unggahan yang memuat nama atau tanda peserta", base);
    mine
}

type Positions = (Vec<String>, Vec<String>, BTreeMap<String, Stance>);

/// Sides, parties and the stance towards each, own words before those of the target.
fn positions(engine: &Engine, activity: &Activity, kept: &[Occurrence], own: &Spoken, target: &Spoken) -> Positions {
    let mut everybody = whom(engine, kept, own);
    everybody.extend(whom(engine, kept, target));
    everybody.sort_unstable();
    everybody.dedup();
    let title = |who: Who| match who {
        Who::Side(side) => engine.set.sides().get(side).map(|s| s.id.clone()),
        Who::Party(party) => engine.parties.get(party).cloned(),
    };
    let mut sides = Vec::new();
    let mut parties = Vec::new();
    let mut stances = BTreeMap::new();
    for one in everybody {
        let Some(title) = title(one) else { continue };
        let mut balance = lean(engine, kept, own, one);
        if balance == 0 && adopts_target(activity.verb) {
            balance = lean(engine, kept, target, one);
            // Liking or following needs no words to be approval of the account it goes to.
            if balance == 0 && activity.verb != Verb::Share {
                balance = 1;
            }
        }
        let stance = match balance {
            1.. => Stance::Support,
            0 => Stance::Neutral,
            _ => Stance::Oppose,
        };
        match one {
            Who::Side(_) => {
                stances.insert(title.clone(), stance);
                sides.push(title);
            }
            Who::Party(_) => parties.push(title),
        }
    }
    (sides, parties, stances)
}

/// Above zero for, below against.
fn lean(engine: &Engine, kept: &[Occurrence], spoken: &Spoken, whom: Who) -> i32 {
    let mut balance = 0;
    for cue in spoken.cues.iter().filter(|cue| cue.who.contains(&whom)) {
        balance += match cue.stance {
            Some(Stance::Support) => 2,
            Some(Stance::Oppose) => -3,
            _ => 0,
        };
    }
    for at in &spoken.named {
        let Some(entry) =
            kept.get(*at).and_then(|o| engine.entries.get(o.entry as usize)).filter(|e| who(e) == Some(whom))
        else {
            continue;
        };
        balance += match (entry.kind, entry.stance) {
            (_, Some(Stance::Oppose)) => -3,
            (_, Some(Stance::Support)) | (Kind::Hashtag, None) => 2,
            (Kind::Slogan | Kind::Gesture, None) => 1,
            _ => 0,
        };
        if spoken.denied.contains(at) {
            balance -= 3;
        }
    }
    balance
}

fn matches(engine: &Engine, fields: &[Field<'_>], kept: &[Occurrence]) -> (Vec<Match>, usize) {
    let mut matches = Vec::with_capacity(kept.len().min(MAX_MATCHES_PER_FIELD));
    let mut in_field: SmallVec<[usize; 4]> = smallvec![0; fields.len()];
    let mut more = 0;
    for o in kept {
        let (Some(field), Some(entry), Some(count)) =
            (fields.get(o.field), engine.entries.get(o.entry as usize), in_field.get_mut(o.field))
        else {
            continue;
        };
        *count += 1;
        if *count > MAX_MATCHES_PER_FIELD {
            more += 1;
            continue;
        }
        let Some(surface) = field.haystack.original().get(o.span.0..o.span.1) else { continue };
        matches.push(Match {
            keyword: Arc::clone(&entry.id),
            kind: entry.kind,
            field: field.name.clone(),
            start: o.span.0,
            end: o.span.1,
            surface: surface.to_owned(),
        });
    }
    (matches, more)
}
