//! Facebook's source against a made-up Graph API on loopback.

use std::sync::{Arc, Mutex};

use netral::model::{Account, Verb};
use netral::source::facebook::Edge;
use netral::source::{AccountState, Cursor, Page, Source, SourceError};
use serde_json::{Value, json};

use super::server::{Server, json as json_reply, reply};
use super::{account, pass, source_at, texts, told};

const PAGE: &str = "100200300";

fn me() -> Account {
    account("facebook", "dinasbanyuwening", PAGE)
}

fn post(n: u32, text: &str) -> Value {
    json!({ "id": format!("{PAGE}_{n}"), "message": text, "created_time": format!("2029-09-{:02}T03:00:00+0000", 1 + n % 28),
        "updated_time": "2029-10-01T00:00:00+0000", "permalink_url": format!("https://www.facebook.com/{PAGE}/posts/{n}/"), "from": { "id": PAGE, "name": "Dinas" } })
}

/// A Page whose lists have two posts a page, with the recorded form of addresses: by time, the token inside.
async fn start(posts: Vec<Value>) -> (Arc<Mutex<Vec<Value>>>, Server) {
    let posts = Arc::new(Mutex::new(posts));
    let own = Arc::clone(&posts);
    let server = Server::start(move |request| {
        assert_eq!(request.header("authorization"), "Bearer token-uji");
        assert!(!request.head.contains("access_token"), "{}", request.head);
        if request.path == format!("/{PAGE}") || request.path == "/dinasbanyuwening" {
            return json_reply(&json!({ "id": PAGE, "username": "dinasbanyuwening.baru" }));
        }
        assert!(request.path.starts_with(&format!("/{PAGE}/")), "{}", request.path);
        let posts = own.lock().unwrap();
        let from: usize = request.query.get("until").map_or(0, |until| until.parse().unwrap());
        let mut body = json!({ "data": posts.iter().skip(from).take(2).collect::<Vec<_>>(), "paging": { "previous": "x" } });
        if from + 2 < posts.len() {
            let next = format!("https://lain.example/v10.0/4/posts?access_token=token-uji&appsecret_proof=lama&fields=id&until={}&since&__paging_token=a", from + 2);
            body["paging"]["next"] = next.into();
        }
        json_reply(&body)
    })
    .await;
    (posts, server)
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("facebook", &server.url(), |_| {})
}

async fn read(server: &Server, cursor: &mut Cursor) -> Page {
    pass(&*source(server), &me(), cursor).await.unwrap()
}

#[tokio::test]
async fn a_second_pass_reads_its_days_to_the_end() {
    let (posts, server) = start((0..5).rev().map(|n| post(n, &format!("kiriman {n}"))).collect()).await;
    let mut cursor = Cursor::start();
    let page = read(&server, &mut cursor).await;
    assert_eq!(texts(&page), ["kiriman 4", "kiriman 3", "kiriman 2", "kiriman 1", "kiriman 0"]);
    assert_eq!(page.handle.as_deref(), Some("dinasbanyuwening.baru"));
    assert!(!cursor.as_str().contains("token-uji"));
    let before = server.count();
    assert!(read(&server, &mut cursor).await.items.is_empty());
    assert_eq!(server.count() - before, 3, "three pages, and the Page itself was looked at a pass ago");
    // Ranked behind known ones.
    posts.lock().unwrap().push(post(9, "kiriman 9"));
    posts.lock().unwrap()[3]["message"] = "kiriman 1, disunting".into();
    posts.lock().unwrap()[4]["updated_time"] = "2029-10-02T00:00:00+0000".into();
    assert_eq!(texts(&read(&server, &mut cursor).await), ["kiriman 1, disunting", "kiriman 9"]);
    let requests = server.requests.lock().unwrap();
    let since =
        requests.iter().rev().find(|request| !request.query.contains_key("until")).unwrap().param("since").to_owned();
    let newest: jiff::Timestamp = "2029-09-05T03:00:00Z".parse().unwrap();
    assert_eq!(since, (newest.as_second() - 14 * 86_400).to_string());
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let (_, server) = start((0..9).rev().map(|n| post(n, &format!("kiriman {n}"))).collect()).await;
    let (mut cursor, mut kept) = (Cursor::start(), Vec::new());
    for round in 0..10 {
        let page = source(&server).fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 1 {
            kept.extend(page.items.into_iter().map(|item| item.activity.text));
            cursor = Cursor::from_text(page.cursor.as_str());
        }
    }
    assert_eq!(kept, (0..9).rev().map(|n| format!("kiriman {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn posts_shares_and_visitors_are_told_apart() {
    let item = format!(
        r#"{{ "id" : "{PAGE}_1","message":"Se\u00adtuju","created_time":"2029-09-25T10:00:00+0700","n":1.000000000000000000001,
        "message_tags":[{{"id":"5","name":"Wirabumi Prakosa","offset":0}}],"attachments":{{"data":[{{"media_type":"album","type":"album","media":{{"image":{{"src":"https://cdn.contoh.example/0.jpg"}}}},
        "subattachments":{{"data":[{{"media_type":"photo","media":{{"image":{{"src":"https://cdn.contoh.example/1.jpg"}}}}}},{{"media_type":"video","media":{{"source":"https://cdn.contoh.example/2.mp4"}}}}]}}}}]}}}}"#
    );
    let link = json!({ "id": format!("{PAGE}_2"), "message": "Baca", "created_time": "2029-09-25T03:00:00+0000", "attachments": { "data": [{
        "type": "share", "media_type": "link", "title": "Nomor 2", "description": "Ayo", "url": "https://l.facebook.com/l.php?u=x", "unshimmed_url": "https://contoh.example/2" }] } });
    let shared = json!({ "id": format!("{PAGE}_3"), "story": "Dinas membagikan kiriman", "created_time": "2029-09-25T03:00:00+0000", "parent_id": "999_1",
        "attachments": { "data": [{ "type": "native_templates", "description": "Ayo coblos", "url": "https://www.facebook.com/999/posts/1", "target": { "id": "1" } }] } });
    let mut visitor = post(4, "milik orang lain");
    visitor["from"] = json!({ "id": "5" });
    let mut hidden = post(5, "belum terbit");
    hidden["is_published"] = false.into();
    let body = format!(r#"{{"data":[ {item} , {link}, {shared}, {visitor}, {hidden}, 7, {{}} ]}}"#);
    let server = Server::start(move |request| {
        if request.path == format!("/{PAGE}") { json_reply(&json!({ "id": PAGE })) } else { reply(200, &[], &body) }
    })
    .await;
    let page = read(&server, &mut Cursor::start()).await;
    assert_eq!(texts(&page), ["Se\u{ad}tuju", "Baca", "Dinas membagikan kiriman"]);
    assert_eq!(page.items[0].raw, item.as_bytes());
    assert_eq!(page.rejected.len(), 2);
    let [first, link, shared] = [0, 1, 2].map(|n| &page.items[n].activity);
    assert_eq!(
        (first.verb, first.account.as_deref(), first.mentions[0].as_str()),
        (Verb::Post, Some(PAGE), "Wirabumi Prakosa")
    );
    assert_eq!(first.posted_at.unwrap().to_string(), "2029-09-25T03:00:00Z");
    assert_eq!(first.media.iter().map(|media| media.kind.as_str()).collect::<Vec<_>>(), ["image", "video"]);
    let target = link.target.as_ref().unwrap();
    assert_eq!(
        (link.verb, target.text.as_deref(), target.url.as_deref()),
        (Verb::Share, Some("Nomor 2\nAyo"), Some("https://contoh.example/2"))
    );
    let target = shared.target.as_ref().unwrap();
    assert_eq!(
        (shared.verb, target.id.as_deref(), target.text.as_deref()),
        (Verb::Share, Some("999_1"), Some("Ayo coblos"))
    );
    let feed = source_at("facebook", &server.url(), |config| config.facebook.edge = Edge::Feed);
    assert!(
        pass(&*feed, &me(), &mut Cursor::start()).await.unwrap().items.is_empty(),
        "of none of them it is said whose it is"
    );
    assert_eq!(server.last().path, format!("/{PAGE}/feed"));
}

#[tokio::test]
async fn calls_are_proved_by_the_apps_secret_where_it_is_set() {
    let (_, server) = start(vec![post(3, "a"), post(2, "b"), post(1, "c")]).await;
    let source =
        source_at("facebook", &server.url(), |config| config.facebook.app_secret = Some("Jefe".to_owned().into()));
    pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    let requests = server.requests.lock().unwrap();
    assert_eq!(requests.len(), 3);
    for request in requests.iter() {
        assert_eq!(request.head.matches("appsecret_proof=").count(), 1, "{}", request.head);
        assert_eq!(request.param("appsecret_proof").len(), 64);
        assert!(!request.head.contains("Jefe"));
    }
}

#[tokio::test]
async fn errors_and_missing_pages_say_what_to_do() {
    for (code, message, want) in [
        (100, "Pages Public Content Access requires either app secret proof or an app token", "denied secret"),
        (100, "Object does not exist, cannot be loaded due to missing permission or reviewable feature", "not_found"),
        (803, "(#803) Some of the aliases you requested do not exist: x", "not_found"),
        (190, "expired", "denied NETRAL_FACEBOOK_TOKEN"),
        (32, "Page request limit reached", "transient 3600"),
        (1, "unknown", "transient"),
    ] {
        let body = json!({ "error": { "code": code, "message": message } }).to_string();
        let server = Server::start(move |_| reply(400, &[], &body)).await;
        let told = told(&source(&server).fetch(&me(), &Cursor::start()).await.unwrap_err());
        assert!(want.split(' ').all(|word| told.contains(word)), "{want}: {told}");
    }
    for (answer, want) in [(reply(200, &[], "<html>"), "malformed"), (reply(503, &[], ""), "transient")] {
        let server = Server::start(move |_| answer.clone()).await;
        assert!(told(&source(&server).fetch(&me(), &Cursor::start()).await.unwrap_err()).contains(want));
    }
    let (_, server) = start(vec![]).await;
    let by_name = account("facebook", "dinasbanyuwening", "dinasbanyuwening");
    assert!(read(&server, &mut Cursor::start()).await.items.is_empty());
    let mut cursor = Cursor::start();
    let every_pass =
        |server: &Server| source_at("facebook", &server.url(), |config| config.facebook.profile_every_passes = 1);
    pass(&*every_pass(&server), &by_name, &mut cursor).await.unwrap();
    let other = Server::start(|_| json_reply(&json!({ "id": "999" }))).await;
    let error = every_pass(&other).fetch(&by_name, &cursor).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::Moved, .. }), "{}", error.chain());
}

#[tokio::test]
async fn pages_that_repeat_end_the_pass() {
    let server = Server::start(|request| {
        if request.path == format!("/{PAGE}") {
            return json_reply(&json!({ "id": PAGE }));
        }
        json_reply(&json!({ "data": [post(1, "lagi")], "paging": { "next": "https://x.example/?until=1" } }))
    })
    .await;
    let error = pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{}", error.chain());
}
