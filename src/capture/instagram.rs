//! Posts as Instagram's own page gets them, in both of its shapes (a list's item, a graph's node); Zeeschuimer and
//! instaloader keep the same.

use serde_json::Value;

use super::value::{each, id, integer, list, missing, names, string, text};
use super::{Captured, Reason, time};
use crate::model::{Activity, Media};

pub(super) fn item(data: &Value) -> Result<Captured, Reason> {
    if text(data, "/product_type") == Some("ad") {
        return Err(Reason::NoAct("an advertisement"));
    }
    let code = string(data, "/code").or_else(|| string(data, "/shortcode"));
    let own = code.clone().or_else(|| id(data, "/id")).or_else(|| id(data, "/pk"));
    let (user, owner) = (string(data, "/user/username"), string(data, "/owner/username"));
    if user.is_some() && owner.is_some() && user != owner {
        return Err(Reason::NoAct("the item names two accounts as its author"));
    }
    let ids = ["/user/pk", "/user/id", "/owner/pk", "/owner/id"];
    let author = ids.iter().find_map(|at| id(data, at));
    let at = ["/taken_at", "/taken_at_timestamp", "/date"].iter().find_map(|at| integer(data, at));
    let captions = ["/caption/text", "/caption", "/edge_media_to_caption/edges/0/node/text"];
    let tagged = each(data, "/usertags/in", |tag| string(tag, "/user/username"));
    let activity = Activity {
        id: own.ok_or(missing("code", "the item has no id"))?,
        text: captions.iter().find_map(|at| string(data, at)).unwrap_or_default(),
        posted_at: at.and_then(time::unix),
        url: code.map(|code| format!("https://www.instagram.com/p/{code}/")),
        media: media(data),
        mentions: if tagged.is_empty() {
            each(data, "/edge_media_to_tagged_user/edges", |edge| string(edge, "/node/user/username"))
        } else {
            tagged
        },
        ..Activity::default()
    };
    Ok(Captured { activity, platform: "instagram".to_owned(), names: names([author, user.or(owner)])? })
}

/// The pictures and videos of a post, or of its album.
pub(super) fn media(data: &Value) -> Vec<Media> {
    let album = list(data, "/carousel_media");
    if !album.is_empty() {
        return album.iter().map(medium).collect();
    }
    let children = list(data, "/edge_sidecar_to_children/edges");
    if !children.is_empty() {
        return children.iter().filter_map(|edge| edge.get("node")).map(medium).collect();
    }
    let one = medium(data);
    if one.url.is_none() && one.ocr.is_none() { Vec::new() } else { vec![one] }
}

fn medium(item: &Value) -> Media {
    let video =
        item.get("is_video").and_then(Value::as_bool) == Some(true) || !list(item, "/video_versions").is_empty();
    let urls = ["/image_versions2/candidates/0/url", "/display_url", "/display_src", "/video_versions/0/url"];
    Media {
        kind: if video { "video" } else { "image" }.to_owned(),
        url: urls.iter().find_map(|at| string(item, at)),
        // Instagram describes pictures itself, and says there what is written in them.
        ocr: string(item, "/accessibility_caption"),
        ..Media::default()
    }
}
