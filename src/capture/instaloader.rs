//! What instaloader saves beside a picture: `.json` or `.json.xz` of a post, and `_comments.json`.

use serde_json::Value;

use super::input::Input;
use super::json::{self, Json, Taken};
use super::value::{id, integer, list, missing, names, parse, string, text};
use super::{Captured, Event, Fault, On, Reason, Row, instagram, time};
use crate::model::{Activity, Reject, Target, Verb};

/// Where a post keeps its comments, and a comment its answers.
const COMMENTS: [&str; 3] =
    ["/edge_media_to_parent_comment/edges", "/edge_media_to_comment/edges", "/edge_threaded_comments/edges"];

pub(super) fn read(input: &mut dyn Input, on: &mut On<'_>) -> Result<(), Fault> {
    let arrays = json::holds_array(&input.head()?);
    let mut row = 0;
    json::items(&mut Json::new(input.text()?), arrays, on, |_, taken, on| {
        let mut give = |raw: Vec<u8>, read| {
            row += 1;
            on(Event::Row(Box::new(Row { at: row, entry: None, raw, ending: 0, read })))
        };
        let raw = match taken {
            Taken::Whole(raw) => raw,
            Taken::Long(bytes) => return give(Vec::new(), Err(Reject::TooLong { bytes }.into())),
            Taken::Cut(raw) => return give(raw, Err(Reason::NoAct("the file ends in the middle"))),
        };
        let value = match parse(&raw) {
            Ok(value) => value,
            Err(reason) => return give(raw, Err(reason)),
        };
        let Some(node) = value.get("node") else {
            // A list of comments; the file's name alone says under which post.
            return comments(&value, None, 0, &mut give);
        };
        let post = match text(&value, "/instaloader/node_type") {
            Some("Post" | "StoryItem") => instagram::item(node).and_then(timed),
            _ => Err(Reason::NoAct("instaloader's notes on a profile or hashtag, no act")),
        };
        let under = post.as_ref().ok().map(|post| Target {
            kind: "post".to_owned(),
            id: Some(post.activity.id.clone()),
            handle: post.names.last().cloned(),
            account_id: string(node, "/owner/id"),
            text: Some(post.activity.text.clone()),
            url: post.activity.url.clone(),
        });
        let open = give(raw, post);
        let version = string(&value, "/instaloader/version");
        open && answers(node, under.as_ref(), 0, &mut give) && version.is_none_or(|version| on(Event::Tool(version)))
    })
}

fn timed(post: Captured) -> Result<Captured, Reason> {
    if post.activity.posted_at.is_none() {
        return Err(missing("taken_at_timestamp", "the item has no time"));
    }
    Ok(post)
}

type Give<'a> = dyn FnMut(Vec<u8>, Result<Captured, Reason>) -> bool + 'a;

/// A comment and the answers to it.
fn comments(item: &Value, under: Option<&Target>, depth: u8, give: &mut Give<'_>) -> bool {
    let read = comment(item, under);
    let own = read.as_ref().ok().map(|read| Target {
        kind: "post".to_owned(),
        id: Some(read.activity.id.clone()),
        handle: string(item, "/owner/username"),
        account_id: id(item, "/owner/id"),
        text: Some(read.activity.text.clone()),
        url: None,
    });
    let raw = serde_json::to_vec(item).unwrap_or_default();
    if !give(raw, read) {
        return false;
    }
    let listed =
        list(item, "/answers").iter().all(|answer| depth > 1 || comments(answer, own.as_ref(), depth + 1, give));
    listed && answers(item, own.as_ref(), depth, give)
}

/// The comments that stand inside a post or a comment.
fn answers(node: &Value, under: Option<&Target>, depth: u8, give: &mut Give<'_>) -> bool {
    // Newer files hold them under one key, older ones under the other, some under both.
    let Some(edges) = COMMENTS.iter().map(|at| list(node, at)).find(|edges| !edges.is_empty()) else { return true };
    depth > 1 || edges.iter().filter_map(|edge| edge.get("node")).all(|node| comments(node, under, depth + 1, give))
}

fn comment(item: &Value, under: Option<&Target>) -> Result<Captured, Reason> {
    let names = names([id(item, "/owner/id"), string(item, "/owner/username")])?;
    let at = integer(item, "/created_at").or_else(|| integer(item, "/created_at_utc"));
    let activity = Activity {
        id: id(item, "/id").ok_or(missing("id", "the comment has no id"))?,
        verb: Verb::Comment,
        text: string(item, "/text").unwrap_or_default(),
        posted_at: Some(at.and_then(time::unix).ok_or(missing("created_at", "the comment has no time"))?),
        target: Some(under.cloned().unwrap_or_else(|| Target { kind: "post".to_owned(), ..Target::default() })),
        ..Activity::default()
    };
    Ok(Captured { activity, platform: "instagram".to_owned(), names })
}
