//! The home page, search, and the size of the text.

use super::*;

#[tokio::test]
async fn everybody_sees_what_waits_for_them_and_no_figure_below_five() {
    let world = World::new().await;
    for (login, has, lacks) in [
        (
            "peninjau1",
            vec!["indikasi menunggu keputusan", "Indikasi per hari menurut huruf edaran"],
            vec!["/register/persetujuan"],
        ),
        ("operator", vec!["indikasi menunggu keputusan", "/register"], vec![]),
        ("auditor", vec!["Indikasi per hari menurut tahapan"], vec![]),
        ("katakunci", vec!["Tidak ada yang menunggu Anda."], vec!["indikasi menunggu", "class=\"charts\""]),
        ("kepala", vec!["Tidak ada yang menunggu Anda."], vec!["indikasi menunggu", "class=\"charts\""]),
        ("admin", vec!["Tidak ada yang menunggu Anda."], vec!["indikasi menunggu", "class=\"charts\""]),
    ] {
        let page = world.login(login).await.get("/").await;
        has.iter().for_each(|part| page.has(part));
        lacks.iter().for_each(|part| page.lacks(part));
    }
    // Six hits wait: five of the one clause, one of the other. Only five may be said.
    let page = world.login("peninjau1").await.get("/").await;
    page.has("<b class=\"num\">6</b>");
    page.has("C.2.e: 5");
    page.has("C.2.f: kurang dari 5");
    for secret in ["Orang Uji", "Dinas Uji", "Sena"] {
        page.lacks(secret);
    }
    // What is late and what is due says so.
    sqlx::query("update hit set created_at = now() - interval '8 days' where score = 91")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    sqlx::query("update hit set created_at = now() - interval '6 days 12 hours' where verb = 'like'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    let fresh = AppState::new(
        world.db.store.clone(),
        world.state.lists.clone(),
        WebConfig { secure_cookies: false, ..WebConfig::default() },
    )
    .with_review(crate::support::RULES);
    let page = Browser::login(&fresh, "ketua").await.get("/").await;
    page.has("1 sudah lewat tenggat");
    page.has("1 jatuh tempo dalam sehari");
    page.has("yang tertua masuk 8 hari lalu");
}

#[tokio::test]
async fn a_search_finds_words_and_numbers_and_tells_nobodys_name() {
    let world = World::new().await;
    let mut reviewer = world.login("peninjau1").await;
    let before = world.count("ledger").await;
    let search = async |browser: &mut Browser, text: &str| browser.post("/cari", &[("cari", text)]).await;
    let found = search(&mut reviewer, "SENA pil").await;
    found.has(&world.page("post"));
    // Written down is that somebody searched, not for what.
    assert_eq!(world.count("ledger").await, before + 1);
    let detail: String = sqlx::query_scalar("select detail from ledger where kind = 'search.done'")
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert!(!detail.contains("SENA") && !detail.contains("Sena"), "{detail}");
    search(&mut reviewer, &world.hit("like").to_string()).await.has(&world.page("like"));
    search(&mut reviewer, "tidakadakataseperti").await.has("Tidak ada indikasi.");
    for odd in ["' | b:* & !c", "\\", "%", "\u{0}x", "<script>"] {
        assert_eq!(search(&mut reviewer, odd).await.status, StatusCode::OK, "{odd:?}");
    }
    // Posts without a hit, and what stays background, are nobody's to search.
    search(&mut reviewer, &world.hit("context").to_string()).await.has("Tidak ada indikasi.");

    // A post that names its own author: a name that is covered finds nothing for whoever has not decided.
    sqlx::query("update activity set text = text || ' salam dari Wirabumi Prakosa' where external_id = 'post'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    sqlx::query("update hit set words = to_tsvector('simple', a.text) from activity a where a.activity_id = hit.activity_id and a.external_id = 'post'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    sqlx::query("update account set approved_at = null, approved_by = null")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    sqlx::query("update person set name = 'Wirabumi Prakosa' where person_id = $1")
        .bind(world.person.0)
        .execute(world.db.store.pool())
        .await
        .unwrap();
    let blind = search(&mut reviewer, "wirabumi").await;
    blind.has("Tidak ada indikasi.");
    blind.lacks("Prakosa");
    let seen = search(&mut world.login("auditor").await, "wirabumi").await;
    seen.has(&world.page("post"));
    // Persons only for whoever may see the register.
    seen.has("/register/orang/");
    search(&mut reviewer, "Orang Uji").await.lacks("/register/orang/");
    for login in ["katakunci", "kepala", "admin"] {
        assert_eq!(world.login(login).await.get("/cari").await.status, StatusCode::FORBIDDEN, "{login}");
    }
    // What is emptied is no longer found.
    sqlx::query("update activity set text = '', raw = '' where external_id = 'post'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    search(&mut world.login("auditor").await, "wirabumi").await.lacks(&world.page("post"));
}

#[tokio::test]
async fn the_size_of_the_text_is_kept_in_the_browser() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    browser.get("/antrean").await.has("<html lang=\"id\">");
    assert_eq!(
        browser.post("/ukuran", &[("ukuran", "terbesar"), ("kembali", "/antrean")]).await.location(),
        "/antrean"
    );
    browser.get("/antrean").await.has("<html lang=\"id\" class=\"terbesar\">");
    assert_eq!(browser.post("/ukuran", &[("ukuran", "raksasa")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.post("/ukuran", &[("ukuran", "besar"), ("kembali", "//evil.example")]).await.location(), "/");
}
