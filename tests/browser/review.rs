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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_reviewers_race_a_lease_runs_out_and_a_third_settles_what_they_see_differently() {
    let world = World::new().await;
    // Two browsers, two people.
    let Some(first) = Screen::open(&world.state).await else { return };
    let Some(second) = Screen::open(&world.state).await else { return };
    first.login("peninjau1").await;
    second.login("peninjau2").await;
    let page = world.page("post");
    first.goto(&page).await;
    second.goto(&page).await;
    // Both press the key; one has it, the other is told who.
    tokio::join!(first.keys("c"), second.keys("c"));
    let held = "document.querySelector('#putusan') || document.body.textContent.includes('Sedang ditelaah')";
    first.until(held).await;
    second.until(held).await;
    let has = async |screen: &Screen| screen.script::<bool>("return Boolean(document.querySelector('#putusan'))").await;
    let (one, two) = (has(&first).await, has(&second).await);
    assert!(one != two, "exactly one of them holds it: {one}, {two}");
    let (holder, other) = if one { (&first, &second) } else { (&second, &first) };
    assert!(!other.script::<String>("return document.body.textContent").await.contains("Orang Uji"));

    // Whoever held it went home: the lease runs out, and the other may take it.
    sqlx::query("update hit set claimed_until = now() - interval '1 second' where claimed_by is not null")
        .execute(world.db.store.pool())
        .await
        .unwrap();
    other.goto(&page).await;
    other.keys("c").await;
    other.until("document.querySelector('#putusan')").await;
    // A decision on what one no longer holds is not taken, and what was typed is still there.
    holder.keys("b").await;
    holder.keys("1").await;
    holder.keys(Key::Control + Key::Enter).await;
    holder.until("document.body.textContent.includes('Sedang ditelaah') || document.querySelector('.alert')").await;
    assert_eq!(world.count("decision").await, 0);

    // The one suspects; the other, who does not see that, does not; the lead decides.
    suspect(other).await;
    assert_eq!(world.count("decision").await, 1);
    holder.goto(&page).await;
    holder.keys("c").await;
    holder.until("document.querySelector('#putusan')").await;
    let seen: String = holder.script("return document.documentElement.outerHTML").await;
    for told in ["Mengajak memilih secara terbuka", "Orang Uji 1", "Dinas Uji"] {
        assert!(!seen.contains(told), "the second reader sees `{told}`");
    }
    holder.keys("b").await;
    holder.keys("1").await;
    holder.keys(Key::Control + Key::Enter).await;
    holder.until(&format!("location.pathname !== '{page}'")).await;
    assert_eq!(world.count("decision").await, 2);
    first.driver.delete_all_cookies().await.unwrap();
    first.login("ketua").await;
    first.goto(&page).await;
    first.keys("c").await;
    first.until("document.querySelector('#putusan')").await;
    suspect(&first).await;
    let (step, state): (String, String) = sqlx::query_as("select step, state from hit where hit_id = $1")
        .bind(world.hit("post").0)
        .fetch_one(world.db.store.pool())
        .await
        .unwrap();
    assert_eq!((step.as_str(), state.as_str()), ("lead", "asked"), "two of three: the person is asked");
    first.close().await;
    second.close().await;
}

/// Decides *dugaan* with clause and note, by keyboard.
async fn suspect(screen: &Screen) {
    let here = screen.path().await;
    screen.keys("d").await;
    screen.keys("1").await;
    screen.keys("h").await;
    screen.keys("C.2.e").await;
    screen.keys(Key::Escape + "").await;
    screen.keys("n").await;
    screen.keys("Mengajak memilih secara terbuka.").await;
    screen.keys(Key::Control + Key::Enter).await;
    screen.until(&format!("location.pathname !== '{}'", here.split('?').next().unwrap())).await;
}
