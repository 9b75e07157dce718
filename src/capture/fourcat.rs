//! CSV files of 4CAT: what it exports of each data source, and what it takes in as a custom upload.
//!
//! `unix_timestamp` is trusted; `timestamp` was written in the 4CAT server's own zone, and is read as UTC only where there
//! is nothing better.

use super::address;
use super::input::Input;
use super::sheet::{self, Cells, Columns, Reader, Table};
use super::value::{missing, names};
use super::{Captured, Fault, On, Options, Reason, time};
use crate::model::{Activity, Media, Target, Verb};

pub(super) fn read(input: &mut dyn Input, options: &Options, on: &mut On<'_>) -> Result<(), Fault> {
    let begin = |columns: &Columns| begin(columns, options);
    sheet::csv(input, Table::new(0, begin), on)
}

/// Whether these are the columns of a 4CAT file.
pub(super) fn is_it(columns: &Columns) -> bool {
    let has = |names: &[&str]| names.iter().all(|name| columns.has(name));
    has(&["id", "author", "body"]) && (columns.has("unix_timestamp") || has(&["thread_id", "timestamp"]))
}

fn begin<'a>(columns: &Columns, options: &'a Options) -> Result<Reader<'a>, Fault> {
    for name in ["id", "author", "body"] {
        if !columns.has(name) {
            return Err(Fault::Shape(format!(
                "no column `{name}`; a 4CAT file has id, thread_id, author, body and timestamp"
            )));
        }
    }
    if !columns.has("timestamp") && !columns.has("unix_timestamp") {
        return Err(Fault::Shape("neither a column `unix_timestamp` nor `timestamp`".to_owned()));
    }
    let told = ["collected_from_url", "url", "link"].iter().any(|name| columns.has(name));
    let platform = options.platform.clone().or_else(|| by_columns(columns).map(str::to_owned));
    if platform.is_none() && !told {
        return Err(Fault::Shape("the file does not say which platform it is from; add --platform NAME".to_owned()));
    }
    Ok(Box::new(move |cells| row(cells, platform.as_deref())))
}

/// The data source, by a column that only it has.
fn by_columns(columns: &Columns) -> Option<&'static str> {
    const OWN: &[(&str, &str)] = &[
        ("tiktok_url", "tiktok"),
        ("is_in_group", "facebook"),
        ("is_retweet", "x"),
        ("usertags", "instagram"),
        ("partial_item", "instagram"),
        ("link_thumbnail_url", "threads"),
    ];
    OWN.iter().find(|(column, _)| columns.has(column)).map(|(_, platform)| *platform)
}

fn row(cells: &Cells<'_>, platform: Option<&str>) -> Result<Captured, Reason> {
    let url = cells.get("url").or_else(|| cells.get("link")).or_else(|| cells.get("tiktok_url"));
    let addresses = [cells.get("collected_from_url"), url];
    let platform = platform.or_else(|| addresses.into_iter().flatten().find_map(address::platform));
    let platform = platform.ok_or(missing("platform", "the row does not say; add --platform NAME"))?.to_owned();
    let id = cells.get("id").ok_or(missing("id", "the row has no id"))?.to_owned();
    let owned = |name: &str| cells.get(name).map(str::to_owned);
    let author = names([owned("author_id"), owned("author")]);
    let posted_at = match (cells.get("unix_timestamp"), cells.get("timestamp")) {
        (Some(unix), _) => Some(time::unix_text(unix).ok_or(Reason::Time { key: "unix_timestamp" })?),
        (None, Some(text)) => {
            Some(time::unix_text(text).or_else(|| time::utc(text)).ok_or(Reason::Time { key: "timestamp" })?)
        }
        (None, None) => None,
    };
    let mut activity = Activity {
        id: id.clone(),
        text: cells.get("body").unwrap_or_default().to_owned(),
        posted_at,
        url: url.map(str::to_owned),
        media: media(cells),
        hashtags: [cells.list("hashtags"), cells.list("tags")].concat(),
        mentions: [cells.list("mentions"), cells.list("usertags")].concat(),
        ..Activity::default()
    };
    if let Some(owner) = cells.get("collected_from_url").and_then(address::likes_of) {
        let post = Captured { activity, platform, names: author? };
        return Ok(post.acted_on(Verb::Like, vec![owner]));
    }
    if activity.posted_at.is_none() {
        return Err(missing("timestamp", "the row is partial; open the post itself while capturing"));
    }
    relate(&mut activity, cells, &id);
    Ok(Captured { activity, platform, names: author? })
}

/// What the row answers or passes on.
fn relate(activity: &mut Activity, cells: &Cells<'_>, id: &str) {
    let yes = |name: &str| cells.get(name) == Some("yes");
    let owned = |name: &str| cells.get(name).map(str::to_owned);
    let post = |id: Option<String>, handle: Option<String>| Target {
        kind: "post".to_owned(),
        id,
        handle,
        ..Target::default()
    };
    if yes("is_retweet") {
        // 4CAT puts the whole original after `RT @name:`; none of it are the sharer's own words.
        let text = std::mem::take(&mut activity.text);
        let original = text.strip_prefix("RT @").and_then(|rest| rest.split_once(": ")).map(|(_, words)| words);
        let target = Target {
            text: Some(original.unwrap_or(&text).to_owned()),
            ..post(owned("retweeted_id"), owned("retweeted_user"))
        };
        (activity.verb, activity.target) = (Verb::Share, Some(target));
    } else if yes("is_quote_tweet") {
        (activity.verb, activity.target) = (Verb::Share, Some(post(owned("quoted_id"), owned("quoted_user"))));
    } else if yes("is_reply") {
        (activity.verb, activity.target) = (Verb::Comment, Some(post(None, owned("replied_user"))));
    } else if cells.get("is_reply").is_none() {
        let parent = cells.get("parent_id").or_else(|| cells.get("thread_id")).filter(|parent| *parent != id);
        if let Some(parent) = parent {
            (activity.verb, activity.target) = (Verb::Comment, Some(post(Some(parent.to_owned()), None)));
        }
    }
}

fn media(cells: &Cells<'_>) -> Vec<Media> {
    let columns = [
        ("image", "image_url"),
        ("image", "image_urls"),
        ("image", "images"),
        ("video", "video_url"),
        ("video", "videos"),
    ];
    let of = |(kind, column): (&str, &str)| {
        let one = |url| Media { kind: kind.to_owned(), url: Some(url), ..Media::default() };
        cells.list(column).into_iter().filter(|url| url.starts_with("http")).map(one).collect::<Vec<_>>()
    };
    columns.into_iter().flat_map(of).collect()
}
