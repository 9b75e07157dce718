//! What a failure means: for the account, and for its source as a whole.

use std::time::Duration;

use jiff::SignedDuration;

use super::schedule;
use crate::source::{Page, Source, SourceError};
use crate::store::{AT_FAULT, Failure, PauseWhy, Store, StoreError, Then};

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
    /// The shared limit leaves no turn now; nothing was asked.
    Turn(Duration),
    /// The service asked to wait.
    Wait(Duration),
    /// It fails, and says when it means to be back.
    Down(Duration),
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
            SourceError::Paced { wait } => Kind::Turn(*wait),
            SourceError::Transient { retry_after: Some(asked), .. } => Kind::Wait(*asked),
            SourceError::Transient { retry_after: None, .. } => Kind::Fault,
            SourceError::Down { retry_after, .. } => Kind::Down(*retry_after),
            SourceError::Denied { .. } => Kind::Denied,
            SourceError::Unavailable { state, .. } => Kind::Account(state.as_str()),
            SourceError::Permanent { .. } => Kind::Hopeless,
            SourceError::Malformed { .. } => Kind::Strange,
        };
        Self { error: error.chain(), kind }
    }
}

impl Trouble {
    /// A page that the database refused, for no reason that will pass by itself.
    pub(super) fn not_stored(error: &StoreError) -> Self {
        Self { error: format!("a page could not be stored: {error}"), kind: Kind::Strange }
    }

    /// Whether nothing was asked at all.
    pub(super) fn is_turn(&self) -> bool {
        matches!(self.kind, Kind::Turn(_))
    }
}

/// Shortest pause that a service is given after it asked for one.
const SHORTEST_WAIT: Duration = Duration::from_secs(2);

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
        Kind::Turn(wait) => (None, retry_soon(wait, dice)),
        // No service makes netral come back every second: a host that fails and says "0" is given the usual pause.
        Kind::Wait(asked) => (None, retry_soon(asked.max(SHORTEST_WAIT), dice)),
        // It is believed, but not for ever: each time counts, and the pauses grow.
        Kind::Down(asked) => (None, retry(Some(asked.max(SHORTEST_WAIT)), !source.is_one_service())),
        Kind::Denied if source.is_one_service() => (None, retry_soon(DENIED, dice)),
        Kind::Fault if noted => (None, retry(None, false)),
        Kind::Hopeless | Kind::Denied => (None, Then::Park),
        // Asked again less and less often, never given up: the service may show it again, and the register says how long
        // it counts.
        Kind::Account(state) => (Some(state), retry(None, true)),
        Kind::Fault | Kind::Strange if failures >= PARK_AFTER => (None, Then::Park),
        Kind::Fault | Kind::Strange => (None, retry(None, true)),
    };
    let error = (!trouble.is_turn()).then(|| trouble.error.clone());
    Failure { error, state, then }
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
        Kind::Wait(asked) => store.pause_source(source.platform(), pause(asked), PauseWhy::Rate).await.map(|()| false),
        Kind::Down(asked) => {
            let faults = store.source_failed(source.platform(), &trouble.error).await?;
            store.pause_source(source.platform(), pause(asked.max(SHORTEST_WAIT)), PauseWhy::Rate).await?;
            Ok(faults >= AT_FAULT)
        }
        Kind::Denied => {
            store.source_failed(source.platform(), &trouble.error).await?;
            store.pause_source(source.platform(), pause(DENIED), PauseWhy::Denied).await.map(|()| true)
        }
        Kind::Fault => Ok(store.source_failed(source.platform(), &trouble.error).await? >= AT_FAULT),
        Kind::Turn(_) => Ok(false),
        // It answers, whatever it says.
        Kind::Account(_) | Kind::Strange | Kind::Hopeless => {
            store.source_answers(source.platform()).await.map(|()| false)
        }
    }
}
