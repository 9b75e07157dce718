//! Instagram's source against a made-up Graph API on loopback.

use std::sync::{Arc, Mutex};

use netral::model::{Account, Verb};
use netral::source::{AccountState, Cursor, Page, Source, SourceError};
use serde_json::{Value, json};

use super::server::{Server, json as json_reply, reply};
use super::{account, pass, source_at, texts, told};

const NAME: &str = "dinas_banyuwening";
const ID: &str = "17841400000000009";

fn me() -> Account {
    account("instagram", NAME, NAME)
}

fn post(n: u32, text: &str) -> Value {
    json!({ "id": format!("1790{n}"), "caption": text, "media_type": "IMAGE", "media_url": "https://cdn.contoh.example/a.jpg",
        "permalink": format!("https://www.instagram.com/p/{n}/"), "timestamp": "2029-09-25T03:00:00+0000", "username": NAME, "like_count": n })
}

fn answer(id: &str, media: &Value) -> Value {
    json!({ "business_discovery": { "id": id, "username": NAME, "media": media }, "id": "17840000000000001" })
}

/// An account whose pages have two posts. The last one has a cursor, too; what follows it is empty.
async fn start(posts: Vec<Value>) -> (Arc<Mutex<Vec<Value>>>, Server) {
    let posts = Arc::new(Mutex::new(posts));
    let own = Arc::clone(&posts);
    let server = Server::start(move |request| {
        assert_eq!(
            (request.path.as_str(), request.header("authorization")),
            ("/17840000000000001", "Bearer token-uji")
        );
        let fields = request.param("fields");
        assert!(fields.starts_with(&format!("business_discovery.username({NAME}){{id,username,media")), "{fields}");
        let posts = own.lock().unwrap();
        let from: usize =
            fields.split("after(").nth(1).map_or(0, |rest| rest.split(')').next().unwrap().parse().unwrap());
        let data: Vec<_> = posts.iter().skip(from).take(2).collect();
        json_reply(&answer(ID, &json!({ "data": data, "paging": { "cursors": { "after": (from + 2).to_string() } } })))
    })
    .await;
    (posts, server)
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("instagram", &server.url(), |_| {})
}

async fn read(server: &Server, cursor: &mut Cursor) -> Page {
    pass(&*source(server), &me(), cursor).await.unwrap()
}

#[tokio::test]
async fn a_second_pass_reads_the_newest_page_and_tells_what_is_new() {
    let (posts, server) = start((0..5).rev().map(|n| post(n, &format!("kiriman {n}"))).collect()).await;
    let mut cursor = Cursor::start();
    let page = read(&server, &mut cursor).await;
    assert_eq!(texts(&page), ["kiriman 4", "kiriman 3", "kiriman 2", "kiriman 1", "kiriman 0"]);
    assert_eq!((page.handle.as_deref(), page.items[0].activity.verb), (Some(NAME), Verb::Post));
    let before = server.count();
    posts.lock().unwrap()[1]["like_count"] = 9_000.into();
    assert!(read(&server, &mut cursor).await.items.is_empty(), "counters are no edit");
    assert_eq!(server.count() - before, 1);
    posts.lock().unwrap()[0]["caption"] = "kiriman 4, disunting".into();
    posts.lock().unwrap().insert(0, post(5, "kiriman 5"));
    assert_eq!(texts(&read(&server, &mut cursor).await), ["kiriman 5", "kiriman 4, disunting"]);
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let (_, server) = start((0..9).rev().map(|n| post(n, &format!("kiriman {n}"))).collect()).await;
    let (mut cursor, mut kept) = (Cursor::start(), Vec::new());
    for round in 0..14 {
        let page = source(&server).fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 1 {
            kept.extend(page.items.into_iter().map(|item| item.activity.text));
            cursor = Cursor::from_text(page.cursor.as_str());
        }
    }
    assert_eq!(kept, (0..9).rev().map(|n| format!("kiriman {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn raw_is_the_exact_slice_and_others_posts_are_left() {
    let item = r#"{ "id" : 17900000000000000000000001,"caption":"Se\u00adtuju","media_type":"CAROUSEL_ALBUM","timestamp":"2029-09-25T10:00:00+0700","n":1.000000000000000000001,
        "children":{"data":[{"media_type":"IMAGE","media_url":"https://cdn.contoh.example/1.jpg"},{"media_type":"VIDEO"}]}}"#;
    let mut together = post(2, "milik orang lain");
    together["username"] = "orang_lain".into();
    let body = format!(r#"{{"business_discovery":{{"media":{{"data":[ {item}, {together}, 7, {{}} ]}}}},"id":"1"}}"#);
    let server = Server::start(move |_| reply(200, &[], &body)).await;
    let page = read(&server, &mut Cursor::start()).await;
    assert_eq!(texts(&page), ["Se\u{ad}tuju"]);
    let (raw, activity) = (&page.items[0].raw, &page.items[0].activity);
    assert_eq!((raw.as_slice(), activity.id.as_str()), (item.as_bytes(), "17900000000000000000000001"));
    assert_eq!(
        (activity.account.as_deref(), activity.posted_at.unwrap().to_string().as_str()),
        (Some(NAME), "2029-09-25T03:00:00Z")
    );
    assert_eq!(activity.media.iter().map(|media| media.kind.as_str()).collect::<Vec<_>>(), ["image", "video"]);
    assert_eq!(page.rejected.len(), 2);
}

#[tokio::test]
async fn an_account_that_is_missing_personal_or_another_is_unavailable() {
    let (_, server) = start(vec![post(1, "satu")]).await;
    let mut cursor = Cursor::start();
    read(&server, &mut cursor).await;
    let other = Server::start(|_| json_reply(&answer("17841400000000010", &json!({ "data": [] })))).await;
    let error = source(&other).fetch(&me(), &cursor).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::Moved, .. }), "{}", error.chain());
    let registered = account("instagram", NAME, ID);
    assert!(source(&other).fetch(&registered, &Cursor::start()).await.is_err(), "the register's id is held to");
    assert!(
        source(&other).fetch(&account("instagram", NAME, "25025320"), &Cursor::start()).await.is_ok(),
        "not one of the Graph API's"
    );
    let gone = Server::start(|_| {
        let body = json!({ "error": { "message": "Invalid user id", "code": 110, "error_subcode": 2_207_013, "error_user_msg": "dinas_banyuwening tidak ada" } });
        reply(400, &[], body.to_string())
    })
    .await;
    let error = source(&gone).fetch(&me(), &cursor).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::NotFound, .. }), "{}", error.chain());
    assert!(error.chain().contains("personal") && !error.chain().contains(NAME), "{}", error.chain());
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_asked() {
    let server = Server::start(|_| {
        json_reply(&answer(ID, &json!({ "data": [post(1, "x")], "paging": { "cursors": { "after": "a){id}" } } })))
    })
    .await;
    let fetch = async |handle: &str, change: fn(&mut netral::source::SourcesConfig)| {
        let source = source_at("instagram", &server.url(), change);
        told(&pass(&*source, &account("instagram", handle, ""), &mut Cursor::start()).await.unwrap_err())
    };
    assert!(fetch("x){id},me", |_| {}).await.contains("permanent"));
    assert!(fetch("", |_| {}).await.contains("permanent"));
    assert!(fetch(NAME, |config| config.instagram.user_id = None).await.contains("user_id"));
    assert!(fetch(NAME, |config| config.instagram.token = None).await.contains("NETRAL_INSTAGRAM_TOKEN"));
    assert_eq!(server.count(), 0);
    assert!(fetch(NAME, |_| {}).await.contains("malformed"), "a cursor that would end the expression");
    let limited = Server::start(|_| reply(400, &[], r#"{"error":{"code":4}}"#)).await;
    let error = source(&limited).fetch(&me(), &Cursor::start()).await.unwrap_err();
    assert!(told(&error).contains("transient 3600"));
    let html = Server::start(|_| reply(200, &[], "<html>")).await;
    assert!(told(&source(&html).fetch(&me(), &Cursor::start()).await.unwrap_err()).contains("malformed"));
    let broken = Server::start(|_| reply(502, &[], "")).await;
    assert!(told(&source(&broken).fetch(&me(), &Cursor::start()).await.unwrap_err()).contains("transient"));
}

#[tokio::test]
async fn pages_that_repeat_end_the_pass() {
    let server = Server::start(|_| {
        json_reply(&answer(ID, &json!({ "data": [post(1, "lagi")], "paging": { "cursors": { "after": "sama" } } })))
    })
    .await;
    let error = pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{}", error.chain());
}
