//! How fast fetched pages become durable hits, beside bare COPY of the same rows as jsonb; what a row costs on disk; how
//! long a post takes from its server to the queue.
//!
//! ```text
//! benches/ingest.sh                  a private Postgres; about ten minutes
//! benches/ingest.sh --rows 5000      smaller
//! ```
//!
//! Needs `DATABASE_URL` of an empty server; `benches/ingest.sh` brings one. docs/BENCHMARKS.md says what came out.

#![allow(missing_docs, reason = "a program, not an interface")]

#[allow(dead_code, reason = "shared with the other benches")]
mod clock;
#[allow(dead_code, reason = "shared with the other benches")]
mod corpus;
#[allow(dead_code, reason = "shared with the other benches")]
mod report;
#[allow(dead_code, reason = "shared with the other benches")]
mod world;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::extract::State;
use axum::routing::get;
use jiff::Timestamp;
use netral::model::{AccountId, Activity};
use netral::pipeline::{CollectConfig, Collector, Drafts, Lists, commit};
use netral::source::{self, Http, SourcesConfig};
use netral::store::{Batch, NewActivity, Program, Store};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolCopyExt as _, PgPoolOptions};
use tokio_util::sync::CancellationToken;

use clock::median;
use corpus::Corpus;
use report::{Report, judged};
use world::{everyday, list, program, publish, register, user};

/// Rows of one page, and of one COPY.
const PAGE: usize = 1000;
/// Posts before the latency counts: a service has been running for a while.
const WARM: usize = 60;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (mut rows, mut rounds, mut samples, mut workers, mut path) = (20_000, 7, 300, 4, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--rows" => rows = value()?.parse()?,
            "--rounds" => rounds = value()?.parse()?,
            "--samples" => samples = value()?.parse()?,
            "--workers" => workers = value()?.parse()?,
            "--report" => path = Some(PathBuf::from(value()?)),
            "--bench" => {}
            other => anyhow::bail!(
                "unknown argument {other}; there are --rows N --rounds N --samples N --workers N --report FILE"
            ),
        }
    }
    let mut report = Report::default();
    report.line("# Ingest, measured");
    report.line("");
    report.line(&format!("{}, load {}.", clock::processor(), clock::load()));
    let bench = Bench::new(workers).await?;
    bench.throughput(rows, rounds, &mut report).await?;
    bench.bytes(&mut report).await?;
    bench.latency(samples, &mut report).await?;
    if let Some(path) = path {
        report.save(&path)?;
    }
    Ok(())
}

struct Bench {
    store: Store,
    program: Arc<Program>,
    accounts: Arc<Vec<AccountId>>,
    lists: Lists,
    texts: Arc<Vec<String>>,
    /// On either side.
    workers: usize,
}

/// A page as it was fetched: one JSON document for each post, and whose it is.
type Page = Vec<(usize, String, Vec<u8>)>;

impl Bench {
    async fn new(workers: usize) -> anyhow::Result<Self> {
        let url = std::env::var("DATABASE_URL").context("DATABASE_URL is not set; run benches/ingest.sh")?;
        let store = Store::connect(PgConnectOptions::from_str(&url)?, 12).await?;
        store.migrate().await?;
        let program = Arc::new(program(&store).await?);
        let accounts = Arc::new(register(&store, "bluesky", 200).await?);
        let author = user(&store, "penulis").await?;
        let signer = user(&store, "penanda").await?;
        let corpus = Corpus::load(40_000)?;
        eprintln!("posts: {}", corpus.origin);
        let names: Vec<_> = corpus.names.iter().take(1000).cloned().collect();
        let texts = Arc::new(everyday(&corpus, &names)?);
        publish(&Drafts::new(store.clone(), None), &signer, &author.login, &list("Gerakan Obor Terang", &names))
            .await?;
        let lists = Lists::follow(store.clone(), CancellationToken::new()).await?;
        // A plain table, as somebody would make it who keeps what an interface sent.
        sqlx::raw_sql(
            "create table plain (id uuid primary key, account_id uuid not null, external_id text not null, text text not null,
                                 body jsonb not null, posted_at timestamptz not null, unique (account_id, external_id));
             create index plain_posted on plain (account_id, posted_at)",
        )
        .execute(store.pool())
        .await?;
        Ok(Self { store, program, accounts, lists, texts, workers })
    }

    /// Pages of which one post in twenty is a hit, each post in an envelope of about 900 bytes.
    fn pages(&self, round: usize, rows: usize) -> Vec<Page> {
        let post = |i: usize| {
            let n = round * rows + i;
            let end = if i.is_multiple_of(20) { " Derap Langkah Baru" } else { "" };
            let text = format!("{}{end}", self.texts.get(n % self.texts.len()).map_or("", String::as_str));
            let at = Timestamp::now() - jiff::SignedDuration::from_secs(3600 + i64::try_from(i).unwrap_or(0));
            // A page is one account's, as services give them.
            (n / PAGE % self.accounts.len(), format!("{n}"), envelope(n, &text, at))
        };
        let all: Page = (0..rows).map(post).collect();
        all.chunks(PAGE).map(<[_]>::to_vec).collect()
    }

    /// netral and COPY take turns with the same rows.
    async fn throughput(&self, rows: usize, rounds: usize, report: &mut Report) -> anyhow::Result<()> {
        report.heading("Rows a second, durable");
        report.line(&format!(
            "{} workers, pages of {PAGE} posts of one account, one in twenty a hit. netral: read the JSON, match, hash, compress, \
             activities, hits, counters, ledger in one transaction. Beside it: COPY of the same documents as jsonb, {PAGE} a \
             transaction, into a table with a key, a unique constraint and an index.",
            self.workers
        ));
        report.table(&["round", "netral rows/s", "COPY rows/s", "ratio"]);
        let mut ratios = Vec::new();
        let (mut after, mut compared) = (Duration::ZERO, 0);
        for round in 0..rounds {
            let pages = self.pages(round, rows);
            let (netral, copy) = if round % 2 == 0 {
                let netral = self.ingest(pages.clone()).await?;
                (netral, self.copy(pages).await?)
            } else {
                let copy = self.copy(pages.clone()).await?;
                (self.ingest(pages).await?, copy)
            };
            #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
            let rate = |took: Duration| rows as f64 / took.as_secs_f64();
            ratios.push(rate(netral) / rate(copy));
            report.row(&[
                format!("{}", round + 1),
                format!("{:.0}", rate(netral)),
                format!("{:.0}", rate(copy)),
                format!("{:.2}", rate(netral) / rate(copy)),
            ]);
            let begun = Instant::now();
            compared += self.afterwards().await?;
            after += begun.elapsed();
        }
        report.line(&format!("Median ratio: {}.", judged(median(&ratios), 0.6, 0.9)));
        #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
        let each = after.as_secs_f64() * 1e6 / compared.max(1) as f64;
        report.line(&format!(
            "Not counted, because neither the queue nor a page waits for it: {compared} hits compared between the rounds, {each:.0} \
             µs each, vacuum included."
        ));
        let kept: i64 = sqlx::query_scalar("select count(*) from activity").fetch_one(self.store.pool()).await?;
        let plain: i64 = sqlx::query_scalar("select count(*) from plain").fetch_one(self.store.pool()).await?;
        anyhow::ensure!(kept == plain, "{kept} activities, {plain} plain rows");
        Ok(())
    }

    async fn ingest(&self, pages: Vec<Page>) -> anyhow::Result<Duration> {
        let pages = Arc::new(Mutex::new(pages));
        let begun = Instant::now();
        let mut workers = Vec::new();
        for _ in 0..self.workers {
            let (pages, store, lists) = (Arc::clone(&pages), self.store.clone(), self.lists.clone());
            let (program, accounts) = (Arc::clone(&self.program), Arc::clone(&self.accounts));
            workers.push(tokio::spawn(async move {
                while let Some(page) = next(&pages) {
                    let mut batch = Batch::new(&program, "bluesky");
                    let seen_at = Timestamp::now();
                    for (account, _, raw) in page {
                        let activity = Activity::from_json_line(&raw)?;
                        let account_id = *accounts.get(account).context("no account")?;
                        batch.activities.push(NewActivity { account_id, activity, raw, seen_at, hits: Vec::new() });
                    }
                    let receipt = commit(&store, &lists, &mut batch).await?;
                    anyhow::ensure!(receipt.rejected == 0 && receipt.known == 0, "{receipt:?}");
                }
                anyhow::Ok(())
            }));
        }
        for worker in workers {
            worker.await??;
        }
        Ok(begun.elapsed())
    }

    async fn copy(&self, pages: Vec<Page>) -> anyhow::Result<Duration> {
        // What COPY is given is made before the clock starts.
        let documents = |page: Page| {
            let mut text = String::new();
            for (account, id, raw) in page {
                let body = String::from_utf8_lossy(&raw).into_owned();
                let words = serde_json::from_str::<serde_json::Value>(&body).unwrap_or_default();
                let field = |name: &str| words.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
                let line = [
                    uuid::Uuid::now_v7().to_string(),
                    self.accounts.get(account).map(|a| a.0.to_string()).unwrap_or_default(),
                    id,
                    escaped(&field("text")),
                    escaped(&body),
                    field("posted_at"),
                ];
                text.push_str(&line.join("\t"));
                text.push('\n');
            }
            text
        };
        let pages = Arc::new(Mutex::new(pages.into_iter().map(documents).collect::<Vec<_>>()));
        let begun = Instant::now();
        let mut workers = Vec::new();
        for _ in 0..self.workers {
            let (pages, pool) = (Arc::clone(&pages), self.store.pool().clone());
            workers.push(tokio::spawn(async move {
                while let Some(page) = next(&pages) {
                    let mut copy = pool.copy_in_raw("copy plain from stdin").await?;
                    copy.send(page.as_bytes()).await?;
                    copy.finish().await?;
                }
                anyhow::Ok(())
            }));
        }
        for worker in workers {
            worker.await??;
        }
        Ok(begun.elapsed())
    }

    /// What a running service does soon after, every few seconds and every minute: it finds which hits are copies of one
    /// text, and the database takes back the space of what was changed. How many hits there were.
    async fn afterwards(&self) -> anyhow::Result<u64> {
        let mut hits = 0;
        loop {
            match self.store.group_some().await? {
                0 => break,
                some => hits += some,
            }
        }
        sqlx::raw_sql("vacuum (analyze) hit").execute(self.store.pool()).await?;
        sqlx::raw_sql("vacuum (analyze) hit_group").execute(self.store.pool()).await?;
        Ok(hits)
    }

    /// What a post costs on disk, all indexes and evidence counted.
    async fn bytes(&self, report: &mut Report) -> anyhow::Result<()> {
        let pool = self.store.pool();
        sqlx::raw_sql("vacuum analyze").execute(pool).await?;
        let size = "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::float8 from pg_class c
                    where c.relkind = 'r' and c.relname ~ $1";
        let of = async |pattern: &str| sqlx::query_scalar::<_, f64>(size).bind(pattern).fetch_one(pool).await;
        let rows: f64 = sqlx::query_scalar("select count(*)::float8 from activity").fetch_one(pool).await?;
        let (activities, hits, ledger) =
            (of("^activity_[0-9]+$").await?, of("^hit_[0-9]+$").await?, of("^ledger$").await?);
        let plain = of("^plain$").await?;
        let groups = of("^hit_group$").await?;
        report.heading("Bytes on disk for each post, indexes and evidence counted");
        report.table(&["activity", "hits", "their groups", "ledger", "netral", "as jsonb", "ratio"]);
        let netral = activities + hits + groups + ledger;
        let each = |bytes: f64| format!("{:.0}", bytes / rows);
        let cells = [activities, hits, groups, ledger, netral, plain].map(each);
        report.row(&[&cells[..], &[format!("{:.2}", netral / plain)]].concat());
        report.line(&format!("Ratio: {:.2} (at most 0.7; aim 0.5).", netral / plain));
        Ok(())
    }

    /// From the moment a server has sent a post to the moment its hit is durable, beside a commit of one row each time.
    async fn latency(&self, samples: usize, report: &mut Report) -> anyhow::Result<()> {
        let served = Served::start().await?;
        let text = format!("allow_private = [\"{0}\"]", served.address);
        let config: SourcesConfig =
            toml::from_str(&format!("[http]\n{text}\n[feed]\nbase_url = \"http://{}\"", served.address))?;
        let http = Http::new(&config.http)?;
        sqlx::query("delete from collector_state").execute(self.store.pool()).await?;
        let account = register(&self.store, "feed", 1).await?;
        sqlx::query("update account set external_id = '/umpan' where platform = 'feed'")
            .execute(self.store.pool())
            .await?;
        sqlx::query("create table probe (n bigint generated always as identity, at timestamptz)")
            .execute(self.store.pool())
            .await?;
        // Says when a hit can be seen by others: a notice goes out with the commit.
        sqlx::raw_sql(
            "create function told() returns trigger language plpgsql as $$ begin perform pg_notify('told', ''); return null; end $$;
             create trigger told after insert on hit for each statement execute function told()",
        )
        .execute(self.store.pool())
        .await?;
        let mut queue = Listener::start(&self.store.pool().connect_options()).await?;
        let sources = source::build(&config, &|_| http.clone());
        let collector = Collector::new(self.store.clone(), sources, self.lists.clone(), CollectConfig::default());
        let (mut reads, mut probes, mut bares) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..WARM + samples {
            self.store.make_due(account.first().copied()).await?;
            let begun = Instant::now();
            sqlx::query("insert into probe (at) values (now())").execute(self.store.pool()).await?;
            let bare = begun.elapsed();
            let probe = self.plain_post(n).await?;
            let shutdown = CancellationToken::new();
            let pass = collector.pass(&shutdown).await?;
            let done = queue.heard().await?;
            anyhow::ensure!(pass.receipt.hits == 1, "sample {n}: {pass:?}");
            let sent = served.sent.lock().map_err(|_| anyhow::anyhow!("poisoned"))?.context("nothing was asked for")?;
            if n >= WARM {
                probes.push(probe.as_secs_f64() * 1e3);
                bares.push(bare.as_secs_f64() * 1e3);
                reads.push(done.duration_since(sent).as_secs_f64() * 1e3);
            }
        }
        report.heading("From the server to the queue");
        report.line(&format!(
            "{samples} posts, one at a time, after {WARM} that do not count (each connection plans its statements once): a feed \
             with one new post is served, read, matched, written, and a listener hears of the hit. Beside each, a transaction \
             that inserts one post into the plain table; and, to show the disk alone, a number in a table without an index, no \
             transaction around it."
        ));
        report.table(&["", "p50 ms", "p99 ms"]);
        for (name, values) in
            [("served to queued", &mut reads), ("one-row commit, plain table", &mut probes), ("one number", &mut bares)]
        {
            report.row(&[name.to_owned(), format!("{:.2}", at(values, 0.5)), format!("{:.2}", at(values, 0.99))]);
        }
        let (p99, commit, bare) = (at(&mut reads, 0.99), at(&mut probes, 0.99), at(&mut bares, 0.99));
        report.line(&format!(
            "p99 against p99: {:.1} one-row commits (at most 5; aim 3); {:.1} times one number.",
            p99 / commit,
            p99 / bare
        ));
        Ok(())
    }

    /// What somebody pays for one post who keeps what an interface sent: a transaction with one row.
    async fn plain_post(&self, n: usize) -> anyhow::Result<Duration> {
        let account = self.accounts.first().context("no account")?.0;
        let text = format!("Derap Langkah Baru ke-{n}");
        let body = String::from_utf8(envelope(n, &text, Timestamp::now()))?;
        let begun = Instant::now();
        let mut tx = self.store.pool().begin().await?;
        sqlx::query(
            "insert into plain (id, account_id, external_id, text, body, posted_at) values ($1, $2, $3, $4, $5::text::jsonb, now())",
        )
        .bind(uuid::Uuid::now_v7())
        .bind(account)
        .bind(format!("sendiri-{n}"))
        .bind(text)
        .bind(body)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(begun.elapsed())
    }
}

fn next<T>(pages: &Mutex<Vec<T>>) -> Option<T> {
    pages.lock().ok().and_then(|mut pages| pages.pop())
}

/// What stands around a post in an interface's answer.
fn envelope(n: usize, text: &str, at: Timestamp) -> Vec<u8> {
    let digits = |salt: u64| {
        1_000_000_000_000 + (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17) % 899_999_999_999 + salt
    };
    serde_json::json!({
        "id": n.to_string(),
        "text": text,
        "posted_at": at.to_string(),
        "url": format!("https://contoh.example/ukur/status/{}", digits(1)),
        "conversation_id": digits(2).to_string(),
        "lang": "in",
        "possibly_sensitive": false,
        "reply_settings": "everyone",
        "public_metrics": {"retweet_count": n % 31, "reply_count": n % 7, "like_count": n % 173, "quote_count": n % 3, "bookmark_count": 0, "impression_count": digits(3) % 90_000},
        "edit_history_tweet_ids": [digits(1).to_string()],
        "author": {"id": digits(4).to_string(), "username": format!("ukur{}", n % 200), "name": "Orang Ukur", "created_at": "2012-04-17T03:22:10.000Z", "verified": false, "protected": false, "public_metrics": {"followers_count": digits(5) % 5000, "following_count": digits(6) % 900, "tweet_count": digits(7) % 40_000, "listed_count": 0}},
        "context_annotations": [{"domain": {"id": "46", "name": "Kategori"}, "entity": {"id": digits(8).to_string(), "name": "Berita"}}],
    })
    .to_string()
    .into_bytes()
}

/// A field in COPY's text format.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn at(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let index = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}

/// Somebody else who waits for hits, in a thread of their own: when the collector has time to hear of its own hit is no
/// part of how long the hit took.
struct Listener(tokio::sync::mpsc::Receiver<Instant>);

impl Listener {
    async fn start(options: &PgConnectOptions) -> anyhow::Result<Self> {
        let (tell, heard) = tokio::sync::mpsc::channel(16);
        let (ready, listens) = tokio::sync::oneshot::channel();
        let options = options.clone();
        std::thread::spawn(move || -> anyhow::Result<()> {
            let listen = async {
                let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
                let mut queue = PgListener::connect_with(&pool).await?;
                queue.listen("told").await?;
                ready.send(()).map_err(|()| anyhow::anyhow!("nobody waits"))?;
                loop {
                    queue.recv().await?;
                    tell.send(Instant::now()).await?;
                }
            };
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(listen)
        });
        listens.await.context("nobody listens")?;
        Ok(Self(heard))
    }

    async fn heard(&mut self) -> anyhow::Result<Instant> {
        let heard = tokio::time::timeout(Duration::from_secs(30), self.0.recv()).await;
        heard.ok().flatten().context("nobody heard of a hit")
    }
}

/// A feed that always has one new post, and notes when it sent it.
struct Served {
    address: std::net::SocketAddr,
    sent: Sent,
}

/// When the last post was sent.
type Sent = Arc<Mutex<Option<Instant>>>;

impl Served {
    async fn start() -> anyhow::Result<Self> {
        let sent = Arc::new(Mutex::new(None));
        let counter = Arc::new(AtomicU64::new(0));
        let feed = async |State((sent, counter)): State<(Sent, Arc<AtomicU64>)>| {
            let n = counter.fetch_add(1, Ordering::Relaxed);
            let body = format!(
                "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>u</title><item><guid>n{n}</guid>\
                 <title>Derap Langkah Baru ke-{n}</title><pubDate>{}</pubDate></item></channel></rss>",
                jiff::fmt::rfc2822::to_string(&jiff::Zoned::now()).unwrap_or_default()
            );
            if let Ok(mut sent) = sent.lock() {
                *sent = Some(Instant::now());
            }
            ([("content-type", "application/rss+xml")], body)
        };
        let router = axum::Router::new().route("/umpan", get(feed)).with_state((Arc::clone(&sent), counter));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, sent })
    }
}
