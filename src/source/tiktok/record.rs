//! One item of the Research API as an activity; its account is left to whoever knows the register. Pure: bytes in, values
//! out.

use jiff::Timestamp;
use serde::Deserialize;

use crate::model::{Activity, Media, Target, Verb};
use crate::source::answer::{self, problem};

/// A video; fields that are empty are absent, and ids are bare numbers that no number type holds.
#[derive(Deserialize)]
struct Video {
    #[serde(deserialize_with = "answer::id")]
    id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    video_description: String,
    #[serde(default)]
    create_time: Option<i64>,
    #[serde(default)]
    hashtag_names: Vec<String>,
    #[serde(default)]
    voice_to_text: Option<String>,
}

#[derive(Deserialize)]
struct Followed {
    #[serde(default)]
    username: String,
    #[serde(default)]
    display_name: Option<String>,
}

/// Names hold U+0000 now and then.
fn clean(name: &str) -> String {
    name.replace('\0', "")
}

fn address(username: &str, video: &str) -> String {
    format!("https://www.tiktok.com/@{username}/video/{video}")
}

fn read(raw: &str) -> Result<Video, String> {
    let video: Video = serde_json::from_str(raw).map_err(|e| problem("video", &e))?;
    Ok(Video { username: clean(&video.username), ..video })
}

/// A video of `name`'s own; none where it is somebody else's.
pub(super) fn video(raw: &str, name: &str) -> Result<Option<Activity>, String> {
    let video = read(raw)?;
    if !video.username.eq_ignore_ascii_case(&clean(name)) {
        return Ok(None);
    }
    // What is said in it is kept where text out of a picture is: both are read by a machine.
    let spoken = video.voice_to_text.filter(|text| !text.is_empty());
    Ok(Some(Activity {
        url: Some(address(&video.username, &video.id)),
        id: video.id,
        platform: Some("tiktok".to_owned()),
        text: video.video_description,
        posted_at: video.create_time.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        media: vec![Media { kind: "video".to_owned(), ocr: spoken, ..Media::default() }],
        hashtags: video.hashtag_names,
        ..Activity::default()
    }))
}

/// A like or a repost of somebody's video; the service does not tell when.
pub(super) fn reaction(raw: &str, verb: Verb) -> Result<Activity, String> {
    let video = read(raw)?;
    let words = [Some(video.video_description), video.voice_to_text];
    let words: Vec<String> = words.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let target = Target {
        kind: "post".to_owned(),
        url: (!video.username.is_empty()).then(|| address(&video.username, &video.id)),
        handle: Some(video.username).filter(|name| !name.is_empty()),
        text: Some(words.join("\n")),
        id: Some(video.id.clone()),
        ..Target::default()
    };
    Ok(Activity {
        id: format!("{verb}:{}", video.id),
        platform: Some("tiktok".to_owned()),
        verb,
        target: Some(target),
        ..Activity::default()
    })
}

/// An account that is followed; its name is all the id that it has.
pub(super) fn follow(raw: &str) -> Result<Activity, String> {
    let followed: Followed = serde_json::from_str(raw).map_err(|e| problem("followed account", &e))?;
    let username = clean(&followed.username);
    if username.is_empty() {
        return Err("the followed account has no name".to_owned());
    }
    Ok(Activity {
        id: format!("{}:{username}", Verb::Follow),
        platform: Some("tiktok".to_owned()),
        verb: Verb::Follow,
        target: Some(Target {
            kind: "account".to_owned(),
            id: Some(username.clone()),
            url: Some(format!("https://www.tiktok.com/@{username}")),
            handle: Some(username),
            text: followed.display_name,
            ..Target::default()
        }),
        ..Activity::default()
    })
}
