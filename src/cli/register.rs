//! `netral register`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::{SOME_REJECTED, open_store};
use crate::config::Config;
use crate::register;
use crate::store::StoreError;

/// Take in, approve and stop accounts of the register
///
/// Only accounts in the register, linked with a proof and approved by a second person, are ever read.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take in units, persons and accounts from a CSV file or an Excel workbook (.xlsx)
    ///
    /// One row per account; a person with two accounts has two rows, one without any leaves the account columns empty.
    /// Comma or semicolon, UTF-8, with this header:
    ///
    /// kode_unit,nama_unit,jenis_unit,kode_pegawai,nama,status,nip,jabatan,golongan,platform,akun,id_akun,bukti,catatan_bukti,berlaku_dari,berlaku_sampai
    ///
    /// The file is taken in whole or, where one row is wrong, not at all. Taking it in twice changes nothing.
    Import {
        /// The file; of a workbook with several tabs the one called `register`, else the first
        file: PathBuf,
        /// Check every row and say what would change, write nothing
        #[arg(long)]
        dry_run: bool,
        /// Who does this; the accounts then wait for somebody else's approval
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Approve all accounts that somebody else took in
    Approve {
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Stop an account at once ("bukan akun saya")
    Stop {
        /// Name of the platform
        platform: String,
        /// Handle or platform id
        account: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// The register by unit, in figures
    List,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Import { file, dry_run, by } => return import(&file, dry_run, &by, &config).await,
        Command::Approve { by } => {
            let approved = open_store(&config).await?.approve_accounts(&by).await?;
            eprintln!("{approved} accounts approved; accounts that {by} took in wait for somebody else");
        }
        Command::Stop { platform, account, by } => {
            if !open_store(&config).await?.stop_account(&platform, &account, &by).await? {
                bail!("there is no running account {account} on {platform}");
            }
            eprintln!("account stopped");
        }
        Command::List => {
            eprintln!("{:<44} {:>8} {:>8} {:>8} {:>8}", "unit", "persons", "read", "waiting", "stopped");
            for unit in open_store(&config).await?.register_summary().await? {
                eprintln!(
                    "{:<44} {:>8} {:>8} {:>8} {:>8}",
                    unit.unit_name, unit.persons, unit.active, unit.waiting, unit.stopped
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(file: &Path, dry_run: bool, by: &str, config: &Config) -> anyhow::Result<ExitCode> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let read = register::read(&bytes);
    for problem in &read.problems {
        eprintln!("{}:{}: {problem}", file.display(), problem.row);
    }
    if !read.problems.is_empty() {
        let mut wrong: Vec<_> = read.problems.iter().map(|p| p.row).collect();
        wrong.dedup();
        eprintln!("{} rows are wrong; nothing was taken in", wrong.len());
        return Ok(ExitCode::from(SOME_REJECTED));
    }
    let rows = read.rows;
    if dry_run {
        eprintln!("{} rows are right; nothing was written (--dry-run)", rows.len());
        return Ok(ExitCode::SUCCESS);
    }
    let store = open_store(config).await?;
    let (lines, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    match store.import_register(&rows, by).await {
        Ok(linked) => {
            eprintln!(
                "{} units, {} persons, {} accounts are new; {} rows changed nothing. The accounts are read once somebody else runs: netral register approve --by LOGIN",
                linked.units, linked.persons, linked.accounts, linked.known
            );
            Ok(ExitCode::SUCCESS)
        }
        Err((index, StoreError::Conflict { constraint })) => {
            let line = lines.get(index).copied().unwrap_or(0);
            bail!("{}:{line}: {}; nothing was taken in", file.display(), register::explain(&constraint))
        }
        Err((_, error)) => Err(error.into()),
    }
}
