//! `netral serve`

use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{open_store, shutdown_signal};
use crate::config::Config;
use crate::notify::{Notifier, NotifyError};
use crate::oidc::Provider;
use crate::pipeline::{
    Audience, Collector, Lists, LiveReader, Rescanner, Trier, gather, paced_sources, sweep, watch_clock,
};
use crate::source::Http;
use crate::source::bluesky::BlueskyLive;
use crate::store::Store;
use crate::web::{self, AppState};

/// Run the service: pages, collectors and background work
///
/// Needs DATABASE_URL, a current schema (`netral migrate`), an approved program and published keyword lists. Several may
/// run against one database, each with its own --role.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What this process does, comma-separated
    #[arg(long, value_delimiter = ',', default_values = ["web", "collect", "work"], value_name = "ROLES")]
    role: Vec<Role>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Pages and API
    Web,
    /// Collectors
    Collect,
    /// Background work: finding copies among new hits, forgetting what has outlived its window, reading it again after a
    /// publication, trying drafts, telling what `[notify]` names
    Work,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let store = open_store(&config).await?;
    let (shutdown, ended) = shutdown_signal()?;
    let has = |role| args.role.contains(&role);
    let listener = if has(Role::Web) {
        config.require_secrets()?;
        let address = &config.web.listen;
        Some(TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?)
    } else {
        None
    };
    if let Some(listener) = &listener {
        tracing::info!(address = %listener.local_addr()?, "pages are served");
    }
    run_roles(store, config, listener, (has(Role::Collect), has(Role::Work)), shutdown).await?;
    Ok(ended.await?)
}

/// Runs collectors, background work and pages until `shutdown`, then waits for all of them to end in order.
pub(super) async fn run_roles(
    store: Store,
    config: Config,
    listener: Option<TcpListener>,
    (collect, work): (bool, bool),
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let lists = Lists::follow(store.clone(), shutdown.clone()).await?;
    let tasks = TaskTracker::new();
    tasks.spawn(watch_clock(store.clone(), config.collect.lease(), shutdown.clone()));
    if collect {
        let http = Http::new(&config.source.http)?;
        let sources = paced_sources(&config.source, &http, &store);
        if config.source.bluesky.enabled && config.source.bluesky.live.enabled {
            let live = BlueskyLive::new(config.source.bluesky.clone(), http.clone());
            let reader = LiveReader::new(store.clone(), live, lists.clone(), config.collect.clone());
            tasks.spawn(reader.run(shutdown.clone()));
        }
        let audience = Audience::new(store.clone(), sources.clone(), lists.clone(), config.collect.clone());
        tasks.spawn(audience.run(shutdown.clone()));
        let collector = Collector::new(store.clone(), sources, lists.clone(), config.collect.clone());
        let shutdown = shutdown.clone();
        tasks.spawn(async move { collector.run(shutdown).await });
    }
    if work {
        tasks.spawn(sweep(store.clone(), shutdown.clone()));
        tasks.spawn(gather(store.clone(), shutdown.clone()));
        tasks.spawn(Rescanner::new(store.clone(), lists.clone()).run(shutdown.clone()));
        tasks.spawn(Trier::new(store.clone()).run(shutdown.clone()));
        if let Some(notifier) = notifier(&store, &config)? {
            tasks.spawn(notifier.run(shutdown.clone()));
        }
    }
    let served = if let Some(listener) = listener {
        let provider = match &config.web.oidc {
            Some(oidc) => Some(Provider::new(oidc.clone(), config.web.public_url.as_deref(), &config.source.http)?),
            None => None,
        };
        let state = AppState::new(store, lists.into(), config.web)
            .with_circulars(config.keywords.circulars)
            .with_review(config.review)
            .with_oidc(provider);
        web::serve(listener, state, shutdown.clone().cancelled_owned()).await
    } else {
        shutdown.cancelled().await;
        Ok(())
    };
    shutdown.cancel();
    tasks.close();
    tasks.wait().await;
    served.context("the pages stopped")
}

/// Whoever tells things to the outside, where the configuration names anybody to tell.
pub(super) fn notifier(store: &Store, config: &Config) -> Result<Option<Notifier>, NotifyError> {
    let pages = (config.web.zone, config.web.public_url.clone());
    Notifier::new(store.clone(), &config.notify, &config.source.http, pages, config.review.deadline_days)
}
