//! A hundred thousand accounts over six services, kept at their pace by one worker, then by three of which one is killed.
//!
//! ```text
//! benches/ingest.sh collect                         a private Postgres; half an hour
//! benches/ingest.sh collect --accounts 2000 --factor 720     three minutes
//! ```
//!
//! Time is compressed: an interval of six hours lasts six hours / factor, and the services' limits (in 15 minutes) hold in
//! 15 minutes / factor. The services run here, on loopback, and count for themselves: every request, by service, account and
//! moment. docs/BENCHMARKS.md says what came out.

#![allow(missing_docs, reason = "a program, not an interface")]
#![allow(clippy::cast_precision_loss, reason = "counts and seconds here are small")]

#[allow(dead_code, reason = "shared with the other benches")]
mod clock;
#[allow(dead_code, reason = "shared with the other benches")]
mod corpus;
#[allow(dead_code, reason = "shared with the other benches")]
mod report;
#[allow(dead_code, reason = "shared with the other benches")]
mod world;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_trait::async_trait;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::Timestamp;
use netral::model::{Account, Activity};
use netral::pipeline::{CollectConfig, Collector, Drafts, Lists, SharedPace};
use netral::source::http::Request;
use netral::source::{Cursor, Http, HttpConfig, Item, Limit, Page, Per, Source, SourceError};
use netral::store::Store;
use sqlx::postgres::PgConnectOptions;
use tokio_util::sync::CancellationToken;

use report::Report;
use world::{list, program, publish, register, user};

/// The six services.
const SERVICES: [&str; 6] = ["satu", "dua", "tiga", "empat", "lima", "enam"];
/// Every account is due again after this, before compression.
const INTERVAL: Duration = Duration::from_secs(6 * 3600);
/// The services' limits hold for this, before compression.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// A worker's lease, as it is: leases are not compressed.
const LEASE: u64 = 30;

/// What the bench is asked for.
#[derive(Clone, Debug)]
struct Asked {
    accounts: u32,
    factor: u32,
    report: Option<PathBuf>,
    /// A worker of the bench: where the services are.
    worker: Option<SocketAddr>,
}

impl Asked {
    fn interval(&self) -> Duration {
        INTERVAL / self.factor
    }

    fn window(&self) -> Duration {
        WINDOW / self.factor
    }

    /// What each service allows in a window: half as much again as its accounts need, so that the pace is felt; and as much
    /// more as the three seconds cost that netral leaves between drawing a unit and its arrival, which are not compressed.
    fn limit(&self) -> u32 {
        let windows = INTERVAL.as_secs_f64() / WINDOW.as_secs_f64();
        let per_service = f64::from(self.accounts) / SERVICES.len() as f64;
        let slack = (self.window().as_secs_f64() + 3.0) / self.window().as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
        let limit = (per_service / windows * 1.5 * slack).ceil() as u32;
        limit.max(20)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut asked = Asked { accounts: 100_000, factor: 60, report: None, worker: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--accounts" => asked.accounts = value()?.parse()?,
            "--factor" => asked.factor = value()?.parse()?,
            "--report" => asked.report = Some(PathBuf::from(value()?)),
            "--worker" => asked.worker = Some(value()?.parse()?),
            "--bench" => {}
            other => anyhow::bail!("unknown argument {other}; there are --accounts N --factor N --report FILE"),
        }
    }
    match asked.worker {
        Some(services) => work(&asked, services).await,
        None => measure(&asked).await,
    }
}

async fn connect() -> anyhow::Result<Store> {
    let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set; run benches/ingest.sh collect")?;
    Ok(Store::connect(PgConnectOptions::from_str(&url)?, 24).await?)
}

/// A worker process: the real collector with the real pace and the real client.
async fn work(asked: &Asked, services: SocketAddr) -> anyhow::Result<()> {
    let store = connect().await?;
    let http = Http::new(&HttpConfig { allow_private: vec![services.to_string()], ..HttpConfig::default() })?;
    let limit = Limit { bucket: "requests", units: asked.limit(), per: Per::Window(asked.window()) };
    let source = |platform: &'static str| -> Arc<dyn Source> {
        let pace = SharedPace::new(store.clone(), platform, vec![limit.clone()]);
        Arc::new(Simulated { platform, services, http: http.paced(Arc::new(pace)) })
    };
    let interval = asked.interval().as_secs();
    let config = CollectConfig {
        concurrency: 48,
        interval_seconds: interval,
        shortest_interval_seconds: interval,
        longest_interval_seconds: interval,
        off_stage_factor: 1.0,
        lease_seconds: LEASE,
        ..CollectConfig::default()
    };
    let lists = Lists::follow(store.clone(), CancellationToken::new()).await?;
    Collector::new(store.clone(), SERVICES.map(source).to_vec(), lists, config).run(CancellationToken::new()).await;
    Ok(())
}

/// One of the six services, as a source sees it.
#[derive(Debug)]
struct Simulated {
    platform: &'static str,
    services: SocketAddr,
    http: Http,
}

#[async_trait]
impl Source for Simulated {
    fn platform(&self) -> &'static str {
        self.platform
    }

    async fn fetch(&self, account: &Account, cursor: &Cursor) -> Result<Page, SourceError> {
        let name = account.external_id.trim_start_matches("ukur:");
        let number: u64 = name.parse().unwrap_or(0);
        let url = format!("http://{}/{}/{name}", self.services, self.platform);
        let url = url.parse().map_err(|_| SourceError::Permanent { cause: "address".into() })?;
        let answer = self.http.send(Request::get(url, "application/json")).await?;
        if answer.status.as_u16() == 429 {
            let retry_after = answer.retry_after();
            return Err(SourceError::Transient { retry_after, cause: "429".into() });
        }
        // One reading in ten finds a new post, as a quiet register's accounts do.
        let read: u64 = String::from_utf8_lossy(&answer.body).trim().parse().unwrap_or(0);
        let mut page = Page { cursor: Cursor::from_text(read.to_string()), ..Page::default() };
        if (read + number).is_multiple_of(10) && cursor.as_str() != read.to_string() {
            let activity = Activity {
                id: format!("{name}-{read}"),
                text: "Selamat pagi, hari ini rapat koordinasi di pendopo".to_owned(),
                posted_at: Some(Timestamp::now()),
                ..Activity::default()
            };
            page.items.push(Item { activity, raw: answer.body.to_vec() });
        }
        Ok(page)
    }
}

/// What the services count.
#[derive(Default)]
struct Counted {
    /// Moments at which each account was read, by service and number.
    reads: HashMap<(usize, u32), Vec<Instant>>,
    /// Moments of all requests of a service.
    arrivals: [Vec<Instant>; SERVICES.len()],
    /// Accounts that are being read right now, and how often two did so at once.
    under_way: HashMap<(usize, u32), u32>,
    twice_at_once: u64,
}

type Shared = Arc<Mutex<Counted>>;

async fn answer(State(counted): State<Shared>, Path((service, account)): Path<(String, u32)>) -> String {
    let index = SERVICES.iter().position(|s| *s == service).unwrap_or(0);
    let read = {
        let Ok(mut counted) = counted.lock() else { return String::new() };
        let now = Instant::now();
        if let Some(arrivals) = counted.arrivals.get_mut(index) {
            arrivals.push(now);
        }
        let running = counted.under_way.entry((index, account)).or_default();
        *running += 1;
        if *running > 1 {
            counted.twice_at_once += 1;
        }
        let reads = counted.reads.entry((index, account)).or_default();
        reads.push(now);
        reads.len()
    };
    // The way there and back, and a service's own time.
    tokio::time::sleep(Duration::from_millis(20)).await;
    if let Ok(mut counted) = counted.lock()
        && let Some(running) = counted.under_way.get_mut(&(index, account))
    {
        *running -= 1;
    }
    read.to_string()
}

async fn measure(asked: &Asked) -> anyhow::Result<()> {
    let store = connect().await?;
    store.migrate().await?;
    program(&store).await?;
    let author = user(&store, "penulis").await?;
    let signer = user(&store, "penanda").await?;
    publish(&Drafts::new(store.clone(), None), &signer, &author.login, &list("Gerakan Obor Terang", &[])).await?;
    eprintln!("registering {} accounts ...", asked.accounts);
    for service in SERVICES {
        register(&store, service, asked.accounts / 6).await?;
    }
    // In a register that has been read for a while, the accounts are spread over their interval.
    sqlx::query("update collector_state set due_at = now() + random() * make_interval(secs => $1)")
        .bind(asked.interval().as_secs_f64())
        .execute(store.pool())
        .await?;
    sqlx::raw_sql("vacuum analyze").execute(store.pool()).await?;

    let counted: Shared = Arc::default();
    let router = axum::Router::new().route("/{service}/{account}", get(answer)).with_state(Arc::clone(&counted));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let services = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut report = Report::default();
    report.line("# Collection, measured");
    report.line("");
    report.line(&format!("{}, load {}.", clock::processor(), clock::load()));
    report.line(&format!(
        "{} accounts over {} services on loopback; time compressed by {}: an interval of 6 h lasts {} s, a limit of {} requests \
         in 15 min holds in {:.1} s; each answer takes 20 ms; one reading in ten finds a post.",
        asked.accounts,
        SERVICES.len(),
        asked.factor,
        asked.interval().as_secs(),
        asked.limit(),
        asked.window().as_secs_f64()
    ));

    let mut workers = vec![worker(asked, services)?];
    report.heading("One worker");
    let memory = watch(&workers, asked.interval() * 3).await;
    tell(&mut report, asked, &counted, Duration::ZERO, &memory);

    report.heading("Three workers, one of them killed");
    for _ in 0..2 {
        workers.push(worker(asked, services)?);
    }
    forget(&counted);
    let mut memory = watch(&workers, asked.interval()).await;
    // SIGKILL: it gives nothing back.
    drop(workers.remove(0));
    memory.extend(watch(&workers, asked.interval() * 2).await);
    tell(&mut report, asked, &counted, Duration::from_secs(LEASE), &memory);
    drop(workers);
    let kept: i64 = sqlx::query_scalar("select count(*) from activity").fetch_one(store.pool()).await?;
    report.line(&format!("{kept} posts were kept, each once."));
    if let Some(path) = &asked.report {
        report.save(path)?;
    }
    Ok(())
}

/// A worker process; killed when dropped.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn worker(asked: &Asked, services: SocketAddr) -> anyhow::Result<Worker> {
    let child = Command::new(std::env::current_exe()?)
        .args(["--worker", &services.to_string()])
        .args(["--accounts", &asked.accounts.to_string(), "--factor", &asked.factor.to_string()])
        .env("NETRAL_LOG", "off")
        .spawn()?;
    Ok(Worker(child))
}

/// Lets them work, and notes the largest worker's memory now and then, in MiB.
async fn watch(workers: &[Worker], time: Duration) -> Vec<f64> {
    let until = Instant::now() + time;
    let mut seen = Vec::new();
    while Instant::now() < until {
        tokio::time::sleep((time / 24).max(Duration::from_secs(1))).await;
        let largest = workers.iter().filter_map(|w| resident(w.0.id())).fold(0.0, f64::max);
        seen.push(largest);
    }
    seen
}

fn resident(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_ascii_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

/// Keeps only each account's latest reading, so that the next part's first interval is seen whole.
fn forget(counted: &Shared) {
    if let Ok(mut counted) = counted.lock() {
        for reads in counted.reads.values_mut() {
            let last = reads.pop();
            reads.clear();
            reads.extend(last);
        }
        counted.arrivals = Default::default();
        counted.twice_at_once = 0;
    }
}

fn tell(report: &mut Report, asked: &Asked, counted: &Shared, grace: Duration, memory: &[f64]) {
    let Ok(counted) = counted.lock() else { return };
    let (interval, now) = (asked.interval().as_secs_f64(), Instant::now());
    let (mut worst, mut late, mut readings, mut least) = (0.0_f64, 0_u64, 0_u64, f64::INFINITY);
    for reads in counted.reads.values() {
        // The gap that is still open counts, too.
        let moments = reads.iter().copied().chain(std::iter::once(now));
        let gaps: Vec<f64> =
            moments.clone().zip(moments.skip(1)).map(|(a, b)| b.duration_since(a).as_secs_f64()).collect();
        let closed = gaps.len().saturating_sub(1);
        least = gaps.iter().take(closed).copied().fold(least, f64::min);
        let longest = gaps.iter().copied().fold(0.0, f64::max);
        readings += reads.len() as u64;
        worst = worst.max(longest);
        if longest > interval * 1.2 + grace.as_secs_f64() {
            late += 1;
        }
    }
    let window = asked.window();
    let fullest = counted.arrivals.iter().map(|arrivals| fullest(arrivals, window)).max().unwrap_or(0);
    let quarter = memory.len() / 4;
    let early = memory.get(quarter).copied().unwrap_or(0.0);
    let highest = memory.iter().copied().fold(0.0, f64::max);
    report.table(&["", "measured", "allowed"]);
    let mut row = |what: &str, measured: String, allowed: String| report.row(&[what.to_owned(), measured, allowed]);
    row("accounts read", counted.reads.len().to_string(), (asked.accounts / 6 * 6).to_string());
    row("readings", readings.to_string(), String::new());
    let allowed = if grace.is_zero() { "1.20".to_owned() } else { format!("1.20 and {} s", grace.as_secs()) };
    row("longest gap, in intervals", format!("{:.2}", worst / interval), allowed);
    row("shortest gap, in intervals", format!("{:.2}", least / interval), String::new());
    row("accounts later than allowed", late.to_string(), "0".to_owned());
    row("most requests of one service in a window", fullest.to_string(), asked.limit().to_string());
    row("accounts read twice at once", counted.twice_at_once.to_string(), "0".to_owned());
    row(
        "memory of the largest worker, MiB",
        format!("{highest:.0}"),
        format!("{early:.0} after a quarter of the time"),
    );
}

/// The most moments in any stretch of `window`.
fn fullest(moments: &[Instant], window: Duration) -> usize {
    let (mut first, mut most) = (0, 0);
    for (last, moment) in moments.iter().enumerate() {
        while moments.get(first).is_some_and(|m| moment.duration_since(*m) >= window) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}
