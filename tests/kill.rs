//! Kills at random moments, restarts, and a comparison with the set that an undisturbed run makes. The seed is printed;
//! `NETRAL_SEED` replays it, `NETRAL_KILLS` asks for more.

use std::process::Stdio;
use std::time::Duration;

use netral::store::Store;
use netral::store::cluster::Cluster;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_util::sync::CancellationToken;

use crate::world::{Ready, SmallWorld, collector, contents, prepare, serve};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn dice() -> StdRng {
    let seed = number(
        "NETRAL_SEED",
        u64::from(std::process::id()) << 20 | u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs()),
    );
    eprintln!("NETRAL_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_of_the_collector_loses_and_doubles_nothing() {
    let mut dice = dice();
    let world = SmallWorld::new(5, 200);
    let served = serve(&world, u64::MAX).await;
    let undisturbed = Ready::new(&world, &served, 3).await;
    collector(&undisturbed.db.store, served.address).await.pass(&CancellationToken::new()).await.unwrap();
    let expected = contents(&undisturbed.db.store).await;
    assert_eq!(expected.iter().map(|r| &r.0).collect::<std::collections::BTreeSet<_>>().len(), world.registered);

    let ready = Ready::new(&world, &served, 3).await;
    let mut kills = 0;
    while kills < number("NETRAL_KILLS", 8) {
        let mut child = ready.command(&["collect"]).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(dice.random_range(120..700))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    // A killed worker's leases run out after five seconds; then one pass finishes what is left.
    for _ in 0..20 {
        let output = ready.netral(&["collect", "--once"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let left: i64 = sqlx::query_scalar(
            "select count(*) from collector_state where leased_by is not null or last_ok_at is null",
        )
        .fetch_one(ready.db.store.pool())
        .await
        .unwrap();
        if left == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(contents(&ready.db.store).await, expected, "after {kills} kills");
    assert!(ready.netral(&["evidence", "verify"]).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_in_mid_page_comes_back_to_a_whole_set() {
    let mut dice = dice();
    let world = SmallWorld::new(5, 200);
    let served = serve(&world, u64::MAX).await;
    let undisturbed = Ready::new(&world, &served, 3).await;
    collector(&undisturbed.db.store, served.address).await.pass(&CancellationToken::new()).await.unwrap();
    let expected = contents(&undisturbed.db.store).await;

    let dir = std::env::temp_dir().join(format!("netral-away-{}", uuid::Uuid::new_v4().simple()));
    let mut cluster = Cluster::start(&dir).await.unwrap();
    let store = Store::connect(cluster.main_database(), 8).await.unwrap();
    store.migrate().await.unwrap();
    prepare(&store, &dir).await;
    crate::world::register(&store, 5).await;
    let running = collector(&store, served.address).await;
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let task = tokio::spawn(async move { running.run(stop).await });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(dice.random_range(50..400))).await;
        let pid = cluster.postmaster().unwrap().to_string();
        assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
        cluster.stop();
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..500))).await;
        cluster = Cluster::start(&dir).await.unwrap();
    }
    let mut whole = false;
    for _ in 0..120 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        whole = contents(&store).await == expected;
        if whole {
            break;
        }
    }
    shutdown.cancel();
    task.await.unwrap();
    drop(cluster.temporary());
    assert!(whole, "the set is whole again after the database came back");
}
