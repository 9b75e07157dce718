//! Kills at random moments, restarts, and a comparison with the set that an undisturbed run makes. The seed is printed;
//! `NETRAL_SEED` replays it, `NETRAL_KILLS` asks for more.

use std::process::Stdio;
use std::time::Duration;

use netral::store::Store;
use netral::store::cluster::Cluster;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_util::sync::CancellationToken;

use crate::lists;
use crate::world::{Ready, SmallWorld, collector, config_text, contents, prepare, serve, try_contents};

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
        whole = try_contents(&store).await.is_ok_and(|found| found == expected);
        if whole {
            break;
        }
    }
    shutdown.cancel();
    task.await.unwrap();
    drop(cluster.temporary());
    assert!(whole, "the set is whole again after the database came back");
}

/// Kills and stops of everything at random, until as many as asked for have happened; how long each recovery took.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_whenever_the_set_becomes_whole_within_two_leases() {
    /// As in the configuration of these tests.
    const LEASE: Duration = Duration::from_secs(5);
    let mut dice = dice();
    let kills = number("NETRAL_KILLS", 10);
    let world = SmallWorld::new(6, 240);
    let served = serve(&world, u64::MAX).await;
    let undisturbed = Ready::new(&world, &served, 3).await;
    collector(&undisturbed.db.store, served.address).await.pass(&CancellationToken::new()).await.unwrap();
    let expected = contents(&undisturbed.db.store).await;

    let dir = std::env::temp_dir().join(format!("netral-kills-{}", uuid::Uuid::new_v4().simple()));
    let files = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::start(&dir).await.unwrap();
    let store = Store::connect(cluster.main_database(), 6).await.unwrap();
    store.migrate().await.unwrap();
    prepare(&store, files.path()).await;
    crate::world::register(&store, 6).await;
    let config = files.path().join("netral.toml");
    let text =
        config_text(served.address, 3).replace("[source.http]", "[web]\nlisten = \"127.0.0.1:0\"\n[source.http]");
    std::fs::write(&config, text).unwrap();
    let spawn = |url: &str, role: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_netral"));
        command.args(["serve", "--role", role]).env("DATABASE_URL", url).env("NETRAL_CONFIG", &config);
        command.current_dir(files.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let url = |cluster: &Cluster| secrecy::ExposeSecret::expose_secret(&cluster.url()).to_owned();
    let roles = ["collect", "work", "web"];
    let mut running: Vec<_> = roles.iter().map(|role| spawn(&url(&cluster), role)).collect();
    let (mut done, mut longest) = (0, Duration::ZERO);
    while done < kills {
        // Everything is read anew in each round: what is there already must stay one row.
        let again = sqlx::query("update collector_state set cursor = '', due_at = now() where leased_by is null");
        again.execute(store.pool()).await.ok();
        tokio::time::sleep(Duration::from_millis(dice.random_range(50..900))).await;
        let killed = std::time::Instant::now();
        match dice.random_range(0..4_usize) {
            3 => {
                let pid = cluster.postmaster().unwrap().to_string();
                assert!(std::process::Command::new("kill").args(["-9", &pid]).status().unwrap().success());
                cluster.stop();
                cluster = Cluster::start(&dir).await.unwrap();
            }
            role => {
                let signal = if dice.random_bool(0.5) { "-9" } else { "-15" };
                let pid = running[role].id().to_string();
                assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
                running[role].wait().unwrap();
                running[role] = spawn(&url(&cluster), roles[role]);
            }
        }
        done += 1;
        // Recovered: every account has been read to its end since.
        let mut recovered = false;
        while killed.elapsed() < LEASE * 4 && !recovered {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let open = sqlx::query_scalar::<_, i64>(
                "select count(*) from collector_state where due_at <= now() or last_ok_at is null",
            );
            recovered = open.fetch_one(store.pool()).await.is_ok_and(|open| open == 0);
        }
        longest = longest.max(killed.elapsed());
        assert!(recovered, "after kill {done}, something waits for longer than {:?}", LEASE * 4);
    }
    eprintln!("{done} kills; the longest recovery took {longest:?}, two leases are {:?}", LEASE * 2);
    assert!(longest <= LEASE * 2, "recovery within two leases: {longest:?}");
    let found = contents(&store).await;
    for mut process in running {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    store.pool().close().await;
    drop(cluster.temporary());
    assert_eq!(found, expected, "after {done} kills");
}

// ---- lists: a kill in the middle of a rescan, and in the middle of a publication

/// What the queue holds, by text.
async fn queue(store: &Store) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select a.text, h.state, h.origin from hit h join activity a using (account_id, activity_id) order by 1, 2",
    )
    .fetch_all(store.pool())
    .await
    .unwrap()
}

/// A list, six thousand activities of which some hit, and the next version signed but not published.
async fn before_a_publication() -> lists::World {
    let first = lists::list(&lists::slogan("lama", "Derap Lama", ""));
    let world = lists::World::new(&first).await;
    let live = world.lists().await;
    for page in 0..6 {
        let texts: Vec<String> = (0..1000)
            .map(|i| match i % 50 {
                0 => format!("Derap Lama {page} {i}"),
                1 => format!("Gerakan Obor {page} {i}"),
                2 => format!("Derap Lama dan Gerakan Obor {page} {i}"),
                _ => format!("pagi yang cerah {page} {i}"),
            })
            .collect();
        world.take_in(&live, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    world.decide("Derap Lama 0 0", netral::model::Outcome::NotSuspected).await;
    world.edit(&lists::list(&lists::slogan("obor", "Gerakan Obor", ""))).await;
    world.drafts.sign(lists::ID, &world.signer).await.unwrap();
    world
}

fn command(world: &lists::World, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_netral"));
    command.args(arguments).env("DATABASE_URL", world.db.url()).env_remove("NETRAL_CONFIG");
    command.current_dir(std::env::temp_dir()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(store.pool()).await.unwrap()
}

#[tokio::test]
async fn kill_9_in_the_middle_of_a_publication_and_of_its_rescan_leaves_no_trace() {
    let mut dice = dice();
    let undisturbed = before_a_publication().await;
    let live = undisturbed.lists().await;
    undisturbed.drafts.publish(lists::ID, "katakunci1").await.unwrap();
    undisturbed.rescan(&live).await;
    let expected = queue(undisturbed.store()).await;
    assert_eq!(count(undisturbed.store(), "select count(*) from rescan where state = 'open'").await, 0);

    let world = before_a_publication().await;
    let store = world.store();
    for _ in 0..number("NETRAL_KILLS", 6) {
        let mut child = command(&world, &["keywords", "publish", lists::ID, "--by", "katakunci1"]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(dice.random_range(20..400))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        // Before or after, never in between: one version is live, and its reading is ordered with it.
        assert_eq!(count(store, "select count(*) from keyword_set where retired_at is null").await, 1);
        let orders = count(
            store,
            "select count(*) from rescan r join keyword_set s using (set_id, version) where s.retired_at is null",
        )
        .await;
        assert_eq!(orders, 1);
    }
    assert!(command(&world, &["keywords", "publish", lists::ID, "--by", "katakunci1"]).status().unwrap().success());
    for _ in 0..number("NETRAL_KILLS", 6) {
        let mut child = command(&world, &["serve", "--role", "work"]).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(dice.random_range(50..500))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        // The dead worker's lease would run out by itself.
        sqlx::query("update rescan set leased_by = null, leased_until = null where state = 'open'")
            .execute(store.pool())
            .await
            .unwrap();
    }
    let mut worker = command(&world, &["serve", "--role", "work"]).spawn().unwrap();
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if count(store, "select count(*) from rescan where state = 'open'").await == 0 {
            break;
        }
    }
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(queue(store).await, expected);
    let read =
        count(store, "select activities from rescan where state = 'done' order by requested_at desc limit 1").await;
    assert_eq!(read, 6000, "each activity was counted once");
    world.ledger_is_whole().await;
}
