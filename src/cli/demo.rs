//! `netral demo`

mod seed;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use secrecy::SecretString;
use tokio::net::TcpListener;

use super::serve::run_roles;
use super::shutdown_signal;
use crate::config::Config;
use crate::demo;
use crate::demo::replay::{Replay, Schedule, World};
use crate::keyword::Library;
use crate::pipeline::Drafts;
use crate::register;
use crate::store::cluster::{Cluster, default_folder};
use crate::store::{NewProgram, NewUser, Store, StoreError};
use crate::web::password;

/// Show everything at once on a bare machine
///
/// Starts a private Postgres, a made-up regency, a replay server on loopback that speaks the platforms' real contracts,
/// the collectors and the pages. Hits appear while you watch. Ctrl-C stops all of it; the next start goes on where this
/// one ended, --fresh begins anew.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    instead: Option<Instead>,

    /// Port of the pages; another free one where it is taken
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Where the private Postgres lives [default: /var/lib/netral/demo as root, else ~/.local/share/netral/demo]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Throw away what an earlier demo left and begin anew
    #[arg(long)]
    fresh: bool,

    /// Seconds between two live posts
    #[arg(long, default_value_t = 5, value_name = "SECONDS")]
    pace: u64,
}

#[derive(Debug, clap::Subcommand)]
enum Instead {
    Seed(seed::Args),
}

/// What a demo remembers from one start to the next.
#[derive(serde::Serialize, serde::Deserialize)]
struct Memory {
    /// The first start: the replayed world's time begins here.
    begun: Timestamp,
    /// Password of every log-in.
    password: String,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(Instead::Seed(args)) = args.instead {
        return seed::run(args).await;
    }
    let dir = args.data.clone().unwrap_or_else(|| default_folder("demo"));
    if args.fresh && dir.exists() {
        // A demo that still runs, or was killed, may have left a server on these files.
        if dir.join("data").exists() {
            Cluster::start(&dir).await?.stop();
        }
        std::fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    let (shutdown, ended) = shutdown_signal()?;
    eprintln!("starting a private PostgreSQL in {} ...", dir.display());
    let mut cluster = Cluster::start(&dir).await?;
    let result = serve(&args, &dir, &cluster, shutdown.clone()).await;
    shutdown.cancel();
    cluster.stop();
    result?;
    eprintln!("stopped; start it again to go on, or with --fresh to begin anew");
    Ok(ended.await?)
}

async fn serve(
    args: &Args,
    dir: &Path,
    cluster: &Cluster,
    shutdown: tokio_util::sync::CancellationToken,
) -> anyhow::Result<()> {
    let store = Store::connect(cluster.main_database(), 24).await?;
    store.migrate().await?;
    let memory = remember(dir)?;
    if store.live_sets().await?.is_empty() {
        eprintln!("making the regency of Banyuwening ...");
        populate(&store, dir, &memory).await?;
    }

    let replay_listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let replay_address = replay_listener.local_addr()?;
    let mut schedule = Schedule::new(memory.begun);
    schedule.live_every = Duration::from_secs(args.pace.max(1));
    let world = World::build(demo::REGISTER, demo::OTHERS, demo::POSTS, &schedule)?;
    let mut replay = Replay::new(Arc::new(world), Timestamp::now);
    // The demo asks every few seconds, which no real server would put up with.
    replay.rate_limit = u64::MAX;
    let stop = shutdown.clone();
    let replay_task = tokio::spawn(async move { replay.serve(replay_listener, stop.cancelled_owned()).await });

    let listener = match TcpListener::bind(("127.0.0.1", args.port)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind(("127.0.0.1", 0)).await.context("no free port on 127.0.0.1")?,
    };
    let address = listener.local_addr()?;
    announce(&store, address, &memory).await?;
    let config = config(replay_address, address)?;
    run_roles(store, config, Some(listener), (true, true), shutdown).await?;
    replay_task.await?.context("the replay server stopped")
}

impl Memory {
    fn new() -> Self {
        let random = uuid::Uuid::new_v4().simple().to_string();
        Self { begun: Timestamp::now(), password: format!("banyuwening-{}", random.get(..8).unwrap_or(&random)) }
    }
}

fn remember(dir: &Path) -> anyhow::Result<Memory> {
    let path = dir.join("demo.json");
    if let Ok(text) = std::fs::read_to_string(&path) {
        return serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged; start with --fresh", path.display()));
    }
    let memory = Memory::new();
    std::fs::write(&path, serde_json::to_string(&memory)?)?;
    Ok(memory)
}

/// Makes the regency. Every step may be repeated, and the lists come last: a start that is cut off half way is made good by
/// the next one.
async fn populate(store: &Store, dir: &Path, memory: &Memory) -> anyhow::Result<()> {
    let read = register::read(demo::REGISTER.as_bytes());
    if let Some(problem) = read.problems.first() {
        bail!("the demo's register is wrong in line {}: {problem}", problem.row);
    }
    let rows: Vec<_> = read.rows.into_iter().map(|(_, row)| row).collect();
    store.import_register(&rows, "operator").await.map_err(|(_, e)| e)?;
    store.approve_accounts("verifikator").await?;
    add_users(store, memory).await?;

    let today = today(memory)?;
    open_program(store, today, 14).await?;
    publish_lists(store, dir, today).await
}

/// The day of the first start, where the regency lies.
fn today(memory: &Memory) -> anyhow::Result<Date> {
    Ok(memory.begun.to_zoned(jiff::tz::TimeZone::get("Asia/Jakarta")?).date())
}

/// The frame in which the regency collects.
async fn open_program(store: &Store, today: Date, rescan_days: i32) -> anyhow::Result<()> {
    let program = NewProgram {
        title: "Pengawasan netralitas ASN Kabupaten Banyuwening",
        legal_basis: "SE Sekda Banyuwening (contoh)",
        timezone: "Asia/Jakarta",
        starts_on: today - 90.days(),
        ends_on: today + 120.days(),
        rescan_days,
        dpia_sha256: Some([0x5e; 32]),
        notice_url: Some("https://diskominfo.banyuwening.example/pemberitahuan"),
    };
    if store.active_program().await?.is_none() {
        let id = store.propose_program(&program, "operator").await?;
        store.approve_program(id, "verifikator").await?;
    }
    Ok(())
}

/// Writes the lists into a folder and puts them into force by the steps that people take: one writes, a second signs.
async fn publish_lists(store: &Store, dir: &Path, today: Date) -> anyhow::Result<()> {
    let (keywords, circulars) = (dir.join("keywords"), dir.join("circulars"));
    let ids = demo::write_lists(&keywords, &circulars, today)?;
    let library = Library::in_folder(keywords, Some(circulars));
    let drafts = Drafts::new(store.clone(), None);
    let users = store.users().await?;
    let signer = users.iter().map(|(user, _)| user).find(|user| user.login == "katakunci2");
    let signer = signer.context("the demo has no second keyword admin")?;
    for id in ids {
        drafts.import(&library.set(id)?.sources(), "daftar awal demo", "katakunci1").await?;
        drafts.sign(id, signer).await?;
        drafts.publish(id, "katakunci1").await?;
    }
    Ok(())
}

#[derive(serde::Deserialize)]
struct UserRow {
    masuk: String,
    nama: String,
    peran: String,
    kode_unit: String,
    bahasa: String,
}

fn user_rows() -> anyhow::Result<Vec<UserRow>> {
    csv::Reader::from_reader(demo::USERS.as_bytes()).deserialize().map(|row| row.map_err(Into::into)).collect()
}

async fn add_users(store: &Store, memory: &Memory) -> anyhow::Result<()> {
    let secret = SecretString::from(memory.password.clone());
    let hash = tokio::task::spawn_blocking(move || password::hash(&secret)).await??;
    for row in user_rows()? {
        let word = |e| anyhow::anyhow!("demo user {}: {e}", row.masuk);
        let user = NewUser {
            login: &row.masuk,
            name: &row.nama,
            role: row.peran.parse().map_err(word)?,
            unit_code: Some(row.kode_unit.as_str()).filter(|c| !c.is_empty()),
            password_hash: &hash,
            language: row.bahasa.parse().map_err(word)?,
        };
        match store.add_user(&user, "demo").await {
            Ok(_) => {}
            Err(StoreError::Conflict { constraint }) if constraint == "app_user_login_key" => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn announce(store: &Store, address: std::net::SocketAddr, memory: &Memory) -> anyhow::Result<()> {
    let mut text = format!(
        "\n  netral demo: Kabupaten Banyuwening (made up)\n\n    open      http://{address}/\n    password  {}   (all log-ins)\n\n",
        memory.password
    );
    for (user, _) in store.users().await? {
        writeln!(text, "    {:<18} {:<14} {}", user.login, user.role, user.name)?;
    }
    text.push_str("\n  Hits arrive within a few seconds and keep coming. Ctrl-C stops everything.\n");
    eprintln!("{text}");
    Ok(())
}

/// The demo's configuration: only the replay server may be reached on loopback, and it is asked often.
fn config(replay: std::net::SocketAddr, web: std::net::SocketAddr) -> anyhow::Result<Config> {
    let text = format!(
        r#"
        [collect]
        interval_seconds = 15
        longest_interval_seconds = 15
        off_stage_factor = 1.0
        concurrency = 8
        [web]
        listen = "{web}"
        secure_cookies = false
        [source.http]
        allow_private = ["{replay}"]
        contact = "demo"
        [source.bluesky]
        entry = "http://{replay}"
        plc = "http://{replay}"
        [source.feed]
        base_url = "http://{replay}"
        "#
    );
    Config::parse(&text).map_err(|problem| anyhow::anyhow!("the demo's configuration: {problem}"))
}
