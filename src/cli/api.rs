//! `netral api`

use std::io::Write as _;
use std::process::ExitCode;

use crate::web;

/// The API for machines
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum Command {
    /// Print the OpenAPI document of this version, the same that /api/v1/openapi.json serves
    Openapi,
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Openapi => std::io::stdout().lock().write_all(web::api_document().as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}
