//! The way of a hit through people: blind, by two, with a way back, and with the person asked.

use super::*;

const DISMISSAL: [(&str, &str); 2] = [("hasil", "bukan_dugaan"), ("alasan", "informasi_berita")];
const QUESTION: [(&str, &str); 4] = [
    ("hasil", "perlu_klarifikasi"),
    ("alasan", "pelaku_tidak_jelas"),
    ("huruf", "C.2.e"),
    ("catatan", "Tidak jelas siapa yang mengunggah."),
];

async fn standing(world: &World, name: &str) -> (String, String, i16, Option<String>) {
    sqlx::query_as("select state, step, round, verdict from hit where hit_id = $1")
        .bind(world.hit(name).0)
        .fetch_one(world.db.store.pool())
        .await
        .unwrap()
}

fn stands(state: &str, step: &str, round: i16, verdict: Option<&str>) -> (String, String, i16, Option<String>) {
    (state.to_owned(), step.to_owned(), round, verdict.map(ToOwned::to_owned))
}

/// Takes a hit and decides on it.
async fn say(browser: &mut Browser, page: &str, fields: &[(&str, &str)]) {
    let claim = browser.post(&format!("{page}/klaim"), &[]).await;
    assert_eq!(claim.status, StatusCode::SEE_OTHER, "{}", claim.body);
    let reply = browser.post(&format!("{page}/putusan"), fields).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
    // The next hit is taken already; here it goes back to the others.
    if let Some(next) = reply.location().split('?').next().filter(|path| path.starts_with("/telaah/")) {
        browser.post(&format!("{next}/lepas"), &[]).await;
    }
}

async fn kinds(world: &World) -> Vec<String> {
    sqlx::query_scalar(
        "select kind from ledger where kind ~ '^(hit|clarification|conflict)' and kind !~ 'viewed|listed' order by seq",
    )
    .fetch_all(world.db.store.pool())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_suspicion_needs_a_second_person_who_does_not_know_the_first() {
    let world = World::new().await;
    let page = world.page("post");
    let (mut one, mut two) = (world.login("peninjau1").await, world.login("peninjau2").await);
    say(&mut one, &page, &SUSPICION).await;
    assert_eq!(standing(&world, "post").await, stands("open", "second", 1, None));
    // It is not there for the first any more, and looks to the second like any other.
    one.get("/antrean").await.lacks(&page);
    one.get("/antrean?milik=semua").await.has(&page);
    two.get("/antrean").await.has(&page);
    let fresh = two.get(&world.page("long")).await.body;
    let second = two.get(&page).await;
    for word in ["second", "kedua", "Kusnan", "Mengajak memilih secara terbuka."] {
        second.lacks(word);
    }
    assert_eq!(fresh.contains("Belum ada yang menelaah"), second.body.contains("Belum ada yang menelaah"));
    assert_eq!(one.post(&format!("{page}/klaim"), &[]).await.status, StatusCode::CONFLICT, "nobody reads twice");
    say(&mut two, &page, &SUSPICION).await;
    assert_eq!(standing(&world, "post").await, stands("asked", "second", 1, Some("dugaan")));
    let error = sqlx::query(
        "update hit set verdict = 'dugaan', state = 'asked', claimed_by = null, claimed_until = null where hit_id = $1",
    )
    .bind(world.hit("long").0)
    .execute(world.db.store.pool())
    .await
    .unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("hit_two_people"), "the database holds it, too");
}

#[tokio::test]
async fn two_who_disagree_are_settled_by_a_third() {
    let world = World::new().await;
    let page = world.page("post");
    let (mut one, mut two) = (world.login("peninjau1").await, world.login("peninjau2").await);
    say(&mut one, &page, &SUSPICION).await;
    say(&mut two, &page, &DISMISSAL).await;
    assert_eq!(standing(&world, "post").await, stands("open", "lead", 1, None));
    let mut lead = world.login("ketua").await;
    let seen = lead.get(&page).await;
    for word in ["Mengajak memilih secara terbuka.", "Orang Uji", "Kusnan"] {
        seen.lacks(word);
    }
    say(&mut lead, &page, &SUSPICION).await;
    assert_eq!(standing(&world, "post").await, stands("asked", "lead", 1, Some("dugaan")));

    let page = world.page("share");
    say(&mut one, &page, &SUSPICION).await;
    say(&mut two, &page, &DISMISSAL).await;
    say(&mut lead, &page, &DISMISSAL).await;
    assert_eq!(standing(&world, "share").await, stands("decided", "lead", 1, Some("bukan_dugaan")));
    // Once it is closed, whoever took part reads what the others said.
    one.get(&page).await.has("Bukan dugaan");
}

#[tokio::test]
async fn a_like_never_becomes_more_than_support() {
    let world = World::new().await;
    let page = world.page("like");
    say(&mut world.login("peninjau1").await, &page, &SUSPICION).await;
    say(&mut world.login("peninjau2").await, &page, &SUSPICION).await;
    assert_eq!(standing(&world, "like").await, stands("decided", "second", 1, Some("pendukung")));
    let error = sqlx::query("update hit set verdict = 'dugaan' where hit_id = $1")
        .bind(world.hit("like").0)
        .execute(world.db.store.pool())
        .await
        .unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("hit_weak_check"));
    world.login("peninjau1").await.get(&page).await.has("tidak dapat menjadi kasus tersendiri");
}

#[tokio::test]
async fn a_decision_is_taken_back_within_its_minute_and_stays_on_record() {
    let world = World::new().await;
    let page = world.page("post");
    let mut one = world.login("peninjau1").await;
    say(&mut one, &page, &DISMISSAL).await;
    assert_eq!(standing(&world, "post").await, stands("decided", "first", 1, Some("bukan_dugaan")));
    one.get(&format!("/antrean?setelah={}", world.hit("post"))).await.has("Batalkan <kbd>u</kbd>");
    let back = one.post(&format!("{page}/batal"), &[]).await;
    one.get(back.location()).await.has("Putusan dibatalkan.");
    assert_eq!(standing(&world, "post").await, stands("open", "first", 1, None));
    let learned: i64 =
        sqlx::query_scalar("select count(*) from keyword_outcome").fetch_one(world.db.store.pool()).await.unwrap();
    assert_eq!(learned, 0, "what was taken back teaches nothing");
    // The second try counts, is marked as made by somebody who has seen the person, and both rows stay.
    assert_eq!(one.post(&format!("{page}/putusan"), &SUSPICION).await.status, StatusCode::SEE_OTHER);
    let rows: Vec<(String, bool, i16)> =
        sqlx::query_as("select outcome, blind, attempt from decision order by decided_at")
            .fetch_all(world.db.store.pool())
            .await
            .unwrap();
    assert_eq!(rows, [("bukan_dugaan".into(), true, 1), ("dugaan".into(), false, 2)]);
    assert_eq!(kinds(&world).await, ["hit.decided", "hit.decision_undone", "hit.decided"]);

    // Not by others, not while somebody reads it, not after a minute.
    let mut two = world.login("peninjau2").await;
    let foreign = two.post(&format!("{page}/batal"), &[]).await;
    assert!(foreign.location().ends_with("undo-moved"), "{}", foreign.location());
    two.post(&format!("{page}/klaim"), &[]).await;
    assert!(one.post(&format!("{page}/batal"), &[]).await.location().ends_with("undo-moved"));
    two.post(&format!("{page}/lepas"), &[]).await;
    for sql in [
        "alter table decision disable trigger decision_append_only",
        "update decision set decided_at = decided_at - interval '61 seconds'",
        "alter table decision enable trigger decision_append_only",
    ] {
        sqlx::query(sql).execute(world.db.store.pool()).await.unwrap();
    }
    assert!(one.post(&format!("{page}/batal"), &[]).await.location().ends_with("undo-late"));
    assert_eq!(standing(&world, "post").await, stands("open", "second", 1, None));
}

#[tokio::test]
async fn what_one_passes_on_does_not_come_back() {
    let world = World::new().await;
    let page = world.page("post");
    let (mut one, mut two) = (world.login("peninjau1").await, world.login("peninjau2").await);
    let claim = format!("{page}/klaim");
    one.post(&claim, &[]).await;
    assert!(one.post(&format!("{page}/lewati"), &[]).await.location().ends_with("move-why"), "a reason is asked for");
    let on = one.post(&format!("{page}/lewati"), &[("alasan", "skip-language")]).await;
    assert!(on.location().starts_with("/telaah/") && on.location() != page, "{}", on.location());
    one.get("/antrean").await.lacks(&page);
    assert_eq!(one.post(&claim, &[]).await.status, StatusCode::CONFLICT);
    one.get(&page).await.has("Anda sudah melewati indikasi ini.");

    // Referred: only that colleague takes it, until they pass it on.
    two.post(&claim, &[]).await;
    let lead: uuid::Uuid = sqlx::query_scalar("select user_id from app_user where login = 'ketua'")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    let whom = lead.to_string();
    let refer = format!("{page}/rujuk");
    assert!(two.post(&refer, &[("kepada", &whom)]).await.location().ends_with("move-why"));
    two.post(&refer, &[("kepada", &whom), ("catatan", "Ini tentang dokumen dinas.")]).await;
    two.get("/antrean?milik=semua").await.has("Dirujuk kepada");
    assert_eq!(two.post(&claim, &[]).await.status, StatusCode::CONFLICT);
    let mut lead = world.login("ketua").await;
    lead.get("/antrean?milik=saya").await.has(&page);
    assert_eq!(lead.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);

    // Put aside until a day.
    let rest = format!("{page}/tunda");
    let why = ("catatan", "Menunggu keterangan panitia.");
    assert!(lead.post(&rest, &[("hari", "2020-01-01"), why]).await.location().ends_with("move-day"));
    let tomorrow = jiff::Zoned::now().date().checked_add(jiff::ToSpan::days(2)).unwrap().to_string();
    lead.post(&rest, &[("hari", &tomorrow), why]).await;
    two.get("/antrean").await.lacks(&page);
    lead.get("/antrean?milik=saya").await.has("Ditunda sampai");
    assert_eq!(two.post(&claim, &[]).await.status, StatusCode::CONFLICT);
    sqlx::query("update hit set rests_until = now()").execute(world.db.store.pool()).await.unwrap();
    assert_eq!(two.post(&claim, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(kinds(&world).await, ["hit.skipped", "hit.referred", "hit.put_aside"]);
}

#[tokio::test]
async fn nobody_judges_the_near() {
    let world = World::new().await;
    let page = world.page("post");
    let (mut one, mut two) = (world.login("peninjau1").await, world.login("peninjau2").await);
    one.post(&format!("{page}/klaim"), &[]).await;
    let skip = format!("{page}/lewati");
    assert!(one.post(&skip, &[("alasan", "skip-conflict")]).await.location().ends_with("move-why"), "it is named");
    one.post(&skip, &[("alasan", "skip-conflict"), ("catatan", "Ia ipar saya.")]).await;
    let other: Vec<uuid::Uuid> = sqlx::query_scalar(
        "select h.hit_id from hit h where h.account_id = (select account_id from hit where hit_id = $1) and h.state = 'open'",
    )
    .bind(world.hit("post").0)
    .fetch_all(world.db.store.pool())
    .await
    .unwrap();
    for hit in &other {
        assert_eq!(one.post(&format!("/telaah/{hit}/klaim"), &[]).await.status, StatusCode::CONFLICT);
        one.get("/antrean").await.lacks(&hit.to_string());
    }
    // One's own list does not tell whom one passed on; who oversees reads it, and ends it.
    let own = one.get("/kepentingan").await;
    own.has("Ia ipar saya.");
    own.lacks("Orang Uji");
    let mut lead = world.login("ketua").await;
    lead.get("/kepentingan").await.has("Orang Uji");

    // The same unit is enough.
    sqlx::query("update app_user set unit_id = (select unit_id from unit limit 1) where login = 'peninjau2'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(two.post("/antrean/berikutnya", &[]).await.location(), "/antrean?kosong=1");
    // A form that tells nobody who is in the register.
    let known = two.post("/kepentingan", &[("pegawai", "P001"), ("hubungan", "teman lama")]).await;
    let unknown = two.post("/kepentingan", &[("pegawai", "tidak-ada"), ("hubungan", "teman lama")]).await;
    assert_eq!(known.location(), unknown.location());
}

#[tokio::test]
async fn a_blind_page_leads_nowhere() {
    let world = World::new().await;
    sqlx::query(
        "update activity set text = text || ' — salam Orang Uji 1, uji1.contoh.example' where external_id = 'post'",
    )
    .execute(world.db.store.pool())
    .await
    .unwrap();
    let page = world.page("post");
    let mut one = world.login("peninjau1").await;
    one.post(&format!("{page}/klaim"), &[]).await;
    let secrets = [
        "Orang Uji",
        "uji1.contoh.example",
        "did:plc:uji1",
        "Dinas Uji",
        "sosial.example",
        "sena-ruwaida-nama",
        "sena-ruwaida-ajakan",
    ];
    let seen = one.get(&page).await;
    secrets.iter().for_each(|s| seen.lacks(s));
    seen.has("▇▇▇");
    let queue = one.get("/antrean").await;
    secrets.iter().for_each(|s| queue.lacks(s));
    // Who must look says why, and that is on record; the decision is marked.
    assert!(one.post(&format!("{page}/buka"), &[("catatan", "")]).await.location().ends_with("move-why"));
    one.post(&format!("{page}/buka"), &[("catatan", "Nama sama dengan calon.")]).await;
    one.get(&page).await.has("Orang Uji");
    one.post(&format!("{page}/putusan"), &DISMISSAL).await;
    let blind: bool = sqlx::query_scalar("select blind from decision").fetch_one(world.db.store.pool()).await.unwrap();
    assert!(!blind);
    assert_eq!(kinds(&world).await, ["hit.unmasked", "hit.decided"]);
}

#[tokio::test]
async fn a_person_is_asked_before_anything_goes_on() {
    let world = World::new().await;
    let page = world.page("post");
    let (mut one, mut two) = (world.login("peninjau1").await, world.login("peninjau2").await);
    say(&mut one, &page, &QUESTION).await;
    assert_eq!(standing(&world, "post").await, stands("asked", "first", 1, None));
    assert_eq!(two.post(&format!("{page}/klaim"), &[]).await.status, StatusCode::CONFLICT, "nothing goes on");
    let id: uuid::Uuid = sqlx::query_scalar("select clarification_id from clarification")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    let there = format!("/klarifikasi/{id}");
    let mut operator = world.login("operator").await;
    operator.get("/klarifikasi").await.has("Orang Uji");
    let letter = operator.get(&format!("{there}/surat")).await;
    letter.has("Dinas Uji");
    letter.has("dianggap tidak melanggar");
    // Who was never asked has not failed to answer.
    let answer = format!("{there}/jawaban");
    let early = operator.upload_as("lampiran", &answer, &[("hasil", "tidak_menjawab")], ("", b"")).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    early.has("belum disurati");
    assert_eq!(operator.post(&format!("{there}/kirim"), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    operator.post(&format!("{there}/kirim"), &[("nomor", "800/12/2026")]).await;
    let wordless = operator.upload_as("lampiran", &answer, &[("hasil", "diretas")], ("", b"")).await;
    wordless.has("Tulis jawabannya");
    let words = ("jawaban", "Akun saya dipakai orang lain sejak Senin, kata Orang Uji 1.");
    let wrong = operator.upload_as("lampiran", &answer, &[("hasil", "diretas"), words], ("a.exe", b"MZ")).await;
    wrong.has("Lampiran harus PDF");
    wrong.has("Akun saya dipakai orang lain");
    let taken =
        operator.upload_as("lampiran", &answer, &[("hasil", "diretas"), words], ("surat.pdf", b"%PDF-1.7 isi")).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    assert_eq!(standing(&world, "post").await, stands("open", "first", 2, None));
    let file = operator.get(&format!("{there}/lampiran")).await;
    assert_eq!(file.headers[header::CONTENT_DISPOSITION], "attachment");

    // A new round: everybody may look, with the answer before them, still blind.
    let seen = two.get(&page).await;
    seen.has("Akun saya dipakai orang lain");
    seen.has("Diretas");
    seen.lacks("Orang Uji");
    say(&mut two, &page, &DISMISSAL).await;
    assert_eq!(standing(&world, "post").await, stands("decided", "first", 2, Some("bukan_dugaan")));
}

#[tokio::test]
async fn what_two_upheld_waits_for_the_answer_and_falls_with_it() {
    let world = World::new().await;
    let mut operator = world.login("operator").await;
    for (name, outcome, then) in [
        ("post", "diakui", stands("decided", "second", 1, Some("dugaan"))),
        ("share", "bukan_akun_saya", stands("open", "first", 2, None)),
    ] {
        let page = world.page(name);
        say(&mut world.login("peninjau1").await, &page, &SUSPICION).await;
        say(&mut world.login("peninjau2").await, &page, &SUSPICION).await;
        let id: uuid::Uuid = sqlx::query_scalar("select clarification_id from clarification where settled_at is null")
            .fetch_one(world.db.store.pool())
            .await
            .unwrap();
        let words = ("jawaban", "Jawaban tertulis tanggal dua.");
        let path = format!("/klarifikasi/{id}/jawaban");
        operator.upload_as("lampiran", &path, &[("hasil", outcome), words], ("", b"")).await;
        assert_eq!(standing(&world, name).await, then, "{outcome}");
    }
}

#[tokio::test]
async fn a_sample_of_dismissals_is_read_twice_without_anybody_knowing() {
    let mut world = World::new().await;
    world.state =
        world.state.clone().with_review(netral::store::ReviewConfig { reread_percent: 100, ..crate::support::RULES });
    let page = world.page("post");
    let mut one = world.login("peninjau1").await;
    say(&mut one, &page, &DISMISSAL).await;
    assert_eq!(standing(&world, "post").await, stands("open", "second", 1, None));
    // The first is told what they would be told in any case.
    one.get(&page).await.has("Anda sudah memutus indikasi ini.");
    say(&mut world.login("peninjau2").await, &page, &DISMISSAL).await;
    assert_eq!(standing(&world, "post").await, stands("decided", "second", 1, Some("bukan_dugaan")));
}

#[tokio::test]
async fn a_lease_is_renewed_while_somebody_is_at_it_and_not_after() {
    let world = World::new().await;
    let page = world.page("post");
    let mut one = world.login("peninjau1").await;
    one.post(&format!("{page}/klaim"), &[]).await;
    let until = || async {
        sqlx::query_scalar::<_, f64>("select extract(epoch from claimed_until)::float8 from hit where hit_id = $1")
            .bind(world.hit("post").0)
            .fetch_one(world.db.store.pool())
            .await
            .unwrap()
    };
    let before = until().await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    one.post(&format!("{page}/detak"), &[]).await.has("\"until\":\"");
    assert!(until().await > before);
    sqlx::query("update hit set claimed_until = now() where claimed_by is not null")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(one.post(&format!("{page}/detak"), &[]).await.body, r#"{"until":null}"#);
}

#[tokio::test]
async fn filters_are_kept_by_name() {
    let world = World::new().await;
    let mut one = world.login("peninjau1").await;
    let keep = [("nama", "Suka saja"), ("saringan", "tindakan=like")];
    assert_eq!(one.post("/antrean/tampilan", &keep).await.location(), "/antrean?tindakan=like");
    one.get("/antrean").await.has("<a href=\"/antrean?tindakan=like\">Suka saja</a>");
    world.login("peninjau2").await.get("/antrean").await.lacks("Suka saja");
    one.post("/antrean/tampilan", &[("hapus", "Suka saja")]).await;
    one.get("/antrean").await.lacks("Suka saja");
    // By keyword; by unit only for who reads all.
    let named = one.get("/antrean?kata=kanca-sena").await;
    named.has(&world.page("like"));
    named.lacks(&world.page("post"));
    one.get("/antrean").await.lacks("name=\"unit\"");
    world.login("auditor").await.get("/antrean").await.has("name=\"unit\"");
}
