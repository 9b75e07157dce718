//! Posts of Bluesky as gallery-dl writes them: the record, with `author` and, where asked for, `user`, whose page was read.

use serde_json::Value;

use super::{date, strings};
use crate::capture::value::{id, list, missing, names, string, text};
use crate::capture::{Captured, Reason, time};
use crate::model::{Activity, Media, Target, Verb};

pub(super) fn act(meta: &Value, media: Vec<Media>, page: &str) -> Result<Captured, Reason> {
    let uri = string(meta, "/uri").ok_or(missing("uri", "the item has no id"))?;
    let (author, handle) = (id(meta, "/author/did"), string(meta, "/author/handle"));
    let key = uri.rsplit('/').next().unwrap_or_default().to_owned();
    let mut activity = Activity {
        text: string(meta, "/text").unwrap_or_default(),
        posted_at: text(meta, "/createdAt").and_then(time::utc).or_else(|| date(meta, "/date")),
        url: author.as_deref().map(|did| format!("https://bsky.app/profile/{did}/post/{key}")),
        media: if media.is_empty() { embedded(meta) } else { media },
        hashtags: strings(meta, "/hashtags"),
        mentions: strings(meta, "/mentions"),
        id: uri,
        ..Activity::default()
    };
    if let Some(card) = meta.pointer("/embed/external") {
        let words: Vec<&str> = ["/title", "/description"].iter().filter_map(|at| text(card, at)).collect();
        let alt = Some(words.join("\n")).filter(|words| !words.is_empty());
        activity.media.push(Media { kind: "link".to_owned(), url: string(card, "/uri"), alt, ..Media::default() });
    }
    let post = |id: String| Target { kind: "post".to_owned(), id: Some(id), ..Target::default() };
    let quoted = ["/embed/record/record/uri", "/embed/record/uri"].iter().find_map(|at| string(meta, at));
    if let Some(quoted) = quoted {
        (activity.verb, activity.target) = (Verb::Share, Some(post(quoted)));
    } else if let Some(parent) = string(meta, "/reply/parent/uri") {
        (activity.verb, activity.target) = (Verb::Comment, Some(post(parent)));
    }
    let user = id(meta, "/user/did");
    let others = user.is_some() && user != author;
    let captured = Captured { activity, platform: "bluesky".to_owned(), names: names([author, handle])? };
    let owner = || names([user.clone(), string(meta, "/user/handle")]);
    match page {
        "likes" if user.is_none() => Err(Reason::NoAct(
            "the file does not say whose likes these are; let gallery-dl write the metadata of users",
        )),
        "likes" => Ok(captured.acted_on(Verb::Like, owner()?)),
        // On somebody's own page, what another wrote was passed on; but not what was only quoted.
        "posts" | "replies" | "media" | "video" if others && meta.get("quote_id").is_none() => {
            Ok(captured.acted_on(Verb::Share, owner()?))
        }
        _ => Ok(captured),
    }
}

/// The pictures' descriptions, where gallery-dl wrote no addresses.
fn embedded(meta: &Value) -> Vec<Media> {
    let images = ["/embed/images", "/embed/media/images"].iter().flat_map(|at| list(meta, at));
    images
        .map(|image| Media { kind: "image".to_owned(), alt: string(image, "/alt"), ..Media::default() })
        .filter(|medium| medium.alt.is_some())
        .collect()
}
