//! TikTok's source against a made-up Research API on loopback.

use std::sync::{Arc, Mutex};

use netral::model::{Account, Verb};
use netral::source::{AccountState, Cursor, Page, Per, Source, SourceError};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server, reply};
use super::{account, pass, source_at, texts, told};

const NAME: &str = "dinas.banyuwening";

struct Tok {
    /// Newest first, with the day of each.
    videos: Vec<(String, Value)>,
    likes: Option<Vec<Value>>,
    following: Vec<Value>,
    date: &'static str,
    tokens: u32,
    valid: u32,
    /// What the next call gets, whatever it asks.
    trouble: Vec<Reply>,
}

fn video(n: u64, text: &str) -> Value {
    json!({ "id": 7_320_768_196_569_599_000 + n, "username": NAME, "video_description": text, "create_time": 1_885_000_000 + n, "hashtag_names": ["pilkada"], "like_count": n })
}

fn me() -> Account {
    Account { valid_from: jiff::civil::date(2029, 9, 1), ..account("tiktok", NAME, NAME) }
}

fn ok(date: &str, data: &Value) -> Reply {
    let body = json!({ "data": data, "error": { "code": "ok", "message": "", "log_id": "x" } });
    reply(200, &[("date", date), ("content-type", "application/json")], body.to_string())
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({ "data": {}, "error": { "code": code, "message": message, "log_id": "x" } });
    reply(status, &[("date", "Tue, 25 Sep 2029 01:00:00 GMT")], body.to_string())
}

async fn start() -> (Arc<Mutex<Tok>>, Server) {
    let tok = Tok {
        videos: vec![],
        likes: None,
        following: vec![],
        date: "Tue, 25 Sep 2029 01:00:00 GMT",
        tokens: 0,
        valid: 1,
        trouble: vec![],
    };
    let tok = Arc::new(Mutex::new(tok));
    let own = Arc::clone(&tok);
    let server = Server::start(move |request| serve(&mut own.lock().unwrap(), request)).await;
    (tok, server)
}

fn serve(tok: &mut Tok, request: &Request) -> Reply {
    if request.path == "/v2/oauth/token/" {
        assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
        assert_eq!(request.body, "client_key=klien-uji&client_secret=rahasia-klien&grant_type=client_credentials");
        tok.tokens += 1;
        return reply(
            200,
            &[],
            json!({ "access_token": format!("clt.{}", tok.tokens), "expires_in": 7200, "token_type": "Bearer" })
                .to_string(),
        );
    }
    if request.header("authorization") != format!("Bearer clt.{}", tok.valid) {
        return error(401, "access_token_invalid", "rahasia");
    }
    if let Some(trouble) = tok.trouble.pop() {
        return trouble;
    }
    let asked: Value = serde_json::from_str(&request.body).unwrap();
    let from = usize::try_from(asked["cursor"].as_u64().unwrap_or(0)).unwrap();
    let list = |key: &str, items: Vec<Value>| {
        let has_more = from + 2 < items.len();
        let items: Vec<Value> = items.into_iter().skip(from).take(2).collect();
        ok(
            tok.date,
            &json!({ key: items, "cursor": from + 2, "has_more": has_more, "search_id": "7354367454467855403" }),
        )
    };
    match request.path.as_str() {
        "/v2/research/user/info/" => ok(tok.date, &json!({ "display_name": "Dinas" })),
        "/v2/research/video/query/" => {
            assert!(request.param("fields").starts_with("id,"));
            assert_eq!(
                asked["query"]["and"][0],
                json!({ "operation": "EQ", "field_name": "username", "field_values": [NAME] })
            );
            assert_eq!(from > 0, asked["search_id"] == "7354367454467855403", "a cursor goes with its search");
            let (first, last) = (asked["start_date"].as_str().unwrap(), asked["end_date"].as_str().unwrap());
            assert!(first <= last && last.len() == 8);
            let within = tok.videos.iter().filter(|(day, _)| (first..=last).contains(&day.as_str()));
            list("videos", within.map(|(_, video)| video.clone()).collect())
        }
        "/v2/research/user/liked_videos/" => match &tok.likes {
            Some(likes) => list("user_liked_videos", likes.clone()),
            None => error(403, "invalid_params", "the user has not enabled this"),
        },
        "/v2/research/user/reposted_videos/" => list("user_reposted_videos", vec![video(900, "ayo coblos")]),
        "/v2/research/user/following/" => list("user_following", tok.following.clone()),
        _ => reply(404, &[], ""),
    }
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("tiktok", &server.url(), |_| {})
}

fn videos_only(server: &Server) -> Arc<dyn Source> {
    source_at("tiktok", &server.url(), |config| {
        (config.tiktok.likes, config.tiktok.reposts, config.tiktok.follows) = (false, false, false);
    })
}

async fn read(source: &dyn Source, cursor: &mut Cursor) -> Page {
    pass(source, &me(), cursor).await.unwrap()
}

fn windows(server: &Server) -> Vec<(String, String)> {
    let requests = server.requests.lock().unwrap();
    let asked = requests.iter().filter(|request| request.path.ends_with("video/query/"));
    let asked = asked.map(|request| serde_json::from_str::<Value>(&request.body).unwrap());
    asked
        .map(|asked| (asked["start_date"].as_str().unwrap().to_owned(), asked["end_date"].as_str().unwrap().to_owned()))
        .collect()
}

#[tokio::test]
async fn videos_are_read_in_windows_and_the_last_days_again() {
    let (tok, server) = start().await;
    let source = videos_only(&server);
    let days = ["20290920", "20290920", "20290910", "20290801", "20290720"];
    tok.lock().unwrap().videos =
        days.iter().zip(0..).map(|(day, n)| ((*day).to_owned(), video(n, &format!("video {n}")))).collect();
    let account = Account { valid_from: jiff::civil::date(2029, 7, 10), ..me() };
    let mut cursor = Cursor::start();
    let page = pass(&*source, &account, &mut cursor).await.unwrap();
    assert_eq!(texts(&page), ["video 3", "video 4", "video 0", "video 1", "video 2"], "the oldest window first");
    let window = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let mut asked = windows(&server);
    asked.dedup();
    assert_eq!(asked, [window("20290708", "20290806"), window("20290804", "20290902"), window("20290831", "20290925")]);
    let before = server.count();
    assert!(pass(&*source, &account, &mut cursor).await.unwrap().items.is_empty());
    assert_eq!((server.count() - before, windows(&server).pop().unwrap()), (1, window("20290923", "20290925")));
    // A video that turns up late, an edit, and the next day.
    tok.lock().unwrap().videos.insert(0, ("20290923".to_owned(), video(8, "terlambat")));
    tok.lock().unwrap().videos.insert(0, ("20290926".to_owned(), video(9, "hari baru")));
    tok.lock().unwrap().date = "Wed, 26 Sep 2029 01:00:00 GMT";
    let page = pass(&*source, &account, &mut cursor).await.unwrap();
    assert_eq!(texts(&page), ["terlambat", "hari baru"]);
    assert_eq!(windows(&server).pop().unwrap(), window("20290923", "20290926"));
    assert_eq!(source.limits()[0].per, Per::Day("UTC"));
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let (tok, server) = start().await;
    tok.lock().unwrap().videos = (0..9).map(|n| ("20290920".to_owned(), video(n, &format!("video {n}")))).collect();
    tok.lock().unwrap().likes = Some(vec![video(100, "a"), video(101, "b"), video(102, "c")]);
    let source = source(&server);
    let (mut cursor, mut kept) = (Cursor::start(), Vec::new());
    for round in 0..40 {
        let page = source.fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 1 {
            kept.extend(page.items.into_iter().map(|item| item.activity.id));
            cursor = Cursor::from_text(page.cursor.as_str());
        }
    }
    assert_eq!(kept.iter().filter(|id| !id.contains(':')).count(), 9);
    assert_eq!(kept.iter().filter(|id| id.starts_with("like:")).count(), 3);
    let all: std::collections::HashSet<_> = kept.iter().collect();
    assert_eq!(all.len(), kept.len(), "nothing twice");
}

#[tokio::test]
async fn each_verb_has_its_target_and_ids_are_verbatim() {
    let (tok, server) = start().await;
    let item = r#"{"id" : 73207681965695992750,"username":"DINAS.banyu\u0000wening","video_description":"Se\u00adtuju","create_time":1885000000,"voice_to_text":"pilih nomor dua","n":1.000000000000000000001}"#;
    let body = format!(
        r#"{{"data":{{"videos":[ {item}, {}, 7, {{"id":"x"}} ],"has_more":false,"cursor":3}},"error":{{"code":"ok"}}}}"#,
        json!({ "id": 5, "username": "orang.lain", "video_description": "milik orang lain" })
    );
    {
        let mut tok = tok.lock().unwrap();
        let mut liked = video(1, "Ayo coblos");
        liked["username"] = "wira\u{0}bumi".into();
        tok.likes = Some(vec![liked]);
        tok.following = vec![
            json!({ "username": "wirabumi", "display_name": "Wirabumi Prakosa" }),
            json!({ "display_name": "tanpa nama" }),
        ];
    }
    let date = "Tue, 25 Sep 2029 01:00:00 GMT";
    let info = ok(date, &json!({}));
    tok.lock().unwrap().trouble = vec![reply(200, &[("date", date)], &body), info];
    let mut cursor = Cursor::start();
    let source = source(&server);
    let page = read(&*source, &mut cursor).await;
    let [video, like, repost, follow] = [0, 1, 2, 3].map(|n| &page.items[n].activity);
    assert_eq!((page.items.len(), page.items[0].raw.as_slice()), (4, item.as_bytes()));
    assert_eq!(
        (video.id.as_str(), video.text.as_str(), video.verb),
        ("73207681965695992750", "Se\u{ad}tuju", Verb::Post)
    );
    assert_eq!((video.account.as_deref(), video.media[0].ocr.as_deref()), (Some(NAME), Some("pilih nomor dua")));
    assert_eq!(video.posted_at.unwrap().as_second(), 1_885_000_000);
    let target = like.target.as_ref().unwrap();
    assert_eq!((like.verb, like.id.as_str(), like.posted_at), (Verb::Like, "like:7320768196569599001", None));
    assert_eq!((target.handle.as_deref(), target.text.as_deref()), (Some("wirabumi"), Some("Ayo coblos")));
    assert_eq!(target.url.as_deref(), Some("https://www.tiktok.com/@wirabumi/video/7320768196569599001"));
    assert_eq!((repost.verb, repost.id.as_str()), (Verb::Share, "share:7320768196569599900"));
    let target = follow.target.as_ref().unwrap();
    assert_eq!((follow.verb, follow.id.as_str(), target.kind.as_str()), (Verb::Follow, "follow:wirabumi", "account"));
    assert_eq!(target.text.as_deref(), Some("Wirabumi Prakosa"));
    assert_eq!(
        page.rejected.len(),
        2,
        "what has no shape; {{\"id\":\"x\"}} is nobody's and left, a nameless account is rejected"
    );
    // The lists rest for some passes.
    let before = server.count();
    read(&*source, &mut cursor).await;
    assert_eq!(server.count() - before, 1, "one page of videos");
}

#[tokio::test]
async fn a_token_is_kept_and_got_anew_when_it_is_refused() {
    let (tok, server) = start().await;
    let source = videos_only(&server);
    let mut cursor = Cursor::start();
    read(&*source, &mut cursor).await;
    read(&*source, &mut cursor).await;
    assert_eq!(tok.lock().unwrap().tokens, 1);
    tok.lock().unwrap().valid = 2;
    read(&*source, &mut cursor).await;
    assert_eq!(tok.lock().unwrap().tokens, 2);
    tok.lock().unwrap().valid = 9;
    let error = source.fetch(&me(), &cursor).await.unwrap_err();
    assert!(told(&error).contains("denied") && error.chain().contains("NETRAL_TIKTOK_CLIENT_KEY"), "{}", error.chain());
    assert_eq!(tok.lock().unwrap().tokens, 3, "one new token a call, not more");

    let refusing =
        Server::start(|_| reply(200, &[], r#"{"error":"invalid_client","error_description":"rahasia"}"#)).await;
    let error = videos_only(&refusing).fetch(&me(), &Cursor::start()).await.unwrap_err();
    let told_of = told(&error);
    assert!(
        told_of.contains("denied") && told_of.contains("invalid_client") && !told_of.contains("rahasia"),
        "{told_of}"
    );
    let keyless = source_at("tiktok", &server.url(), |config| config.tiktok.client_secret = None);
    assert!(told(&keyless.fetch(&me(), &cursor).await.unwrap_err()).contains("NETRAL_TIKTOK_CLIENT_SECRET"));
}

#[tokio::test]
async fn a_forgotten_search_begins_anew() {
    let (tok, server) = start().await;
    let source = videos_only(&server);
    tok.lock().unwrap().videos = (0..5).map(|n| ("20290920".to_owned(), video(n, &format!("video {n}")))).collect();
    let first = source.fetch(&me(), &Cursor::start()).await.unwrap();
    assert_eq!((first.items.len(), first.more), (2, true));
    tok.lock().unwrap().trouble =
        vec![error(400, "invalid_params", "Search Id 7354367454467855403 is invalid or expired")];
    let mut cursor = Cursor::from_text(first.cursor.as_str());
    let ids: Vec<String> = read(&*source, &mut cursor).await.items.into_iter().map(|item| item.activity.text).collect();
    assert_eq!(
        ids,
        ["video 0", "video 1", "video 2", "video 3", "video 4"],
        "read again; the store knows them by their ids"
    );
    assert!(read(&*source, &mut cursor).await.items.is_empty());
}

#[tokio::test]
async fn each_error_says_what_to_do() {
    let (tok, server) = start().await;
    let source = source(&server);
    let mut cursor = Cursor::start();
    read(&*source, &mut cursor).await;
    for (given, want) in [
        (error(429, "rate_limit_exceeded", "rahasia"), "transient 3600 quota"),
        (reply(429, &[("retry-after", "60")], ""), "transient 60"),
        (error(500, "internal_error", "rahasia"), "transient 0"),
        (reply(503, &[], "oops"), "transient 0"),
        (error(401, "scope_not_authorized", "rahasia"), "denied"),
        (error(403, "scope_not_authorized", "rahasia"), "denied approved"),
        (error(400, "invalid_params", "rahasia is invalid: cannot find the user"), "not_found"),
        (error(400, "invalid_params", "API cannot return this user's information"), "private"),
        (error(400, "invalid_params", "rahasia"), "permanent invalid_params"),
        (reply(200, &[], "<html>rahasia"), "malformed HTML"),
        (reply(200, &[], r#"{"data":{"videos":[{"id"#), "transient breaks"),
    ] {
        // Twice, because a token that is refused is tried anew.
        tok.lock().unwrap().trouble = vec![given.clone(), given];
        let told = told(&source.fetch(&me(), &cursor).await.unwrap_err());
        {
            let mut tok = tok.lock().unwrap();
            tok.trouble.clear();
            tok.valid = tok.tokens;
        }
        assert!(want.split(' ').all(|word| told.contains(word)), "{want}: {told}");
        assert!(!told.contains("rahasia") && !told.contains("clt."), "{told}");
    }
    tok.lock().unwrap().trouble = vec![error(400, "invalid_params", "cannot find the user")];
    let gone = source.fetch(&me(), &Cursor::start()).await.unwrap_err();
    assert!(matches!(gone, SourceError::Unavailable { state: AccountState::NotFound, .. }), "{}", gone.chain());
}

#[tokio::test]
async fn pages_that_repeat_end_the_pass() {
    let server = Server::start(|request| match request.path.as_str() {
        "/v2/oauth/token/" => reply(200, &[], r#"{"access_token":"clt.1"}"#),
        _ => ok(
            "Tue, 25 Sep 2029 01:00:00 GMT",
            &json!({ "videos": [video(1, "lagi")], "cursor": 100, "has_more": true, "search_id": 7 }),
        ),
    })
    .await;
    let error = pass(&*videos_only(&server), &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "{}", error.chain());
}
