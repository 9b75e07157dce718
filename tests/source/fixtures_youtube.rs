//! Real answers of YouTube's Data API, where they are at hand.

use netral::model::Verb;
use netral::source::{Campaign, Cursor, SourceError};
use serde_json::{Value, json};

use super::fixtures::{fixtures, read_json};
use super::server::{Server, json as json_reply, reply};
use super::{account, pass, source_at};

const DEVELOPERS: &str = "UC_x5XG1OV2P6uZZ5FSM9Ttw";

#[tokio::test]
async fn real_lists_are_read() {
    let Some(folder) = fixtures("youtube") else { return };
    let read = move |name: &str| read_json(folder.join(name));
    let names = ["channels_list_contentDetails_uploads", "playlistItems_page1", "playlistItems_last_page"];
    let [channels, first, last] = names.map(|name| read(&format!("{name}.json")));
    let mut subscriptions = read("subscriptions_by_channel_last_page.json");
    for item in subscriptions["items"].as_array_mut().unwrap() {
        item["snippet"]["channelId"] = DEVELOPERS.into();
    }
    let count = first["items"].as_array().unwrap().len() + last["items"].as_array().unwrap().len();
    let server = Server::start(move |request| {
        json_reply(match request.path.as_str() {
            "/channels" => &channels,
            "/subscriptions" => &subscriptions,
            _ if request.query.contains_key("pageToken") => &last,
            _ => &first,
        })
    })
    .await;
    let mut account = account("youtube", "googledevelopers", DEVELOPERS);
    account.valid_from = jiff::civil::date(2005, 1, 1);
    let page = pass(&*source_at("youtube", &server.url(), |_| {}), &account, &mut Cursor::start()).await.unwrap();
    assert!(page.rejected.is_empty(), "{:?}", page.rejected);
    assert_eq!(page.handle.as_deref(), Some("googledevelopers"));
    let by = |verb| page.items.iter().filter(|item| item.activity.verb == verb).count();
    assert_eq!((by(Verb::Post), by(Verb::Follow)), (count, 2));
    assert!(page.items.iter().all(|item| item.activity.posted_at.is_some()));
    assert!(page.items.iter().all(|item| item.activity.verb == Verb::Follow || !item.activity.media.is_empty()));
}

#[tokio::test]
async fn real_comments_are_read() {
    let Some(folder) = fixtures("youtube") else { return };
    let replies = read_json(folder.join("comments_replies_page1.json"));
    for (name, count) in [("commentThreads_by_channel.json", 2), ("commentThreads_by_video_page1.json", 5)] {
        let mut threads = read_json(folder.join(name));
        threads.as_object_mut().unwrap().remove("nextPageToken");
        let (mut replies, threads) = (replies.clone(), threads);
        replies.as_object_mut().unwrap().remove("nextPageToken");
        let server = Server::start(move |request| {
            json_reply(match request.path.as_str() {
                "/commentThreads" => &threads,
                "/comments" => &replies,
                _ => &Value::Null,
            })
        })
        .await;
        let source = source_at("youtube", &server.url(), |_| {});
        let campaign = Campaign { handle: "x".to_owned(), id: Some(DEVELOPERS.to_owned()) };
        let page = source.audience(&campaign, &Cursor::start()).await;
        // The second file is of a video, whose words are asked for, and there is no such recording.
        if name.contains("by_video") {
            assert!(matches!(page, Err(SourceError::Malformed { .. })));
            continue;
        }
        let page = page.unwrap();
        assert_eq!((page.items.len(), page.rejected.len(), page.more), (count, 0, false));
        assert!(page.items.iter().all(|item| item.activity.account.as_deref().unwrap().starts_with("UC")));
    }
}

#[tokio::test]
async fn real_errors_are_understood() {
    let Some(folder) = fixtures("youtube") else { return };
    for (name, status, word) in [
        ("error_400_keyInvalid", 400, "NETRAL_YOUTUBE_KEY"),
        ("error_403_permission", 403, "403 SERVICE_UNAVAILABLE"),
        ("error_403_quotaExceeded", 403, "quota"),
        ("error_404_playlistNotFound", 404, ""),
    ] {
        let body = read_json(folder.join(format!("{name}.json"))).to_string();
        let server = Server::start(move |request| match request.path.as_str() {
            "/channels" => json_reply(&json!({ "items": [{ "id": DEVELOPERS, "contentDetails": { "relatedPlaylists": { "uploads": "UUx" } } }] })),
            _ => reply(status, &[], &body),
        })
        .await;
        let source = source_at("youtube", &server.url(), |_| {});
        match source.fetch(&account("youtube", "x", DEVELOPERS), &Cursor::start()).await {
            Ok(page) => assert!(word.is_empty() && page.items.is_empty(), "{name}"),
            Err(error) => assert!(!word.is_empty() && error.chain().contains(word), "{name}: {}", error.chain()),
        }
    }
}
