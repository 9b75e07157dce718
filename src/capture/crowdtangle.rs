//! CSV exports of `CrowdTangle` (closed on 2024-08-14), of Facebook and of Instagram.

use super::input::Input;
use super::sheet::{self, Cells, Columns, Reader, Table};
use super::value::{missing, names};
use super::{Captured, Fault, On, Reason, address, time};
use crate::model::{Activity, Media};

pub(super) fn read(input: &mut dyn Input, on: &mut On<'_>) -> Result<(), Fault> {
    sheet::csv(input, Table::new(0, begin), on)
}

/// Whether these are the columns of such a file.
pub(super) fn is_it(columns: &Columns) -> bool {
    columns.has("Post Created") && columns.has("User Name") && columns.has("URL")
}

fn begin(columns: &Columns) -> Result<Reader<'static>, Fault> {
    for name in ["Post Created", "User Name", "URL"] {
        if !columns.has(name) {
            return Err(Fault::Shape(format!("no column `{name}`; this is no CrowdTangle export")));
        }
    }
    if columns.has("Facebook Id") {
        return Ok(Box::new(facebook));
    }
    if columns.has("Account") {
        return Ok(Box::new(instagram));
    }
    Err(Fault::Shape(
        "neither `Facebook Id` (Facebook) nor `Account` (Instagram) among the columns; this is no CrowdTangle export"
            .to_owned(),
    ))
}

fn facebook(cells: &Cells<'_>) -> Result<Captured, Reason> {
    let owned = |name: &str| cells.get(name).map(str::to_owned);
    let names = names([owned("Facebook Id"), owned("User Name")])?;
    let words = cells.get("Message").unwrap_or_default().to_owned();
    let mut activity = post(cells, words)?;
    if let Some(link) = owned("Final Link").or_else(|| owned("Link")) {
        let card: Vec<&str> = ["Link Text", "Description"].iter().filter_map(|name| cells.get(name)).collect();
        let alt = (!card.is_empty()).then(|| card.join("\n"));
        activity.media.push(Media { kind: "link".to_owned(), url: Some(link), alt, ..Media::default() });
    }
    if let Some(ocr) = owned("Image Text") {
        activity.media.push(Media { kind: "image".to_owned(), ocr: Some(ocr), ..Media::default() });
    }
    Ok(Captured { activity, platform: "facebook".to_owned(), names })
}

fn instagram(cells: &Cells<'_>) -> Result<Captured, Reason> {
    // `Account` is the name that is shown, and anybody may show any.
    let names = names([cells.get("User Name").map(str::to_owned)])?;
    let words: Vec<&str> = ["Title", "Description"].iter().filter_map(|name| cells.get(name)).collect();
    let mut activity = post(cells, words.join("\n"))?;
    if let Some(photo) = cells.get("Photo") {
        activity.media.push(Media { kind: "image".to_owned(), url: Some(photo.to_owned()), ..Media::default() });
    }
    Ok(Captured { activity, platform: "instagram".to_owned(), names })
}

fn post(cells: &Cells<'_>, text: String) -> Result<Activity, Reason> {
    let url = cells.get("URL").ok_or(missing("URL", "the row has no address"))?;
    let created = cells.get("Post Created").ok_or(missing("Post Created", "the row has no time"))?;
    let posted_at = time::abbreviated(created).ok_or(Reason::Time { key: "Post Created" })?;
    Ok(Activity {
        id: address::post_id(url).unwrap_or_else(|| url.to_owned()),
        text,
        posted_at: Some(posted_at),
        url: Some(url.to_owned()),
        ..Activity::default()
    })
}
