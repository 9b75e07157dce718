//! The rest of the workbench: groups of copies, practice, search, kept filters, files.

use netral::store::Program;

use super::*;
use crate::groups::{CALL, post};
use crate::support;

/// A group of so many copies of one call, one of which names its author.
async fn copies(world: &World, n: usize) -> String {
    let program: Program = world.db.store.active_program().await.unwrap().unwrap();
    let activities = (0..n).map(|i| post(world.account, &format!("salinan{i}"), CALL)).collect();
    support::keep(&world.db.store, &program, activities).await;
    let group: uuid::Uuid = sqlx::query_scalar(
        "select h.group_id from hit h join activity a using (account_id, activity_id) where a.external_id = 'salinan0'",
    )
    .fetch_one(world.db.store.pool())
    .await
    .unwrap();
    name_author(world, "salinan0").await;
    format!("/groups/{group}")
}

fn together(group: &Answer) -> Vec<Value> {
    let members = group.body["members"].as_array().unwrap();
    members.iter().filter(|m| m["together"] == true).map(|m| m["hit_id"].clone()).collect()
}

#[tokio::test]
async fn a_group_names_nobody_whoever_looks() {
    let world = world().await;
    let group = copies(&world, 4).await;
    let one = Client::of(&world, "peninjau1").await;
    let waits = one.get("/queue?part=all").await;
    let row = waits.body["items"].as_array().unwrap().iter().find(|i| i["copies"].is_object()).unwrap();
    assert_eq!(
        (&row["copies"]["others"], row["copies"]["group_id"].as_str()),
        (&json!(3), group.strip_prefix("/groups/"))
    );
    for login in ["peninjau1", "auditor", "ketua"] {
        let seen = Client::of(&world, login).await.get(&group).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text);
        assert_eq!(seen.body["members"].as_array().unwrap().len(), 4);
        assert_eq!(seen.body["post"]["fields"][0]["field"], "text");
        let own: Vec<_> = seen.body["members"].as_array().unwrap().iter().filter_map(|m| m["words"].as_str()).collect();
        assert!(own.len() == 1 && own[0].contains("▇▇▇"), "{own:?}");
        names_nobody(&world, &seen);
    }
    assert_eq!(kinds(&world, "^group.viewed$").await.len(), 3);
    // Whoever decides nothing closes nothing, and is not told what others might.
    let auditor = Client::of(&world, "auditor").await;
    let seen = auditor.get(&group).await;
    assert_eq!((&seen.body["together"], together(&seen).len()), (&json!(0), 0));
    assert!(seen.body["members"].as_array().unwrap().iter().all(|m| m["apart"].is_null()));
    for act in ["next", "close", "undo"] {
        auditor.post(&format!("{group}/{act}"), json!({})).await.is(403, "role-forbidden");
    }

    let next = one.post(&format!("{group}/next"), Value::Null).await;
    assert!(next.body["hit_id"].is_string() && next.body["held_until"].is_string(), "{}", next.text);
    let held = one.get(&format!("/hits/{}", next.body["hit_id"].as_str().unwrap())).await;
    assert_eq!((&held.body["blind"], &held.body["standing"]), (&json!(true), &json!("mine")));
    assert_eq!((&held.body["copies"]["others"], &held.body["copies"]["waiting"]), (&json!(3), &json!(3)));
    let nowhere = format!("/groups/{}", uuid::Uuid::nil());
    one.get(&nowhere).await.is(404, "not-found");
    one.post(&format!("{nowhere}/next"), Value::Null).await.is(404, "not-found");
}

#[tokio::test]
async fn a_stroke_closes_what_was_named_once_and_is_taken_back_whole() {
    let world = world().await;
    let group = copies(&world, 12).await;
    let one = Client::of(&world, "peninjau1").await;
    let seen = one.get(&group).await;
    let hits = together(&seen);
    assert!(hits.len() >= 2);
    assert_eq!(seen.body["together"], hits.len());
    let (close, undo) = (format!("{group}/close"), format!("{group}/undo"));
    let stroke = |reason: &str, hits: &[Value]| json!({ "reason": reason, "hits": hits });
    // Another outcome's reason, nothing named, too much named, a hit of another group: nothing happens.
    let wrong = one.post(&close, stroke("dukungan", &hits)).await;
    assert_eq!(wrong.is(422, "invalid").body["errors"][0]["field"], "reason");
    one.post(&close, stroke("informasi_berita", &[])).await.is(422, "invalid");
    one.post(&close, stroke("informasi_berita", &vec![hits[0].clone(); 201])).await.is(422, "invalid");
    let other = [json!(world.hit("post"))];
    one.post(&close, stroke("informasi_berita", &other)).await.is(409, "nothing-to-close");
    let nowhere = format!("/groups/{}/close", uuid::Uuid::nil());
    one.post(&nowhere, stroke("informasi_berita", &hits)).await.is(404, "not-found");
    assert_eq!(world.count("decision").await, 0);

    let done = one.keyed("tutup-1", &close, stroke("informasi_berita", &hits)).await;
    assert_eq!(done.status, StatusCode::CREATED, "{}", done.text);
    assert_eq!((&done.body["hits"], &done.body["left"]), (&json!(hits.len()), &json!(0)));
    let again = one.keyed("tutup-1", &close, stroke("informasi_berita", &hits)).await;
    assert_eq!((again.text.as_str(), again.header("idempotency-replayed")), (done.text.as_str(), "true"));
    one.post(&close, stroke("informasi_berita", &hits)).await.is(409, "nothing-to-close");
    assert_eq!(world.count("decision").await, i64::try_from(hits.len()).unwrap());
    assert_eq!(one.get(&group).await.body["undo"]["bulk_id"], done.body["bulk_id"]);

    let back = json!({ "bulk_id": done.body["bulk_id"] });
    let two = Client::of(&world, "peninjau2").await;
    two.post(&undo, back.clone()).await.is(409, "undo-too-late");
    let reopened = one.post(&undo, back.clone()).await;
    assert_eq!((&reopened.body["hits"], &reopened.body["left"]), (&json!(hits.len()), &json!(0)), "{}", reopened.text);
    assert_eq!(world.count("hit where state = 'decided'").await, 0);
    assert_eq!(kinds(&world, "^group[.](closed|reopened)$").await, ["group.closed", "group.reopened"]);
}

#[tokio::test]
async fn practice_is_blind_and_no_decision() {
    let world = world().await;
    let hit = world.hit("post");
    name_author(&world, "post").await;
    let (one, two) = (Client::of(&world, "peninjau1").await, Client::of(&world, "peninjau2").await);
    let lead = Client::of(&world, "ketua").await;
    one.post(&hit_path(hit, "claim"), Value::Null).await;
    assert_eq!(one.post(&hit_path(hit, "decision"), dismissal()).await.status, StatusCode::CREATED);
    let note = json!({ "note": "Ini berita Orang Uji 1." });
    one.post(&hit_path(hit, "golden"), note.clone()).await.is(403, "role-forbidden");
    lead.post(&hit_path(hit, "golden"), json!({ "note": "x" })).await.is(422, "invalid");
    lead.post(&hit_path(world.hit("long"), "golden"), note.clone()).await.is(409, "not-fit");
    lead.post(&hit_path(HitId(uuid::Uuid::nil()), "golden"), note.clone()).await.is(404, "not-found");
    assert_eq!(lead.post(&hit_path(hit, "golden"), note).await.status, StatusCode::NO_CONTENT);
    let before = world.count("decision").await;

    let next = two.get("/golden/next").await;
    let id = next.body["golden_id"].as_str().unwrap().to_owned();
    let seen = two.get(&format!("/golden/{id}")).await;
    assert_eq!(seen.body["answer"], Value::Null);
    assert!(seen.text.contains("Sena-Ruwaida"), "{}", seen.text);
    assert!(!seen.text.contains("Ini berita"), "{}", seen.text);
    names_nobody(&world, &seen);
    let answer = two.keyed("latihan-1", &format!("/golden/{id}/answer"), json!({ "outcome": "dugaan" })).await;
    let told = json!({ "said": "dugaan", "known": "bukan_dugaan", "same": false, "why": "Ini berita ▇▇▇." });
    assert_eq!(answer.body, told);
    // The first word counts.
    assert_eq!(two.post(&format!("/golden/{id}/answer"), json!({ "outcome": "bukan_dugaan" })).await.body, told);
    assert_eq!(two.get(&format!("/golden/{id}")).await.body["answer"], told);
    assert_eq!(two.get("/golden/next").await.body["golden_id"], Value::Null);
    assert_eq!(world.count("golden_reading").await, 1);
    assert_eq!(world.count("decision").await, before);

    // Whoever decided it, or marked it, is no test of it.
    for client in [&one, &lead] {
        assert_eq!(client.get("/golden/next").await.body["golden_id"], Value::Null);
        client.get(&format!("/golden/{id}")).await.is(404, "not-found");
        client.post(&format!("/golden/{id}/answer"), json!({ "outcome": "dugaan" })).await.is(404, "not-found");
    }
    let listed = lead.get("/quality").await;
    assert_eq!(listed.body["golden"][0]["golden_id"], id);
    assert_eq!(listed.body["golden"][0]["right"], Value::Null, "fewer than five");
    two.post(&format!("/golden/{id}/retire"), Value::Null).await.is(403, "role-forbidden");
    assert_eq!(lead.post(&format!("/golden/{id}/retire"), Value::Null).await.status, StatusCode::NO_CONTENT);
    lead.post(&format!("/golden/{id}/retire"), Value::Null).await.is(404, "not-found");
    assert_eq!(kinds(&world, "^golden").await, ["golden.marked", "golden.read", "golden.retired"]);
}

#[tokio::test]
async fn a_search_tells_nobodys_name_and_is_in_the_ledger() {
    let world = world().await;
    name_author(&world, "post").await;
    sqlx::query(
        "update hit set words = to_tsvector('simple', a.text) from activity a
         where a.activity_id = hit.activity_id and a.external_id = 'post'",
    )
    .execute(world.db.store.pool())
    .await
    .unwrap();
    let one = Client::of(&world, "peninjau1").await;
    let search = async |client: &Client, text: &str| client.post("/hits/search", json!({ "text": text })).await;
    let found = search(&one, "pilih SENA").await;
    assert_eq!(found.body["items"][0]["hit_id"], json!(world.hit("post")));
    assert_eq!((&found.body["items"][0]["blind"], &found.body["items"][0]["state"]), (&json!(true), &json!("open")));
    names_nobody(&world, &found);
    let number = world.hit("like").to_string();
    assert_eq!(search(&one, &number).await.body["items"][0]["hit_id"], number);
    // A name that is covered finds nothing for whoever has not decided.
    for text in ["uji1.contoh.example", "198501012010011001", "Orang Uji"] {
        assert_eq!(search(&one, text).await.body, json!({ "items": [] }), "{text}");
    }
    let auditor = Client::of(&world, "auditor").await;
    let open = search(&auditor, "orang uji").await;
    assert_eq!((&open.body["items"][0]["blind"], open.text.contains("Orang Uji 1")), (&json!(false), true));
    for empty in ["", " \n "] {
        assert_eq!(search(&one, empty).await.is(422, "invalid").body["errors"][0]["code"], "search-empty");
    }
    search(&one, &"x".repeat(101)).await.is(422, "invalid");
    search(&Client::of(&world, "katakunci").await, "Sena").await.is(403, "role-forbidden");
    assert_eq!(kinds(&world, "^search.done$").await.len(), 6);
    let detail: String = sqlx::query_scalar("select string_agg(detail, '') from ledger where kind = 'search.done'")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert!(!detail.contains("Orang") && !detail.contains("SENA"), "{detail}");
    // It changes nothing, so that nothing is kept under a key.
    one.keyed("cari-1", "/hits/search", json!({ "text": "Sena" })).await;
    assert_eq!(world.count("api_answer").await, 0);
}

#[tokio::test]
async fn filters_are_kept_as_on_the_page_and_for_their_owner_alone() {
    let world = world().await;
    let one = Client::of(&world, "peninjau1").await;
    assert_eq!(one.get("/queue/views").await.body, json!({ "items": [] }));
    let keep = |name: &str, query: &str| json!({ "name": name, "query": query });
    let kept = one.keyed("tampilan-1", "/queue/views", keep(" Suka\n saya", "tindakan=like#x y")).await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT, "{}", kept.text);
    one.keyed("tampilan-1", "/queue/views", keep("lain", "tindakan=like")).await.is(422, "key-reused");
    let view = keep("Suka saya", "tindakan=likexy");
    assert_eq!(one.get("/queue/views").await.body["items"], json!([view]));
    let mut browser = world.login("peninjau1").await;
    browser.get("/antrean").await.has("Suka saya");
    browser.post("/antrean/tampilan", &[("nama", "Gambar"), ("saringan", "huruf=C.2.f")]).await;
    one.post("/queue/views", keep("Suka saya", "tindakan=share")).await;
    let both = json!([keep("Gambar", "huruf=C.2.f"), keep("Suka saya", "tindakan=share")]);
    assert_eq!(one.get("/queue/views").await.body["items"], both);
    assert_eq!(Client::of(&world, "ketua").await.get("/queue/views").await.body["items"], json!([]));

    let empty = one.post("/queue/views", keep(" \n", "##")).await;
    let fields: Vec<_> = empty.is(422, "invalid").body["errors"].as_array().unwrap().iter().collect();
    assert_eq!((&fields[0]["field"], &fields[1]["field"]), (&json!("name"), &json!("query")));
    one.post("/queue/views", keep(&"x".repeat(61), "a=b")).await.is(422, "invalid");
    one.post("/queue/views", keep("x", &"a".repeat(501))).await.is(422, "invalid");
    for _ in 0..2 {
        let gone = one.post("/queue/views/remove", json!({ "name": "Suka saya" })).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(world.count("saved_view").await, 1);
    let auditor = Client::of(&world, "auditor").await;
    assert_eq!(auditor.get("/queue/views").await.status, StatusCode::OK);
    auditor.post("/queue/views", keep("x", "a=b")).await.is(403, "role-forbidden");
}

#[tokio::test]
async fn a_screenshot_is_for_reviewers_once_a_second_person_confirmed_it() {
    let world = world().await;
    let operator = Client::of(&world, "operator").await;
    let picture = data_encoding::BASE64.encode(b"\x89PNG\r\n\x1a\nisi");
    let mut tip = json!({
        "person": "P001", "text": "Ayo pilih nomor 2", "reporter": "Warga Uji", "channel": "surat",
        "seen_at": "2026-01-02T03:04:05Z",
    });
    let bare = operator.post("/tips", tip.clone()).await.body["tip_id"].as_str().unwrap().to_owned();
    tip["picture"] = json!(picture);
    let id = operator.post("/tips", tip).await.body["tip_id"].as_str().unwrap().to_owned();
    let path = format!("/tips/{id}/picture");
    let shown = json!({ "media_type": "image/png", "content": picture });
    assert_eq!(operator.get(&path).await.body, shown);
    operator.get(&format!("/tips/{bare}/picture")).await.is(404, "not-found");
    operator.get(&format!("/tips/{}/picture", uuid::Uuid::nil())).await.is(404, "not-found");
    let one = Client::of(&world, "peninjau1").await;
    one.get(&path).await.is(404, "not-found");
    Client::of(&world, "katakunci").await.get(&path).await.is(403, "role-forbidden");
    sqlx::query(
        "update tip set confirmed_by = 'verifikator', confirmed_at = now(), account_id = $1, external_id = 'post'
         where tip_id = $2::uuid",
    )
    .bind(world.account.0)
    .bind(&id)
    .execute(world.db.store.pool())
    .await
    .unwrap();
    assert_eq!(one.get(&path).await.body, shown);
    assert_eq!(kinds(&world, "^tip.viewed$").await.len(), 2);
}

#[tokio::test]
async fn what_came_with_an_answer_ends_the_blind_look_of_whoever_may_decide() {
    let world = world().await;
    let hit = world.hit("post");
    for login in ["peninjau1", "peninjau2"] {
        let client = Client::of(&world, login).await;
        client.post(&hit_path(hit, "claim"), Value::Null).await;
        assert_eq!(client.post(&hit_path(hit, "decision"), suspicion()).await.status, StatusCode::CREATED);
    }
    let operator = Client::of(&world, "operator").await;
    let id = operator.get("/clarifications").await.body["items"][0]["clarification_id"].as_str().unwrap().to_owned();
    let path = format!("/clarifications/{id}/attachment");
    operator.get(&path).await.is(404, "not-found");
    operator.get(&format!("/clarifications/{}/attachment", uuid::Uuid::nil())).await.is(404, "not-found");
    let letter = data_encoding::BASE64.encode(b"%PDF-1.7 isi");
    let answer = json!({ "outcome": "diakui", "answer": "Jawaban tertulis tanggal dua.", "attachment": letter });
    let taken = operator.post(&format!("/clarifications/{id}/answer"), answer).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.text);
    let file = json!({ "media_type": "application/pdf", "content": letter });
    assert_eq!(operator.get(&path).await.body, file);
    Client::of(&world, "peninjau1").await.get(&path).await.is(403, "role-forbidden");
    let lead = Client::of(&world, "ketua").await;
    assert_eq!(lead.get(&format!("/hits/{hit}")).await.body["blind"], true);
    assert_eq!(lead.get(&path).await.body, file);
    assert_eq!(lead.get(&format!("/hits/{hit}")).await.body["blind"], false);
    assert_eq!(kinds(&world, "^clarification.viewed$").await.len(), 3, "the lead's look is one at the question, too");
}
