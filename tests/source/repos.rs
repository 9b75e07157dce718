//! A directory and personal data servers in memory, served as real ones are.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use netral::source::bluesky::tid;
use serde_json::{Value, json};

use super::server::{Reply, Request, Server, json as json_reply, reply};

pub const ME: &str = "did:plc:meeeeeeeeeeeeeeeeeeeeeee";
pub const TIM: &str = "did:plc:timmmmmmmmmmmmmmmmmmmmmm";
pub const POST: &str = "app.bsky.feed.post";

type Records = BTreeMap<(String, String), BTreeMap<String, Value>>;

/// A directory and a personal data server for several people.
#[derive(Clone, Default)]
pub struct Repos {
    pub records: Arc<Mutex<Records>>,
    /// DID -> (handle, server); the server is this one where none is given.
    people: Arc<Mutex<HashMap<String, (String, Option<String>)>>>,
    base: Arc<Mutex<String>>,
}

impl Repos {
    pub async fn start() -> (Self, Server) {
        Self::start_with(|_, _| None).await
    }

    /// Starts the server; `before` may answer a request in its place.
    pub async fn start_with(
        before: impl Fn(&Self, &Request) -> Option<Reply> + Send + Sync + 'static,
    ) -> (Self, Server) {
        let repos = Self::default();
        repos.person(ME, "saya.example", None);
        repos.person(TIM, "menang02.example", None);
        let served = repos.clone();
        let server =
            Server::start(move |request| before(&served, request).unwrap_or_else(|| served.answer(request))).await;
        *repos.base.lock().unwrap() = server.url();
        (repos, server)
    }

    pub fn person(&self, did: &str, handle: &str, server: Option<String>) {
        self.people.lock().unwrap().insert(did.to_owned(), (handle.to_owned(), server));
    }

    pub fn put(&self, did: &str, collection: &str, rkey: &str, value: Value) -> String {
        let key = (did.to_owned(), collection.to_owned());
        self.records.lock().unwrap().entry(key).or_default().insert(rkey.to_owned(), value);
        format!("at://{did}/{collection}/{rkey}")
    }

    pub fn post(&self, did: &str, n: u64, text: &str) -> String {
        self.put(did, POST, &key(n), json!({ "$type": POST, "text": text, "createdAt": "2029-09-25T03:00:00.000Z" }))
    }

    pub fn remove(&self, did: &str, collection: &str, rkey: &str) {
        self.records.lock().unwrap().get_mut(&(did.to_owned(), collection.to_owned())).unwrap().remove(rkey);
    }

    fn answer(&self, request: &Request) -> Reply {
        let absent =
            |message: &str| reply(400, &[], json!({ "error": "InvalidRequest", "message": message }).to_string());
        match request.path.as_str() {
            "/xrpc/com.atproto.identity.resolveHandle" => {
                let people = self.people.lock().unwrap();
                let found = people.iter().find(|(_, (handle, _))| handle == request.param("handle"));
                found.map_or_else(|| absent("Unable to resolve handle"), |(did, _)| json_reply(&json!({ "did": did })))
            }
            "/xrpc/com.atproto.repo.listRecords" => self.list(request),
            "/xrpc/com.atproto.repo.getRecord" => {
                let records = self.records.lock().unwrap();
                let key = (request.param("repo").to_owned(), request.param("collection").to_owned());
                match records.get(&key).and_then(|collection| collection.get(request.param("rkey"))) {
                    Some(value) => json_reply(&envelope(&key.0, &key.1, request.param("rkey"), value)),
                    None => reply(400, &[], r#"{"error":"RecordNotFound","message":"Could not locate record"}"#),
                }
            }
            did => match self.people.lock().unwrap().get(did.trim_start_matches('/')) {
                None => reply(404, &[], r#"{"message":"DID not registered"}"#),
                Some((handle, server)) => json_reply(&json!({
                    "id": did.trim_start_matches('/'), "alsoKnownAs": [format!("at://{handle}")],
                    "service": [{ "id": "#atproto_pds", "type": "AtprotoPersonalDataServer",
                        "serviceEndpoint": server.clone().unwrap_or_else(|| self.base.lock().unwrap().clone()) }],
                })),
            },
        }
    }

    fn list(&self, request: &Request) -> Reply {
        let records = self.records.lock().unwrap();
        let key = (request.param("repo").to_owned(), request.param("collection").to_owned());
        let before = request.query.get("cursor");
        let found = records
            .get(&key)
            .into_iter()
            .flatten()
            .rev()
            .filter(|(rkey, _)| before.is_none_or(|before| *rkey < before));
        let page: Vec<(&String, &Value)> = found.take(request.param("limit").parse().unwrap()).collect();
        let values: Vec<Value> = page.iter().map(|(rkey, value)| envelope(&key.0, &key.1, rkey, value)).collect();
        json_reply(&json!({ "records": values, "cursor": page.last().map(|(rkey, _)| rkey) }))
    }
}

pub fn envelope(did: &str, collection: &str, rkey: &str, value: &Value) -> Value {
    json!({ "uri": format!("at://{did}/{collection}/{rkey}"), "cid": "bafyreib", "value": value })
}

/// Keys in order of `n`, one each minute from 25 September 2029 on.
pub fn key(n: u64) -> String {
    let start: jiff::Timestamp = "2029-09-25T03:00:00Z".parse().unwrap();
    tid::encode(start + jiff::SignedDuration::from_mins(i64::try_from(n).unwrap()), 0)
}
