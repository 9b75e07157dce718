//! What gallery-dl says of posts: a file per post (`--write-metadata`), or a list of messages (`-j`), in which `[2, post]`
//! announces a post and `[3, address, post]` is one of its pictures: together they are one row.

mod bluesky;
mod mastodon;
mod x;

use serde_json::Value;

use super::input::Input;
use super::json::{self, Json, Taken};
use super::value::{id, list, missing, names, parse, string, text};
use super::{Captured, Event, Fault, On, Reason, Row, tiktok, time};
use crate::model::{Activity, Media, Reject};

/// Pictures of one post.
const MOST_MEDIA: usize = 64;

pub(super) fn read(input: &mut dyn Input, on: &mut On<'_>) -> Result<(), Fault> {
    let arrays = json::holds_array(&input.head()?);
    let mut waiting: Option<Post> = None;
    json::items(&mut Json::new(input.text()?), arrays, on, |at, taken, on| {
        let message = match taken {
            Taken::Whole(raw) => Message::of(raw),
            Taken::Long(bytes) => Message::Bad(Vec::new(), Reject::TooLong { bytes }.into()),
            Taken::Cut(raw) => Message::Bad(raw, Reason::NoAct("the file ends in the middle")),
        };
        match message {
            Message::Picture(picture) if waiting.as_ref().is_some_and(|post| post.is_of(&picture.meta)) => {
                waiting.as_mut().is_some_and(|post| post.add(&picture))
            }
            Message::Post(mut post) | Message::Picture(mut post) => {
                post.at = at;
                waiting.replace(post).is_none_or(|before| before.give(on))
            }
            Message::Bad(raw, reason) => {
                waiting.take().is_none_or(|before| before.give(on)) && give(at, raw, Err(reason), on)
            }
        }
    })?;
    if let Some(last) = waiting {
        last.give(on);
    }
    Ok(())
}

fn give(at: u64, raw: Vec<u8>, read: Result<Captured, Reason>, on: &mut On<'_>) -> bool {
    on(Event::Row(Box::new(Row { at, entry: None, raw, ending: 0, read })))
}

/// A post while its pictures come in.
struct Post {
    at: u64,
    raw: Vec<u8>,
    meta: Value,
    media: Vec<Media>,
}

enum Message {
    Post(Post),
    Picture(Post),
    Bad(Vec<u8>, Reason),
}

impl Message {
    fn of(raw: Vec<u8>) -> Self {
        let value = match parse(&raw) {
            Ok(value) => value,
            Err(reason) => return Self::Bad(raw, reason),
        };
        let mut parts = match value {
            Value::Object(_) => return Self::Post(Post { at: 0, raw, meta: value, media: Vec::new() }),
            Value::Array(parts) => parts.into_iter(),
            _ => return Self::Bad(raw, Reason::NoAct("neither a post nor a message of gallery-dl")),
        };
        match (parts.next().and_then(|kind| kind.as_i64()), parts.next(), parts.next()) {
            (Some(2), Some(meta @ Value::Object(_)), _)
            | (Some(2), Some(Value::String(_)), Some(meta @ Value::Object(_))) => {
                Self::Post(Post { at: 0, raw, meta, media: Vec::new() })
            }
            (Some(3), Some(Value::String(url)), Some(meta @ Value::Object(_))) => {
                let media = vec![medium(&meta, url)];
                Self::Picture(Post { at: 0, raw, meta, media })
            }
            (Some(6), ..) => Self::Bad(raw, Reason::NoAct("an address that gallery-dl was to follow, no post")),
            (Some(-1), ..) => Self::Bad(raw, Reason::NoAct("gallery-dl met an error here and wrote nothing else")),
            _ => Self::Bad(raw, Reason::NoAct("neither a post nor a message of gallery-dl")),
        }
    }
}

impl Post {
    /// Whether both are about one post.
    fn is_of(&self, other: &Value) -> bool {
        ["/tweet_id", "/uri", "/post_id", "/id"].iter().any(|at| {
            let own = id(&self.meta, at);
            own.is_some() && own == id(other, at)
        })
    }

    fn add(&mut self, picture: &Self) -> bool {
        if self.media.len() < MOST_MEDIA {
            self.media.extend(picture.media.iter().cloned());
        }
        true
    }

    fn give(self, on: &mut On<'_>) -> bool {
        let read = act(&self.meta, self.media);
        give(self.at, self.raw, read, on)
    }
}

/// A picture; the words that describe it stand at different places.
fn medium(meta: &Value, url: String) -> Media {
    let alt = match text(meta, "/category") {
        Some("twitter" | "bluesky") => string(meta, "/description"),
        _ => string(meta, "/media/description"),
    };
    let video = matches!(text(meta, "/extension"), Some("mp4" | "webm" | "mov" | "m3u8" | "ts"));
    Media { kind: if video { "video" } else { "image" }.to_owned(), url: Some(url), alt, ..Media::default() }
}

fn act(meta: &Value, media: Vec<Media>) -> Result<Captured, Reason> {
    let page = text(meta, "/subcategory").unwrap_or_default();
    if matches!(page, "bookmark" | "bookmarks" | "saved" | "collection") {
        // Nobody else can see it, and no clause knows it.
        return Err(Reason::NoAct("a bookmark is private and no public act"));
    }
    let captured = match text(meta, "/category") {
        Some("twitter") => x::act(meta, media, page)?,
        Some("instagram") => instagram(meta, media)?,
        Some("bluesky") => bluesky::act(meta, media, page)?,
        Some("tiktok") if matches!(page, "likes" | "reposts") => {
            return Err(Reason::NoAct("gallery-dl does not write down whose page of likes or reposts this is"));
        }
        Some("tiktok") => tiktok::item(meta)?,
        _ if meta.pointer("/account/acct").is_some() && meta.get("content").is_some() => {
            mastodon::act(meta, media, page)?
        }
        _ => {
            return Err(Reason::NoAct(
                "gallery-dl captured this from a service whose posts are not read; read are X, Instagram, TikTok, Bluesky, Mastodon",
            ));
        }
    };
    let own = matches!(captured.activity.verb, crate::model::Verb::Post | crate::model::Verb::Comment);
    if own && captured.activity.posted_at.is_none() {
        return Err(missing("date", "the item has no time"));
    }
    Ok(captured)
}

/// `date` and its kin: naive, in UTC.
fn date(meta: &Value, pointer: &str) -> Option<jiff::Timestamp> {
    text(meta, pointer).and_then(time::utc)
}

fn instagram(meta: &Value, media: Vec<Media>) -> Result<Captured, Reason> {
    let code = string(meta, "/post_shortcode").or_else(|| string(meta, "/sidecar_shortcode"));
    let activity = Activity {
        id: code.or_else(|| id(meta, "/post_id")).ok_or(missing("post_shortcode", "the item has no id"))?,
        text: string(meta, "/description").unwrap_or_default(),
        posted_at: date(meta, "/post_date").or_else(|| date(meta, "/date")),
        url: string(meta, "/post_url"),
        media,
        hashtags: strings(meta, "/tags"),
        ..Activity::default()
    };
    // `user` is the page that was read; the post is its owner's.
    let names = names([id(meta, "/owner_id"), string(meta, "/username")])?;
    Ok(Captured { activity, platform: "instagram".to_owned(), names })
}

fn strings(meta: &Value, pointer: &str) -> Vec<String> {
    list(meta, pointer).iter().filter_map(Value::as_str).map(|tag| tag.trim_start_matches('#').to_owned()).collect()
}
