//! Live posts through Jetstream, a server that passes on what happens in many repositories: the public stream of the AT
//! Protocol network, cut down to the accounts that are asked for (wire format v1, `/subscribe`).
//!
//! It is the only place that announces deletions. What it misses while the connection is down is read again from the
//! cursor (microseconds), and the ordinary pass over the repository finds the rest: ids are the same, so nothing doubles.

use std::collections::HashMap;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::Url;

use super::record::{self, Collection, Repo};
use super::{BlueskyConfig, identity, target};
use crate::source::answer::problem;
use crate::source::{AccountState, Fact, FactKind, Http, Item, RejectedItem, SourceError, fixed};

/// Jetstream; `[source.bluesky.live]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveConfig {
    /// Whether it is used.
    pub enabled: bool,
    /// Its address.
    pub url: Url,
    /// Accounts on one connection; the servers take at most 10,000.
    pub accounts_per_connection: usize,
}

impl Default for LiveConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            url: fixed("wss://jetstream2.us-east.bsky.network/subscribe"),
            accounts_per_connection: 10_000,
        }
    }
}

/// Most accounts that a server takes on one connection.
const MOST_ACCOUNTS: usize = 10_000;

/// The largest message; a record has at most 1 MiB, and what stands around it is small.
const LARGEST_MESSAGE: usize = 2 * 1024 * 1024;

/// After this silence the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(30);

/// Silences in a row after which the connection counts as dead.
const DEAD_AFTER: u32 = 3;

/// Whose servers are remembered, for the addresses of pictures.
const MOST_SERVERS: usize = 20_000;

/// Reads live posts of many accounts.
#[derive(Clone, Debug)]
pub struct BlueskyLive {
    config: BlueskyConfig,
    http: Http,
}

/// What happened in one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveEvent {
    /// Whose.
    pub did: String,
    /// The stream's own position, in microseconds since 1970.
    pub at: i64,
    /// What.
    pub what: Happening,
}

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// An activity.
    Item(Box<Item>),
    /// A record was deleted.
    Fact(Fact),
    /// The account is shown (`None`) or not shown any more.
    State(Option<AccountState>),
    /// A record that cannot be read.
    Rejected(RejectedItem),
    /// Something that netral does not read; only the position counts.
    Nothing,
}

impl BlueskyLive {
    /// A reader with its own settings and the shared client.
    #[must_use]
    pub fn new(config: BlueskyConfig, http: Http) -> Self {
        Self { config, http }
    }

    /// Accounts on one connection.
    #[must_use]
    pub fn accounts_per_connection(&self) -> usize {
        self.config.live.accounts_per_connection.clamp(1, MOST_ACCOUNTS)
    }

    /// Opens a connection for these accounts, from a position on (none: from now on).
    ///
    /// # Errors
    /// [`SourceError::Transient`] where the server cannot be reached or does not speak WebSocket.
    pub async fn connect(&self, dids: &[String], after: Option<i64>) -> Result<LiveStream, SourceError> {
        let mut url = self.config.live.url.clone();
        // The accounts follow in a message: ten thousand of them do not fit an address.
        url.query_pairs_mut().append_pair("requireHello", "true");
        if let Some(after) = after {
            url.query_pairs_mut().append_pair("cursor", &after.to_string());
        }
        let stream = self.http.dial(&url).await?;
        let limits =
            WebSocketConfig::default().max_message_size(Some(LARGEST_MESSAGE)).max_frame_size(Some(LARGEST_MESSAGE));
        let opened = client_async_tls_with_config(url.as_str(), stream, Some(limits), None);
        let (socket, _) = tokio::time::timeout(SILENCE, opened)
            .await
            .map_err(|_| gone("it did not answer in time"))?
            .map_err(|_| gone("it does not speak WebSocket"))?;
        let mut stream = LiveStream {
            socket,
            live: self.clone(),
            servers: HashMap::new(),
            arrived: None,
            heard: Instant::now(),
            silences: 0,
        };
        stream.want(dids).await?;
        Ok(stream)
    }

    /// Fills in handle and text of what activities are directed at, as far as that succeeds in time.
    pub async fn complete(&self, items: &mut [Item]) {
        let nobody = Repo { did: "", pds: &self.config.entry };
        target::fill(&self.http, &self.config, nobody, items).await;
    }
}

fn gone(why: &'static str) -> SourceError {
    SourceError::Transient { retry_after: None, cause: format!("the live server: {why}").into() }
}

/// One open connection.
#[derive(Debug)]
pub struct LiveStream {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    live: BlueskyLive,
    servers: HashMap<String, Url>,
    arrived: Option<String>,
    heard: Instant,
    silences: u32,
}

impl LiveStream {
    /// Says whose posts are wanted from now on.
    ///
    /// # Errors
    /// [`SourceError::Transient`] where the connection is gone.
    pub async fn want(&mut self, dids: &[String]) -> Result<(), SourceError> {
        let collections = Collection::ALL.map(Collection::nsid);
        let hello = json!({
            "type": "options_update",
            "payload": { "wantedCollections": collections, "wantedDids": dids, "maxMessageSizeBytes": 0 },
        });
        self.socket.send(Message::text(hello.to_string())).await.map_err(|_| gone("the connection broke"))
    }

    /// Waits for what happens next. Dropping the future loses nothing.
    ///
    /// # Errors
    /// [`SourceError::Transient`] where the connection is gone; what came before counts.
    pub async fn next(&mut self) -> Result<LiveEvent, SourceError> {
        loop {
            // A message that has arrived stays here until it has been read, even if this future is dropped meanwhile.
            if let Some(text) = self.arrived.clone() {
                let Some(head) = Head::read(&text) else {
                    self.arrived = None;
                    continue;
                };
                let pds = self.server(&head).await;
                self.arrived = None;
                return Ok(head.event(&text, &pds));
            }
            let quiet = SILENCE.saturating_sub(self.heard.elapsed());
            let Ok(message) = tokio::time::timeout(quiet, self.socket.next()).await else {
                self.silences += 1;
                if self.silences >= DEAD_AFTER {
                    return Err(gone("it has fallen silent"));
                }
                self.heard = Instant::now();
                self.socket.send(Message::Ping(Vec::new().into())).await.map_err(|_| gone("the connection broke"))?;
                continue;
            };
            (self.silences, self.heard) = (0, Instant::now());
            match message {
                Some(Ok(Message::Text(text))) => self.arrived = Some(text.to_string()),
                Some(Ok(Message::Close(_))) | None => return Err(gone("it closed the connection")),
                Some(Ok(_)) => {}
                Some(Err(_)) => return Err(gone("the connection broke")),
            }
        }
    }

    /// Where a person's repository is, asked once a connection; where that is not known, the addresses of their pictures
    /// are those of the entry.
    async fn server(&mut self, head: &Head<'_>) -> Url {
        let entry = self.live.config.entry.clone();
        if head.commit.as_ref().is_none_or(|commit| commit.record.is_none_or(|r| !r.get().contains("\"embed\""))) {
            return entry;
        }
        if let Some(known) = self.servers.get(&*head.did) {
            return known.clone();
        }
        // Whoever waits for an event may not wait as long as a slow directory: the next try goes on without it.
        if self.servers.len() < MOST_SERVERS {
            self.servers.insert(head.did.clone(), entry.clone());
        }
        let found = identity::look_up(&self.live.http, &self.live.config.plc, &head.did).await;
        let pds = found.ok().and_then(|identity| identity.pds).unwrap_or(entry);
        if let Some(known) = self.servers.get_mut(&*head.did) {
            known.clone_from(&pds);
        }
        pds
    }
}

/// An event as it comes.
#[derive(Deserialize)]
struct Head<'a> {
    did: String,
    time_us: i64,
    #[serde(default)]
    kind: String,
    #[serde(borrow)]
    commit: Option<Commit<'a>>,
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Commit<'a> {
    operation: String,
    collection: String,
    rkey: String,
    #[serde(borrow)]
    record: Option<&'a RawValue>,
    cid: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    active: bool,
    status: Option<String>,
}

impl<'a> Head<'a> {
    /// `None`: not an event, and without a position nothing can be said of it.
    fn read(text: &'a str) -> Option<Self> {
        let read = serde_json::from_str(text);
        if let Err(error) = &read {
            tracing::debug!(error = %problem("event", error), "an event of the live server cannot be read");
        }
        read.ok().filter(|head: &Self| identity::is_did(&head.did))
    }

    fn event(self, text: &str, pds: &Url) -> LiveEvent {
        let what = match (&*self.kind, &self.commit, &self.account) {
            ("commit", Some(commit), _) => commit.happening(&self.did, self.time_us, text, pds),
            ("account", _, Some(account)) => Happening::State(account.state()),
            _ => Happening::Nothing,
        };
        LiveEvent { did: self.did, at: self.time_us, what }
    }
}

impl Commit<'_> {
    fn happening(&self, did: &str, time_us: i64, text: &str, pds: &Url) -> Happening {
        let Some(collection) = Collection::ALL.into_iter().find(|c| c.nsid() == self.collection) else {
            return Happening::Nothing;
        };
        let id = format!("at://{did}/{}/{}", self.collection, self.rkey);
        let raw = || text.as_bytes().to_vec();
        match (&*self.operation, self.record) {
            ("delete", _) => {
                let at = Timestamp::from_microsecond(time_us).ok();
                Happening::Fact(Fact { id, kind: FactKind::Deleted, at, raw: raw() })
            }
            ("create" | "update", Some(value)) => {
                // The same shape that a repository's list has, so that one parser reads both.
                let record = json!({ "uri": id, "cid": self.cid, "value": value }).to_string();
                match record::parse(&record, Repo { did, pds }, collection) {
                    Ok(activity) => Happening::Item(Box::new(Item { activity, raw: raw() })),
                    Err(reason) => Happening::Rejected(RejectedItem::new(raw(), reason)),
                }
            }
            _ => Happening::Nothing,
        }
    }
}

impl Account {
    fn state(&self) -> Option<AccountState> {
        match (self.active, self.status.as_deref()) {
            (true, _) => None,
            (false, Some("takendown" | "suspended")) => Some(AccountState::Suspended),
            (false, Some("deleted")) => Some(AccountState::NotFound),
            (false, _) => Some(AccountState::Deactivated),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Option<LiveEvent> {
        Head::read(text).map(|head| head.event(text, &fixed("https://pds.example")))
    }

    #[test]
    fn a_commit_is_an_activity_with_the_id_that_its_repository_gives_it() {
        let text = r#"{"did":"did:plc:abc","time_us":1885000000000000,"kind":"commit","commit":{"rev":"1","operation":"create","collection":"app.bsky.feed.post","rkey":"3kaa","record":{"$type":"app.bsky.feed.post","text":"halo","createdAt":"2029-09-25T03:00:00Z"},"cid":"bafy"}}"#;
        let LiveEvent { did, at, what: Happening::Item(item) } = event(text).unwrap() else { panic!() };
        assert_eq!((&*did, at), ("did:plc:abc", 1_885_000_000_000_000));
        assert_eq!(item.activity.id, "at://did:plc:abc/app.bsky.feed.post/3kaa");
        assert_eq!((&*item.activity.text, item.raw.as_slice()), ("halo", text.as_bytes()));
    }

    #[test]
    fn deletions_states_and_what_is_not_read() {
        let what = |text: &str| event(text).map(|e| e.what);
        let delete = r#"{"did":"did:plc:abc","time_us":5,"kind":"commit","commit":{"rev":"1","operation":"delete","collection":"app.bsky.feed.like","rkey":"3kaa"}}"#;
        assert!(matches!(what(delete), Some(Happening::Fact(Fact { kind: FactKind::Deleted, .. }))));
        let state = |status: &str| {
            format!(
                r#"{{"did":"did:plc:abc","time_us":5,"kind":"account","account":{{"active":false,"did":"did:plc:abc","seq":1,"time":"x","status":"{status}"}}}}"#
            )
        };
        assert_eq!(what(&state("takendown")), Some(Happening::State(Some(AccountState::Suspended))));
        assert_eq!(what(&state("deactivated")), Some(Happening::State(Some(AccountState::Deactivated))));
        let profile = delete.replace("feed.like", "actor.profile");
        assert_eq!(what(&profile), Some(Happening::Nothing));
        let broken = delete.replace("delete", "create");
        assert_eq!(what(&broken), Some(Happening::Nothing), "no record, nothing to read");
        assert_eq!(event("{}"), None);
        assert_eq!(event("<html>"), None);
    }
}
