//! Copies on the pages: counted in the queue, read once, decided one by one or dismissed at one stroke, and blind throughout.

use netral::store::Program;

use super::*;
use crate::groups::{CALL, post};
use crate::support;

/// A world in which one account has posted the same call so many times.
pub async fn with_copies(n: usize) -> (World, String) {
    let world = World::new().await;
    let program: Program = world.db.store.active_program().await.unwrap().unwrap();
    let activities = (0..n).map(|i| post(world.account, &format!("salinan{i}"), CALL)).collect();
    support::keep(&world.db.store, &program, activities).await;
    let group: uuid::Uuid = sqlx::query_scalar(
        "select h.group_id from hit h join activity a using (account_id, activity_id) where a.external_id = 'salinan0'",
    )
    .fetch_one(world.db.store.pool())
    .await
    .unwrap();
    (world, format!("/kelompok/{group}"))
}

#[tokio::test]
async fn the_queue_counts_copies_and_their_page_names_nobody() {
    let (world, page) = with_copies(4).await;
    let mut one = world.login("peninjau1").await;
    let queue = one.get("/antrean").await;
    queue.has("3 serupa");
    queue.has(&page);
    let seen = one.get(&page).await;
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.body);
    seen.has("4 indikasi serupa");
    seen.has("Sena-Ruwaida");
    for word in ["Orang Uji", "uji1", "contoh.example/", "sena-ruwaida-nama", "Dinas Uji"] {
        seen.lacks(word);
    }
    assert_eq!(world.count("ledger where kind = 'group.viewed'").await, 1);
    // Whoever only reads takes and closes nothing.
    let auditor = world.login("auditor").await.get(&page).await;
    auditor.lacks("/berikutnya");
    auditor.lacks("/tutup");
    assert_eq!(one.get("/kelompok/0190f0a0-0000-7000-8000-000000000000").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn each_copy_is_claimed_and_decided_by_itself() {
    let (world, page) = with_copies(3).await;
    let mut one = world.login("peninjau1").await;
    let first = one.post(&format!("{page}/berikutnya"), &[]).await;
    let first = first.location().split('?').next().unwrap().to_owned();
    let shown = one.get(&format!("{first}?serupa=1")).await;
    shown.has("2 serupa");
    shown.has("name=\"serupa\" value=\"1\" checked");
    shown.lacks("data-key=\"m\"");
    let said = [SUSPICION.as_slice(), &[("serupa", "1")]].concat();
    let reply = one.post(&format!("{first}/putusan"), &said).await;
    let next = reply.location().split('?').next().unwrap().to_owned();
    assert!(reply.location().ends_with("&serupa=1") && next != first, "{}", reply.location());
    // The next one offers the same by one key; still it is a decision of its own, and the owner stays covered until then.
    let shown = one.get(reply.location()).await;
    shown.has("data-key=\"m\"");
    shown.has("Sama seperti salinan sebelumnya: Dugaan · C.2.e");
    shown.lacks("Orang Uji");
    assert_eq!(world.count("decision").await, 1);
    assert_eq!(one.post(&format!("{next}/putusan"), &said).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count("decision").await, 2);
    // To the second person nothing is offered: what others said is theirs.
    let mut two = world.login("peninjau2").await;
    two.post(&format!("{first}/klaim"), &[]).await;
    two.get(&first).await.lacks("data-key=\"m\"");
}

#[tokio::test]
async fn a_stroke_is_shown_before_confirmed_and_taken_back_whole() {
    let (world, page) = with_copies(12).await;
    let mut one = world.login("peninjau1").await;
    let preview = one.get(&format!("{page}/tutup")).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    preview.lacks("Orang Uji");
    preview.lacks("value=\"dukungan\"");
    let shown = preview.body.split("name=\"indikasi\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let count = shown.split(',').count();
    assert!(count >= 2);
    preview.has(&format!("{count} indikasi akan ditutup"));
    // No reason, another outcome's reason, a hit of another group: nothing happens.
    let other = world.hit("post").to_string();
    for (reason, hits) in [("", &shown), ("dukungan", &shown), ("informasi_berita", &other)] {
        let reply = one.post(&format!("{page}/tutup"), &[("alasan", reason), ("indikasi", hits)]).await;
        assert!(reply.location().ends_with("kabar=tidak"), "{}", reply.location());
    }
    assert_eq!(world.count("decision").await, 0);
    let fields = [("alasan", "informasi_berita"), ("indikasi", &*shown)];
    let done = one.post(&format!("{page}/tutup"), &fields).await;
    assert_eq!(done.location(), format!("{page}?kabar=ditutup&n={count}"));
    let after = one.get(done.location()).await;
    after.has(&format!("{count} indikasi ditutup sebagai bukan dugaan"));
    let bulk = after.body.split("name=\"sekaligus\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let back = one.post(&format!("{page}/batal"), &[("sekaligus", &bulk)]).await;
    one.get(back.location()).await.has(&format!("{count} putusan dibatalkan"));
    assert_eq!(world.count("hit where state = 'decided'").await, 0);
    assert_eq!(world.count("decision_undo").await, i64::try_from(count).unwrap());
}

#[tokio::test]
async fn slang_is_explained_beside_the_text_and_earlier_outcomes_only_after_the_decision() {
    let world = World::new().await;
    let program: Program = world.db.store.active_program().await.unwrap().unwrap();
    let activities = vec![post(world.account, "gaul", "Jgn lupa bsk pilih Sena-Ruwaida bgt")];
    support::keep(&world.db.store, &program, activities).await;
    let id: uuid::Uuid = sqlx::query_scalar(
        "select h.hit_id from hit h join activity a using (account_id, activity_id) where a.external_id = 'gaul'",
    )
    .fetch_one(world.db.store.pool())
    .await
    .unwrap();
    let page = format!("/telaah/{id}");
    let mut one = world.login("peninjau1").await;
    one.post(&format!("{}/klaim", world.page("post")), &[]).await;
    one.post(&format!("{}/putusan", world.page("post")), &SUSPICION).await;
    let seen = one.get(&page).await;
    seen.has("<abbr title=\"jangan\">Jgn</abbr> lupa <abbr title=\"besok\">bsk</abbr>");
    seen.has("Kata tidak baku (3)");
    seen.lacks("terakhir ditegakkan");
    one.get(&world.page("post")).await.has("terakhir ditegakkan");
}
