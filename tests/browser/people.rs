//! The register in a browser: an operator adds a unit, a person and an account, a verifier approves, the person declares
//! another account and objects to the first, and reading it stops.

use super::Screen;
use crate::pages::World;

const NAME: &str = "Wirabumi Prakosa";

impl Screen {
    async fn choose(&self, selector: &str, text: &str) {
        let text = serde_json::to_string(text).unwrap();
        self.script::<()>(&format!(
            "for (const o of document.querySelector('{selector}').options) if (o.text === {text}) o.selected = true"
        ))
        .await;
    }

    async fn tick(&self, selector: &str) {
        self.script::<()>(&format!("document.querySelectorAll('{selector}').forEach(e => e.checked = true)")).await;
    }

    /// Sound for a screen reader, and no wider than a phone.
    async fn holds(&self) {
        self.is_sound().await;
        self.shape(360, 800, true).await;
        self.fits().await;
        self.shape(1280, 900, false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_new_unit_to_a_stopped_account() {
    let world = World::new().await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    screen.login("operator").await;
    screen.goto("/register").await;
    screen.press("a[href=\"/register/unit\"]").await;
    screen.fill("#u-kode", "DK").await;
    screen.fill("#u-nama", "Dinas Kearsipan Banyuwening").await;
    screen.press("#tambah button.primary").await;
    screen.says("Unit ditambahkan.").await;
    screen.holds().await;

    screen.press("a[href=\"/register/orang\"]").await;
    screen.press("a[href=\"/register/orang/baru\"]").await;
    screen.fill("#p-nama", NAME).await;
    screen.fill("#p-kode", "W1").await;
    screen.choose("#p-unit", "Dinas Kearsipan Banyuwening").await;
    screen.choose("#p-status", "PNS").await;
    screen.fill("#p-nip", "1973").await;
    screen.press("main form.card button.primary").await;
    screen.says("NIP terdiri atas 18 angka").await;
    screen.holds().await;
    screen.fill("#p-nip", "197305142001121002").await;
    screen.press("main form.card button.primary").await;
    screen.says("Orang ditambahkan.").await;
    let person = screen.path().await.split('?').next().unwrap().to_owned();
    screen.choose("#a-platform", "Bluesky").await;
    screen.fill("#a-akun", "@wirabumi.example").await;
    screen.fill("#a-id", "did:plc:wirabumi").await;
    screen.choose("#a-bukti", "Verifikasi tatap muka").await;
    screen.fill("#a-catatan", "berita acara 7").await;
    screen.press("form[action$=\"/akun\"] button.primary").await;
    screen.says("menunggu orang kedua").await;
    screen.holds().await;
    // The operator invites the unit.
    screen.goto("/register/undangan").await;
    screen.choose("#i-unit", "Dinas Kearsipan Banyuwening").await;
    screen.press("main form.card button.primary").await;
    screen.says("Dinas Kearsipan Banyuwening").await;
    screen.holds().await;
    let link: String = screen.script("return new URL(document.querySelector('.poster-link').innerText).pathname").await;

    screen.login_as("verifikator").await;
    screen.goto("/register/persetujuan").await;
    screen.holds().await;
    screen.tick("[name=akun]").await;
    screen.press("main form.card button.primary").await;
    screen.says("1 akun disetujui.").await;

    // The person, without a log-in.
    screen.driver.delete_all_cookies().await.unwrap();
    screen.goto(&format!("{link}/cetak")).await;
    screen.holds().await;
    screen.goto(&link).await;
    screen.holds().await;
    screen.choose("#p-0", "Instagram").await;
    screen.fill("#a-0", "@wirabumi.foto").await;
    screen.fill("#nama", NAME).await;
    screen.fill("#nomor", "197305142001121002").await;
    screen.tick("#setuju").await;
    screen.press("#pernyataan button.primary").await;
    screen.says("Pernyataan Anda sudah diterima.").await;
    screen.fill("#o-akun", "wirabumi.example").await;
    screen.fill("#o-nama", NAME).await;
    screen.fill("#o-nomor", "W1").await;
    screen.press("#keberatan button.primary").await;
    screen.says("Keberatan Anda sudah diterima.").await;

    screen.login_as("operator").await;
    screen.goto("/register/pernyataan").await;
    screen.holds().await;
    screen.press("table tbody a").await;
    screen.holds().await;
    screen.fill("#i-0", "17841400000000").await;
    screen.press("button[value=terima]").await;
    screen.says("Pernyataan diterima.").await;
    screen.goto("/register/keberatan").await;
    screen.says("wirabumi.example").await;
    screen.holds().await;
    screen.goto(&person).await;
    screen.says("dihentikan, keberatan belum selesai").await;
    screen.says("wirabumi.foto").await;
    screen.holds().await;
    let stopped: Vec<String> = sqlx::query_scalar("select handle from account where stopped_at is not null")
        .fetch_all(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!(stopped, ["wirabumi.example"]);

    // The rest of the pages, and all of them in English.
    sqlx::query("update app_user set language = 'en'").execute(world.db.store.pool()).await.unwrap();
    let paths =
        ["", "/orang", "/orang/baru", "/unit", "/persetujuan", "/pernyataan", "/keberatan", "/undangan", "/impor"];
    for path in paths.iter().map(|path| format!("/register{path}")).chain([person, "/informasi-awal".to_owned()]) {
        screen.goto(&path).await;
        screen.holds().await;
    }
    screen.close().await;
}
