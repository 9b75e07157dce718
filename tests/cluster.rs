//! The private Postgres: as root and as an ordinary user, several at once, stopped in order, and killed.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use netral::store::cluster::Cluster;
use sqlx::{ConnectOptions, Connection};

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("netral-cluster-{name}-{}", uuid::Uuid::new_v4().simple()))
}

async fn execute(cluster: &Cluster, sql: &'static str) {
    let mut connection = cluster.main_database().connect().await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn number(cluster: &Cluster, sql: &'static str) -> i64 {
    let mut connection = cluster.main_database().connect().await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

fn running(pid: u32) -> bool {
    // A zombie is not running.
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn kill(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

#[tokio::test]
async fn a_cluster_survives_kill_9_with_everything_that_was_committed() {
    let dir = folder("kill");
    let mut first = Cluster::start(&dir).await.unwrap();
    assert_eq!(
        number(&first, "select (current_setting('fsync') = 'on')::int::bigint").await,
        1,
        "durable as any other"
    );
    execute(&first, "create table kept (n bigint)").await;
    execute(&first, "insert into kept select * from generate_series(1, 1000)").await;
    kill("-9", first.postmaster().unwrap());
    first.stop(); // reaps what is left of it
    let second = Cluster::start(&dir).await.unwrap().temporary();
    assert_eq!(number(&second, "select count(*) from kept").await, 1000);
    drop(second);
    assert!(!dir.exists(), "a temporary cluster leaves nothing behind");
}

#[tokio::test]
async fn a_second_start_takes_over_what_a_killed_process_left_serving() {
    let dir = folder("takeover");
    let mut first = Cluster::start(&dir).await.unwrap();
    let pid = first.postmaster().unwrap();
    let mut second = Cluster::start(&dir).await.unwrap();
    assert_eq!(second.postmaster(), Some(pid), "the same server");
    execute(&second, "create table t ()").await;
    second.stop();
    first.stop();
    assert!(!running(pid));
    std::fs::remove_dir_all(&dir).unwrap();
}

#[tokio::test]
async fn several_run_at_once() {
    let clusters = futures::future::join_all(
        ["a", "b", "c"].map(|name| async move { Cluster::start(&folder(name)).await.unwrap().temporary() }),
    )
    .await;
    for cluster in &clusters {
        execute(cluster, "create table one (n int)").await;
    }
}

#[tokio::test]
async fn a_folder_that_was_left_half_made_is_made_anew() {
    let dir = folder("half");
    std::fs::create_dir_all(dir.join("data.new/base")).unwrap();
    std::fs::write(dir.join("data.new/PG_VERSION"), "15\n").unwrap();
    let cluster = Cluster::start(&dir).await.unwrap().temporary();
    assert_eq!(number(&cluster, "select 1::bigint").await, 1);
}

/// Starts `netral with-postgres -- sh -c 'echo; cat'`, which prints the URL and then waits.
fn wrapped(binary: &Path, prefix: &[&str]) -> std::process::Child {
    let mut command = match prefix {
        [] => Command::new(binary),
        [program, rest @ ..] => {
            let mut command = Command::new(program);
            command.args(rest).arg(binary);
            command
        }
    };
    command
        .args(["with-postgres", "--", "sh", "-c", "echo $DATABASE_URL; exec sleep 600"])
        .env_remove("DATABASE_URL")
        .env("HOME", std::env::temp_dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .current_dir("/")
        .spawn()
        .unwrap()
}

pub fn first_line(child: &mut std::process::Child) -> String {
    use std::io::BufRead;
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line
}

fn socket_folder(url: &str) -> PathBuf {
    let host = url.trim().split("host=").nth(1).unwrap();
    PathBuf::from(url::form_urlencoded::parse(format!("h={host}").as_bytes()).next().unwrap().1.into_owned())
}

#[test]
fn ctrl_c_stops_and_cleans_up() {
    let mut child = wrapped(Path::new(env!("CARGO_BIN_EXE_netral")), &[]);
    let run = socket_folder(&first_line(&mut child));
    assert!(run.exists());
    // What a terminal does: the signal goes to the command as well as to netral.
    let me = child.id();
    let sleeping = || {
        let children = std::fs::read_to_string(format!("/proc/{me}/task/{me}/children")).unwrap_or_default();
        let name = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        children.split_whitespace().find(|pid| name(pid).trim() == "sleep").map(|pid| pid.parse().unwrap())
    };
    // The line comes before the shell has become the command that sleeps.
    let begun = Instant::now();
    let command = loop {
        match sleeping() {
            Some(pid) => break pid,
            None => assert!(begun.elapsed() < Duration::from_secs(20), "the command never began to sleep"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    kill("-INT", me);
    kill("-INT", command);
    child.wait().unwrap();
    let begun = Instant::now();
    while run.exists() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(!run.parent().unwrap().exists(), "the cluster's folder is gone");
}

#[test]
fn an_ordinary_user_can_do_the_same() {
    if std::fs::metadata("/proc/self").map(|m| std::os::unix::fs::MetadataExt::uid(&m)).unwrap() != 0 {
        return; // the other tests ran as an ordinary user already
    }
    // Where the repository lies may be closed to others: the binary goes where they can reach it.
    let dir = folder("user");
    std::fs::create_dir_all(&dir).unwrap();
    let binary = dir.join("netral");
    std::fs::copy(env!("CARGO_BIN_EXE_netral"), &binary).unwrap();
    for path in [&dir, &binary] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
    let status = Command::new(user[0])
        .args(&user[1..])
        .arg(&binary)
        .args(["with-postgres", "--migrate", "--", "sh", "-c", "test -n \"$DATABASE_URL\""])
        .env_remove("DATABASE_URL")
        .current_dir("/")
        .status()
        .unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(status.success());
}
