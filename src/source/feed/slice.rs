//! Cuts a feed into its items without parsing them.
//!
//! Each item is then parsed alone, inside a copy of the feed's own outer elements: one malformed item cannot take its
//! neighbours down, memory grows with the largest item instead of the feed, the bytes kept as proof are exactly the item's,
//! and as no document type declaration is ever copied, there are no entities to expand.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Longest outer element (with its name spaces) that is copied around each item.
const LONGEST_TAG: usize = 16 * 1024;

/// Longest head (all before the first item) that is looked at for `ttl`.
const LONGEST_HEAD: usize = 256 * 1024;

/// A feed in pieces.
#[derive(Debug)]
pub(super) struct Sliced<'a> {
    /// What to put before an item so that it is a feed.
    pub(super) open: Cow<'a, [u8]>,
    /// What to put after it.
    pub(super) close: Vec<u8>,
    /// All between the outer elements and the first item.
    pub(super) head: &'a [u8],
    /// The items.
    pub(super) items: Vec<&'a [u8]>,
    /// Items whose end is missing.
    pub(super) broken: Vec<&'a [u8]>,
    /// Whether the document's end is there.
    pub(super) complete: bool,
}

/// Why a document is no feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAFeed {
    #[error("it is empty")]
    Empty,
    #[error("it is HTML, not a feed")]
    Html,
    #[error("it is XML, but neither RSS nor Atom")]
    OtherXml,
    #[error("it is JSON, but not a JSON Feed")]
    OtherJson,
    #[error("it is neither XML nor JSON")]
    Neither,
    #[error("it breaks off before its first item")]
    Truncated,
    #[error("its outer element is larger than 16 KiB")]
    HugeTag,
}

/// Cuts a document in an ASCII-compatible encoding, or already in UTF-8.
pub(super) fn slice(document: &[u8]) -> Result<Sliced<'_>, NotAFeed> {
    match document.iter().find(|b| !b.is_ascii_whitespace()) {
        None => Err(NotAFeed::Empty),
        Some(b'<') => slice_xml(document),
        Some(b'{') => slice_json(document),
        Some(_) => Err(NotAFeed::Neither),
    }
}

#[derive(Deserialize)]
struct JsonFeed<'a> {
    version: String,
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

fn slice_json(document: &[u8]) -> Result<Sliced<'_>, NotAFeed> {
    let feed: JsonFeed<'_> = serde_json::from_slice(document).map_err(|e| match e.classify() {
        serde_json::error::Category::Eof => NotAFeed::Truncated,
        _ => NotAFeed::OtherJson,
    })?;
    if !feed.version.starts_with("https://jsonfeed.org/version/1") {
        return Err(NotAFeed::OtherJson);
    }
    Ok(Sliced {
        open: Cow::Borrowed(br#"{"version":"https://jsonfeed.org/version/1.1","title":"","items":["#),
        close: b"]}".to_vec(),
        head: &[],
        items: feed.items.into_iter().map(|item| item.get().as_bytes()).collect(),
        broken: Vec::new(),
        complete: true,
    })
}

fn slice_xml(document: &[u8]) -> Result<Sliced<'_>, NotAFeed> {
    let root = next_start_tag(document, 0)?;
    let name = root.name(document);
    let (prefix, local) = split_name(name);
    let (item, outer) = match local {
        b"rss" => (b"item".to_vec(), Some(next_start_tag(document, root.end)?)),
        b"RDF" => (b"item".to_vec(), None),
        b"feed" => ([prefix, b"entry"].concat(), None),
        _ if local.eq_ignore_ascii_case(b"html") => return Err(NotAFeed::Html),
        _ => return Err(NotAFeed::OtherXml),
    };
    if outer.is_some_and(|channel| channel.name(document) != b"channel") {
        return Err(NotAFeed::OtherXml);
    }
    let inside = outer.map_or(root.end, |channel| channel.end);
    let mut open = b"<?xml version=\"1.0\"?>".to_vec();
    let mut close = Vec::new();
    for tag in [Some(root), outer].into_iter().flatten() {
        open.extend_from_slice(
            tag.bytes(document)
                .strip_suffix(b"/>")
                .unwrap_or(tag.bytes(document).strip_suffix(b">").unwrap_or_default()),
        );
        open.push(b'>');
        close.splice(0..0, [b"</", tag.name(document), b">"].concat());
    }
    let cut = cut_items(document, inside, &item, name);
    if cut.items.is_empty() && cut.broken.is_empty() && !cut.complete {
        return Err(NotAFeed::Truncated);
    }
    let head = document.get(inside..cut.first.min(inside + LONGEST_HEAD)).unwrap_or_default();
    Ok(Sliced { open: Cow::Owned(open), close, head, items: cut.items, broken: cut.broken, complete: cut.complete })
}

struct Cut<'a> {
    items: Vec<&'a [u8]>,
    broken: Vec<&'a [u8]>,
    first: usize,
    complete: bool,
}

/// Everything from `<item` to `</item>`, CDATA and comments skipped. Only these are looked at: other markup inside an item
/// may be as broken as it likes.
fn cut_items<'a>(document: &'a [u8], from: usize, item: &[u8], root: &[u8]) -> Cut<'a> {
    let mut cut = Cut { items: Vec::new(), broken: Vec::new(), first: document.len(), complete: false };
    let mut open: Option<usize> = None;
    let mut at = from;
    while let Some(found) = find(document, at, b"<") {
        let markup = document.get(found..).unwrap_or_default();
        at = found + 1;
        if let Some(end) = skip_opaque(document, found) {
            at = end;
        } else if tag_is(markup, b"<", item) {
            if let Some(begin) = open.take() {
                cut.broken.extend(document.get(begin..found));
            }
            cut.first = cut.first.min(found);
            open = Some(found);
        } else if tag_is(markup, b"</", item) {
            let end = find(document, found, b">").map_or(document.len(), |end| end + 1);
            if let Some(begin) = open.take() {
                cut.items.extend(document.get(begin..end));
            }
            at = end;
        } else if tag_is(markup, b"</", root) {
            cut.complete = true;
        }
    }
    if let Some(begin) = open {
        cut.broken.extend(document.get(begin..));
    }
    cut
}

/// The end of a comment, CDATA section or processing instruction that begins here; the document's where it never ends.
fn skip_opaque(document: &[u8], at: usize) -> Option<usize> {
    let markup = document.get(at..)?;
    let pairs: [(&[u8], &[u8]); 3] = [(b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")];
    let (open, close) = pairs.into_iter().find(|(open, _)| markup.starts_with(open))?;
    Some(find(document, at + open.len(), close).map_or(document.len(), |end| end + close.len()))
}

fn tag_is(markup: &[u8], open: &[u8], name: &[u8]) -> bool {
    let after = markup.strip_prefix(open).and_then(|m| m.strip_prefix(name));
    after.is_some_and(|after| after.first().is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')))
}

#[derive(Clone, Copy, Debug)]
struct Tag {
    start: usize,
    end: usize,
}

impl Tag {
    fn bytes(self, document: &[u8]) -> &[u8] {
        document.get(self.start..self.end).unwrap_or_default()
    }

    fn name(self, document: &[u8]) -> &[u8] {
        let inside = self.bytes(document).get(1..).unwrap_or_default();
        let end =
            inside.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')).unwrap_or(inside.len());
        inside.get(..end).unwrap_or_default()
    }
}

/// The next start tag, past declarations, comments and text.
fn next_start_tag(document: &[u8], from: usize) -> Result<Tag, NotAFeed> {
    let mut at = from;
    while let Some(start) = find(document, at, b"<") {
        if let Some(end) = skip_opaque(document, start) {
            at = end;
        } else if document.get(start + 1) == Some(&b'!') {
            let (end, html) = doctype(document, start);
            if html {
                return Err(NotAFeed::Html);
            }
            at = end;
        } else {
            let mut quote = None;
            for (offset, byte) in document.get(start..).unwrap_or_default().iter().enumerate().take(LONGEST_TAG) {
                match (quote, byte) {
                    (Some(open), _) if *byte == open => quote = None,
                    (None, b'"' | b'\'') => quote = Some(*byte),
                    (None, b'>') => return Ok(Tag { start, end: start + offset + 1 }),
                    _ => {}
                }
            }
            let cut = document.len() - start < LONGEST_TAG;
            return Err(if cut { NotAFeed::Truncated } else { NotAFeed::HugeTag });
        }
    }
    Err(NotAFeed::Truncated)
}

/// The end of a document type declaration with its internal subset, and whether it is that of HTML.
fn doctype(document: &[u8], start: usize) -> (usize, bool) {
    let declaration = document.get(start..).unwrap_or_default();
    let head = declaration.get(..declaration.len().min(32)).unwrap_or_default().to_ascii_lowercase();
    let html = head.starts_with(b"<!doctype html");
    let (mut depth, mut quote) = (0_usize, None);
    for (offset, byte) in declaration.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if *byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'[') => depth += 1,
            (None, b']') => depth = depth.saturating_sub(1),
            (None, b'>') if depth == 0 => return (start + offset + 1, html),
            _ => {}
        }
    }
    (document.len(), html)
}

fn split_name(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().position(|b| *b == b':') {
        Some(colon) => name.split_at(colon + 1),
        None => (&[], name),
    }
}

fn find(document: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let rest = document.get(from..)?;
    let found = match needle {
        [byte] => rest.iter().position(|b| b == byte),
        _ => rest.windows(needle.len()).position(|window| window == needle),
    };
    found.map(|at| from + at)
}
