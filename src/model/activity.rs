//! One public act of one account, and its JSONL form.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A JSONL line longer than this (8 MiB) is rejected, not read.
pub const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// What was done, in the sense of ActivityStreams 2.0; the six acts that clause C.2.e of the Sragen circular names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Published something of one's own.
    #[default]
    Post,
    /// Answered somebody's post.
    Comment,
    /// Passed on somebody's post (repost, boost, quote).
    Share,
    /// Marked somebody's post as liked.
    Like,
    /// Follows an account.
    Follow,
    /// Joined a group.
    Join,
}

impl Verb {
    /// Every verb, in the circular's order.
    pub const ALL: [Self; 6] = [Self::Post, Self::Comment, Self::Share, Self::Like, Self::Follow, Self::Join];

    /// The verb as written in JSONL, keyword files and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Comment => "comment",
            Self::Share => "share",
            Self::Like => "like",
            Self::Follow => "follow",
            Self::Join => "join",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Verb {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|v| v.as_str() == s).ok_or_else(|| format!("unknown verb `{s}`"))
    }
}

/// A picture, video or sound attached to an activity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// `image`, `video`, `audio`; unknown kinds are kept as they came.
    #[serde(default)]
    pub kind: String,
    /// File beside the JSONL, for imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Where the platform serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The alt text that the author gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Text read out of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ocr: Option<String>,
    /// How the picture looks, thirty-two hexadecimal digits, where somebody had its bytes; see `crate::picture`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<String>,
}

/// What a share, like, comment, follow or join is directed at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `post`, `account` or `group`.
    #[serde(default)]
    pub kind: String,
    /// The platform's own id of the target, opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The target account's handle (of the author, where the target is a post).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The target account's platform id (a DID, a numeric id), where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The target's text, where it could be resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Public address of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One public act of one account.
///
/// Three clocks are kept apart: when it happened, when it was posted, when it was first seen
/// (the reporting forms of Perbawaslu 9/2024 ask for *happened* and *known*).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// The platform's id, verbatim; an act without one of its own is `<verb>:<target id>`.
    pub id: String,
    /// Name of the platform: `x`, `bluesky`, `feed` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Handle or platform id of the account that acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What was done.
    pub verb: Verb,
    /// The author's own words; empty for a like or a follow.
    pub text: String,
    /// When the event took place, where that is known to differ from the posting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<Timestamp>,
    /// When the platform says it was posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posted_at: Option<Timestamp>,
    /// When netral, or the person who captured it, first saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    /// Public address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Attached media, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
    /// What it was directed at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Hashtags that the platform lists apart from the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hashtags: Vec<String>,
    /// Handles that the platform lists apart from the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
}

/// Why a JSONL line is not an activity. The text names what to do about it, never what the post says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reject {
    /// The line is longer than [`MAX_LINE_BYTES`].
    #[error("line is {bytes} bytes long, more than the 8 MiB that one activity may have; split or shorten it")]
    TooLong {
        /// Length of the line without its line end.
        bytes: usize,
    },
    /// The line is not UTF-8.
    #[error("not UTF-8 at byte {at} of the line; convert the file to UTF-8")]
    NotUtf8 {
        /// First offending byte, from the start of the line.
        at: usize,
    },
    /// The line is not one JSON object of the expected shape (a lone surrogate counts as that, too).
    #[error("not an activity, column {column}: {problem}")]
    Json {
        /// Column in the line, in bytes, from 1.
        column: usize,
        /// What the parser expected.
        problem: String,
    },
    /// A required key is missing or empty.
    #[error("`{key}` is missing: {hint}")]
    Missing {
        /// The key.
        key: &'static str,
        /// What to write there.
        hint: &'static str,
    },
}

/// The line as it stands; `Activity` is this, checked.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    platform: Option<String>,
    #[serde(borrow)]
    account: Option<&'a RawValue>,
    #[serde(default)]
    verb: Verb,
    text: Option<String>,
    happened_at: Option<Timestamp>,
    posted_at: Option<Timestamp>,
    seen_at: Option<Timestamp>,
    url: Option<String>,
    #[serde(default)]
    media: Vec<Media>,
    target: Option<Target>,
    #[serde(default)]
    hashtags: Vec<String>,
    #[serde(default)]
    mentions: Vec<String>,
}

impl Activity {
    /// Reads one JSONL line (without its line end), as described in docs/FORMATS.md.
    ///
    /// # Errors
    /// [`Reject`] says which key or column is wrong; the caller knows file and line number.
    pub fn from_json_line(line: &[u8]) -> Result<Self, Reject> {
        if line.len() > MAX_LINE_BYTES {
            return Err(Reject::TooLong { bytes: line.len() });
        }
        let line = std::str::from_utf8(line).map_err(|e| Reject::NotUtf8 { at: e.valid_up_to() })?;
        let raw: Line<'_> =
            serde_json::from_str(line).map_err(|e| Reject::Json { column: e.column(), problem: json_problem(&e) })?;
        let id = opaque(raw.id, "id")?.filter(|id| !id.is_empty());
        let target_id = raw.target.as_ref().and_then(|t| t.id.clone().or_else(|| t.handle.clone()));
        let id = match (id, target_id) {
            (Some(id), _) => id,
            (None, Some(target)) if raw.verb != Verb::Post => format!("{}:{target}", raw.verb),
            _ => {
                return Err(Reject::Missing {
                    key: "id",
                    hint: "give the platform's id, or `target.id` for an act without an id of its own",
                });
            }
        };
        if raw.text.is_none() && raw.target.is_none() {
            return Err(Reject::Missing {
                key: "text",
                hint: "give the post's text; it may be empty where `target` is given",
            });
        }
        Ok(Self {
            id,
            platform: raw.platform,
            account: opaque(raw.account, "account")?,
            verb: raw.verb,
            text: raw.text.unwrap_or_default(),
            happened_at: raw.happened_at,
            posted_at: raw.posted_at,
            seen_at: raw.seen_at,
            url: raw.url,
            media: raw.media,
            target: raw.target,
            hashtags: raw.hashtags,
            mentions: raw.mentions,
        })
    }

    /// The activity as the database can hold it: U+0000, which Postgres' text refuses, becomes U+001A (substitute), a
    /// control of the same width, so that every offset stays. The raw bytes keep the original.
    #[must_use]
    pub fn storable(mut self) -> Self {
        fn clean(text: &mut String) {
            if text.contains('\0') {
                *text = text.replace('\0', "\u{1a}");
            }
        }
        let media = self.media.iter_mut().flat_map(|m| {
            [Some(&mut m.kind), m.path.as_mut(), m.url.as_mut(), m.alt.as_mut(), m.ocr.as_mut(), m.looks.as_mut()]
                .into_iter()
                .flatten()
        });
        let target = self.target.iter_mut().flat_map(|t| {
            [
                Some(&mut t.kind),
                t.id.as_mut(),
                t.handle.as_mut(),
                t.account_id.as_mut(),
                t.text.as_mut(),
                t.url.as_mut(),
            ]
            .into_iter()
            .flatten()
        });
        let own = [Some(&mut self.id), Some(&mut self.text), self.url.as_mut()].into_iter().flatten();
        own.chain(media).chain(target).chain(&mut self.hashtags).chain(&mut self.mentions).for_each(clean);
        self
    }

    /// The moment that decides stage and register: when it happened, else when it was posted.
    #[must_use]
    pub fn acted_at(&self) -> Option<Timestamp> {
        self.happened_at.or(self.posted_at)
    }
}

/// A string, or an integer taken verbatim: ids exceed 2^53, so they are never read as numbers.
fn opaque(value: Option<&RawValue>, key: &'static str) -> Result<Option<String>, Reject> {
    let Some(value) = value else { return Ok(None) };
    let text = value.get();
    if text.starts_with('"') {
        return serde_json::from_str(text)
            .map(Some)
            .map_err(|e| Reject::Json { column: e.column(), problem: json_problem(&e) });
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Some(text.to_owned()));
    }
    Err(Reject::Missing { key, hint: "write a string or an integer" })
}

/// The parser's words without its own "at line 1 column N", which the caller states better. Where a value has the wrong
/// type the parser would quote it, and it may be post text: then only that is said.
fn json_problem(error: &serde_json::Error) -> String {
    if error.is_data() {
        return "a key has a value of the wrong type or form; see docs/FORMATS.md".to_owned();
    }
    let text = error.to_string();
    text.rfind(" at line ").and_then(|at| text.get(..at)).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_id_and_text_are_required() {
        let a = Activity::from_json_line(br#"{"id":"7","text":"halo","later":{"x":1}}"#).unwrap();
        assert_eq!((a.id.as_str(), a.text.as_str(), a.verb), ("7", "halo", Verb::Post));
    }

    #[test]
    fn integer_ids_are_verbatim() {
        let a = Activity::from_json_line(br#"{"id":176290737262289717012345,"text":""}"#).unwrap();
        assert_eq!(a.id, "176290737262289717012345");
    }

    #[test]
    fn an_act_without_an_id_is_named_by_its_target() {
        let a = Activity::from_json_line(br#"{"verb":"like","target":{"kind":"post","id":"at://x/1"}}"#).unwrap();
        assert_eq!(a.id, "like:at://x/1");
    }

    #[test]
    fn nul_is_kept_and_a_lone_surrogate_is_not() {
        let a = Activity::from_json_line(br#"{"id":"1","text":"a\u0000b"}"#).unwrap();
        assert_eq!(a.text, "a\0b");
        assert!(matches!(Activity::from_json_line(br#"{"id":"1","text":"\ud800"}"#), Err(Reject::Json { .. })));
    }

    #[test]
    fn each_bad_line_says_what_is_wrong() {
        let message = |line: &[u8]| Activity::from_json_line(line).unwrap_err().to_string();
        assert!(message(b"not json").contains("column"));
        assert!(message(b"{\"id\":\"1\",\"text\":\"\xff\"}").contains("UTF-8 at byte 18"));
        assert!(message(br#"{"text":"x"}"#).contains("`id` is missing"));
        assert!(message(br#"{"id":"1"}"#).contains("`text` is missing"));
        assert!(message(br#"{"id":1.5,"text":"x"}"#).contains("`id`"));
        assert!(message(&vec![b'x'; MAX_LINE_BYTES + 1]).contains("8 MiB"));
    }
}
