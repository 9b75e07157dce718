//! What the matcher says of an activity.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Verb;

/// The kind of a keyword, as in `keywords/README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A contestant's name or nickname.
    Candidate,
    /// A party's name or abbreviation.
    Party,
    /// A party's or pair's symbol.
    Symbol,
    /// A campaign hashtag.
    Hashtag,
    /// A campaign slogan.
    Slogan,
    /// A campaign account, by handle or platform id.
    Account,
    /// A hand sign or its emoji.
    Gesture,
    /// A ballot number.
    Number,
    /// A word of support or attack; never a hit alone.
    Cue,
    /// A phrase that masks every match it overlaps.
    Allow,
}

impl Kind {
    /// Every kind, in the order of the file format's description.
    pub const ALL: [Self; 10] = [
        Self::Candidate,
        Self::Party,
        Self::Symbol,
        Self::Hashtag,
        Self::Slogan,
        Self::Account,
        Self::Gesture,
        Self::Number,
        Self::Cue,
        Self::Allow,
    ];

    /// The kind as written in keyword files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Party => "party",
            Self::Symbol => "symbol",
            Self::Hashtag => "hashtag",
            Self::Slogan => "slogan",
            Self::Account => "account",
            Self::Gesture => "gesture",
            Self::Number => "number",
            Self::Cue => "cue",
            Self::Allow => "allow",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|k| k.as_str() == s).ok_or_else(|| format!("unknown kind `{s}`"))
    }
}

/// Whether a hit waits for people or only stays as background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Score of 0.50 or more: goes to the queue.
    Review,
    /// Below that: kept as background, never queued by itself.
    Context,
}

impl Level {
    /// The level as written in JSONL and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Context => "context",
        }
    }
}

/// For, against, or neither: towards one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stance {
    /// Speaks for the side.
    Support,
    /// Speaks against the side.
    Oppose,
    /// Neither can be read from the words.
    Neutral,
}

/// A score or a part of one, in hundredths, so that parts add up exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub i16);

impl Score {
    /// From this score on, a hit goes to the queue.
    pub const REVIEW: Self = Self(50);
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)? * 100.0;
        if !(-32_000.0..=32_000.0).contains(&value) {
            return Err(serde::de::Error::custom("score out of range"));
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked on the line above")]
        Ok(Self(value.round() as i16))
    }
}

/// Class of the breach as the joint decree names it for a clause and a stage: what it would weigh, never what it is. The
/// queue puts the graver first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(pub i16);

impl Severity {
    /// From a decree's own words, for example `disiplin berat` or `kode etik`; 0 where they say nothing known, up to 4.
    #[must_use]
    pub fn of_class(class: &str) -> Self {
        let class = class.to_ascii_lowercase();
        let known = [("berhenti", 4), ("berat", 4), ("sedang", 3), ("ringan", 2), ("kode etik", 1)];
        Self(known.into_iter().find(|(word, _)| class.contains(word)).map_or(0, |(_, weight)| weight))
    }
}

/// One keyword at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Id of the keyword in its set.
    pub keyword: Arc<str>,
    /// The keyword's kind.
    pub kind: Kind,
    /// Path of the field: `text`, `media[0].alt`, `target.text`, `hashtags[1]` …
    pub field: Cow<'static, str>,
    /// First byte of the surface in the field's UTF-8.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// Exactly `field[start..end]`.
    pub surface: String,
}

/// One reason for the score, in words that a reviewer can read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Why, in Indonesian.
    pub why: Cow<'static, str>,
    /// What it adds; may be negative.
    pub add: Score,
}

/// An activity's matches in one election, explained: what is queued for people.
///
/// It always carries at least one match, the fingerprint of the set that made it, a clause and a stage (P06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Id of the election's keyword set.
    pub set: Arc<str>,
    /// Fingerprint of that set's published version.
    pub version: Arc<str>,
    /// First rule of the set's circular that applies.
    pub clause: String,
    /// Other rules that a person should weigh.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Stage on the activity's date; `luar-tahapan` between stages, `tanpa-tanggal` without a date.
    pub stage: String,
    /// What was done.
    pub verb: Verb,
    /// Queue or background.
    pub level: Level,
    /// Sum of the parts, capped to 0..=1 by a part of its own.
    pub score: Score,
    /// Contestants seen.
    pub sides: Vec<String>,
    /// Stance towards each side seen.
    pub stance: BTreeMap<String, Stance>,
    /// Parties seen; never turned into a coalition's pair.
    pub parties: Vec<String>,
    /// At least one.
    pub matches: Vec<Match>,
    /// How the score came about.
    pub parts: Vec<Part>,
    /// One sentence that a reviewer can read, in Indonesian.
    pub reason: String,
    /// What speaks against it, in Indonesian.
    pub counter: Vec<String>,
    /// Matches that were left out because the field had more than 256.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_matches: usize,
    /// For the order of the queue; follows from the circular, clause and stage, so a line of JSON does not repeat it.
    #[serde(skip)]
    pub severity: Severity,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decrees_words_have_an_order() {
        let order = ["", "kode etik", "disiplin ringan", "Disiplin Sedang", "disiplin berat"].map(Severity::of_class);
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(Severity::of_class("pemberhentian tidak dengan hormat"), Severity(4));
    }

    #[test]
    fn a_score_is_written_in_hundredths_and_read_back() {
        for hundredths in [-25, 0, 7, 50, 83, 100] {
            let score = Score(hundredths);
            let json = serde_json::to_string(&score).unwrap();
            assert_eq!(serde_json::from_str::<Score>(&json).unwrap(), score, "{json}");
        }
        assert_eq!(Score(-5).to_string(), "-0.05");
        assert_eq!(Score(100).to_string(), "1.00");
    }
}
