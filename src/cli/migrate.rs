//! `netral migrate`

use std::process::ExitCode;

use crate::config::{self, Config};
use crate::store::Store;

/// Bring the database schema up to date
///
/// Forward only; running it twice changes nothing. `netral serve` refuses to start on an older schema.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) async fn run(_: Args, config: Config) -> anyhow::Result<ExitCode> {
    let store = Store::connect(config::database()?, config.database.connections).await?;
    let applied = store.migrate().await?;
    eprintln!("schema is current ({applied} steps applied)");
    Ok(ExitCode::SUCCESS)
}
