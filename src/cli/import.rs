//! `netral import`

use std::collections::HashMap;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::input;
use super::{SOME_REJECTED, open_store, shutdown_signal};
use crate::config::Config;
use crate::model::{Account, Activity, Reject};
use crate::pipeline::{Intake, Lists, PipelineError, Sorted, commit};
use crate::store::{Batch, NewActivity, Program, Receipt, Store};

/// Rows in one transaction.
const BATCH: usize = 500;

/// Take activities from an export into the database, as if collected
///
/// Every line ends as kept, known already, turned away (its account is not in the register on that day) or rejected, and
/// the figures add up. Breaking off and starting again loses and doubles nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Format of the file
    format: Format,

    /// The file; - is standard input
    file: PathBuf,

    /// Read and match everything, write nothing
    #[arg(long)]
    dry_run: bool,

    /// Keep rejected lines here, byte for byte
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One activity per line, see docs/FORMATS.md; `platform`, `account` and `posted_at` or `seen_at` are needed too
    Jsonl,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let Format::Jsonl = args.format;
    let store = open_store(&config).await?;
    let (shutdown, ended) = shutdown_signal()?;
    let program = store.active_program().await?.ok_or(PipelineError::NoProgram)?;
    let lists = Lists::follow(store.clone(), shutdown.clone()).await?;
    let (bar, mut events) = read(&args.file)?;
    let rejects = args.rejects.as_ref().map(std::fs::File::create).transpose().context("cannot write --rejects")?;
    let mut import = Import {
        store,
        program,
        file: args.file.display().to_string(),
        lists,
        dry_run: args.dry_run,
        rejects: rejects.map(BufWriter::new),
        accounts: HashMap::new(),
        waiting: HashMap::new(),
        totals: Receipt::default(),
        lines: 0,
        long_line: 0,
    };
    while let Some(event) = events.recv().await {
        if shutdown.is_cancelled() {
            break;
        }
        import.take(event?, &bar).await?;
    }
    // The reader ends at its next line, now that nobody listens.
    drop(events);
    import.flush_all().await?;
    bar.finish_and_clear();
    let complete = import.report()?;
    if shutdown.is_cancelled() {
        eprintln!("broken off; run the same command again to take in the rest");
        return Ok(ended.await?);
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}

/// What the reading thread hands over.
enum Event {
    Lines(input::Batch),
    /// A line that is too long: its number, then its bytes piece by piece, then its length.
    LongLine(usize),
    LongPiece(Vec<u8>),
    LongEnd(usize),
}

/// Starts reading in a thread of its own; a full channel makes it wait.
fn read(file: &std::path::Path) -> anyhow::Result<(ProgressBar, mpsc::Receiver<std::io::Result<Event>>)> {
    let inputs = input::open(&[file.to_owned()]).map_err(anyhow::Error::msg)?;
    let length = inputs.iter().find_map(input::Input::bytes).filter(|_| std::io::stderr().is_terminal());
    let bar = length.map_or_else(ProgressBar::hidden, ProgressBar::new);
    bar.set_style(ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}")?);
    let (sender, events) = mpsc::channel(4);
    std::thread::spawn(move || {
        for input in inputs {
            let ended = input::read(input, &mut |event| {
                let event = match event {
                    input::Event::Lines(batch) => Event::Lines(batch),
                    input::Event::LongLine(number) => Event::LongLine(number),
                    input::Event::LongPiece(bytes) => Event::LongPiece(bytes.to_vec()),
                    input::Event::LongEnd(length) => Event::LongEnd(length),
                };
                sender.blocking_send(Ok(event)).is_ok()
            });
            if let Err(error) = ended
                && sender.blocking_send(Err(error)).is_err()
            {
                return;
            }
        }
    });
    Ok((bar, events))
}

struct Import {
    store: Store,
    program: Program,
    file: String,
    lists: Lists,
    dry_run: bool,
    rejects: Option<BufWriter<std::fs::File>>,
    /// Every account that the file named so far, and whether the register has it.
    accounts: HashMap<(String, String), Option<Account>>,
    /// What waits to be written, by platform.
    waiting: HashMap<String, (Vec<NewActivity>, u64)>,
    totals: Receipt,
    lines: u64,
    /// Number of the too long line that is being passed over.
    long_line: usize,
}

impl Import {
    async fn take(&mut self, event: Event, bar: &ProgressBar) -> anyhow::Result<()> {
        match event {
            Event::Lines(batch) => {
                for (number, line, raw) in batch.lines() {
                    bar.inc(raw.len() as u64);
                    if !line.iter().all(u8::is_ascii_whitespace) {
                        self.take_line(number, line, raw).await?;
                    }
                }
            }
            Event::LongLine(number) => self.long_line = number,
            Event::LongPiece(bytes) => {
                bar.inc(bytes.len() as u64);
                self.keep_reject(&bytes)?;
            }
            Event::LongEnd(length) => {
                self.lines += 1;
                self.name_reject(self.long_line, &Reject::TooLong { bytes: length });
            }
        }
        Ok(())
    }

    async fn take_line(&mut self, number: usize, line: &[u8], raw: &[u8]) -> anyhow::Result<()> {
        self.lines += 1;
        match complete(line) {
            Ok((activity, platform, account)) => self.sort(activity, platform, account, line.to_vec()).await,
            Err(reason) => {
                self.name_reject(number, &reason);
                self.keep_reject(raw)
            }
        }
    }

    async fn sort(&mut self, activity: Activity, platform: String, name: String, raw: Vec<u8>) -> anyhow::Result<()> {
        let key = (platform.clone(), name);
        if !self.accounts.contains_key(&key) {
            let found = self.store.find_account(&key.0, key.1.trim_start_matches('@')).await?;
            self.accounts.insert(key.clone(), found);
        }
        let (activities, turned_away) = self.waiting.entry(platform.clone()).or_default();
        let sorted = match self.accounts.get(&key) {
            Some(Some(account)) => {
                // The name in the file was looked up above; the collector's own check compares ids.
                let activity = Activity { account: None, ..activity };
                Intake::new(&self.program).sort(account, activity, raw, Timestamp::now())
            }
            _ => Sorted::TurnAway,
        };
        match sorted {
            Sorted::Keep(new) => activities.push(*new),
            Sorted::TurnAway => *turned_away += 1,
        }
        if activities.len() >= BATCH || *turned_away >= 10_000 {
            self.flush(&platform).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, platform: &str) -> anyhow::Result<()> {
        let Some((activities, turned_away)) = self.waiting.remove(platform) else { return Ok(()) };
        if self.dry_run {
            let matcher = self.lists.matcher();
            self.totals += Receipt {
                kept: activities.len() as u64,
                turned_away,
                hits: activities.iter().map(|new| matcher.find(&new.activity).len() as u64).sum(),
                ..Receipt::default()
            };
            return Ok(());
        }
        let mut batch = Batch { activities, turned_away, ..Batch::new(&self.program, platform) };
        let receipt = commit(&self.store, &self.lists, &mut batch)
            .await
            .context("the rest of the file was not taken in; run the same command again")?;
        if receipt.rejected > 0 {
            eprintln!(
                "{}: {} activities were refused by the database and are kept in quarantine",
                self.file, receipt.rejected
            );
        }
        self.totals += receipt;
        Ok(())
    }

    async fn flush_all(&mut self) -> anyhow::Result<()> {
        let platforms: Vec<_> = self.waiting.keys().cloned().collect();
        for platform in platforms {
            self.flush(&platform).await?;
        }
        Ok(())
    }

    fn name_reject(&mut self, number: usize, reason: &Reject) {
        eprintln!("{}:{number}: {reason}", self.file);
        self.totals.rejected += 1;
    }

    fn keep_reject(&mut self, raw: &[u8]) -> anyhow::Result<()> {
        if let Some(out) = &mut self.rejects {
            out.write_all(raw).context("cannot write --rejects")?;
        }
        Ok(())
    }

    /// Prints the figures; false if something was rejected.
    fn report(&mut self) -> anyhow::Result<bool> {
        if let Some(out) = &mut self.rejects {
            out.flush()?;
        }
        let t = self.totals;
        let verb = if self.dry_run { "would be kept" } else { "kept" };
        eprintln!(
            "{} lines: {} {verb}, {} known already, {} turned away, {} without a hit and not kept, {} rejected; {} hits",
            self.lines, t.kept, t.known, t.turned_away, t.passed, t.rejected, t.hits
        );
        let sum = t.kept + t.known + t.turned_away + t.passed + t.rejected;
        if sum != self.lines {
            bail!("the figures do not add up ({sum} of {} lines); this is a fault in netral", self.lines);
        }
        Ok(t.rejected == 0)
    }
}

/// The activity with its platform and account, which an import needs beyond `id` and `text`.
fn complete(line: &[u8]) -> Result<(Activity, String, String), Reject> {
    let activity = Activity::from_json_line(line)?;
    let missing = |key, hint| Reject::Missing { key, hint };
    let platform = activity.platform.clone().ok_or(missing("platform", "name the platform, e.g. bluesky"))?;
    let account = activity.account.clone().ok_or(missing("account", "give the account's handle or platform id"))?;
    if activity.posted_at.is_none() && activity.seen_at.is_none() {
        return Err(missing("posted_at", "give posted_at or seen_at, e.g. 2029-10-01T03:11:00Z"));
    }
    Ok((activity, platform, account))
}
