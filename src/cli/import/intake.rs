//! Rows on their way into the database, and the account of what became of them.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, bail};
use jiff::Timestamp;
use uuid::Uuid;

use crate::capture::{Captured, Event, Reason, Row};
use crate::model::{Account, Activity};
use crate::pipeline::{Intake, Lists, Sorted, commit};
use crate::store::{Batch, ImportFile, ImportProgress, NewActivity, NewImport, Program, Receipt, Store, StoreError};

/// Activities in one transaction, and bytes from which on they are written.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 16 << 20;
/// Rows between two notes of how far it is, whatever became of them.
const STRETCH: u64 = 10_000;
/// Accounts that are remembered; a large capture names a million, and few of them are in the register.
const ACCOUNTS: usize = 100_000;
/// Rejected rows that are named one by one.
const NAMED: u64 = 1_000;
/// Longest version of a tool.
const MAX_TOOL: usize = 64;

/// Where the import is written down.
pub(super) enum Record {
    /// A dry run leaves no trace.
    None,
    New(Box<NewImport>),
    Open(Box<NewImport>, Uuid),
}

impl Record {
    pub fn new(new: NewImport, broken_off: Option<&ImportFile>) -> Self {
        match broken_off {
            Some(before) => Self::Open(Box::new(new), before.import_file_id),
            None => Self::New(Box::new(new)),
        }
    }
}

pub(super) struct Import {
    store: Store,
    program: Program,
    lists: Lists,
    record: Record,
    /// The file as the user named it.
    pub file: String,
    rejects: Option<BufWriter<std::fs::File>>,
    /// Rejected bytes were written that had no line end.
    unended: bool,
    /// Pieces of a rejected row were written, and more may come.
    in_pieces: bool,
    /// Every account that the file named so far, and whether the register has it.
    accounts: HashMap<(String, Vec<String>), Option<Account>>,
    /// What waits to be written, by platform.
    waiting: HashMap<String, (Vec<NewActivity>, u64)>,
    waiting_rows: u64,
    waiting_activities: usize,
    waiting_bytes: usize,
    /// What became of all rows that are done with, those of an import that was broken off among them.
    totals: Receipt,
    /// The same, as it stands in the database.
    saved: u64,
    /// Rows that are passed over because they are done with.
    skip: u64,
    /// Rows that came out of the file, whatever became of them.
    taken: u64,
    named: u64,
    passed_over: u64,
    tool: Option<String>,
    tools: BTreeSet<String>,
}

impl Import {
    pub fn new(
        store: Store,
        program: Program,
        lists: Lists,
        record: Record,
        file: &str,
        before: Option<Receipt>,
    ) -> Self {
        let totals = before.unwrap_or_default();
        Self {
            store,
            program,
            lists,
            record,
            file: file.to_owned(),
            rejects: None,
            unended: false,
            in_pieces: false,
            accounts: HashMap::new(),
            waiting: HashMap::new(),
            waiting_rows: 0,
            waiting_activities: 0,
            waiting_bytes: 0,
            saved: totals.rows(),
            skip: totals.rows(),
            totals,
            taken: 0,
            named: 0,
            passed_over: 0,
            tool: None,
            tools: BTreeSet::new(),
        }
    }

    /// Writes rejected rows to a file: a new one, or after those of the import that was broken off.
    pub fn keep_rejects(&mut self, path: &Path) -> anyhow::Result<()> {
        self.rejects = Some(BufWriter::new(super::append_to(path, self.skip == 0)?));
        Ok(())
    }

    /// Rows that were read, those that were done with before among them.
    pub fn rows(&self) -> u64 {
        self.totals.rows() + self.waiting_rows
    }

    fn dry_run(&self) -> bool {
        matches!(self.record, Record::None)
    }

    /// Whether there is anything to be said of it.
    pub fn is_news(event: &Event) -> bool {
        matches!(event, Event::Passed(_)) || matches!(event, Event::Row(row) if row.read.is_err())
    }

    /// Says it.
    pub fn notice(&mut self, event: &Event) {
        match event {
            Event::Row(row) if self.skip == 0 => {
                if let Err(reason) = &row.read {
                    self.name(row, reason);
                }
            }
            Event::Passed(entry) => {
                self.passed_over += 1;
                if self.passed_over <= NAMED {
                    eprintln!("{}[{entry}]: no capture of this format; passed over", self.file);
                }
            }
            _ => {}
        }
    }

    fn name(&mut self, row: &Row, reason: &Reason) {
        self.named += 1;
        if self.named > NAMED {
            return;
        }
        let entry = row.entry.map(|entry| format!("[{entry}]")).unwrap_or_default();
        eprintln!("{}{entry}:{}: {reason}", self.file, row.at);
        if self.named == NAMED {
            eprintln!("further rejected rows are only counted; --rejects keeps them");
        }
    }

    pub async fn take(&mut self, event: Event) -> anyhow::Result<()> {
        self.taken += u64::from(matches!(event, Event::Row(_)));
        match event {
            Event::Row(_) if self.skip > 0 => self.skip -= 1,
            Event::Piece(_) if self.skip > 0 => {}
            Event::Piece(bytes) => {
                self.keep_reject(&bytes)?;
                self.in_pieces = true;
            }
            Event::Row(row) => match row.read {
                Ok(captured) => {
                    let mut raw = row.raw;
                    raw.truncate(raw.len() - row.ending);
                    self.sort(captured, raw).await?;
                }
                Err(_) => {
                    self.totals.rejected += 1;
                    self.in_pieces = false;
                    self.keep_reject(&row.raw)?;
                }
            },
            Event::Passed(_) => {}
            Event::Tool(version) => self.tool(version),
        }
        let full = self.waiting_activities >= BATCH || self.waiting_bytes >= BATCH_BYTES;
        if full || self.rows() - self.saved >= STRETCH {
            self.save().await?;
        }
        Ok(())
    }

    /// The versions of the tools that wrote the file, in one line.
    fn tool(&mut self, version: String) {
        let plain = version.len() < MAX_TOOL && version.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        if plain && !version.is_empty() && self.tools.len() < 8 && self.tools.insert(version) {
            let all = self.tools.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            self.tool = Some(all).filter(|all| all.len() <= MAX_TOOL).or(self.tool.take());
        }
    }

    async fn sort(&mut self, captured: Captured, raw: Vec<u8>) -> anyhow::Result<()> {
        let Captured { activity, platform, names } = captured;
        let key = (platform, names);
        if !self.accounts.contains_key(&key) {
            let found = find(&self.store, &key.0, &key.1).await?;
            if self.accounts.len() >= ACCOUNTS {
                self.accounts.clear();
            }
            self.accounts.insert(key.clone(), found);
        }
        let bytes = raw.len();
        let sorted = match self.accounts.get(&key) {
            Some(Some(account)) => {
                // The name in the file was looked up above; the collector's own check compares ids.
                let activity = Activity { account: None, ..activity };
                Intake::new(&self.program).sort(account, activity, raw, Timestamp::now())
            }
            _ => Sorted::TurnAway,
        };
        let (activities, turned_away) = self.waiting.entry(key.0).or_default();
        match sorted {
            Sorted::Keep(new) => {
                activities.push(*new);
                self.waiting_activities += 1;
                self.waiting_bytes += bytes;
            }
            Sorted::TurnAway => *turned_away += 1,
        }
        self.waiting_rows += 1;
        Ok(())
    }

    /// Writes what waits, then how far the import is.
    pub async fn save(&mut self) -> anyhow::Result<()> {
        self.write().await?;
        if self.totals.rows() == self.saved {
            return Ok(());
        }
        let Some(id) = self.opened().await? else { return Ok(()) };
        let progress = ImportProgress { from: self.saved, totals: &self.totals, tool: self.tool.as_deref() };
        self.store.advance_import(id, &progress).await.map_err(explain)?;
        self.saved = self.totals.rows();
        Ok(())
    }

    /// Writes what waits, and that the file is done with.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        self.write().await?;
        let Some(id) = self.opened().await? else { return Ok(()) };
        let Record::Open(new, _) = &self.record else { return Ok(()) };
        let progress = ImportProgress { from: self.saved, totals: &self.totals, tool: self.tool.as_deref() };
        self.store.end_import(id, &progress, new).await.map_err(explain)
    }

    /// The import's row, made when there is first something to say; `None` in a dry run.
    async fn opened(&mut self) -> anyhow::Result<Option<Uuid>> {
        let new = match std::mem::replace(&mut self.record, Record::None) {
            Record::None => return Ok(None),
            Record::New(new) => new,
            Record::Open(new, id) => {
                self.record = Record::Open(new, id);
                return Ok(Some(id));
            }
        };
        let id = self.store.begin_import(&new).await.map_err(explain)?;
        self.record = Record::Open(new, id);
        Ok(Some(id))
    }

    async fn write(&mut self) -> anyhow::Result<()> {
        for (platform, (activities, turned_away)) in std::mem::take(&mut self.waiting) {
            self.write_platform(&platform, activities, turned_away).await?;
        }
        (self.waiting_rows, self.waiting_activities, self.waiting_bytes) = (0, 0, 0);
        if let Some(out) = &mut self.rejects {
            out.flush().context("cannot write --rejects")?;
        }
        Ok(())
    }

    async fn write_platform(
        &mut self,
        platform: &str,
        activities: Vec<NewActivity>,
        turned_away: u64,
    ) -> anyhow::Result<()> {
        if self.dry_run() {
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

    fn keep_reject(&mut self, raw: &[u8]) -> anyhow::Result<()> {
        if let (Some(out), Some(last)) = (&mut self.rejects, raw.last()) {
            // Two items that had no line between them in the file need one here.
            let between: &[u8] = if self.unended && !self.in_pieces { b"\n" } else { b"" };
            out.write_all(between).and_then(|()| out.write_all(raw)).context("cannot write --rejects")?;
            self.unended = *last != b'\n';
        }
        Ok(())
    }

    /// Prints the figures; false if something was rejected.
    pub fn report(&mut self) -> anyhow::Result<bool> {
        let totals = &self.totals;
        eprintln!("{}", figures(totals, if self.dry_run() { "would be kept" } else { "kept" }));
        if self.passed_over > 0 {
            eprintln!("{} files of the archive were passed over", self.passed_over);
        }
        if self.skip == 0 && totals.rows() != self.taken {
            let (sum, taken) = (totals.rows(), self.taken);
            bail!("the figures do not add up ({sum} of {taken} rows); this is a fault in netral");
        }
        Ok(totals.rejected == 0)
    }
}

/// The figures in one line.
pub(super) fn figures(totals: &Receipt, kept: &str) -> String {
    format!(
        "{} rows: {} {kept}, {} known already, {} turned away, {} without a hit and not kept, {} rejected; {} hits",
        totals.rows(),
        totals.kept,
        totals.known,
        totals.turned_away,
        totals.passed,
        totals.rejected,
        totals.hits
    )
}

fn explain(error: StoreError) -> anyhow::Error {
    let running = matches!(&error, StoreError::Conflict { constraint } if constraint == "import_file_open");
    let error = anyhow::Error::new(error);
    if running { error.context("another process is importing the same file; let it finish") } else { error }
}

/// The account in the register that bears one of these names, the platform's id first.
///
/// Handles change hands, ids do not: where both the file and the register hold ids of the same kind, and they differ, the
/// handle is somebody else's by now.
async fn find(store: &Store, platform: &str, names: &[String]) -> Result<Option<Account>, StoreError> {
    for (at, name) in names.iter().enumerate() {
        let Some(account) = store.find_account(platform, name).await? else { continue };
        let other = names.iter().take(at).any(|id| same_kind(platform, id, &account.external_id));
        return Ok((!other).then_some(account));
    }
    Ok(None)
}

/// Whether both are ids from one series of numbers. Elsewhere (Instagram, TikTok, Facebook) a tool may know an account by
/// another id than the service's interface.
fn same_kind(platform: &str, one: &str, other: &str) -> bool {
    let digits = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    match platform {
        "x" => digits(one) && digits(other),
        "bluesky" => one.starts_with("did:") && other.starts_with("did:"),
        "youtube" => one.starts_with("UC") && other.starts_with("UC") && one.len() == other.len(),
        _ => false,
    }
}
