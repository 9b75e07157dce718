//! One entry of a feed as an activity.

use feed_rs::model::{Entry, Link, MediaObject, Text};
use jiff::Timestamp;
use url::Url;

use crate::model::{Account, Activity, Media, Verb};
use crate::source::{bounded_id, sha256_hex};
use crate::text::html::{self, Plain};

/// Most hashtags and pictures that one entry may have.
const MOST: usize = 64;

/// Titles with which RSS-Bridge delivers its own failures as if they were posts.
const BRIDGE_ERRORS: [&str; 2] = ["Bridge returned error ", "RSS-Bridge tried to fetch"];

/// Whether an entry is a bridge's failure and no post.
pub(super) fn is_bridge_error(entry: &Entry) -> bool {
    entry.title.as_ref().is_some_and(|title| BRIDGE_ERRORS.iter().any(|start| title.content.trim().starts_with(start)))
}

/// Reads an entry. What a feed shows is always a post: shares and replies are only marks in its text.
pub(super) fn activity(entry: &Entry, account: &Account, base: &Url) -> Result<Activity, String> {
    let body = body(entry);
    let text = with_title(&title(entry), &body.text);
    let url = entry.links.iter().find(|link| is_page(link)).and_then(|link| address(&link.href, base));
    let posted_at =
        entry.published.or(entry.updated).and_then(|at| Timestamp::from_microsecond(at.timestamp_micros()).ok());
    let media = media(entry, body, base);
    if text.is_empty() && media.is_empty() && url.is_none() {
        return Err("it has no text, no media and no link".to_owned());
    }
    let id = match (entry.id.trim(), &url) {
        ("", Some(url)) => bounded_id(url),
        ("", None) => format!("sha256:{}", sha256_hex(format!("{posted_at:?}\n{text}").as_bytes())),
        (id, _) => bounded_id(id),
    };
    Ok(Activity {
        id,
        platform: Some("feed".to_owned()),
        account: Some(account.handle.clone()),
        verb: Verb::Post,
        text,
        posted_at,
        url,
        media,
        hashtags: hashtags(entry),
        ..Activity::default()
    })
}

/// The title; where it is plain text, its references are resolved all the same, because much blog software escapes twice.
fn title(entry: &Entry) -> String {
    entry.title.as_ref().map(plain_text).map(|plain| html::resolve(&plain.text)).unwrap_or_default()
}

/// Content where there is some, else the summary.
fn body(entry: &Entry) -> Plain {
    let content = entry.content.as_ref().and_then(|content| {
        let text = content.body.as_deref()?;
        let html = content.content_type.essence().to_string().contains("html");
        Some(if html { html::to_plain(text) } else { verbatim(text) })
    });
    let summary = || entry.summary.as_ref().map(plain_text).unwrap_or_default();
    content.filter(|plain| !plain.text.is_empty() || !plain.images.is_empty()).unwrap_or_else(summary)
}

fn plain_text(text: &Text) -> Plain {
    if text.content_type.essence().to_string().contains("html") {
        html::to_plain(&text.content)
    } else {
        verbatim(&text.content)
    }
}

fn verbatim(text: &str) -> Plain {
    Plain { text: text.trim().replace('\0', "\u{fffd}"), images: Vec::new() }
}

/// Title and text, once: bridges repeat a post's beginning as its title.
fn with_title(title: &str, text: &str) -> String {
    let start = title.trim_end_matches(['…', '.', ' ']);
    match (title.is_empty(), text.is_empty()) {
        (true, _) => text.to_owned(),
        (_, true) => title.to_owned(),
        _ if text.starts_with(start) => text.to_owned(),
        _ => format!("{title}\n\n{text}"),
    }
}

fn is_page(link: &Link) -> bool {
    link.rel.as_deref().is_none_or(|rel| rel == "alternate")
        && !link.media_type.as_deref().is_some_and(|kind| kind.contains('/') && !kind.contains("html"))
}

/// Only addresses that a browser opens as a page: a feed may hold `javascript:` and worse.
fn address(href: &str, base: &Url) -> Option<String> {
    let url = base.join(href.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

fn hashtags(entry: &Entry) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for category in entry.categories.iter().take(MOST) {
        let tag = category.label.as_deref().filter(|label| !label.trim().is_empty()).unwrap_or(&category.term).trim();
        if !tag.is_empty() && !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// Media of the entry itself, attachments, then pictures in its text; each address once.
fn media(entry: &Entry, body: Plain, base: &Url) -> Vec<Media> {
    let own = entry.media.iter().flat_map(|object| of_object(object, base));
    let attached = entry.links.iter().filter(|link| !is_page(link)).filter_map(|link| {
        let kind = kind_of(link.media_type.as_deref()?);
        Some(medium(kind, address(&link.href, base), link.title.clone()))
    });
    let shown = body.images.into_iter().map(|(source, alt)| medium("image".to_owned(), address(&source, base), alt));
    let mut media: Vec<Media> = Vec::new();
    for one in own.chain(attached).chain(shown) {
        match media.iter_mut().find(|known| known.url.is_some() && known.url == one.url) {
            Some(known) => known.alt = known.alt.take().or(one.alt),
            None if one.url.is_some() || one.alt.is_some() => media.push(one),
            None => {}
        }
    }
    media.truncate(MOST);
    media
}

fn of_object(object: &MediaObject, base: &Url) -> Vec<Media> {
    let words = object.description.as_ref().or(object.title.as_ref()).map(|text| plain_text(text).text);
    let one = |content: &feed_rs::model::MediaContent| {
        let kind = content.content_type.as_ref().map_or_else(|| "file".to_owned(), |kind| kind_of(kind.as_ref()));
        medium(kind, content.url.as_ref().and_then(|url| address(url.as_str(), base)), words.clone())
    };
    let mut media: Vec<Media> = object.content.iter().map(one).collect();
    if media.is_empty() {
        let picture = |uri: &str| medium("image".to_owned(), address(uri, base), words.clone());
        media.extend(object.thumbnails.first().map(|thumbnail| picture(&thumbnail.image.uri)));
    }
    media
}

fn kind_of(media_type: &str) -> String {
    match media_type.split('/').next() {
        Some(kind @ ("image" | "video" | "audio")) => kind.to_owned(),
        _ => "file".to_owned(),
    }
}

fn medium(kind: String, url: Option<String>, alt: Option<String>) -> Media {
    Media { kind, url, alt: alt.map(|a| a.trim().to_owned()).filter(|a| !a.is_empty()), ..Media::default() }
}
