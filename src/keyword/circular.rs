//! A circular: its clauses as rules, in order, and what the law says to each.

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::value::Datetime;

use super::StageTarget;
use super::error::{KeywordError, Problem, line_of};
use super::file::parse;
use crate::model::{Kind, Verb, words};

/// What a clause asks of an activity's media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaRule {
    /// Anything or nothing.
    #[default]
    Any,
    /// At least one picture or video.
    Picture,
    /// No picture and no video.
    None,
}

/// Where the joint decree speaks of the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Before or after determination.
    pub target: StageTarget,
    /// The decree.
    pub decree: String,
    /// Item in its list.
    pub item: String,
    /// Class of the breach, as the decree names it.
    #[serde(default)]
    pub class: Option<String>,
    /// Somebody has compared it with the printed decree.
    #[serde(default)]
    pub verified: bool,
}

/// One clause, as a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Id as people write it: `C.2.e`.
    pub id: String,
    /// Short name for people.
    pub title: String,
    /// What it forbids, in own words.
    pub summary: String,
    /// Acts it covers; empty: none by machine, the clause is for people to choose.
    #[serde(default)]
    pub verbs: Vec<Verb>,
    /// What it asks of media.
    #[serde(default)]
    pub media: MediaRule,
    /// Kinds one of which must be among the matches; empty: any match will do.
    #[serde(default)]
    pub needs: Vec<Kind>,
    /// The law behind it.
    #[serde(default, rename = "reference")]
    pub references: Vec<Reference>,
}

/// A circular with its clauses in the order of rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Circular {
    /// Id, the file's name without `.toml`.
    pub id: String,
    /// Official number.
    pub number: String,
    /// Its date, as `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Where it was signed.
    pub place: Option<String>,
    /// Who signed it.
    pub signatory: Option<String>,
    /// The elections it is about.
    pub election_kinds: Vec<String>,
    /// Clauses, first match wins.
    pub clauses: Vec<Clause>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCircularFile {
    circular: RawCircular,
    #[serde(default, rename = "clause")]
    clauses: Vec<Spanned<Clause>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCircular {
    id: String,
    number: String,
    #[serde(default)]
    date: Option<Datetime>,
    #[serde(default)]
    place: Option<String>,
    #[serde(default)]
    signatory: Option<String>,
    #[serde(default)]
    election_kinds: Vec<String>,
}

impl Circular {
    /// Reads and checks a circular's file.
    ///
    /// # Errors
    /// Names file, line and clause of everything that is wrong.
    pub fn parse(file: &str, text: &str) -> Result<Self, KeywordError> {
        let raw: RawCircularFile = parse(file, text)?;
        let mut problems = Vec::new();
        for (i, clause) in raw.clauses.iter().enumerate() {
            if raw.clauses.iter().take(i).any(|other| other.get_ref().id == clause.get_ref().id) {
                problems.push(Problem {
                    file: file.to_owned(),
                    line: line_of(text, clause.span().start),
                    subject: Some(clause.get_ref().id.clone()),
                    what: words!(
                        id = "id huruf edaran ini tertulis dua kali; ganti atau hapus salah satunya",
                        en = "this clause id stands here twice; rename or remove one"
                    ),
                });
            }
        }
        let circular = Self {
            id: raw.circular.id,
            number: raw.circular.number,
            date: raw.circular.date.map(|date| date.to_string()),
            place: raw.circular.place,
            signatory: raw.circular.signatory,
            election_kinds: raw.circular.election_kinds,
            clauses: raw.clauses.into_iter().map(Spanned::into_inner).collect(),
        };
        for verb in Verb::ALL {
            // Every hit points to a clause, so for every act one clause must apply without further conditions.
            if !circular
                .clauses
                .iter()
                .any(|c| c.verbs.contains(&verb) && c.media == MediaRule::Any && c.needs.is_empty())
            {
                problems.push(Problem {
                    file: file.to_owned(),
                    line: 0,
                    subject: None,
                    what: words!(
                        id = "tidak ada huruf edaran yang berlaku untuk setiap `{verb}`; cantumkan \"{verb}\" dalam `verbs` pada satu `[[clause]]` tanpa `media` dan `needs`",
                        en = "no clause covers every `{verb}`; give one clause `verbs` with \"{verb}\", without `media` and `needs`"
                    ),
                });
            }
        }
        if problems.is_empty() { Ok(circular) } else { Err(KeywordError::Invalid(problems)) }
    }

    /// A clause by id.
    #[must_use]
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }
}
