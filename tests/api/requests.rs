//! Requests as such: repeated ones, odd ones, refusals as documents, pages of lists.

use super::*;

#[tokio::test]
async fn the_same_request_with_the_same_key_is_done_once() {
    let world = world().await;
    let hit = world.hit("post");
    let one = Client::of(&world, "peninjau1").await;
    one.post(&hit_path(hit, "claim"), Value::Null).await;
    let decision = hit_path(hit, "decision");
    let first = one.keyed("k-1", &decision, suspicion()).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.header("idempotency-replayed"), "");
    for key in ["k-1", "\"k-1\""] {
        let again = one.keyed(key, &decision, suspicion()).await;
        assert_eq!((again.status, &again.text), (first.status, &first.text));
        assert_eq!(again.header("idempotency-replayed"), "true");
    }
    assert_eq!(world.count("decision").await, 1);
    // Without the key it is another request.
    one.post(&decision, suspicion()).await.is(409, "not-held");
    one.keyed("k-1", &decision, dismissal()).await.is(422, "key-reused");
    one.keyed("k-1", &hit_path(hit, "undo"), Value::Null).await.is(422, "key-reused");
    // A key is its token's own.
    let two = Client::of(&world, "peninjau2").await;
    let theirs = two.keyed("k-1", &decision, suspicion()).await;
    assert_eq!(theirs.header("idempotency-replayed"), "");
    theirs.is(409, "not-held");
    // A refusal is an answer, too, words and all.
    let refused = two.keyed("k-1", &decision, suspicion()).await;
    assert_eq!(refused.header("idempotency-replayed"), "true");
    refused.is(409, "not-held");
    let done = one.keyed("k-2", &hit_path(hit, "release"), Value::Null).await;
    let again = one.keyed("k-2", &hit_path(hit, "release"), Value::Null).await;
    assert_eq!((done.status, again.status, again.text.as_str()), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT, ""));
    for bad in ["", "a b", &"x".repeat(256)] {
        one.keyed(bad, &hit_path(hit, "release"), Value::Null).await.is(400, "bad-key");
    }
    // What only reads keeps nothing: its answer names people.
    let operator = Client::of(&world, "operator").await;
    let before = world.count("api_answer").await;
    for _ in 0..2 {
        let found = operator.keyed("k-3", "/register/persons/search", json!({ "text": "Orang" })).await;
        assert_eq!(found.body["items"].as_array().unwrap().len(), 3);
        assert_eq!(found.header("idempotency-replayed"), "");
    }
    assert_eq!(world.count("api_answer").await, before);
}

#[tokio::test]
async fn a_key_is_held_while_its_request_is_answered_and_a_fault_gives_it_back() {
    let world = world().await;
    let one = Client::of(&world, "peninjau1").await;
    let pool = world.db.store.pool();
    // Forty at once: one is done, the others wait their turn or get its answer.
    let asked = (0..40).map(|_| one.keyed("k", "/queue/next", Value::Null));
    let answers = futures::future::join_all(asked).await;
    let mut hits: Vec<_> = answers.iter().filter(|a| a.status == StatusCode::OK).map(|a| a.text.clone()).collect();
    assert!(answers.iter().all(|a| a.status == StatusCode::OK || a.code() == "key-in-flight"));
    hits.dedup();
    assert_eq!(hits.len(), 1);
    let held: i64 =
        sqlx::query_scalar("select count(*) from hit where claimed_by is not null").fetch_one(pool).await.unwrap();
    assert_eq!(held, 1);

    // Cut off without an answer: free again after a minute, for the same request.
    sqlx::query("update api_answer set status = null, body = null").execute(pool).await.unwrap();
    one.keyed("k", "/queue/next", Value::Null).await.is(409, "key-in-flight");
    sqlx::query("update api_answer set begun_at = now() - interval '61 seconds'").execute(pool).await.unwrap();
    assert_eq!(one.keyed("k", "/queue/next", Value::Null).await.status, StatusCode::OK);
    // After a day the key is nobody's.
    sqlx::query("update api_answer set begun_at = now() - interval '25 hours'").execute(pool).await.unwrap();
    assert_eq!(
        one.keyed("k", "/conflicts", json!({ "person": "P001", "relation": "saudara" })).await.status,
        StatusCode::NO_CONTENT
    );
    sqlx::query("update api_answer set begun_at = now() - interval '25 hours'").execute(pool).await.unwrap();
    world.db.store.forget("system").await.unwrap();
    assert_eq!(world.count("api_answer").await, 0);

    // A fault is no answer.
    sqlx::query("alter table conflict_of_interest rename to away").execute(pool).await.unwrap();
    let note = json!({ "person": "P002", "relation": "saudara" });
    one.keyed("f", "/conflicts", note.clone()).await.is(500, "internal");
    sqlx::query("alter table away rename to conflict_of_interest").execute(pool).await.unwrap();
    assert_eq!(one.keyed("f", "/conflicts", note).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn refusals_are_documents_in_two_languages() {
    let world = world().await;
    let one = Client::of(&world, "peninjau1").await;
    for (language, title) in [
        ("en", "There is nothing here"),
        ("id", "Tidak ada apa-apa di sini"),
        ("fr, en;q=0.1", "There is nothing here"),
    ] {
        let answer = one.ask(Method::GET, "/nirwana", None, &[("accept-language", language)]).await;
        answer.is(404, "not-found");
        assert_eq!(answer.body["type"], "urn:netral:problem:not-found");
        assert_eq!((&answer.body["title"], &answer.body["status"]), (&json!(title), &json!(404)));
        assert_eq!(
            answer.header("content-language"),
            if title.starts_with('T') && title.contains("nothing") { "en" } else { "id" }
        );
    }
    let wrong = one.ask(Method::POST, "/queue", None, &[]).await;
    wrong.is(405, "method-not-allowed");
    let request = |kind: &str, body: &str| {
        Request::post(format!("{API_BASE}/text-trials"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    one.send(request("text/plain", "{}")).await.is(415, "unsupported-media-type");
    one.send(request("application/json", "{")).await.is(400, "bad-request");
    one.send(request("application/json; charset=utf-8", "{\"text\": 7}")).await.is(422, "invalid");
    one.send(request("application/json", "{\"teks\": \"x\"}")).await.is(422, "invalid");
    one.send(request("application/json", &format!("{{\"text\": \"{}\"}}", "x".repeat(300_000))))
        .await
        .is(413, "too-large");
    one.get("/queue?huruf=C.2.e").await.is(400, "bad-request");
    one.get("/queue?verb=menari").await.is(400, "bad-request");
    one.get("/queue?clause=%00").await.is(400, "bad-request");
    one.get("/queue/counts?x=1").await.is(400, "bad-request");
    one.post("/queue/next", json!({ "x": 1 })).await.is(400, "bad-request");
    world.db.store.pool().close().await;
    let away = one.get("/queue").await;
    away.is(503, "unavailable");
    assert!(!away.text.contains("pool"), "{}", away.text);
}

#[tokio::test]
async fn pages_of_a_list_hold_still_while_rows_come_and_go() {
    let world = world().await;
    let auditor = Client::of(&world, "auditor").await;
    for path in [
        "/queue",
        "/ledger",
        "/register/persons",
        "/clarifications",
        "/conflicts",
        "/tips",
        "/keyword-sets/partai-2024/keywords",
    ] {
        for bad in ["x", "!!", "cXVldWU6eA", "%20"] {
            auditor.get(&format!("{path}?cursor={bad}")).await.is(400, "bad-cursor");
        }
        for bad in ["0", "101", "-1", "x"] {
            auditor.get(&format!("{path}?limit={bad}")).await.is(400, "bad-request");
        }
    }
    let all: Vec<Value> = auditor.get("/queue").await.body["items"].as_array().unwrap().clone();
    assert_eq!(all.len(), 6);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = auditor.get(&format!("/queue?limit=2{cursor}")).await;
        seen.extend(page.body["items"].as_array().unwrap().iter().map(|i| i["hit_id"].clone()));
        // One comes in before what was read: it doubles nothing.
        sqlx::query("update hit set urgent_at = urgent_at - interval '10 days' where hit_id = $1::uuid")
            .bind(all[0]["hit_id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap())
            .execute(world.db.store.pool())
            .await
            .unwrap();
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, all.iter().map(|i| i["hit_id"].clone()).collect::<Vec<_>>());
    // The whole chain, from its beginning.
    let length = auditor.get("/ledger").await.body["length"].as_i64().unwrap();
    let mut seqs = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = auditor.get(&format!("/ledger?limit=7{cursor}")).await;
        seqs.extend(page.body["items"].as_array().unwrap().iter().map(|i| i["seq"].as_i64().unwrap()));
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seqs, (1..=length).collect::<Vec<_>>());
    let persons = auditor.get("/register/persons?limit=2").await;
    let next = persons.body["next"].as_str().unwrap();
    assert!(
        !String::from_utf8_lossy(&data_encoding::BASE64URL_NOPAD.decode(next.as_bytes()).unwrap()).contains("Orang")
    );
    let rest = auditor.get(&format!("/register/persons?limit=2&cursor={next}")).await;
    assert_eq!((rest.body["items"][0]["name"].as_str(), rest.body["next"].as_str()), (Some("Orang Uji 3"), None));
}

#[tokio::test]
async fn the_document_is_open_and_the_same_everywhere() {
    let world = world().await;
    let served = Client::nobody(&world).get("/openapi.json").await;
    assert_eq!(served.status, StatusCode::OK);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_netral")).args(["api", "openapi"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), served.text);
    assert_eq!(served.body["openapi"], "3.1.0");
    let operations: usize =
        served.body["paths"].as_object().unwrap().values().map(|p| p.as_object().unwrap().len()).sum();
    assert_eq!(operations, api_table().len());
    for row in api_table() {
        let operation = &served.body["paths"][row.path][row.method.as_str().to_ascii_lowercase()];
        for status in &row.statuses {
            assert!(operation["responses"][status.as_str()].is_object(), "{} {} {status}", row.method, row.path);
        }
        let scope = row.scope.map(|s| s.as_str());
        assert_eq!(operation["security"][0]["token"].as_array().unwrap().first().and_then(Value::as_str), scope);
        for (_, _, role) in LOGINS {
            let listed = operation["x-roles"].as_array().unwrap().contains(&json!(role));
            assert_eq!(listed, row.who.includes(role), "{} {role}", row.path);
        }
    }
}
