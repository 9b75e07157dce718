//! The validated set.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::circular::Circular;
use crate::model::{Kind, Stance};

/// Enough alone, or only with a neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Enough alone.
    #[default]
    Strong,
    /// Counts only with the neighbour that `near` asks for.
    Weak,
}

/// Whether capitals count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// They don't.
    Fold,
    /// They do: AMIN is not amin.
    Exact,
}

/// The neighbour that a keyword needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Kinds one of which must stand near.
    pub kinds: Vec<Kind>,
    /// At most so many tokens away, both ways, in the same field.
    pub within: u16,
}

/// A campaign account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRef {
    /// Name of the platform, as in an activity's `platform`; any platform where missing.
    #[serde(default)]
    pub platform: Option<String>,
    /// Handle, with or without `@`.
    #[serde(default)]
    pub handle: Option<String>,
    /// The platform's own id (a number, a DID).
    #[serde(default)]
    pub id: Option<String>,
}

/// Texts that show what a keyword is for; checked before a set can be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Texts in which it must count.
    #[serde(default, rename = "match")]
    pub matching: Vec<String>,
    /// Texts in which it must not.
    #[serde(default)]
    pub no_match: Vec<String>,
}

/// What the law calls the contestants on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageTarget {
    /// Would-be contestants, before the commission determines them.
    BakalCalon,
    /// Contestants.
    Calon,
}

/// A stretch of the election's calendar; both days belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Id, unique in the set.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// What contestants are called then.
    pub target: StageTarget,
}

/// A contestant: pair, candidate or party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Id, unique in the set.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Ballot number, once drawn.
    pub number: Option<u32>,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Keyword {
    /// Id, unique in the set and everything it extends.
    pub id: String,
    /// The side it speaks of; resolved from a shared set's `number` where it came from one.
    pub side: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// Literal forms, as written.
    pub forms: Vec<String>,
    /// Regular expressions over the folded text.
    pub patterns: Vec<String>,
    /// Campaign accounts, for `kind = "account"`.
    pub accounts: Vec<AccountRef>,
    /// Whether it is enough alone.
    pub strength: Strength,
    /// Whether capitals count; `None`: they do for forms of two to five capitals.
    pub case: Option<Case>,
    /// The number under which a shared set names a side.
    pub number: Option<u32>,
    /// Switched off entries stay in the file, but not in the matcher.
    pub enabled: bool,
    /// More matches than this on one day put it into quarantine.
    pub daily_cap: Option<u32>,
    /// The neighbour it needs.
    pub near: Option<Near>,
    /// Phrases in which it does not count.
    pub except: Vec<String>,
    /// For cues, hashtags and slogans: what they say.
    pub stance: Option<Stance>,
    /// What it is for.
    pub examples: Examples,
    /// Where it comes from, and why.
    pub note: Option<String>,
    /// File it stands in (for messages; not part of the fingerprint).
    #[serde(skip)]
    pub file: String,
    /// Line of its `[[keyword]]`, from 1.
    #[serde(skip)]
    pub line: usize,
}

impl Keyword {
    /// A keyword that says nothing yet.
    pub(super) fn blank(id: String, kind: Kind) -> Self {
        Self {
            id,
            side: None,
            kind,
            forms: Vec::new(),
            patterns: Vec::new(),
            accounts: Vec::new(),
            strength: Strength::default(),
            case: None,
            number: None,
            enabled: true,
            daily_cap: None,
            near: None,
            except: Vec::new(),
            stance: None,
            examples: Examples::default(),
            note: None,
            file: String::new(),
            line: 0,
        }
    }
}

/// One election: sides, stages, keywords and circular. Immutable, and named by its fingerprint.
#[derive(Clone, Debug)]
pub struct KeywordSet {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) region: String,
    pub(super) valid: Option<(Date, Date)>,
    pub(super) timezone: TimeZone,
    pub(super) timezone_name: String,
    pub(super) stages: Vec<Stage>,
    pub(super) sides: Vec<Side>,
    pub(super) keywords: Vec<Keyword>,
    pub(super) circular: Option<Arc<Circular>>,
    pub(super) extends: Vec<String>,
    pub(super) sources: Vec<(String, String)>,
    pub(super) fingerprint: String,
}

impl KeywordSet {
    /// Id of the set, as in the file.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The region it is for; empty in shared sets.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// First and last day on which the set applies, both inclusive; `None` for shared sets.
    #[must_use]
    pub fn valid(&self) -> Option<(Date, Date)> {
        self.valid
    }

    /// Name of the time zone in which days begin and end.
    #[must_use]
    pub fn timezone(&self) -> &str {
        &self.timezone_name
    }

    /// The calendar, in ascending order.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The contestants, in the file's order; empty in shared sets.
    #[must_use]
    pub fn sides(&self) -> &[Side] {
        &self.sides
    }

    /// A side by id.
    #[must_use]
    pub fn side(&self, id: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.id == id)
    }

    /// Every keyword, own ones first, then those of the sets it extends.
    #[must_use]
    pub fn keywords(&self) -> &[Keyword] {
        &self.keywords
    }

    /// A keyword by id.
    #[must_use]
    pub fn keyword(&self, id: &str) -> Option<&Keyword> {
        self.keywords.iter().find(|keyword| keyword.id == id)
    }

    /// The circular whose clauses hits point to; `None` only in shared sets.
    #[must_use]
    pub fn circular(&self) -> Option<&Circular> {
        self.circular.as_deref()
    }

    /// Ids of the sets it extends directly.
    #[must_use]
    pub fn extends(&self) -> &[String] {
        &self.extends
    }

    /// Whether it is an election (has sides), not a shared set.
    #[must_use]
    pub fn is_election(&self) -> bool {
        !self.sides.is_empty()
    }

    /// SHA-256 in lower-case hex over everything that can change a hit: keywords, sides, stages and clauses of the whole
    /// closure, but not comments, order of tables or white space.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Name and text of every file the set was made from: its own first, then those it extends, then its circular.
    ///
    /// [`KeywordSet::from_sources`] makes the same set from them.
    #[must_use]
    pub fn sources(&self) -> Vec<(String, String)> {
        self.sources.clone()
    }

    /// The day of a moment, in the set's time zone.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.timezone.clone()).date()
    }

    /// Whether the set applies on that moment's day.
    #[must_use]
    pub fn applies_at(&self, at: Timestamp) -> bool {
        self.valid.is_none_or(|(from, to)| (from..=to).contains(&self.day(at)))
    }

    /// The stage in which a moment falls; `None` between stages.
    #[must_use]
    pub fn stage_at(&self, at: Timestamp) -> Option<&Stage> {
        let day = self.day(at);
        self.stages.iter().find(|stage| (stage.from..=stage.to).contains(&day))
    }
}
