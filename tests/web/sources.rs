//! *Sumber & cakupan*: what can be seen, on what ground, and what an operator can do.

use super::*;

#[tokio::test]
async fn the_coverage_page_says_what_cannot_be_seen() {
    let world = World::new().await;
    let page = world.login("peninjau1").await.get("/sumber").await;
    for words in ["Apa yang dapat dilihat", "Tidak terlihat", "Lewat akun kampanye", "Facebook", "Telegram"] {
        page.has(words);
    }
    page.lacks("/sumber/x");
    let page = world.login("operator").await.get("/sumber").await;
    page.has("/sumber/x");
}

#[tokio::test]
async fn an_operator_records_the_ground_of_a_source_and_switches_it_off() {
    let world = World::new().await;
    let mut operator = world.login("operator").await;
    operator.get("/sumber/x").await.has("Sumber ini tidak dibaca sebelum dasar hukumnya dicatat.");
    let short = operator.post("/sumber/x/dasar", &[("dasar", "izin"), ("dokumen", "<b>12</b>")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    short.has("paling sedikit 10 huruf");
    short.has("&#60;b&#62;12");
    let ground = [("dasar", "Kontrak Enterprise dengan penyedia"), ("dokumen", "12/2029")];
    assert_eq!(operator.post("/sumber/x/dasar", &ground).await.location(), "/sumber/x");
    let page = operator.get("/sumber/x").await;
    page.has("Kontrak Enterprise dengan penyedia");
    page.has("operator");
    let twice = operator.post("/sumber/x/dasar", &ground).await;
    twice.has("Dasar sudah dicatat");
    operator.post("/sumber/x/saklar", &[("nyala", "false")]).await;
    operator.get("/sumber/x").await.has("Dimatikan oleh operator");
    operator.post("/sumber/x/saklar", &[("nyala", "true")]).await;
    operator.post("/sumber/x/dasar/akhiri", &[]).await;
    let page = operator.get("/sumber/x").await;
    page.has("Sumber ini menyala.");
    page.has("Sumber ini tidak dibaca sebelum dasar hukumnya dicatat.");
    for path in ["/sumber/tidak-ada", "/sumber/..%2Fantrean"] {
        assert_eq!(operator.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(operator.post(&format!("{path}/saklar"), &[("nyala", "false")]).await.status, StatusCode::NOT_FOUND);
    }
    let kinds: Vec<(String,)> = sqlx::query_as("select kind from ledger where subject = 'source/x' order by seq")
        .fetch_all(world.db.store.pool())
        .await
        .unwrap();
    let kinds: Vec<_> = kinds.iter().map(|k| k.0.as_str()).collect();
    let expected = ["source.ground_recorded", "source.switched_off", "source.switched_on", "source.ground_ended"];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn an_account_that_waits_for_the_operator_is_shown_and_taken_up_again() {
    let world = World::new().await;
    sqlx::query(
        "update collector_state set parked_at = now(), account_state = 'suspended', failures = 12, seen_handle = 'baru.example',
         last_error = 'the account is unavailable: suspended', last_error_at = now()
         where account_id = (select min(account_id::text)::uuid from collector_state)",
    )
    .execute(world.db.store.pool())
    .await
    .unwrap();
    let mut operator = world.login("operator").await;
    let page = operator.get("/sumber/bluesky").await;
    for words in [
        "Ditangguhkan layanan",
        "Menunggu operator",
        "baru.example",
        "12 kali gagal",
        "Tidak tersedia tidak berarti dihapus",
    ] {
        page.has(words);
    }
    operator.get("/sumber").await.has("1 akun tidak ditampilkan layanannya");
    operator.post("/sumber/bluesky/coba", &[]).await;
    let parked: i64 = sqlx::query_scalar("select count(*) from collector_state where parked_at is not null")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(parked, 0);
}
