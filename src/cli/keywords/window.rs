//! `netral keywords backtest` and `rescan`

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use futures::future::BoxFuture;
use indicatif::{ProgressBar, ProgressStyle};

use super::{person_who, workshop};
use crate::cli::shutdown_signal;
use crate::config::Config;
use crate::keyword;
use crate::model::Role;
use crate::pipeline::{Trial, try_draft};
use crate::store::Rescan as Order;

/// Try a list against what was collected: what it would gain and lose, by keyword and side; changes nothing
#[derive(Debug, clap::Args)]
pub struct Backtest {
    /// Id of a set in the workshop, or a keyword file
    set: PathBuf,
    /// Print the whole result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn backtest(args: Backtest, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, drafts) = workshop(config).await?;
    let draft = if args.set.is_file() {
        let (sets, _) = keyword::load(Some(&args.set), config.keywords.circulars.as_deref(), None)?;
        let Some(set) = sets.into_iter().next() else { bail!("{} holds no set", args.set.display()) };
        set
    } else {
        drafts.set(&args.set.to_string_lossy()).await?
    };
    let id = draft.id().to_owned();
    let (shutdown, ended) = shutdown_signal()?;
    let bar = bar(0)?;
    let told = |read: u64, total: i64| -> BoxFuture<'static, _> {
        bar.set_length(u64::try_from(total).unwrap_or_default());
        bar.set_position(read);
        Box::pin(std::future::ready(Ok(!shutdown.is_cancelled())))
    };
    let trial = try_draft(&store, &id, draft, told).await?;
    bar.finish_and_clear();
    let Some(trial) = trial else {
        eprintln!("broken off; nothing was changed");
        return Ok(ended.await?);
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&trial)?)?;
    } else {
        write!(out, "{}", report(&trial))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn report(trial: &Trial) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let days = trial.days.max(1);
    let mut line = |words: std::fmt::Arguments<'_>| {
        // Writing into a String can't fail.
        let _ignored = text.write_fmt(words);
        text.push('\n');
    };
    line(format_args!("{} activities read", trial.activities));
    line(format_args!(
        "hits at review: {} before, {} after ({} gained, {} lost); {} a day before, {} after",
        trial.hits.before,
        trial.hits.after,
        trial.gained,
        trial.lost,
        trial.hits.before / days,
        trial.hits.after / days
    ));
    line(format_args!(
        "of the lost, people had said: {} dugaan, {} bukan dugaan; still found: {} dugaan, {} bukan dugaan",
        trial.lost_upheld, trial.lost_dismissed, trial.kept_upheld, trial.kept_dismissed
    ));
    for (title, shifts) in [("side", &trial.sides), ("keyword", &trial.keywords)] {
        for (name, shift) in shifts.iter().filter(|(_, s)| title == "side" || s.before != s.after) {
            line(format_args!("{title} {name}: {} -> {}", shift.before, shift.after));
        }
    }
    text
}

/// Have the window read again with what is live, or say how far that is
///
/// Publishing orders it by itself; a running `netral serve` does the reading.
#[derive(Debug, clap::Args)]
pub struct Rescan {
    /// Id of the set; without one: how far the latest are
    id: Option<String>,
    /// Who does this
    #[arg(long, value_name = "LOGIN", required_unless_present = "wait", requires = "id")]
    by: Option<String>,
    /// Wait until it is done
    #[arg(long)]
    wait: bool,
}

pub(super) async fn rescan(args: Rescan, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, _) = workshop(config).await?;
    if let (Some(id), Some(by)) = (&args.id, &args.by) {
        let actor = person_who(&store, by, Role::publishes_lists).await?;
        if !store.order_rescan(id, &actor.login).await? {
            bail!("no version of `{id}` is live");
        }
    }
    let (shutdown, ended) = shutdown_signal()?;
    let bar = bar(0)?;
    loop {
        let orders = store.rescans(args.id.as_deref()).await?;
        let Some(order) = orders.first() else {
            eprintln!("nothing was ever published");
            return Ok(ExitCode::SUCCESS);
        };
        if !args.wait || order.state != "open" {
            bar.finish_and_clear();
            orders.iter().take(if args.wait { 1 } else { 20 }).for_each(say);
            return Ok(ExitCode::SUCCESS);
        }
        bar.set_length(order.total.and_then(|n| u64::try_from(n).ok()).unwrap_or_default());
        bar.set_position(u64::try_from(order.activities).unwrap_or_default());
        tokio::select! {
            () = shutdown.cancelled() => return Ok(ended.await?),
            () = tokio::time::sleep(std::time::Duration::from_millis(300)) => {}
        }
    }
}

fn say(order: &Order) {
    let total = order.total.map_or_else(|| "?".to_owned(), |n| n.to_string());
    eprintln!(
        "{} {} ({}): {} of {total} read, {} gained, {} withdrawn, {} remade",
        order.set_id,
        order.version.get(..12).unwrap_or_default(),
        order.state,
        order.activities,
        order.gained,
        order.withdrawn,
        order.remade
    );
}

/// A bar on a terminal; elsewhere the final figures are enough.
fn bar(length: u64) -> anyhow::Result<Arc<ProgressBar>> {
    let bar = ProgressBar::new(length);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}")?);
    Ok(Arc::new(bar))
}
