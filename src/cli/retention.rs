//! `netral retention`

use std::process::ExitCode;

use clap::Subcommand;

use super::open_store;
use crate::config::Config;

/// Remove what has outlived its program's windows
///
/// `netral serve --role work` does so every hour. Activities without a hit go after the program's rescan window, the
/// content of dismissed hits after its window for those (14 and 30 days unless the program says otherwise), and so do the
/// texts of settled declarations and objections; declarations that nobody settled are given up after 90 days. The ledger
/// keeps a minute with the figures.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Remove it now
    Run {
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let Command::Run { by } = args.command;
    let f = open_store(&config).await?.forget(&by).await?;
    eprintln!(
        "{} activities without a hit removed, {} dismissed hits emptied, {} unreadable items removed, {} tips removed, {} declarations given up, {} texts emptied",
        f.activities, f.dismissed, f.quarantined, f.tips, f.declarations, f.texts
    );
    Ok(ExitCode::SUCCESS)
}
