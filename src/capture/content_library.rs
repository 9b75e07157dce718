//! CSV exports of the Meta Content Library, with their dotted column names.

use super::input::Input;
use super::sheet::{self, Cells, Columns, Reader, Table};
use super::value::{missing, names};
use super::{Captured, Fault, On, Options, Reason, time};
use crate::model::Activity;

pub(super) fn read(input: &mut dyn Input, options: &Options, on: &mut On<'_>) -> Result<(), Fault> {
    let begin = |columns: &Columns| begin(columns, options);
    sheet::csv(input, Table::new(0, begin), on)
}

/// Whether these are the columns of such a file.
pub(super) fn is_it(columns: &Columns) -> bool {
    let dotted = |name: &str| name.starts_with("post_owner.") || name.starts_with("statistics.");
    columns.has("id") && columns.has("creation_time") && (columns.has("mcl_url") || columns.names().any(dotted))
}

fn begin<'a>(columns: &Columns, options: &'a Options) -> Result<Reader<'a>, Fault> {
    for name in ["id", "creation_time", "text"] {
        if !columns.has(name) {
            return Err(Fault::Shape(format!(
                "no column `{name}`; a Meta Content Library export has id, creation_time and text"
            )));
        }
    }
    if !columns.names().any(|name| name.starts_with("post_owner.")) {
        return Err(Fault::Shape(
            "no column says whose the posts are; export again with post_owner.id and post_owner.username".to_owned(),
        ));
    }
    let facebook = |name: &str| {
        name.starts_with("surface.") || name == "statistics.share_count" || name == "statistics.reaction_count"
    };
    let platform = options.platform.clone().or_else(|| columns.names().any(facebook).then(|| "facebook".to_owned()));
    let platform = platform.ok_or_else(|| {
        Fault::Shape("the columns do not tell Facebook from Instagram; add --platform facebook or instagram".to_owned())
    })?;
    let only_name = !columns.has("post_owner.id") && !columns.has("post_owner.username");
    Ok(Box::new(move |cells| row(cells, &platform, only_name)))
}

fn row(cells: &Cells<'_>, platform: &str, only_name: bool) -> Result<Captured, Reason> {
    let owned = |name: &str| cells.get(name).map(str::to_owned);
    // The name that is shown is no handle; it counts only where the export has nothing else, and where it could be one.
    let like_a_handle = |name: &String| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    let shown = if only_name { owned("post_owner.name").filter(like_a_handle) } else { None };
    let names = names([owned("post_owner.id"), owned("post_owner.username"), shown])?;
    let id = owned("id").ok_or(missing("id", "the row has no id"))?;
    let created = cells.get("creation_time").ok_or(missing("creation_time", "the row has no time"))?;
    let posted_at = time::unix_text(created).or_else(|| time::utc(created));
    let activity = Activity {
        id,
        text: owned("text").unwrap_or_default(),
        posted_at: Some(posted_at.ok_or(Reason::Time { key: "creation_time" })?),
        url: owned("mcl_url"),
        hashtags: hashtags(cells),
        ..Activity::default()
    };
    Ok(Captured { activity, platform: platform.to_owned(), names })
}

/// `["a", "b"]`, or with commas alone.
fn hashtags(cells: &Cells<'_>) -> Vec<String> {
    let bare = |tag: String| tag.trim_matches(['[', ']', '"', '\'', ' ', '#']).to_owned();
    cells.list("hashtags").into_iter().map(bare).filter(|tag| !tag.is_empty()).collect()
}
