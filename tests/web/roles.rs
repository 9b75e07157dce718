//! Every route with every role, from the table that the router is built from.

use super::*;

fn row(path: &str) -> Who {
    TABLE.iter().find(|(_, p, _)| *p == path).map(|r| r.2).unwrap()
}

/// Rows of which the world has none.
const NOTHING: [&str; 8] = [
    "/masuk/oidc",
    "{proposal_id}",
    "{invitation_id}",
    "{declaration_id}",
    "{tip_id}",
    "{user_id}",
    "{clarification_id}",
    "{golden_id}",
];

#[tokio::test]
async fn every_route_serves_its_roles_and_nobody_else() {
    let world = World::new().await;
    // A stream would go on for as long as somebody listens.
    world.state.close();
    for (method, row, who) in &TABLE {
        let path = path_of(&world, row);
        for (login, _, role) in LOGINS {
            // A log-in each: one of the routes logs out.
            let mut browser = world.login(login).await;
            let reply = ask(&mut browser, method, &path).await;
            let refused = reply.status == StatusCode::FORBIDDEN && !path.contains("metrics");
            assert_eq!(refused, !who.includes(role), "{method} {path} as {role}: {}", reply.status);
            assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path} as {role}");
            assert!(
                reply.status != StatusCode::NOT_FOUND
                    || path.starts_with("/aset")
                    || NOTHING.iter().any(|n| row.contains(n)),
                "{method} {path} as {role}: no handler"
            );
        }
        let reply = ask(&mut world.browser(), method, &path).await;
        if *who == Who::Anyone {
            assert!(!reply.location().starts_with("/masuk"), "{method} {path}");
        } else {
            assert_eq!(reply.status, StatusCode::SEE_OTHER, "{method} {path} for nobody");
            assert!(reply.location().starts_with("/masuk"), "{method} {path}: {}", reply.location());
        }
    }
}

#[tokio::test]
async fn roles_are_as_agreed() {
    assert!(!row("/antrean").includes(Role::UserAdmin));
    assert!(!row("/antrean").includes(Role::UnitHead));
    assert!(!row("/antrean").includes(Role::KeywordAdmin));
    for (method, path, who) in &TABLE {
        // Inspektorat reads all and changes nothing: no form but log-in, log-out, one's own account, trying a text and
        // searching for a person, which store nothing, and what is open to anybody. The operator keeps the register and the
        // sources, asks for roles, writes to whom reviewers want to ask, and decides nothing about posts and lists.
        if path.starts_with("/pengguna") {
            assert!(!who.includes(Role::Reviewer) && !who.includes(Role::KeywordAdmin), "{path}");
            assert!(*method == Method::GET || !who.includes(Role::Auditor), "{path}");
            continue;
        }
        let register = ["/register", "/informasi-awal", "/sumber", "/klarifikasi"].iter().any(|p| path.starts_with(p));
        let open = ["/masuk", "/keluar", "/bahasa", "/coba", "/cari", "/register/orang/cari"].contains(path)
            || path.starts_with("/akun-saya")
            || *who == Who::Anyone;
        if *method != Method::GET && !open {
            assert!(!who.includes(Role::Auditor), "{path}");
            assert_eq!(who.includes(Role::Operator), register, "{path}");
        }
        // Persons are for those who keep, approve, oversee or settle; whoever reviews posts does not know whose they are.
        if path.starts_with("/register") {
            assert!(!who.includes(Role::Reviewer) && !who.includes(Role::KeywordAdmin), "{path}");
        }
    }
}

#[tokio::test]
async fn a_new_role_counts_from_the_next_request() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    assert_eq!(browser.get("/antrean").await.status, StatusCode::OK);
    sqlx::query("update app_user set role = 'user_admin' where login = 'peninjau1'")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(browser.get("/antrean").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_site_cannot_write() {
    let world = World::new().await;
    let before = (world.count("decision").await, world.count("session").await);
    for (_, row, _) in TABLE.iter().filter(|(m, ..)| *m != Method::GET) {
        let path = path_of(&world, row);
        let mut browser = world.login("peninjau1").await;
        for site in ["cross-site", "same-site"] {
            let request = Request::post(&path).header("sec-fetch-site", site).body(Body::empty()).unwrap();
            assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN, "{path} from {site}");
        }
        let bare = Request::post(&path).body(Body::empty()).unwrap();
        assert_eq!(browser.send(bare).await.status, StatusCode::FORBIDDEN, "{path} without a word of where from");
        let foreign = Request::post(&path).header(header::ORIGIN, "https://evil.example").body(Body::empty()).unwrap();
        let reply = browser.send(foreign).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} from a foreign origin");
        reply.has("Permintaan ditolak");
    }
    assert_eq!(world.count("decision").await, before.0);
    // An old browser on plain HTTP: the origin is all there is.
    let mut browser = world.browser();
    let request = Request::post("/masuk")
        .header(header::ORIGIN, "http://netral.test")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("nama=auditor&sandi={}", PASSWORD.replace(' ', "+"))))
        .unwrap();
    assert_eq!(browser.send(request).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn headers_stand_on_every_answer() {
    let world = World::with(WebConfig::default()).await;
    let mut browser = world.browser();
    for path in ["/masuk", "/antrean", "/nirwana", "/healthz", "/metrics", "/aset/0/app.css", "/telaah/bukan-id"] {
        let reply = browser.get(path).await;
        let header = |name: &str| reply.headers.get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert!(header("strict-transport-security").contains("max-age"), "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
    let page = browser.get("/masuk").await;
    let css = page
        .body
        .split("href=\"")
        .find(|p| p.contains("app.css"))
        .and_then(|p| p.split('"').next())
        .unwrap()
        .to_owned();
    let style = browser.get(&css).await;
    assert_eq!(style.status, StatusCode::OK);
    assert!(style.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    for inline in ["<style", " style=", "onclick", "<script>"] {
        page.lacks(inline);
    }
}

#[tokio::test]
async fn refusals_are_pages_that_say_nothing() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    let lost = browser.get("/nirwana").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    lost.has("Tidak ada apa-apa di sini");
    let unknown = browser.get("/telaah/0190f0a0-0000-7000-8000-000000000000").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let odd = browser.get("/telaah/1%27%20or%201=1").await;
    assert!(odd.status.is_client_error());
    odd.has("netral");
    odd.lacks("UUID");
    let mut admin = world.login("katakunci").await;
    for path in ["/kata-kunci/a%0d%0ab/cabut", "/kata-kunci/%C3%A9/ubah"] {
        let reply = admin.post(path, &[]).await;
        assert!(reply.status.is_redirection(), "{path}: {}", reply.status);
    }
    let wrong = browser.get("/keluar").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    wrong.has("<h1>");
    let large = browser.post("/coba", &[("teks", &"x".repeat(400_000))]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    world.db.store.pool().close().await;
    let away = browser.get("/antrean").await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
    away.has("Layanan belum siap");
    assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(browser.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
