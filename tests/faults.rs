//! The fault matrix: what networks and disks do, and that it costs nothing but time. Each fault happens once or
//! more in the middle of the work; then the set in the database is the one that an undisturbed run makes.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use netral::pipeline::{CollectConfig, Collector, Lists};
use netral::source::{self, Http, SourcesConfig};
use netral::store::Store;
use netral::store::cluster::Cluster;
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;

use crate::source::server::{Reply, Server, head, reply};
use crate::support::{self, TestDb};
use crate::world::{Ready, SmallWorld, collector, contents, prepare, serve, try_contents};

/// A feed of four posts, one of them a hit.
fn feed() -> Reply {
    let item = |n: usize, text: &str| format!("<item><guid>n{n}</guid><title>{text}</title></item>");
    let items = [
        item(1, "selamat pagi"),
        item(2, "Dukung Danurwenda Sastrobawono, coblos nomor urut 1"),
        item(3, "rapat koordinasi"),
        item(4, "panen raya"),
    ];
    let body = format!("<rss version=\"2.0\"><channel><title>u</title>{}</channel></rss>", items.concat());
    reply(200, &[("content-type", "application/rss+xml")], body)
}

/// One account whose feed is at `address`.
async fn register_feed(store: &Store, address: &str) -> netral::model::AccountId {
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    let mut row = support::register_row(NUMBER.fetch_add(1, Ordering::Relaxed) as u32);
    let account = row.account.as_mut().unwrap();
    account.platform = "feed".to_owned();
    account.external_id = address.to_owned();
    store.import_register(&[row], "operator").await.map_err(|(_, e)| e).unwrap();
    store.approve_accounts("verifikator").await.unwrap();
    store.find_account("feed", address).await.unwrap().unwrap().account_id
}

async fn follow(store: &Store) -> Lists {
    Lists::follow(store.clone(), CancellationToken::new()).await.unwrap()
}

fn feeds(store: &Store, lists: &Lists, server: &Server) -> Collector {
    let text = format!(
        "[http]\nallow_private = [\"{}\"]\nread_timeout_ms = 400\ntotal_timeout_ms = 1500\nconnect_timeout_ms = 1000",
        server.authority()
    );
    let config: SourcesConfig = toml::from_str(&text).unwrap();
    let http = Http::new(&config.http).unwrap();
    let sources = source::build(&config, &|_| http.clone());
    Collector::new(
        store.clone(),
        sources,
        lists.clone(),
        CollectConfig { lease_seconds: 5, ..CollectConfig::default() },
    )
}

/// A database with program and lists.
async fn ready() -> (TestDb, tempfile::TempDir) {
    let db = TestDb::new().await;
    let dir = tempfile::tempdir().unwrap();
    prepare(&db.store, dir.path()).await;
    (db, dir)
}

#[tokio::test]
async fn what_a_network_does_costs_only_time_and_is_told() {
    let half = || {
        let mut bytes = head(200, &[("content-type", "application/rss+xml")], "content-length: 5000");
        bytes.extend_from_slice(b"<rss><channel><item><guid>n1</guid><title>setengah");
        bytes
    };
    let short = || {
        let mut bytes = head(200, &[("content-type", "application/rss+xml")], "content-length: 12");
        bytes.extend_from_slice(b"<rss version=\"2.0\"><channel></channel></rss>");
        bytes
    };
    let faults: Vec<(&str, Reply, &str)> = vec![
        ("reset connection", Reply::Reset(Vec::new()), "broke off"),
        ("reset in the body", Reply::Reset(half()), "broke off"),
        ("half a body", Reply::Bytes(half()), "broke off"),
        ("a wrong length", Reply::Bytes(short()), ""),
        ("silence", Reply::Hang, "did not answer in time"),
        (
            "HTML in place of a feed",
            reply(200, &[("content-type", "text/html")], "<!doctype html><p>Pemeliharaan</p>"),
            "",
        ),
        ("500", reply(500, &[], "oops"), "answered 500"),
        ("502", reply(502, &[], "<html>"), "answered 502"),
        ("429", reply(429, &[("retry-after", "2")], ""), "answered 429"),
        ("402", reply(402, &[], ""), "answered 402"),
        ("401", reply(401, &[], ""), "answered 401"),
    ];
    let (db, _dir) = ready().await;
    let store = &db.store;
    let lists = follow(store).await;
    for (name, fault, told) in faults {
        let asked = Arc::new(AtomicUsize::new(0));
        let server =
            Server::start(move |_| if asked.fetch_add(1, Ordering::Relaxed) < 2 { fault.clone() } else { feed() })
                .await;
        let account = register_feed(store, &server.url()).await;
        let collector = feeds(store, &lists, &server);
        for tried in 0..3 {
            store.make_due(Some(account)).await.unwrap();
            collector.pass(&CancellationToken::new()).await.unwrap();
            if tried == 0 {
                let said = store.coverage().await.unwrap().remove(0).last_error.unwrap_or_default();
                assert!(!said.is_empty() && said.contains(told), "{name}: the page says {said:?}");
                assert!(!said.contains("Pemeliharaan"), "{name}: not what the answer said");
            }
        }
        let kept: Vec<(String, i64)> = sqlx::query_as(
            "select a.external_id, count(h.hit_id) filter (where h.level = 'review') from activity a
             left join hit h using (account_id, activity_id) where a.account_id = $1 group by 1 order by 1",
        )
        .bind(account.0)
        .fetch_all(store.pool())
        .await
        .unwrap();
        let expected = [("n1", 0), ("n2", 1), ("n3", 0), ("n4", 0)].map(|(id, hits)| (id.to_owned(), hits));
        assert_eq!(kept, expected, "{name}");
        let row = store.coverage().await.unwrap().remove(0);
        assert_eq!((row.failing, row.parked, row.last_error), (0, 0, None), "{name}: it is well again");
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_told_and_tried_again() {
    let (db, _dir) = ready().await;
    let server = Server::start(|_| feed()).await;
    // No resolver is asked for a label that no name can have.
    register_feed(&db.store, &format!("http://{}.example/umpan", "a".repeat(70))).await;
    feeds(&db.store, &follow(&db.store).await, &server).pass(&CancellationToken::new()).await.unwrap();
    let row = db.store.coverage().await.unwrap().remove(0);
    assert!(row.last_error.unwrap().contains("no connection"), "says that there is no connection");
    assert_eq!((row.failing, row.parked), (1, 0));
    sqlx::query("update account set external_id = $1").bind(server.url()).execute(db.store.pool()).await.unwrap();
    db.store.make_due(None).await.unwrap();
    feeds(&db.store, &follow(&db.store).await, &server).pass(&CancellationToken::new()).await.unwrap();
    let posts: std::collections::BTreeSet<_> = contents(&db.store).await.into_iter().map(|row| row.0).collect();
    assert_eq!(posts.len(), 4);
}

/// A small disk of one's own; where that may not be mounted, there is none.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(mebibytes: u32) -> Option<Self> {
        let dir = std::env::temp_dir().join(format!("netral-disk-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&dir).ok()?;
        let size = format!("size={mebibytes}m,mode=0755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&dir).output().ok()?;
        if mounted.status.success() {
            return Some(Self(dir));
        }
        std::fs::remove_dir(&dir).ok();
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).output().ok();
        std::fs::remove_dir(&self.0).ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_work_until_there_is_room_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount(220) else {
        eprintln!("skipped: no small disk can be mounted here");
        return;
    };
    let world = SmallWorld::new(3, 400);
    let served = serve(&world, u64::MAX).await;
    let undisturbed = Ready::new(&world, &served, 50).await;
    collector(&undisturbed.db.store, served.address).await.pass(&CancellationToken::new()).await.unwrap();
    let expected = contents(&undisturbed.db.store).await;

    let dir = disk.0.join("pg");
    let mut cluster = Cluster::start(&dir).await.unwrap();
    let store = Store::connect(cluster.main_database(), 8).await.unwrap();
    store.migrate().await.unwrap();
    let lists = tempfile::tempdir().unwrap();
    prepare(&store, lists.path()).await;
    crate::world::register(&store, 3).await;
    // Half a megabyte is left: less than what is to come.
    let ballast = disk.0.join("ballast");
    let df = Command::new("df").args(["--output=avail", "-k"]).arg(&disk.0).output().unwrap();
    let free: u64 = String::from_utf8_lossy(&df.stdout).lines().nth(1).unwrap().trim().parse().unwrap();
    std::fs::write(&ballast, vec![0; (free.saturating_sub(512) * 1024) as usize]).unwrap();

    let running = collector(&store, served.address).await;
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    let task = tokio::spawn(async move { running.run(stop).await });
    let mut full = false;
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let df = Command::new("df").args(["--output=avail", "-k"]).arg(&disk.0).output().unwrap();
        full |=
            String::from_utf8_lossy(&df.stdout).lines().nth(1).is_some_and(|free| free.trim().parse().unwrap_or(9) < 8);
    }
    assert!(full, "the disk was full");
    std::fs::remove_file(&ballast).unwrap();
    // A server that had no room for its journal has stopped itself; starting it again is its supervisor's business.
    if sqlx::query("select 1").execute(store.pool()).await.is_err() {
        cluster.stop();
        cluster = Cluster::start(&dir).await.unwrap();
    }
    let mut whole = false;
    for _ in 0..160 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        whole = try_contents(&store).await.is_ok_and(|found| found == expected);
        if whole {
            break;
        }
    }
    shutdown.cancel();
    task.await.unwrap();
    store.pool().close().await;
    drop(cluster.temporary());
    assert!(whole, "the set is whole once there is room");
}

#[tokio::test]
async fn a_poison_item_costs_only_itself_and_its_bytes_are_kept() {
    let (db, _dir) = ready().await;
    let server = Server::start(|_| {
        let items: String = (0..200)
            .map(|n| match n {
                77 => "<item><guid>busuk</guid><title>rusak</item>".to_owned(),
                _ => format!("<item><guid>n{n}</guid><title>pagi {n}</title></item>"),
            })
            .collect();
        reply(200, &[], format!("<rss version=\"2.0\"><channel><title>u</title>{items}</channel></rss>"))
    })
    .await;
    register_feed(&db.store, &server.url()).await;
    let report = feeds(&db.store, &follow(&db.store).await, &server).pass(&CancellationToken::new()).await.unwrap();
    assert_eq!((report.receipt.kept, report.receipt.rejected), (199, 1));
    let raw: Vec<u8> = sqlx::query_scalar(AssertSqlSafe("select raw from quarantine".to_owned()))
        .fetch_one(db.store.pool())
        .await
        .unwrap();
    let raw = netral::store::unpack(&raw).unwrap();
    assert_eq!(String::from_utf8_lossy(&raw), "<item><guid>busuk</guid><title>rusak</item>");
}
