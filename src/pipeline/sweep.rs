//! The background work of a running service: forgetting, hour by hour, and finding copies among new hits.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::{Forgotten, Store};

/// How often a running service looks for what has outlived its window.
const EVERY: Duration = Duration::from_secs(3600);

/// Sweeps once at the start and then every hour, until `shutdown`. Several services may do so at the same time.
pub async fn sweep(store: Store, shutdown: CancellationToken) {
    loop {
        // By a clock that leapt ahead every window would be over; what is forgotten does not come back.
        let forgotten = match store.doubts_clock().await {
            Ok(true) => Ok(Forgotten::default()),
            Ok(false) => store.forget("system").await,
            Err(error) => Err(error),
        };
        match forgotten {
            Ok(forgotten) if forgotten.is_empty() => {}
            Ok(forgotten) => tracing::info!(
                activities = forgotten.activities,
                dismissed = forgotten.dismissed,
                quarantined = forgotten.quarantined,
                "what outlived its window was removed"
            ),
            Err(error) => tracing::warn!(error = %error, "nothing could be forgotten; tried again in an hour"),
        }
        if let Err(error) = store.forget_groups().await {
            tracing::warn!(error = %error, "empty groups could not be removed; tried again in an hour");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// How often a running service looks for hits that nobody has compared with others.
const GATHER: Duration = Duration::from_secs(2);

/// Finds the copies among new hits, and among those that a rescan explained anew, until `shutdown`.
pub async fn gather(store: Store, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let pause = match store.group_some().await {
            Ok(0) => GATHER,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(error = %error, "copies can't be looked for now; tried again");
                GATHER
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
