//! Twenty hits by keyboard alone, one taken back, one passed on, and the palette; then the pages beside the queue.

use jiff::Timestamp;
use netral::model::{Activity, Kind};
use netral::store::{Batch, NewActivity, Program};

use super::*;
use crate::pages::{Found, hit};

/// A world with so many further posts of one account that they make a day's work.
async fn busy(posts: usize) -> World {
    let world = World::new().await;
    let program: Program = world.db.store.active_program().await.unwrap().unwrap();
    let row = |i: usize| {
        let text = format!("Ayo pilih Sena-Ruwaida, hari ke-{i}");
        let activity =
            Activity { id: format!("kerja{i}"), text, posted_at: Some(Timestamp::now()), ..Activity::default() };
        let found = [Found("text", "Sena-Ruwaida", Kind::Candidate, "sena-ruwaida-nama")];
        let hits = vec![hit(&activity, "C.2.e", &[("nama pasangan calon", 70)], &found)];
        let raw = format!("{{\"id\":\"kerja{i}\"}}").into_bytes();
        NewActivity { account_id: world.account, activity, raw, seen_at: Timestamp::now(), hits }
    };
    let activities = (0..posts).map(row).collect();
    world.db.store.commit(&Batch { activities, ..Batch::new(&program, "bluesky") }).await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_hits_are_cleared_by_keyboard_alone() {
    let world = busy(24).await;
    let Some(screen) = Screen::open(&world.state).await else { return };
    screen.login("peninjau1").await;
    screen.goto("/antrean").await;
    screen.keys("c").await;
    screen.until("location.pathname.startsWith('/telaah/')").await;
    for n in 0..20 {
        let here = screen.path().await;
        screen.keys("b").await;
        screen.keys("1").await;
        screen.keys(Key::Control + Key::Enter).await;
        let gone = format!("location.pathname !== '{}'", here.split('?').next().unwrap());
        screen.until(&gone).await;
        let decided: i64 = world.count("decision").await;
        assert_eq!(decided, n + 1);
    }
    // The last one is taken back, and passed on with a reason.
    screen.keys("u").await;
    screen.until("document.body.textContent.includes('Putusan dibatalkan.')").await;
    let back = screen.path().await;
    screen.keys("s").await;
    screen.until("document.activeElement.name === 'alasan'").await;
    screen.keys(" ").await;
    screen.keys(Key::Tab + "").await;
    screen.keys("c j u tidak berlaku di sini").await;
    screen.keys(Key::Tab + "").await;
    screen.keys(Key::Enter + "").await;
    let gone = format!("location.pathname !== '{}'", back.split('?').next().unwrap());
    screen.until(&gone).await;
    let why: String = sqlx::query_scalar("select why from hit_mark").fetch_one(world.db.store.pool()).await.unwrap();
    assert_eq!(why, "c j u tidak berlaku di sini", "keys that mean something elsewhere are letters in a field");

    // Every place and act by its words.
    screen.keys(Key::Control + "k").await;
    screen.until("document.querySelector('#perintah').open").await;
    screen.keys("antre").await;
    screen.until("document.querySelector('#perintah [aria-selected=true]')?.textContent === 'Antrean'").await;
    screen.keys(Key::Enter + "").await;
    screen.until("location.pathname === '/antrean'").await;
    screen.is_sound().await;
    for path in ["/kepentingan", "/antrean?tindakan=post"] {
        screen.goto(path).await;
        screen.is_sound().await;
    }
    screen.close().await;
}
