//! Drives the sources: who is due, at what pace, what to do when a source fails, and the way of a page into the store.
//!
//! Sources know nothing of leases, retry or clocks; all of that lives here, once.

mod audience;
mod background;
mod backtest;
mod clock;
mod collector;
mod config;
mod drafts;
mod failure;
mod ingest;
mod lists;
mod live;
mod pace;
mod rescan;
mod schedule;
mod sweep;
mod width;

pub use audience::Audience;
pub use backtest::{SAMPLES, Sample, SampleMatch, Shift, Trial, Trier, try_draft};
pub use clock::watch_clock;
pub use collector::{Collector, PassReport};
pub use config::CollectConfig;
pub use drafts::{Checked, DraftError, Drafts, SetLine};
pub use ingest::{Intake, Sorted, commit};
pub use lists::{Lists, Live};
pub use live::LiveReader;
pub use pace::{SharedPace, paced_sources};
pub use rescan::Rescanner;
pub use sweep::{gather, sweep};

/// What each platform lets anybody see, for the pages.
#[must_use]
pub fn coverage() -> &'static [crate::source::coverage::Coverage] {
    &crate::source::coverage::TABLE
}

/// What can stop the pipeline as a whole; the failure of one account never does.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// No approved program runs today (P03).
    #[error(
        "no approved program runs today; propose one with `netral program propose` and have a second person approve it"
    )]
    NoProgram,
    /// No keyword set is published.
    #[error("no keyword set is published; see `netral keywords import`, `sign` and `publish`")]
    NoSets,
    /// A stream of live posts broke.
    #[error("{0}")]
    Stream(String),
    /// A published set does not compile any more.
    #[error("a published keyword set can't be used by this version of netral: {0}")]
    Set(String),
}
