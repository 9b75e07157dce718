//! Bluesky's source against a repository in memory, served as a real one is, and against servers that misbehave.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use netral::model::Verb;
use netral::source::bluesky::tid;
use netral::source::{AccountState, Cursor, Source, SourceError};
use serde_json::{Value, json};

use super::repos::{ME, POST, Repos, TIM, envelope, key};
use super::server::{Reply, Server, json as json_reply, reply};
use super::{account, pass, source_at, texts};

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("bluesky", &server.url(), |_| {})
}

fn small_pages(server: &Server) -> Arc<dyn Source> {
    source_at("bluesky", &server.url(), |config| config.bluesky.page_size = 3)
}

#[tokio::test]
async fn a_second_pass_reads_only_what_is_new() {
    let (repos, server) = Repos::start().await;
    let (source, account, mut cursor) = (source(&server), account("bluesky", "", ME), Cursor::start());
    for n in 0..5 {
        repos.post(ME, n, &format!("kiriman {n}"));
    }
    assert_eq!(
        texts(&pass(&*source, &account, &mut cursor).await.unwrap()),
        ["kiriman 4", "kiriman 3", "kiriman 2", "kiriman 1", "kiriman 0"]
    );
    assert!(pass(&*source, &account, &mut cursor).await.unwrap().items.is_empty());
    let before = server.count();
    assert!(pass(&*source, &account, &mut cursor).await.unwrap().items.is_empty());
    assert_eq!(server.count() - before, 5, "one DID document, one page of each collection");
    repos.post(ME, 5, "kiriman 5");
    assert_eq!(texts(&pass(&*source, &account, &mut cursor).await.unwrap()), ["kiriman 5"]);
    repos.remove(ME, POST, &key(5));
    repos.remove(ME, POST, &key(4));
    assert!(pass(&*source, &account, &mut cursor).await.unwrap().items.is_empty(), "a deletion brings nothing back");
}

#[tokio::test]
async fn raw_is_the_exact_slice_of_the_one_record() {
    let text = r#"{"cursor":"x","records": [ {"uri" : "at://did:plc:meeeeeeeeeeeeeeeeeeeeeee/app.bsky.feed.post/3mmmmmmmmmm2a" , "cid":"b",
        "value":{"$type":"app.bsky.feed.post","text":"Se\u00adtuju","n":1.000000000000000000001,"createdAt":"2029-09-25T10:00:00+07:00"}}]}"#;
    let (_, server) = Repos::start_with(move |_, request| {
        let first = request.path.ends_with("listRecords")
            && request.param("collection") == POST
            && request.param("cursor").is_empty();
        first.then(|| reply(200, &[], text))
    })
    .await;
    let page = pass(&*source(&server), &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap();
    let start = text.find("{\"uri\"").unwrap();
    assert_eq!(page.items[0].raw, text.as_bytes()[start..text.len() - 2]);
    let activity = &page.items[0].activity;
    assert_eq!(activity.text, "Se\u{ad}tuju");
    assert_eq!(activity.id, "at://did:plc:meeeeeeeeeeeeeeeeeeeeeee/app.bsky.feed.post/3mmmmmmmmmm2a");
    assert_eq!(
        activity.url.as_deref(),
        Some("https://bsky.app/profile/did:plc:meeeeeeeeeeeeeeeeeeeeeee/post/3mmmmmmmmmm2a")
    );
    assert_eq!(activity.posted_at.unwrap().to_string(), "2029-09-25T03:00:00Z");
    assert_eq!(activity.seen_at, None);
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let (repos, server) = Repos::start().await;
    let account = account("bluesky", "", ME);
    for n in 0..10 {
        repos.post(ME, n, &format!("kiriman {n}"));
    }
    let mut cursor = Cursor::start();
    let (mut kept, mut next) = (Vec::new(), 10);
    for round in 0..60 {
        // A new object each time: nothing but the cursor's text survives.
        let source = small_pages(&server);
        let page = source.fetch(&account, &cursor).await.unwrap();
        if round % 2 == 0 {
            continue; // the crash: neither items nor cursor were kept
        }
        assert!(page.items.len() <= 3);
        kept.extend(page.items.into_iter().map(|item| item.activity.text));
        cursor = Cursor::from_text(page.cursor.as_str());
        if round < 12 {
            repos.post(ME, next, &format!("kiriman {next}"));
            next += 1;
        }
    }
    let all: HashSet<String> = (0..next).map(|n| format!("kiriman {n}")).collect();
    assert_eq!(kept.iter().cloned().collect::<HashSet<_>>(), all);
    assert_eq!(kept.len(), all.len(), "nothing twice");
}

#[tokio::test]
async fn keys_that_lie_about_time_hide_nothing() {
    let (repos, server) = Repos::start().await;
    let (source, account, mut cursor) = (small_pages(&server), account("bluesky", "", ME), Cursor::start());
    for n in [10, 20, 30, 40, 50] {
        repos.post(ME, n, &format!("kiriman {n}"));
    }
    repos.put(ME, POST, "zzzzzzzzzzzzz", json!({ "text": "dari masa depan", "createdAt": "2029-09-25T03:00:00Z" }));
    assert_eq!(pass(&*source, &account, &mut cursor).await.unwrap().items.len(), 6);
    // More than a page of new ones, all below the key from the future; and one that claims to be older.
    for n in [60, 61, 62, 63, 64, 65, 45] {
        repos.post(ME, n, &format!("kiriman {n}"));
    }
    let page = pass(&*source, &account, &mut cursor).await.unwrap();
    let new: HashSet<&str> = texts(&page).into_iter().collect();
    assert_eq!(
        new,
        HashSet::from([
            "kiriman 60",
            "kiriman 61",
            "kiriman 62",
            "kiriman 63",
            "kiriman 64",
            "kiriman 65",
            "kiriman 45"
        ])
    );
    assert!(pass(&*source, &account, &mut cursor).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn records_from_before_the_registration_are_left() {
    let (repos, server) = Repos::start().await;
    let mut account = account("bluesky", "", ME);
    account.valid_from = jiff::civil::date(2029, 9, 26);
    for day in 0..30 {
        repos.post(ME, day * 1_440, &format!("hari {day}"));
    }
    account.valid_from = jiff::civil::date(2029, 10, 20);
    let page = pass(&*small_pages(&server), &account, &mut Cursor::start()).await.unwrap();
    let read = texts(&page);
    assert!(read.contains(&"hari 29") && read.contains(&"hari 25") && !read.contains(&"hari 10"), "{read:?}");
}

#[tokio::test]
async fn pages_that_lead_nowhere_end_the_pass() {
    // The same page with the same cursor, a cursor that changes over the same page, and pages in the wrong order.
    for kind in 0..3 {
        let counter = Arc::new(Mutex::new(0));
        let (_, server) = Repos::start_with(move |_, request| {
            let mut count = counter.lock().unwrap();
            *count += 1;
            let rkey = if kind == 2 { key(*count) } else { key(7) };
            let record = envelope(ME, request.param("collection"), &rkey, &json!({ "text": "lagi" }));
            let cursor = if kind == 0 { "same".to_owned() } else { count.to_string() };
            request.path.ends_with("listRecords").then(|| json_reply(&json!({ "cursor": cursor, "records": [record] })))
        })
        .await;
        let error = pass(&*source(&server), &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Malformed { .. }), "{kind}: {}", error.chain());
        assert!(server.count() < 10);
    }
}

#[tokio::test]
async fn a_repository_without_end_is_read_up_to_the_limit() {
    let (_, server) = Repos::start_with(|_, request| {
        let from = request.query.get("cursor").map_or(1_000_000, |cursor| cursor.parse::<u64>().unwrap());
        let records: Vec<Value> =
            (1..=3).map(|n| envelope(ME, POST, &key(from - n), &json!({ "text": "lagi" }))).collect();
        let wanted = request.path.ends_with("listRecords") && request.param("collection") == POST;
        wanted.then(|| json_reply(&json!({ "cursor": (from - 3).to_string(), "records": records })))
    })
    .await;
    let source = source_at("bluesky", &server.url(), |config| config.bluesky.max_pages = 4);
    let page = pass(&*source, &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap();
    assert_eq!(page.items.len(), 12);
}

#[tokio::test]
async fn one_bad_record_costs_only_itself() {
    let (repos, server) = Repos::start_with(|_, request| {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let body = format!(
            r#"{{"records":[
            {{"uri":"at://{ME}/{POST}/{a}","cid":"b","value":{{"text":"baik","createdAt":"kemarin","embed":{{"$type":"app.bsky.embed.images","images":7}},"facets":[{{}},7,{{"index":{{"byteStart":9999,"byteEnd":1}},"features":[{{"$type":"app.bsky.richtext.facet#mention","did":"did:plc:x"}}]}}],"tags":[7],"reply":"x"}}}},
            {{"uri":"at://{ME}/{POST}/{b}","cid":"b","value":{{"text":7}}}},
            {{"uri":"at://{ME}/{POST}/{c}","cid":"b","value":{{"text":"\ud800"}}}},
            {{"uri":"at://{ME}/{POST}/{d}","cid":"b","value":null}},
            {{"uri":"at://{TIM}/{POST}/{e}","cid":"b","value":{{"text":"milik orang lain"}}}},
            {{"uri":"at://{ME}/app.bsky.feed.like/{e}","cid":"b","value":{{"text":"koleksi lain"}}}},
            {{"uri":"https://x","cid":"b","value":{{"text":"bukan AT-URI"}}}},
            {{"uri":"at://{ME}/{POST}/../{e}","cid":"b","value":{{"text":"jalan lain"}}}},
            7, null, [], {{}},
            {{"uri":"at://{ME}/{POST}/{f}","cid":"b","value":{{"text":"dalam","x":{deep}}}}},
            {{"uri":"at://{ME}/{POST}/{g}","cid":"b","value":{{"text":"a\u0000b","createdAt":"2029-09-25T03:00:00Z"}}}},
            {{"uri":"at://{ME}/{POST}/{g}","cid":"b","value":{{"text":"kunci yang sama","createdAt":"2029-09-25T03:00:00Z"}}}}
            ]}}"#,
            a = key(9), b = key(8), c = key(7), d = key(6), e = key(5), f = key(4), g = key(3)
        );
        (request.path.ends_with("listRecords") && request.param("collection") == POST).then(|| reply(200, &[], body))
    })
    .await;
    repos.put(ME, "app.bsky.feed.like", &key(1), json!({ "subject": { "uri": "bukan" } }));
    repos.put(ME, "app.bsky.graph.follow", &key(1), json!({ "subject": "bukan DID" }));
    let page = pass(&*source(&server), &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap();
    let read = texts(&page);
    assert!(
        read.starts_with(&["baik"]) && read.contains(&"a\0b") && !read.iter().any(|text| text.contains("lain")),
        "{read:?}"
    );
    assert_eq!(
        page.items[0].activity.posted_at.unwrap().as_second(),
        tid::timestamp(&key(9)).unwrap().as_second(),
        "by its key"
    );
    assert_eq!(page.items[0].activity.mentions, ["did:plc:x"]);
    assert!(page.rejected.len() >= 11, "{}", page.rejected.len());
    for rejected in &page.rejected {
        assert!(
            !["lain", "bukan DID", "baik"].iter().any(|word| rejected.reason.contains(word)),
            "{}",
            rejected.reason
        );
    }
}

#[tokio::test]
async fn targets_are_looked_up_where_they_are() {
    let (repos, server) = Repos::start().await;
    let (elsewhere, other) = Repos::start().await;
    repos.person(TIM, "menang02.example", Some(other.url()));
    let image = json!({ "$type": "app.bsky.embed.images", "images": [{ "alt": "Poster nomor 2", "image": { "ref": { "$link": "bafkrei" } } }] });
    let campaign = elsewhere.put(TIM, POST, &key(1), json!({ "text": "Ayo coblos!", "embed": image }));
    elsewhere.put(
        TIM,
        "app.bsky.actor.profile",
        "self",
        json!({ "displayName": "Tim 02", "description": "Menang bersama" }),
    );
    let subject = json!({ "uri": campaign, "cid": "b" });
    repos.put(ME, "app.bsky.feed.like", &key(2), json!({ "subject": subject, "createdAt": "2029-09-25T03:00:00Z" }));
    repos.put(ME, "app.bsky.feed.repost", &key(3), json!({ "subject": subject }));
    repos.put(ME, "app.bsky.graph.follow", &key(4), json!({ "subject": TIM }));
    repos.put(ME, POST, &key(5), json!({ "text": "Gas", "reply": { "root": subject, "parent": subject } }));
    let record = json!({ "$type": "app.bsky.embed.record", "record": subject });
    repos.put(ME, POST, &key(6), json!({ "text": "Setuju", "embed": { "$type": "app.bsky.embed.recordWithMedia", "record": record, "media": image } }));
    let gone = format!("at://{TIM}/{POST}/{}", key(99));
    repos.put(ME, "app.bsky.feed.like", &key(7), json!({ "subject": { "uri": gone } }));
    let unknown = format!("at://did:plc:nobody/{POST}/{}", key(99));
    repos.put(ME, "app.bsky.feed.like", &key(8), json!({ "subject": { "uri": unknown } }));
    let source = source_at("bluesky", &server.url(), |config| config.http.allow_private.push(other.authority()));
    let page = pass(&*source, &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap();
    let words = "Ayo coblos!\nPoster nomor 2";
    for (rkey, verb, kind, handle, text) in [
        (2, Verb::Like, "post", Some("menang02.example"), Some(words)),
        (3, Verb::Share, "post", Some("menang02.example"), Some(words)),
        (4, Verb::Follow, "account", Some("menang02.example"), Some("Tim 02\nMenang bersama")),
        (5, Verb::Comment, "post", Some("menang02.example"), Some(words)),
        (6, Verb::Share, "post", Some("menang02.example"), Some(words)),
        (7, Verb::Like, "post", Some("menang02.example"), None),
        (8, Verb::Like, "post", None, None),
    ] {
        let item = page.items.iter().find(|item| item.activity.id.ends_with(&key(rkey))).unwrap();
        let target = item.activity.target.as_ref().unwrap();
        let found = (item.activity.verb, target.kind.as_str(), target.handle.as_deref(), target.text.as_deref());
        assert_eq!(found, (verb, kind, handle, text), "{rkey}");
    }
    let quote = page.items.iter().find(|item| item.activity.text == "Setuju").unwrap();
    let media = &quote.activity.media[0];
    assert_eq!((media.kind.as_str(), media.alt.as_deref()), ("image", Some("Poster nomor 2")));
    assert!(
        media
            .url
            .as_deref()
            .unwrap()
            .ends_with("/xrpc/com.atproto.sync.getBlob?did=did%3Aplc%3Ameeeeeeeeeeeeeeeeeeeeeee&cid=bafkrei")
    );
}

#[tokio::test]
async fn targets_on_dead_or_private_servers_cost_time_but_no_page() {
    let (repos, server) = Repos::start().await;
    let dead = Server::start(|_| Reply::Hang).await;
    for n in 0..20 {
        let did = format!("did:plc:orang{n}");
        repos.person(&did, "x.example", Some(if n == 0 { "http://169.254.169.254".to_owned() } else { dead.url() }));
        repos.put(
            ME,
            "app.bsky.feed.like",
            &key(n),
            json!({ "subject": { "uri": format!("at://{did}/{POST}/3aaa") } }),
        );
    }
    let source = source_at("bluesky", &server.url(), |config| {
        config.http.allow_private.push(dead.authority());
        config.bluesky.target_timeout_ms = 600;
    });
    let started = std::time::Instant::now();
    let page = pass(&*source, &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap();
    assert_eq!(page.items.len(), 20);
    assert!(page.items.iter().all(|item| item.activity.target.as_ref().unwrap().text.is_none()));
    assert!(started.elapsed().as_millis() < 2_500, "{:?}", started.elapsed());
}

#[tokio::test]
async fn no_more_targets_are_looked_up_than_allowed() {
    let (repos, server) = Repos::start().await;
    for n in 0..10 {
        repos.put(
            ME,
            "app.bsky.feed.like",
            &key(n),
            json!({ "subject": { "uri": format!("at://{TIM}/{POST}/{}", key(n)) } }),
        );
    }
    let source = source_at("bluesky", &server.url(), |config| config.bluesky.max_targets = 4);
    pass(&*source, &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap();
    let asked = server.requests.lock().unwrap().iter().filter(|request| request.path.ends_with("getRecord")).count();
    assert_eq!(asked, 4);
}

#[tokio::test]
async fn who_asks_to_be_hidden_is_left_alone() {
    let (repos, server) = Repos::start().await;
    repos.post(ME, 1, "halo");
    let labels = json!({ "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": "!no-unauthenticated" }] });
    repos.put(ME, "app.bsky.actor.profile", "self", json!({ "labels": labels }));
    let respectful = source_at("bluesky", &server.url(), |config| config.bluesky.respect_no_unauthenticated = true);
    let error = pass(&*respectful, &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::Private, .. }), "{}", error.chain());
    assert_eq!(
        pass(&*source(&server), &account("bluesky", "", ME), &mut Cursor::start()).await.unwrap().items.len(),
        1
    );
}

#[tokio::test]
async fn an_account_that_moves_is_followed_and_a_handle_that_moves_is_not() {
    let (repos, server) = Repos::start().await;
    let (moved_to, other) = Repos::start().await;
    let source = source_at("bluesky", &server.url(), |config| {
        config.bluesky.page_size = 2;
        config.http.allow_private.push(other.authority());
    });
    for n in 0..6 {
        repos.post(ME, n, &format!("kiriman {n}"));
        moved_to.post(ME, n, &format!("kiriman {n}"));
    }
    let by_handle = account("bluesky", "saya.example", "");
    let first = source.fetch(&by_handle, &Cursor::start()).await.unwrap();
    assert_eq!(texts(&first), ["kiriman 5", "kiriman 4"]);
    // In mid-walk the old server forgets the account, and the directory names the new one.
    repos.records.lock().unwrap().clear();
    repos.person(ME, "saya.example", Some("http://127.0.0.1:1".to_owned()));
    let mut cursor = Cursor::from_text(
        first.cursor.as_str().replace(&server.url(), &server.url().replace("127.0.0.1", "127.0.0.2")),
    );
    assert!(
        pass(&*source, &by_handle, &mut cursor).await.is_err(),
        "neither server answers: the pass fails, the cursor stays"
    );
    repos.person(ME, "saya.example", Some(other.url()));
    let rest = pass(&*source, &by_handle, &mut cursor).await.unwrap();
    assert_eq!(texts(&rest), ["kiriman 3", "kiriman 2", "kiriman 1", "kiriman 0"]);

    repos.person(ME, "lain.example", None);
    repos.person(TIM, "saya.example", None);
    let error = pass(&*source, &by_handle, &mut cursor).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::Moved, .. }), "{}", error.chain());
    assert!(
        pass(&*source, &account("bluesky", "saya.example", ME), &mut cursor).await.is_ok(),
        "a registered DID is never doubted"
    );
}
