//! How fast the window is read again after a publication, what that costs live collection, and how soon a new list is live.
//!
//! ```text
//! benches/window.sh                   a private Postgres, 1,000,000 activities: a quarter of an hour
//! benches/window.sh --rows 20000      smaller
//! ```
//!
//! Needs `DATABASE_URL` of an empty server; `benches/window.sh` brings one. docs/BENCHMARKS.md says what came out.

#![allow(missing_docs, reason = "a program, not an interface")]

// The other bench uses the rest of these.
#[allow(dead_code, reason = "shared with the other bench")]
mod clock;
#[allow(dead_code, reason = "shared with the other bench")]
mod corpus;
#[allow(dead_code, reason = "shared with the other bench")]
mod report;
#[allow(dead_code, reason = "shared with the other benches")]
mod world;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::StreamExt as _;
use jiff::{Timestamp, ToSpan as _};
use netral::model::{AccountId, Activity, Level};
use netral::pipeline::{self, Drafts, Lists, Rescanner};
use netral::store::{Batch, NewActivity, Program, Store, User};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio_util::sync::CancellationToken;

use clock::median;
use corpus::Corpus;
use report::{Report, judged};
use world::{SET, TURNS, everyday, list, program, publish, register, user};

const ACCOUNTS: u32 = 200;
/// Activities of one page of the live load.
const PAGE: usize = 100;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut rows: i64 = 1_000_000;
    let mut rounds = 3;
    let mut path = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--rows" => rows = value()?.parse()?,
            "--rounds" => rounds = value()?.parse()?,
            "--report" => path = Some(PathBuf::from(value()?)),
            "--bench" => {}
            other => anyhow::bail!("unknown argument {other}; there are --rows N --rounds N --report FILE"),
        }
    }
    let mut report = Report::default();
    report.line("# The rescan window, measured");
    report.line("");
    report.line(&format!("{}, load {}.", clock::processor(), clock::load()));
    let bench = Bench::new(rows).await?;
    bench.rescans(rounds, &mut report).await?;
    bench.load_during_a_rescan(&mut report).await?;
    bench.reload_under_load(&mut report).await?;
    if let Some(path) = path {
        report.save(&path)?;
    }
    Ok(())
}

struct Bench {
    store: Store,
    program: Program,
    accounts: Vec<AccountId>,
    drafts: Drafts,
    signer: User,
    lists: Lists,
    rows: i64,
    /// Everyday posts that no list of this bench finds.
    everyday: Vec<String>,
}

impl Bench {
    async fn new(rows: i64) -> anyhow::Result<Self> {
        let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set; run benches/window.sh")?;
        let options = PgConnectOptions::from_str(&url)?;
        let store = Store::connect(options, 12).await?;
        store.migrate().await?;
        let program = program(&store).await?;
        let accounts = register(&store, "bluesky", ACCOUNTS).await?;
        let author = user(&store, "penulis").await?;
        let signer = user(&store, "penanda").await?;
        let drafts = Drafts::new(store.clone(), None);
        let corpus = Corpus::load(40_000)?;
        eprintln!("seeding {rows} activities from {} ...", corpus.origin);
        let names = names(&corpus);
        // Posts in which the list finds something by itself would blur the shares that are asked for.
        let plain = everyday(&corpus, &names)?;
        let bench_list = list(TURNS[0], &names);
        publish(&drafts, &signer, &author.login, &bench_list).await?;
        let lists = Lists::follow(store.clone(), CancellationToken::new()).await?;
        let bench = Self { store, program, accounts, drafts, signer, lists, rows, everyday: plain };
        bench.seed().await?;
        eprintln!("reading them for the first time ...");
        bench.rescan().await?;
        Ok(bench)
    }

    /// Every hundredth post bears each of the two turning slogans, four more of a hundred the lasting one.
    async fn seed(&self) -> anyhow::Result<()> {
        let pool = self.store.pool();
        sqlx::query("create unlogged table if not exists sample (n int primary key, text text)").execute(pool).await?;
        sqlx::query("insert into sample select n - 1, t from unnest($1::text[]) with ordinality as x(t, n)")
            .bind(&self.everyday)
            .execute(pool)
            .await?;
        let accounts: Vec<_> = self.accounts.iter().map(|a| a.0).collect();
        let step = 50_000_i64;
        let mut from = 0;
        while from < self.rows {
            let to = (from + step).min(self.rows);
            sqlx::query(
                "insert into activity (account_id, activity_id, program_id, external_id, verb, text, posted_at, seen_at, raw, raw_sha256)
                 select ($3::uuid[])[1 + i % array_length($3::uuid[], 1)], gen_random_uuid(), $4, 'seed-' || i, 'post',
                        s.text || case i % 100 when 0 then ' Gerakan Obor Terang' when 1 then ' Barisan Pelita Malam'
                                               when 2 then ' Derap Langkah Baru' when 3 then ' Derap Langkah Baru'
                                               when 4 then ' Derap Langkah Baru' when 5 then ' Derap Langkah Baru' else '' end,
                        now() - interval '1 day', now() - interval '10 days' + i * interval '0.1 second', '\\x28b52ffd0000010000',
                        sha256(('seed-' || i)::bytea)
                 from generate_series($1::bigint, $2::bigint - 1) i join sample s on s.n = i % (select count(*) from sample)",
            )
            .bind(from)
            .bind(to)
            .bind(&accounts)
            .bind(self.program.program_id.0)
            .execute(pool)
            .await?;
            from = to;
        }
        sqlx::query("vacuum analyze activity").execute(pool).await?;
        Ok(())
    }

    /// The latest publication's rescan, by one worker; seconds.
    async fn rescan(&self) -> anyhow::Result<f64> {
        let live = self.store.live_sets().await?.remove(0);
        while !self.lists.matcher().sets().iter().any(|s| s.fingerprint() == live.version) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let worker = Rescanner::new(self.store.clone(), self.lists.clone());
        let begun = Instant::now();
        while !worker.step(&CancellationToken::new()).await? {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    /// The same rows by COPY, matched one after the other with the same matcher; nothing is written. Seconds and hits.
    async fn copy_and_match(&self) -> anyhow::Result<(f64, u64)> {
        let matcher = self.lists.matcher();
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(self.store.pool().connect_options().as_ref().clone())
            .await?;
        let mut connection = pool.acquire().await?;
        let begun = Instant::now();
        let mut stream = connection
            .copy_out_raw(
                "copy (select activity_id, verb, text, happened_at, posted_at, seen_at, media, target, hashtags, mentions
                       from activity order by seen_at, activity_id) to stdout",
            )
            .await?;
        let (mut left, mut hits) = (Vec::new(), 0);
        while let Some(part) = stream.next().await {
            left.extend_from_slice(&part?);
            let mut at = 0;
            while let Some(end) = left.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\n')) {
                let line = left.get(at..at + end).unwrap_or_default();
                let found = matcher.find(&activity(line)?);
                hits += found.iter().filter(|h| h.level == Level::Review).count() as u64;
                at += end + 1;
            }
            left.drain(..at);
        }
        Ok((begun.elapsed().as_secs_f64(), hits))
    }

    async fn turn(&self, n: usize, names: &[String]) -> anyhow::Result<()> {
        let text = list(TURNS.get(n % 2).unwrap_or(&TURNS[0]), names);
        publish(&self.drafts, &self.signer, "penulis", &text).await
    }

    async fn rescans(&self, rounds: usize, report: &mut Report) -> anyhow::Result<()> {
        report.heading("Reading the window again, beside COPY and matching of the same rows");
        report.table(&["round", "COPY + match, s", "rescan, s", "activities/s", "ratio (floor 0.5)"]);
        let names = names(&Corpus::load(40_000)?);
        let mut ratios = Vec::new();
        for round in 1..=rounds {
            let (copied, hits) = self.copy_and_match().await?;
            self.turn(round, &names).await?;
            let read = self.rescan().await?;
            let last = self.store.rescans(Some(SET)).await?.remove(0);
            anyhow::ensure!(last.state == "done" && last.activities >= self.rows, "the rescan did not end: {last:?}");
            eprintln!(
                "{hits} hits by COPY; rescan: {} gained, {} withdrawn, {} remade",
                last.gained, last.withdrawn, last.remade
            );
            ratios.push(copied / read);
            report.row(&[
                round.to_string(),
                format!("{copied:.2}"),
                format!("{read:.2}"),
                format!("{:.0}", self.rows as f64 / read),
                format!("{:.2}", copied / read),
            ]);
        }
        report.line("");
        report.line(&format!("Median ratio: {}", judged(median(&ratios), 0.5, 0.8)));
        Ok(())
    }

    /// Pages of live activities, one after the other, until told to stop; how many activities.
    fn ingest(&self, stop: Arc<AtomicBool>, tag: &'static str) -> tokio::task::JoinHandle<anyhow::Result<u64>> {
        let (store, lists, program) = (self.store.clone(), self.lists.clone(), self.program.clone());
        let (accounts, everyday) = (self.accounts.clone(), self.everyday.clone());
        let count = Arc::new(AtomicU64::new(0));
        tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let n = count.load(Ordering::Relaxed);
                let activities = (0..PAGE)
                    .map(|i| {
                        let at = usize::try_from(n).unwrap_or_default() + i;
                        let end = match at % 100 {
                            0 => " Gerakan Obor Terang",
                            1..=4 => " Derap Langkah Baru",
                            _ => "",
                        };
                        let text = format!("{}{end}", everyday.get(at % everyday.len()).map_or("", String::as_str));
                        new_activity(accounts[at % accounts.len()], format!("{tag}-{at}"), text)
                    })
                    .collect();
                let mut batch = Batch { activities, ..Batch::new(&program, "bluesky") };
                let receipt = pipeline::commit(&store, &lists, &mut batch).await?;
                anyhow::ensure!(receipt.kept == PAGE as u64, "{receipt:?}");
                count.fetch_add(receipt.kept, Ordering::Relaxed);
            }
            Ok(count.load(Ordering::Relaxed))
        })
    }

    async fn load_during_a_rescan(&self, report: &mut Report) -> anyhow::Result<()> {
        report.heading("Live collection while the window is read again");
        report.table(&["round", "alone, activities/s", "during, activities/s", "ratio (floor 0.7)"]);
        let names = names(&Corpus::load(40_000)?);
        let mut ratios = Vec::new();
        let for_a_while = Duration::from_secs(10);
        let tags = ["a", "b", "c", "d", "e", "f"];
        for round in 0..3 {
            let mut rates = [0.0; 2];
            for (part, rate) in rates.iter_mut().enumerate() {
                let shutdown = CancellationToken::new();
                let reading = if part == 1 {
                    self.turn(round, &names).await?;
                    let worker = Rescanner::new(self.store.clone(), self.lists.clone());
                    Some(tokio::spawn(worker.run(shutdown.clone())))
                } else {
                    None
                };
                let stop = Arc::new(AtomicBool::new(false));
                let load = self.ingest(Arc::clone(&stop), tags[round * 2 + part]);
                let begun = Instant::now();
                tokio::time::sleep(for_a_while).await;
                stop.store(true, Ordering::Relaxed);
                *rate = load.await?? as f64 / begun.elapsed().as_secs_f64();
                shutdown.cancel();
                if let Some(reading) = reading {
                    reading.await?;
                    let last = self.store.rescans(Some(SET)).await?.remove(0);
                    eprintln!("meanwhile {} activities were read again ({})", last.activities, last.state);
                }
            }
            ratios.push(rates[1] / rates[0]);
            report.row(&[
                (round + 1).to_string(),
                format!("{:.0}", rates[0]),
                format!("{:.0}", rates[1]),
                format!("{:.2}", rates[1] / rates[0]),
            ]);
        }
        report.line("");
        report.line(&format!("Median ratio: {}", judged(median(&ratios), 0.7, 0.9)));
        Ok(())
    }

    async fn reload_under_load(&self, report: &mut Report) -> anyhow::Result<()> {
        report.heading("A list of 100,000 forms goes live under load");
        let names: Vec<_> = (0..100_000).map(|i| format!("{} {}", made_up(i), made_up(i * 7 + 3))).collect();
        let mut waits = Vec::new();
        let mut taken = 0;
        for round in 0..5 {
            let stop = Arc::new(AtomicBool::new(false));
            let tag = ["r0", "r1", "r2", "r3", "r4"][round];
            let load = self.ingest(Arc::clone(&stop), tag);
            tokio::time::sleep(Duration::from_secs(1)).await;
            let before = self.lists.live();
            self.turn(round, &names).await?;
            let published = Instant::now();
            let after = self.lists.newer_than(&before, Duration::from_secs(30)).await;
            waits.push(published.elapsed().as_secs_f64());
            anyhow::ensure!(after.frame.generation > before.frame.generation, "not taken up in 30 s");
            tokio::time::sleep(Duration::from_secs(1)).await;
            stop.store(true, Ordering::Relaxed);
            taken += load.await??;
        }
        // Unmatched: a slogan in the text that the version live at its commit has, but no hit. Matched twice: two hits.
        let (unmatched, twice): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where a.text like '%Derap Langkah Baru' and h.n is null),
                    count(*) filter (where h.n > 1)
             from activity a left join lateral (select count(*) as n from hit h where h.account_id = a.account_id
                  and h.activity_id = a.activity_id having count(*) > 0) h on true
             where a.external_id ~ '^r[0-4]-'",
        )
        .fetch_one(self.store.pool())
        .await?;
        report.line(&format!(
            "{taken} activities came in meanwhile: {unmatched} unmatched, {twice} matched twice. From publication to the worker's \
             use: median {:.2} s, longest {:.2} s (limit 2 s).",
            median(&waits),
            waits.iter().copied().fold(0.0, f64::max)
        ));
        anyhow::ensure!(unmatched == 0 && twice == 0, "an activity was matched by none or by two versions");
        Ok(())
    }
}

/// Two thousand names of three words: shorter ones are often somebody else's, too, which the check refuses.
fn names(corpus: &Corpus) -> Vec<String> {
    corpus.names.iter().filter(|name| name.split(' ').count() >= 3).take(2000).cloned().collect()
}

/// A made-up name that no post has.
fn made_up(n: usize) -> String {
    const PARTS: [&str; 16] = [
        "wira", "kusu", "prata", "lengga", "sekar", "djaya", "rahar", "purwa", "gandi", "mulya", "tirta", "sasmi",
        "wening", "bagas", "cakra", "dewa",
    ];
    let mut name = String::from("Z");
    let mut rest = n + 1;
    while rest > 0 {
        name.push_str(PARTS[rest % 16]);
        rest /= 16;
    }
    name
}

/// A row of COPY's text format.
fn activity(line: &[u8]) -> anyhow::Result<Activity> {
    let line = std::str::from_utf8(line)?;
    let mut fields = line.split('\t').map(unescape);
    let mut next = || fields.next().context("a field is missing");
    let (id, verb, text) = (next()?, next()?, next()?);
    let mut time = || -> anyhow::Result<Option<Timestamp>> {
        let text = next()?;
        if text == "\\N" { Ok(None) } else { Ok(Some(text.replace("+00", "+00:00").parse()?)) }
    };
    let (happened_at, posted_at, seen_at) = (time()?, time()?, time()?);
    let (media, target, hashtags, mentions) = (next()?, next()?, next()?, next()?);
    Ok(Activity {
        id,
        platform: Some("bluesky".to_owned()),
        verb: verb.parse().map_err(anyhow::Error::msg)?,
        text,
        happened_at,
        posted_at,
        seen_at,
        media: serde_json::from_str(&media)?,
        target: if target == "\\N" { None } else { serde_json::from_str(&target)? },
        hashtags: serde_json::from_str(&hashtags)?,
        mentions: serde_json::from_str(&mentions)?,
        ..Activity::default()
    })
}

fn unescape(field: &str) -> String {
    if !field.contains('\\') || field == "\\N" {
        return field.to_owned();
    }
    let mut out = String::with_capacity(field.len());
    let mut chars = field.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    out
}

fn new_activity(account_id: AccountId, id: String, text: String) -> NewActivity {
    let now = Timestamp::now();
    let raw = format!("{{\"id\":\"{id}\",\"text\":{text:?}}}").into_bytes();
    let activity = Activity { id, text, posted_at: Some(now - 1.hour()), ..Activity::default() };
    NewActivity { account_id, activity, raw, seen_at: now, hits: Vec::new() }
}
