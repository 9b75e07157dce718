//! Real payloads of X.

use netral::model::Verb;
use netral::source::{AccountState, Cursor, Page, SourceError};
use serde_json::{Value, json};

use super::fixtures::{fixtures, read_json};
use super::server::{Server, json as json_reply, reply};
use super::{account, pass, source_at};

/// Reads an answer as the posts of `id`.
async fn read_posts(id: &str, status: u16, body: Value) -> Result<Page, SourceError> {
    let server = Server::start(move |_| reply(status, &[("content-type", "application/json")], body.to_string())).await;
    let source = source_at("x", &server.url(), |config| {
        config.x.following_every = 0;
        config.x.max_pages = 1;
    });
    pass(&*source, &account("x", "", id), &mut Cursor::start()).await
}

/// The body of a recorded exchange, or the bare body.
fn body_of(value: Value) -> Value {
    if value["response"]["body"].is_null() { value } else { value["response"]["body"].clone() }
}

#[tokio::test]
async fn real_posts_are_read() {
    let Some(folder) = fixtures("x") else { return };
    for (name, wanted) in [
        ("search_recent_referenced_tweets.json", 4),
        ("tweets_lookup_includes.json", 2),
        ("users_id_liked_tweets.json", 5),
    ] {
        let body = read_json(folder.join(name));
        let authors: std::collections::BTreeSet<String> = body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["author_id"].as_str().unwrap().to_owned())
            .collect();
        let mut read = 0;
        for author in authors {
            let page = read_posts(&author, 200, body.clone()).await.unwrap();
            assert!(page.rejected.iter().all(|rejected| rejected.reason.contains("another account")), "{name}");
            assert!(page.items.iter().all(|item| item.activity.posted_at.is_some() && !item.activity.text.is_empty()));
            if name.starts_with("search") {
                assert!(
                    page.items.iter().all(|item| item.activity.verb == Verb::Comment && item.activity.target.is_some())
                );
            }
            read += page.items.len();
        }
        assert_eq!(read, wanted, "{name}");
    }
    let full = read_json(folder.join("tweet_object_full_reply.json"));
    let page = read_posts("2244994945", 200, json!({ "data": [full], "meta": {} })).await.unwrap();
    assert_eq!(page.items[0].activity.target.as_ref().unwrap().account_id.as_deref(), Some("2244994945"));
}

#[tokio::test]
async fn real_events_hold_posts_that_are_read() {
    let Some(folder) = fixtures("x") else { return };
    for (name, verb) in [
        ("activity_post_create.json", Verb::Post),
        ("activity_post_reply_create.json", Verb::Comment),
        ("activity_post_quote_create.json", Verb::Share),
        ("activity_post_repost_create.json", Verb::Share),
    ] {
        let event = read_json(folder.join(name));
        let (payload, includes) = (&event["data"]["payload"], &event["data"]["includes"]);
        let author = payload["author_id"].as_str().unwrap();
        let body = json!({ "data": [payload], "includes": includes, "meta": {} });
        let page = read_posts(author, 200, body).await.unwrap();
        assert_eq!((page.items.len(), page.items[0].activity.verb), (1, verb), "{name}: {:?}", page.rejected);
    }
}

#[tokio::test]
async fn real_default_objects_are_told_as_the_wrong_dialect() {
    let Some(folder) = fixtures("x") else { return };
    for name in ["rec_users_id_tweets_0.http.json", "users_id_tweets_page1.json", "rec_users_id_mentions_0.http.json"] {
        let error = read_posts("783214", 200, body_of(read_json(folder.join(name)))).await.unwrap_err();
        assert!(error.chain().contains("dialect"), "{name}: {}", error.chain());
    }
}

#[tokio::test]
async fn real_lookups_and_lists_of_followed_accounts_are_read() {
    let Some(folder) = fixtures("x") else { return };
    for (lookup, list, count) in [
        ("rec_user_lookup_0.http.json", "rec_users_id_following_0.http.json", 12),
        ("users_by_username.json", "users_id_following.json", 5),
    ] {
        let (user, followed) = (body_of(read_json(folder.join(lookup))), body_of(read_json(folder.join(list))));
        let server = Server::start(move |request| {
            if request.path.ends_with("/following") {
                json_reply(&followed)
            } else if request.path.contains("/by/username/") {
                json_reply(&user)
            } else {
                json_reply(&json!({ "meta": { "result_count": 0 } }))
            }
        })
        .await;
        let source = source_at("x", &server.url(), |config| config.x.following_max_pages = 1);
        let page = pass(&*source, &account("x", "Twitter", ""), &mut Cursor::start()).await.unwrap();
        assert_eq!((page.items.len(), page.rejected.len()), (count, 0), "{list}");
        assert!(page.items.iter().all(|item| item.activity.verb == Verb::Follow));
    }
}

#[tokio::test]
async fn real_errors_are_told_apart() {
    let Some(folder) = fixtures("x") else { return };
    for (name, expected) in [
        ("error_200_user_not_found.json", AccountState::NotFound),
        ("error_200_user_suspended_by_id.json", AccountState::Suspended),
        ("error_200_user_suspended_by_username.json", AccountState::Suspended),
    ] {
        let error = read_posts("1", 200, read_json(folder.join(name))).await.unwrap_err();
        assert!(
            matches!(&error, SourceError::Unavailable { state, .. } if *state == expected),
            "{name}: {}",
            error.chain()
        );
    }
    for (status, name) in [(402, "error_402_credits_depleted.json"), (429, "error_429_usage_capped_monthly.json")] {
        let error = read_posts("1", status, read_json(folder.join(name))).await.unwrap_err();
        assert!(error.chain().contains("billing"), "{name}: {}", error.chain());
    }
    let error = read_posts("1", 400, read_json(folder.join("error_400_docs.json"))).await.unwrap_err();
    assert!(error.chain().contains("400 invalid-request"), "{}", error.chain());
    let error = read_posts("1", 200, read_json(folder.join("error_partial_200_docs.json"))).await.unwrap_err();
    assert!(error.chain().contains("dialect"), "a default object beside an error: {}", error.chain());
}
