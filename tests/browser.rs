//! The pages in a real browser: by keyboard alone, on a phone, and with hostile posts.
//!
//! Needs chromium and chromedriver (Debian: `apt-get install chromium-driver`); without them the tests say so and pass.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use netral::web;
use serde_json::json;
use thirtyfour::prelude::*;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use netral::web::AppState;

use crate::pages::{PASSWORD, World};

mod axe;
mod groups;
mod lists;
mod people;
mod review;

const PATIENCE: Duration = Duration::from_secs(10);

struct Screen {
    driver: WebDriver,
    address: String,
    process: Child,
    profile: tempfile::TempDir,
}

/// One of the machine's programs.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|p| p.exists())
}

impl Screen {
    async fn open(state: &AppState) -> Option<Self> {
        let (Some(chromedriver), Some(chromium)) = (program("chromedriver"), program("chromium")) else {
            eprintln!("no chromium or chromedriver on this machine: not tested in a browser");
            return None;
        };
        // The driver's client is built without a TLS provider of its own; whoever was first in this process has set one.
        let chosen = rustls::crypto::ring::default_provider().install_default();
        drop(chosen);
        let pages = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", pages.local_addr().unwrap());
        tokio::spawn(web::serve(pages, state.clone(), std::future::pending()));

        // A free port: bound, read, and given up for chromedriver, which cannot be told to choose one.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let profile = tempfile::tempdir().unwrap();
        let process = Command::new(chromedriver)
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut caps = DesiredCapabilities::chrome();
        caps.set_binary(chromium.to_str()?).unwrap();
        for option in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--window-size=1280,900",
        ] {
            caps.add_arg(option).unwrap();
        }
        caps.add_arg(&format!("--user-data-dir={}", profile.path().display())).unwrap();
        let begun = Instant::now();
        let driver = loop {
            match WebDriver::new(format!("http://127.0.0.1:{port}"), caps.clone()).await {
                Ok(driver) => break driver,
                Err(error) if begun.elapsed() > Duration::from_secs(30) => panic!("no browser: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        };
        Some(Self { driver, address, process, profile })
    }

    async fn close(mut self) {
        self.driver.quit().await.unwrap();
        self.process.kill().await.unwrap();
        drop(self.profile);
    }

    async fn goto(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.address)).await.unwrap();
    }

    async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.address).to_owned()
    }

    /// Types into whatever has the focus, as a person without a mouse does: once the page is there.
    async fn keys(&self, keys: impl Into<TypingData>) {
        self.until("document.readyState === 'complete' && document.activeElement?.getClientRects().length").await;
        self.driver.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    async fn script<T: serde::de::DeserializeOwned>(&self, code: &str) -> T {
        self.driver.execute(code, Vec::new()).await.unwrap().convert().unwrap()
    }

    /// Waits until a condition in the page holds.
    async fn until(&self, condition: &str) {
        let begun = Instant::now();
        while !self.script::<bool>(&format!("return Boolean({condition})")).await {
            let path = self.path().await;
            assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?} on {path}: {condition}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn login(&self, login: &str) {
        self.goto("/masuk").await;
        self.keys(login).await;
        self.keys(Key::Tab + "").await;
        self.keys(PASSWORD).await;
        self.keys(Key::Enter + "").await;
        self.until("location.pathname !== '/masuk'").await;
    }

    /// The page is not wider than the window.
    async fn fits(&self) {
        let (page, window): (i64, i64) =
            self.script("return [document.documentElement.scrollWidth, window.innerWidth]").await;
        let path = self.path().await;
        assert!(page <= window, "{path} is {page} px wide in a window of {window} px");
    }

    /// What a screen reader needs: one main heading, no level skipped, every field labelled, every id once, a language.
    async fn is_sound(&self) {
        let problems: Vec<String> = self
            .script(
                r#"
            const out = [], all = s => [...document.querySelectorAll(s)];
            const ids = all('[id]').map(e => e.id);
            ids.filter((id, i) => ids.indexOf(id) !== i).forEach(id => out.push(`id ${id} twice`));
            all('[aria-describedby], [aria-labelledby]').forEach(e => {
                const refs = `${e.getAttribute('aria-describedby') ?? ''} ${e.getAttribute('aria-labelledby') ?? ''}`;
                refs.split(' ').filter(Boolean).filter(id => !ids.includes(id)).forEach(id => out.push(`no element ${id}`));
            });
            all('input:not([type=hidden]), select, textarea').filter(e => e.labels.length === 0).forEach(e => out.push(`no label: ${e.name}`));
            all('button, a').filter(e => !e.textContent.trim() && !e.getAttribute('aria-label')).forEach(e => out.push(`nameless ${e.outerHTML}`));
            const levels = all('main h1, main h2, main h3').map(e => Number(e.tagName[1]));
            if (levels.filter(l => l === 1).length !== 1) out.push('not one h1');
            levels.forEach((l, i) => { if (i && l > levels[i - 1] + 1) out.push(`heading skips to h${l}`); });
            if (!document.documentElement.lang || !document.title) out.push('no language or title');
            return out;"#,
            )
            .await;
        let path = self.path().await;
        assert!(problems.is_empty(), "{path}: {problems:?}");
    }

    async fn devtools(&self, command: &str, parameters: serde_json::Value) {
        self.driver.cdp().send_raw(command, parameters).await.unwrap();
    }

    /// A window of this size; a real one is never as narrow as a phone.
    async fn shape(&self, width: i64, height: i64, phone: bool) {
        let scale = if phone { 2 } else { 1 };
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": scale, "mobile": phone });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Pictures of the whole page for people to look at: light and dark, desk and phone.
    async fn pictures(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        std::fs::create_dir_all(&folder).unwrap();
        for (device, width, phone) in [("desk", 1280, false), ("phone", 390, true)] {
            for scheme in ["light", "dark"] {
                let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
                let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }, still] });
                self.devtools("Emulation.setEmulatedMedia", media).await;
                self.shape(width, 700, phone).await;
                let height: i64 = self.script("return document.documentElement.scrollHeight").await;
                self.shape(width, height.clamp(700, 5000), phone).await;
                self.driver.screenshot(&folder.join(format!("{name}-{device}-{scheme}.png"))).await.unwrap();
            }
        }
        self.shape(1280, 900, false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_works_by_keyboard_alone() {
    let world = World::new().await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    screen.login("peninjau1").await;
    assert_eq!(screen.path().await, "/");
    screen.keys("ga").await;
    screen.until("location.pathname === '/antrean'").await;

    // Letters in a field are letters: the filter keeps the focus and nothing is claimed.
    screen.script::<()>("document.querySelector('#s-huruf').focus()").await;
    screen.keys("c").await;
    assert_eq!(screen.path().await, "/antrean");
    screen.script::<()>("document.activeElement.blur()").await;

    screen.keys("jjk").await;
    screen.keys(Key::Enter + "").await;
    screen.until("location.pathname.startsWith('/telaah/')").await;
    let first = screen.path().await;
    assert_eq!(first, world.page("post"), "the strongest comes first");
    screen.keys("?").await;
    screen.until("document.querySelector('#tombol').open").await;
    screen.keys(Key::Escape + "").await;
    screen.until("!document.querySelector('#tombol').open").await;

    screen.keys("c").await;
    screen.until("document.querySelector('#putusan')").await;
    screen.keys("r").await;
    screen.until("location.pathname === '/antrean'").await;
    screen.keys("c").await;
    screen.until("document.querySelector('#putusan')").await;
    assert_eq!(screen.path().await, first, "released, so it is the next again");

    // An incomplete decision comes back with what was typed.
    screen.keys("d").await;
    screen.keys("1").await;
    screen.keys("n").await;
    screen.keys("dbp1 pendek").await;
    screen.keys(Key::Control + Key::Enter).await;
    screen.until("document.querySelector('#p-huruf')").await;
    let kept: String = screen.script("return document.querySelector('#f-catatan').value").await;
    assert_eq!(kept, "dbp1 pendek");
    assert_eq!(world.count("decision").await, 0);

    screen.script::<()>("document.activeElement.blur()").await;
    screen.keys("h").await;
    screen.keys("C.2.e").await;
    screen.keys(Key::Escape + "").await;
    screen.keys("n").await;
    screen.keys(" tetapi sekarang cukup").await;
    screen.keys(Key::Control + Key::Enter).await;
    screen.until("document.querySelector('.flash')").await;
    assert_ne!(screen.path().await, first, "the next one is open");
    let row: (String, Option<String>, String, String) =
        sqlx::query_as("select outcome, clause, reason_code, note from decision")
            .fetch_one(world.db.store.pool())
            .await
            .unwrap();
    assert_eq!(
        row,
        ("dugaan".into(), Some("C.2.e".into()), "dukungan".into(), "dbp1 pendek tetapi sekarang cukup".into())
    );

    screen.keys("b").await;
    screen.keys("2").await;
    screen.keys(Key::Control + Key::Enter).await;
    screen.until("document.querySelector('.flash') && !location.search.includes('kosong')").await;
    let begun = Instant::now();
    while world.count("decision").await < 2 {
        assert!(begun.elapsed() < PATIENCE, "the second decision is not there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    screen.keys("ga").await;
    screen.until("location.pathname === '/antrean'").await;
    screen.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_posts_do_nothing_and_new_hits_are_announced() {
    let world = World::new().await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    screen.login("peninjau1").await;
    for path in ["/antrean".to_owned(), world.page("hostile")] {
        screen.goto(&path).await;
        assert!(screen.driver.get_alert_text().await.is_err(), "a dialog opened on {path}");
        let foreign: i64 = screen
            .script("return performance.getEntriesByType('resource').filter(e => !e.name.startsWith(location.origin)).length")
            .await;
        assert_eq!(foreign, 0, "{path} asked another site for something");
    }
    screen.goto("/antrean").await;
    sqlx::query("update hit set state = 'quarantined' where score = 91").execute(world.db.store.pool()).await.unwrap();
    screen.until("document.querySelector('[data-count=open]').textContent === '5'").await;
    screen.goto("/antrean").await;
    sqlx::query("update hit set state = 'open' where score = 91").execute(world.db.store.pool()).await.unwrap();
    screen.until("document.querySelector('.news').textContent.startsWith('1 indikasi baru.')").await;
    screen.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_fit_a_phone_and_a_screen_reader() {
    let world = World::new().await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    screen.shape(360, 800, true).await;
    screen.goto("/masuk").await;
    screen.fits().await;
    screen.is_sound().await;
    screen.login("operator").await;
    for path in ["/antrean", "/coba", "/sumber", "/kata-kunci", "/register", "/audit", "/bantuan", "/nirwana"] {
        for width in [320, 360] {
            screen.shape(width, 800, true).await;
            screen.goto(path).await;
            screen.fits().await;
        }
        screen.is_sound().await;
    }
    screen.driver.delete_all_cookies().await.unwrap();
    screen.login("peninjau1").await;
    for name in ["post", "share", "picture", "hostile", "long"] {
        screen.goto(&world.page(name)).await;
        screen.keys("c").await;
        screen.until("document.querySelector('#putusan')").await;
        screen.fits().await;
        screen.is_sound().await;
        screen.keys(Key::Control + Key::Enter).await;
        screen.until("document.querySelector('#p-hasil')").await;
        screen.is_sound().await;
    }
    screen.goto("/coba").await;
    screen
        .script::<()>(
            "document.querySelector('#teks').value = 'Ayo dukung Sena'; document.querySelector('.try').requestSubmit()",
        )
        .await;
    screen.until("document.querySelector('.result')").await;
    screen.fits().await;
    screen.is_sound().await;
    screen.close().await;
}

/// Not a test: `NETRAL_SCREENS=1 cargo test screens` renews the pictures in `target/screens`.
#[tokio::test(flavor = "multi_thread")]
async fn screens() {
    if std::env::var_os("NETRAL_SCREENS").is_none() {
        return;
    }
    let world = World::new().await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    for language in ["id", "en"] {
        sqlx::query("update app_user set language = $1").bind(language).execute(world.db.store.pool()).await.unwrap();
        screen.driver.delete_all_cookies().await.unwrap();
        screen.goto("/masuk").await;
        if language == "en" {
            screen.script::<()>("document.querySelector('[name=ke]').click()").await;
            screen.until("document.documentElement.lang === 'en'").await;
        }
        screen.pictures(&format!("masuk-{language}")).await;
        screen.login("peninjau1").await;
        screen.pictures(&format!("antrean-{language}")).await;
        screen.goto(&world.page("post")).await;
        screen.keys("c").await;
        screen.until("document.querySelector('#putusan')").await;
        screen.keys("d").await;
        screen.keys("1").await;
        screen.pictures(&format!("telaah-{language}")).await;
        screen.goto(&world.page("hostile")).await;
        screen.pictures(&format!("telaah-hostile-{language}")).await;
        let done = if language == "id" { "share" } else { "picture" };
        screen.goto(&world.page(done)).await;
        screen.keys("c").await;
        screen.until("document.querySelector('#putusan')").await;
        screen.keys("d").await;
        screen.keys(Key::Control + Key::Enter).await;
        screen.until("document.querySelector('#p-huruf')").await;
        screen.pictures(&format!("telaah-salah-{language}")).await;
        screen.script::<()>("document.querySelector('#f-huruf').value = 'C.2.e'; document.querySelector('#f-catatan').value = 'Membagikan ajakan akun pemenangan.'").await;
        screen.keys("1").await;
        screen.keys(Key::Control + Key::Enter).await;
        screen.until("document.querySelector('.flash')").await;
        screen.goto(&world.page(done)).await;
        screen.pictures(&format!("telaah-diputus-{language}")).await;
        screen.goto("/coba").await;
        screen.script::<()>("document.querySelector('#teks').value = 'Ayo dukung Sena untuk Banyuwening'; document.querySelector('.try').requestSubmit()").await;
        screen.until("document.querySelector('.result')").await;
        screen.pictures(&format!("coba-{language}")).await;
        screen.goto("/sumber").await;
        screen.pictures(&format!("sumber-{language}")).await;
        screen.goto("/bantuan").await;
        screen.pictures(&format!("bantuan-{language}")).await;
    }
    screen.driver.delete_all_cookies().await.unwrap();
    screen.login("auditor").await;
    for page in ["register", "audit", "kata-kunci", "nirwana"] {
        screen.goto(&format!("/{page}")).await;
        screen.pictures(page).await;
    }
    screen.close().await;
}
