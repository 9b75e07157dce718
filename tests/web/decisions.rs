//! Claiming and deciding: what the server forces, and who wins a race.

use super::*;

async fn rows(world: &World) -> Vec<(String, Option<String>, String, String)> {
    sqlx::query_as("select outcome, clause, reason_code, note from decision order by decided_at")
        .fetch_all(world.db.store.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn claim_decide_and_the_next_one_opens() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    let page = world.page("post");
    assert_eq!(browser.post(&format!("{page}/klaim"), &[]).await.location(), page);
    let reply = browser.post(&format!("{page}/putusan"), &SUSPICION).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let there = reply.location().to_owned();
    assert!(there.starts_with("/telaah/") && there.ends_with(&format!("?setelah={}", world.hit("post"))), "{there}");
    assert_eq!(
        rows(&world).await,
        [("dugaan".into(), Some("C.2.e".into()), "dukungan".into(), "Mengajak memilih secara terbuka.".into())]
    );
    let next = browser.get(&there).await;
    next.has("Putusan tersimpan.");
    next.has("Indikasi ini pada Anda sampai pukul");
    // Until nothing waits any more.
    let mut there = there;
    for _ in 0..10 {
        let Some(page) = there.split('?').next().filter(|p| p.starts_with("/telaah/")) else { break };
        let reply =
            browser.post(&format!("{page}/putusan"), &[("hasil", "bukan_dugaan"), ("alasan", "makna_lain")]).await;
        there = reply.location().to_owned();
    }
    assert!(there.starts_with("/antrean?setelah="), "{there}");
    assert_eq!(rows(&world).await.len(), 6);
    assert_eq!(browser.post("/antrean/berikutnya", &[]).await.location(), "/antrean?kosong=1");
}

#[tokio::test]
async fn what_is_missing_is_named_at_its_field_and_what_was_typed_stays() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    let page = world.page("post");
    browser.post(&format!("{page}/klaim"), &[]).await;
    let there = format!("{page}/putusan");
    let cases: [(&[(&str, &str)], &[&str]); 6] = [
        (&[], &["p-hasil", "p-alasan"]),
        (&[("hasil", "dugaan")], &["p-alasan", "p-huruf", "p-catatan"]),
        (&[("hasil", "dugaan"), ("alasan", "dukungan"), ("huruf", "C.2.e"), ("catatan", "singkat")], &["p-catatan"]),
        (
            &[("hasil", "perlu_klarifikasi"), ("alasan", "bukti_kurang"), ("catatan", "gambarnya belum ada")],
            &["p-huruf"],
        ),
        (
            &[("hasil", "dugaan"), ("alasan", "makna_lain"), ("huruf", "C.2.e"), ("catatan", "alasan dari hasil lain")],
            &["p-alasan"],
        ),
        (
            &[("hasil", "dugaan"), ("alasan", "dukungan"), ("huruf", "Z.9"), ("catatan", "huruf yang tidak ada")],
            &["p-huruf"],
        ),
    ];
    for (fields, problems) in cases {
        let reply = browser.post(&there, fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        reply.has("Putusan belum disimpan:");
        for at in ["p-hasil", "p-alasan", "p-huruf", "p-catatan"] {
            assert_eq!(reply.body.contains(&format!("id=\"{at}\"")), problems.contains(&at), "{at} for {fields:?}");
        }
        for (_, typed) in fields.iter().filter(|(name, _)| *name == "catatan") {
            reply.has(&format!("\n{typed}</textarea>"));
        }
    }
    assert!(rows(&world).await.is_empty());
}

#[tokio::test]
async fn only_the_holder_decides() {
    let world = World::new().await;
    let mut one = world.login("peninjau1").await;
    let mut two = world.login("peninjau2").await;
    let page = world.page("post");
    let (claim, decide, release) = (format!("{page}/klaim"), format!("{page}/putusan"), format!("{page}/lepas"));

    // Without a claim nothing is saved, but the hit is claimed and the text is kept, so that a second press saves it.
    let reply = one.post(&decide, &SUSPICION).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    reply.has("simpan sekali lagi");
    reply.has("Mengajak memilih secara terbuka.</textarea>");
    assert!(rows(&world).await.is_empty());

    let reply = two.post(&claim, &[]).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    reply.has("Sedang ditelaah Kusnan Adiwijaya sampai");
    let reply = two.post(&decide, &SUSPICION).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    reply.has("sedang ditelaah orang lain");
    two.post(&release, &[]).await;
    assert_eq!(two.post(&claim, &[]).await.status, StatusCode::CONFLICT, "one cannot release for another");

    one.post(&release, &[]).await;
    assert_eq!(two.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);
    // A lease that ran out is free for others, and lost for its holder.
    sqlx::query("update hit set claimed_until = now() - interval '1 second' where claimed_by is not null")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(one.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(one.post(&decide, &SUSPICION).await.status, StatusCode::SEE_OTHER);
    // The second finds it open again, for a look of their own: what they typed stays, and is saved only by another press.
    let late = two.post(&decide, &SUSPICION).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    late.has("simpan sekali lagi");
    assert_eq!(rows(&world).await.len(), 1);
}

#[tokio::test]
async fn of_two_at_once_one_wins() {
    let world = World::new().await;
    for name in ["post", "share", "picture", "hostile"] {
        let page = world.page(name);
        let claims = ["peninjau1", "peninjau2", "ketua", "verifikator"].map(|login| {
            let (world, claim) = (&world, format!("{page}/klaim"));
            async move {
                let mut browser = world.login(login).await;
                let status = browser.post(&claim, &[]).await.status;
                (browser, status)
            }
        });
        let claims = futures::future::join_all(claims).await;
        let mut winners: Vec<_> = claims.into_iter().filter(|(_, s)| *s == StatusCode::SEE_OTHER).collect();
        assert_eq!(winners.len(), 1, "{name}");
        // The winner presses twice.
        let browser = winners.pop().unwrap().0;
        let presses = [browser.clone(), browser].map(|mut b| {
            let decide = format!("{page}/putusan");
            async move { b.post(&decide, &SUSPICION).await.status }
        });
        let mut statuses = futures::future::join_all(presses).await;
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT], "{name}");
    }
    assert_eq!(rows(&world).await.len(), 4);
    let ledger: i64 = sqlx::query_scalar("select count(*) from ledger where kind = 'hit.decided'")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(ledger, 4);
}

#[tokio::test]
async fn claim_next_never_gives_the_same_hit_twice() {
    let world = World::new().await;
    let tries = ["peninjau1", "peninjau2", "ketua", "verifikator"].map(|login| {
        let world = &world;
        async move {
            let mut browser = world.login(login).await;
            browser.post("/antrean/berikutnya", &[]).await.location().to_owned()
        }
    });
    let mut got = futures::future::join_all(tries).await;
    got.sort();
    got.dedup();
    assert_eq!(got.len(), 4, "{got:?}");
    assert!(got.iter().all(|p| p.starts_with("/telaah/")));
}

#[tokio::test]
async fn the_first_look_is_blind() {
    let world = World::new().await;
    let mut one = world.login("peninjau1").await;
    let mut two = world.login("peninjau2").await;
    let mut auditor = world.login("auditor").await;
    let page = world.page("post");
    let secrets = ["Orang Uji", "Dinas Uji", "uji1.contoh.example"];

    one.post(&format!("{page}/klaim"), &[]).await;
    let before = one.get(&page).await;
    secrets.iter().for_each(|s| before.lacks(s));
    before.has("Pemilik akun tampil setelah putusan Anda tersimpan.");
    one.post(&format!("{page}/putusan"), &SUSPICION).await;

    let mine = one.get(&page).await;
    secrets.iter().for_each(|s| mine.has(s));
    mine.has("Mengajak memilih secara terbuka.");
    let theirs = two.get(&page).await;
    secrets.iter().for_each(|s| theirs.lacks(s));
    theirs.lacks("Mengajak memilih secara terbuka.");
    theirs.lacks("Kusnan Adiwijaya");
    theirs.has("Belum ada yang menelaah");
    let audited = auditor.get(&page).await;
    secrets.iter().for_each(|s| audited.has(s));
    audited.has("Kusnan Adiwijaya");
    audited.lacks("/putusan");

    let views: Vec<(String,)> = sqlx::query_as("select actor from ledger where kind = 'hit.viewed' and subject = $1")
        .bind(format!("hit/{}", world.hit("post")))
        .fetch_all(world.db.store.pool())
        .await
        .unwrap();
    let mut lead = world.login("ketua").await;
    two.post(&format!("{page}/klaim"), &[]).await;
    assert_eq!(lead.post(&format!("{page}/klaim"), &[]).await.status, StatusCode::CONFLICT);
    let shown_on_refusal: i64 =
        sqlx::query_scalar("select count(*) from ledger where kind = 'hit.viewed' and actor = 'ketua'")
            .fetch_one(world.db.store.pool())
            .await
            .unwrap();
    assert_eq!(shown_on_refusal, 1, "a refusal shows the hit, so it is a view, too");
    for login in ["peninjau1", "peninjau2", "auditor"] {
        assert!(views.iter().any(|(actor,)| actor == login), "{login}'s view is not in the ledger");
    }
}

#[tokio::test]
async fn a_background_hit_offers_no_form() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    let page = world.page("context");
    let shown = browser.get(&page).await;
    shown.has("Hanya latar");
    shown.lacks("/klaim");
    assert_eq!(browser.post(&format!("{page}/klaim"), &[]).await.status, StatusCode::CONFLICT);
}
