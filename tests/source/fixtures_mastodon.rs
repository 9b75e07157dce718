//! Real payloads of Mastodon.

use netral::model::Verb;
use netral::source::{Cursor, Page, SourceError};
use serde_json::{Value, json};

use super::fixtures::{fixtures, read_json};
use super::server::{Reply, Server, reply};
use super::{account, pass, source_at};

/// A recorded answer, with its status and its headers.
fn recorded(exchange: &Value) -> Reply {
    let response = &exchange["response"];
    let headers = response["headers"].as_object().unwrap();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .filter(|(name, _)| name.as_str() == "link" || name.starts_with("x-ratelimit"))
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    reply(u16::try_from(response["status"].as_u64().unwrap()).unwrap(), &headers, response["body"].to_string())
}

/// Reads statuses as those of their own author.
async fn read_statuses(statuses: Value) -> Page {
    let person = statuses[0]["account"].clone();
    let id = person["id"].as_str().unwrap().to_owned();
    let server = Server::start(move |request| {
        let first = request.param("max_id").is_empty() && request.param("min_id").is_empty();
        match request.path.ends_with("/statuses") {
            true if first => reply(200, &[], statuses.to_string()),
            true => reply(200, &[], "[]"),
            false => reply(200, &[], person.to_string()),
        }
    })
    .await;
    let source = source_at("mastodon", &server.url(), |config| config.mastodon.following_every = 0);
    let mut account = account("mastodon", "tes@contoh.social", &format!("{id}@contoh.social"));
    account.valid_from = jiff::civil::date(2020, 1, 1);
    pass(&*source, &account, &mut Cursor::start()).await.unwrap()
}

#[tokio::test]
async fn real_pages_are_walked() {
    let Some(folder) = fixtures("mastodon") else { return };
    let load = |name: &str| read_json(folder.join(format!("{name}.http.json")));
    let (look, first, second) =
        (load("lookup_200"), load("account_statuses_page1"), load("account_statuses_page2_max_id"));
    let following = load("following_empty_0");
    let lowest = first["response"]["body"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let server = Server::start(move |request| match (request.path.as_str(), request.param("max_id")) {
        (path, "") if path.ends_with("/statuses") => recorded(&first),
        (path, max) if path.ends_with("/statuses") && max == lowest => recorded(&second),
        (path, _) if path.ends_with("/statuses") => reply(200, &[], "[]"),
        (path, _) if path.ends_with("/following") => recorded(&following),
        _ => recorded(&look),
    })
    .await;
    let source = source_at("mastodon", &server.url(), |_| {});
    let mut account = account("mastodon", "mastodonpy_test@localhost", "");
    account.valid_from = jiff::civil::date(2020, 1, 1);
    let page = pass(&*source, &account, &mut Cursor::start()).await.unwrap();
    assert_eq!((page.items.len(), page.rejected.len()), (10, 0));
    assert!(
        page.items
            .iter()
            .all(|item| item.activity.text.starts_with("Toot number ") && item.activity.posted_at.is_some())
    );
    assert_eq!(page.handle.as_deref(), Some("mastodonpy_test@localhost"));
    let forward = load("account_statuses_forward_min_id")["response"]["body"].clone();
    assert_eq!(read_statuses(forward).await.items.len(), 5);
}

#[tokio::test]
async fn real_statuses_are_read() {
    let Some(folder) = fixtures("mastodon") else { return };
    for (name, verb, text) in [
        ("edited_status_0", Verb::Post, "the best editor? why, of course it is VS Code"),
        ("edited_status_2", Verb::Post, "the best editor? why, of course it is the KDE Advanced Text Editor, Kate"),
        ("edited_status_3", Verb::Post, "the best editor? why, of course it is the KDE Advanced Text Editor, Kate"),
        ("quote_status_0", Verb::Post, "Toot!"),
        ("quote_status_1", Verb::Share, "yoooooooo"),
        ("reblog_status_0", Verb::Share, ""),
        ("reblog_status_1", Verb::Post, "Toot!"),
        ("reply_statuses_0", Verb::Post, "Toot, finally!"),
        ("reply_statuses_1", Verb::Comment, "@mastodonpy_test_2 same!"),
    ] {
        let body = read_json(folder.join(format!("{name}.http.json")))["response"]["body"].clone();
        let page = read_statuses(json!([body])).await;
        assert_eq!((page.items.len(), page.rejected.len()), (1, 0), "{name}");
        let activity = &page.items[0].activity;
        assert_eq!((activity.verb, activity.text.as_str()), (verb, text), "{name}");
        let target = activity.target.as_ref();
        assert_eq!(target.is_some(), verb != Verb::Post, "{name}");
        if verb == Verb::Share {
            assert_eq!(target.unwrap().text.as_deref(), Some("Toot!"), "{name}");
        }
        if verb == Verb::Comment {
            assert_eq!(target.unwrap().handle.as_deref(), Some("mastodonpy_test_2@contoh.social"), "{name}");
        }
    }
}

#[tokio::test]
async fn real_errors_say_what_they_mean() {
    let Some(folder) = fixtures("mastodon") else { return };
    for name in ["error_401", "error_404_status", "lookup_404"] {
        let exchange = read_json(folder.join(format!("{name}.http.json")));
        let server = Server::start(move |_| recorded(&exchange)).await;
        let source = source_at("mastodon", &server.url(), |_| {});
        let error =
            pass(&*source, &account("mastodon", "a@contoh.social", ""), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Unavailable { .. }), "{name}: {}", error.chain());
    }
}
