//! Posts of X as gallery-dl writes them: `author` wrote it, `user` is whose page was read.

use serde_json::Value;

use super::{date, strings};
use crate::capture::value::{each, id, missing, names, string};
use crate::capture::{Captured, Reason};
use crate::model::{Activity, Media, Target, Verb};

pub(super) fn act(meta: &Value, media: Vec<Media>, page: &str) -> Result<Captured, Reason> {
    let own = id(meta, "/tweet_id").ok_or(missing("tweet_id", "the item has no id"))?;
    let (author, author_name) = (id(meta, "/author/id"), string(meta, "/author/name"));
    let user = || names([id(meta, "/user/id"), string(meta, "/user/name")]);
    let same = author.is_some() && author == id(meta, "/user/id");
    let mut activity = Activity {
        text: string(meta, "/content").unwrap_or_default(),
        posted_at: date(meta, "/date"),
        url: author_name.as_deref().map(|name| format!("https://x.com/{name}/status/{own}")),
        media,
        hashtags: strings(meta, "/hashtags"),
        mentions: each(meta, "/mentions", |mention| string(mention, "/name")),
        id: own.clone(),
        ..Activity::default()
    };
    let platform = "x".to_owned();
    let post = |id: String| Target { kind: "post".to_owned(), id: Some(id), ..Target::default() };
    if page == "likes" {
        let captured = Captured { activity, platform, names: names([author, author_name])? };
        return Ok(captured.acted_on(Verb::Like, user()?));
    }
    if let Some(original) = id(meta, "/retweet_id") {
        if same && !matches!(page, "timeline" | "tweets" | "media" | "with-replies" | "highlights") {
            return Err(Reason::NoAct("a share, and the file does not say whose; read the account's own page instead"));
        }
        if original == own {
            // `"retweets": "original"`: the post in place of the share, which has lost its own id and time.
            let captured = Captured { activity, platform, names: names([author, author_name])? };
            return if same { Ok(captured) } else { Ok(captured.acted_on(Verb::Share, user()?)) };
        }
        let words = std::mem::take(&mut activity.text);
        let words = words.strip_prefix("RT @").and_then(|rest| rest.split_once(": ")).map_or(&*words, |(_, text)| text);
        activity.target = Some(Target {
            handle: author_name.clone(),
            account_id: author,
            text: Some(words.to_owned()),
            url: author_name.map(|name| format!("https://x.com/{name}/status/{original}")),
            ..post(original)
        });
        activity.verb = Verb::Share;
        activity.media.clear();
        activity.url = string(meta, "/user/name").map(|name| format!("https://x.com/{name}/status/{own}"));
        return Ok(Captured { activity, platform, names: user()? });
    }
    // From here on the author acts. Others stand on a page, too: whom its owner quotes (`quote_id`) or answers.
    if let Some(quoted) = id(meta, "/quoted_id") {
        (activity.verb, activity.target) = (Verb::Share, Some(post(quoted)));
    } else if let Some(parent) = id(meta, "/reply_id") {
        let target = Target { handle: string(meta, "/reply_to"), ..post(parent) };
        (activity.verb, activity.target) = (Verb::Comment, Some(target));
    }
    Ok(Captured { activity, platform, names: names([author, author_name])? })
}
