//! `yt-dlp --write-info-json`: a video with its comments (`--write-comments`), or a playlist with its entries.
//!
//! Such a file holds signed addresses, headers, sometimes cookies: what is kept of it are the keys below and nothing else.
//! Comments are read as they stream by, once it is known whose video they are under.

use std::io::BufRead;

use serde_json::Value;

use super::input::Input;
use super::json::{Json, Key, Taken};
use super::value::{each, id, integer, missing, names, parse, string, text};
use super::{Captured, Event, Fault, MAX_ROW, On, Reason, Row, address, time};
use crate::model::{Activity, Media, Reject, Target, Verb};

/// What is kept of a video.
const KEPT: [&str; 31] = [
    "_type",
    "_version",
    "availability",
    "categories",
    "channel",
    "channel_id",
    "channel_url",
    "comment_count",
    "description",
    "display_id",
    "duration",
    "epoch",
    "extractor",
    "extractor_key",
    "fulltitle",
    "id",
    "ie_key",
    "like_count",
    "live_status",
    "original_url",
    "release_timestamp",
    "repost_count",
    "tags",
    "thumbnail",
    "timestamp",
    "title",
    "upload_date",
    "uploader",
    "uploader_id",
    "view_count",
    "webpage_url",
];
/// Longest value that is kept; a description has five thousand signs.
const MAX_VALUE: usize = 1 << 20;

pub(super) fn read(input: &mut dyn Input, on: &mut On<'_>) -> Result<(), Fault> {
    let head = Head::read(&mut Json::new(input.text()?))?;
    if let Some(version) = string(&head.meta, "/_version/version") {
        on(Event::Tool(version));
    }
    let mut out = Out { on, at: 0, open: true };
    if !head.entries {
        head.give(&mut out);
    }
    if head.entries || head.comments {
        parts(&mut Json::new(input.text()?), &head, &mut out)?;
    }
    if head.entries && head.cut {
        out.give(Vec::new(), Err(Reason::NoAct("the file ends in the middle")));
    }
    Ok(())
}

/// Rows on their way out.
struct Out<'a, 'b> {
    on: &'a mut On<'b>,
    at: u64,
    open: bool,
}

impl Out<'_, '_> {
    fn give(&mut self, raw: Vec<u8>, read: Result<Captured, Reason>) {
        self.at += 1;
        self.open =
            self.open && (self.on)(Event::Row(Box::new(Row { at: self.at, entry: None, raw, ending: 0, read })));
    }
}

/// A video or a playlist without its long parts.
struct Head {
    meta: Value,
    raw: Vec<u8>,
    comments: bool,
    entries: bool,
    cut: bool,
}

impl Head {
    fn read<R: BufRead>(json: &mut Json<R>) -> Result<Self, Fault> {
        let mut head = Self { meta: Value::Null, raw: b"{".to_vec(), comments: false, entries: false, cut: false };
        if json.peek()? != Some(b'{') {
            return Err(Fault::Shape("a .info.json of yt-dlp holds one object; this does not".to_owned()));
        }
        json.step();
        loop {
            let key = match json.key()? {
                Key::Name(key) => key,
                Key::End => break,
                Key::Cut => {
                    head.cut = true;
                    break;
                }
            };
            let array = json.peek()? == Some(b'[');
            head.comments |= key == "comments" && array;
            head.entries |= key == "entries" && array;
            if !KEPT.contains(&key.as_str()) {
                head.cut |= !json.pass()?;
                continue;
            }
            match json.take_small(MAX_VALUE)? {
                Taken::Whole(value) if head.raw.len() + value.len() < MAX_ROW => {
                    let comma = if head.raw.len() > 1 { "," } else { "" };
                    head.raw.extend_from_slice(format!("{comma}\"{key}\":").as_bytes());
                    head.raw.extend_from_slice(&value);
                }
                Taken::Whole(_) | Taken::Long(_) => {}
                Taken::Cut(_) => head.cut = true,
            }
        }
        head.raw.push(b'}');
        head.meta = parse(&head.raw).unwrap_or_default();
        Ok(head)
    }

    fn give(&self, out: &mut Out<'_, '_>) {
        let read = if self.cut {
            Err(Reason::NoAct("the file ends in the middle"))
        } else if self.meta.is_null() {
            Err(Reason::NoAct("this is no JSON"))
        } else {
            video(&self.meta)
        };
        out.give(self.raw.clone(), read);
    }
}

/// Goes through comments and entries.
fn parts<R: BufRead>(json: &mut Json<R>, head: &Head, out: &mut Out<'_, '_>) -> Result<(), Fault> {
    json.peek()?;
    json.step();
    while let Key::Name(key) = json.key()? {
        let array = json.peek()? == Some(b'[');
        if !array || !matches!(key.as_str(), "comments" | "entries") {
            if json.pass()? {
                continue;
            }
            break;
        }
        json.step();
        loop {
            match json.peek()? {
                Some(b']') => {
                    json.step();
                    break;
                }
                Some(_) => {}
                None => {
                    out.give(Vec::new(), Err(Reason::NoAct("the file ends in the middle")));
                    return Ok(());
                }
            }
            match json.take(out.on)? {
                Taken::Whole(raw) if key == "comments" => {
                    let read = parse(&raw).and_then(|item| comment(&item, &head.meta));
                    out.give(raw, read);
                }
                Taken::Whole(raw) if raw.starts_with(b"{") => {
                    let entry = Head::read(&mut Json::new(&*raw))?;
                    entry.give(out);
                    if entry.comments {
                        parts(&mut Json::new(&*raw), &entry, out)?;
                    }
                }
                Taken::Whole(raw) => out.give(raw, Err(Reason::NoAct("an entry that could not be read by yt-dlp"))),
                Taken::Long(bytes) => out.give(Vec::new(), Err(Reject::TooLong { bytes }.into())),
                Taken::Cut(raw) => {
                    out.give(raw, Err(Reason::NoAct("the file ends in the middle")));
                    return Ok(());
                }
            }
            if !out.open {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The platform by the extractor's name.
fn platform(meta: &Value) -> Result<&'static str, Reason> {
    let name = ["/extractor_key", "/extractor", "/ie_key"].iter().find_map(|at| text(meta, at)).unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let known = ["youtube", "tiktok", "instagram", "facebook"].into_iter().find(|known| name.starts_with(known));
    match known {
        Some(known) => Ok(known),
        None if name.starts_with("twitter") => Ok("x"),
        None if name == "generic" => Err(Reason::NoAct("yt-dlp did not know the page (generic): no account is named")),
        None => Err(Reason::NoAct(
            "yt-dlp took this from a service that is not read; read are YouTube, TikTok, Instagram, Facebook, X",
        )),
    }
}

fn video(meta: &Value) -> Result<Captured, Reason> {
    let platform = platform(meta)?;
    let (channel_id, uploader_id) = (id(meta, "/channel_id"), id(meta, "/uploader_id"));
    // Names that are shown are nobody's handle; which key holds the handle differs by extractor.
    let names = match platform {
        "youtube" => names([channel_id, uploader_id]),
        "tiktok" => names([uploader_id, string(meta, "/uploader")]),
        "instagram" => names([uploader_id, string(meta, "/channel")]),
        _ => names([uploader_id, channel_id]),
    }?;
    let url = string(meta, "/webpage_url").or_else(|| string(meta, "/original_url"));
    let of_post =
        (platform == "x").then(|| url.as_deref().and_then(address::post_id).or_else(|| id(meta, "/display_id")));
    let title = text(meta, "/fulltitle").or_else(|| text(meta, "/title"));
    let description = text(meta, "/description");
    // Elsewhere the title is made of the description.
    let words = match (platform, title, description) {
        ("youtube" | "facebook", Some(title), Some(description)) => format!("{title}\n\n{description}"),
        (_, title, description) => description.or(title).unwrap_or_default().to_owned(),
    };
    let day = text(meta, "/upload_date").and_then(time::day);
    let posted_at = integer(meta, "/timestamp").or_else(|| integer(meta, "/release_timestamp")).and_then(time::unix);
    let activity = Activity {
        id: of_post.flatten().or_else(|| id(meta, "/id")).ok_or(missing("id", "the item has no id"))?,
        text: words,
        posted_at: Some(
            posted_at.or(day).ok_or(missing("timestamp", "the item has no time; let yt-dlp read each entry"))?,
        ),
        seen_at: integer(meta, "/epoch").and_then(time::unix),
        url,
        media: vec![Media { kind: "video".to_owned(), url: string(meta, "/thumbnail"), ..Media::default() }],
        hashtags: each(meta, "/tags", |tag| tag.as_str().map(str::to_owned)),
        ..Activity::default()
    };
    Ok(Captured { activity, platform: platform.to_owned(), names })
}

fn comment(item: &Value, video: &Value) -> Result<Captured, Reason> {
    let platform = platform(video)?;
    let under = id(video, "/id").ok_or(missing("id", "the video has no id"))?;
    let parent = id(item, "/parent").filter(|parent| parent != "root");
    let answers_video = parent.is_none();
    let target = Target {
        kind: "post".to_owned(),
        id: Some(parent.unwrap_or(under)),
        account_id: if answers_video { id(video, "/channel_id") } else { None },
        handle: if answers_video { id(video, "/uploader_id") } else { None },
        text: string(video, "/title").filter(|_| answers_video),
        url: string(video, "/webpage_url"),
    };
    let activity = Activity {
        id: id(item, "/id").ok_or(missing("id", "the comment has no id"))?,
        verb: Verb::Comment,
        text: string(item, "/text").unwrap_or_default(),
        // Of a comment, services tell the age; the time of reading is sure.
        posted_at: integer(item, "/timestamp").and_then(time::unix),
        seen_at: integer(video, "/epoch").and_then(time::unix),
        target: Some(target),
        ..Activity::default()
    };
    if activity.posted_at.or(activity.seen_at).is_none() {
        return Err(missing("timestamp", "the comment has no time"));
    }
    let names = names([id(item, "/author_id"), string(item, "/author")])?;
    Ok(Captured { activity, platform: platform.to_owned(), names })
}
