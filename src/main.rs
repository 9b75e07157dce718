//! Parses the command line, runs one command, and turns its end into an exit code.

use std::process::ExitCode;

use clap::Parser;
use netral::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = Cli::parse();
    netral::telemetry::init(cli.log_json);
    match cli::run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("netral: {error:#}");
            cli::exit_code(&error)
        }
    }
}
