//! `netral demo seed`

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::ConnectOptions as _;
use tokio_util::sync::CancellationToken;

use super::{Memory, add_users, open_program, publish_lists, today};
use crate::config;
use crate::demo::seed::{DAYS, FEWEST_ACCOUNTS, Maker, PAGE, Sizes, register};
use crate::pipeline::Lists;
use crate::store::{Program, Store, User};

/// From so many activities on the triggers are left out, where the database user may do that.
const MANY: u64 = 200_000;
/// Connections that write: while pages are made, the server has others to take in.
const WRITERS: u64 = 3;
/// How often a line says how far it is, where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// Fill an empty database with a made-up regency of any size
///
/// For measuring, and for seeing what the pages are like after months: people, accounts, posts and hits with all that can
/// become of them, through the rules of the schema. Writes into the database of DATABASE_URL, migrates it first, and
/// refuses one that holds a register. From 200,000 activities on a superuser's connection leaves the triggers out and what
/// they would have said is checked at the end. `netral serve --role web` then shows it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Accounts in the register
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    accounts: u32,

    /// Activities of all of them, spread over two months
    #[arg(long, default_value_t = 10_000_000, value_name = "N")]
    activities: u64,

    /// Of these: hits in the queue, or decided
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    hits: u64,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let sizes = Sizes { accounts: args.accounts, activities: args.activities, hits: args.hits };
    ensure!(sizes.accounts >= FEWEST_ACCOUNTS, "--accounts must be at least {FEWEST_ACCOUNTS}");
    ensure!(sizes.hits <= sizes.activities, "--hits can't be more than --activities");
    // Statements over everything take their time here, and no log need say so.
    let store = Store::connect(config::database()?.disable_statement_logging(), 8).await?;
    store.migrate().await?;
    if !store.is_without_register().await? {
        bail!("the database holds a register already; made-up people belong into an empty database of their own");
    }
    let begun = Instant::now();
    let memory = Memory::new();
    eprintln!("registering {} accounts ...", sizes.accounts);
    store.import_register(&register(sizes.accounts), "operator").await.map_err(|(_, e)| e)?;
    store.approve_accounts("verifikator").await?;
    store.park_all("akun rekaan: tidak dibaca").await?;
    add_users(&store, &memory).await?;
    let today = today(&memory)?;
    // Long enough that `netral retention` leaves everything there.
    open_program(&store, today, i32::try_from(2 * DAYS)?).await?;
    let folder = std::env::temp_dir().join(format!("netral-seed-{}", uuid::Uuid::new_v4().simple()));
    let published = publish_lists(&store, &folder, today).await;
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    published?;

    let bulk = sizes.activities >= MANY && store.is_superuser().await?;
    write_all(&store, sizes, &memory, bulk).await?;
    eprintln!("figures for the planner ...");
    store.finish_seed(sizes.activities, sizes.hits).await?;
    if bulk {
        eprintln!("checking what the triggers would have said ...");
        let faults = store.seed_faults().await?;
        ensure!(faults == 0, "{faults} rows break a rule: a fault of netral");
    }
    eprintln!(
        "{} accounts, {} activities, {} hits in {:.0} s\npassword of operator, peninjau1, peninjau2, ketua and the others: {}",
        sizes.accounts,
        sizes.activities,
        sizes.hits,
        begun.elapsed().as_secs_f64(),
        memory.password
    );
    Ok(ExitCode::SUCCESS)
}

async fn write_all(store: &Store, sizes: Sizes, memory: &Memory, bulk: bool) -> anyhow::Result<()> {
    let follow = CancellationToken::new();
    let matcher = Lists::follow(store.clone(), follow.clone()).await?.matcher();
    follow.cancel();
    let program = store.active_program().await?.context("no program")?;
    let reviewers = [reviewer(store, "peninjau1").await?, reviewer(store, "peninjau2").await?];
    let accounts = store.seeded_accounts().await?;
    let find = move |activity: &_| matcher.find(activity);
    let maker = Maker::new(sizes, &find, &accounts, reviewers, memory.begun)?;
    let progress = Progress::new(sizes.activities)?;
    let next = AtomicU64::new(0);
    let writers = (0..WRITERS).map(|_| writer(store, &program, &maker, &next, &progress, bulk));
    futures::future::try_join_all(writers).await?;
    progress.end();
    Ok(())
}

async fn writer(
    store: &Store,
    program: &Program,
    maker: &Maker<'_>,
    next: &AtomicU64,
    progress: &Progress,
    bulk: bool,
) -> anyhow::Result<()> {
    loop {
        let page = next.fetch_add(1, Ordering::Relaxed);
        if page >= maker.pages() {
            return Ok(());
        }
        let (platform, activities) = maker.page(page)?;
        store.seed(program, platform, &activities, bulk).await?;
        progress.add(PAGE);
    }
}

async fn reviewer(store: &Store, login: &str) -> anyhow::Result<User> {
    let found = store.credentials(login).await?;
    Ok(found.with_context(|| format!("the demo has no user {login}"))?.0)
}

/// A bar on a terminal, else a line now and then.
struct Progress {
    bar: ProgressBar,
    told: Mutex<Instant>,
}

impl Progress {
    fn new(all: u64) -> anyhow::Result<Self> {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(all) } else { ProgressBar::hidden() };
        bar.set_length(all);
        let template = "{bar:30} {human_pos} of {human_len} activities, {per_sec}, {eta} left";
        Ok(Self { bar: bar.with_style(ProgressStyle::with_template(template)?), told: Mutex::new(Instant::now()) })
    }

    fn add(&self, activities: u64) {
        self.bar.inc(activities);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && told.elapsed() > EVERY {
            *told = Instant::now();
            eprintln!("{} of {} activities", self.bar.position(), self.bar.length().unwrap_or_default());
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
