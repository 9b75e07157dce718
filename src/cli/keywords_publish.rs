//! `netral keywords publish`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};

use super::open_store;
use crate::config::Config;
use crate::keyword::{self, KeywordSet};
use crate::matcher::Matcher;
use crate::pipeline::Lists;

/// Publish keyword lists: collectors and pages take them up within seconds, without a restart
///
/// Every file of a set, of the sets it extends and of its circular is kept under one fingerprint; what was published
/// never changes. Publishing what is live already changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A keyword file, or a folder of them [default: [keywords] dir, else ./keywords, else the built-in lists]
    path: Option<PathBuf>,
    /// Only the set with this id
    #[arg(long, value_name = "ID")]
    set: Option<String>,
    /// Who does this
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let sets = elections(args.path.as_deref(), &config)?;
    let chosen: Vec<_> = sets.iter().filter(|s| args.set.as_deref().is_none_or(|id| s.id() == id)).collect();
    if chosen.is_empty() {
        bail!("no such election set; there are: {}", sets.iter().map(|s| s.id()).collect::<Vec<_>>().join(", "));
    }
    let store = open_store(&config).await?;
    for set in chosen {
        // What can't be built here would stop every worker.
        Matcher::build(vec![Arc::clone(set)]).with_context(|| format!("{} can't be used", set.id()))?;
        let short = set.fingerprint().get(..12).unwrap_or_default();
        if Lists::publish(&store, set, &args.by).await? {
            eprintln!("{} {short} published", set.id());
        } else {
            eprintln!("{} {short} is live already", set.id());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The election sets that a path, or the configuration, names.
pub(super) fn elections(path: Option<&Path>, config: &Config) -> anyhow::Result<Vec<Arc<KeywordSet>>> {
    let path = path.or(config.keywords.dir.as_deref());
    Ok(keyword::load(path, config.keywords.circulars.as_deref(), None)?.0)
}
