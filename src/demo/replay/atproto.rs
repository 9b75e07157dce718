//! The parts of AT Protocol that netral reads, as the reference servers answer: directory, handles, repositories.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::world::{Record, Target, World, WorldAccount};
use super::{RATE_WINDOW, Served, cid};
use crate::model::Verb;

const PROFILE: &str = "app.bsky.actor.profile";
const POST: &str = "app.bsky.feed.post";

/// `GET /{did}`: the PLC directory.
pub(super) async fn did_document(State(served): State<Arc<Served>>, Path(did): Path<String>) -> Response {
    let account = served.world().accounts.iter().find(|account| account.id == did && account.platform == "bluesky");
    match account {
        Some(account) => {
            let document = document(account, &served.own_address).to_string();
            ([(header::CONTENT_TYPE, "application/did+ld+json; charset=utf-8")], document).into_response()
        }
        None => json_answer(StatusCode::NOT_FOUND, &json!({ "message": format!("DID not registered: {did}") })),
    }
}

fn document(account: &WorldAccount, pds: &str) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": account.id,
        "alsoKnownAs": [format!("at://{}", account.handle)],
        "verificationMethod": [],
        "service": [{ "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds }],
    })
}

#[derive(Deserialize)]
pub(super) struct Parameters {
    handle: Option<String>,
    repo: Option<String>,
    collection: Option<String>,
    rkey: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
    reverse: Option<String>,
}

/// An error as XRPC servers write it.
struct XrpcError(StatusCode, &'static str, String);

/// `GET /xrpc/{nsid}`: entry and personal data server.
pub(super) async fn query(
    State(served): State<Arc<Served>>,
    Path(nsid): Path<String>,
    Query(query): Query<Parameters>,
) -> Response {
    let (left, reset) = served.count();
    let answer = match left {
        None => Err(XrpcError(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", "Rate Limit Exceeded".to_owned())),
        Some(_) => answer(&served, &nsid, &query),
    };
    let mut response = match answer {
        Ok(value) => json_answer(StatusCode::OK, &value),
        Err(XrpcError(status, error, message)) => json_answer(status, &json!({ "error": error, "message": message })),
    };
    let limit = served.replay.rate_limit;
    let headers = response.headers_mut();
    set(headers, "ratelimit-limit", &limit.to_string());
    set(headers, "ratelimit-remaining", &left.unwrap_or(0).to_string());
    set(headers, "ratelimit-reset", &reset.to_string());
    set(headers, "ratelimit-policy", &format!("{limit};w={RATE_WINDOW}"));
    response
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response()
}

fn answer(served: &Served, nsid: &str, query: &Parameters) -> Result<Value, XrpcError> {
    match nsid {
        "com.atproto.identity.resolveHandle" => resolve_handle(served, query),
        "com.atproto.repo.listRecords" => list_records(served, query),
        "com.atproto.repo.getRecord" => get_record(served, query),
        "com.atproto.repo.describeRepo" => describe_repo(served, query),
        _ => Err(XrpcError(StatusCode::NOT_IMPLEMENTED, "MethodNotImplemented", "Method Not Implemented".to_owned())),
    }
}

fn invalid(message: impl Into<String>) -> XrpcError {
    XrpcError(StatusCode::BAD_REQUEST, "InvalidRequest", message.into())
}

fn required<'a>(value: &'a Option<String>, name: &str) -> Result<&'a str, XrpcError> {
    value.as_deref().ok_or_else(|| invalid(format!("Error: Params must have the property \"{name}\"")))
}

fn resolve_handle(served: &Served, query: &Parameters) -> Result<Value, XrpcError> {
    let handle = required(&query.handle, "handle")?;
    let found = served
        .world()
        .accounts
        .iter()
        .find(|account| account.platform == "bluesky" && account.handle.eq_ignore_ascii_case(handle));
    found.map(|account| json!({ "did": account.id })).ok_or_else(|| invalid("Unable to resolve handle"))
}

fn repo<'a>(world: &'a World, query: &Parameters, what: &str) -> Result<(usize, &'a WorldAccount), XrpcError> {
    let repo = required(&query.repo, "repo")?;
    world
        .find(repo)
        .filter(|(_, account)| account.platform == "bluesky")
        .ok_or_else(|| invalid(format!("Could not find {what}: {repo}")))
}

fn describe_repo(served: &Served, query: &Parameters) -> Result<Value, XrpcError> {
    let (index, account) = repo(served.world(), query, "user")?;
    let mut collections: BTreeSet<&str> = served.world().visible(index, served.now()).map(collection).collect();
    collections.insert(PROFILE);
    Ok(json!({
        "handle": account.handle,
        "did": account.id,
        "didDoc": document(account, &served.own_address),
        "collections": collections,
        "handleIsCorrect": true,
    }))
}

/// Newest first, `reverse` oldest first; the cursor is the last key of the page, and it is there even on the last full page.
fn list_records(served: &Served, query: &Parameters) -> Result<Value, XrpcError> {
    let (index, account) = repo(served.world(), query, "repo")?;
    let wanted = required(&query.collection, "collection")?;
    let limit = match query.limit.as_deref().map(str::parse::<usize>) {
        None => 50,
        Some(Ok(limit @ 1..=100)) => limit,
        Some(_) => return Err(invalid("Error: limit must be an integer between 1 and 100")),
    };
    let reverse = query.reverse.as_deref() == Some("true");
    let mut found: Vec<(String, Value)> = if wanted == PROFILE {
        vec![("self".to_owned(), profile(account))]
    } else {
        let of_collection = served.world().visible(index, served.now()).filter(|record| collection(record) == wanted);
        of_collection.map(|record| (record.rkey.clone(), value(served.world(), record))).collect()
    };
    found.sort_by(|a, b| if reverse { a.0.cmp(&b.0) } else { b.0.cmp(&a.0) });
    if let Some(cursor) = &query.cursor {
        found.retain(|(rkey, _)| if reverse { rkey > cursor } else { rkey < cursor });
    }
    found.truncate(limit);
    let cursor = found.last().map(|(rkey, _)| rkey.clone());
    let records: Vec<Value> = found.iter().map(|(rkey, value)| envelope(account, wanted, rkey, value)).collect();
    let mut answer = json!({ "records": records });
    if let (Some(cursor), Some(object)) = (cursor, answer.as_object_mut()) {
        object.insert("cursor".to_owned(), cursor.into());
    }
    Ok(answer)
}

fn get_record(served: &Served, query: &Parameters) -> Result<Value, XrpcError> {
    let (wanted, rkey) = (required(&query.collection, "collection")?, required(&query.rkey, "rkey")?);
    let (index, account) = repo(served.world(), query, "repo")?;
    if wanted == PROFILE && rkey == "self" {
        return Ok(envelope(account, wanted, rkey, &profile(account)));
    }
    let mut records = served.world().visible(index, served.now());
    let found = records.find(|record| record.rkey == rkey && collection(record) == wanted);
    let absent = || {
        XrpcError(
            StatusCode::BAD_REQUEST,
            "RecordNotFound",
            format!("Could not locate record: at://{}/{wanted}/{rkey}", account.id),
        )
    };
    found.map(|record| envelope(account, wanted, rkey, &value(served.world(), record))).ok_or_else(absent)
}

fn envelope(account: &WorldAccount, collection: &str, rkey: &str, value: &Value) -> Value {
    json!({ "uri": format!("at://{}/{collection}/{rkey}", account.id), "cid": cid(value.to_string().as_bytes()), "value": value })
}

/// Which collection holds a record: a share with words of its own is a quote, and so a post.
fn collection(record: &Record) -> &'static str {
    match record.verb {
        Verb::Post | Verb::Comment => POST,
        Verb::Share if record.text.is_empty() => "app.bsky.feed.repost",
        Verb::Share => POST,
        Verb::Like => "app.bsky.feed.like",
        Verb::Follow | Verb::Join => "app.bsky.graph.follow",
    }
}

fn profile(account: &WorldAccount) -> Value {
    json!({ "$type": PROFILE, "displayName": account.name, "description": account.about })
}

fn created_at(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The record as its author's app wrote it.
fn value(world: &World, record: &Record) -> Value {
    let created_at = created_at(record.at);
    match (collection(record), record.target) {
        (POST, target) => post(world, record, target, &created_at),
        (nsid, Some(Target::Record(target))) => {
            json!({ "$type": nsid, "subject": strong_ref(world, target), "createdAt": created_at })
        }
        (nsid, Some(Target::Account(target))) => {
            json!({ "$type": nsid, "subject": world.accounts.get(target).map(|account| &account.id), "createdAt": created_at })
        }
        (nsid, None) => json!({ "$type": nsid, "createdAt": created_at }),
    }
}

fn post(world: &World, record: &Record, target: Option<Target>, created_at: &str) -> Value {
    let mut post = json!({ "$type": POST, "text": record.text, "langs": ["id"], "createdAt": created_at });
    let Some(object) = post.as_object_mut() else { return post };
    let facets = facets(world, &record.text);
    if !facets.is_empty() {
        object.insert("facets".to_owned(), facets.into());
    }
    let images = record.alt.as_ref().map(|alt| {
        let blob = json!({ "$type": "blob", "ref": { "$link": cid(alt.as_bytes()) }, "mimeType": "image/jpeg", "size": 91_344 });
        json!({ "$type": "app.bsky.embed.images", "images": [{ "alt": alt, "image": blob }] })
    });
    let quoted = match (record.verb, target) {
        (Verb::Share, Some(Target::Record(target))) => {
            Some(json!({ "$type": "app.bsky.embed.record", "record": strong_ref(world, target) }))
        }
        _ => None,
    };
    let embed = match (quoted, images) {
        (Some(record), Some(media)) => {
            Some(json!({ "$type": "app.bsky.embed.recordWithMedia", "record": record, "media": media }))
        }
        (quoted, images) => quoted.or(images),
    };
    if let Some(embed) = embed {
        object.insert("embed".to_owned(), embed);
    }
    if let (Verb::Comment, Some(Target::Record(parent))) = (record.verb, target) {
        let reply = json!({ "root": strong_ref(world, root(world, parent)), "parent": strong_ref(world, parent) });
        object.insert("reply".to_owned(), reply);
    }
    post
}

/// The post at the top of a thread.
fn root(world: &World, mut index: usize) -> usize {
    while let Some(Record { verb: Verb::Comment, target: Some(Target::Record(parent)), .. }) = world.records.get(index)
    {
        // Targets are always older, so this ends.
        index = *parent;
    }
    index
}

fn strong_ref(world: &World, index: usize) -> Value {
    let Some((record, account)) =
        world.records.get(index).and_then(|record| Some((record, world.accounts.get(record.account)?)))
    else {
        return Value::Null;
    };
    let uri = format!("at://{}/{}/{}", account.id, collection(record), record.rkey);
    json!({ "uri": uri, "cid": cid(uri.as_bytes()) })
}

/// Hashtags, and mentions of people in the world, with their places in bytes.
fn facets(world: &World, text: &str) -> Vec<Value> {
    let mut facets = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let start = at;
        at += word.len();
        let shown = word.trim_end().trim_end_matches(|c: char| !c.is_alphanumeric());
        let feature = match (shown.strip_prefix('#'), shown.strip_prefix('@')) {
            (Some(tag), _) if !tag.is_empty() => json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
            (_, Some(handle)) => match world.find(handle) {
                Some((_, account)) => json!({ "$type": "app.bsky.richtext.facet#mention", "did": account.id }),
                None => continue,
            },
            _ => continue,
        };
        facets.push(json!({ "index": { "byteStart": start, "byteEnd": start + shown.len() }, "features": [feature] }));
    }
    facets
}
