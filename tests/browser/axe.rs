//! axe-core on every page of every role, in both languages, light and dark.
//!
//! The library comes from npm (`tests/axe/setup.sh`, which `make test` calls where npm is there); without it the tests say so
//! and pass.

use std::collections::BTreeMap;

use axum::http::Method;
use netral::model::Role;
use netral::web::TABLE;

use super::*;
use crate::pages::LOGINS;
use crate::web::path_of;

/// The library's text; `NETRAL_AXE_DIR`, or where the setup puts it.
fn library() -> Option<String> {
    let given = std::env::var_os("NETRAL_AXE_DIR").map(PathBuf::from);
    let dir = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe"));
    let text = std::fs::read_to_string(dir.join("node_modules/axe-core/axe.min.js")).ok();
    if text.is_none() {
        eprintln!("skipped: no axe-core; tests/axe/setup.sh installs it");
    }
    text
}

impl Screen {
    /// What axe-core finds on the page, a line for each rule.
    async fn violations(&self, axe: &str) -> Vec<String> {
        // Through the driver: the pages themselves allow no foreign script.
        self.driver.execute(axe, Vec::new()).await.unwrap();
        let found = self
            .driver
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 axe.run(document, { resultTypes: ['violations'] })
                    .then(r => done(r.violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).slice(0, 3).join(' | ')}`)))
                    .catch(e => done([String(e)]));",
                Vec::new(),
            )
            .await
            .unwrap();
        found.convert().unwrap()
    }

    async fn scheme(&self, scheme: &str) {
        let features = [
            json!({ "name": "prefers-color-scheme", "value": scheme }),
            json!({ "name": "prefers-reduced-motion", "value": "reduce" }),
        ];
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }
}

/// Every page of the table that is a page, each by one role that it serves and has most to do on it.
fn pages(world: &World) -> BTreeMap<&'static str, Vec<String>> {
    // Files and streams are no pages.
    let none = [
        "/antrean/aliran",
        "/healthz",
        "/readyz",
        "/metrics",
        "/aset/{hash}/{name}",
        "/masuk/oidc",
        "/masuk/oidc/kembali",
    ];
    let order = [
        Role::Operator,
        Role::Reviewer,
        Role::KeywordAdmin,
        Role::UserAdmin,
        Role::Verifier,
        Role::Auditor,
        Role::UnitHead,
        Role::Lead,
    ];
    let mut pages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (_, row, who) in TABLE.iter().filter(|(method, row, _)| *method == Method::GET && !none.contains(row)) {
        if row.contains("/unduh/") || row.ends_with("/gambar") || row.ends_with("/lampiran") {
            continue;
        }
        let role = order.into_iter().find(|role| who.includes(*role)).unwrap();
        let login = LOGINS.iter().find(|(_, _, r)| *r == role).unwrap().0;
        pages.entry(login).or_default().push(path_of(world, row));
    }
    // A hit that is being decided, and one that is somebody else's.
    pages.entry("peninjau1").or_default().extend(["share", "hostile"].map(|name| world.page(name)));
    pages.entry("ketua").or_default().push(world.page("post"));
    pages
}

async fn look(language: &str, scheme: &str) {
    let Some(axe) = library() else { return };
    let world = World::new().await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    sqlx::query("update app_user set language = $1").bind(language).execute(world.db.store.pool()).await.unwrap();
    screen.scheme(scheme).await;
    let mut problems = Vec::new();
    screen.goto("/masuk").await;
    problems.extend(screen.violations(&axe).await.into_iter().map(|v| format!("/masuk {v}")));
    for (login, paths) in pages(&world) {
        screen.driver.delete_all_cookies().await.unwrap();
        screen.login(login).await;
        if login == "peninjau1" {
            let claim = format!("{}/klaim", world.page("share"));
            screen.script::<()>(&format!("const f = document.createElement('form'); f.method = 'post'; f.action = '{claim}'; document.body.append(f); f.submit()")).await;
            screen.until("document.querySelector('#putusan')").await;
        }
        for path in paths {
            screen.goto(&path).await;
            screen.until("document.readyState === 'complete'").await;
            screen.script::<()>("document.querySelectorAll('details').forEach(d => d.open = true)").await;
            problems.extend(screen.violations(&axe).await.into_iter().map(|v| format!("{path} as {login}: {v}")));
        }
    }
    screen.close().await;
    assert!(problems.is_empty(), "{language}, {scheme}:\n{}", problems.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_keeps_anybody_out_in_indonesian_and_light() {
    look("id", "light").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_keeps_anybody_out_in_indonesian_and_dark() {
    look("id", "dark").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_keeps_anybody_out_in_english_and_light() {
    look("en", "light").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_keeps_anybody_out_in_english_and_dark() {
    look("en", "dark").await;
}
