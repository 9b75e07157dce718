//! Figures about people are their own and the lead's; the sides' figures are not for those who read first.

use super::*;

async fn closed(world: &World, name: &str, login: &str) {
    let mut browser = world.login(login).await;
    browser.post(&format!("{}/klaim", world.page(name)), &[]).await;
    let fields = [("hasil", "bukan_dugaan"), ("alasan", "informasi_berita")];
    let reply = browser.post(&format!("{}/putusan", world.page(name)), &fields).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
}

#[tokio::test]
async fn a_reader_sees_their_own_figures_and_the_lead_everybodys() {
    let world = World::new().await;
    closed(&world, "post", "peninjau1").await;
    let own = world.login("peninjau1").await.get("/mutu").await;
    own.has("Angka Anda");
    own.has("kurang dari lima");
    for word in ["Farida", "Retno", "Angka setiap penelaah", "Butir latihan"] {
        own.lacks(word);
    }
    let lead = world.login("ketua").await.get("/mutu").await;
    lead.has("Angka setiap penelaah");
    let at = |name: &str| lead.body.find(name).unwrap();
    assert!(at("Farida Nurul Aini") < at("Kusnan Adiwijaya") && at("Kusnan Adiwijaya") < at("Retno Palupi"));
    assert_eq!(world.count("ledger where kind = 'quality.viewed'").await, 1);
    for login in ["auditor", "katakunci"] {
        let seen = world.login(login).await.get("/mutu").await;
        assert_eq!(seen.status, StatusCode::OK);
        for word in ["Kusnan", "Angka Anda", "Angka setiap penelaah"] {
            seen.lacks(word);
        }
    }
    for (login, sees) in
        [("auditor", true), ("katakunci", true), ("ketua", true), ("peninjau1", false), ("verifikator", false)]
    {
        let mut browser = world.login(login).await;
        let seen = browser.get("/keseimbangan").await;
        assert_eq!(seen.status == StatusCode::OK, sees, "{login}");
        if sees {
            seen.has("Belum cukup untuk membandingkan");
            seen.lacks("Orang Uji");
        } else {
            browser.get("/antrean").await.lacks("/keseimbangan");
        }
    }
}

#[tokio::test]
async fn practice_is_blind_told_as_such_and_no_decision() {
    let world = World::new().await;
    closed(&world, "post", "peninjau1").await;
    let mut lead = world.login("ketua").await;
    let mark = format!("{}/acuan", world.page("post"));
    assert_eq!(
        world.login("peninjau1").await.post(&mark, &[("catatan", "Ini berita.")]).await.status,
        StatusCode::FORBIDDEN
    );
    assert!(lead.post(&mark, &[("catatan", "x")]).await.location().ends_with("move-why"));
    let open = lead.post(&format!("{}/acuan", world.page("long")), &[("catatan", "Ini berita.")]).await;
    assert!(open.location().ends_with("golden-not-fit"));
    assert!(lead.post(&mark, &[("catatan", "Ini berita Orang Uji 1.")]).await.location().ends_with("golden-marked"));
    let (before, state) = (world.count("decision").await, world.count("hit where state = 'open'").await);

    let mut two = world.login("peninjau2").await;
    let page = two.get("/mutu/latihan").await;
    page.has("Ini latihan");
    page.has("Sena-Ruwaida");
    for word in ["Orang Uji", "uji1", "sosial.example", "sena-ruwaida-nama", "Kusnan", "Ini berita"] {
        page.lacks(word);
    }
    let form = page.body.split("action=\"/mutu/latihan/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let reply = two.post(&format!("/mutu/latihan/{form}"), &[("hasil", "dugaan")]).await;
    let answer = two.get(reply.location()).await;
    answer.has("Hasil Anda lain");
    answer.has("Ini berita ▇▇▇");
    two.get("/mutu/latihan").await.has("Tidak ada lagi yang dapat dilatih");
    // Whoever decided it, or marked it, is no test of it; nor may an address be guessed.
    for browser in [&mut world.login("peninjau1").await, &mut lead] {
        browser.get("/mutu/latihan").await.has("Tidak ada lagi yang dapat dilatih");
        assert_eq!(browser.get(&format!("/mutu/latihan?butir={form}")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            browser.post(&format!("/mutu/latihan/{form}"), &[("hasil", "dugaan")]).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!((world.count("decision").await, world.count("hit where state = 'open'").await), (before, state));
    two.get(&world.page("post")).await.lacks("Hasil akhir");
    lead.get("/mutu").await.has("Keluarkan dari latihan");
    lead.post(&format!("/mutu/acuan/{form}/akhiri"), &[]).await;
    lead.get("/mutu").await.lacks("Keluarkan dari latihan");
}
