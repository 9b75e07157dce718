//! Which format a file has, by its content: names of files are not looked at.

use std::io::{BufRead, Read};

use super::input::{self, Input, Unpacked};
use super::json::{self, Json, Key};
use super::sheet::Columns;
use super::{Fault, Format, content_library, crowdtangle, fourcat};

/// Keys that are looked at; a post has a few dozen.
const MOST_KEYS: usize = 500;
/// How far into a line of names is read.
const MAX_HEADER: u64 = 1 << 16;

/// The format; a workbook or anything packed counts as a table.
pub(super) fn of(input: &mut dyn Input) -> Result<Option<Format>, Fault> {
    let head = input.head()?;
    if head.starts_with(input::XZ) {
        let mut unpacked = Unpacked(input);
        return if unpacked.head()?.starts_with(input::XZ) { Ok(None) } else { of(&mut unpacked) };
    }
    if head.starts_with(b"PK") {
        return Ok(Some(Format::Table));
    }
    if input.head_is_json()? {
        return by_keys(input, &head);
    }
    by_columns(input)
}

/// By the keys of the first object.
fn by_keys(input: &mut dyn Input, head: &[u8]) -> Result<Option<Format>, Fault> {
    let mut json = Json::new(input.text()?);
    let mut listed = false;
    if json.peek()? == Some(b'[') {
        if !json::holds_array(head) {
            return Ok(Some(Format::GalleryDl));
        }
        json.step();
        listed = true;
        if json.peek()? == Some(b'[') {
            return Ok(Some(Format::GalleryDl));
        }
    }
    if json.peek()? != Some(b'{') {
        return Ok(None);
    }
    json.step();
    let mut keys = Vec::new();
    while let Key::Name(key) = json.key()? {
        keys.push(key);
        if keys.len() >= MOST_KEYS || !json.pass()? {
            break;
        }
    }
    let has = |names: &[&str]| names.iter().all(|name| keys.iter().any(|key| key == name));
    Ok(if listed {
        let comments = has(&["id", "text", "created_at", "owner"]);
        if comments {
            Some(Format::Instaloader)
        } else {
            has(&["category", "subcategory"]).then_some(Format::GalleryDl)
        }
    } else if has(&["source_platform", "data"]) {
        Some(Format::Zeeschuimer)
    } else if has(&["__import_meta"]) {
        Some(Format::FourCat)
    } else if has(&["node", "instaloader"]) {
        Some(Format::Instaloader)
    } else if has(&["category", "subcategory"]) {
        Some(Format::GalleryDl)
    } else if has(&["_version", "_type"]) || has(&["extractor", "webpage_url"]) {
        Some(Format::YtDlp)
    } else if has(&["platform", "account"]) {
        Some(Format::Jsonl)
    } else {
        None
    })
}

/// By the names in the first line.
fn by_columns(input: &mut dyn Input) -> Result<Option<Format>, Fault> {
    let mut line = Vec::new();
    input.text()?.take(MAX_HEADER).read_until(b'\n', &mut line)?;
    let line = String::from_utf8_lossy(&line);
    for separator in [',', ';', '\t'] {
        let names: Vec<String> =
            line.trim_end().split(separator).map(|name| name.trim().trim_matches('"').to_owned()).collect();
        let columns = Columns::new(&names);
        if crowdtangle::is_it(&columns) {
            return Ok(Some(Format::CrowdTangle));
        }
        if content_library::is_it(&columns) {
            return Ok(Some(Format::ContentLibrary));
        }
        if fourcat::is_it(&columns) {
            return Ok(Some(Format::FourCat));
        }
    }
    Ok(None)
}

/// Whether it is text at all: what is not is a picture or a video beside the captures.
pub(super) fn is_text(input: &mut dyn Input) -> Result<bool, Fault> {
    let mut head = input.head()?;
    head.truncate(1024);
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    Ok(wide || !head.iter().any(|b| matches!(b, 0..=8 | 14..=26 | 28..=31)))
}

/// Whether there is nothing to read.
pub(super) fn is_empty(input: &mut dyn Input) -> Result<bool, Fault> {
    Ok(input.head()?.trim_ascii().is_empty())
}
