//! What a post carries besides its text: pictures, video, a link's card, a quoted record.

use serde::Deserialize;

use super::record::{Repo, StrongRef};
use crate::model::Media;

/// The embeds of the lexicon; unknown ones are none.
#[derive(Debug, Deserialize)]
#[serde(tag = "$type")]
pub(super) enum Embed {
    #[serde(rename = "app.bsky.embed.images")]
    Images { images: Vec<Image> },
    #[serde(rename = "app.bsky.embed.video")]
    Video {
        #[serde(default)]
        alt: Option<String>,
        #[serde(default)]
        video: Option<Blob>,
    },
    #[serde(rename = "app.bsky.embed.external")]
    External { external: Card },
    #[serde(rename = "app.bsky.embed.record")]
    Record { record: StrongRef },
    #[serde(rename = "app.bsky.embed.recordWithMedia")]
    RecordWithMedia { record: Inner, media: Box<Embed> },
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
pub(super) struct Inner {
    record: StrongRef,
}

#[derive(Debug, Deserialize)]
pub(super) struct Image {
    #[serde(default)]
    alt: Option<String>,
    #[serde(default)]
    image: Option<Blob>,
}

/// A blob's pointer; very old posts have `cid` in place of `ref`.
#[derive(Debug, Deserialize)]
pub(super) struct Blob {
    #[serde(rename = "ref", default)]
    link: Option<Link>,
    #[serde(default)]
    cid: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Link {
    #[serde(rename = "$link")]
    cid: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Card {
    uri: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
}

impl Embed {
    /// The AT-URI of the quoted record.
    pub(super) fn quoted(&self) -> Option<&str> {
        match self {
            Self::Record { record } | Self::RecordWithMedia { record: Inner { record }, .. } => Some(&record.uri),
            Self::Images { .. } | Self::Video { .. } | Self::External { .. } | Self::Unknown => None,
        }
    }
}

/// The embed's media. A link's card is of kind `link`, with its title and description as alt text.
pub(super) fn media(embed: &Embed, repo: Repo<'_>) -> Vec<Media> {
    match embed {
        Embed::Images { images } => images
            .iter()
            .map(|i| medium("image", i.image.as_ref().and_then(|b| address(b, repo)), i.alt.clone()))
            .collect(),
        Embed::Video { alt, video } => {
            vec![medium("video", video.as_ref().and_then(|b| address(b, repo)), alt.clone())]
        }
        Embed::External { external } => {
            let words = [external.title.trim(), external.description.trim()];
            let words: Vec<_> = words.into_iter().filter(|w| !w.is_empty()).collect();
            vec![medium("link", Some(external.uri.clone()), Some(words.join("\n")))]
        }
        // The media of a `recordWithMedia` are never themselves one: the lexicon has no such nesting.
        Embed::RecordWithMedia { media: inner, .. } if !matches!(**inner, Embed::RecordWithMedia { .. }) => {
            media(inner, repo)
        }
        Embed::RecordWithMedia { .. } | Embed::Record { .. } | Embed::Unknown => Vec::new(),
    }
}

fn medium(kind: &str, url: Option<String>, alt: Option<String>) -> Media {
    Media { kind: kind.to_owned(), url, alt: alt.filter(|a| !a.trim().is_empty()), ..Media::default() }
}

/// Where the author's own server gives the blob out.
fn address(blob: &Blob, repo: Repo<'_>) -> Option<String> {
    let cid = blob.link.as_ref().map(|link| link.cid.as_str()).or(blob.cid.as_deref())?;
    let url = super::xrpc::url(repo.pds, "com.atproto.sync.getBlob", &[("did", repo.did), ("cid", cid)])?;
    Some(url.into())
}
