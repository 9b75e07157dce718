//! One item of the Data API as an activity. Pure: bytes in, values out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::{Activity, Media, Target, Verb};
use crate::source::answer::problem;

/// What an entry of the uploads is.
#[derive(Debug)]
pub(super) enum Entry {
    /// A video.
    Shown {
        activity: Box<Activity>,
        /// When it was added to the list, which is in this order.
        added: Option<Timestamp>,
    },
    /// A video that is in the list, but not shown to the public (any more).
    Hidden { id: String, added: Option<Timestamp> },
    /// Somebody else's.
    Foreign,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlaylistItem {
    snippet: VideoSnippet,
    #[serde(default)]
    content_details: VideoDetails,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VideoSnippet {
    #[serde(default)]
    published_at: String,
    channel_id: String,
    #[serde(default)]
    video_owner_channel_id: Option<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    thumbnails: BTreeMap<String, Thumbnail>,
    #[serde(default)]
    resource_id: ResourceId,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VideoDetails {
    video_id: Option<String>,
    video_published_at: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    privacy_status: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ResourceId {
    video_id: Option<String>,
    channel_id: Option<String>,
}

#[derive(Deserialize)]
struct Thumbnail {
    #[serde(default)]
    url: String,
    #[serde(default)]
    width: u32,
}

/// Whether this is a channel's id and not a handle.
pub(super) fn is_channel_id(id: &str) -> bool {
    id.len() == 24 && id.starts_with("UC") && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn watch(video: &str) -> String {
    format!("https://www.youtube.com/watch?v={video}")
}

/// Title and description, one below the other.
pub(super) fn words(title: &str, description: &str) -> String {
    [title, description].into_iter().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

/// An entry of a channel's uploads (`playlistItem`); its account is left to whoever knows the register.
pub(super) fn video(raw: &str, channel: &str) -> Result<Entry, String> {
    let item: PlaylistItem = serde_json::from_str(raw).map_err(|e| problem("video", &e))?;
    let snippet = item.snippet;
    // A playlist's entry names the list's owner and, in newer answers, the video's.
    if snippet.video_owner_channel_id.as_deref().unwrap_or(&snippet.channel_id) != channel {
        return Ok(Entry::Foreign);
    }
    let id = item.content_details.video_id.or(snippet.resource_id.video_id).filter(|id| !id.is_empty());
    let id = id.ok_or("the video has no id")?;
    let added = time(&snippet.published_at);
    let published = item.content_details.video_published_at.as_deref().and_then(time);
    let closed = item.status.privacy_status.as_deref().is_some_and(|status| !matches!(status, "public" | "unlisted"));
    // Without a status, only these titles tell, and nobody else's video lacks the time of its publication.
    let emptied = published.is_none() && matches!(snippet.title.as_str(), "Deleted video" | "Private video");
    if closed || emptied {
        return Ok(Entry::Hidden { id, added });
    }
    let picture = snippet.thumbnails.into_values().max_by_key(|picture| picture.width);
    let media = picture.filter(|picture| !picture.url.is_empty()).map(|picture| Media {
        kind: "image".to_owned(),
        url: Some(picture.url),
        ..Media::default()
    });
    let activity = Activity {
        platform: Some("youtube".to_owned()),
        verb: Verb::Post,
        text: words(&snippet.title, &snippet.description),
        posted_at: published.or(added),
        url: Some(watch(&id)),
        media: media.into_iter().collect(),
        id,
        ..Activity::default()
    };
    Ok(Entry::Shown { activity: Box::new(activity), added })
}

#[derive(Deserialize)]
struct Subscription {
    id: String,
    snippet: SubscriptionSnippet,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscriptionSnippet {
    #[serde(default)]
    published_at: String,
    channel_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    resource_id: ResourceId,
}

/// A channel that is followed, its account left open likewise; none where it is somebody else who follows.
pub(super) fn subscription(raw: &str, channel: &str) -> Result<Option<Activity>, String> {
    let item: Subscription = serde_json::from_str(raw).map_err(|e| problem("subscription", &e))?;
    if item.snippet.channel_id != channel {
        return Ok(None);
    }
    let followed = item.snippet.resource_id.channel_id.ok_or("the subscription names no channel")?;
    let address = format!("https://www.youtube.com/channel/{followed}");
    Ok(Some(Activity {
        id: item.id,
        platform: Some("youtube".to_owned()),
        verb: Verb::Follow,
        posted_at: time(&item.snippet.published_at),
        target: Some(Target {
            kind: "account".to_owned(),
            id: Some(followed.clone()),
            account_id: Some(followed),
            text: Some(words(&item.snippet.title, &item.snippet.description)),
            url: Some(address),
            ..Target::default()
        }),
        ..Activity::default()
    }))
}

#[derive(Deserialize)]
struct Comment {
    id: String,
    snippet: CommentSnippet,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommentSnippet {
    #[serde(default)]
    author_channel_id: Option<AuthorChannel>,
    #[serde(default)]
    text_original: Option<String>,
    #[serde(default)]
    text_display: String,
    #[serde(default)]
    published_at: String,
}

#[derive(Deserialize)]
struct AuthorChannel {
    #[serde(default)]
    value: String,
}

/// A comment below a video of the campaign's, or on its channel where there is no video; none where nobody says whose it
/// is. An edit has the same id, so it is the same comment with other words.
pub(super) fn comment(raw: &str, channel: &str, video: Option<&str>) -> Result<Option<Activity>, String> {
    let item: Comment = serde_json::from_str(raw).map_err(|e| problem("comment", &e))?;
    let author = item.snippet.author_channel_id.map(|author| author.value).filter(|id| !id.is_empty());
    let Some(author) = author else { return Ok(None) };
    let target = match video {
        Some(video) => {
            Target { kind: "post".to_owned(), id: Some(video.to_owned()), url: Some(watch(video)), ..Target::default() }
        }
        None => Target {
            kind: "account".to_owned(),
            id: Some(channel.to_owned()),
            account_id: Some(channel.to_owned()),
            url: Some(format!("https://www.youtube.com/channel/{channel}")),
            ..Target::default()
        },
    };
    Ok(Some(Activity {
        url: video.map(|video| format!("{}&lc={}", watch(video), item.id)),
        id: item.id,
        platform: Some("youtube".to_owned()),
        account: Some(author),
        verb: Verb::Comment,
        text: item.snippet.text_original.unwrap_or(item.snippet.text_display),
        posted_at: time(&item.snippet.published_at),
        target: Some(target),
        ..Activity::default()
    }))
}
