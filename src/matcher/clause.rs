//! Which clause of the circular, and which stage of the calendar.

use super::engine::{Engine, bit};
use super::find::Occurrence;
use crate::keyword::{Clause, KeywordSet, MediaRule, StageTarget};
use crate::model::{Activity, Severity, Verb};

/// A stage's id where the date falls between stages.
const BETWEEN: &str = "luar-tahapan";
/// And where there is no date.
const UNDATED: &str = "tanpa-tanggal";

/// A clause of the circular, as far as it can be applied by machine.
#[derive(Debug)]
pub(super) struct Rule {
    id: String,
    verbs: Vec<Verb>,
    media: MediaRule,
    /// Kinds, as bits, of which one must be among the matches; none: any match will do.
    needs: u16,
    /// What the decree calls a breach: before the contestants are determined, afterwards, and the lighter of both.
    severities: [Severity; 3],
}

impl Rule {
    /// The rules of a set's circular, in its order.
    pub fn all(set: &KeywordSet) -> Vec<Self> {
        set.circular().into_iter().flat_map(|circular| &circular.clauses).map(Self::of).collect()
    }

    fn of(clause: &Clause) -> Self {
        let severity = |target: Option<StageTarget>| {
            let references = clause.references.iter().filter(|r| target.is_none_or(|target| target == r.target));
            references.filter_map(|r| r.class.as_deref()).map(Severity::of_class).min().unwrap_or_default()
        };
        Self {
            id: clause.id.clone(),
            verbs: clause.verbs.clone(),
            media: clause.media,
            needs: clause.needs.iter().fold(0, |bits, kind| bits | bit(*kind)),
            severities: [Some(StageTarget::BakalCalon), Some(StageTarget::Calon), None].map(severity),
        }
    }

    fn covers(&self, verb: Verb, picture: bool) -> bool {
        let media = match self.media {
            MediaRule::Any => true,
            MediaRule::Picture => picture,
            MediaRule::None => !picture,
        };
        media && self.verbs.contains(&verb)
    }
}

/// What the circular says of an activity.
#[derive(Debug, Default)]
pub(super) struct Ruling {
    /// Id of the first rule that applies.
    pub clause: String,
    /// Others that a person should weigh.
    pub also: Vec<String>,
    /// Id of the stage on the activity's day.
    pub stage: String,
    /// What the decree calls a breach of the clause at that stage; between stages, the lightest that it knows.
    pub severity: Severity,
}

/// The first rule that applies, others that a person should weigh, and the stage.
pub(super) fn rule(engine: &Engine, activity: &Activity, kept: &[Occurrence]) -> Ruling {
    let day = activity.acted_at();
    let stage = day.and_then(|at| engine.set.stage_at(at));
    let id = stage.map_or(if day.is_some() { BETWEEN } else { UNDATED }, |stage| stage.id.as_str());
    let mut ruling = Ruling { stage: id.to_owned(), ..Ruling::default() };
    let kinds = kept.iter().filter_map(|o| engine.entries.get(o.entry as usize)).fold(0, |bits, e| bits | bit(e.kind));
    let picture = activity.media.iter().any(|m| is_picture(&m.kind));
    let needs_met = |rule: &Rule| rule.needs == 0 || rule.needs & kinds != 0;
    let covered = || engine.rules.iter().filter(|rule| rule.covers(activity.verb, picture));
    let Some(first) = covered().find(|rule| needs_met(rule)) else { return ruling };
    // What a picture shows the machine can't see: its clause is for a person to weigh even where the words don't ask for it.
    let also = covered()
        .filter(|rule| rule.id != first.id && (needs_met(rule) && rule.needs != 0 || rule.media == MediaRule::Picture));
    ruling.also = also.map(|rule| rule.id.clone()).collect();
    ruling.clause = first.id.clone();
    ruling.severity = first.severities[match stage.map(|stage| stage.target) {
        Some(StageTarget::BakalCalon) => 0,
        Some(StageTarget::Calon) => 1,
        None => 2,
    }];
    ruling
}

fn is_picture(kind: &str) -> bool {
    // Exports leave the kind out or say `photo`; only sound is certainly no picture.
    !kind.eq_ignore_ascii_case("audio")
}
