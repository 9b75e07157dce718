//! The review workbench without a page: blind, by two, with a way back.

use super::*;

#[tokio::test]
async fn a_blind_answer_names_nobody_and_no_side() {
    let world = world().await;
    name_author(&world, "post").await;
    let hit = world.hit("post");
    let one = Client::of(&world, "peninjau1").await;
    assert_eq!(one.post(&hit_path(hit, "claim"), Value::Null).await.status, StatusCode::OK);
    let seen = one.get(&format!("/hits/{hit}")).await;
    assert_eq!(seen.body["blind"], true);
    assert_eq!(seen.body["standing"], "mine");
    assert!(seen.text.contains("▇▇▇"));
    let queue = one.get("/queue?part=all").await;
    assert_eq!(queue.body["items"].as_array().unwrap().len(), 6);
    names_nobody(&world, &seen);
    names_nobody(&world, &queue);
    assert!(!seen.text.contains("\"verdict\""), "{}", seen.text);
    // A look is in the ledger, whichever way it is taken.
    assert_eq!(kinds(&world, "^hit.viewed$").await.len(), 1);
    one.post(&hit_path(hit, "unmask"), json!({ "note": "" })).await.is(422, "invalid");
    let done = one.post(&hit_path(hit, "unmask"), json!({ "note": "Nama sama dengan calon." })).await;
    assert_eq!((done.status, done.text.as_str()), (StatusCode::NO_CONTENT, ""));
    let seen = one.get(&format!("/hits/{hit}")).await;
    assert_eq!(seen.body["person"]["name"], "Orang Uji 1");
    assert_eq!(seen.body["finding"]["sides"][0]["id"], "sena-ruwaida");
    assert_eq!(one.post(&hit_path(hit, "decision"), dismissal()).await.status, StatusCode::CREATED);
    let blind: bool = sqlx::query_scalar("select blind from decision").fetch_one(world.db.store.pool()).await.unwrap();
    assert!(!blind, "whoever asked who it is no longer decides blind");
    assert_eq!(kinds(&world, "^hit[.](unmasked|decided)$").await, ["hit.unmasked", "hit.decided"]);
}

#[tokio::test]
async fn two_people_by_page_and_by_program_are_two_people() {
    let world = world().await;
    let hit = world.hit("post");
    let one = Client::of(&world, "peninjau1").await;
    assert_eq!(one.post(&hit_path(hit, "claim"), Value::Null).await.status, StatusCode::OK);
    let first = one.post(&hit_path(hit, "decision"), suspicion()).await;
    assert_eq!(first.status, StatusCode::CREATED);
    // Nobody learns whether they were the first or the second.
    let keys: Vec<_> = first.body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["decision_id", "undo_until"]);
    one.post(&hit_path(hit, "claim"), Value::Null).await.is(409, "not-for-you");
    let two = Client::of(&world, "peninjau2").await;
    let blind = two.get(&format!("/hits/{hit}")).await;
    assert_eq!((&blind.body["standing"], &blind.body["decisions"]), (&json!("free"), &json!([])));
    assert!(!blind.text.contains("Kusnan") && !blind.text.contains("secara terbuka"), "{}", blind.text);
    // The second decides on the page.
    let mut browser = world.login("peninjau2").await;
    let page = world.page("post");
    browser.post(&format!("{page}/klaim"), &[]).await;
    let fields =
        [("hasil", "dugaan"), ("alasan", "dukungan"), ("huruf", "C.2.e"), ("catatan", "Mengajak memilih, jelas.")];
    assert_eq!(browser.post(&format!("{page}/putusan"), &fields).await.status, StatusCode::SEE_OTHER);
    let state: (String, Option<String>) = sqlx::query_as("select state, verdict from hit where hit_id = $1")
        .bind(hit.0)
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(state, ("asked".to_owned(), Some("dugaan".to_owned())));
    one.post(&hit_path(hit, "claim"), Value::Null).await.is(409, "hit-closed");

    // The person is asked, by program, too.
    let asks = Client::of(&world, "operator").await;
    let waiting = asks.get("/clarifications").await;
    let id = waiting.body["items"][0]["clarification_id"].as_str().unwrap().to_owned();
    assert_eq!(waiting.body["items"][0]["person"], "Orang Uji 1");
    let silent = json!({ "outcome": "tidak_menjawab" });
    let answer = asks.post(&format!("/clarifications/{id}/answer"), silent.clone()).await;
    answer.is(422, "invalid");
    assert_eq!(answer.body["errors"][0]["code"], "clarification-not-sent");
    let letter = json!({ "number": "800/1/2029" });
    assert_eq!(asks.post(&format!("/clarifications/{id}/letter"), letter.clone()).await.status, StatusCode::NO_CONTENT);
    asks.post(&format!("/clarifications/{id}/letter"), letter).await.is(409, "settled-already");
    assert_eq!(asks.get(&format!("/clarifications/{id}")).await.body["letter"]["number"], "800/1/2029");
    assert_eq!(asks.post(&format!("/clarifications/{id}/answer"), silent.clone()).await.status, StatusCode::NO_CONTENT);
    asks.post(&format!("/clarifications/{id}/answer"), silent).await.is(409, "settled-already");
    let settled = asks.get("/clarifications?settled=true").await;
    assert_eq!(settled.body["items"][0]["outcome"], "tidak_menjawab");
    let seen = one.get(&format!("/hits/{hit}")).await;
    assert_eq!((&seen.body["state"], &seen.body["verdict"]), (&json!("decided"), &json!("dugaan")));
    assert_eq!(seen.body["decisions"].as_array().unwrap().len(), 2, "once it is closed, everybody's");
}

#[tokio::test]
async fn taking_passing_on_and_taking_back() {
    let world = world().await;
    let (one, lead) = (Client::of(&world, "peninjau1").await, Client::of(&world, "ketua").await);
    let next = one.post("/queue/next", Value::Null).await;
    let hit: HitId = next.body["hit_id"].as_str().unwrap().parse().unwrap();
    assert!(next.body["held_until"].is_string());
    assert_eq!(one.get("/queue?part=mine").await.body["items"][0]["hit_id"], json!(hit));
    assert_eq!(one.get("/queue/counts").await.body["mine"], 1);

    one.post(&hit_path(hit, "decision"), json!({ "outcome": "dugaan", "reason": "dukungan" })).await.is(422, "invalid");
    let wrong = one
        .post(
            &hit_path(hit, "decision"),
            json!({ "outcome": "dugaan", "reason": "makna_lain", "clause": "Z.9", "note": "x" }),
        )
        .await;
    let fields: Vec<_> = wrong.body["errors"].as_array().unwrap().iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["reason", "clause", "note"]);
    assert_eq!(one.post(&hit_path(hit, "decision"), dismissal()).await.status, StatusCode::CREATED);
    assert_eq!(one.get(&format!("/hits/{hit}")).await.body["may_undo"], true);
    assert_eq!(one.post(&hit_path(hit, "undo"), Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(one.get(&format!("/hits/{hit}")).await.body["standing"], "mine");
    one.post(&hit_path(hit, "undo"), Value::Null).await.is(409, "undo-too-late");

    // To a colleague, who puts it aside.
    let colleagues = one.get(&hit_path(hit, "colleagues")).await;
    let ketua = user(&world, "ketua").await.user_id;
    assert!(colleagues.body["items"].as_array().unwrap().iter().any(|c| c["user_id"] == json!(ketua)));
    let nobody = json!({ "to": uuid::Uuid::nil(), "note": "tentang dokumen dinas" });
    assert_eq!(one.post(&hit_path(hit, "refer"), nobody).await.is(422, "invalid").body["errors"][0]["field"], "to");
    let refer = json!({ "to": ketua, "note": "tentang dokumen dinas" });
    assert_eq!(one.post(&hit_path(hit, "refer"), refer).await.status, StatusCode::NO_CONTENT);
    one.post(&hit_path(hit, "claim"), Value::Null).await.is(409, "not-for-you");
    assert_eq!(lead.post(&hit_path(hit, "claim"), Value::Null).await.status, StatusCode::OK);
    let aside = |day: &str| json!({ "until": day, "note": "menunggu keterangan" });
    let late = lead.post(&hit_path(hit, "set-aside"), aside("2020-01-01")).await;
    assert_eq!(late.is(422, "invalid").body["errors"][0]["field"], "until");
    let day = jiff::Zoned::now().date().checked_add(jiff::ToSpan::days(3)).unwrap().to_string();
    assert_eq!(lead.post(&hit_path(hit, "set-aside"), aside(&day)).await.status, StatusCode::NO_CONTENT);
    assert!(lead.get("/queue?part=mine").await.body["items"][0]["rests_until"].is_string());

    // Passed on: it does not come back.
    let next = one.post("/queue/next", Value::Null).await;
    let other: HitId = next.body["hit_id"].as_str().unwrap().parse().unwrap();
    assert_ne!(other, hit);
    let near = one.post(&hit_path(other, "skip"), json!({ "reason": "conflict" })).await;
    assert_eq!(near.is(422, "invalid").body["errors"][0]["field"], "note");
    one.post(&hit_path(other, "skip"), json!({ "reason": "capek" })).await.is(422, "invalid");
    assert_eq!(
        one.post(&hit_path(other, "skip"), json!({ "reason": "language" })).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(one.get(&format!("/hits/{other}")).await.body["standing"], "skipped");
    one.post(&hit_path(other, "claim"), Value::Null).await.is(409, "not-for-you");
    assert_eq!(
        kinds(&world, "^hit[.](decided|decision_undone|referred|put_aside|skipped)$").await,
        ["hit.decided", "hit.decision_undone", "hit.referred", "hit.put_aside", "hit.skipped"]
    );
}

#[tokio::test]
async fn the_reader_of_a_closed_hit_and_the_auditor_see_what_the_page_shows() {
    let world = world().await;
    let hit = world.hit("post");
    let auditor = Client::of(&world, "auditor").await;
    let seen = auditor.get(&format!("/hits/{hit}")).await;
    assert_eq!(seen.body["blind"], false);
    assert_eq!(seen.body["person"]["unit"], "Dinas Uji");
    assert_eq!(seen.body["standing"], "look_only");
    let unit = world.db.store.units().await.unwrap()[0].unit_id;
    assert_eq!(auditor.get(&format!("/queue?unit_id={unit}")).await.status, StatusCode::OK);
    // A filter by unit would tell a blind reader whose hits these are.
    let one = Client::of(&world, "peninjau1").await;
    one.get(&format!("/queue?unit_id={unit}")).await.is(403, "role-forbidden");
    let hostile = one.get(&format!("/hits/{}", world.hit("hostile"))).await;
    assert!(!hostile.text.contains("javascript:alert(4)"), "an address that is none of the web stays out");
}
