//! What a failure means: for the account, and for its source as a whole.

use std::time::Duration;

use jiff::SignedDuration;

use super::schedule;
use crate::source::{Page, Source, SourceError};
use crate::store::{AT_FAULT, Failure, Store, StoreError, Then};

/// Failures in a row after which an account is left until an operator looks.
const PARK_AFTER: u32 = 12;

/// How long a service is left alone that refuses netral itself; a person has to act.
const DENIED: Duration = Duration::from_secs(1800);

/// A source's error, by what it asks for.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    error: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The service asked to wait.
    Wait(Duration),
    /// It refuses netral.
    Denied,
    /// It fails.
    Fault,
    /// It answers, but not for this account.
    Account(&'static str),
    /// It answers what cannot be read.
    Strange,
    /// This will never work.
    Hopeless,
}

impl Trouble {
    pub(super) fn of(error: &SourceError) -> Self {
        let kind = match error {
            SourceError::Transient { retry_after: Some(asked), .. } => Kind::Wait(*asked),
            SourceError::Transient { retry_after: None, .. } => Kind::Fault,
            SourceError::Denied { .. } => Kind::Denied,
            SourceError::Unavailable { state, .. } => Kind::Account(state.as_str()),
            SourceError::Permanent { .. } => Kind::Hopeless,
            SourceError::Malformed { .. } => Kind::Strange,
        };
        Self { error: error.chain(), kind }
    }
}

/// Ends a call that would outlast its lease.
pub(super) async fn in_time(
    limit: Duration,
    call: impl Future<Output = Result<Page, SourceError>>,
) -> Result<Page, SourceError> {
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
        Err(SourceError::Transient { retry_after: None, cause: "no whole answer within the time of a lease".into() })
    })
}

/// What is next after the `failures`-th failure in a row of an account; the source's own part (pauses, faults in a row) is
/// noted for all workers.
pub(super) async fn settle(store: &Store, source: &dyn Source, trouble: &Trouble, failures: u32) -> Failure {
    let noted = note(store, source, trouble).await.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "a source's failure could not be noted");
        false
    });
    let dice = rand::random();
    let retry = |asked, counts| Then::Retry {
        after: SignedDuration::try_from(schedule::after_failure(failures, asked, dice))
            .unwrap_or(SignedDuration::from_hours(1)),
        counts,
    };
    let (state, then) = match trouble.kind {
        // Being asked to wait is not the account's failure, nor is a service that is down for everybody.
        Kind::Wait(asked) => (None, retry_soon(asked, dice)),
        Kind::Denied if source.is_one_service() => (None, retry_soon(DENIED, dice)),
        Kind::Fault if noted => (None, retry(None, false)),
        Kind::Hopeless | Kind::Denied => (None, Then::Park),
        Kind::Account(state) => (Some(state), if failures >= PARK_AFTER { Then::Park } else { retry(None, true) }),
        Kind::Fault | Kind::Strange if failures >= PARK_AFTER => (None, Then::Park),
        Kind::Fault | Kind::Strange => (None, retry(None, true)),
    };
    Failure { error: trouble.error.clone(), state, then }
}

/// As the service asked, and up to a tenth later, so that not everybody comes back at once.
fn retry_soon(asked: Duration, dice: f64) -> Then {
    let after = asked.clamp(Duration::from_secs(1), Duration::from_secs(86_400)).mul_f64(1.0 + 0.1 * dice);
    Then::Retry { after: SignedDuration::try_from(after).unwrap_or(SignedDuration::from_hours(1)), counts: false }
}

/// Notes what concerns the whole source; true where the service is at fault for everybody.
async fn note(store: &Store, source: &dyn Source, trouble: &Trouble) -> Result<bool, StoreError> {
    if !source.is_one_service() {
        return Ok(false);
    }
    let pause = |wait| SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1));
    match trouble.kind {
        Kind::Wait(asked) => store.pause_source(source.platform(), pause(asked)).await.map(|()| false),
        Kind::Denied => {
            store.source_failed(source.platform(), &trouble.error).await?;
            store.pause_source(source.platform(), pause(DENIED)).await.map(|()| true)
        }
        Kind::Fault => Ok(store.source_failed(source.platform(), &trouble.error).await? >= AT_FAULT),
        Kind::Account(_) | Kind::Strange | Kind::Hopeless => Ok(false),
    }
}
