//! What an answer of X holds beside its posts: the posts that they refer to, their authors, their media.
//!
//! An activity's `raw` is the post's own bytes; what is taken from here stands in the activity alone.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::post::{Post, User, status_page};
use crate::model::{Media, Target};
use crate::source::answer::lenient;

/// The lists of an answer's `includes`, by id.
#[derive(Debug, Default)]
pub(super) struct Includes {
    handles: HashMap<String, String>,
    posts: HashMap<String, Referenced>,
    media: HashMap<String, Media>,
}

#[derive(Debug)]
struct Referenced {
    author_id: Option<String>,
    text: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lists<'a> {
    #[serde(borrow)]
    users: Vec<&'a RawValue>,
    #[serde(borrow)]
    tweets: Vec<&'a RawValue>,
    #[serde(borrow)]
    posts: Vec<&'a RawValue>,
    #[serde(borrow)]
    media: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Medium<'a> {
    media_key: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    preview_image_url: Option<String>,
    #[serde(default)]
    alt_text: Option<String>,
    #[serde(borrow)]
    variants: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Variant {
    url: String,
    #[serde(default)]
    bit_rate: u64,
    #[serde(default)]
    content_type: String,
}

impl Includes {
    /// Reads the `includes` of an answer; a part that is no good is as if it were not there.
    pub(super) fn read(raw: Option<&RawValue>) -> Self {
        let lists: Lists<'_> = raw.and_then(lenient).unwrap_or_default();
        let media: HashMap<String, Media> = lists
            .media
            .into_iter()
            .filter_map(lenient::<Medium<'_>>)
            .map(|m| (m.media_key.clone(), medium(m)))
            .collect();
        let users = lists.users.into_iter().filter_map(lenient::<User>);
        let posts = lists.tweets.into_iter().chain(lists.posts).filter_map(lenient::<Post<'_>>);
        let posts = posts.map(|post| {
            let alts = post.media_keys().into_iter().map(|key| media.get(&key).and_then(|medium| medium.alt.clone()));
            let text = words([Some(post.words())].into_iter().chain(alts));
            (post.id, Referenced { author_id: post.author_id, text })
        });
        let posts = posts.collect();
        Self { handles: users.map(|user| (user.id, user.username)).collect(), posts, media }
    }

    /// The handle of an account today.
    pub(super) fn handle(&self, account_id: &str) -> Option<String> {
        self.handles.get(account_id).cloned()
    }

    pub(super) fn media(&self, key: &str) -> Option<Media> {
        self.media.get(key).cloned()
    }

    /// A post as a target, with what is known of it.
    pub(super) fn target(&self, id: &str) -> Target {
        let post = self.posts.get(id);
        let account_id = post.and_then(|post| post.author_id.clone());
        let handle = account_id.as_ref().and_then(|account| self.handle(account));
        Target {
            kind: "post".to_owned(),
            id: Some(id.to_owned()),
            url: Some(status_page(handle.as_deref().unwrap_or_default(), id)),
            text: post.and_then(|post| post.text.clone()),
            handle,
            account_id,
        }
    }
}

fn medium(medium: Medium<'_>) -> Media {
    let kind = match medium.kind.as_str() {
        "photo" => "image",
        "animated_gif" => "video",
        other => other,
    };
    let variants = medium.variants.and_then(lenient::<Vec<&RawValue>>).unwrap_or_default();
    let films = variants.into_iter().filter_map(lenient::<Variant>).filter(|v| v.content_type.starts_with("video/"));
    let best = films.max_by_key(|film| film.bit_rate).map(|film| film.url);
    Media {
        kind: kind.to_owned(),
        url: medium.url.or(best).or(medium.preview_image_url),
        alt: words([medium.alt_text]),
        ..Media::default()
    }
}

/// The parts that say something, one below the other.
pub(super) fn words(parts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.trim().is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}
