//! Places that publish activities: one implementation of [`Source`] per service.
//!
//! A source asks a service for the next page of one account and turns it into activities. It never retries, never sleeps
//! and never looks at the wall clock: pace, retry, leases and the time of first sight are the collector's business, once
//! for all sources. docs/ADDING-A-SOURCE.md walks through writing another one.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::model;

mod answer;
pub mod bluesky;
mod config;
pub mod coverage;
pub mod facebook;
pub mod feed;
pub mod http;
pub mod instagram;
mod marks;
pub mod mastodon;
mod meta;
pub mod telegram;
pub mod threads;
pub mod tiktok;
pub mod x;
pub mod youtube;

pub use bluesky::BlueskyConfig;
pub use config::{SourcesConfig, build};
pub use facebook::FacebookConfig;
pub use feed::FeedConfig;
pub use http::{Http, HttpConfig};
pub use instagram::InstagramConfig;
pub use mastodon::MastodonConfig;
pub use telegram::TelegramConfig;
pub use threads::ThreadsConfig;
pub use tiktok::TiktokConfig;
pub use x::XConfig;
pub use youtube::YoutubeConfig;

/// A place that publishes activities.
///
/// One implementation per service; object-safe because the configuration picks it at run time. Both methods are required.
#[async_trait]
pub trait Source: Send + Sync {
    /// The platform as the register writes it (`bluesky`, `feed`): it reads accounts whose `platform` equals this.
    fn platform(&self) -> &'static str;

    /// Reads one page of `account` from `cursor` on.
    ///
    /// Fetching the same cursor again gives the same items again, plus what has been published since: whoever calls keeps
    /// the page's cursor only together with the page's items, and takes two items with one id for one.
    ///
    /// # Errors
    /// [`SourceError`] says by its variant what to do: try again, leave it, tell an operator. The old cursor stays good.
    async fn fetch(&self, account: &model::Account, cursor: &Cursor) -> Result<Page, SourceError>;

    /// The limits that the service sets, each shared by all workers; none where every account is on a host of its own.
    fn limits(&self) -> Vec<Limit> {
        Vec::new()
    }

    /// Whether all accounts are read from one service, so that its faults and its limits concern them all. Not so where
    /// every account has a host of its own (feeds, AT Protocol, Mastodon): there one host's fault is its own.
    fn is_one_service(&self) -> bool {
        true
    }

    /// Whether [`audience`](Self::audience) can be asked.
    fn shows_audience(&self) -> bool {
        false
    }

    /// Reads one page of what people do with a campaign account and its posts (comment, like, share, follow).
    ///
    /// Each activity's `account` names who acted, by the platform's id or, where there is none, the handle. Whoever calls
    /// keeps those of the register and drops all others in memory (P01).
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    async fn audience(&self, _campaign: &Campaign, _cursor: &Cursor) -> Result<Page, SourceError> {
        Err(SourceError::Permanent { cause: "the service does not show who reacts to an account".into() })
    }
}

/// A limit that a service sets, e.g. 900 requests in 15 minutes, or 10,000 units a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Its name, as the requests' [`http::Charge`] gives it.
    pub bucket: &'static str,
    /// Units allowed.
    pub units: u32,
    /// In which time.
    pub per: Per,
}

/// The time for which a limit holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Per {
    /// Any stretch of this length.
    Window(Duration),
    /// A calendar day in this time zone (an IANA name): YouTube's day ends at midnight in Los Angeles.
    Day(&'static str),
}

/// An account of a campaign, from a list's keywords of kind `account`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Campaign {
    /// Handle, without `@`.
    pub handle: String,
    /// The platform's own id, where the list gives it.
    pub id: Option<String>,
}

/// Opaque position in one account: text that the store keeps and only the source understands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// Nothing has been read yet.
    #[must_use]
    pub fn start() -> Self {
        Self(String::new())
    }

    /// A cursor as the store kept it.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to keep.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing has been read yet.
    #[must_use]
    pub fn is_start(&self) -> bool {
        self.0.is_empty()
    }

    /// Reads a source's own form of the position; text that it cannot read means to start anew, which doubles nothing
    /// because ids are stable.
    fn decode<T: Default + serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    fn encode<T: serde::Serialize>(position: &T) -> Self {
        Self(serde_json::to_string(position).unwrap_or_default())
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One activity with the bytes that prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What was read; `seen_at` is left empty for the collector.
    pub activity: model::Activity,
    /// The bytes of this one item as the service sent them, never the page with strangers' posts around it.
    pub raw: Vec<u8>,
}

/// Something on a page that is not an activity. One bad item costs only itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedItem {
    /// Its bytes as the service sent them.
    pub raw: Vec<u8>,
    /// What is wrong with it, without quoting it.
    pub reason: String,
}

/// Why an item that is not the account's own is no activity of it; of such an item nothing is kept (P01).
const SOMEBODY_ELSES: &str = "it belongs to another account than was asked for";

impl RejectedItem {
    /// What could not be read, with its bytes, unless they are somebody else's.
    fn new(raw: impl Into<Vec<u8>>, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let raw = if reason == SOMEBODY_ELSES { Vec::new() } else { raw.into() };
        Self { raw, reason }
    }
}

/// What one call of [`Source::fetch`] read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The activities, in the service's order.
    pub items: Vec<Item>,
    /// What could not be read.
    pub rejected: Vec<RejectedItem>,
    /// Where the next call goes on.
    pub cursor: Cursor,
    /// Whether this pass has more pages to give right now.
    pub more: bool,
    /// How long the service asks to be left alone (`ttl`, `Cache-Control`, a used-up rate limit).
    pub wait: Option<Duration>,
    /// What the service said of activities that it showed before.
    pub facts: Vec<Fact>,
    /// The account's handle today, where the answer tells it: the register may hold an older one.
    pub handle: Option<String>,
}

/// What a service says of an activity that was shown before. An edit is no fact of its own: the activity comes again under
/// its id with another text, and the store keeps both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The activity's id, as in [`model::Activity::id`].
    pub id: String,
    /// What happened to it.
    pub kind: FactKind,
    /// When, as the service tells it.
    pub at: Option<jiff::Timestamp>,
    /// The bytes that say so.
    pub raw: Vec<u8>,
}

/// What happened to an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// The service says that its author deleted it.
    Deleted,
    /// It is not shown any more, and nobody says why. That is not a deletion.
    Unavailable,
}

/// What an error carries as its reason; its text never holds post text, names or tokens.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why a page could not be read. Whoever calls decides by the variant, never by the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Time may heal it: a time-out, a lost connection, too many requests, a server's own fault.
    #[error("the service cannot be read just now")]
    Transient {
        /// How long the service asks to wait.
        retry_after: Option<Duration>,
        /// What happened.
        #[source]
        cause: Cause,
    },
    /// The service is at fault and says when it means to be back.
    #[error("the service is down just now")]
    Down {
        /// How long it asks to wait.
        retry_after: Duration,
        /// What happened.
        #[source]
        cause: Cause,
    },
    /// The service's limit, shared by all workers, leaves no turn now; nothing was asked.
    #[error("the service's limit is used up for now")]
    Paced {
        /// When there is a turn again.
        wait: Duration,
    },
    /// Time does not heal it: a refused address, a request that the service calls wrong.
    #[error("the service cannot be read this way")]
    Permanent {
        /// What happened.
        #[source]
        cause: Cause,
    },
    /// The service refuses netral itself (a key that does not hold, no money left, terms): it concerns every account.
    #[error("the service refuses netral")]
    Denied {
        /// What happened.
        #[source]
        cause: Cause,
    },
    /// The service answers, but not for this account. That is not a deletion: what was kept stays kept.
    #[error("the account is unavailable: {state}")]
    Unavailable {
        /// As the service puts it.
        state: AccountState,
        /// What happened.
        #[source]
        cause: Cause,
    },
    /// The answer is not what the contract promises.
    #[error("the answer of {at} cannot be read")]
    Malformed {
        /// Which answer, and where in it.
        at: String,
        /// What was expected.
        #[source]
        cause: Cause,
    },
}

impl SourceError {
    /// The error and all its causes in one line, for a log or an operator's page.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }

    fn malformed(at: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self::Malformed { at: at.into(), cause: cause.into() }
    }
}

/// Why a service answers but does not show an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AccountState {
    /// The service does not know it (any more).
    NotFound,
    /// The service took it down.
    Suspended,
    /// Its owner switched it off.
    Deactivated,
    /// Its owner does not show it to the public.
    Private,
    /// Its handle now leads to another account than the one that was read before: the register must be looked at.
    Moved,
    /// Its owner says that they are to be found under another account now; that one is not in the register by itself.
    MovedAway,
}

impl AccountState {
    /// The word for logs and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Private => "private",
            Self::Moved => "moved",
            Self::MovedAway => "moved_away",
        }
    }
}

impl fmt::Display for AccountState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// From when on an account's older activities are read: two days before its registration begins, so that no time zone and
/// no client's clock hides its first day.
fn not_before(account: &model::Account) -> jiff::Timestamp {
    let first_day = account.valid_from.to_zoned(jiff::tz::TimeZone::UTC).map(|day| day.timestamp());
    let early = first_day.and_then(|day| day.checked_sub(jiff::Span::new().hours(48)));
    early.unwrap_or(jiff::Timestamp::MIN)
}

/// What an account's own activities name as their account: its registered id, else its registered handle.
fn own_name(account: &model::Account) -> String {
    let name = if account.external_id.is_empty() { &account.handle } else { &account.external_id };
    name.clone()
}

/// An account's handle as a service writes it today; where only the spelling differs, as the register writes it.
fn handle_today(found: String, account: &model::Account) -> String {
    let registered = account.handle.trim().trim_start_matches('@');
    if found.eq_ignore_ascii_case(registered) { account.handle.clone() } else { found }
}

/// Orders numeric ids that exceed every number type: by length, then by text.
fn by_age(a: &str, b: &str) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// A constant address of a configuration's default.
fn fixed(url: &'static str) -> url::Url {
    #[expect(clippy::expect_used, reason = "a constant, read by a test")]
    url::Url::parse(url).expect("a constant address")
}

/// An id that fits an index whatever a stranger's server sends: itself, or its SHA-256 where it is longer than 512 bytes.
fn bounded_id(id: &str) -> String {
    const LONGEST: usize = 512;
    if id.len() <= LONGEST { id.to_owned() } else { format!("sha256:{}", sha256_hex(id.as_bytes())) }
}

fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        for nibble in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        hex
    })
}
