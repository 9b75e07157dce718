//! Logs. Never post text, names, NIP or tokens: docs/LOGGING.md has the rules.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Sets up logging to stderr; `NETRAL_LOG` (or `RUST_LOG`) picks levels, e.g. `netral=debug`.
///
/// Calling it twice keeps the first set-up.
pub fn init(json: bool) {
    let filter = std::env::var("NETRAL_LOG")
        .or_else(|_| std::env::var("RUST_LOG"))
        .ok()
        .and_then(|spec| EnvFilter::try_new(spec).ok())
        .unwrap_or_else(|| EnvFilter::new("netral=info,warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let done =
        if json { builder.json().try_init() } else { builder.with_ansi(std::io::stderr().is_terminal()).try_init() };
    if done.is_err() {
        tracing::debug!("logging was set up before");
    }
}
