//! Which clause of the circular, and which stage of the calendar.

use super::engine::Engine;
use super::find::Occurrence;
use crate::keyword::{Clause, MediaRule};
use crate::model::{Activity, Kind, Severity};

/// A stage's id where the date falls between stages.
const BETWEEN: &str = "luar-tahapan";
/// And where there is no date.
const UNDATED: &str = "tanpa-tanggal";

/// Id of the stage on the activity's day.
pub(super) fn stage(engine: &Engine, activity: &Activity) -> String {
    match activity.acted_at() {
        None => UNDATED.to_owned(),
        Some(at) => engine.set.stage_at(at).map_or(BETWEEN, |stage| stage.id.as_str()).to_owned(),
    }
}

/// What the decree calls a breach of this clause at the activity's stage; between stages, the lightest that it knows.
pub(super) fn severity(engine: &Engine, activity: &Activity, clause: &str) -> Severity {
    let target = activity.acted_at().and_then(|at| engine.set.stage_at(at)).map(|stage| stage.target);
    let references = engine.set.circular().and_then(|c| c.clause(clause)).into_iter().flat_map(|c| &c.references);
    let of_stage = references.filter(|r| target.is_none_or(|t| t == r.target));
    of_stage.filter_map(|r| r.class.as_deref()).map(Severity::of_class).min().unwrap_or_default()
}

/// The first rule that applies, and others that a person should weigh.
pub(super) fn clause(engine: &Engine, activity: &Activity, kept: &[Occurrence]) -> (String, Vec<String>) {
    let Some(circular) = engine.set.circular() else { return (String::new(), Vec::new()) };
    let kinds: Vec<Kind> = kept.iter().filter_map(|o| engine.entries.get(o.entry as usize)).map(|e| e.kind).collect();
    let picture = activity.media.iter().any(|m| is_picture(&m.kind));
    let needs_met = |c: &Clause| c.needs.is_empty() || c.needs.iter().any(|k| kinds.contains(k));
    let media_met = |c: &Clause| match c.media {
        MediaRule::Any => true,
        MediaRule::Picture => picture,
        MediaRule::None => !picture,
    };
    let covered = || circular.clauses.iter().filter(|c| c.verbs.contains(&activity.verb) && media_met(c));
    let Some(first) = covered().find(|c| needs_met(c)) else { return (String::new(), Vec::new()) };
    // What a picture shows the machine can't see: its clause is for a person to weigh even where the words don't ask for it.
    let also = covered()
        .filter(|c| c.id != first.id && (needs_met(c) && !c.needs.is_empty() || c.media == MediaRule::Picture));
    (first.id.clone(), also.map(|c| c.id.clone()).collect())
}

fn is_picture(kind: &str) -> bool {
    // Exports leave the kind out or say `photo`; only sound is certainly no picture.
    !kind.eq_ignore_ascii_case("audio")
}
