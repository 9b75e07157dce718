//! The review workbench under load: pages, claims and decisions at eight connections over a register with a million hits,
//! beside the very statements that they send, through pgbench in the same run.
//!
//! ```text
//! benches/review.sh                                            a private Postgres; half an hour
//! benches/review.sh --accounts 1000 --activities 100000 --hits 20000 --rounds 3 --seconds 1
//! ```
//!
//! Needs `DATABASE_URL` of an empty server of one's own; `benches/review.sh` brings one. docs/BENCHMARKS.md says what came out.

#![allow(missing_docs, reason = "a program, not an interface")]

#[allow(dead_code, reason = "shared with the other benches")]
mod clock;
#[path = "review/http.rs"]
mod http;
#[path = "review/pgbench.rs"]
mod pgbench;
#[allow(dead_code, reason = "shared with the other benches")]
mod report;
#[path = "review/served.rs"]
mod served;

use std::collections::HashSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgPool};
use uuid::Uuid;

use clock::median;
use http::Client;
use pgbench::{PgBench, Script, Statement};
use report::{Report, judged};
use served::Served;

/// Connections on either side.
pub const CONNECTIONS: usize = 8;
/// How deep the deep page lies.
const DEEP: i64 = 20_000;
/// What each decision says.
const DECISION: &str = "hasil=bukan_dugaan&alasan=informasi_berita";

struct Sizes {
    accounts: u64,
    activities: u64,
    hits: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut sizes = Sizes { accounts: 20_000, activities: 10_000_000, hits: 1_000_000 };
    let (mut rounds, mut seconds, mut path) = (7, 5, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--accounts" => sizes.accounts = value()?.parse()?,
            "--activities" => sizes.activities = value()?.parse()?,
            "--hits" => sizes.hits = value()?.parse()?,
            "--rounds" => rounds = value()?.parse()?,
            "--seconds" => seconds = value()?.parse()?,
            "--report" => path = Some(PathBuf::from(value()?)),
            "--bench" => {}
            other => anyhow::bail!(
                "unknown argument {other}; there are --accounts N --activities N --hits N --rounds N --seconds N --report FILE"
            ),
        }
    }
    let mut report = Report::default();
    report.line("# Review under load, measured");
    report.line("");
    report.line(&format!("{}, load {}.", clock::processor(), clock::load()));
    Bench::new(&sizes, &mut report).await?.run(rounds, Duration::from_secs(seconds), &mut report).await?;
    if let Some(path) = path {
        report.save(&path)?;
    }
    Ok(())
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Queue,
    Deep,
    Hit,
    Claim,
    Decide,
}

impl Deed {
    const ALL: [Self; 5] = [Self::Queue, Self::Deep, Self::Hit, Self::Claim, Self::Decide];

    fn title(self) -> &'static str {
        match self {
            Self::Queue => "queue, first page",
            Self::Deep => "queue, deep page",
            Self::Hit => "a hit's page",
            Self::Claim => "claim the next",
            Self::Decide => "decide, next claimed",
        }
    }
}

/// What somebody holds while the bench runs.
struct Reader {
    client: Client,
    /// Held, and to be decided next.
    holds: Option<Uuid>,
    dice: u64,
}

struct Bench {
    pool: PgPool,
    served: Served,
    readers: Vec<Reader>,
    /// Where the deep page begins.
    deep: String,
    hits: u64,
    pgbench: Option<PgBench>,
}

/// Latencies of one phase, in milliseconds; how much was done, and how long it took.
#[derive(Default)]
pub struct Phase {
    pub latencies: Vec<f64>,
    pub done: u32,
    pub took: Duration,
}

impl Phase {
    pub fn at(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }

    fn rate(&self) -> f64 {
        f64::from(self.done) / self.took.as_secs_f64()
    }
}

impl Bench {
    async fn new(sizes: &Sizes, report: &mut Report) -> anyhow::Result<Self> {
        let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set; run benches/review.sh")?;
        // Its own name, so that the log tells its statements from netral's.
        let options = PgConnectOptions::from_str(&url)?.application_name("ukur").disable_statement_logging();
        let pool = PgPoolOptions::new().max_connections(4).connect_with(options).await?;
        for setting in ["max_wal_size = '16GB'", "checkpoint_timeout = '30min'"] {
            sqlx::query(sqlx::AssertSqlSafe(format!("alter system set {setting}"))).execute(&pool).await?;
        }
        sqlx::query("select pg_reload_conf()").execute(&pool).await?;

        let begun = Instant::now();
        served::seed(sizes.accounts, sizes.activities, sizes.hits)?;
        let seeded = begun.elapsed().as_secs_f64();
        let passwords = served::reviewers(&url, CONNECTIONS).await?;
        // Which hit has which number, and whose it is, for pgbench.
        sqlx::raw_sql(
            "create table ukur_hit as
                 select row_number() over (order by h.hit_id) - 1 as n, h.hit_id, h.account_id, a.external_id
                 from hit h join activity a using (account_id, activity_id);
             create unique index on ukur_hit (n);
             create unique index on ukur_hit (hit_id)",
        )
        .execute(&pool)
        .await?;
        sqlx::raw_sql("vacuum (analyze)").execute(&pool).await?;
        sqlx::raw_sql("checkpoint").execute(&pool).await?;
        let size: String =
            sqlx::query_scalar("select pg_size_pretty(pg_database_size(current_database()))").fetch_one(&pool).await?;
        let open: i64 = sqlx::query_scalar("select count(*) from hit where state = 'open'").fetch_one(&pool).await?;
        let depth = DEEP.min(open / 2);
        let deep: String = sqlx::query_scalar(
            "select (extract(epoch from urgent_at) * 1000000)::bigint || '-' || hit_id from hit where state = 'open'
             order by urgent_at, hit_id offset $1 limit 1",
        )
        .bind(depth)
        .fetch_one(&pool)
        .await?;
        report.line(&format!(
            "{} accounts, {} activities, {} hits ({open} open), {size}; seeded in {seeded:.0} s. The deep page lies {depth} rows deep.",
            sizes.accounts, sizes.activities, sizes.hits
        ));

        let served = Served::start().await?;
        let mut readers = Vec::new();
        for (n, (login, password)) in passwords.iter().enumerate() {
            let client = served.log_in(login, password).await?;
            readers.push(Reader { client, holds: None, dice: n as u64 });
        }
        let pgbench = PgBench::find(&url);
        Ok(Self { pool, served, readers, deep, hits: sizes.hits, pgbench })
    }

    async fn run(mut self, rounds: usize, length: Duration, report: &mut Report) -> anyhow::Result<()> {
        let bare = Script::bare_claim();
        let mut scripts = Vec::new();
        for deed in Deed::ALL {
            self.phase(deed, Duration::from_millis(500)).await?;
            scripts.push(self.record(deed).await?);
        }
        for (deed, script) in Deed::ALL.iter().zip(&scripts) {
            eprintln!("{}: {} statements", deed.title(), script.statements());
        }
        let mut netral: Vec<Vec<Phase>> = Deed::ALL.iter().map(|_| Vec::new()).collect();
        let mut own: Vec<Vec<Phase>> = Deed::ALL.iter().map(|_| Vec::new()).collect();
        let mut bare_claims = Vec::new();
        let mut doubles = 0;
        for round in 0..rounds {
            for (i, deed) in Deed::ALL.into_iter().enumerate() {
                let script = scripts.get(i).context("no script")?;
                for turn in 0..2 {
                    if (round + turn) % 2 == 0 {
                        let (phase, twice) = self.phase(deed, length).await?;
                        // A dismissed hit may be read by a second person; what is only claimed is nobody else's.
                        doubles += if deed == Deed::Claim { twice } else { 0 };
                        netral.get_mut(i).context("no place")?.push(phase);
                    } else {
                        own.get_mut(i).context("no place")?.extend(self.pgbench(script, length)?);
                        self.give_back().await?;
                    }
                }
            }
            if let Some(phase) = self.pgbench(&bare, length)? {
                let claimed: i64 = sqlx::query_scalar("select count(*) from hit where claimed_by is not null")
                    .fetch_one(&self.pool)
                    .await?;
                ensure!(claimed == i64::from(phase.done), "the bare script claimed a hit twice");
                bare_claims.push(phase);
                self.give_back().await?;
            }
            eprintln!("round {} of {rounds}, load {}", round + 1, clock::load());
        }
        self.tell(&netral, &own, &bare_claims, doubles, report)?;
        report.line("");
        report.line(&format!(
            "Resident memory of netral at its highest: {:.0} MiB. Load at the end: {}.",
            self.served.memory(),
            clock::load()
        ));
        Ok(())
    }

    fn tell(
        &self,
        netral: &[Vec<Phase>],
        own: &[Vec<Phase>],
        bare: &[Phase],
        doubles: usize,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let middle = |phases: &[Phase], share: f64| median(&phases.iter().map(|p| p.at(share)).collect::<Vec<_>>());
        let ratio = |a: &[Phase], b: &[Phase], share: f64| {
            median(&a.iter().zip(b).map(|(a, b)| a.at(share) / b.at(share)).collect::<Vec<_>>())
        };
        report
            .heading(&format!("Milliseconds at {CONNECTIONS} connections, beside the same statements through pgbench"));
        report.table(&["", "netral p50", "p99", "requests/s", "own SQL p50", "p99", "p50 ratio", "p99 ratio"]);
        for ((deed, netral), own) in Deed::ALL.iter().zip(netral).zip(own) {
            report.row(&[
                deed.title().to_owned(),
                format!("{:.2}", middle(netral, 0.5)),
                format!("{:.2}", middle(netral, 0.99)),
                format!("{:.0}", median(&netral.iter().map(Phase::rate).collect::<Vec<_>>())),
                format!("{:.2}", middle(own, 0.5)),
                format!("{:.2}", middle(own, 0.99)),
                format!("{:.2}", ratio(netral, own, 0.5)),
                format!("{:.2}", ratio(netral, own, 0.99)),
            ]);
        }
        report.line("");
        report.line("Medians over the rounds; a ratio is the median of the rounds' ratios (GP10: at most 3 and 6; aim 2 and 4).");
        let [first, deep, _, claims, _] = netral else { anyhow::bail!("no figures") };
        report.line(&format!("Deep page to first page, p50: {:.2} (at most 1.5; aim 1.1).", ratio(deep, first, 0.5)));
        let rates = |phases: &[Phase]| phases.iter().map(Phase::rate).collect::<Vec<_>>();
        let (ours, theirs) = (rates(claims), rates(bare));
        let ratios: Vec<_> = ours.iter().zip(&theirs).map(|(a, b)| a / b).collect();
        report.line(&format!(
            "Claims a second: {:.0}, beside {:.0} of the bare `skip locked` script: {}. Claimed twice: {doubles}.",
            median(&ours),
            median(&theirs),
            judged(median(&ratios), 0.5, 0.8)
        ));
        if self.pgbench.is_none() {
            report.line("pgbench was not found: nothing to compare with.");
        }
        Ok(())
    }

    fn pgbench(&self, script: &Script, length: Duration) -> anyhow::Result<Option<Phase>> {
        self.pgbench.as_ref().map(|pgbench| pgbench.run(script, self.hits, length)).transpose()
    }

    /// Everybody does one thing for so long. Also how many hits two were given.
    async fn phase(&mut self, deed: Deed, length: Duration) -> anyhow::Result<(Phase, usize)> {
        if deed == Deed::Decide {
            for reader in &mut self.readers {
                reader.holds = reader.client.claim().await?;
            }
        }
        let begun = Instant::now();
        let until = begun + length;
        let (deep, hits) = (self.deep.clone(), self.hits);
        let mut running = Vec::new();
        for mut reader in std::mem::take(&mut self.readers) {
            let deep = deep.clone();
            running.push(tokio::spawn(async move {
                let (mut latencies, mut claimed) = (Vec::new(), Vec::new());
                while Instant::now() < until {
                    let asked = Instant::now();
                    reader.act(deed, &deep, hits, &mut claimed).await?;
                    latencies.push(asked.elapsed().as_secs_f64() * 1e3);
                    anyhow::ensure!(deed != Deed::Claim || reader.holds.is_some(), "the queue is empty: more --hits");
                }
                anyhow::Ok((reader, latencies, claimed))
            }));
        }
        let (mut phase, mut claimed) = (Phase::default(), Vec::new());
        for task in running {
            let (reader, latencies, hits) = task.await??;
            self.readers.push(reader);
            phase.latencies.extend(latencies);
            claimed.extend(hits);
        }
        phase.took = begun.elapsed();
        phase.done = u32::try_from(phase.latencies.len())?;
        let all = claimed.len();
        let twice = all - claimed.into_iter().collect::<HashSet<_>>().len();
        self.give_back().await?;
        Ok((phase, twice))
    }

    /// Nobody holds anything, as at the beginning.
    async fn give_back(&self) -> anyhow::Result<()> {
        sqlx::query(
            "update hit set claimed_by = null, claimed_until = null, claimed_at = null where claimed_by is not null",
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What one request sends to the database, from the server's own log.
    async fn record(&mut self, deed: Deed) -> anyhow::Result<Script> {
        let mut reader = self.readers.pop().context("nobody is logged in")?;
        let mut claimed = Vec::new();
        reader.holds = if deed == Deed::Decide { reader.client.claim().await? } else { None };
        // Several times, and the shortest counts: what is looked at only now and then belongs to no request.
        let mut shortest: Option<(Vec<Statement>, Option<Uuid>)> = None;
        for _ in 0..3 {
            // Unrecorded first, until the statements are prepared on every connection.
            for _ in 0..16 {
                reader.act(deed, &self.deep, self.hits, &mut claimed).await?;
            }
            let log = pgbench::Log::begin(&self.pool).await?;
            let hit = reader.act(deed, &self.deep, self.hits, &mut claimed).await?;
            let statements = log.end(&self.pool).await?;
            if shortest.as_ref().is_none_or(|(best, _)| statements.len() < best.len()) {
                shortest = Some((statements, hit));
            }
        }
        let (statements, hit) = shortest.context("nothing was recorded")?;
        self.readers.push(reader);
        self.give_back().await?;
        let named = match hit {
            Some(hit) => {
                let (account, external): (Uuid, String) =
                    sqlx::query_as("select account_id, external_id from ukur_hit where hit_id = $1")
                        .bind(hit)
                        .fetch_one(&self.pool)
                        .await?;
                Some((hit, account, external))
            }
            None => None,
        };
        ensure!(!statements.is_empty(), "{}: nothing was recorded", deed.title());
        Ok(match deed {
            Deed::Queue | Deed::Deep | Deed::Claim => Script::fixed(deed.title(), &statements),
            Deed::Hit => Script::of_a_random_hit(deed.title(), &statements, named.as_ref()),
            Deed::Decide => Script::of_the_claimed_hit(deed.title(), &statements, named.as_ref())?,
        })
    }
}

impl Reader {
    /// Does it once; returns the hit that it was about, where there was one.
    async fn act(
        &mut self,
        deed: Deed,
        deep: &str,
        hits: u64,
        claimed: &mut Vec<Uuid>,
    ) -> anyhow::Result<Option<Uuid>> {
        match deed {
            Deed::Queue => self.client.get("/antrean").await?.page().map(|()| None),
            Deed::Deep => self.client.get(&format!("/antrean?sesudah={deep}")).await?.page().map(|()| None),
            Deed::Hit => {
                self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let hit = netral::demo::seed::hit_id((self.dice >> 33) % hits).0;
                self.client.get(&format!("/telaah/{hit}")).await?.page()?;
                Ok(Some(hit))
            }
            Deed::Claim => {
                self.holds = self.client.claim().await?;
                claimed.extend(self.holds);
                Ok(None)
            }
            Deed::Decide => {
                let hit = self.holds.take().context("the queue is empty: more --hits")?;
                let next = self.client.post(&format!("/telaah/{hit}/putusan"), DECISION).await?.next_hit()?;
                claimed.extend(next);
                self.holds = next;
                Ok(Some(hit))
            }
        }
    }
}
