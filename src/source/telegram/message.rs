//! One message of a preview page as an activity. Pure: bytes in, values out.
//!
//! | message | verb | target |
//! |---|---|---|
//! | plain, also an album | post | |
//! | answers a message | comment | that message |
//! | forwarded | share, without words of one's own | the message, where its channel is public |
//!
//! An album is one message under the number of its first picture. A poll's question and options are its text.

use jiff::Timestamp;
use scraper::{ElementRef, Html};
use serde::Deserialize;

use crate::model::{Activity, Media, Target, Verb};
use crate::source::SOMEBODY_ELSES;
use crate::text::html::to_plain;

/// Most media, hashtags and mentions of one message.
const MOST: usize = 64;

/// A message that was read.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) activity: Activity,
    /// Its number in the channel.
    pub(super) number: u64,
    /// The channel's name as the page writes it.
    pub(super) channel: String,
    /// The channel's own number, which stays when its name goes to another one.
    pub(super) channel_number: Option<i64>,
}

/// Reads one message of `channel`; `None` is a note of the service (a picture changed, a message was pinned).
///
/// The error says what is wrong without quoting it.
pub(super) fn parse(raw: &[u8], channel: &str) -> Result<Option<Message>, String> {
    let text = std::str::from_utf8(raw).map_err(|_| "it is not UTF-8")?;
    let document = Html::parse_fragment(text);
    let root = document.root_element();
    let message = all(root, "tgme_widget_message").find(|element| element.attr("data-post").is_some());
    let message = message.ok_or("it has no number")?;
    let post = message.attr("data-post").unwrap_or_default();
    let (name, number) = place(post).ok_or("its number cannot be read")?;
    if !name.eq_ignore_ascii_case(channel) {
        return Err(SOMEBODY_ELSES.to_owned());
    }
    if message.value().classes().any(|class| class == "service_message") {
        return Ok(None);
    }
    let words = words(message);
    let (verb, target, own) = match (first(message, "tgme_widget_message_forwarded_from_name"), reply(message)) {
        (Some(origin), _) => (Verb::Share, Some(forwarded(origin, &words)), false),
        (None, Some(parent)) => (Verb::Comment, Some(parent), true),
        (None, None) => (Verb::Post, None, true),
    };
    let mut media = media(message);
    if words.is_empty() && media.is_empty() && first(message, "message_media_not_supported").is_some() {
        media.push(Media { kind: "unsupported".to_owned(), ..Media::default() });
    }
    let (hashtags, mentions) = marked(message);
    let activity = Activity {
        id: post.to_owned(),
        platform: Some("telegram".to_owned()),
        verb,
        posted_at: posted_at(message),
        url: Some(format!("https://t.me/{post}")),
        text: if own { words } else { String::new() },
        target,
        media,
        hashtags,
        mentions,
        ..Activity::default()
    };
    let channel_number = message.attr("data-view").and_then(channel_number);
    Ok(Some(Message { activity, number, channel: name.to_owned(), channel_number }))
}

/// Elements of a class, in the order of the page.
fn all<'a>(root: ElementRef<'a>, class: &'a str) -> impl Iterator<Item = ElementRef<'a>> {
    let elements = root.descendants().filter_map(ElementRef::wrap);
    elements.filter(move |element| element.value().classes().any(|name| name == class))
}

fn first<'a>(root: ElementRef<'a>, class: &'a str) -> Option<ElementRef<'a>> {
    all(root, class).next()
}

fn plain(element: ElementRef<'_>) -> String {
    to_plain(&element.inner_html()).text
}

/// `channel/123`, also with what addresses have after it.
pub(super) fn place(post: &str) -> Option<(&str, u64)> {
    let (name, number) = post.split_once('/')?;
    let digits = number.split(['?', '/']).next()?;
    (is_name(name) && digits.bytes().all(|b| b.is_ascii_digit())).then_some(())?;
    Some((name, digits.parse().ok()?))
}

/// Whether a word can be the name of a channel.
pub(super) fn is_name(name: &str) -> bool {
    (4..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Text and poll. Albums nest two elements with the same text: the inner one is the last.
fn words(message: ElementRef<'_>) -> String {
    let text = all(message, "js-message_text").last().map(plain);
    let poll = ["tgme_widget_message_poll_question", "tgme_widget_message_poll_option_text"];
    let poll = poll.into_iter().flat_map(|class| all(message, class)).map(plain);
    joined(text.into_iter().chain(poll)).unwrap_or_default()
}

/// When it was posted. A video's length is a `time`, too, but has no moment; an edit keeps the first one.
fn posted_at(message: ElementRef<'_>) -> Option<Timestamp> {
    let times = message.descendants().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "time");
    times.filter_map(|time| time.attr("datetime")?.parse().ok()).last()
}

/// What was forwarded. The name of a person who hides their account leads nowhere.
fn forwarded(origin: ElementRef<'_>, words: &str) -> Target {
    let (handle, id, url) = origin.attr("href").map_or((None, None, None), address);
    Target {
        kind: "post".to_owned(),
        id,
        handle,
        text: Some(words.to_owned()).filter(|words| !words.is_empty()),
        url,
        ..Target::default()
    }
}

fn reply(message: ElementRef<'_>) -> Option<Target> {
    let parent = first(message, "tgme_widget_message_reply")?;
    let (handle, id, url) = parent.attr("href").map_or((None, None, None), address);
    let said = ["js-message_reply_text", "tgme_widget_message_metatext"];
    let text = said.into_iter().find_map(|class| first(parent, class)).map(plain).filter(|text| !text.is_empty());
    Some(Target { kind: "post".to_owned(), id, handle, text, url, ..Target::default() })
}

/// Channel, message and address of a link to Telegram.
fn address(href: &str) -> (Option<String>, Option<String>, Option<String>) {
    let path = ["https://t.me/", "http://t.me/", "https://telegram.me/"]
        .into_iter()
        .find_map(|start| href.strip_prefix(start));
    let Some(path) = path.map(|path| path.strip_prefix("s/").unwrap_or(path)) else { return (None, None, None) };
    let name = path.split(['/', '?']).next().filter(|name| is_name(name)).map(str::to_owned);
    let id = place(path).map(|(name, number)| format!("{name}/{number}"));
    let url = name.is_some().then(|| href.to_owned());
    (name, id, url)
}

fn media(message: ElementRef<'_>) -> Vec<Media> {
    let mut media = Vec::new();
    for element in message.descendants().filter_map(ElementRef::wrap) {
        for class in element.value().classes() {
            let one = match class {
                "tgme_widget_message_photo_wrap" | "tgme_widget_message_sticker" => {
                    medium("image", background(element))
                }
                "tgme_widget_message_video_player" | "tgme_widget_message_roundvideo_player" => {
                    let film = named(element, "video").and_then(|film| film.attr("src")).map(str::to_owned);
                    let thumb = || all(element, "tgme_widget_message_video_thumb").find_map(background);
                    medium("video", film.or_else(thumb))
                }
                "tgme_widget_message_voice" => medium("audio", element.attr("src").map(str::to_owned)),
                "tgme_widget_message_document_title" => {
                    Media { alt: Some(plain(element)).filter(|name| !name.is_empty()), ..medium("file", None) }
                }
                "tgme_widget_message_link_preview" => {
                    let parts = ["link_preview_title", "link_preview_description"];
                    let alt = joined(parts.into_iter().filter_map(|part| first(element, part)).map(plain));
                    Media { alt, ..medium("link", element.attr("href").map(str::to_owned)) }
                }
                _ => continue,
            };
            media.push(one);
        }
    }
    media.truncate(MOST);
    media
}

fn named<'a>(root: ElementRef<'a>, name: &str) -> Option<ElementRef<'a>> {
    root.descendants().filter_map(ElementRef::wrap).find(|element| element.value().name() == name)
}

fn medium(kind: &str, url: Option<String>) -> Media {
    // Addresses without a scheme are those of Telegram's own servers.
    let url = url.map(|url| if url.starts_with("//") { format!("https:{url}") } else { url });
    Media { kind: kind.to_owned(), url: url.filter(|url| url.starts_with("https://")), ..Media::default() }
}

/// The picture that stands in an element's style.
fn background(element: ElementRef<'_>) -> Option<String> {
    let (_, after) = element.attr("style")?.split_once("background-image:url(")?;
    let address = after.split(')').next()?.trim_matches(['\'', '"']);
    (!address.is_empty()).then(|| address.to_owned())
}

/// Hashtags and mentions of the text: links to a search, and links that show a name.
fn marked(message: ElementRef<'_>) -> (Vec<String>, Vec<String>) {
    let (mut tags, mut names): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let Some(text) = all(message, "js-message_text").last() else { return (tags, names) };
    let links = text.descendants().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "a");
    for link in links.take(MOST) {
        let shown = plain(link);
        let (list, word) = match (shown.strip_prefix('#'), shown.strip_prefix('@'), link.attr("href")) {
            (Some(tag), _, Some(href)) if href.starts_with("?q=%23") => (&mut tags, tag),
            (_, Some(name), Some(_)) if is_name(name) => (&mut names, name),
            _ => continue,
        };
        if !list.iter().any(|known| known == word) {
            list.push(word.to_owned());
        }
    }
    (tags, names)
}

#[derive(Deserialize)]
struct View {
    c: i64,
}

/// The channel's number in `data-view`: base64 of `{"c":-1186921499,…}`.
fn channel_number(view: &str) -> Option<i64> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0_u32, Vec::new());
    for letter in view.bytes().take(1_024).filter(|b| *b != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    serde_json::from_slice::<View>(&bytes).ok().map(|view| view.c)
}

fn joined(parts: impl IntoIterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_holds_the_channels_number() {
        let view = "eyJjIjotMTE4NjkyMTQ5OSwicCI6IjkzNDMwZyIsInQiOjE3ODc1NTU5MTQsImgiOiI4ZGU4YTRjMzQ0MWM3MmNlZDYifQ";
        assert_eq!(channel_number(view), Some(-1_186_921_499));
        for bad in ["", "e", "bukan base64!", "e30"] {
            assert_eq!(channel_number(bad), None, "{bad}");
        }
    }

    #[test]
    fn links_name_channel_and_message() {
        let found = |href: &str| {
            let (handle, id, _) = address(href);
            (handle.unwrap_or_default(), id.unwrap_or_default())
        };
        assert_eq!(found("https://t.me/tim02/7?single"), ("tim02".to_owned(), "tim02/7".to_owned()));
        assert_eq!(found("https://t.me/s/tim02"), ("tim02".to_owned(), String::new()));
        assert_eq!(found("https://t.me/c/1234/7"), (String::new(), String::new()), "a closed channel has no name");
        assert_eq!(found("https://lain.example/tim02/7"), (String::new(), String::new()));
    }

    #[test]
    fn deep_markup_is_survived() {
        let deep = format!(
            r#"<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="kanal_wira/1"><div class="js-message_text">{}halo{}</div></div></div>"#,
            "<b>".repeat(20_000),
            "</b>".repeat(20_000)
        );
        let message = parse(deep.as_bytes(), "kanal_wira").unwrap().unwrap();
        assert_eq!(message.activity.text, "halo");
    }
}
