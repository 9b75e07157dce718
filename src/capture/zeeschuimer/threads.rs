//! Posts as the page of Threads gets them.

use serde_json::Value;

use crate::capture::value::{id, integer, missing, names, string};
use crate::capture::{Captured, Reason, instagram, time};
use crate::model::{Activity, Target, Verb};

/// What was passed on with the post, and how the act is called.
const SHARED: [(&str, bool); 2] =
    [("/text_post_app_info/share_info/reposted_post", true), ("/text_post_app_info/share_info/quoted_post", false)];

pub(super) fn item(data: &Value) -> Result<Captured, Reason> {
    let code = string(data, "/code").ok_or(missing("code", "the item has no id"))?;
    let handle = string(data, "/user/username");
    let author = id(data, "/user/pk").or_else(|| id(data, "/user/id"));
    let mut activity = Activity {
        text: string(data, "/caption/text").unwrap_or_default(),
        posted_at: integer(data, "/taken_at").and_then(time::unix),
        url: handle.as_deref().map(|handle| format!("https://www.threads.com/@{handle}/post/{code}")),
        media: instagram::media(data),
        id: code,
        ..Activity::default()
    };
    let shared = SHARED.iter().find_map(|(at, whole)| {
        let post = data.pointer(at).filter(|post| post.is_object())?;
        Some((target(post), *whole))
    });
    if let Some((target, whole)) = shared {
        if whole {
            activity.text.clear();
            activity.media.clear();
        }
        (activity.verb, activity.target) = (Verb::Share, Some(target));
    } else if data.pointer("/text_post_app_info/is_reply").and_then(Value::as_bool) == Some(true) {
        let target = Target {
            kind: "post".to_owned(),
            handle: string(data, "/text_post_app_info/reply_to_author/username"),
            account_id: id(data, "/text_post_app_info/reply_to_author/pk"),
            ..Target::default()
        };
        (activity.verb, activity.target) = (Verb::Comment, Some(target));
    }
    Ok(Captured { activity, platform: "threads".to_owned(), names: names([author, handle])? })
}

fn target(post: &Value) -> Target {
    let (code, handle) = (string(post, "/code"), string(post, "/user/username"));
    let url = handle.as_ref().zip(code.as_ref());
    Target {
        url: url.map(|(handle, code)| format!("https://www.threads.com/@{handle}/post/{code}")),
        kind: "post".to_owned(),
        id: code,
        handle,
        account_id: id(post, "/user/pk"),
        text: string(post, "/caption/text"),
    }
}
