//! The command line: one file per command.
//!
//! Exit codes: 0 done; 1 done, but some input was rejected or some sources failed; 2 bad usage, configuration or list, no
//! active program; 3 a dependency is not there; 4 `evidence verify` found a fault; 130 Ctrl-C.
#![allow(clippy::doc_markdown, reason = "doc comments here are help texts, read on a terminal")]

mod api;
mod check;
mod collect;
mod demo;
mod eval;
mod evidence;
mod import;
mod input;
mod keywords;
mod migrate;
mod program;
mod register;
mod retention;
mod scan;
mod serve;
mod user;
mod with_postgres;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config, ConfigError};
use crate::pipeline::PipelineError;
use crate::store::cluster::ClusterError;
use crate::store::{Store, StoreError};

/// Done, but some input was rejected or some sources failed.
pub const SOME_REJECTED: u8 = 1;
/// Bad usage or configuration, an invalid list, no active program.
pub const BAD_USAGE: u8 = 2;
/// A dependency is not there.
pub const NOT_THERE: u8 = 3;
/// `evidence verify` found a fault.
pub const FAULT: u8 = 4;

/// Keeps a regency's circular on civil-servant neutrality: collects public posts of registered accounts, finds what may
/// be partisan in an election, explains it, and puts it before people who decide.
///
/// New here? `netral demo` shows everything at once on a bare machine. `netral scan` needs no database.
#[derive(Debug, Parser)]
#[command(name = "netral", version, max_term_width = 110)]
pub struct Cli {
    /// Configuration file [default: config/netral.toml where there is one]
    #[arg(long, global = true, env = "NETRAL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Write logs as JSON lines
    #[arg(long, global = true)]
    pub log_json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Serve(serve::Args),
    Migrate(migrate::Args),
    Check(check::Args),
    Scan(scan::Args),
    Eval(eval::Args),
    Import(import::Args),
    Collect(collect::Args),
    Program(program::Args),
    Register(register::Args),
    #[command(subcommand)]
    Keywords(keywords::Command),
    User(user::Args),
    #[command(subcommand)]
    Api(api::Command),
    Retention(retention::Args),
    Evidence(evidence::Args),
    /// Print a completion script for a shell
    ///
    /// For bash: netral completions bash > /etc/bash_completion.d/netral
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: Shell,
    },
    #[command(hide = true)]
    WithPostgres(with_postgres::Args),
}

/// Runs the command.
///
/// # Errors
/// Whatever stopped it; [`exit_code`] says with which code the process should end.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = || Config::load(cli.config.as_deref());
    match cli.command {
        Command::Scan(args) => scan::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Api(command) => api::run(command),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "netral", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Demo(args) => wait_for(demo::run(args)),
        Command::Serve(args) => wait_for(serve::run(args, config()?)),
        Command::Migrate(args) => wait_for(migrate::run(args, config()?)),
        Command::Check(args) => wait_for(check::run(args, config()?)),
        Command::Import(args) => wait_for(import::run(args, config()?)),
        Command::Collect(args) => wait_for(collect::run(args, config()?)),
        Command::Program(args) => wait_for(program::run(args, config()?)),
        Command::Register(args) => wait_for(register::run(args, config()?)),
        Command::Keywords(command) => wait_for(keywords::run(command, config()?)),
        Command::User(args) => wait_for(user::run(args, config()?)),
        Command::Retention(args) => wait_for(retention::run(args, config()?)),
        Command::Evidence(args) => wait_for(evidence::run(args, config()?)),
        Command::WithPostgres(args) => wait_for(with_postgres::run(args)),
    }
}

fn wait_for(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}

/// Connects to the configured database and insists on the schema that this binary was built for.
async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let store = Store::connect(config::database()?, config.database.connections).await?;
    store.require_current_schema().await?;
    Ok(store)
}

/// Cancelled by Ctrl-C or SIGTERM; says which by the exit code it leads to.
fn shutdown_signal() -> anyhow::Result<(CancellationToken, tokio::task::JoinHandle<ExitCode>)> {
    use tokio::signal::unix::{SignalKind, signal};
    let token = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let cancelled = token.clone();
    let ended = tokio::spawn(async move {
        let code = tokio::select! {
            _ = interrupt.recv() => ExitCode::from(130),
            _ = terminate.recv() => ExitCode::SUCCESS,
            () = cancelled.cancelled() => ExitCode::SUCCESS,
        };
        cancelled.cancel();
        code
    });
    Ok((token, ended))
}

/// The exit code that an error leads to: 3 where a dependency is not there, else 2.
#[must_use]
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    let missing = error.chain().any(|cause| {
        matches!(cause.downcast_ref(), Some(StoreError::Unavailable(_)))
            || matches!(cause.downcast_ref(), Some(PipelineError::Store(StoreError::Unavailable(_))))
            || cause.downcast_ref::<ClusterError>().is_some()
            || cause.downcast_ref::<std::io::Error>().is_some() && cause.downcast_ref::<ConfigError>().is_none()
    });
    ExitCode::from(if missing { NOT_THERE } else { BAD_USAGE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_has_help() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments().filter(|a| !a.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            for sub in command.get_subcommands().filter(|c| !c.is_hide_set()) {
                assert!(sub.get_about().is_some(), "{} {}", command.get_name(), sub.get_name());
                walk(sub);
            }
        }
        walk(&Cli::command());
    }
}
