//! `netral demo seed` at a size that a test has time for: with every trigger on, and the pages over it.

use std::process::{Command, Output};

use axum::http::StatusCode;
use netral::demo::seed::hit_id;
use netral::model::{HitId, Role};
use netral::pipeline::Lists;
use netral::store::{NewUser, Store};
use netral::web::{AppState, LiveLists, WebConfig};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::pages::{Browser, cheap_hash};
use crate::support::TestDb;

fn netral(db: &TestDb, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_netral")).args(arguments).env("DATABASE_URL", db.url()).output().unwrap()
}

fn seed(db: &TestDb, accounts: &str, activities: &str, hits: &str) -> Output {
    netral(db, &["demo", "seed", "--accounts", accounts, "--activities", activities, "--hits", hits])
}

async fn number(store: &Store, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(store.pool()).await.unwrap()
}

#[tokio::test]
async fn a_seeded_regency_holds_every_rule_and_its_pages_answer() {
    let db = TestDb::new().await;
    let seeded = seed(&db, "200", "20000", "2000");
    let words = String::from_utf8_lossy(&seeded.stderr).into_owned();
    assert!(seeded.status.success(), "{words}");
    let again = seed(&db, "200", "200", "20");
    assert!(!again.status.success(), "a database with a register is left alone");

    let store = &db.store;
    assert_eq!(number(store, "select count(*) from account where approved_at is not null").await, 200);
    assert_eq!(number(store, "select count(*) from activity").await, 20_000);
    assert_eq!(number(store, "select count(*) from hit").await, 2000);
    assert_eq!(store.seed_faults().await.unwrap(), 0);
    let states: Vec<(String, i64)> = sqlx::query_as(
        "select state || '/' || step || coalesce('/' || verdict, ''), count(*) from hit group by 1 order by 1",
    )
    .fetch_all(store.pool())
    .await
    .unwrap();
    for there in ["open/first", "open/second", "open/lead", "asked/first", "decided/first/bukan_dugaan"] {
        assert!(states.iter().any(|(state, _)| state == there), "{there} is missing in {states:?}");
    }
    let open = number(store, "select count(*) from hit where state = 'open'").await;
    assert!(open > 1600, "most wait: {states:?}");
    assert!(number(store, "select count(distinct platform) from account").await > 5);
    assert!(number(store, "select count(distinct unit_id) from person").await >= 8);
    assert!(number(store, "select count(distinct clause) from hit").await > 1);
    assert!(number(store, "select count(distinct score) from hit").await > 3);
    assert_eq!(number(store, "select count(*) from collector_state where parked_at is null").await, 0);
    // The evidence is of the bytes that are stored.
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("select raw, raw_sha256 from activity order by activity_id limit 50")
            .fetch_all(store.pool())
            .await
            .unwrap();
    for (raw, sha256) in rows {
        assert_eq!(Sha256::digest(netral::store::unpack(&raw).unwrap()).to_vec(), sha256);
    }

    let state = pages(store).await;
    let mut one = Browser::login(&state, "penelaah1").await;
    let first = one.get("/antrean").await;
    assert_eq!(first.status, StatusCode::OK);
    // Page after page without a row twice.
    let mut seen = hits_on(&first.body);
    let mut page = first;
    for _ in 0..8 {
        let next = page.body.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        page = one.get(&next.replace("&#38;", "&").replace("&amp;", "&")).await;
        assert_eq!(page.status, StatusCode::OK);
        seen.extend(hits_on(&page.body));
    }
    assert_eq!(seen.len(), 9 * 20);
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all, "a row stands on two pages");

    let taken = one.post("/antrean/berikutnya", &[]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    let there = taken.location().to_owned();
    let hit = one.get(&there).await;
    assert_eq!(hit.status, StatusCode::OK);
    let decided =
        one.post(&format!("{there}/putusan"), &[("hasil", "bukan_dugaan"), ("alasan", "informasi_berita")]).await;
    assert!(decided.location().starts_with("/telaah/"), "the next is there: {}", decided.location());
    for n in [0, 7, 1999] {
        assert_eq!(one.get(&format!("/telaah/{}", hit_id(n))).await.status, StatusCode::OK, "{n}");
    }
    let verified = netral(&db, &["evidence", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// The pages over the lists that the seed published, and somebody who reviews.
async fn pages(store: &Store) -> AppState {
    let hash = cheap_hash().into();
    let new = NewUser {
        login: "penelaah1",
        name: "Penelaah Satu",
        role: Role::Reviewer,
        unit_code: None,
        password_hash: &hash,
        language: netral::model::Language::Indonesian,
    };
    store.add_user(&new, "test").await.unwrap();
    let lists = Lists::follow(store.clone(), CancellationToken::new()).await.unwrap();
    let config = WebConfig { secure_cookies: false, ..WebConfig::default() };
    AppState::new(store.clone(), LiveLists::from(lists), config).with_review(crate::support::RULES)
}

fn hits_on(page: &str) -> Vec<HitId> {
    let links = page.split("class=\"row-link\" href=\"/telaah/").skip(1);
    links.filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
}
