//! `netral collect`

use std::process::ExitCode;

use anyhow::bail;

use super::{NOT_THERE, SOME_REJECTED, open_store, shutdown_signal};
use crate::config::Config;
use crate::pipeline::{Collector, Lists, PassReport, paced_sources};
use crate::source::Http;

/// Read the accounts that are due, in the foreground
///
/// Runs until Ctrl-C, or one pass with --once. Any number of these and of `netral serve` may run at the same time: each
/// account is leased to one of them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One pass over everything that is due, then end
    #[arg(long)]
    once: bool,

    /// Read this account now, due or not: its handle or platform id, as PLATFORM:NAME
    #[arg(long, value_name = "PLATFORM:NAME")]
    account: Option<String>,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let store = open_store(&config).await?;
    let (shutdown, ended) = shutdown_signal()?;
    let lists = Lists::follow(store.clone(), shutdown.clone()).await?;
    let http = Http::new(&config.source.http)?;
    let sources = paced_sources(&config.source, &http, &store);
    if let Some(name) = &args.account {
        let Some((platform, handle)) = name.split_once(':') else { bail!("--account wants PLATFORM:NAME") };
        match store.find_account(platform, handle).await? {
            Some(account) => store.make_due(Some(account.account_id)).await?,
            // P01: whoever is not in the register is not read, and not written down either.
            None => bail!("{platform}:{handle} is not an approved, running account of the register; it is not read"),
        };
    }
    let collector = Collector::new(store.clone(), sources, lists, config.collect);
    if !args.once && args.account.is_none() {
        collector.run(shutdown).await;
        return Ok(ended.await?);
    }
    let report = collector.pass(&shutdown).await?;
    store.release_leases(collector.worker()).await?;
    print(&report);
    if shutdown.is_cancelled() {
        return Ok(ended.await?);
    }
    Ok(ExitCode::from(match report {
        PassReport { read: 0, failed: 1.., .. } => NOT_THERE,
        PassReport { failed: 1.., .. } => SOME_REJECTED,
        _ => 0,
    }))
}

fn print(report: &PassReport) {
    let r = report.receipt;
    eprintln!(
        "{} accounts read, {} failed; activities: {} kept, {} known already, {} turned away, {} rejected, {} not kept; {} hits",
        report.read, report.failed, r.kept, r.known, r.turned_away, r.rejected, r.passed, r.hits
    );
}
