//! What the pages show.

use super::*;

#[tokio::test]
async fn the_queue_explains_its_order_and_names_nobody() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    let page = browser.get("/antrean").await;
    page.has("Urutan: yang paling mendesak dahulu");
    for secret in ["Orang Uji", "Dinas Uji", "contoh.example"] {
        page.lacks(secret);
    }
    let places: Vec<_> = ["post", "picture", "long", "share", "hostile", "like"]
        .iter()
        .map(|n| page.body.find(&world.page(n)).unwrap())
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    page.lacks(&world.page("context"));
    page.has("@kancasena.banyuwening.example");
    page.has("Masa kampanye");
    // A long post is cut around what matched.
    page.has("… ");
    page.has("Menangkan ");

    let likes = browser.get("/antrean?tindakan=like").await;
    likes.has(&world.page("like"));
    likes.lacks(&world.page("post"));
    let pictures = browser.get("/antrean?huruf=C.2.f").await;
    pictures.has(&world.page("picture"));
    pictures.lacks(&world.page("like"));
    let none = browser.get("/antrean?platform=x&milik=saya").await;
    none.has("Tidak ada indikasi dengan saringan ini.");
    browser.post(&format!("{}/klaim", world.page("like")), &[]).await;
    let mine = browser.get("/antrean?milik=saya").await;
    mine.has(&world.page("like"));
    mine.lacks(&world.page("post"));
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    world.state.clone().close();
    let counts = browser.get("/antrean/aliran").await;
    assert_eq!(counts.body, "event: jumlah\ndata: {\"open\":6,\"claimed\":1,\"mine\":1,\"decided_today\":0}\n\n");
}

#[tokio::test]
async fn pages_of_the_queue_neither_repeat_nor_skip() {
    let world = World::new().await;
    let pool = world.db.store.pool();
    // 44 more activities with a hit each, many of equal score.
    sqlx::query(
        "insert into activity (account_id, activity_id, program_id, external_id, verb, text, seen_at, raw, raw_sha256)
         select a.account_id, gen_random_uuid(), a.program_id, 'kopi-' || n, 'post', a.text, a.seen_at, a.raw, a.raw_sha256
         from activity a, generate_series(1, 44) n where a.external_id = 'post'",
    )
    .execute(pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into hit (account_id, hit_id, activity_id, set_id, set_version, clause, stage, verb, level, score, matches, parts, reason, state)
         select h.account_id, gen_random_uuid(), a.activity_id, h.set_id, h.set_version, h.clause, h.stage, 'post', 'review',
                50 + (row_number() over ()) % 5, h.matches, h.parts, h.reason, 'open'
         from activity a, hit h join activity o using (account_id, activity_id)
         where a.external_id like 'kopi-%' and o.external_id = 'post'",
    )
    .execute(pool)
    .await
    .unwrap();
    let mut browser = world.login("peninjau1").await;
    let mut seen = Vec::new();
    let mut path = "/antrean?tindakan=post".to_owned();
    for _ in 0..10 {
        let page = browser.get(&path).await;
        seen.extend(
            page.body.split("class=\"row-link\" href=\"").skip(1).map(|p| p.split('"').next().unwrap().to_owned()),
        );
        let Some(next) = page.body.split("rel=\"next\" href=\"").nth(1) else { break };
        path = next.split('"').next().unwrap().replace("&#38;", "&");
        assert!(path.contains("tindakan=post"), "the filter is kept: {path}");
    }
    assert_eq!(seen.len(), 44 + 4);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 44 + 4);
}

#[tokio::test]
async fn a_hit_explains_itself() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    let page = browser.get(&world.page("post")).await;
    // Overlapping matches: the segment that both cover says both; by which keywords, only to who is not blind.
    page.has("slogan, C.2.e; nama calon, C.2.e");
    page.lacks("sena-ruwaida-nama");
    let audited = world.login("auditor").await.get(&world.page("post")).await;
    audited.has("sena-ruwaida-ajakan (slogan, C.2.e); sena-ruwaida-nama (nama calon, C.2.e)");
    audited.has("rel=\"noreferrer noopener nofollow\"");
    page.lacks("sosial.example");
    page.has("data-n=\"1\"");
    for part in [
        "C.2.e",
        "Unggah, komentar, bagikan, suka, ikuti",
        "Mengunggah, berkomentar",
        "SE Nomor 800/1187/24/2029",
        "Masa kampanye",
        "pilkada-uji@abababab",
        "nama pasangan calon",
        "+0,60",
        "0,91",
        "Indikasi kuat",
        "Timbang juga:",
        "C.2.f",
        "akun pribadi dengan sedikit unggahan",
        "Terjadi",
        "tidak diketahui",
        "Diunggah",
        "Pertama terlihat",
        " WIB",
        "Acuan SKB",
        "disiplin berat",
        "belum dicocokkan",
    ] {
        page.has(part);
    }
    page.lacks("kode etik"); // the stage's target is `calon`
    let like = browser.get(&world.page("like")).await;
    like.has("Akun sasaran");
    let share = browser.get(&world.page("share")).await;
    share.has("Teks unggahan sasaran");
    share.has("−0,10");
    let picture = browser.get(&world.page("picture")).await;
    picture.has("Teks alternatif gambar 1");
    picture.has("1 lampiran");
}

#[tokio::test]
async fn every_page_speaks_both_languages() {
    let world = World::new().await;
    for (login, paths) in [
        (
            "peninjau1",
            vec![
                "/antrean".to_owned(),
                world.page("post"),
                "/coba".into(),
                "/sumber".into(),
                "/kata-kunci".into(),
                "/bantuan".into(),
                "/kepentingan".into(),
                "/akun-saya".into(),
            ],
        ),
        ("auditor", vec!["/register".to_owned(), "/audit".into()]),
        ("operator", vec!["/register".to_owned(), "/klarifikasi".into(), "/pengguna".into()]),
        ("kepala", vec!["/unit".to_owned()]),
    ] {
        let mut browser = world.login(login).await;
        for language in ["en", "id"] {
            browser.post("/bahasa", &[("ke", language)]).await;
            for path in &paths {
                let page = browser.get(path).await;
                assert_eq!(page.status, StatusCode::OK, "{path}");
                page.has(&format!("<html lang=\"{language}\">"));
                page.lacks("Unknown locali");
                page.lacks("{$");
                let (from_id, from_en) = (page.body.contains("Bantuan"), page.body.contains("Help"));
                assert_eq!((from_id, from_en), (language == "id", language == "en"), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn small_cells_are_for_the_operator_only() {
    let world = World::new().await;
    let exact = world.login("operator").await.get("/register").await;
    exact.has("Dinas Uji");
    exact.has(">3</td>");
    let coarse = world.login("auditor").await.get("/register").await;
    coarse.has("&#60;\u{a0}5");
    coarse.lacks(">3</td>");
    for page in [&exact, &coarse] {
        page.lacks("Orang Uji");
    }
}

#[tokio::test]
async fn coverage_lists_and_ledger_are_read() {
    let world = World::new().await;
    let mut auditor = world.login("auditor").await;
    let sources = auditor.get("/sumber").await;
    sources.has("Bluesky");
    sources.has("data-label=\"Di luar register\">7</td>");
    auditor.get("/kata-kunci").await.has("pilkada-uji");
    let audit = auditor.get("/audit").await;
    audit.has("user.login");
    audit.has("Unggahan masuk");
    // The ledger's pages are complete.
    let mut seen = 0;
    let mut path = "/audit".to_owned();
    for _ in 0..20 {
        let page = auditor.get(&path).await;
        seen += page.body.matches("<tr><td class=\"r\"").count();
        let Some(next) = page.body.split("rel=\"next\" href=\"").nth(1) else { break };
        path = next.split('"').next().unwrap().to_owned();
    }
    assert_eq!(i64::try_from(seen).unwrap(), world.count("ledger").await);
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_a_token() {
    let world = World::with(WebConfig {
        metrics_token: Some("rahasia-metrik".into()),
        secure_cookies: false,
        ..WebConfig::default()
    })
    .await;
    let mut browser = world.browser();
    assert_eq!(browser.get("/metrics").await.status, StatusCode::FORBIDDEN);
    for (token, status) in [("rahasia-metrik", StatusCode::OK), ("lain", StatusCode::FORBIDDEN)] {
        let request = Request::get("/metrics")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap();
        assert_eq!(browser.send(request).await.status, status);
    }
    browser.address = ([127, 0, 0, 1], 1).into();
    let page = browser.get("/metrics").await;
    page.has("netral_queue_open_hits 6\n");
    page.has("netral_intake_activities_total{platform=\"bluesky\",result=\"turned_away\"} 7\n");
    let proxied = Request::get("/metrics").header("x-forwarded-for", "8.8.8.8").body(Body::empty()).unwrap();
    assert_eq!(browser.send(proxied).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/readyz").await.body, "ready\n");
}
