//! Real payloads of the platforms, where they are at hand: `NETRAL_SHARED`, or a folder `shared` beside the repository.

use std::collections::BTreeMap;
use std::path::PathBuf;

use netral::model::Verb;
use netral::source::{Cursor, Page};
use serde_json::{Value, json};

use super::server::{Reply, Server, json as json_reply, reply};
use super::{account, pass, source_at};

pub(super) fn fixtures(platform: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("NETRAL_SHARED").map_or(beside, PathBuf::from);
    let folder = shared.join("platforms/fixtures").join(platform);
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("skipped: no fixtures of {platform} here");
    }
    found
}

/// Reads a repository whose collections are made of real records.
async fn read_repo(did: &str, records: Vec<Value>) -> Page {
    let document = json!({ "id": did, "alsoKnownAs": ["at://x.example"], "service": [] });
    let base = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let own = std::sync::Arc::clone(&base);
    let server = Server::start(move |request| {
        if request.path.starts_with("/did:") {
            let mut document = document.clone();
            document["service"] =
                json!([{ "type": "AtprotoPersonalDataServer", "serviceEndpoint": *own.lock().unwrap() }]);
            return json_reply(&document);
        }
        if !request.path.ends_with("listRecords") {
            return reply(400, &[], r#"{"error":"RecordNotFound"}"#);
        }
        let part = format!("/{}/", request.param("collection"));
        let wanted: Vec<&Value> =
            records.iter().filter(|record| record["uri"].as_str().unwrap().contains(&part)).collect();
        json_reply(&json!({ "records": wanted }))
    })
    .await;
    *base.lock().unwrap() = server.url();
    let mut account = account("bluesky", "", did);
    account.valid_from = jiff::civil::date(2020, 1, 1);
    pass(&*source_at("bluesky", &server.url(), |_| {}), &account, &mut Cursor::start()).await.unwrap()
}

pub(super) fn read_json(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn real_records_are_read() {
    let Some(folder) = fixtures("bluesky") else { return };
    let did = "did:plc:kvwvcn5iqfooopmyzvb4qzba";
    let names = ["getRecord_like.json", "getRecord_post.json", "getRecord_post_unknown_fields.json"];
    let page = read_repo(did, names.iter().map(|name| read_json(folder.join(name))).collect()).await;
    assert!(page.rejected.is_empty(), "{:?}", page.rejected);
    let like = page.items.iter().find(|item| item.activity.verb == Verb::Like).unwrap();
    // Its client wrote 12:56:31 without a zone, two hours ahead of UTC; its key holds the moment itself.
    assert_eq!(like.activity.posted_at.unwrap().to_string().get(..19), Some("2023-08-26T10:56:31"));
    assert_eq!(page.items.len(), 3);

    let feed = read_json(folder.join("getAuthorFeed.json"));
    let posts = feed["feed"].as_array().unwrap().iter().map(|entry| &entry["post"]);
    let mut by_author: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for post in posts {
        let author = post["author"]["did"].as_str().unwrap().to_owned();
        by_author
            .entry(author)
            .or_default()
            .push(json!({ "uri": post["uri"], "cid": post["cid"], "value": post["record"] }));
    }
    for (did, records) in by_author {
        let count = records.len();
        let page = read_repo(&did, records).await;
        assert_eq!((page.items.len(), page.rejected.len()), (count, 0), "{:?}", page.rejected);
        assert!(page.items.iter().all(|item| item.activity.posted_at.is_some()));
    }
}

#[tokio::test]
async fn real_events_of_the_firehose_hold_records_that_are_read() {
    let Some(folder) = fixtures("bluesky") else { return };
    let mut by_author: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for name in ["jetstream_v1_captured.ndjson", "jetstream_v1_window_2026-07-04.ndjson"] {
        for line in std::fs::read_to_string(folder.join(name)).unwrap().lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let (commit, did) = (&event["commit"], event["did"].as_str().unwrap());
            let collection = commit["collection"].as_str().unwrap_or_default();
            if commit["operation"] == "create" && collection.starts_with("app.bsky.") {
                let uri = format!("at://{did}/{collection}/{}", commit["rkey"].as_str().unwrap());
                let record = json!({ "uri": uri, "cid": commit["cid"], "value": commit["record"] });
                by_author.entry(did.to_owned()).or_default().insert(uri, record);
            }
        }
    }
    let mut verbs: BTreeMap<Verb, usize> = BTreeMap::new();
    for (did, records) in by_author {
        let page = read_repo(&did, records.into_values().collect()).await;
        assert!(page.rejected.is_empty(), "{:?}", page.rejected);
        for item in page.items {
            *verbs.entry(item.activity.verb).or_default() += 1;
        }
    }
    println!("{verbs:?}");
    assert!(verbs.values().sum::<usize>() > 20, "{verbs:?}");
}

#[tokio::test]
async fn a_real_did_document_is_read() {
    let Some(folder) = fixtures("bluesky") else { return };
    let mut document = read_json(folder.join("did_doc.json"))["didDoc"].clone();
    let did = document["id"].as_str().unwrap().to_owned();
    // As it stands but for the server's address, which must not be contacted.
    document["service"][0]["serviceEndpoint"] = "http://127.0.0.1:1".into();
    let server = Server::start(move |_| json_reply(&document)).await;
    let source = source_at("bluesky", &server.url(), |config| config.http.allow_private.push("127.0.0.1:1".to_owned()));
    let error = pass(&*source, &account("bluesky", "", &did), &mut Cursor::start()).await.unwrap_err();
    assert!(error.chain().contains("no connection to 127.0.0.1:1"), "{}", error.chain());
    assert_eq!(server.last().path, format!("/{did}"));
}

#[tokio::test]
async fn real_feeds_are_read() {
    let Some(folder) = fixtures("rss") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let answer: Reply = reply(200, &[("content-type", "application/octet-stream")], std::fs::read(&path).unwrap());
        let server = Server::start(move |_| answer.clone()).await;
        let (source, account) = (source_at("feed", &server.url(), |_| {}), account("feed", "blog", "/x"));
        let read = pass(&*source, &account, &mut Cursor::start()).await;
        if name.contains("invalid") {
            assert!(read.unwrap_err().chain().contains("breaks off"), "{name}");
            continue;
        }
        let page = read.unwrap();
        assert!(!page.items.is_empty(), "{name}: {:?}", page.rejected);
        assert!(page.rejected.is_empty(), "{name}: {:?}", page.rejected);
        for item in &page.items {
            let activity = &item.activity;
            assert!(
                !activity.id.is_empty() && !activity.text.contains("<p>") && !activity.text.contains("<br"),
                "{name}: {activity:?}"
            );
            assert!(item.raw.starts_with(b"<") || item.raw.starts_with(b"{"), "{name}");
        }
        println!(
            "{name}: {} items, dated {}, with address {}, wait {:?}",
            page.items.len(),
            page.items.iter().filter(|i| i.activity.posted_at.is_some()).count(),
            page.items.iter().filter(|i| i.activity.url.is_some()).count(),
            page.wait
        );
    }
}
