//! Watches the server's clock, from which all due times, leases and windows are reckoned.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::store::{Store, Tick};

/// How often a running service looks; a step back by less is not worth a word.
const EVERY: Duration = Duration::from_secs(10);

/// Looks at the start and then every ten seconds, until `shutdown`. Several services may do so at the same time; the first to see
/// a leap puts right what it did, for all.
pub async fn watch_clock(store: Store, lease: SignedDuration, shutdown: CancellationToken) {
    loop {
        match store.look_at_clock(lease).await {
            Ok(Tick::Steady) => {}
            Ok(Tick::Ahead(by)) => tracing::warn!(
                seconds = by.as_secs(),
                "the clock is far ahead of the last look; nothing is forgotten for a day. If the services stood still that long, all is well; else set the clock right"
            ),
            Ok(Tick::Back(by)) => {
                tracing::warn!(
                    seconds = by.as_secs(),
                    "the clock was set back; what was due later is due accordingly sooner"
                );
            }
            Err(error) => tracing::warn!(error = %error, "the clock could not be looked at"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
