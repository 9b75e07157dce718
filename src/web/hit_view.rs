//! A hit in words: the same rendering for the page of one hit and for trying a text.

use std::collections::HashMap;

use super::fields::{self, Entry, Field, Look};
use super::i18n::Text;
use super::said::said;
use super::state::{Lists, ReferenceWords, SetWords};
use crate::model::{Activity, Hit, Level};

/// One part of the score.
#[derive(Clone, Debug)]
pub struct PartRow {
    /// Why.
    pub why: String,
    /// With its sign.
    pub add: String,
    /// Takes something away.
    pub minus: bool,
}

/// A rule that applies or should be weighed.
#[derive(Clone, Debug)]
pub struct ClauseLine {
    /// As in the circular.
    pub id: String,
    /// Short title; empty when the lists no longer know it.
    pub title: String,
    /// Summary.
    pub summary: String,
}

/// Everything that the pages say of a hit.
#[derive(Clone, Debug)]
pub struct HitView {
    /// The contest.
    pub set_title: String,
    /// Id of its list, and the beginning of the version's fingerprint.
    pub set: String,
    /// First eight characters of the fingerprint.
    pub version: String,
    /// The circular, as cited.
    pub circular: String,
    /// The rule that applies first.
    pub clause: ClauseLine,
    /// Others to weigh.
    pub also: Vec<ClauseLine>,
    /// Where the joint decree lists it, for the target of the stage. Information, never a proposal.
    pub references: Vec<ReferenceWords>,
    /// Stage in words.
    pub stage: String,
    /// What was done, in words.
    pub verb: String,
    /// Goes to the queue.
    pub is_review: bool,
    /// 0,83.
    pub score: String,
    /// 0..=100, for the bar.
    pub percent: u16,
    /// The score in words.
    pub strength: String,
    /// The matcher's sentence.
    pub reason: String,
    /// Score parts.
    pub parts: Vec<PartRow>,
    /// What speaks against it.
    pub counter: Vec<String>,
    /// Contestants with the stance towards each.
    pub sides: Vec<(String, String)>,
    /// Sides, parties and keywords' ids are left out: the first look is blind.
    pub blind: bool,
    /// Parties.
    pub parties: Vec<String>,
    /// The activity's fields, marked.
    pub fields: Vec<Field>,
    /// The list of matches.
    pub entries: Vec<Entry>,
    /// How many matches the fields have beyond those listed, in words.
    pub more: Option<String>,
}

impl HitView {
    /// Puts a hit into words; `prefix` keeps ids apart where a page shows several. Words that the live lists no longer have fall back to ids: old hits stay readable.
    pub fn new(hit: &Hit, activity: &Activity, lists: &Lists, prefix: &str, blind: bool, t: Text) -> Self {
        let unknown = SetWords { title: hit.set.to_string(), ..SetWords::default() };
        let words = lists.sets.get(&*hit.set).unwrap_or(&unknown);
        let (fields, entries) = fields::marked(activity, &hit.matches, Look { clause: &hit.clause, blind }, prefix, t);
        let target = words.stages.get(&hit.stage).map(|s| s.target.as_str());
        let references = words.clause(&hit.clause).into_iter().flat_map(|c| &c.references);
        Self {
            set_title: words.title.clone(),
            set: hit.set.to_string(),
            version: hit.version.chars().take(8).collect(),
            circular: words.circular.clone(),
            clause: clause_line(words, &hit.clause),
            also: hit.also.iter().map(|id| clause_line(words, id)).collect(),
            references: references.filter(|r| target.is_none_or(|t| t == r.target)).cloned().collect(),
            stage: stage(words, &hit.stage, t),
            verb: t.verb(hit.verb),
            is_review: hit.level == Level::Review,
            score: t.score(hit.score),
            percent: u16::try_from(hit.score.0.clamp(0, 100)).unwrap_or(0),
            strength: t.strength(hit.score),
            reason: said(&hit.reason, t),
            parts: hit
                .parts
                .iter()
                .map(|p| PartRow { why: said(&p.why, t), add: t.signed(p.add), minus: p.add.0 < 0 })
                .collect(),
            counter: hit.counter.iter().map(|counter| said(counter, t)).collect(),
            sides: hit.sides.iter().filter(|_| !blind).map(|side| side_line(words, hit, side, t)).collect(),
            parties: hit.parties.iter().filter(|_| !blind).cloned().collect(),
            blind,
            fields,
            entries,
            more: i64::try_from(hit.more_matches).ok().filter(|n| *n > 0).map(|n| t.n("hit-more-matches", n)),
        }
    }
}

impl HitView {
    /// Says beside each keyword what people last said of its hits.
    pub fn add_outcomes(&mut self, latest: &HashMap<String, (i64, i64)>, t: Text) {
        for entry in &mut self.entries {
            if let Some((count, upheld)) = latest.get(&entry.keyword).filter(|(count, _)| *count > 0) {
                entry.latest = t.xy("hit-keyword-latest", t.number(*upheld), t.number(*count));
            }
        }
    }
}

/// A stage's title: the list's own words, else netral's for the two special ones, else the id.
pub fn stage(words: &SetWords, id: &str, t: Text) -> String {
    match (id, words.stages.get(id)) {
        ("luar-tahapan", _) => t.s("stage-outside"),
        ("tanpa-tanggal", _) => t.s("stage-undated"),
        (_, Some(stage)) => stage.title.clone(),
        (id, None) => id.to_owned(),
    }
}

fn clause_line(words: &SetWords, id: &str) -> ClauseLine {
    let known = words.clause(id);
    ClauseLine {
        id: id.to_owned(),
        title: known.map(|c| c.title.clone()).unwrap_or_default(),
        summary: known.map(|c| c.summary.clone()).unwrap_or_default(),
    }
}

fn side_line(words: &SetWords, hit: &Hit, side: &str, t: Text) -> (String, String) {
    let title = words.sides.get(side).cloned().unwrap_or_else(|| side.to_owned());
    (title, hit.stance.get(side).map(|s| t.stance(*s)).unwrap_or_default())
}
