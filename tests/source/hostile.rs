//! What Bluesky's servers may answer when they do not answer as promised, and what an operator is told then.

use netral::source::{AccountState, Cursor, SourceError};
use serde_json::{Value, json};

use super::repos::{ME, Repos};
use super::server::{Reply, Request, Server, head, json as json_reply, reply};
use super::{account, pass, source_at};

/// Reads an account whose server answers every `listRecords` with `answer`.
async fn list_answers(answer: Reply) -> SourceError {
    let (_, server) =
        Repos::start_with(move |_, request| request.path.ends_with("listRecords").then(|| answer.clone())).await;
    read(&server, ME).await
}

/// Reads an account whose DID document is `answer`.
async fn directory_answers(answer: Reply) -> SourceError {
    let (_, server) =
        Repos::start_with(move |_, request| request.path.starts_with("/did:").then(|| answer.clone())).await;
    read(&server, ME).await
}

async fn read(server: &Server, did: &str) -> SourceError {
    let error = pass(
        &*source_at("bluesky", &server.url(), |_| {}),
        &account("bluesky", "saya.example", did),
        &mut Cursor::start(),
    )
    .await;
    let error = error.unwrap_err();
    assert!(!error.chain().contains("rahasia"), "{}", error.chain());
    error
}

fn xrpc_error(status: u16, name: &str, message: &str) -> Reply {
    reply(status, &[("content-type", "application/json")], json!({ "error": name, "message": message }).to_string())
}

#[tokio::test]
async fn an_account_that_is_not_shown_is_unavailable_and_never_deleted() {
    for (status, name, message, expected) in [
        (400, "InvalidRequest", "Could not find repo: did:plc:x", AccountState::NotFound),
        (400, "RepoNotFound", "rahasia", AccountState::NotFound),
        (404, "RepoNotFound", "", AccountState::NotFound),
        (400, "RepoTakendown", "", AccountState::Suspended),
        (400, "AccountTakedown", "Account has been suspended", AccountState::Suspended),
        (400, "RepoSuspended", "", AccountState::Suspended),
        (400, "RepoDeactivated", "", AccountState::Deactivated),
        (400, "AccountDeactivated", "Account is deactivated", AccountState::Deactivated),
    ] {
        let error = list_answers(xrpc_error(status, name, message)).await;
        let SourceError::Unavailable { state, .. } = &error else { panic!("{name}: {}", error.chain()) };
        assert_eq!(*state, expected, "{name}");
    }
}

#[tokio::test]
async fn wrong_requests_are_permanent_and_servers_faults_are_not() {
    for (status, name) in [
        (400, "InvalidRequest"),
        (401, "AuthMissing"),
        (403, "Forbidden"),
        (404, "XRPCNotSupported"),
        (418, "rahasia rahasia"),
    ] {
        let error = list_answers(xrpc_error(status, name, "rahasia")).await;
        assert!(matches!(error, SourceError::Permanent { .. }), "{status}: {}", error.chain());
    }
    for status in [408, 429, 500, 501, 502, 503, 504, 599] {
        for answer in [xrpc_error(status, "InternalServerError", "rahasia"), reply(status, &[], "<html>rahasia</html>")]
        {
            let error = list_answers(answer).await;
            assert!(matches!(error, SourceError::Transient { retry_after: None, .. }), "{status}: {}", error.chain());
        }
    }
}

#[tokio::test]
async fn how_long_to_wait_is_passed_on() {
    let date = ("date", "Tue, 25 Sep 2029 03:00:00 GMT");
    for (headers, seconds) in [
        (vec![("retry-after", "17")], 17),
        (vec![date, ("retry-after", "Tue, 25 Sep 2029 03:02:00 GMT")], 120),
        (vec![("retry-after", "999999999999999999999")], 86_400),
        (vec![date, ("ratelimit-remaining", "0"), ("ratelimit-reset", "1885000000")], 400),
        (vec![("ratelimit-remaining", "0"), ("ratelimit-reset", "40")], 40),
    ] {
        let error = list_answers(reply(429, &headers, "{}")).await;
        let SourceError::Transient { retry_after: Some(wait), .. } = &error else {
            panic!("{headers:?}: {}", error.chain())
        };
        assert_eq!(wait.as_secs(), seconds, "{headers:?}");
    }
    // A success that used the limit up says so, too.
    let limit = [("ratelimit-remaining", "0"), ("ratelimit-reset", "33")];
    let (_, server) = Repos::start_with(move |_, request| {
        request.path.ends_with("listRecords").then(|| reply(200, &limit, r#"{"records":[]}"#))
    })
    .await;
    let page = pass(&*source_at("bluesky", &server.url(), |_| {}), &account("bluesky", "", ME), &mut Cursor::start())
        .await
        .unwrap();
    assert_eq!(page.wait.unwrap().as_secs(), 33);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_malformed() {
    let html =
        list_answers(reply(200, &[("content-type", "text/html")], "\n<!doctype html><html>rahasia</html>")).await;
    assert!(html.chain().contains("HTML"), "{}", html.chain());
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "{\"records\":7}",
        "{\"records\":[",
        "{\"records\":[]} x",
        "{\"records\":{}}",
        "\u{feff}{\"records\":[]}",
        "{\"records\":[\"rahasia",
        "NaN",
        "{\"records\":[],\"cursor\":7}",
    ] {
        let error = list_answers(reply(200, &[], body)).await;
        assert!(matches!(error, SourceError::Malformed { .. }), "{body}: {}", error.chain());
    }
    let not_utf8 = list_answers(reply(200, &[], b"{\"records\":[{\"x\":\"\xff\xfe\"}]}")).await;
    assert!(matches!(not_utf8, SourceError::Malformed { .. }), "{}", not_utf8.chain());
    for strange in [reply(204, &[], ""), reply(206, &[], "{}"), reply(304, &[], "")] {
        assert!(matches!(list_answers(strange).await, SourceError::Permanent { .. }));
    }
}

#[tokio::test]
async fn lost_and_slow_connections_are_transient() {
    let half = [&head(200, &[], "content-length: 1000")[..], b"{\"records\":["].concat();
    for answer in [
        Reply::Hang,
        Reply::Reset(half.clone()),
        Reply::Bytes(half),
        Reply::Slow(head(200, &[], "content-length: 9999")),
    ] {
        let error = list_answers(answer).await;
        assert!(matches!(error, SourceError::Transient { .. }), "{}", error.chain());
    }
    let endless = list_answers(Reply::Endless(head(200, &[], "transfer-encoding: chunked"))).await;
    assert!(matches!(endless, SourceError::Permanent { .. }), "{}", endless.chain());
}

#[tokio::test]
async fn a_did_document_is_not_believed() {
    let document = |service: Value| json_reply(&json!({ "id": ME, "service": service }));
    let pds = |endpoint: &str| document(json!([{ "type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint }]));
    for (answer, expected) in [
        (reply(404, &[], r#"{"message":"DID not registered: did:plc:x"}"#), "not_found"),
        (reply(410, &[], r#"{"message":"DID not available"}"#), "not_found"),
        (document(json!([])), "deactivated"),
        (pds("bukan alamat"), "deactivated"),
    ] {
        let error = directory_answers(answer).await;
        assert!(
            matches!(error, SourceError::Unavailable { state, .. } if state.as_str() == expected),
            "{}",
            error.chain()
        );
    }
    for endpoint in [
        "http://169.254.169.254/",
        "http://localhost:1/",
        "http://[::1]:1/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "http://0x7f000001:1/",
        "javascript:alert(1)",
    ] {
        let error = directory_answers(pds(endpoint)).await;
        assert!(matches!(error, SourceError::Permanent { .. }), "{endpoint}: {}", error.chain());
    }
    for answer in [
        json_reply(&json!({ "id": "did:plc:lain", "service": [] })),
        reply(200, &[], "<html>"),
        reply(200, &[], "{}"),
        reply(200, &[], "null"),
    ] {
        let error = directory_answers(answer).await;
        assert!(matches!(error, SourceError::Malformed { .. }), "{}", error.chain());
    }
    let error = directory_answers(reply(503, &[("retry-after", "5")], "")).await;
    assert!(matches!(error, SourceError::Down { retry_after, .. } if retry_after.as_secs() == 5), "{}", error.chain());
}

#[tokio::test]
async fn a_handle_that_leads_nowhere_is_said_so() {
    let answers = |body: &'static str, status| {
        move |_: &Repos, request: &Request| request.path.ends_with("resolveHandle").then(|| reply(status, &[], body))
    };
    let (_, unknown) =
        Repos::start_with(answers(r#"{"error":"InvalidRequest","message":"Unable to resolve handle"}"#, 400)).await;
    assert!(matches!(read(&unknown, "").await, SourceError::Unavailable { state: AccountState::NotFound, .. }));
    for body in [r#"{"did":"bukan"}"#, r#"{"did":7}"#, "{}", "<html>", r#"{"did":"did:plc:../../x"}"#] {
        let (_, server) = Repos::start_with(answers(body, 200)).await;
        let error = read(&server, "").await;
        assert!(matches!(error, SourceError::Malformed { .. }), "{body}: {}", error.chain());
    }
}

#[tokio::test]
async fn cursors_from_elsewhere_start_anew() {
    let (_, server) = Repos::start().await;
    let source = source_at("bluesky", &server.url(), |_| {});
    for text in [
        "",
        "x",
        "null",
        "{}",
        "{\"at\":99}",
        "{\"at\":-1}",
        "{\"pds\":\"x\"}",
        "{\"etag\":\"a\",\"seen\":[]}",
        "[1]",
        "\u{0}",
    ] {
        assert!(pass(&*source, &account("bluesky", "", ME), &mut Cursor::from_text(text)).await.is_ok(), "{text}");
    }
}
