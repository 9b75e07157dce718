//! RSS, Atom and JSON Feed: blogs, YouTube channels, and whatever a bridge turns into a feed.
//!
//! The account's `external_id` is the feed's address. An item's id is its `guid` or `id`, else its link, else the SHA-256
//! of date and text. `raw` is the item's own bytes as the server sent them, from `<item` or `<entry` to its end, or the
//! JSON object; only of a document in UTF-16 it is the item in UTF-8.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use url::Url;

use self::slice::Sliced;
use super::http::{Request, Response};
use super::{AccountState, Cursor, Http, Item, Page, RejectedItem, Source, SourceError, answer, sha256_hex};
use crate::model::Account;

mod charset;
mod entry;
mod mend;
mod slice;

/// How feeds are read; `[source.feed]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedConfig {
    /// Whether they are read at all.
    pub enabled: bool,
    /// What an account's address that begins with `/` is joined to: an own bridge, for instance.
    pub base_url: Option<Url>,
    /// Most items of one document; the first ones, as feeds begin with the newest.
    pub max_items: usize,
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self { enabled: true, base_url: None, max_items: 500 }
    }
}

/// What the cursor of a feed holds: the copy that was read, and which items were in it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Position {
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    seen: Vec<String>,
}

/// Reads feeds. Holds no state between two calls.
#[derive(Debug)]
pub struct FeedSource {
    config: FeedConfig,
    http: Http,
}

const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, application/json;q=0.8, text/xml;q=0.7, */*;q=0.1";

/// `ttl` is a wish of strangers: at most a day of it is granted.
const LONGEST_TTL_MINUTES: u32 = 24 * 60;

impl FeedSource {
    /// A source with its own settings and the shared client.
    #[must_use]
    pub fn new(config: FeedConfig, http: Http) -> Self {
        Self { config, http }
    }

    fn address(&self, account: &Account) -> Result<Url, SourceError> {
        let wrong = |cause: &'static str| SourceError::Permanent { cause: cause.into() };
        let address = account.external_id.trim();
        if !address.starts_with('/') {
            return Url::parse(address).map_err(|_| wrong("the account's feed address cannot be read"));
        }
        let base = self
            .config
            .base_url
            .as_ref()
            .ok_or_else(|| wrong("the account's feed address is a path, and `base_url` is not set"))?;
        base.join(address).map_err(|_| wrong("the account's feed address cannot be read"))
    }
}

#[async_trait]
impl Source for FeedSource {
    fn platform(&self) -> &'static str {
        "feed"
    }

    fn is_one_service(&self) -> bool {
        false
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let position: Position = cursor.decode();
        let mut request = Request::get(self.address(account)?, ACCEPT);
        request.etag.clone_from(&position.etag);
        request.last_modified.clone_from(&position.last_modified);
        let answer = self.http.send(request).await?;
        match answer.status.as_u16() {
            200 => read(&answer, account, &position, self.config.max_items),
            304 => Ok(Page {
                cursor: cursor.clone(),
                wait: longest([answer.max_age(), answer.retry_after()]),
                ..Page::default()
            }),
            status => Err(failure(status, &answer)),
        }
    }
}

fn failure(status: u16, answer: &Response) -> SourceError {
    let cause = format!("{} answered {status}", answer.host()).into();
    match status {
        401 | 403 => SourceError::Unavailable { state: AccountState::Private, cause },
        404 | 410 => SourceError::Unavailable { state: AccountState::NotFound, cause },
        _ => answer::failure(answer, ""),
    }
}

/// Reads a whole document; items that the last copy held with the very same bytes are left out.
fn read(answer: &Response, account: &Account, position: &Position, max_items: usize) -> Result<Page, SourceError> {
    let (encoding, mark) = charset::detect(&answer.body, answer.header("content-type"));
    let document = answer.body.get(mark..).unwrap_or_default();
    // Markup is found in the bytes as they are, so that an item's proof is a slice of them; JSON must be UTF-8 to be read.
    let is_json = document.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let recoded = (!charset::is_ascii_compatible(encoding) || is_json && std::str::from_utf8(document).is_err())
        .then(|| charset::decode(document, encoding));
    let (document, encoding) = match &recoded {
        Some(text) => (text.as_bytes(), encoding_rs::UTF_8),
        None => (document, encoding),
    };
    let sliced =
        slice::slice(document).map_err(|e| SourceError::malformed(format!("the feed of {}", answer.host()), e))?;
    let reader = Reader { account, base: &answer.url, encoding, sliced: &sliced };
    let mut page = Page::default();
    let mut now = Position {
        etag: answer.header("etag").map(str::to_owned),
        last_modified: answer.header("last-modified").map(str::to_owned),
        seen: Vec::new(),
    };
    let mut bridge_errors = 0;
    for raw in sliced.items.iter().take(max_items) {
        let mark: String = sha256_hex(raw).chars().take(16).collect();
        let known = position.seen.contains(&mark) || now.seen.contains(&mark);
        now.seen.push(mark);
        if known {
            continue;
        }
        match reader.item(raw) {
            Ok(Some(activity)) => page.items.push(Item { activity, raw: raw.to_vec() }),
            Ok(None) => bridge_errors += 1,
            Err(reason) => page.rejected.push(RejectedItem { raw: raw.to_vec(), reason }),
        }
    }
    for raw in sliced.broken.iter().take(max_items) {
        page.rejected.push(RejectedItem { raw: raw.to_vec(), reason: "its end is missing".to_owned() });
    }
    if !sliced.complete {
        // What is missing may be there next time, so the next request must not be answered by "not modified".
        (now.etag, now.last_modified) = (None, None);
        page.rejected.push(RejectedItem { raw: Vec::new(), reason: "the feed breaks off".to_owned() });
    }
    if bridge_errors > 0 && page.items.is_empty() {
        return Err(SourceError::Transient {
            retry_after: None,
            cause: "the bridge delivers its own failure in place of posts".into(),
        });
    }
    if let Some(more @ 1..) = sliced.items.len().checked_sub(max_items) {
        page.rejected
            .push(RejectedItem { raw: Vec::new(), reason: format!("{more} more items than are read of one feed") });
    }
    page.wait = longest([reader.ttl(), answer.max_age(), answer.retry_after()]);
    page.cursor = Cursor::encode(&now);
    Ok(page)
}

struct Reader<'a> {
    account: &'a Account,
    base: &'a Url,
    encoding: &'static encoding_rs::Encoding,
    sliced: &'a Sliced<'a>,
}

impl Reader<'_> {
    /// Reads one item; `None` is a bridge's failure in the guise of a post.
    fn item(&self, raw: &[u8]) -> Result<Option<crate::model::Activity>, String> {
        let feed = self.parse(raw).ok_or("it is not well-formed")?;
        let entry = feed.entries.first().ok_or("it is not well-formed")?;
        if entry::is_bridge_error(entry) {
            return Ok(None);
        }
        entry::activity(entry, self.account, self.base).map(Some)
    }

    fn ttl(&self) -> Option<Duration> {
        let minutes = self.parse(self.sliced.head)?.ttl?.min(LONGEST_TTL_MINUTES);
        (minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60))
    }

    /// Parses a part of the feed inside the feed's outer elements.
    fn parse(&self, part: &[u8]) -> Option<feed_rs::model::Feed> {
        let decode = |bytes: &[u8]| charset::decode(bytes, self.encoding);
        let is_json = self.sliced.open.starts_with(b"{");
        let text = if is_json { decode(part) } else { mend::mend(&decode(part)) };
        let document = [decode(&self.sliced.open), text, decode(&self.sliced.close)].concat();
        // An id is made here, where the whole entry is known, not from the link alone.
        let parser =
            feed_rs::parser::Builder::new().base_uri(Some(self.base)).id_generator(|_, _, _| String::new()).build();
        parser.parse(document.as_bytes()).ok()
    }
}

fn longest<const N: usize>(waits: [Option<Duration>; N]) -> Option<Duration> {
    waits.into_iter().flatten().max()
}
