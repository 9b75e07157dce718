//! Work that a service does beside collecting, step by step.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::PipelineError;

/// How often a worker looks for something to do.
const IDLE: Duration = Duration::from_millis(500);

/// Steps until `shutdown`. A step says whether there was anything to do; one that fails is tried again, so it must leave
/// things as they were. `work` is its name in the log.
pub(super) async fn run<'w>(
    work: &'static str,
    shutdown: &CancellationToken,
    step: impl Fn() -> BoxFuture<'w, Result<bool, PipelineError>> + Send,
) {
    while !shutdown.is_cancelled() {
        let pause = match step().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => IDLE,
            Err(error) => {
                tracing::warn!(work, error = %error, "background work can't go on now; tried again");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}
