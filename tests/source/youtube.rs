//! YouTube's source against a made-up Data API on loopback.

use std::sync::{Arc, Mutex};

use netral::model::{Account, Verb};
use netral::source::{AccountState, Campaign, Cursor, FactKind, Page, Per, Source, SourceError};
use serde_json::{Value, json};

use super::server::{Reply, Request, Server, json as json_reply, reply};
use super::{account, pass, source_at, texts, told};

/// The channel of a made-up civil servant.
const ME: &str = "UCbanyuwening00000000001";
/// The channel of a made-up campaign.
const TIM: &str = "UCwirabumi00000000000002";

#[derive(Default)]
struct Tube {
    /// Newest first.
    videos: Vec<Value>,
    subscriptions: Option<Vec<Value>>,
    threads: Vec<Value>,
    answers: Vec<Value>,
    channel: String,
    /// What the next call gets, whatever it asks.
    trouble: Option<Reply>,
}

fn video(n: u32, text: &str) -> Value {
    json!({ "kind": "youtube#playlistItem", "id": format!("UU.{n}"),
        "snippet": { "publishedAt": "2029-09-25T03:00:00Z", "channelId": ME, "videoOwnerChannelId": ME, "title": text, "description": "",
            "thumbnails": { "default": { "url": "https://i.contoh.example/s.jpg", "width": 120 }, "high": { "url": "https://i.contoh.example/b.jpg", "width": 480 } },
            "resourceId": { "kind": "youtube#video", "videoId": format!("v{n}") } },
        "contentDetails": { "videoId": format!("v{n}"), "videoPublishedAt": "2029-09-25T02:00:00Z" },
        "status": { "privacyStatus": "public" } })
}

fn comment(id: &str, author: &str, text: &str) -> Value {
    json!({ "id": id, "snippet": { "authorDisplayName": "Seseorang", "authorChannelId": { "value": author },
        "textDisplay": format!("<b>{text}</b>"), "textOriginal": text, "publishedAt": "2029-09-25T04:00:00Z", "updatedAt": "2029-09-25T04:00:00Z" } })
}

fn thread(id: &str, video: &str, top: &Value, answers: &[Value], count: usize) -> Value {
    json!({ "id": id, "snippet": { "channelId": TIM, "videoId": video, "topLevelComment": top, "totalReplyCount": count },
        "replies": { "comments": answers } })
}

/// A page of a list, by a token that is the next index.
fn list(items: &[Value], request: &Request) -> Reply {
    let size: usize = request.param("maxResults").parse().unwrap();
    let from: usize = request.query.get("pageToken").map_or(0, |token| token.parse().unwrap());
    let mut body = json!({ "items": items.iter().skip(from).take(size).collect::<Vec<_>>() });
    if from + size < items.len() {
        body["nextPageToken"] = (from + size).to_string().into();
    }
    json_reply(&body)
}

fn error(status: u16, reason: &str) -> Reply {
    let body = json!({ "error": { "code": status, "message": "rahasia", "errors": [{ "reason": reason, "message": "rahasia <a href=\"/\">x</a>" }] } });
    reply(status, &[("content-type", "application/json")], body.to_string())
}

async fn start() -> (Arc<Mutex<Tube>>, Server) {
    let tube = Arc::new(Mutex::new(Tube { channel: ME.to_owned(), ..Tube::default() }));
    let own = Arc::clone(&tube);
    let server = Server::start(move |request| {
        let mut tube = own.lock().unwrap();
        assert_eq!(request.header("x-goog-api-key"), "kunci-uji");
        assert!(!request.query.contains_key("key"), "a key in an address ends up in logs");
        if let Some(trouble) = tube.trouble.take() {
            return trouble;
        }
        match request.path.as_str() {
            "/channels" => {
                let asked = request.query.get("id").map_or(tube.channel.as_str(), String::as_str);
                let known = [ME, TIM, tube.channel.as_str()].contains(&asked) && !tube.channel.is_empty();
                let channel = json!({ "id": asked, "snippet": { "customUrl": "@banyuwening" },
                    "contentDetails": { "relatedPlaylists": { "likes": "", "uploads": format!("UU{asked}") } } });
                json_reply(&json!({ "items": if known { vec![channel] } else { vec![] } }))
            }
            "/playlistItems" => list(&tube.videos, request),
            "/subscriptions" => match &tube.subscriptions {
                Some(subscriptions) => list(subscriptions, request),
                None => error(403, "subscriptionForbidden"),
            },
            "/commentThreads" => list(&tube.threads, request),
            "/comments" => list(&tube.answers, request),
            "/videos" => {
                let of = |id: &str| if id == "asing" { "UClain" } else { TIM };
                let items: Vec<Value> = request
                    .param("id")
                    .split(',')
                    .map(|id| {
                        json!({ "id": id,
                    "snippet": { "channelId": of(id), "title": "Wirabumi Prakosa", "description": "Nomor 2" } })
                    })
                    .collect();
                json_reply(&json!({ "items": items }))
            }
            _ => reply(404, &[], ""),
        }
    })
    .await;
    (tube, server)
}

fn source(server: &Server) -> Arc<dyn Source> {
    source_at("youtube", &server.url(), |_| {})
}

fn small_pages(server: &Server) -> Arc<dyn Source> {
    source_at("youtube", &server.url(), |config| config.youtube.page_size = 3)
}

fn me() -> Account {
    account("youtube", "banyuwening", ME)
}

async fn read(server: &Server, cursor: &mut Cursor) -> Page {
    pass(&*source(server), &me(), cursor).await.unwrap()
}

#[tokio::test]
async fn a_second_pass_reads_only_what_is_new_and_costs_one_unit() {
    let (tube, server) = start().await;
    tube.lock().unwrap().videos = (0..5).rev().map(|n| video(n, &format!("video {n}"))).collect();
    let mut cursor = Cursor::start();
    let page = read(&server, &mut cursor).await;
    assert_eq!(texts(&page), ["video 4", "video 3", "video 2", "video 1", "video 0"]);
    assert_eq!(page.handle.as_deref(), Some("banyuwening"));
    let before = server.count();
    assert!(read(&server, &mut cursor).await.items.is_empty());
    assert_eq!(server.count() - before, 1, "the channel itself was looked at a pass ago");
    tube.lock().unwrap().videos.insert(0, video(5, "video 5"));
    // A premiere is added long before it is shown: it turns up in the middle.
    tube.lock().unwrap().videos.insert(3, video(9, "tayang perdana"));
    assert_eq!(texts(&read(&server, &mut cursor).await), ["video 5", "tayang perdana"]);
    tube.lock().unwrap().videos[0] = video(5, "video 5, judul baru");
    let page = read(&server, &mut cursor).await;
    assert_eq!((texts(&page), page.items[0].activity.id.as_str()), (vec!["video 5, judul baru"], "v5"));
    let Per::Day(zone) = source(&server).limits()[0].per.clone() else { panic!("a day") };
    assert_eq!((zone, source(&server).limits()[0].units), ("America/Los_Angeles", 10_000));
}

#[tokio::test]
async fn raw_is_the_exact_slice_of_the_one_item() {
    let (tube, server) = start().await;
    let item = format!(
        r#"{{ "snippet" : {{"publishedAt":"2029-09-25T03:00:00Z","channelId":"{ME}","title":"Se\u00adtuju","description":"a","n":1.000000000000000000001,
        "resourceId":{{"videoId":"v1"}}}} }}"#
    );
    let body = format!(r#"{{"items": [ {item} ],"pageInfo":{{}}}}"#);
    tube.lock().unwrap().subscriptions = Some(vec![]);
    let source = source(&server);
    // The first answer is the channel, the second the list.
    let mut cursor = Cursor::start();
    pass(&*source, &me(), &mut cursor).await.unwrap();
    tube.lock().unwrap().trouble = Some(reply(200, &[], body));
    let page = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!(page.items[0].raw, item.as_bytes());
    let activity = &page.items[0].activity;
    assert_eq!((activity.text.as_str(), activity.verb), ("Se\u{ad}tuju\na", Verb::Post));
    assert_eq!(activity.url.as_deref(), Some("https://www.youtube.com/watch?v=v1"));
    assert_eq!((activity.account.as_deref(), activity.seen_at), (Some(ME), None));
    assert_eq!(activity.posted_at.unwrap().to_string(), "2029-09-25T03:00:00Z");
}

#[tokio::test]
async fn a_crash_in_mid_walk_loses_and_doubles_nothing() {
    let (tube, server) = start().await;
    tube.lock().unwrap().videos = (0..10).rev().map(|n| video(n, &format!("video {n}"))).collect();
    let (mut cursor, mut kept) = (Cursor::start(), Vec::new());
    for round in 0..12 {
        // A new object each time: nothing but the cursor's text survives.
        let page = small_pages(&server).fetch(&me(), &cursor).await.unwrap();
        if round % 2 == 0 {
            continue; // the crash: neither items nor cursor were kept
        }
        assert!(page.items.len() <= 3);
        kept.extend(page.items.into_iter().map(|item| item.activity.id));
        cursor = Cursor::from_text(page.cursor.as_str());
    }
    assert_eq!(kept, (0..10).rev().map(|n| format!("v{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn videos_that_are_not_shown_any_more_are_told_once() {
    let (tube, server) = start().await;
    let mut cursor = Cursor::start();
    tube.lock().unwrap().videos = vec![video(2, "dua"), video(1, "satu"), video(0, "nol")];
    read(&server, &mut cursor).await;
    {
        let mut tube = tube.lock().unwrap();
        tube.videos[0]["status"]["privacyStatus"] = "private".into();
        tube.videos[1] = json!({ "snippet": { "publishedAt": "2029-09-25T03:00:00Z", "channelId": ME, "title": "Deleted video",
            "description": "This video is unavailable.", "resourceId": { "videoId": "v1" } } });
        // Somebody's film that is really called so.
        tube.videos[2]["snippet"]["title"] = "Private video".into();
    }
    let page = read(&server, &mut cursor).await;
    assert_eq!(texts(&page), ["Private video"]);
    let facts: Vec<_> = page.facts.iter().map(|fact| (fact.id.as_str(), fact.kind)).collect();
    assert_eq!(facts, [("v2", FactKind::Unavailable), ("v1", FactKind::Unavailable)]);
    assert!(read(&server, &mut cursor).await.facts.is_empty());
}

#[tokio::test]
async fn items_of_other_people_and_bad_items_cost_only_themselves() {
    let (tube, server) = start().await;
    let mut stranger = video(1, "milik orang lain");
    stranger["snippet"]["videoOwnerChannelId"] = TIM.into();
    let old = json!({ "snippet": { "publishedAt": "2020-01-01T00:00:00Z", "channelId": ME, "title": "lama", "resourceId": { "videoId": "v9" } } });
    tube.lock().unwrap().videos = vec![stranger, json!(7), json!({ "snippet": {} }), video(2, "milik sendiri"), old];
    let page = read(&server, &mut Cursor::start()).await;
    assert_eq!(texts(&page), ["milik sendiri"], "neither strangers' nor what is from before the registration");
    assert_eq!(page.rejected.len(), 2);
    assert!(page.rejected.iter().all(|rejected| !rejected.reason.contains("lain")));
}

#[tokio::test]
async fn whom_a_channel_follows_is_read_where_it_shows_that() {
    let (tube, server) = start().await;
    let subscription = |n: u32, by: &str| {
        json!({ "id": format!("s{n}"), "snippet": { "publishedAt": "2029-09-01T00:00:00Z", "channelId": by,
        "title": "Tim Wirabumi", "description": "Nomor 2", "resourceId": { "channelId": TIM } } })
    };
    tube.lock().unwrap().subscriptions = Some(vec![subscription(1, ME), subscription(2, TIM)]);
    let mut cursor = Cursor::start();
    let page = read(&server, &mut cursor).await;
    assert_eq!(page.items.len(), 1, "not whom others follow");
    let activity = &page.items[0].activity;
    let target = activity.target.as_ref().unwrap();
    assert_eq!((activity.verb, activity.id.as_str(), target.kind.as_str()), (Verb::Follow, "s1", "account"));
    assert_eq!((target.account_id.as_deref(), target.text.as_deref()), (Some(TIM), Some("Tim Wirabumi\nNomor 2")));
    tube.lock().unwrap().subscriptions = Some(vec![subscription(3, ME), subscription(1, ME)]);
    let source = source_at("youtube", &server.url(), |config| config.youtube.profile_every_passes = 1);
    let ids: Vec<String> =
        pass(&*source, &me(), &mut cursor).await.unwrap().items.into_iter().map(|item| item.activity.id).collect();
    assert!(ids.is_empty(), "the cursor says that it was looked at a pass ago");
    let ids: Vec<String> =
        pass(&*source, &me(), &mut cursor).await.unwrap().items.into_iter().map(|item| item.activity.id).collect();
    assert_eq!(ids, ["s3"]);
    tube.lock().unwrap().subscriptions = None;
    assert!(pass(&*source, &me(), &mut cursor).await.unwrap().items.is_empty(), "not shown any more: no fault");
}

#[tokio::test]
async fn a_playlist_that_cannot_be_found_is_looked_up_again() {
    let (tube, server) = start().await;
    let mut cursor = Cursor::start();
    tube.lock().unwrap().videos = vec![video(1, "satu")];
    read(&server, &mut cursor).await;
    tube.lock().unwrap().videos.insert(0, video(2, "dua"));
    tube.lock().unwrap().trouble = Some(error(404, "playlistNotFound"));
    assert_eq!(texts(&read(&server, &mut cursor).await), ["dua"]);
    // A channel that never uploaded anything.
    let empty = Server::start(|request| match request.path.as_str() {
        "/channels" => json_reply(
            &json!({ "items": [{ "id": ME, "contentDetails": { "relatedPlaylists": { "uploads": "UUx" } } }] }),
        ),
        "/playlistItems" => error(404, "playlistNotFound"),
        _ => error(403, "subscriptionForbidden"),
    })
    .await;
    assert!(read(&empty, &mut Cursor::start()).await.items.is_empty());
}

#[tokio::test]
async fn each_error_says_what_to_do() {
    let (tube, server) = start().await;
    let mut cursor = Cursor::start();
    read(&server, &mut cursor).await;
    let source = source(&server);
    for (answer, want) in [
        (error(403, "quotaExceeded"), "transient 3600 quota"),
        (error(403, "rateLimitExceeded"), "transient 60 too many"),
        (reply(429, &[("retry-after", "120")], ""), "transient 120 429"),
        (reply(503, &[], "oops"), "transient 0 503"),
        (error(400, "keyInvalid"), "denied NETRAL_YOUTUBE_KEY"),
        (
            reply(
                400,
                &[],
                r#"{"error":{"errors":[{"reason":"badRequest"}],"details":[{"reason":"API_KEY_INVALID"}]}}"#,
            ),
            "denied API_KEY_INVALID NETRAL_YOUTUBE_KEY",
        ),
        (error(403, "SERVICE_UNAVAILABLE"), "permanent 403"),
        (reply(200, &[], "<html>rahasia"), "malformed HTML"),
        (reply(200, &[], r#"{"items":[{"#), "malformed ends too early"),
        (error(403, "channelSuspended"), "suspended"),
        (error(403, "channelClosed"), "deactivated"),
        (error(403, "playlistItemsNotAccessible"), "private"),
    ] {
        tube.lock().unwrap().trouble = Some(answer);
        let error = source.fetch(&me(), &cursor).await.unwrap_err();
        let told = told(&error);
        assert!(want.split(' ').all(|word| told.contains(word)), "{want}: {told}");
        assert!(!told.contains("rahasia") && !told.contains("kunci-uji"), "{told}");
    }
    tube.lock().unwrap().channel = String::new();
    let gone =
        source.fetch(&account("youtube", "tiada", "UCtiada00000000000000000"), &Cursor::start()).await.unwrap_err();
    assert!(matches!(gone, SourceError::Unavailable { state: AccountState::NotFound, .. }), "{}", gone.chain());
    let keyless = source_at("youtube", &server.url(), |config| config.youtube.key = None);
    let error = keyless.fetch(&me(), &Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Denied { .. }) && error.chain().contains("NETRAL_YOUTUBE_KEY"));
}

#[tokio::test]
async fn a_handle_that_leads_elsewhere_is_not_followed() {
    let (tube, server) = start().await;
    tube.lock().unwrap().videos = vec![video(1, "satu")];
    let by_handle = account("youtube", "banyuwening", "banyuwening");
    let source = source_at("youtube", &server.url(), |config| config.youtube.profile_every_passes = 1);
    let mut cursor = Cursor::start();
    let page = pass(&*source, &by_handle, &mut cursor).await.unwrap();
    assert_eq!(page.items[0].activity.account.as_deref(), Some("banyuwening"), "as the register names it");
    pass(&*source, &by_handle, &mut cursor).await.unwrap();
    tube.lock().unwrap().channel = TIM.to_owned();
    let error = pass(&*source, &by_handle, &mut cursor).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::Moved, .. }), "{}", error.chain());
}

#[tokio::test]
async fn pages_that_repeat_end_the_pass() {
    for same_token in [true, false] {
        let count = Mutex::new(0);
        let server = Server::start(move |request| {
            if request.path == "/channels" {
                return json_reply(
                    &json!({ "items": [{ "id": ME, "contentDetails": { "relatedPlaylists": { "uploads": "UUx" } } }] }),
                );
            }
            *count.lock().unwrap() += 1;
            let token = if same_token { "sama".to_owned() } else { count.lock().unwrap().to_string() };
            let n = if same_token { *count.lock().unwrap() } else { 1 };
            json_reply(&json!({ "items": [video(n, "lagi")], "nextPageToken": token }))
        })
        .await;
        let error = pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Malformed { .. }), "{}", error.chain());
        assert!(server.count() < 6);
    }
}

async fn audience(server: &Server, cursor: &mut Cursor) -> Page {
    let source = source_at("youtube", &server.url(), |config| config.youtube.comments_page_size = 2);
    let campaign = Campaign { handle: "wirabumi".to_owned(), id: Some(TIM.to_owned()) };
    let mut all = Page::default();
    for _ in 0..30 {
        let page = source.audience(&campaign, cursor).await.unwrap();
        all.items.extend(page.items);
        all.rejected.extend(page.rejected);
        *cursor = Cursor::from_text(page.cursor.as_str());
        if !page.more {
            return all;
        }
    }
    panic!("the pass never ends");
}

#[tokio::test]
async fn who_comments_on_a_campaign_is_told_with_the_campaigns_words() {
    let (tube, server) = start().await;
    {
        let mut tube = tube.lock().unwrap();
        tube.answers = (0..3).map(|n| comment(&format!("t1.{n}"), ME, &format!("jawaban {n}"))).collect();
        let mut nobody = comment("t2", ME, "tanpa nama");
        nobody["snippet"].as_object_mut().unwrap().remove("authorChannelId");
        tube.threads = vec![
            thread("t3", "asing", &comment("t3", ME, "di tempat lain"), &[], 0),
            thread("t2", "v2", &nobody, &[], 0),
            thread("t1", "v1", &comment("t1", TIM, "halo"), &[comment("t1.0", ME, "jawaban 0")], 3),
            json!({ "id": "rusak" }),
        ];
    }
    let mut cursor = Cursor::start();
    let page = audience(&server, &mut cursor).await;
    assert_eq!(texts(&page), ["di tempat lain", "halo", "jawaban 0", "jawaban 0", "jawaban 1", "jawaban 2"]);
    assert!(page.rejected.len() == 1 && page.rejected[0].raw.is_empty(), "a broken thread's words are nobody's");
    let answer = &page.items[5];
    let activity = &answer.activity;
    assert_eq!((activity.verb, activity.account.as_deref(), activity.id.as_str()), (Verb::Comment, Some(ME), "t1.2"));
    assert_eq!(activity.url.as_deref(), Some("https://www.youtube.com/watch?v=v1&lc=t1.2"));
    let target = activity.target.as_ref().unwrap();
    assert_eq!(
        (target.kind.as_str(), target.id.as_deref(), target.account_id.as_deref()),
        ("post", Some("v1"), Some(TIM))
    );
    assert_eq!(
        (target.handle.as_deref(), target.text.as_deref()),
        (Some("wirabumi"), Some("Wirabumi Prakosa\nNomor 2"))
    );
    assert_eq!(serde_json::from_slice::<Value>(&answer.raw).unwrap(), tube.lock().unwrap().answers[2]);
    let foreign = page.items[0].activity.target.as_ref().unwrap();
    assert_eq!(
        (foreign.handle.as_deref(), foreign.text.as_deref()),
        (None, None),
        "a stranger's words are not the campaign's"
    );

    let before = server.count();
    assert!(audience(&server, &mut cursor).await.items.is_empty());
    assert_eq!(server.count() - before, 1, "the first page ends on known ground");
    tube.lock().unwrap().threads[0] = thread("t3", "v3", &comment("t3", ME, "di tempat lain, disunting"), &[], 0);
    assert_eq!(texts(&audience(&server, &mut cursor).await), ["di tempat lain, disunting"]);
    tube.lock().unwrap().trouble = Some(error(403, "commentsDisabled"));
    assert!(audience(&server, &mut cursor).await.items.is_empty());
}
