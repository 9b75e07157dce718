//! Threads' source against a made-up API on loopback; with it, what all sources of the Graph API share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use netral::model::{Account, Verb};
use netral::source::{AccountState, Cursor, Page, Source, SourceError};
use serde_json::{Value, json};

use super::server::{Reply, Server, json as json_reply, reply};
use super::{account, pass, source_at, texts, told};

const NAME: &str = "dinas.banyuwening";

fn me() -> Account {
    account("threads", NAME, NAME)
}

fn post(n: u32, text: &str) -> Value {
    json!({ "id": format!("1800{n}"), "media_type": "TEXT_POST", "username": NAME, "text": text,
        "timestamp": format!("2029-09-{:02}T03:00:00+0000", 1 + n % 28), "permalink": format!("https://www.threads.com/@x/post/{n}") })
}

/// A profile whose pages have two posts; the token stands in the addresses of next pages, as the service puts it there.
async fn start(posts: Vec<Value>) -> (Arc<Mutex<Vec<Value>>>, Server) {
    let posts = Arc::new(Mutex::new(posts));
    let own = Arc::clone(&posts);
    let server = Server::start(move |request| {
        assert_eq!((request.path.as_str(), request.header("authorization")), ("/profile_posts", "Bearer token-uji"));
        assert!(!request.head.contains("access_token") && request.param("username") == NAME, "{}", request.head);
        assert!(request.param("fields").contains("is_quote_post") && !request.param("since").is_empty());
        let posts = own.lock().unwrap();
        let from: usize = request.query.get("after").map_or(0, |after| after.parse().unwrap());
        let mut body = json!({ "data": posts.iter().skip(from).take(2).collect::<Vec<_>>() });
        if from + 2 < posts.len() {
            let next = format!("https://lain.example/v9/profile_posts?access_token=token-uji&username={NAME}&fields=is_quote_post&since=1&after={}", from + 2);
            body["paging"] = json!({ "next": next, "cursors": { "after": (from + 2).to_string() } });
        }
        json_reply(&body)
    })
    .await;
    (posts, server)
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("threads", &server.url(), |_| {})
}

async fn read(server: &Server, cursor: &mut Cursor) -> Page {
    pass(&*source(server), &me(), cursor).await.unwrap()
}

#[tokio::test]
async fn a_second_pass_reads_only_what_is_new_or_edited() {
    let (posts, server) = start((0..5).rev().map(|n| post(n, &format!("kiriman {n}"))).collect()).await;
    let mut cursor = Cursor::start();
    assert_eq!(
        texts(&read(&server, &mut cursor).await),
        ["kiriman 4", "kiriman 3", "kiriman 2", "kiriman 1", "kiriman 0"]
    );
    assert!(!cursor.as_str().contains("token-uji"));
    let before = server.count();
    assert!(read(&server, &mut cursor).await.items.is_empty());
    assert_eq!(server.count() - before, 1);
    let since: i64 = server.last().param("since").parse().unwrap();
    let newest: jiff::Timestamp = "2029-09-05T03:00:00Z".parse().unwrap();
    assert_eq!(since, newest.as_second() - 2 * 86_400, "two days before the newest post");
    posts.lock().unwrap()[0]["text"] = "kiriman 4, disunting".into();
    posts.lock().unwrap().insert(0, post(5, "kiriman 5"));
    let page = read(&server, &mut cursor).await;
    assert_eq!(texts(&page), ["kiriman 5", "kiriman 4, disunting"]);
    assert_eq!(page.items[1].activity.id, "4", "an edit has the id that the post had");
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let (_, server) = start((0..9).rev().map(|n| post(n, &format!("kiriman {n}"))).collect()).await;
    let (mut cursor, mut kept) = (Cursor::start(), Vec::new());
    for round in 0..12 {
        // A new object each time: nothing but the cursor's text survives.
        let page = source(&server).fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 1 {
            kept.extend(page.items.into_iter().map(|item| item.activity.text));
            assert!(!page.cursor.as_str().contains("token-uji"));
            cursor = Cursor::from_text(page.cursor.as_str());
        }
    }
    assert_eq!(kept, (0..9).rev().map(|n| format!("kiriman {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn each_verb_has_its_target() {
    let mut stranger = post(9, "milik orang lain");
    stranger["username"] = "orang.lain".into();
    let text = r#"{"data": [ {"id" : "1", "media_type":"TEXT_POST","username":"DINAS.Banyuwening","text":"Se\u00adtuju","topic_tag":"Pilkada","n":1.000000000000000000001,"timestamp":"2029-09-25T10:00:00+0700"} ,
        {"id":"2","media_type":"REPOST_FACADE","username":"dinas.banyuwening","timestamp":"2029-09-25T03:00:00+0000","reposted_post":{"id":"77"}},
        {"id":"3","media_type":"IMAGE","media_url":"https://cdn.contoh.example/a.jpg","alt_text":"Poster nomor 2","username":"dinas.banyuwening","text":"Lihat","is_quote_post":true,"is_reply":true,"quoted_post":{"id":78,"username":"wirabumi","text":"Ayo coblos"}},
        {"id":"4","media_type":"TEXT_POST","username":"dinas.banyuwening","text":"Gas","is_reply":true,"root_post":{"id":"79"},"replied_to":{"id":"80"}},
        {"id":"5","media_type":"TEXT_POST","username":"dinas.banyuwening","text":"Pilih","text_attachment":{"plaintext":"panjang"},"poll_attachment":{"option_a":"satu","option_b":"dua"}},
        {"id":"6","media_type":"REPOST_FACADE","username":"dinas.banyuwening"},
        7, {"id":"8"}, STRANGER ]}"#
        .replace("STRANGER", &stranger.to_string());
    let body = text.clone();
    let server = Server::start(move |_| reply(200, &[], &body)).await;
    let page = read(&server, &mut Cursor::start()).await;
    assert_eq!(texts(&page), ["Se\u{ad}tuju", "", "Lihat", "Gas", "Pilih\npanjang\nsatu\ndua", ""]);
    let start = text.find("{\"id\" :").unwrap();
    let end = text.find(" ,\n").unwrap();
    assert_eq!(page.items[0].raw, text.as_bytes()[start..end]);
    let first = &page.items[0].activity;
    assert_eq!(
        (first.posted_at.unwrap().to_string().as_str(), first.hashtags[0].as_str()),
        ("2029-09-25T03:00:00Z", "Pilkada")
    );
    assert_eq!((first.account.as_deref(), first.seen_at), (Some(NAME), None));
    let acts: Vec<_> = page
        .items
        .iter()
        .map(|item| (item.activity.verb, item.activity.target.as_ref().and_then(|t| t.id.as_deref())))
        .collect();
    assert_eq!(
        acts,
        [
            (Verb::Post, None),
            (Verb::Share, Some("77")),
            (Verb::Share, Some("78")),
            (Verb::Comment, Some("80")),
            (Verb::Post, None),
            (Verb::Share, None)
        ]
    );
    let quoted = page.items[2].activity.target.as_ref().unwrap();
    assert_eq!((quoted.handle.as_deref(), quoted.text.as_deref()), (Some("wirabumi"), Some("Ayo coblos")));
    let media = &page.items[2].activity.media[0];
    assert_eq!((media.kind.as_str(), media.alt.as_deref()), ("image", Some("Poster nomor 2")));
    assert_eq!(page.rejected.len(), 2);
    assert!(page.rejected.iter().all(|rejected| !String::from_utf8_lossy(&rejected.raw).contains("lain")));
}

#[tokio::test]
async fn what_is_older_than_the_registration_is_left() {
    let mut old = post(1, "lama");
    old["timestamp"] = "2028-01-01T00:00:00+0000".into();
    let (_, server) = start(vec![post(3, "baru"), old.clone(), old.clone(), old]).await;
    assert_eq!(texts(&read(&server, &mut Cursor::start()).await), ["baru"]);
    assert_eq!(server.count(), 1, "what follows is older still");
}

#[tokio::test]
async fn the_code_of_an_error_decides_not_its_status() {
    let graph = |code: u32, message: &str| {
        let body = json!({ "error": { "message": format!("{message} rahasia"), "type": "OAuthException", "code": code, "fbtrace_id": "x" } });
        reply(400, &[], body.to_string())
    };
    let answer: Arc<Mutex<Option<Reply>>> = Arc::default();
    let own = Arc::clone(&answer);
    let server = Server::start(move |_| own.lock().unwrap().take().unwrap()).await;
    let usage =
        ("x-business-use-case-usage", r#"{"1":[{"type":"x","call_count":100,"estimated_time_to_regain_access":7}]}"#);
    let limited = reply(400, &[usage], json!({ "error": { "code": 80_002 } }).to_string());
    for (given, want) in [
        (graph(190, "Session has expired"), "denied NETRAL_THREADS_TOKEN"),
        (graph(10, "needs permission"), "denied permission"),
        (graph(200, "needs permission"), "denied permission"),
        (graph(4, "limit"), "transient 3600 limit"),
        (limited, "transient 420 limit"),
        (graph(2, "oops"), "transient 0 fault"),
        (reply(500, &[], json!({ "error": { "code": 999, "is_transient": true } }).to_string()), "transient 0"),
        (graph(368, "blocked"), "denied rules"),
        (
            graph(100, "Object with ID 'x' does not exist, cannot be loaded due to missing permissions"),
            "not_found private",
        ),
        (graph(100, "Tried accessing nonexisting field"), "permanent 100"),
        (reply(429, &[("retry-after", "90")], ""), "transient 90"),
        (reply(503, &[], ""), "transient 0 503"),
        (reply(200, &[], "<html>rahasia"), "malformed HTML"),
        (reply(200, &[], r#"{"data":[{"#), "malformed early"),
    ] {
        *answer.lock().unwrap() = Some(given);
        let told = told(&source(&server).fetch(&me(), &Cursor::start()).await.unwrap_err());
        assert!(want.split(' ').all(|word| told.contains(word)), "{want}: {told}");
        assert!(!told.contains("rahasia") && !told.contains("token-uji"), "{told}");
    }
    let tokenless = source_at("threads", &server.url(), |config| config.threads.token = None);
    let error = tokenless.fetch(&me(), &Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Denied { .. }) && error.chain().contains("NETRAL_THREADS_TOKEN"));
    *answer.lock().unwrap() = Some(graph(100, "Object does not exist"));
    let error = source(&server).fetch(&me(), &Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::NotFound, .. }));
}

#[tokio::test]
async fn a_limit_that_is_nearly_used_up_is_waited_for() {
    for (header, value, wait) in [
        ("x-app-usage", r#"{"call_count":99,"total_time":5,"total_cputime":5}"#, None),
        ("x-app-usage", r#"{"call_count":20,"total_time":100,"total_cputime":5}"#, Some(3_600)),
        (
            "x-business-use-case-usage",
            r#"{"1":[{"call_count":3}],"2":[{"call_count":101,"estimated_time_to_regain_access":9}]}"#,
            Some(540),
        ),
        ("x-business-use-case-usage", "rusak", None),
    ] {
        let server = Server::start(move |_| reply(200, &[(header, value)], r#"{"data":[]}"#)).await;
        assert_eq!(read(&server, &mut Cursor::start()).await.wait, wait.map(Duration::from_secs), "{value}");
    }
}

#[tokio::test]
async fn pages_that_repeat_end_the_pass_and_cursors_lead_on_without_an_address() {
    let server = Server::start(|request| {
        let after = request.param("after").parse().unwrap_or(0);
        json_reply(&json!({ "data": [post(1, "lagi")], "paging": { "cursors": { "after": (after + 1).to_string() } } }))
    })
    .await;
    let error = pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{}", error.chain());
    assert_eq!(server.count(), 2);
    assert!(server.last().param("fields").contains("is_quote_post"), "the query that led here, and the cursor");
}
