//! Hashtags and mentions that a post marks in its text.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::answer::lenient;

/// The tags and mentions of a post.
#[derive(Default)]
pub(super) struct Facets {
    pub(super) hashtags: Vec<String>,
    pub(super) mentions: Vec<String>,
}

#[derive(Deserialize)]
struct Facet<'a> {
    index: ByteSlice,
    #[serde(borrow)]
    features: Vec<&'a RawValue>,
}

/// Offsets in bytes of UTF-8, given by the client: they may point anywhere.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByteSlice {
    byte_start: usize,
    byte_end: usize,
}

#[derive(Deserialize)]
#[serde(tag = "$type")]
enum Feature {
    #[serde(rename = "app.bsky.richtext.facet#tag")]
    Tag { tag: String },
    #[serde(rename = "app.bsky.richtext.facet#mention")]
    Mention { did: String },
    #[serde(other)]
    Other,
}

impl Facets {
    /// Reads the facets of `text`; a malformed one is none.
    pub(super) fn read(facets: Option<&RawValue>, text: &str) -> Self {
        let mut found = Self::default();
        for facet in facets.and_then(lenient::<Vec<&RawValue>>).unwrap_or_default() {
            let Some(facet) = lenient::<Facet<'_>>(facet) else { continue };
            let shown = text.get(facet.index.byte_start..facet.index.byte_end).filter(|shown| shown.starts_with('@'));
            for feature in facet.features {
                let (list, word) = match lenient(feature) {
                    Some(Feature::Tag { tag }) => (&mut found.hashtags, tag),
                    Some(Feature::Mention { did }) => (&mut found.mentions, shown.map_or(did, str::to_owned)),
                    Some(Feature::Other) | None => continue,
                };
                if !list.contains(&word) {
                    list.push(word);
                }
            }
        }
        found
    }
}
