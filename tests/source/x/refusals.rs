//! The many ways in which X says no.

use std::time::Duration;

use netral::source::{AccountState, Cursor, SourceError};
use serde_json::json;

use super::super::server::{Reply, Server, json as json_reply, reply};
use super::super::{account, pass, source_at, texts};
use super::{ME, Timeline, always, error_of, id, me, post};

fn says(title: &str, detail: &str, kind: &str) -> Reply {
    json_reply(
        &json!({ "errors": [{ "title": title, "detail": detail, "type": format!("https://api.x.com/2/problems/{kind}") }] }),
    )
}

#[tokio::test]
async fn accounts_that_are_gone_suspended_or_protected_are_told_apart() {
    let gone = says("Not Found Error", "Could not find user with id: [1].", "resource-not-found");
    let suspended = says("Forbidden", "User has been suspended: [1].", "resource-not-found");
    let protected = says(
        "Authorization Error",
        "Sorry, you are not authorized to see the user with id: [1].",
        "not-authorized-for-resource",
    );
    let by_id = account("x", "", ME);
    let by_handle = account("x", "wira_b", "");
    for (answer, expected) in
        [(gone, AccountState::NotFound), (suspended, AccountState::Suspended), (protected, AccountState::Private)]
    {
        for account in [&by_id, &by_handle] {
            let (_, source) = always(answer.clone()).await;
            let error = pass(&*source, account, &mut Cursor::start()).await.unwrap_err();
            assert!(
                matches!(&error, SourceError::Unavailable { state, .. } if *state == expected),
                "{}",
                error.chain()
            );
            assert!(!error.chain().contains('['), "{}", error.chain());
        }
    }
    let flagged = json_reply(&json!({ "data": { "id": ME, "username": "wira_b", "protected": true } }));
    let (_, source) = always(flagged).await;
    let error = pass(&*source, &by_handle, &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::Private, .. }));
    let (server, source) = always(reply(500, &[], "")).await;
    let error = pass(&*source, &account("x", "bukan-handel/..", ""), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::NotFound, .. }));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_problem_with_a_referred_post_costs_nothing() {
    let error = json!({ "resource_type": "tweet", "parameter": "referenced_tweets.id", "title": "Not Found Error", "type": "x/resource-not-found" });
    let (_, source) = always(json_reply(&json!({ "data": [post(1, "ada")], "errors": [error], "meta": {} }))).await;
    assert_eq!(texts(&pass(&*source, &me(), &mut Cursor::start()).await.unwrap()), ["ada"]);
    let (_, source) = always(json_reply(&json!({ "errors": [error], "meta": { "result_count": 0 } }))).await;
    assert!(pass(&*source, &me(), &mut Cursor::start()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn statuses_say_what_to_do() {
    let reset = [
        ("date", "Fri, 07 Oct 2022 22:43:18 UTC"),
        ("x-rate-limit-remaining", "0"),
        ("x-rate-limit-reset", "1665183228"),
    ];
    let waits = |error: &SourceError| match error {
        SourceError::Transient { retry_after, .. } => retry_after.map(|wait| wait.as_secs()),
        other => panic!("{}", other.chain()),
    };
    assert_eq!(waits(&error_of(reply(429, &reset, "{}")).await), Some(630));
    assert_eq!(waits(&error_of(reply(429, &[("retry-after", "7")], "")).await), Some(7));
    assert_eq!(waits(&error_of(reply(503, &[], "<html>")).await), None);
    for (status, body) in [
        (402, r#"{"type":"https://api.x.com/2/problems/credits","title":"CreditsDepleted"}"#),
        (429, r#"{"type":"https://api.x.com/2/problems/usage-capped","title":"UsageCapExceeded"}"#),
    ] {
        let error = error_of(reply(status, &[], body)).await;
        assert_eq!(waits(&error), Some(3_600));
        assert!(error.chain().contains("billing"), "{}", error.chain());
    }
    for status in [401, 403] {
        let error = error_of(reply(status, &[], r#"{"title":"Unauthorized","type":"about:blank"}"#)).await;
        assert!(matches!(error, SourceError::Denied { .. }) && error.chain().contains("NETRAL_X_TOKEN"));
        assert!(!error.chain().contains("kunci-x"));
    }
    for body in ["<html>", "", "{}", "[]", r#"{"data":7}"#] {
        let error = error_of(reply(200, &[], body)).await;
        assert!(matches!(error, SourceError::Malformed { .. }), "{body}: {}", error.chain());
    }
}

#[tokio::test]
async fn a_used_up_limit_is_passed_on_as_a_wish_to_wait() {
    let headers = [
        ("date", "Fri, 07 Oct 2022 22:43:18 GMT"),
        ("x-rate-limit-remaining", "0"),
        ("x-rate-limit-reset", "1665183228"),
    ];
    let (_, source) = always(reply(200, &headers, r#"{"meta":{"result_count":0}}"#)).await;
    let page = pass(&*source, &me(), &mut Cursor::start()).await.unwrap();
    assert_eq!(page.wait, Some(Duration::from_secs(630)));
}

#[tokio::test]
async fn without_a_token_nothing_is_asked_and_the_variable_is_named() {
    let server = Timeline::default().serve().await;
    let source = source_at("x", &server.url(), |config| config.x.token = None);
    let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Denied { .. }) && error.chain().contains("NETRAL_X_TOKEN"));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn an_answer_in_the_wrong_dialect_is_an_error_and_not_an_empty_account() {
    let bare = json!({ "data": [{ "id": id(1), "text": "polos", "edit_history_tweet_ids": [id(1)] }], "meta": {} });
    let error = error_of(json_reply(&bare)).await;
    assert!(matches!(error, SourceError::Denied { .. }) && error.chain().contains("dialect"), "{}", error.chain());
}

#[tokio::test]
async fn a_plan_without_the_list_of_followed_accounts_costs_no_posts() {
    let timeline = Timeline::default();
    timeline.add(1, "satu");
    let shown = timeline.clone();
    let server = Server::start(move |request| match request.path.ends_with("/following") {
        true => {
            reply(403, &[], r#"{"type":"https://api.x.com/2/problems/client-forbidden","title":"Client Forbidden"}"#)
        }
        false => shown.answer(request),
    })
    .await;
    let source = source_at("x", &server.url(), |config| config.x.following_every = 1);
    let mut cursor = Cursor::start();
    let page = pass(&*source, &me(), &mut cursor).await.unwrap();
    assert_eq!((texts(&page), page.rejected.len()), (vec!["satu"], 1));
    timeline.add(2, "dua");
    assert_eq!(texts(&pass(&*source, &me(), &mut cursor).await.unwrap()), ["dua"]);
}
