//! The whole life of a list in a browser: fifty forms pasted, what the check finds put right, a trial, a second person's
//! signature, publication; a hit comes from reading the window again, another is withdrawn, and the ledger verifies.

use netral::model::Role;
use netral::pipeline::{Rescanner, Trier};
use tokio_util::sync::CancellationToken;

use super::Screen;
use crate::lists::{self, ID};
use crate::support;

const PAGES: [&str; 6] = ["", "/teks", "/beda", "/periksa", "/uji", "/terbit"];

/// A world with live lists, workers, and log-ins that know their password.
async fn open() -> Option<(lists::World, Screen, CancellationToken)> {
    let world = lists::World::new(&lists::list(&lists::slogan("lama", "Derap Lama", ""))).await;
    support::user(world.store(), "auditor", Role::Auditor).await;
    world.give_passwords().await;
    let live = world.lists().await;
    world
        .take_in(&live, &["Derap Lama untuk kita", "Gerakan Obor 7 menyala", "pagi yang cerah", "Derap Lama diputus"])
        .await;
    world.decide("Derap Lama diputus", netral::model::Outcome::Suspected).await;
    let shutdown = CancellationToken::new();
    tokio::spawn(Rescanner::new(world.store().clone(), live.clone()).run(shutdown.clone()));
    tokio::spawn(Trier::new(world.store().clone()).run(shutdown.clone()));
    let screen = Screen::open(&world.pages(live)).await?;
    Some((world, screen, shutdown))
}

impl Screen {
    pub(super) async fn login_as(&self, login: &str) {
        self.driver.delete_all_cookies().await.unwrap();
        self.login(login).await;
    }

    pub(super) async fn fill(&self, selector: &str, text: &str) {
        let value = serde_json::to_string(text).unwrap();
        self.script::<()>(&format!("document.querySelector('{selector}').value = {value}")).await;
    }

    /// Presses a button and waits for the page that answers.
    pub(super) async fn press(&self, selector: &str) {
        self.script::<()>(&format!("window.before = true; document.querySelector('{selector}').click()")).await;
        self.until("!window.before && document.readyState === 'complete'").await;
    }

    pub(super) async fn says(&self, words: &str) {
        let words = serde_json::to_string(words).unwrap();
        self.until(&format!("document.querySelector('main').innerText.includes({words})")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lists_whole_life() {
    let Some((world, screen, shutdown)) = open().await else { return };
    let set = format!("/kata-kunci/{ID}");
    screen.login_as("katakunci1").await;
    screen.goto("/kata-kunci").await;
    screen.press(&format!("a[href=\"{set}\"]")).await;

    // Fifty forms, two of them wrong: one says nothing, one is the other side's name.
    let mut forms: Vec<String> = (1..=48).map(|n| format!("Gerakan Obor {n}")).collect();
    forms.extend(["2029".to_owned(), "Lestari Wicaksana".to_owned()]);
    screen.fill("#tempel", &forms.join("\n")).await;
    screen.fill("#t-jenis", "slogan").await;
    screen.fill("#t-sisi", "paslon-1").await;
    screen.press("form[action$=\"/usul\"] button.primary").await;
    screen.says("50 baris dibaca, 0 bermasalah").await;
    screen.says("Gerakan Obor 48").await;
    assert!(!world.drafts.text(ID).await.unwrap().0.contains("Obor"), "nothing has changed yet");
    screen.fits().await;
    screen.is_sound().await;
    screen.fill("#alasan", "usulan rapat").await;
    screen.press("[name=putus][value=ambil]").await;
    screen.says("Usulan masuk ke draf.").await;

    // What the check finds is put right in the table.
    screen.goto(&format!("{set}/periksa")).await;
    screen.says("2 kesalahan").await;
    for wrong in ["paslon-1-2029", "paslon-1-lestari-wicaksana", "lama"] {
        screen.goto(&format!("{set}?ubah={wrong}&cari={wrong}#k-{wrong}")).await;
        screen.fill("#e-alasan", "bukan slogan").await;
        screen.press("#ubah [name=hapus]").await;
        screen.says("Perubahan tersimpan.").await;
    }
    screen.goto(&format!("{set}/periksa")).await;
    screen.says("0 kesalahan").await;

    // Edited in place, by keyboard: the row's form has the focus, Ctrl-Enter saves.
    screen.goto(&format!("{set}?ubah=paslon-1-gerakan-obor-1&cari=obor#k-paslon-1-gerakan-obor-1")).await;
    screen.until("document.activeElement.id === 'e-bentuk'").await;
    screen.fill("#e-batas", "100").await;
    screen.fill("#e-alasan", "batas wajar").await;
    screen.keys(thirtyfour::Key::Control + thirtyfour::Key::Enter).await;
    screen.says("Perubahan tersimpan.").await;
    assert!(world.drafts.text(ID).await.unwrap().0.contains("daily_cap = 100"));

    // A trial: one gained, two lost, one of which people had upheld.
    screen.goto(&format!("{set}/uji")).await;
    screen.press("form[action$=\"/uji\"] button").await;
    screen.until("document.querySelector('#hasil')").await;
    screen.says("2, 1 di antaranya pernah dinyatakan dugaan").await;
    screen.says("Gerakan Obor 7 menyala").await;
    screen.fits().await;
    screen.is_sound().await;

    // Its author can't sign; a second person can; then it is published.
    screen.goto(&format!("{set}/terbit")).await;
    screen.says("Anda ikut menulis perubahan ini").await;
    screen.login_as("katakunci2").await;
    screen.goto(&format!("{set}/beda")).await;
    screen.says("kata kunci `lama`: dihapus").await;
    screen.goto(&format!("{set}/terbit")).await;
    screen.press("form[action$=\"/tanda-tangan\"] button").await;
    screen.says("Tanda tangan tersimpan.").await;
    screen.press("form[action$=\"/terbit\"] button").await;
    screen.says("Daftar terbit.").await;
    screen.says("1 bertambah, 1 ditarik").await;
    screen.until("!document.querySelector('[data-reload]')").await;

    // The queue has the new hit; the old one says why it is gone, and by which publication.
    screen.login_as("peninjau").await;
    screen.goto("/antrean").await;
    screen.says("dari pemindaian ulang").await;
    let waiting: i64 = screen.script("return document.querySelectorAll('.row').length").await;
    assert_eq!(waiting, 1);
    let withdrawn = world.hit("Derap Lama untuk kita").await.unwrap().0;
    screen.goto(&format!("/telaah/{withdrawn}")).await;
    screen.says("tidak ada lagi dalam terbitan 2 (dibuat terbitan 1)").await;
    // What somebody suspects stays for the second person, whatever the list says meanwhile.
    assert_eq!(world.hit("Derap Lama diputus").await.unwrap().1, "open");
    world.ledger_is_whole().await;

    // Every page of a list, for who only reads, on a phone, with a screen reader, in both languages.
    screen.login_as("auditor").await;
    for language in ["id", "en"] {
        sqlx::query("update app_user set language = $1").bind(language).execute(world.store().pool()).await.unwrap();
        let paths =
            PAGES.iter().map(|page| format!("{set}{page}")).chain(["/kata-kunci".to_owned(), "/wakil".to_owned()]);
        for path in paths {
            screen.goto(&path).await;
            screen.is_sound().await;
            let forms: i64 = screen.script("return document.querySelectorAll('main form[method=post]').length").await;
            assert!(forms == 0 || path.ends_with("/teks"), "{path} has a form for who only reads");
            screen.shape(360, 800, true).await;
            screen.goto(&path).await;
            screen.fits().await;
            screen.shape(1280, 900, false).await;
        }
    }
    shutdown.cancel();
    screen.close().await;
}
