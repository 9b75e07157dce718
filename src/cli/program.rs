//! `netral program`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::open_store;
use crate::config::Config;
use crate::model::ProgramId;
use crate::store::{NewProgram, StoreError};

/// Propose and approve the program outside which nothing is collected
///
/// A program names its legal basis, its dates, the impact assessment (DPIA, UU 27/2022 Art 34) and the notice to staff
/// (Art 21). It runs only once a second person has approved it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Propose a program
    Propose {
        /// Title as in the decree
        #[arg(long)]
        title: String,
        /// Decree or circular number
        #[arg(long, value_name = "NUMBER")]
        legal_basis: String,
        /// First day, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// Last day, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        to: Date,
        /// The impact assessment; its SHA-256 is kept, not the file
        #[arg(long, value_name = "FILE")]
        dpia: PathBuf,
        /// Address at which staff can read the published notice
        #[arg(long, value_name = "URL")]
        notice: String,
        /// Days that an activity without a hit is kept for rescans; 0 = never kept
        #[arg(long, default_value_t = 14, value_name = "DAYS")]
        rescan_days: i32,
        /// Time zone in which days are counted
        #[arg(long, default_value = "Asia/Jakarta", value_name = "ZONE")]
        timezone: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Approve a program that somebody else proposed
    Approve {
        /// Its id, see `netral program list`
        id: ProgramId,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// List all programs
    List,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let store = open_store(&config).await?;
    match args.command {
        Command::Propose { title, legal_basis, from, to, dpia, notice, rescan_days, timezone, by } => {
            jiff::tz::TimeZone::get(&timezone).with_context(|| format!("unknown time zone {timezone}"))?;
            let dpia = std::fs::read(&dpia).with_context(|| format!("cannot read {}", dpia.display()))?;
            let new = NewProgram {
                title: &title,
                legal_basis: &legal_basis,
                timezone: &timezone,
                starts_on: from,
                ends_on: to,
                rescan_days,
                dpia_sha256: Some(Sha256::digest(&dpia).into()),
                notice_url: Some(&notice),
            };
            let id = store.propose_program(&new, &by).await.map_err(explain)?;
            eprintln!("proposed; a second person approves it with: netral program approve {id} --by LOGIN");
        }
        Command::Approve { id, by } => {
            if !store.approve_program(id, &by).await.map_err(explain)? {
                bail!("there is no program {id} that waits for approval; see `netral program list`");
            }
            eprintln!("program {id} approved");
        }
        Command::List => {
            for (p, approved) in store.programs().await? {
                let state = if approved { "approved" } else { "waits for approval" };
                eprintln!("{}  {} to {}  {state}  {}", p.program_id, p.starts_on, p.ends_on, p.title);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(error: StoreError) -> anyhow::Error {
    let advice = match &error {
        StoreError::Conflict { constraint } => match constraint.as_str() {
            "program_dates_check" => "the last day lies before the first",
            "program_rescan_check" => "--rescan-days is 0 to 366",
            "program_four_eyes" => "whoever proposed a program cannot approve it; a second person must",
            "program_approved_is_complete" => {
                "a program needs a legal basis, an impact assessment and a published notice"
            }
            _ => return error.into(),
        },
        _ => return error.into(),
    };
    anyhow::Error::new(error).context(advice)
}
