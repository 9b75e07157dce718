//! Mastodon's source against a server in memory that pages as a real one does, and against servers that misbehave.

use std::sync::{Arc, Mutex};

use netral::model::{Account, Verb};
use netral::source::{Cursor, Source, SourceError};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server, json as json_reply, reply};
use super::{account, pass, source_at, texts};

mod audience;
mod refusals;

const ME: &str = "109302436954721982";

fn id(n: u64) -> String {
    (110_000_000_000_000_000 + n).to_string()
}

fn person(id: &str, acct: &str) -> Value {
    let name = acct.split('@').next().unwrap();
    json!({ "id": id, "username": name, "acct": acct, "display_name": format!("Nama {name}"), "note": "<p>Tim &amp; kawan</p>",
            "url": format!("https://contoh.social/@{acct}"), "uri": format!("https://contoh.social/ap/users/{id}") })
}

/// A status of `by`, made `n` minutes after the day that the tests are about.
fn status_of(by: &Value, n: u64, content: &str) -> Value {
    let day: jiff::Timestamp = "2029-09-25T03:00:00Z".parse().unwrap();
    let made = day + jiff::Span::new().minutes(i64::try_from(n).unwrap());
    json!({ "id": id(n), "account": by, "content": format!("<p>{content}</p>"), "visibility": "public", "created_at": made.to_string(),
            "edited_at": null, "reblog": null, "in_reply_to_id": null, "media_attachments": [], "mentions": [], "tags": [],
            "uri": format!("https://contoh.social/ap/users/{}/statuses/{}", by["id"].as_str().unwrap(), id(n)),
            "url": format!("https://contoh.social/@wira/{}", id(n)), "favourites_count": 0, "reblogs_count": 0, "replies_count": 0 })
}

fn status(n: u64, content: &str) -> Value {
    status_of(&person(ME, "wira"), n, content)
}

/// A server with one account on it; lists are newest first.
#[derive(Clone)]
struct Home {
    person: Arc<Mutex<Value>>,
    statuses: Arc<Mutex<Vec<Value>>>,
    people: Arc<Mutex<Vec<(String, Vec<Value>)>>>,
    replies: Arc<Mutex<Vec<Value>>>,
}

impl Home {
    async fn start() -> (Self, Server) {
        let home = Self {
            person: Arc::new(Mutex::new(person(ME, "wira"))),
            statuses: Arc::default(),
            people: Arc::default(),
            replies: Arc::default(),
        };
        let shown = home.clone();
        (home, Server::start(move |request| shown.answer(request)).await)
    }

    fn put(&self, status: Value) {
        self.statuses.lock().unwrap().insert(0, status);
    }

    fn list(&self, path: &str, people: &[Value]) {
        let mut lists = self.people.lock().unwrap();
        lists.retain(|(end, _)| end != path);
        lists.push((path.to_owned(), people.to_vec()));
    }

    fn answer(&self, request: &Request) -> Reply {
        let path = request.path.strip_prefix("/api/v1").unwrap();
        if path == "/accounts/lookup" && request.param("acct") == "wira" || path == format!("/accounts/{ME}") {
            return json_reply(&self.person.lock().unwrap());
        }
        if path == format!("/accounts/{ME}/statuses") {
            return self.timeline(request);
        }
        if let Some((_, people)) = self.people.lock().unwrap().iter().find(|(end, _)| path.ends_with(end)) {
            return people_page(request, people);
        }
        if path.ends_with("/context") {
            return json_reply(&json!({ "ancestors": [], "descendants": *self.replies.lock().unwrap() }));
        }
        let one = path.strip_prefix("/statuses/").unwrap_or_default();
        let statuses = self.statuses.lock().unwrap();
        match statuses.iter().find(|status| status["id"] == one) {
            Some(status) => json_reply(status),
            None => reply(404, &[], r#"{"error":"Record not found"}"#),
        }
    }

    fn timeline(&self, request: &Request) -> Reply {
        let size: usize = request.param("limit").parse().unwrap();
        let statuses = self.statuses.lock().unwrap().clone();
        let newer = |status: &Value, than: &str| status["id"].as_str().unwrap() > than;
        let (max, min) = (request.param("max_id"), request.param("min_id"));
        let mut found: Vec<Value> =
            statuses.into_iter().filter(|s| max.is_empty() || !newer(s, max) && s["id"] != max).collect();
        if !min.is_empty() {
            found.retain(|s| newer(s, min));
            // Forward: the oldest of the newer ones, still newest first.
            found = found.split_off(found.len().saturating_sub(size));
        }
        found.truncate(size);
        json_reply(&found.into())
    }
}

/// A page of a list whose marks, as Mastodon's, are no ids of its people.
fn people_page(request: &Request, people: &[Value]) -> Reply {
    let size: usize = request.param("limit").parse().unwrap();
    let start: usize = request.param("max_id").strip_prefix("mark-").map_or(0, |at| at.parse().unwrap());
    let shown: Vec<&Value> = people.iter().skip(start).take(size).collect();
    let next = start + shown.len();
    let link = format!(
        "<https://lain.example{}?limit=2&max_id=mark-{next}>; rel=\"next\", <https://x/?since_id=1>; rel=\"prev\"",
        request.path
    );
    let headers: Vec<(&str, &str)> = if next < people.len() { vec![("link", &link)] } else { vec![] };
    reply(200, &headers, json!(shown).to_string())
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("mastodon", &server.url(), |config| {
        config.mastodon.page_size = 5;
        config.mastodon.following_every = 0;
    })
}

fn me() -> Account {
    account("mastodon", "wira@contoh.social", &format!("{ME}@contoh.social"))
}

async fn always(answer: Reply) -> (Server, Arc<dyn Source>) {
    let server = Server::start(move |_| answer.clone()).await;
    let source = source(&server);
    (server, source)
}

/// A server whose account is fine, and whose statuses are `answer`.
async fn with_statuses(answer: Reply) -> (Server, Arc<dyn Source>) {
    let server = Server::start(move |request| match request.path.ends_with("/statuses") {
        true => answer.clone(),
        false => json_reply(&person(ME, "wira")),
    })
    .await;
    let source = source(&server);
    (server, source)
}

#[tokio::test]
async fn a_second_pass_reads_only_what_is_new() {
    let (home, server) = Home::start().await;
    let (source, mut cursor) = (source(&server), Cursor::start());
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty(), "an account without statuses");
    (0..12).for_each(|n| home.put(status(n, &format!("kiriman {n}"))));
    let first = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!((first.items.len(), first.items[0].activity.text.as_str()), (12, "kiriman 11"));
    assert_eq!(first.handle.as_deref(), Some("wira@contoh.social"));
    assert_eq!(first.items[0].activity.account.as_deref(), Some("109302436954721982@contoh.social"));
    let before = server.count();
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty());
    assert_eq!(server.count() - before, 3, "the account, what is newer, the newest page once more");
    (12..24).for_each(|n| home.put(status(n, &format!("kiriman {n}"))));
    let new = pass(&*source, &me(), &mut cursor).await.unwrap();
    let mut read = texts(&new);
    read.sort_unstable();
    assert_eq!((read.len(), read[0], read[11]), (12, "kiriman 12", "kiriman 23"));
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let (home, server) = Home::start().await;
    (0..14).for_each(|n| home.put(status(n, &format!("kiriman {n}"))));
    let (mut cursor, mut kept, mut next) = (Cursor::start(), Vec::new(), 14);
    for round in 0..60 {
        // A new object each time: nothing but the cursor's text survives.
        let page = source(&server).fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 0 {
            continue; // the crash: neither items nor cursor were kept
        }
        kept.extend(page.items.into_iter().map(|item| item.activity.text));
        cursor = Cursor::from_text(page.cursor.as_str());
        if round < 16 {
            home.put(status(next, &format!("kiriman {next}")));
            next += 1;
        }
    }
    kept.sort();
    let mut all: Vec<String> = (0..next).map(|n| format!("kiriman {n}")).collect();
    all.sort();
    assert_eq!(kept, all);
}

#[tokio::test]
async fn the_first_pass_ends_at_the_registration_and_at_the_limit() {
    let (home, server) = Home::start().await;
    (0..30).for_each(|day| home.put(status(day * 1_440, &format!("hari {day}"))));
    let mut account = me();
    account.valid_from = jiff::civil::date(2029, 10, 20);
    let page = pass(&*source(&server), &account, &mut Cursor::start()).await.unwrap();
    let read = texts(&page);
    assert!(read.contains(&"hari 29") && read.contains(&"hari 25") && !read.contains(&"hari 10"), "{read:?}");
    let source = source_at("mastodon", &server.url(), |config| {
        config.mastodon.page_size = 5;
        config.mastodon.max_pages = 2;
    });
    assert_eq!(pass(&*source, &me(), &mut Cursor::start()).await.unwrap().items.len(), 10);
}

#[tokio::test]
async fn an_edit_comes_again_under_the_same_id_and_only_once() {
    let (home, server) = Home::start().await;
    (0..8).for_each(|n| home.put(status(n, &format!("kiriman {n}"))));
    let (source, mut cursor) = (source(&server), Cursor::start());
    let first = pass(&*source, &me(), &mut cursor).await.unwrap();
    let edit = |text: &str, at: &str| {
        let mut statuses = home.statuses.lock().unwrap();
        statuses[2]["content"] = text.into();
        statuses[2]["edited_at"] = at.into();
    };
    for (text, at) in [("<p>Ayo coblos!</p>", "2029-09-26T03:00:00.000Z"), ("<p>Maaf</p>", "2029-09-26T04:00:00.000Z")]
    {
        edit(text, at);
        let page = pass(&*source, &me(), &mut cursor).await.unwrap();
        assert_eq!(texts(&page), [text.trim_start_matches("<p>").trim_end_matches("</p>")]);
        assert_eq!(page.items[0].activity.id, first.items[2].activity.id);
        assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty());
    }
}

#[tokio::test]
async fn raw_is_the_exact_slice_of_the_one_status() {
    let text = format!(
        r#"[ {{"content" : "<p>Se\u00adtuju &amp; <a href=\"https://berita.example/abc\"><span class=\"invisible\">https://</span><span>berita.example</span><span class=\"invisible\">/abc</span></a></p>",
        "id":{},"n":1.000000000000000000001,"visibility":"unlisted","created_at":"2029-09-25T10:00:00+07:00",
        "account":{{"id":"{ME}","acct":"wira"}}}} ]"#,
        id(1)
    );
    let (_, source) = with_statuses(reply(200, &[("link", "<https://x/?min_id=1>; rel=\"prev\"")], &text)).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!(page.items[0].raw, text.as_bytes()[2..text.len() - 2]);
    let activity = &page.items[0].activity;
    assert_eq!(activity.text, "Se\u{ad}tuju & https://berita.example/abc");
    assert_eq!(activity.id, format!("{}@contoh.social", id(1)), "without an address, the number names it");
    assert_eq!(activity.posted_at.unwrap().to_string(), "2029-09-25T03:00:00Z");
    assert_eq!(activity.seen_at, None);
}

#[tokio::test]
async fn every_act_is_read_with_its_target() {
    let (home, server) = Home::start().await;
    let tim = person("42", "tim02@kampanye.example");
    let mut theirs = status_of(&tim, 100, "Ayo coblos!");
    theirs["media_attachments"] =
        json!([{ "type": "image", "url": "https://m.example/1.jpg", "description": "Poster nomor 2" }]);
    let mut boost = status(1, "");
    boost["content"] = "".into();
    boost["reblog"] = theirs.clone();
    boost["media_attachments"] = theirs["media_attachments"].clone();
    let mut reply = status(2, "Gas!");
    reply["in_reply_to_id"] = id(100).into();
    reply["in_reply_to_account_id"] = "42".into();
    reply["mentions"] = json!([{ "id": "42", "username": "tim02", "acct": "tim02@kampanye.example", "url": "https://kampanye.example/@tim02" }]);
    let mut quote = status(3, "");
    quote["content"] =
        "<p class=\"quote-inline\">RE: <a href=\"https://kampanye.example/1\">kampanye.example/1</a></p><p>Setuju</p>"
            .into();
    quote["quote"] = json!({ "state": "accepted", "quoted_status": theirs });
    quote["in_reply_to_id"] = id(100).into();
    let mut hidden = status(4, "Lihat ini");
    hidden["quote"] = json!({ "state": "revoked", "quoted_status": null, "quoted_status_id": id(101) });
    let mut thread = status(5, "Lanjutan");
    thread["in_reply_to_id"] = id(6).into();
    thread["in_reply_to_account_id"] = ME.into();
    let mut post = status(6, "Utas");
    post["spoiler_text"] = "Awas".into();
    post["poll"] = json!({ "options": [{ "title": "Nomor 1" }, { "title": "Nomor 2" }] });
    post["tags"] = json!([{ "name": "coblos2" }, 7]);
    post["card"] = json!({ "url": "https://berita.example/a", "title": "Judul", "description": "Ringkas" });
    post["media_attachments"] = json!([{ "type": "gifv", "url": "https://m.example/2.mp4", "description": null }]);
    [boost, reply, quote, hidden, thread, post].into_iter().for_each(|status| home.put(status));
    home.list("/following", &[tim]);
    let source = source_at("mastodon", &server.url(), |_| {});
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert!(page.rejected.is_empty(), "{:?}", page.rejected);
    let uri = format!("https://contoh.social/ap/users/42/statuses/{}", id(100));
    let (there, lost) = (format!("{}@contoh.social", id(100)), format!("{}@contoh.social", id(101)));
    let own = format!("https://contoh.social/ap/users/{ME}/statuses/{}", id(6));
    let (handle, words) = (Some("tim02@kampanye.example"), Some("Ayo coblos!\nPoster nomor 2"));
    let expected = [
        (Verb::Post, "Awas\nUtas\nNomor 1\nNomor 2", None),
        (
            Verb::Comment,
            "Lanjutan",
            Some((
                "post",
                own.as_str(),
                Some("wira@contoh.social"),
                Some("Awas\nUtas\nNomor 1\nNomor 2\nJudul\nRingkas"),
            )),
        ),
        (Verb::Share, "Lihat ini", Some(("post", lost.as_str(), None, None))),
        (Verb::Share, "Setuju", Some(("post", uri.as_str(), handle, words))),
        (Verb::Comment, "Gas!", Some(("post", there.as_str(), handle, None))),
        (Verb::Share, "", Some(("post", uri.as_str(), handle, words))),
        (
            Verb::Follow,
            "",
            Some(("account", "https://contoh.social/ap/users/42", handle, Some("Nama tim02\nTim & kawan"))),
        ),
    ];
    assert_eq!(page.items.len(), expected.len());
    for (item, (verb, text, target)) in page.items.iter().zip(expected) {
        let activity = &item.activity;
        assert_eq!((activity.verb, activity.text.as_str()), (verb, text));
        let found = activity
            .target
            .as_ref()
            .map(|t| (t.kind.as_str(), t.id.as_deref().unwrap(), t.handle.as_deref(), t.text.as_deref()));
        assert_eq!(found, target);
    }
    let post = &page.items[0].activity;
    let media: Vec<_> =
        post.media.iter().map(|m| (m.kind.as_str(), m.url.as_deref().unwrap(), m.alt.as_deref())).collect();
    assert_eq!(
        media,
        [("video", "https://m.example/2.mp4", None), ("link", "https://berita.example/a", Some("Judul\nRingkas"))]
    );
    assert_eq!(
        (post.hashtags.join(","), page.items[4].activity.mentions.join(",")),
        ("coblos2".to_owned(), handle.unwrap().to_owned())
    );
    assert_eq!(page.items[6].activity.id, "follow:https://contoh.social/ap/users/42");
    assert_eq!(page.items[6].activity.posted_at, None);
}

#[tokio::test]
async fn whom_an_account_follows_is_read_through_links_and_now_and_then() {
    let (home, server) = Home::start().await;
    let mut people: Vec<Value> = (0..5).map(|n| person(&format!("4{n}"), &format!("tim{n}"))).collect();
    home.list("/following", &people);
    let source = source_at("mastodon", &server.url(), |config| {
        config.mastodon.people_page_size = 2;
        config.mastodon.following_every = 2;
    });
    let mut cursor = Cursor::start();
    assert_eq!(pass(&*source, &me(), &mut cursor).await.unwrap().items.len(), 5);
    people.insert(0, person("50", "baru"));
    home.list("/following", &people);
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty(), "not this time");
    let page = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(page.items[0].activity.target.as_ref().unwrap().handle.as_deref(), Some("baru@contoh.social"));
    assert!(server.requests.lock().unwrap().iter().all(|request| !request.head.contains("lain.example")));
}

#[tokio::test]
async fn a_hidden_list_costs_no_statuses() {
    let (home, server) = Home::start().await;
    home.put(status(1, "satu"));
    let source = source_at("mastodon", &server.url(), |config| config.mastodon.following_every = 1);
    let mut cursor = Cursor::start();
    assert_eq!(texts(&pass(&*source, &me(), &mut cursor).await.unwrap()), ["satu"], "404 for the list");
    home.put(status(2, "dua"));
    assert_eq!(texts(&pass(&*source, &me(), &mut cursor).await.unwrap()), ["dua"]);
}

#[tokio::test]
async fn one_bad_status_costs_only_itself_and_other_peoples_and_hidden_ones_are_not_kept() {
    let mut hidden = status(9, "hanya pengikut");
    hidden["visibility"] = "private".into();
    let mut odd = status(8, "baik");
    for key in ["media_attachments", "mentions", "tags", "poll", "card"] {
        odd[key] = json!([7]);
    }
    let other = status_of(&person("7", "lain"), 7, "milik orang lain");
    let mut broken = status(6, "rusak");
    broken["reblog"] = json!({ "id": 1 });
    let list = json!([hidden, odd, other, broken, 7, {}, null]);
    let link = [("link", "<https://x/?min_id=1>; rel=\"prev\"")];
    let (_, source) = with_statuses(reply(200, &link, list.to_string())).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!((texts(&page), page.rejected.len()), (vec!["baik"], 5));
    assert!(
        page.rejected.iter().all(|rejected| !rejected.reason.contains("milik") && !rejected.reason.contains("rusak"))
    );
}

#[tokio::test]
async fn pages_that_lead_nowhere_end_the_pass() {
    let (server, source) = with_statuses(json_reply(&json!([status(7, "lagi")]))).await;
    let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "older ones: {}", error.chain());
    assert!(server.count() < 6);
    // Newer ones that are not newer.
    let (home, honest) = Home::start().await;
    home.put(status(7, "satu"));
    let mut cursor = Cursor::start();
    pass(&*self::source(&honest), &me(), &mut cursor).await.unwrap();
    let error = pass(&*source, &me(), &mut cursor).await.unwrap_err();
    assert!(matches!(error, SourceError::Malformed { .. }), "newer ones: {}", error.chain());
}
