//! Real answers of Threads, Instagram and Facebook, where they are at hand.

use netral::model::{Account, Verb};
use netral::source::{AccountState, Cursor, Page, SourceError};
use serde_json::{Value, json};

use super::fixtures::{fixtures, read_json};
use super::server::{Server, json as json_reply, reply};
use super::{account, pass, source_at};

fn old(platform: &str, handle: &str, id: &str) -> Account {
    Account { valid_from: jiff::civil::date(2010, 1, 1), ..account(platform, handle, id) }
}

/// Reads one answer as the only page of an account.
async fn read(account: &Account, mut body: Value) -> Page {
    for list in ["/paging", "/business_discovery/media/paging"] {
        if let Some(paging) = body.pointer_mut(list) {
            *paging = json!({});
        }
    }
    let id = account.external_id.clone();
    let server = Server::start(move |request| {
        let is_page = request.path == format!("/{id}");
        json_reply(if is_page && body.get("business_discovery").is_none() { &Value::Null } else { &body })
    })
    .await;
    let source = source_at(&account.platform, &server.url(), |_| {});
    let page = pass(&*source, account, &mut Cursor::start()).await.unwrap();
    assert!(page.rejected.is_empty(), "{:?}", page.rejected);
    assert!(page.items.iter().all(|item| item.activity.posted_at.is_some()));
    page
}

#[tokio::test]
async fn real_threads_are_read() {
    let Some(folder) = fixtures("threads") else { return };
    for (name, handle, verbs) in [
        ("profile_posts_docs_example", "meta", vec![Verb::Share]),
        ("threads_edge_real_2026-04", "ethan13917", vec![Verb::Post, Verb::Share, Verb::Share]),
        ("replies_edge_real_2026-04", "ethan13917", vec![Verb::Comment, Verb::Post]),
        ("keyword_search_empty_real", "meta", vec![]),
    ] {
        let page = read(&old("threads", handle, handle), read_json(folder.join(format!("{name}.json")))).await;
        assert_eq!(page.items.iter().map(|item| item.activity.verb).collect::<Vec<_>>(), verbs, "{name}");
    }
}

#[tokio::test]
async fn real_posts_of_instagram_are_read() {
    let Some(folder) = fixtures("instagram") else { return };
    for (name, count) in [
        ("business_discovery_media_base_p1", None),
        ("business_discovery_media_page1", Some(2)),
        ("business_discovery_media_page2", Some(2)),
        ("business_discovery_user", Some(0)),
    ] {
        let body = read_json(folder.join(format!("{name}.json")));
        let all = body.pointer("/business_discovery/media/data").and_then(Value::as_array).map_or(0, Vec::len);
        let page = read(&old("instagram", "facebookfordevelopers", ""), body).await;
        assert_eq!(page.items.len(), count.unwrap_or(all), "{name}");
        assert!(page.items.iter().all(|item| item.activity.url.is_some() && item.activity.media.len() == 1));
    }
}

#[tokio::test]
async fn real_posts_of_pages_are_read() {
    let Some(folder) = fixtures("facebook") else { return };
    for (name, id) in [
        ("page_posts_fields_page1", "4"),
        ("page_posts_fields_page2", "4"),
        ("page_feed_all_fields_page1", "19292868552"),
    ] {
        let body = read_json(folder.join(format!("{name}.json")));
        let count = body["data"].as_array().unwrap().len();
        let own = id.to_owned();
        let paging = body["paging"].clone();
        let server = Server::start(move |request| {
            let is_page = request.path == format!("/{own}");
            let is_first = request.query.contains_key("limit")
                && !request.query.contains_key("until")
                && request.param("after").is_empty();
            json_reply(&if is_page {
                json!({ "id": own })
            } else if is_first {
                body.clone()
            } else {
                json!({ "data": [] })
            })
        })
        .await;
        let page = pass(&*source_at("facebook", &server.url(), |_| {}), &old("facebook", "", id), &mut Cursor::start())
            .await
            .unwrap();
        assert_eq!((page.items.len(), page.rejected.len()), (count, 0), "{name}");
        assert_eq!(server.count(), if paging.get("next").is_some() { 3 } else { 2 }, "{name}");
        assert!(server.requests.lock().unwrap().iter().all(|request| !request.head.contains("access_token")));
    }
    let single = json!({ "data": [read_json(folder.join("post_single.json"))] });
    let info = read_json(folder.join("page_info.json"));
    let server =
        Server::start(move |request| json_reply(if request.path.ends_with("/posts") { &single } else { &info })).await;
    let source = source_at("facebook", &server.url(), |_| {});
    let page = pass(&*source, &old("facebook", "", "20531316728"), &mut Cursor::start()).await.unwrap();
    assert_eq!((page.items.len(), page.handle.as_deref()), (1, Some("facebookapp")));
}

#[tokio::test]
async fn real_errors_are_understood() {
    let Some(folder) = fixtures("facebook") else { return };
    let folder = folder.parent().unwrap().to_owned();
    for (name, what) in [
        ("facebook/error_100_appsecret_proof", "denied"),
        ("facebook/error_100_ppca_missing", "missing"),
        ("facebook/error_4_app_request_limit", "transient"),
        ("instagram/error_110_2207013_user_not_found", "missing"),
        ("instagram/error_110_2207013_user_not_found_2", "missing"),
    ] {
        let body = read_json(folder.join(format!("{name}.json"))).to_string();
        let server = Server::start(move |_| reply(400, &[], &body)).await;
        let platform = name.split('/').next().unwrap();
        let source = source_at(platform, &server.url(), |_| {});
        let error = source.fetch(&old(platform, "nama", "4"), &Cursor::start()).await.unwrap_err();
        let found = match error {
            SourceError::Denied { .. } => "denied",
            SourceError::Transient { .. } => "transient",
            SourceError::Unavailable { state: AccountState::NotFound, .. } => "missing",
            _ => "",
        };
        assert_eq!(found, what, "{name}");
    }
}
