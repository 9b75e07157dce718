//! The name of a set's content.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::circular::Circular;
use super::set::{Keyword, KeywordSet, Side, Stage};

/// Everything that can change a hit, in a form that does not depend on comments, white space or the order of tables.
#[derive(Serialize)]
struct Canonical<'a> {
    format: u8,
    id: &'a str,
    region: &'a str,
    valid: Option<(String, String)>,
    timezone: &'a str,
    stages: &'a [Stage],
    sides: Vec<&'a Side>,
    keywords: Vec<&'a Keyword>,
    circular: Option<&'a Circular>,
}

/// SHA-256 of the canonical form, in lower-case hex.
pub(super) fn fingerprint(set: &KeywordSet) -> Result<String, serde_json::Error> {
    let mut keywords: Vec<&Keyword> = set.keywords.iter().collect();
    keywords.sort_by(|a, b| a.id.cmp(&b.id));
    let mut sides: Vec<&Side> = set.sides.iter().collect();
    sides.sort_by(|a, b| a.id.cmp(&b.id));
    let canonical = Canonical {
        format: 1,
        id: &set.id,
        region: &set.region,
        valid: set.valid.map(|(from, to)| (from.to_string(), to.to_string())),
        timezone: &set.timezone_name,
        stages: &set.stages,
        sides,
        keywords,
        circular: set.circular.as_deref(),
    };
    let bytes = serde_json::to_vec(&canonical)?;
    let digest = Sha256::digest(&bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
