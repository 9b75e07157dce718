//! What is not the queue: register, objections, lists, sources, tips, conflicts, figures.

use super::*;

#[tokio::test]
async fn the_register_is_read_and_every_look_at_a_person_is_in_the_ledger() {
    let world = world().await;
    let operator = Client::of(&world, "operator").await;
    let units = operator.get("/register/units").await;
    assert_eq!(units.body["items"][0]["name"], "Dinas Uji");
    let person = operator.get(&format!("/register/persons/{}", world.person)).await;
    assert_eq!(person.body["name"], "Orang Uji 1");
    assert_eq!(person.body["accounts"][0]["handle"], "uji1.contoh.example");
    operator.get(&format!("/register/persons/{}", uuid::Uuid::nil())).await.is(404, "not-found");
    let found = operator.post("/register/persons/search", json!({ "text": "uji 2\u{0}" })).await;
    assert_eq!(found.body["items"][0]["code"], "P002");
    let found = operator.post("/register/persons/search", json!({ "text": "UJI3.contoh" })).await;
    assert_eq!(found.body["items"][0]["code"], "P003");
    operator.post("/register/persons/search", json!({ "text": "x".repeat(101) })).await.is(422, "invalid");
    // Small cells are the operator's alone.
    assert_eq!(operator.get("/register").await.body["items"][0]["persons"], 3);
    let lead = Client::of(&world, "ketua").await;
    assert_eq!(lead.get("/register").await.body["items"][0]["persons"], Value::Null);
    assert_eq!(kinds(&world, "^person").await, ["person.viewed", "person.listed", "person.listed"]);

    world.db.store.object(world.account, "bukan akun saya", "operator").await.unwrap();
    let objections = operator.get("/objections").await;
    assert_eq!(objections.body["items"][0]["state"], "open");
    assert!(objections.body["items"][0]["due_at"].is_string());
    assert_eq!(kinds(&world, "^objection.listed").await.len(), 1);
}

#[tokio::test]
async fn tips_and_conflicts_go_the_way_of_their_forms() {
    let world = world().await;
    let operator = Client::of(&world, "operator").await;
    let tip = json!({
        "person": "P001", "text": "Ayo pilih nomor 2", "reporter": "Warga Uji", "channel": "surat",
        "seen_at": "2026-01-02T03:04:05.678901Z", "posted_at": "2026-01-01T00:00:00Z",
        "picture": data_encoding::BASE64.encode(b"\x89PNG\r\n\x1a\nisi"),
    });
    let with = |key: &str, value: Value| {
        let mut tip = tip.clone();
        tip[key] = value;
        tip
    };
    for (field, wrong) in [
        ("person", json!("P999")),
        ("seen_at", json!("2999-01-01T00:00:00Z")),
        ("posted_at", json!("2026-01-03T00:00:00Z")),
        ("posted_at", json!("-009999-01-03T00:00:00Z")),
        ("url", json!("javascript:1")),
        ("reporter", json!("x")),
        ("picture", json!(data_encoding::BASE64.encode(b"<svg>"))),
        ("text", json!("")),
    ] {
        let refused = operator.post("/tips", with(field, wrong.clone())).await;
        refused.is(422, "invalid");
        assert_eq!(refused.body["errors"][0]["field"], field, "{wrong}");
    }
    operator.post("/tips", with("picture", json!("bukan base64"))).await.is(422, "invalid");
    let entered = operator.keyed("tip-1", "/tips", tip.clone()).await;
    assert_eq!(entered.status, StatusCode::CREATED);
    assert_eq!(operator.keyed("tip-1", "/tips", tip.clone()).await.text, entered.text);
    assert_eq!(world.count("tip").await, 1);
    let id = entered.body["tip_id"].as_str().unwrap();
    let shown = operator.get(&format!("/tips/{id}")).await;
    assert_eq!((&shown.body["state"], &shown.body["seen_at"]), (&json!("waiting"), &tip["seen_at"]));
    assert_eq!(operator.get("/tips").await.body["items"][0]["tip_id"], id);

    let one = Client::of(&world, "peninjau1").await;
    // The same answer whoever is named.
    for person in ["P001", "P999"] {
        let note = json!({ "person": person, "relation": "saudara kandung" });
        assert_eq!(one.post("/conflicts", note).await.status, StatusCode::NO_CONTENT);
    }
    one.post("/conflicts", json!({ "person": "P001", "relation": "x" })).await.is(422, "invalid");
    let own = one.get("/conflicts").await;
    assert_eq!(own.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(own.body["items"][0]["person"], Value::Null, "one's own list names nobody");
    let id = own.body["items"][0]["conflict_id"].as_str().unwrap().to_owned();
    let lead = Client::of(&world, "ketua").await;
    assert_eq!(lead.get("/conflicts").await.body["items"][0]["person"], "Orang Uji 1");
    assert_eq!(one.get(&format!("/hits/{}", world.hit("post"))).await.body["standing"], "conflict");
    one.post(&format!("/conflicts/{id}/end"), Value::Null).await.is(403, "role-forbidden");
    assert_eq!(lead.post(&format!("/conflicts/{id}/end"), Value::Null).await.status, StatusCode::NO_CONTENT);
    lead.post(&format!("/conflicts/{id}/end"), Value::Null).await.is(404, "not-found");
}

#[tokio::test]
async fn lists_texts_sources_and_figures_are_read() {
    let world = world().await;
    let one = Client::of(&world, "peninjau1").await;
    let sets = one.get("/keyword-sets").await;
    let live = sets.body["items"].as_array().unwrap().iter().find(|s| s["id"] == "pilkada-uji").unwrap().clone();
    assert_eq!(live["live"]["number"], 1);
    let set = one.get("/keyword-sets/partai-2024").await;
    assert!(set.body["keywords"].as_u64().unwrap() > 10);
    one.get("/keyword-sets/tidak-ada").await.is(404, "not-found");
    let keywords = one.get("/keyword-sets/partai-2024/keywords?kind=party&limit=3").await;
    assert_eq!(keywords.body["items"].as_array().unwrap().len(), 3);
    assert!(keywords.body["next"].is_string());
    let trial = one.post("/text-trials", json!({ "text": "Pilih Sena", "date": "2029-10-10" })).await;
    assert_eq!(trial.body["findings"][0]["clause"]["id"], "C.2.e");
    assert_eq!(trial.body["findings"][0]["matches"][0]["surface"], "Sena");
    let empty = one.post("/text-trials", json!({})).await;
    assert_eq!(empty.is(422, "invalid").body["errors"][0]["code"], "try-empty");

    let sources = one.get("/sources").await;
    let bluesky =
        sources.body["items"].as_array().unwrap().iter().find(|s| s["platform"] == "bluesky").unwrap().clone();
    assert_eq!((&bluesky["accounts"], &bluesky["turned_away"]), (&json!(3), &json!(7)));
    let operator = Client::of(&world, "operator").await;
    assert_eq!(operator.get("/sources/bluesky").await.body["source"]["accounts"], 3);
    operator.get("/sources/tidak-ada").await.is(404, "not-found");

    let figures = one.get("/statistics").await;
    let cell = |table: &str, key: &str| {
        let found = figures.body[table].as_array().unwrap().iter().find(|c| c["key"] == key).cloned();
        found.unwrap_or_else(|| panic!("{table} {key}"))["count"].clone()
    };
    assert_eq!(cell("hits_by_state", "open"), 6);
    // One hit of C.2.f: fewer than five; and with it goes the one that it could be told from.
    assert_eq!((cell("hits_by_clause", "C.2.f"), cell("hits_by_clause", "C.2.e")), (Value::Null, Value::Null));
}
