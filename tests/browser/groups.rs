//! A group of five by keyboard: read once, then each with one key; then another closed at one stroke and taken back.

use super::*;
use crate::web::groups::with_copies;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_five_is_decided_by_keyboard_alone() {
    let (world, group) = with_copies(5).await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    screen.login("peninjau1").await;
    screen.goto(&group).await;
    screen.is_sound().await;
    // Read once; the first one is taken and decided in full.
    screen.keys("c").await;
    screen.until("location.pathname.startsWith('/telaah/')").await;
    screen.is_sound().await;
    screen.keys("b").await;
    screen.keys("2").await;
    screen.keys(Key::Control + Key::Enter).await;
    // The other four by one key each.
    for n in 1..5 {
        screen.until("document.querySelector('[data-key=m]')").await;
        assert_eq!(world.count("decision").await, n);
        let here = screen.path().await;
        screen.is_sound().await;
        screen.keys("m").await;
        screen.until(&format!("location.pathname !== '{}'", here.split('?').next().unwrap())).await;
    }
    assert_eq!(world.count("decision").await, 5);
    let alike: i64 = world.count("decision where outcome = 'bukan_dugaan' and reason_code = 'informasi_berita'").await;
    assert_eq!(alike, 5);
    // The last one can still be taken back, and the group goes on from there.
    screen.keys("u").await;
    screen.until("document.body.textContent.includes('Putusan dibatalkan.')").await;
    screen.keys("m").await;
    screen.until("document.querySelector('.flash')").await;
    assert_eq!(world.count("decision").await, 6);
    for path in [&*group, "/mutu", "/mutu/latihan"] {
        screen.goto(path).await;
        screen.is_sound().await;
    }
    screen.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stroke_is_confirmed_and_taken_back_by_keyboard() {
    let (world, group) = with_copies(12).await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    screen.login("ketua").await;
    screen.goto(&format!("{group}/tutup")).await;
    screen.is_sound().await;
    screen.script::<()>("document.querySelector('[name=alasan]').focus()").await;
    screen.keys(" ").await;
    screen.keys(Key::Enter + "").await;
    screen.until("location.search.includes('ditutup')").await;
    assert!(world.count("decision").await >= 2);
    screen.is_sound().await;
    screen.keys("u").await;
    screen.until("location.search.includes('dibuka')").await;
    assert_eq!(world.count("hit where state = 'decided'").await, 0);
    for path in ["/mutu", "/keseimbangan"] {
        screen.goto(path).await;
        screen.is_sound().await;
    }
    screen.close().await;
}
