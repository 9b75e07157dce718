//! `netral keywords`: the life of a list, one step a command.

mod check;
mod files;
mod life;
mod window;

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;

use super::open_store;
use crate::config::Config;
use crate::model::Role;
use crate::pipeline::Drafts;
use crate::store::{Store, User};

/// Check, edit, try, sign and publish keyword lists
///
/// A list goes from a file into the workshop (import), is checked, tried against what was collected (backtest), signed by a
/// second person and published; then the window is read again. The pages do the same.
#[derive(Debug, Subcommand)]
pub enum Command {
    Check(check::Args),
    List(files::List),
    Import(files::Import),
    Export(files::Export),
    Diff(files::Diff),
    Clone(files::Clone),
    Backtest(window::Backtest),
    Sign(life::Sign),
    Publish(life::Publish),
    Retire(life::Retire),
    StandIn(life::StandIn),
    Rescan(window::Rescan),
}

/// Runs one of them.
///
/// # Errors
/// Whatever stopped it.
pub(super) async fn run(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(args) => check::run(args),
        Command::List(args) => files::list(args, &config).await,
        Command::Import(args) => files::import(args, &config).await,
        Command::Export(args) => files::export(args, &config).await,
        Command::Diff(args) => files::diff(args, &config).await,
        Command::Clone(args) => files::clone(args, &config).await,
        Command::Backtest(args) => window::backtest(args, &config).await,
        Command::Sign(args) => life::sign(args, &config).await,
        Command::Publish(args) => life::publish(args, &config).await,
        Command::Retire(args) => life::retire(args, &config).await,
        Command::StandIn(args) => life::stand_in(args, &config).await,
        Command::Rescan(args) => window::rescan(args, &config).await,
    }
}

/// The database and the workshop over it.
async fn workshop(config: &Config) -> anyhow::Result<(Store, Drafts)> {
    let store = open_store(config).await?;
    let drafts = Drafts::new(store.clone(), config.keywords.circulars.clone());
    Ok((store, drafts))
}

/// Whoever acts has a log-in: a signature by a name that nobody bears would be none.
pub(super) async fn person(store: &Store, login: &str) -> anyhow::Result<User> {
    let users = store.users().await?;
    match users.into_iter().find(|(user, _)| user.login == login) {
        Some((user, false)) => Ok(user),
        Some((_, true)) => bail!("the log-in `{login}` is shut out"),
        None => bail!("there is no log-in `{login}`; `netral user list` names those there are"),
    }
}

/// The same, for steps that only some roles may take.
async fn person_who(store: &Store, login: &str, may: fn(Role) -> bool) -> anyhow::Result<User> {
    let user = person(store, login).await?;
    if !may(user.role) {
        let roles = Role::ALL.iter().filter(|role| may(**role)).map(|role| role.as_str()).collect::<Vec<_>>();
        bail!("`{login}` is {}; this is for {}", user.role, roles.join(", "));
    }
    Ok(user)
}
