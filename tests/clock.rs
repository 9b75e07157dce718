//! The clock of the whole machine leaps, by libfaketime: Postgres and netral live weeks ahead for a while, then it is set
//! right. Nothing stands still, nothing is forgotten, nothing is doubled.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use netral::store::Store;
use tokio_util::sync::CancellationToken;

use crate::cluster::first_line;
use crate::world::{Ready, SmallWorld, collector, config_text, contents, prepare, register, serve};

/// Debian's package `libfaketime`; where it is missing the clock cannot be moved.
fn library() -> Option<PathBuf> {
    let arch = std::env::consts::ARCH;
    [format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketimeMT.so.1"), "/usr/lib64/faketime/libfaketimeMT.so.1".into()]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.exists())
}

/// Programs that see the time of a file.
struct Faked {
    library: PathBuf,
    offset: PathBuf,
}

impl Faked {
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.offset)
            .env("FAKETIME_NO_CACHE", "1")
            // Waits and time limits run by the clock that nobody can set.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("FAKETIME_DISABLE_SHM", "1");
        command
    }

    fn set(&self, offset: &str) {
        std::fs::write(&self.offset, offset).unwrap();
    }
}

/// A process that does not outlive its test.
struct Running(Child);

impl Running {
    fn end(&mut self, signal: &str) {
        Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end("-15");
    }
}

/// Waits until every account was read to its end within the last minute of the database's own time.
async fn all_read(store: &Store, since: &str) {
    let begun = Instant::now();
    loop {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from collector_state where last_ok_at is null or abs(extract(epoch from now() - last_ok_at)) > 60",
        )
        .fetch_one(store.pool())
        .await
        .unwrap();
        if open == 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{since}: {open} accounts stand still");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_leaps_and_is_set_right_stops_nothing_and_forgets_nothing() {
    let Some(library) = library() else {
        eprintln!("skipped: libfaketime is not installed");
        return;
    };
    let world = SmallWorld::new(5, 200);
    let served = serve(&world, u64::MAX).await;
    let undisturbed = Ready::new(&world, &served, 50).await;
    collector(&undisturbed.db.store, served.address).await.pass(&CancellationToken::new()).await.unwrap();
    let expected = contents(&undisturbed.db.store).await;

    // The server's own user reads the file, too.
    let dir = std::env::temp_dir().join(format!("netral-clock-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir(&dir).unwrap();
    let faked = Faked { library, offset: dir.join("offset") };
    faked.set("+0");
    let netral = Path::new(env!("CARGO_BIN_EXE_netral"));
    let mut database = faked
        .command(netral)
        .args(["with-postgres", "--", "sh", "-c", "echo $DATABASE_URL; exec cat"])
        .env_remove("DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .current_dir("/")
        .spawn()
        .unwrap();
    let url = first_line(&mut database).trim().to_owned();
    let store = Store::connect(url.parse().unwrap(), 4).await.unwrap();
    store.migrate().await.unwrap();
    prepare(&store, &dir).await;
    register(&store, 5).await;
    let config = dir.join("netral.toml");
    std::fs::write(&config, config_text(served.address, 50)).unwrap();
    let service = || {
        let mut command = faked.command(netral);
        command.args(["serve", "--role", "collect,work"]).env("DATABASE_URL", &url).env("NETRAL_CONFIG", &config);
        let log = std::fs::OpenOptions::new().create(true).append(true).open(dir.join("service.log")).unwrap();
        Running(command.current_dir(&dir).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    };

    let mut running = service();
    all_read(&store, "at first").await;
    assert_eq!(contents(&store).await, expected);
    // Three weeks: every window of the program is over. A service that starts then would forget at once.
    faked.set("+21d");
    all_read(&store, "three weeks ahead").await;
    running.end("-9");
    running = service();
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(contents(&store).await, expected, "nothing is forgotten by a clock in doubt");
    faked.set("+0");
    all_read(&store, "set right").await;
    faked.set("-3h");
    all_read(&store, "three hours back").await;
    assert_eq!(contents(&store).await, expected);
    let leaps: Vec<String> = sqlx::query_scalar("select kind from ledger where kind like 'clock.%' order by seq")
        .fetch_all(store.pool())
        .await
        .unwrap();
    assert_eq!(leaps, ["clock.ahead", "clock.back", "clock.back"]);
    let verified = faked.command(netral).args(["evidence", "verify"]).env("DATABASE_URL", &url).output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    running.end("-15");
    store.pool().close().await;
    // Its input ends, and so does it; the same where this test fails.
    drop(database.stdin.take());
    database.wait().unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
}
