//! What the matcher says of a post, in the words of the lists: the same for a hit and for trying a text.

use schemars::JsonSchema;
use serde::Serialize;

use super::queue::number;
use crate::model::{Activity, Hit, Kind, Level, Match, Stance, Verb};
use crate::web::fields;
use crate::web::state::{Lists, ReferenceWords, SetWords};

/// A rule of a circular.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClauseRef {
    /// As in the circular: `C.2.e`.
    pub id: String,
    /// Short title; empty where the live lists no longer know it.
    pub title: String,
}

impl ClauseRef {
    /// The rule of this id in the words of a list.
    pub fn new(words: &SetWords, id: &str) -> Self {
        Self { id: id.to_owned(), title: words.clause(id).map(|c| c.title.clone()).unwrap_or_default() }
    }
}

/// A stage of an election.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StageRef {
    /// Its id; `luar-tahapan` between stages, `tanpa-tanggal` without a date.
    id: String,
    /// Title; empty where the live lists no longer know it.
    title: String,
}

impl StageRef {
    /// The stage of this id in the words of a list.
    pub fn new(words: &SetWords, id: &str) -> Self {
        Self { id: id.to_owned(), title: words.stages.get(id).map(|s| s.title.clone()).unwrap_or_default() }
    }
}

/// A match at its place.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Place {
    /// Path of the field: `text`, `media[0].alt`, `target.text`.
    field: String,
    /// First byte in the field's UTF-8.
    start: usize,
    /// One past its last byte.
    end: usize,
    /// What stands there.
    surface: String,
    /// Kind of the keyword.
    kind: Kind,
    /// Id of the keyword; left out of a blind look, because it tells the side.
    #[serde(skip_serializing_if = "Option::is_none")]
    keyword: Option<String>,
}

impl Place {
    /// A match; without its keyword where the reader is blind.
    pub fn new(m: &Match, blind: bool) -> Self {
        Self {
            field: m.field.to_string(),
            start: m.start,
            end: m.end,
            surface: m.surface.clone(),
            kind: m.kind,
            keyword: (!blind).then(|| m.keyword.to_string()),
        }
    }
}

/// What the matcher says of an activity in one election.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// The election's list.
    set: String,
    /// The contest.
    set_title: String,
    /// Fingerprint of the published version that made it.
    version: String,
    /// The circular, as cited.
    circular: String,
    /// The rule that applies first.
    clause: ClauseRef,
    /// Rules to weigh as well.
    also: Vec<ClauseRef>,
    /// Where the joint decree lists the act, for the target of the stage. Information, never a proposal.
    references: Vec<Reference>,
    /// Stage of the election on the day of the act.
    stage: StageRef,
    /// What was done.
    verb: Verb,
    /// `review` goes to the queue, `context` stays background.
    level: String,
    /// 0 to 1, the sum of its parts.
    score: f64,
    /// Class of the breach in the joint decree: 0 unknown, 4 the gravest.
    severity: i16,
    /// The score's parts.
    parts: Vec<ScorePart>,
    /// The sentence that explains it.
    reason: String,
    /// What speaks against it.
    counter: Vec<String>,
    /// The matches.
    matches: Vec<Place>,
    /// Matches beyond those listed.
    more_matches: usize,
    /// Contestants; left out of a blind look.
    #[serde(skip_serializing_if = "Option::is_none")]
    sides: Option<Vec<SideRef>>,
    /// Parties; left out of a blind look.
    #[serde(skip_serializing_if = "Option::is_none")]
    parties: Option<Vec<String>>,
}

/// One field of a post.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldText {
    /// Its path: `text`, `media[0].alt`, `target.text`.
    field: String,
    /// What stands there, the person covered.
    text: String,
}

/// A post to be read, and what the matcher says of it; always covered as for somebody who has not decided.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reading {
    /// What the matcher says.
    finding: Finding,
    /// What there is to read, in reading order.
    fields: Vec<FieldText>,
}

impl Reading {
    /// A post that is covered already.
    pub fn new(activity: &Activity, hit: &Hit, lists: &Lists) -> Self {
        let fields = fields::of(activity).into_iter();
        Self {
            finding: Finding::new(hit, lists, true),
            fields: fields.map(|(field, text)| FieldText { field, text: text.to_owned() }).collect(),
        }
    }
}

/// Where the joint decree lists an act.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Reference {
    /// `bakal_calon` or `calon`.
    target: String,
    /// The decree.
    decree: String,
    /// Its item.
    item: String,
    /// Class of the sanction as printed there.
    class: String,
    /// Somebody compared it with the decree's own text.
    verified: bool,
}

impl Reference {
    fn new(r: &ReferenceWords) -> Self {
        Self {
            target: r.target.clone(),
            decree: r.decree.clone(),
            item: r.item.clone(),
            class: r.class.clone(),
            verified: r.verified,
        }
    }
}

/// One part of a score.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScorePart {
    /// Why.
    why: String,
    /// What it adds; may be negative.
    add: f64,
}

/// A contestant and the stance towards them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SideRef {
    /// Id in the list.
    id: String,
    /// Title.
    title: String,
    /// Stance, where the words show one.
    stance: Option<Stance>,
}

impl Finding {
    /// A hit in the words of the live lists; without keywords, sides and parties where the reader is blind.
    pub fn new(hit: &Hit, lists: &Lists, blind: bool) -> Self {
        let unknown = SetWords { title: hit.set.to_string(), ..SetWords::default() };
        let words = lists.sets.get(&*hit.set).unwrap_or(&unknown);
        let target = words.stages.get(&hit.stage).map(|s| s.target.as_str());
        let references = words.clause(&hit.clause).into_iter().flat_map(|c| &c.references);
        let side = |id: &String| SideRef {
            id: id.clone(),
            title: words.sides.get(id).cloned().unwrap_or_default(),
            stance: hit.stance.get(id).copied(),
        };
        Self {
            set: hit.set.to_string(),
            set_title: words.title.clone(),
            version: hit.version.to_string(),
            circular: words.circular.clone(),
            clause: ClauseRef::new(words, &hit.clause),
            also: hit.also.iter().map(|id| ClauseRef::new(words, id)).collect(),
            references: references.filter(|r| target.is_none_or(|t| t == r.target)).map(Reference::new).collect(),
            stage: StageRef::new(words, &hit.stage),
            verb: hit.verb,
            level: if hit.level == Level::Review { "review" } else { "context" }.to_owned(),
            score: number(hit.score),
            severity: hit.severity.0,
            parts: hit.parts.iter().map(|p| ScorePart { why: p.why.to_string(), add: number(p.add) }).collect(),
            reason: hit.reason.clone(),
            counter: hit.counter.clone(),
            matches: hit.matches.iter().map(|m| Place::new(m, blind)).collect(),
            more_matches: hit.more_matches,
            sides: (!blind).then(|| hit.sides.iter().map(side).collect()),
            parties: (!blind).then(|| hit.parties.clone()),
        }
    }
}
