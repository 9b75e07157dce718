//! NDJSON of the browser extension Zeeschuimer, and of 4CAT, which keeps the same items with their wrapping in
//! `__import_meta`.
//!
//! The items are what the platforms' own pages were sent, and drift with them: only what is needed to understand the act
//! is insisted on.

mod threads;
mod x;

use serde_json::Value;

use super::input::Input;
use super::value::{integer, parse, text};
use super::{Captured, Fault, On, Reason, address, instagram, lines, tiktok, time};
use crate::model::Verb;

pub(super) fn read(input: &mut dyn Input, on: &mut On<'_>) -> Result<(), Fault> {
    lines::each(input.text()?, on, line)
}

fn line(bytes: &[u8]) -> Result<Captured, Reason> {
    let item = parse(bytes)?;
    let (meta, data) = match (item.get("__import_meta"), item.get("data")) {
        (Some(meta), _) => (meta, &item),
        (None, Some(data)) if data.is_object() => (&item, data),
        _ => return Err(Reason::NoAct("neither an item of Zeeschuimer (`data`) nor of 4CAT (`__import_meta`)")),
    };
    let platform = text(meta, "/source_platform").and_then(address::platform_of_host);
    let mut captured = match platform {
        Some("x") => x::item(data)?,
        Some("tiktok") => tiktok::item(data)?,
        Some("instagram") => instagram::item(data)?,
        Some("threads") => threads::item(data)?,
        _ => {
            return Err(Reason::NoAct(
                "Zeeschuimer captured this from a service whose items are not read; read are X, TikTok, Instagram, Threads",
            ));
        }
    };
    captured.activity.seen_at = integer(meta, "/timestamp_collected").and_then(time::unix);
    if let Some(owner) = liked_by(meta) {
        captured = captured.acted_on(Verb::Like, vec![owner]);
    } else if captured.activity.posted_at.is_none() {
        return Err(super::value::missing("time", "the item is partial; open the post itself while capturing"));
    }
    Ok(captured)
}

/// Whose page of likes was open, where the item came with the likes and not with something else on that page.
fn liked_by(meta: &Value) -> Option<String> {
    let owner = address::likes_of(text(meta, "/source_platform_url")?)?;
    match text(meta, "/source_url") {
        Some(asked) if asked.contains("/graphql/") && !asked.contains("/Likes") => None,
        _ => Some(owner),
    }
}
