//! X's source against a timeline in memory, paged as X pages it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use netral::model::{Account, Verb};
use netral::source::x::Dialect;
use netral::source::{Cursor, FactKind, Per, Source, SourceError};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server, json as json_reply, reply};
use super::{account, pass, source_at, texts};

mod refusals;

const ME: &str = "1700000000000000001";

fn id(n: u64) -> String {
    (2_000_000_000_000_000_000 + n).to_string()
}

fn post(n: u64, text: &str) -> Value {
    json!({ "id": id(n), "author_id": ME, "text": text, "created_at": "2029-09-25T03:00:00.000Z", "edit_history_tweet_ids": [id(n)] })
}

/// An account of X: its posts and whom it follows, newest first.
#[derive(Clone, Default)]
struct Timeline {
    posts: Arc<Mutex<Vec<Value>>>,
    follows: Arc<Mutex<Vec<Value>>>,
}

impl Timeline {
    fn add(&self, n: u64, text: &str) {
        self.put(post(n, text));
    }

    fn put(&self, post: Value) {
        self.posts.lock().unwrap().insert(0, post);
    }

    fn follow(&self, id: &str, handle: &str) {
        let user = json!({ "id": id, "username": handle, "name": "Nama", "description": "Tim 02 &amp; kawan" });
        self.follows.lock().unwrap().insert(0, user);
    }

    async fn serve(&self) -> Server {
        let timeline = self.clone();
        Server::start(move |request| timeline.answer(request)).await
    }

    fn answer(&self, request: &Request) -> Reply {
        if request.path.ends_with("/following") {
            return page(request, &self.follows.lock().unwrap());
        }
        if request.path.ends_with("/tweets") {
            let limit = |name: &str| request.param(name).parse::<u64>().ok();
            let posts = self.posts.lock().unwrap().clone();
            let number = |post: &Value| post["id"].as_str().unwrap().parse::<u64>().unwrap();
            let posts = posts.into_iter().filter(|post| {
                limit("since_id").is_none_or(|since| number(post) > since)
                    && limit("until_id").is_none_or(|until| number(post) < until)
            });
            return page(request, &posts.collect::<Vec<_>>());
        }
        if let Some(handle) = request.path.strip_prefix("/2/users/by/username/") {
            return json_reply(&json!({ "data": { "id": ME, "username": handle, "name": "W" } }));
        }
        reply(404, &[], "{}")
    }
}

/// A page of a list; the token is the id of the last entry before it.
fn page(request: &Request, entries: &[Value]) -> Reply {
    let size: usize = request.param("max_results").parse().unwrap();
    let after = request.param("pagination_token").strip_prefix("token-of-page-").unwrap_or_default().to_owned();
    let start = if after.is_empty() {
        0
    } else {
        entries.iter().position(|e| e["id"] == after.as_str()).map_or(0, |at| at + 1)
    };
    let shown: Vec<Value> = entries.iter().skip(start).take(size).cloned().collect();
    let mut body = json!({ "meta": { "result_count": shown.len() } });
    if let Some(last) = shown.last().filter(|_| start + shown.len() < entries.len()) {
        body["meta"]["next_token"] = format!("token-of-page-{}", last["id"].as_str().unwrap()).into();
    }
    if !shown.is_empty() {
        body["data"] = shown.into();
        body["includes"] = json!({ "users": [{ "id": ME, "username": "wira_b" }] });
    }
    json_reply(&body)
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("x", &server.url(), |config| {
        config.x.page_size = 5;
        config.x.following_every = 0;
    })
}

fn me() -> Account {
    account("x", "wira_b", ME)
}

async fn always(answer: Reply) -> (Server, Arc<dyn Source>) {
    let server = Server::start(move |_| answer.clone()).await;
    let source = source(&server);
    (server, source)
}

async fn error_of(answer: Reply) -> SourceError {
    let (_, source) = always(answer).await;
    pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err()
}

#[tokio::test]
async fn a_second_pass_reads_only_what_is_new() {
    let timeline = Timeline::default();
    let server = timeline.serve().await;
    let (source, mut cursor) = (source(&server), Cursor::start());
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty(), "an account without posts");
    for n in 0..12 {
        timeline.add(n, &format!("kiriman {n}"));
    }
    let first = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!((first.items.len(), first.items[0].activity.text.as_str()), (12, "kiriman 11"));
    assert_eq!(first.handle.as_deref(), Some("wira_b"));
    let asked = server.requests.lock().unwrap()[1].clone();
    assert_eq!(asked.path, format!("/2/users/{ME}/tweets"));
    assert_eq!((asked.param("start_time"), asked.param("since_id")), ("2028-12-30T00:00:00Z", ""));
    assert!(asked.head.contains("authorization: Bearer kunci-x"), "{}", asked.head);
    let before = server.count();
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty());
    assert_eq!((server.count() - before, server.last().param("since_id")), (1, id(11).as_str()));
    for n in 12..19 {
        timeline.add(n, &format!("kiriman {n}"));
    }
    let new = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!((new.items.len(), new.items[6].activity.text.as_str()), (7, "kiriman 12"));
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let timeline = Timeline::default();
    let server = timeline.serve().await;
    (0..10).for_each(|n| timeline.add(n, &format!("kiriman {n}")));
    let (mut cursor, mut kept, mut next) = (Cursor::start(), Vec::new(), 10);
    for round in 0..40 {
        // A new object each time: nothing but the cursor's text survives.
        let page = source(&server).fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 0 {
            continue; // the crash: neither items nor cursor were kept
        }
        kept.extend(page.items.into_iter().map(|item| item.activity.text));
        cursor = Cursor::from_text(page.cursor.as_str());
        if round < 12 {
            timeline.add(next, &format!("kiriman {next}"));
            next += 1;
        }
    }
    kept.sort();
    let mut all: Vec<String> = (0..next).map(|n| format!("kiriman {n}")).collect();
    all.sort();
    assert_eq!(kept, all);
}

#[tokio::test]
async fn a_token_that_grew_too_old_is_replaced_by_the_lowest_id() {
    let timeline = Timeline::default();
    (0..8).for_each(|n| timeline.add(n, &format!("kiriman {n}")));
    let server = Server::start(move |request| match request.param("pagination_token") {
        "" => timeline.answer(request),
        _ => reply(400, &[], r#"{"type":"https://api.x.com/2/problems/invalid-request","title":"Invalid Request"}"#),
    })
    .await;
    let page = pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!(page.items.len(), 8);
    assert_eq!(server.last().param("until_id"), id(3));
}

#[tokio::test]
async fn raw_is_the_exact_slice_of_the_one_post() {
    let text = format!(
        r#"{{"data":[ {{"text":"Ayo &amp; \u0022coblos\u0022 &lt;3" , "id":"{}","n":1.000000000000000000001,"author_id":"{ME}","edit_history_tweet_ids":[]}}],"meta":{{}}}}"#,
        id(1)
    );
    let (_, source) = always(reply(200, &[], &text)).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    let (start, end) = (text.find("{\"text\"").unwrap(), text.find("],\"meta").unwrap());
    assert_eq!(page.items[0].raw, text.as_bytes()[start..end]);
    let activity = &page.items[0].activity;
    assert_eq!((activity.text.as_str(), activity.id.as_str()), ("Ayo & \"coblos\" <3", id(1).as_str()));
    assert_eq!(activity.url, Some(format!("https://x.com/wira_b/status/{}", id(1))));
    assert_eq!(activity.account.as_deref(), Some(ME));
    assert!(activity.posted_at.is_some(), "without a date, the id tells");
    assert_eq!(activity.seen_at, None);
}

/// The same four acts by the older and by the newer names.
fn acts(references: &str, note: &str, history: &str, posts: &str) -> Value {
    let refer = |kind: &str, to: &str| json!([{ "type": kind, "id": to }]);
    let mut quote = post(5, "pendek… https://t.co/a");
    quote[references] = json!([{ "type": "replied_to", "id": "90" }, { "type": "quoted", "id": "91" }]);
    quote[note] = json!({ "text": "Panjang &amp; lengkap", "entities": { "hashtags": [{ "tag": "Coblos2" }] } });
    quote["attachments"] = json!({ "media_keys": ["3_1", "7_1", "tidak ada"] });
    quote["entities"] = json!({
        "mentions": [{ "username": "tim02", "id": "42" }],
        "urls": [
            { "expanded_url": "https://berita.example/a", "title": "Judul", "description": "Ringkas" },
            { "expanded_url": "https://twitter.com/tim02/status/91" },
            { "expanded_url": "https://x.com/wira_b/status/5/photo/1", "media_key": "3_1" },
        ],
    });
    let mut repost = post(4, "RT @tim02: Ayo coblos nomor d…");
    repost[references] = refer("retweeted", "91");
    let mut lost = post(3, "RT @hilang_1: Yang sudah terhapus…");
    lost[references] = refer("retweeted", "99");
    lost["entities"] = json!({ "mentions": [{ "username": "hilang_1", "id": "77" }] });
    let mut comment = post(2, "@tim02 Gas!");
    comment[references] = refer("replied_to", "90");
    comment["in_reply_to_user_id"] = "42".into();
    let mut edited = post(1, "Sudah diperbaiki");
    edited.as_object_mut().unwrap().remove("edit_history_tweet_ids");
    edited[history] = json!([id(0), id(1)]);
    json!({
        "data": [quote, repost, lost, comment, edited],
        "meta": { "result_count": 5 },
        "includes": {
            "users": [{ "id": ME, "username": "wira_b" }, { "id": "42", "username": "tim02" }],
            posts: [{ "id": "91", "author_id": "42", "text": "Ayo coblos…", "attachments": { "media_keys": ["3_1"] },
                      note: { "text": "Ayo coblos nomor dua &amp; tiga" } }],
            "media": [
                { "media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "Poster 02" },
                { "media_key": "7_1", "type": "video", "preview_image_url": "https://pbs.example/2.jpg", "variants": [
                    { "content_type": "application/x-mpegURL", "url": "https://v.example/l.m3u8" },
                    { "content_type": "video/mp4", "bit_rate": 1, "url": "https://v.example/s.mp4" },
                    { "content_type": "video/mp4", "bit_rate": 9, "url": "https://v.example/l.mp4" }] },
            ],
        },
    })
}

#[tokio::test]
async fn every_act_is_read_by_the_older_and_by_the_newer_names() {
    let dialects = [
        (Dialect::Tweet, "tweet.fields", acts("referenced_tweets", "note_tweet", "edit_history_tweet_ids", "tweets")),
        (Dialect::Post, "post.fields", acts("referenced_posts", "note_post", "edit_history_post_ids", "posts")),
    ];
    for (dialect, fields, body) in dialects {
        let server = Server::start(move |_| json_reply(&body)).await;
        let source = source_at("x", &server.url(), |config| {
            config.x.dialect = dialect;
            config.x.following_every = 0;
        });
        let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
        assert!(page.rejected.is_empty(), "{:?}", page.rejected);
        let asked = server.last();
        assert!(asked.param(fields).contains("created_at") && asked.param("expansions").starts_with("author_id,"));
        let words = "Ayo coblos nomor dua & tiga\nPoster 02";
        let expected = [
            (Verb::Share, "Panjang & lengkap", Some(("91", Some("tim02"), Some("42"), Some(words)))),
            (Verb::Share, "", Some(("91", Some("tim02"), Some("42"), Some(words)))),
            (Verb::Share, "", Some(("99", Some("hilang_1"), Some("77"), Some("Yang sudah terhapus…")))),
            (Verb::Comment, "@tim02 Gas!", Some(("90", Some("tim02"), Some("42"), None))),
            (Verb::Post, "Sudah diperbaiki", None),
        ];
        for (item, (verb, text, target)) in page.items.iter().zip(expected) {
            let activity = &item.activity;
            assert_eq!((activity.verb, activity.text.as_str()), (verb, text));
            let found = activity.target.as_ref().map(|t| {
                assert_eq!(t.kind, "post");
                (t.id.as_deref().unwrap(), t.handle.as_deref(), t.account_id.as_deref(), t.text.as_deref())
            });
            assert_eq!(found, target);
        }
        assert_eq!(page.items[4].activity.id, id(0), "an edit comes under the first id");
        let quote = &page.items[0].activity;
        assert_eq!((quote.hashtags.join(","), quote.mentions.join(",")), ("Coblos2".to_owned(), "tim02".to_owned()));
        let media: Vec<_> =
            quote.media.iter().map(|m| (m.kind.as_str(), m.url.as_deref().unwrap(), m.alt.as_deref())).collect();
        assert_eq!(
            media,
            [
                ("image", "https://pbs.example/1.jpg", Some("Poster 02")),
                ("video", "https://v.example/l.mp4", None),
                ("link", "https://berita.example/a", Some("Judul\nRingkas")),
            ]
        );
    }
}

#[tokio::test]
async fn one_bad_post_costs_only_itself_and_other_peoples_are_not_kept() {
    let mut other = post(4, "milik orang lain");
    other["author_id"] = "9".into();
    let mut odd = post(3, "baik");
    for key in [
        "entities",
        "attachments",
        "referenced_tweets",
        "note_tweet",
        "withheld",
        "created_at",
        "edit_history_tweet_ids",
    ] {
        odd[key] = json!([7]);
    }
    let data = json!([other, 7, {}, { "id": [1], "author_id": ME }, odd, { "id": id(2), "text": "tanpa pemilik" }]);
    let body = json!({ "data": data, "includes": { "users": [7], "tweets": 7, "media": [{}] }, "meta": {} });
    let (_, source) = always(json_reply(&body)).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!((texts(&page), page.rejected.len()), (vec!["baik"], 5));
    assert!(
        page.rejected.iter().all(|rejected| !rejected.reason.contains("lain ") && !rejected.reason.contains("tanpa"))
    );
}

#[tokio::test]
async fn what_is_withheld_in_indonesia_is_a_fact_and_no_post() {
    let mut withheld = post(2, "ditahan");
    withheld["withheld"] = json!({ "country_codes": ["ID"] });
    let mut elsewhere = post(1, "tampil");
    elsewhere["withheld"] = json!({ "country_codes": ["FR"] });
    let (_, source) = always(json_reply(&json!({ "data": [withheld, elsewhere], "meta": {} }))).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!(texts(&page), ["tampil"]);
    assert_eq!((page.facts[0].id.as_str(), page.facts[0].kind), (id(2).as_str(), FactKind::Unavailable));
}

#[tokio::test]
async fn a_handle_is_looked_up_once_and_a_new_one_is_reported() {
    let timeline = Timeline::default();
    timeline.add(1, "satu");
    let server = timeline.serve().await;
    let source = source(&server);
    let (mut account, mut cursor) = (account("x", "@nama_lama", ""), Cursor::start());
    let page = pass(&*source, &account, &mut cursor).await.unwrap();
    assert_eq!(
        (page.items[0].activity.account.as_deref(), page.handle.as_deref()),
        (Some("@nama_lama"), Some("wira_b"))
    );
    pass(&*source, &account, &mut cursor).await.unwrap();
    let lookups = |server: &Server| server.requests.lock().unwrap().iter().filter(|r| r.path.contains("/by/")).count();
    assert_eq!(lookups(&server), 1);
    account.handle = "wira_b".to_owned();
    timeline.add(2, "dua");
    assert_eq!(
        texts(&pass(&*source, &account, &mut cursor).await.unwrap()),
        ["dua"],
        "the same number: nothing is read anew"
    );
    assert_eq!(lookups(&server), 2);
    account.external_id = "5".to_owned();
    assert!(pass(&*source, &account, &mut cursor).await.unwrap().items.is_empty());
    assert_eq!(server.last().path, "/2/users/5/tweets", "a corrected register starts anew");
    assert_eq!(server.last().param("since_id"), "");
}

#[tokio::test]
async fn whom_an_account_follows_is_read_now_and_then() {
    let timeline = Timeline::default();
    (0..5).for_each(|n| timeline.follow(&format!("4{n}"), &format!("tim{n}")));
    let server = timeline.serve().await;
    let source = source_at("x", &server.url(), |config| {
        config.x.following_every = 2;
        config.x.following_page_size = 2;
    });
    let mut cursor = Cursor::start();
    let page = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!(page.items.len(), 5);
    let activity = &page.items[0].activity;
    let target = activity.target.as_ref().unwrap();
    assert_eq!((activity.id.as_str(), activity.verb, activity.posted_at), ("follow:44", Verb::Follow, None));
    assert_eq!(
        (target.kind.as_str(), target.handle.as_deref(), target.account_id.as_deref()),
        ("account", Some("tim4"), Some("44"))
    );
    assert_eq!(target.text.as_deref(), Some("Nama\nTim 02 & kawan"));
    let raw: Value = serde_json::from_slice(&page.items[0].raw).unwrap();
    assert_eq!(raw["id"], "44");
    timeline.follow("45", "tim5");
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty(), "not this time");
    assert!(server.last().path.ends_with("/tweets"));
    let page = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].activity.id, "follow:45");
}

#[tokio::test]
async fn pages_that_lead_nowhere_end_the_pass() {
    for kind in 0..3 {
        let counter = Arc::new(Mutex::new(0_u64));
        let server = Server::start(move |_| {
            let mut count = counter.lock().unwrap();
            *count += 1;
            let n = if kind == 2 { 50 + *count } else { 50 };
            let token = if kind == 0 { "same".to_owned() } else { format!("token-{count}") };
            json_reply(&json!({ "data": [post(n, "lagi")], "meta": { "next_token": token } }))
        })
        .await;
        let error = pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Malformed { .. }), "{kind}: {}", error.chain());
        assert!(server.count() < 5);
    }
}

#[tokio::test]
async fn what_lies_between_two_passes_and_is_not_read_is_said() {
    let timeline = Timeline::default();
    timeline.add(0, "nol");
    let server = timeline.serve().await;
    let source = source_at("x", &server.url(), |config| {
        config.x.page_size = 5;
        config.x.max_pages = 2;
        config.x.following_every = 0;
    });
    let mut cursor = Cursor::start();
    pass(&*source, &me(), &mut cursor).await.unwrap();
    (1..=20).for_each(|n| timeline.add(n, "banyak"));
    let page = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!((page.items.len(), page.rejected.len()), (10, 1));
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty());
}

#[test]
fn the_limits_are_those_that_x_publishes() {
    let source = source_at("x", "http://127.0.0.1:9", |_| {});
    let limits: Vec<_> = source.limits().into_iter().map(|limit| (limit.bucket, limit.units)).collect();
    assert_eq!(limits, [("users/:id/tweets", 10_000), ("users/by/username", 300), ("users/:id/following", 300)]);
    assert!(source.limits().iter().all(|limit| limit.per == Per::Window(Duration::from_secs(900))));
    assert!(source.is_one_service() && !source.shows_audience());
}
