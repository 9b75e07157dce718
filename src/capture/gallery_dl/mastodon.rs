//! Posts of Mastodon and its kin as gallery-dl writes them: the server's own `Status`.

use serde_json::Value;

use super::{date, strings};
use crate::capture::value::{each, id, missing, names, string, text};
use crate::capture::{Captured, Reason, time};
use crate::model::{Activity, Media, Target, Verb};
use crate::text::html;

pub(super) fn act(meta: &Value, media: Vec<Media>, page: &str) -> Result<Captured, Reason> {
    if page == "favorite" {
        return Err(Reason::NoAct("the file does not say whose favourites these are"));
    }
    let mut activity = Activity {
        // As the collector names it: by the address that is the same on every server.
        id: string(meta, "/uri").or_else(|| id(meta, "/id")).ok_or(missing("uri", "the item has no id"))?,
        text: words(meta),
        posted_at: text(meta, "/created_at").and_then(time::utc).or_else(|| date(meta, "/date")),
        url: string(meta, "/url").or_else(|| string(meta, "/uri")),
        media,
        hashtags: strings(meta, "/tags"),
        mentions: each(meta, "/mentions", |mention| string(mention, "/acct")),
        ..Activity::default()
    };
    let inner = |at: &str| meta.pointer(at).filter(|status| status.is_object());
    if let Some(boosted) = inner("/reblog") {
        // A boost has no words; what the entity shows are the other's.
        activity.text.clear();
        activity.media.clear();
        let target = target(boosted);
        // The collector names a boost by what it shares.
        activity.id = target.id.as_ref().map_or(activity.id, |id| format!("share:{id}"));
        (activity.verb, activity.target) = (Verb::Share, Some(target));
    } else if let Some(quoted) = inner("/quote/quoted_status") {
        (activity.verb, activity.target) = (Verb::Share, Some(target(quoted)));
    } else if let Some(parent) = id(meta, "/in_reply_to_id") {
        let target = Target {
            kind: "post".to_owned(),
            id: Some(parent),
            account_id: id(meta, "/in_reply_to_account_id"),
            ..Target::default()
        };
        (activity.verb, activity.target) = (Verb::Comment, Some(target));
    }
    // A bare id or name means somebody else on each server, so only those count that name theirs.
    let account = meta.get("account").unwrap_or(&Value::Null);
    let names = names([string(account, "/uri"), string(account, "/url"), full_name(account)])?;
    Ok(Captured { activity, platform: "mastodon".to_owned(), names })
}

/// `name@server`
fn full_name(account: &Value) -> Option<String> {
    let name = text(account, "/acct")?;
    if name.contains('@') {
        return Some(name.to_owned());
    }
    let url: url::Url = text(account, "/url")?.parse().ok()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{name}@{}{port}", url.host_str()?))
}

/// The content warning is the author's own words, too.
fn words(status: &Value) -> String {
    let content = html::to_plain(text(status, "/content").unwrap_or_default()).text;
    match text(status, "/spoiler_text") {
        Some(warning) if content.is_empty() => warning.to_owned(),
        Some(warning) => format!("{warning}\n\n{content}"),
        None => content,
    }
}

fn target(status: &Value) -> Target {
    let account = status.get("account").unwrap_or(&Value::Null);
    Target {
        kind: "post".to_owned(),
        id: string(status, "/uri").or_else(|| id(status, "/id")),
        handle: full_name(account),
        account_id: string(account, "/uri").or_else(|| string(account, "/url")),
        text: Some(words(status)).filter(|words| !words.is_empty()),
        url: string(status, "/url").or_else(|| string(status, "/uri")),
    }
}
