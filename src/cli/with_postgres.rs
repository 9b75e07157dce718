//! `netral with-postgres -- COMMAND`: runs a command with a private, temporary Postgres in `DATABASE_URL`.
//!
//! `make test` and `make sqlx` use it, so that neither needs a server to be there. Hidden from `--help`: it is a
//! developer's tool.

use std::process::ExitCode;

use anyhow::Context;
use secrecy::ExposeSecret;
use sqlx::ConnectOptions;

use super::shutdown_signal;
use crate::store::Store;
use crate::store::cluster::Cluster;

/// Run a command with a private Postgres in DATABASE_URL
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Apply the migrations first
    #[arg(long)]
    migrate: bool,

    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let [program, arguments @ ..] = args.command.as_slice() else { anyhow::bail!("no command given") };
    // A server that is there already is used as it is.
    if std::env::var_os("DATABASE_URL").is_some_and(|url| !url.is_empty()) {
        let status = tokio::process::Command::new(program).args(arguments).status().await?;
        return Ok(code(status));
    }
    let (shutdown, _ended) = shutdown_signal()?;
    let dir = std::env::temp_dir().join(format!("netral-{}", uuid::Uuid::new_v4().simple()));
    let mut cluster = Cluster::start(&dir).await?.temporary();
    if args.migrate {
        Store::connect(cluster.main_database().disable_statement_logging(), 2).await?.migrate().await?;
    }
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", cluster.url().expose_secret())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {program}"))?;
    // On Ctrl-C the child gets the terminal's signal as well: wait for it, then stop the server.
    let status = tokio::select! {
        status = child.wait() => status?,
        () = shutdown.cancelled() => child.wait().await?,
    };
    cluster.stop();
    Ok(code(status))
}

fn code(status: std::process::ExitStatus) -> ExitCode {
    status.code().and_then(|c| u8::try_from(c).ok()).map_or(ExitCode::from(130), ExitCode::from)
}
