//! Post text is hostile.

use super::*;
use crate::pages::HOSTILE;

#[tokio::test]
async fn post_text_stays_text() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    for path in [world.page("hostile"), "/antrean".to_owned()] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        page.lacks("<script>alert");
        page.lacks("\" onmouseover=\"");
        page.lacks("href=\"javascript:");
        page.lacks("javascript:alert(4)");
        page.has("&#60;script&#62;alert(1)");
        page.has("{{ 7*7 }}");
        page.lacks("\u{202e}");
        page.lacks("\u{200b}");
        page.has("U+202E");
        page.has("U+200B");
    }
}

#[tokio::test]
async fn a_tried_text_is_shown_but_never_stored() {
    let world = World::new().await;
    let mut browser = world.login("katakunci").await;
    let tables = ["activity", "hit", "ledger", "decision", "quarantine"];
    let mut before = Vec::new();
    for table in tables {
        before.push(world.count(table).await);
    }
    let page = browser.post("/coba", &[("teks", HOSTILE), ("tindakan", "comment"), ("tanggal", "2029-10-01")]).await;
    assert_eq!(page.status, StatusCode::OK);
    page.has("Akan masuk antrean.");
    page.has("<mark class=\"m-candidate\" title=\"sena-nama (nama calon, C.2.e)\"");
    page.lacks("<script>alert");
    page.lacks("\" onmouseover=\"");
    browser.post("/coba", &[("teks", "tidak ada apa pun")]).await.has("Tidak ada indikasi");
    browser.post("/coba", &[("teks", "  ")]).await.has("Isi teks, teks alternatif atau akun sasaran.");
    browser.post("/coba", &[("teks", "Sena"), ("tanggal", "kemarin")]).await.has("Tanggal tidak dapat dibaca.");
    browser.post("/coba", &[("teks", &"x".repeat(20_001))]).await.has("Teks paling panjang");
    for (table, n) in tables.iter().zip(before) {
        assert_eq!(world.count(table).await, n, "{table}");
    }
}

#[tokio::test]
async fn addresses_with_odd_values_filter_nothing_and_break_nothing() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    for query in [
        "huruf=%00",
        "huruf=%27%3B--",
        "platform=%F0%9F%98%80",
        "tindakan=makan",
        "sesudah=x",
        "sesudah=99999999-1",
        "kosong=9999",
        "milik=%22%3E%3Ci%3E",
        "setelah=x",
    ] {
        let page = browser.get(&format!("/antrean?{query}")).await;
        assert!(page.status == StatusCode::OK || page.status == StatusCode::BAD_REQUEST, "{query}: {}", page.status);
        page.lacks("\"><i>");
    }
}

#[tokio::test]
async fn a_note_is_as_hostile_as_a_post() {
    let world = World::new().await;
    let mut browser = world.login("peninjau1").await;
    let page = world.page("post");
    browser.post(&format!("{page}/klaim"), &[]).await;
    let note = "</textarea><script>alert(5)</script>\0 panjang cukup";
    let mut fields = SUSPICION;
    fields[3] = ("catatan", note);
    let again = browser.post(&format!("{page}/putusan"), &[("hasil", "dugaan"), ("catatan", note)]).await;
    again.lacks("<script>alert(5)");
    assert_eq!(
        browser.post(&format!("{page}/putusan"), &fields).await.status,
        StatusCode::SEE_OTHER,
        "U+0000 is dropped, not an error"
    );
    let shown = browser.get(&page).await;
    shown.has("&#60;script&#62;alert(5)");
    shown.lacks("<script>alert(5)");
}
