//! Videos as TikTok's own page gets them; Zeeschuimer and gallery-dl keep the same item.

use serde_json::Value;

use super::value::{each, id, integer, list, missing, names, string};
use super::{Captured, Reason, time};
use crate::model::{Activity, Media};

pub(super) fn item(data: &Value) -> Result<Captured, Reason> {
    let own = id(data, "/id").ok_or(missing("id", "the item has no id"))?;
    // From an answer of the service an object, from the page itself only the handle.
    let handle = string(data, "/author/uniqueId").or_else(|| string(data, "/author"));
    let author = id(data, "/author/id").or_else(|| id(data, "/authorId"));
    let tags = each(data, "/textExtra", |extra| string(extra, "/hashtagName"));
    let challenges = each(data, "/challenges", |challenge| string(challenge, "/title"));
    let activity = Activity {
        text: string(data, "/desc").unwrap_or_default(),
        posted_at: integer(data, "/createTime").and_then(time::unix),
        url: handle.as_deref().map(|handle| format!("https://www.tiktok.com/@{handle}/video/{own}")),
        media: media(data),
        hashtags: if tags.is_empty() { challenges } else { tags },
        mentions: each(data, "/textExtra", |extra| string(extra, "/userUniqueId")),
        id: own,
        ..Activity::default()
    };
    Ok(Captured { activity, platform: "tiktok".to_owned(), names: names([author, handle])? })
}

/// The video or the pictures; what is written over them counts as read out of them.
fn media(data: &Value) -> Vec<Media> {
    let lines =
        |sticker: &Value| Some(each(sticker, "/stickerText", |line| line.as_str().map(str::to_owned)).join("\n"));
    let written = each(data, "/stickersOnItem", lines).join("\n");
    let kind = if list(data, "/imagePost/images").is_empty() { "video" } else { "image" };
    let medium = Media {
        kind: kind.to_owned(),
        url: string(data, "/video/cover").or_else(|| string(data, "/imagePost/images/0/imageURL/urlList/0")),
        ocr: Some(written).filter(|written| !written.trim().is_empty()),
        ..Media::default()
    };
    if medium.url.is_none() && medium.ocr.is_none() { Vec::new() } else { vec![medium] }
}
