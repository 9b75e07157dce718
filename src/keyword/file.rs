//! The shape of a keyword file, as written. Meaning is checked in `build`.

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::Keyword;
use super::error::{KeywordError, line_of};
use crate::model::{Kind, Stance, words};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub set: Spanned<RawSet>,
    #[serde(default, rename = "stage")]
    pub stages: Vec<Spanned<RawStage>>,
    #[serde(default, rename = "side")]
    pub sides: Vec<Spanned<RawSide>>,
    #[serde(default, rename = "keyword")]
    pub keywords: Vec<Spanned<RawKeyword>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSet {
    pub id: String,
    pub title: String,
    pub region: Option<String>,
    pub circular: Option<String>,
    pub valid_from: Option<Datetime>,
    pub valid_to: Option<Datetime>,
    pub timezone: Option<String>,
    #[serde(default)]
    pub extends: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStage {
    pub id: String,
    pub title: String,
    pub from: Datetime,
    pub to: Datetime,
    pub target: super::StageTarget,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSide {
    pub id: String,
    pub title: String,
    pub number: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeyword {
    pub id: String,
    pub side: Option<String>,
    pub kind: Kind,
    #[serde(default)]
    pub forms: Vec<String>,
    #[serde(default)]
    pub patterns: Vec<String>,
    #[serde(default)]
    pub accounts: Vec<super::AccountRef>,
    pub strength: Option<super::Strength>,
    pub case: Option<super::Case>,
    pub number: Option<u32>,
    pub enabled: Option<bool>,
    pub daily_cap: Option<u32>,
    pub near: Option<super::Near>,
    #[serde(default)]
    pub except: Vec<String>,
    pub stance: Option<Stance>,
    #[serde(default)]
    pub examples: super::Examples,
    pub note: Option<String>,
}

impl RawKeyword {
    /// The keyword as its file has it: the side as written, not as resolved, and no place.
    pub(super) fn plain(&self) -> Keyword {
        Keyword {
            side: self.side.clone(),
            forms: self.forms.clone(),
            patterns: self.patterns.clone(),
            accounts: self.accounts.clone(),
            strength: self.strength.unwrap_or_default(),
            case: self.case,
            number: self.number,
            enabled: self.enabled.unwrap_or(true),
            daily_cap: self.daily_cap,
            near: self.near.clone(),
            except: self.except.clone(),
            stance: self.stance,
            examples: self.examples.clone(),
            note: self.note.clone(),
            ..Keyword::blank(self.id.clone(), self.kind)
        }
    }
}

/// Reads TOML, naming file and line of what is wrong with its shape.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T, KeywordError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        let what = words!(id = "susunan TOML salah: {message}", en = "{message}", message = error.message());
        KeywordError::one(file, line, None, what)
    })
}
