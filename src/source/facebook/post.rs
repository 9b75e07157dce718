//! One post of a Page as an activity. Pure: bytes in, values out.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{Activity, Media, Target, Verb};
use crate::source::answer::{self, lenient, problem};
use crate::source::meta::time;

#[derive(Deserialize)]
struct Post<'a> {
    #[serde(deserialize_with = "answer::id")]
    id: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    story: Option<String>,
    #[serde(default)]
    created_time: String,
    #[serde(default)]
    permalink_url: Option<String>,
    #[serde(default, deserialize_with = "answer::maybe_id")]
    parent_id: Option<String>,
    #[serde(default)]
    is_published: Option<bool>,
    #[serde(borrow, default)]
    from: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message_tags: Option<&'a RawValue>,
    #[serde(borrow, default)]
    attachments: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct From {
    #[serde(deserialize_with = "answer::id")]
    id: String,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default)]
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attachments {
    data: Vec<Attachment>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attachment {
    r#type: String,
    media_type: String,
    title: Option<String>,
    description: Option<String>,
    url: Option<String>,
    unshimmed_url: Option<String>,
    media: Option<Medium>,
    target: Option<AttachedTarget>,
    subattachments: Attachments,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Medium {
    source: Option<String>,
    image: Option<Image>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Image {
    src: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AttachedTarget {
    id: Option<String>,
}

impl Attachment {
    /// Whether it is somebody else's post, or a page of the web, that was passed on.
    fn is_shared(&self) -> bool {
        matches!(self.r#type.as_str(), "share" | "native_templates")
    }

    fn media(&self) -> Option<Media> {
        let medium = self.media.as_ref()?;
        let kind = match self.media_type.as_str() {
            "photo" | "link" | "album" | "" => "image",
            other => other,
        };
        let url = medium.source.clone().or_else(|| medium.image.as_ref()?.src.clone());
        url.is_some().then(|| Media { kind: kind.to_owned(), url, ..Media::default() })
    }

    fn target(self) -> Target {
        let words: Vec<String> =
            [self.title, self.description].into_iter().flatten().filter(|part| !part.is_empty()).collect();
        Target {
            kind: "post".to_owned(),
            id: self.target.and_then(|target| target.id),
            text: (!words.is_empty()).then(|| words.join("\n")),
            url: self.unshimmed_url.or(self.url),
            ..Target::default()
        }
    }
}

/// One post of the Page `page`; none where it is a visitor's, or not published. Where visitors write into the same list
/// (`strict`), a post of which nobody says whose it is counts as a visitor's.
pub(super) fn post(raw: &str, page: &str, strict: bool) -> Result<Option<Activity>, String> {
    let post: Post<'_> = serde_json::from_str(raw).map_err(|e| problem("post", &e))?;
    let author = post.from.and_then(lenient::<From>).map(|from| from.id);
    let own = author.map_or(!strict, |author| author == page);
    if !own || post.is_published == Some(false) {
        return Ok(None);
    }
    let mut attachments = post.attachments.and_then(lenient::<Attachments>).unwrap_or_default().data;
    let parts = |attachment: &Attachment| -> Vec<Media> {
        match attachment.subattachments.data.as_slice() {
            [] => attachment.media().into_iter().collect(),
            parts => parts.iter().filter_map(Attachment::media).collect(),
        }
    };
    let media = attachments.iter().flat_map(parts).collect();
    let shared = attachments.iter().position(Attachment::is_shared).map(|at| attachments.swap_remove(at).target());
    let target = match post.parent_id {
        Some(parent) => {
            let shown = shared.unwrap_or_default();
            Some(Target { kind: "post".to_owned(), id: Some(parent), ..shown })
        }
        None => shared,
    };
    let tags: Vec<Tag> = post.message_tags.and_then(lenient).unwrap_or_default();
    Ok(Some(Activity {
        id: post.id,
        platform: Some("facebook".to_owned()),
        verb: if target.is_some() { Verb::Share } else { Verb::Post },
        text: post.message.or(post.story).unwrap_or_default(),
        posted_at: time(&post.created_time),
        url: post.permalink_url,
        media,
        target,
        mentions: tags.into_iter().map(|tag| tag.name).filter(|name| !name.is_empty()).collect(),
        ..Activity::default()
    }))
}
