//! Accounts that are not shown, and servers that do not answer.

use netral::source::{AccountState, Cursor, SourceError};
use serde_json::Value;

use super::super::server::{json as json_reply, reply};
use super::super::{account, pass, texts};
use super::{Home, ME, always, me, person, source, status, with_statuses};

#[tokio::test]
async fn accounts_that_are_gone_suspended_moved_or_hidden_are_told_apart() {
    let answers = [
        (reply(404, &[], r#"{"error":"Record not found"}"#), AccountState::NotFound),
        (reply(410, &[], ""), AccountState::Suspended),
        (reply(401, &[], r#"{"error":"This API requires an authenticated user"}"#), AccountState::Private),
    ];
    let told = |key: &str, value: Value| {
        let mut told = person(ME, "wira");
        told[key] = value;
        json_reply(&told)
    };
    let flags = [
        (told("suspended", true.into()), AccountState::Suspended),
        (told("moved", person("5", "wira@lain.example")), AccountState::MovedAway),
    ];
    for (answer, expected) in answers.into_iter().chain(flags) {
        let (_, source) = always(answer).await;
        let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(&error, SourceError::Unavailable { state, .. } if *state == expected), "{}", error.chain());
    }
    let (home, server) = Home::start().await;
    home.put(status(1, "masih terbaca"));
    home.person.lock().unwrap()["limited"] = true.into();
    assert_eq!(
        texts(&pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap()),
        ["masih terbaca"],
        "silenced, not gone"
    );
    home.person.lock().unwrap()["acct"] = "wira@lain.example".into();
    let error = pass(&*source(&server), &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Permanent { .. }), "a copy of another server's account: {}", error.chain());
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_reported_and_a_number_is_never_doubted() {
    let (home, server) = Home::start().await;
    home.put(status(1, "satu"));
    let (source, mut by_name) = (source(&server), account("mastodon", "@wira@contoh.social", ""));
    let mut cursor = Cursor::start();
    assert_eq!(texts(&pass(&*source, &by_name, &mut cursor).await.unwrap()), ["satu"]);
    home.person.lock().unwrap()["id"] = "5".into();
    let error = pass(&*source, &by_name, &mut cursor).await.unwrap_err();
    assert!(matches!(error, SourceError::Unavailable { state: AccountState::Moved, .. }), "{}", error.chain());
    home.person.lock().unwrap()["id"] = ME.into();
    home.person.lock().unwrap()["acct"] = "wira_baru".into();
    by_name.external_id = format!("{ME}@contoh.social");
    let page = pass(&*source, &by_name, &mut cursor).await.unwrap();
    assert_eq!((page.items.len(), page.handle.as_deref()), (0, Some("wira_baru@contoh.social")));
    let nowhere = account("mastodon", "wira", "");
    let error = pass(&*source, &nowhere, &mut Cursor::start()).await.unwrap_err();
    assert!(matches!(error, SourceError::Permanent { .. }) && error.chain().contains("NUMBER@SERVER"));
}

#[tokio::test]
async fn statuses_of_http_say_what_to_do() {
    let reset = [
        ("date", "Wed, 14 Oct 2026 19:04:00 GMT"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "2026-10-14T19:05:00.264888Z"),
    ];
    let (_, source) = always(reply(429, &reset, r#"{"error":"Too many requests"}"#)).await;
    let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Transient { retry_after: Some(wait), .. } if wait.as_secs() == 61),
        "{}",
        error.chain()
    );
    let (_, source) = always(reply(503, &[], "<html>")).await;
    assert!(matches!(pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err(), SourceError::Transient { .. }));
    for body in ["<html>", "", "{}", r#"{"id":7}"#] {
        let (_, source) = with_statuses(reply(200, &[], body)).await;
        let error = pass(&*source, &me(), &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Malformed { .. }), "{body}: {}", error.chain());
    }
    let (_, source) = with_statuses(reply(200, &reset, "[]")).await;
    assert_eq!(pass(&*source, &me(), &mut Cursor::start()).await.unwrap().wait.unwrap().as_secs(), 61);
}
