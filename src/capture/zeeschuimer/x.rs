//! Posts as X's own page gets them.

use serde_json::Value;

use crate::capture::value::{each, id, list, missing, names, string, text};
use crate::capture::{Captured, Reason, time};
use crate::model::{Activity, Media, Target, Verb};
use crate::text::html;

pub(super) fn item(data: &Value) -> Result<Captured, Reason> {
    let post = unwrap(data);
    let Some(own) = id(post, "/rest_id").or_else(|| id(post, "/legacy/id_str")) else {
        return Err(Reason::NoAct("X withholds this post, or it is gone"));
    };
    let (account_id, handle) = author(post);
    let created = text(post, "/legacy/created_at").ok_or(missing("created_at", "the item has no time"))?;
    let mut activity = Activity {
        text: words(post).unwrap_or_default(),
        posted_at: Some(time::x(created).ok_or(Reason::Time { key: "created_at" })?),
        url: handle.as_deref().map(|handle| format!("https://x.com/{handle}/status/{own}")),
        media: media(post),
        hashtags: each(post, "/legacy/entities/hashtags", |tag| string(tag, "/text")),
        mentions: each(post, "/legacy/entities/user_mentions", |user| string(user, "/screen_name")),
        id: own,
        ..Activity::default()
    };
    if let Some(original) = found(post, "/legacy/retweeted_status_result/result") {
        // What is passed on is not what the sharer says.
        activity.text.clear();
        activity.media.clear();
        (activity.verb, activity.target) = (Verb::Share, Some(target(original)));
    } else if let Some(quoted) = found(post, "/quoted_status_result/result").map(target).or_else(|| quoted_id(post)) {
        (activity.verb, activity.target) = (Verb::Share, Some(quoted));
    } else if let Some(parent) = id(post, "/legacy/in_reply_to_status_id_str") {
        let target = Target {
            kind: "post".to_owned(),
            id: Some(parent),
            handle: string(post, "/legacy/in_reply_to_screen_name"),
            account_id: id(post, "/legacy/in_reply_to_user_id_str"),
            ..Target::default()
        };
        (activity.verb, activity.target) = (Verb::Comment, Some(target));
    }
    Ok(Captured { activity, platform: "x".to_owned(), names: names([account_id, handle])? })
}

/// Some posts come in a wrapping that says how far they may be seen.
fn unwrap(post: &Value) -> &Value {
    post.get("tweet").filter(|inner| inner.is_object()).unwrap_or(post)
}

/// A post inside another one, unless only its gravestone is there.
fn found<'v>(post: &'v Value, pointer: &str) -> Option<&'v Value> {
    let inner = unwrap(post.pointer(pointer)?);
    inner.get("legacy").is_some().then_some(inner)
}

/// The author's id and handle. Newer items hold the handle in `core`, older ones in `legacy`, the oldest beside the post.
fn author(post: &Value) -> (Option<String>, Option<String>) {
    let user = "/core/user_results/result";
    let handle =
        ["/core/screen_name", "/legacy/screen_name"].iter().find_map(|at| string(post, &format!("{user}{at}")));
    let own = id(post, "/legacy/user_id_str").or_else(|| id(post, "/core/user_results/result/rest_id"));
    (own.or_else(|| id(post, "/user/id_str")), handle.or_else(|| string(post, "/user/screen_name")))
}

/// The whole text; a long one stands apart, the other has its `&`, `<` and `>` as HTML.
fn words(post: &Value) -> Option<String> {
    let long = text(post, "/note_tweet/note_tweet_results/result/text");
    long.or_else(|| text(post, "/legacy/full_text")).map(html::resolve)
}

fn target(post: &Value) -> Target {
    let (account_id, handle) = author(post);
    let own = id(post, "/rest_id").or_else(|| id(post, "/legacy/id_str"));
    let url = handle.as_ref().zip(own.as_ref()).map(|(handle, own)| format!("https://x.com/{handle}/status/{own}"));
    Target { kind: "post".to_owned(), id: own, handle, account_id, text: words(post), url }
}

fn quoted_id(post: &Value) -> Option<Target> {
    let quoted = id(post, "/legacy/quoted_status_id_str")?;
    Some(Target { kind: "post".to_owned(), id: Some(quoted), ..Target::default() })
}

fn media(post: &Value) -> Vec<Media> {
    let one = |item: &Value| Media {
        kind: if text(item, "/type") == Some("photo") { "image" } else { "video" }.to_owned(),
        url: string(item, "/media_url_https"),
        alt: string(item, "/ext_alt_text"),
        ..Media::default()
    };
    let extended = list(post, "/legacy/extended_entities/media");
    let items = if extended.is_empty() { list(post, "/legacy/entities/media") } else { extended };
    items.iter().map(one).collect()
}
