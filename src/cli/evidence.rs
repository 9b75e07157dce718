//! `netral evidence`

use std::collections::HashMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use sha2::{Digest, Sha256};

use super::{FAULT, open_store};
use crate::config::Config;
use crate::evidence::ledger::{Entry, Fault, Head, Verifier, hex};
use crate::store::Store;

/// Rows read at a time.
const CHUNK: i64 = 5000;

/// Export and verify the ledger
///
/// The ledger is append-only and hash-chained from its first row. Note its head (`netral evidence head`) outside the
/// database, on paper or in a letter: only so can rows that were cut off at the end be found later.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify every row, and that the kept bytes are those that came in; exit code 4 where something was changed, removed or
    /// added, with the row's number
    Verify {
        /// Verify an exported file instead of the database: works offline, on any machine
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// A head noted earlier, SEQ:HASH, that must still be part of the chain
        #[arg(long, value_name = "SEQ:HASH", value_parser = head)]
        head: Option<Head>,
    },
    /// Write the whole ledger as JSON lines
    Export {
        /// Where to
        file: PathBuf,
    },
    /// Print the end of the chain as SEQ:HASH
    Head,
}

fn head(text: &str) -> Result<Head, String> {
    let (seq, hash) = text.split_once(':').ok_or("wants SEQ:HASH")?;
    if hash.len() != 64 {
        return Err("the hash has 64 hexadecimal digits".to_owned());
    }
    Ok(Head { seq: seq.parse().map_err(|_| "SEQ is a number")?, hash: hash.to_owned() })
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Verify { file: Some(file), head } => {
            let reader = std::fs::File::open(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let mut verifier = Verifier::new(head);
            for (number, line) in BufReader::new(reader).lines().enumerate() {
                let place = || format!("{}:{}", file.display(), number + 1);
                let entry: Entry = serde_json::from_str(&line.with_context(place)?)
                    .with_context(|| format!("{}: not a ledger row", place()))?;
                if let Err(fault) = verifier.push(&entry) {
                    return Ok(report(Err(fault)));
                }
            }
            Ok(report(verifier.finish()))
        }
        Command::Verify { file: None, head } => {
            let store = open_store(&config).await?;
            let mut verifier = Verifier::new(head);
            let mut last = 0;
            loop {
                let rows: Vec<Entry> = store.ledger_after(last, CHUNK).await?.into_iter().map(Entry::from).collect();
                let Some(end) = rows.last() else { return Ok(report(verifier.finish())) };
                last = end.seq;
                for entry in &rows {
                    if let Err(fault) = verifier.push(entry) {
                        return Ok(report(Err(fault)));
                    }
                }
                if let Some(fault) = damaged(&store, &rows).await? {
                    return Ok(report(Err(fault)));
                }
            }
        }
        Command::Export { file } => {
            let store = open_store(&config).await?;
            let mut out = BufWriter::new(
                std::fs::File::create(&file).with_context(|| format!("cannot write {}", file.display()))?,
            );
            each(&store, |entry| {
                serde_json::to_writer(&mut out, &entry)?;
                out.write_all(b"\n")?;
                Ok(true)
            })
            .await?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Head => {
            let (seq, hash) = open_store(&config).await?.ledger_head().await?;
            writeln!(std::io::stdout(), "{seq}:{}", hex(&hash))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn report(verified: Result<Head, Fault>) -> ExitCode {
    match verified {
        Ok(head) => {
            eprintln!("{} rows verified; head {}:{}", head.seq, head.seq, head.hash);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("fault: {fault}");
            ExitCode::from(FAULT)
        }
    }
}

/// The first activity whose kept bytes are not the ones that a row vouches for. What was emptied or removed since, as the
/// windows of the program have it, says nothing.
async fn damaged(store: &Store, rows: &[Entry]) -> anyhow::Result<Option<Fault>> {
    let vouched: Vec<_> = rows
        .iter()
        .flat_map(|row| row.evidence().into_iter().map(|(activity, hash)| (activity, (row.seq, hash))))
        .collect();
    for part in vouched.chunks(1000) {
        let ids: Vec<_> = part.iter().map(|(activity, _)| *activity).collect();
        let wanted: HashMap<_, _> = part.iter().cloned().collect();
        for (activity, raw) in store.raw_of(&ids).await? {
            let Some((seq, hash)) = wanted.get(&activity) else { continue };
            if raw.is_none_or(|raw| hex(&Sha256::digest(raw)) != *hash) {
                return Ok(Some(Fault::Bytes { seq: *seq, activity }));
            }
        }
    }
    Ok(None)
}

/// Hands every row to `take`, in order, until it says no.
async fn each(store: &Store, mut take: impl FnMut(Entry) -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let mut last = 0;
    loop {
        let rows = store.ledger_after(last, CHUNK).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.seq;
        for row in rows {
            if !take(row.into())? {
                return Ok(());
            }
        }
    }
}
