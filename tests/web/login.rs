//! Log-in, sessions, throttling.

use super::*;

async fn try_in(browser: &mut Browser, login: &str, password: &str) -> Reply {
    browser.post("/masuk", &[("nama", login), ("sandi", password)]).await
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_look_the_same() {
    let world = World::new().await;
    let mut browser = world.browser();
    let wrong = try_in(&mut browser, "peninjau1", "salah sekali ini").await;
    let unknown = try_in(&mut browser, "siapapun9", "salah sekali ini").await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(wrong.body.replace("peninjau1", "?"), unknown.body.replace("siapapun9", "?"));
    wrong.has("Nama atau kata sandi tidak cocok.");
    wrong.lacks("salah sekali ini");
    assert!(browser.cookies.is_empty());
    let odd = try_in(&mut browser, "a\0b' or 1=1 --", "x").await;
    assert_eq!(odd.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_cookie_is_locked_down_and_its_token_is_nowhere_else() {
    let world = World::with(WebConfig::default()).await;
    let mut browser = world.browser();
    let reply = try_in(&mut browser, " Peninjau1 ", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-netral="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let token = &browser.cookies["__Host-netral"];
    assert_eq!(token.len(), 64);
    let rows: Vec<(Vec<u8>,)> =
        sqlx::query_as("select token_sha256 from session").fetch_all(world.db.store.pool()).await.unwrap();
    assert!(rows.iter().all(|(hash,)| hash.len() == 32 && *hash != token.as_bytes()));
    let ledger: i64 = sqlx::query_scalar("select count(*) from ledger where position($1 in detail || subject) > 0")
        .bind(token)
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(ledger, 0);
}

#[tokio::test]
async fn every_log_in_has_a_new_token_and_log_out_ends_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    // A token that somebody else planted is not taken over.
    browser.cookies.insert("netral".into(), "f".repeat(64));
    assert_eq!(try_in(&mut browser, "peninjau1", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let first = browser.clone();
    assert_ne!(first.cookies["netral"], "f".repeat(64));
    assert_eq!(try_in(&mut browser, "peninjau1", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_ne!(first.cookies["netral"], browser.cookies["netral"]);
    assert_eq!(first.clone().get("/antrean").await.status, StatusCode::SEE_OTHER, "the old token is dead");
    let mut kept = browser.clone();
    assert_eq!(browser.post("/keluar", &[]).await.location(), "/masuk");
    assert!(browser.cookies.is_empty());
    assert_eq!(kept.get("/antrean").await.status, StatusCode::SEE_OTHER, "a copied cookie is dead, too");
    assert_eq!(world.count("session").await, 0);
}

#[tokio::test]
async fn sessions_end_by_idleness_age_and_dismissal() {
    let world = World::new().await;
    let pool = world.db.store.pool();
    for sql in [
        "update session set seen_at = now() - interval '61 minutes', created_at = now() - interval '2 hours'",
        "update session set created_at = now() - interval '13 hours', expires_at = now() - interval '1 second'",
        "update app_user set disabled_at = now() where login = 'peninjau1'",
    ] {
        let mut browser = world.login("peninjau1").await;
        assert_eq!(browser.get("/antrean").await.status, StatusCode::OK);
        sqlx::query(sql).execute(pool).await.unwrap();
        let reply = browser.get("/antrean?huruf=C.2.e").await;
        assert_eq!(reply.location(), "/masuk?lanjut=/antrean", "{sql}");
    }
    assert_eq!(try_in(&mut world.browser(), "peninjau1", PASSWORD).await.status, StatusCode::UNAUTHORIZED, "disabled");
}

#[tokio::test]
async fn guessing_is_slowed_without_locking_the_owner_out() {
    let world = World::new().await;
    let mut guesser = world.browser();
    for _ in 0..5 {
        assert_eq!(try_in(&mut guesser, "peninjau1", "tebakan lagi saja").await.status, StatusCode::UNAUTHORIZED);
    }
    let slowed = try_in(&mut guesser, "peninjau1", PASSWORD).await;
    assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS);
    slowed.has("Terlalu banyak percobaan");
    let mut owner = world.browser();
    owner.address = ([10, 9, 9, 9], 1).into();
    assert_eq!(try_in(&mut owner, "peninjau1", PASSWORD).await.status, StatusCode::SEE_OTHER, "the owner is elsewhere");
    sqlx::query("update login_failure set at = at - interval '16 minutes'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(try_in(&mut guesser, "peninjau1", PASSWORD).await.status, StatusCode::SEE_OTHER, "the window passes");
}

#[tokio::test]
async fn a_burst_of_guesses_cannot_outrun_the_count() {
    let world = World::new().await;
    let tries = (0..20).map(|i| {
        let mut browser = world.browser();
        let guess = format!("tebakan serentak {i}");
        async move { try_in(&mut browser, "peninjau1", &guess).await.status }
    });
    let answers = futures::future::join_all(tries).await;
    let heard = answers.iter().filter(|s| **s == StatusCode::UNAUTHORIZED).count();
    assert!(heard <= 6, "{heard} guesses were checked, five and one in flight may be");
}

#[tokio::test]
async fn after_the_log_in_one_lands_on_a_page_of_this_site() {
    let world = World::new().await;
    for (wanted, there) in [
        ("/sumber", "/sumber"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ] {
        let reply =
            world.browser().post("/masuk", &[("nama", "peninjau1"), ("sandi", PASSWORD), ("lanjut", wanted)]).await;
        assert_eq!(reply.location(), there);
    }
}

#[tokio::test]
async fn the_language_is_kept_with_the_account() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.get("/masuk").await.has("Kata sandi");
    assert_eq!(browser.post("/bahasa", &[("ke", "en"), ("kembali", "/masuk")]).await.location(), "/masuk");
    let page = browser.get("/masuk").await;
    page.has("<html lang=\"en\">");
    page.has("Password");
    let mut browser = world.login("peninjau2").await;
    assert_eq!(browser.post("/bahasa", &[("ke", "en"), ("kembali", "//evil.example")]).await.location(), "/");
    browser.get("/antrean").await.has("Being reviewed");
    let mut elsewhere = world.login("peninjau2").await;
    elsewhere.get("/antrean").await.has("Log out");
    assert_eq!(browser.post("/bahasa", &[("ke", "de")]).await.status, StatusCode::BAD_REQUEST);
}
