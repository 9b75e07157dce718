//! All SQL. `Store` is a concrete struct over one pool: every test runs against a real Postgres instead of a stand-in.
//!
//! Queries are checked against the schema at build time (`query!`, with the committed `.sqlx/`); `make sqlx` renews that.

mod absence;
mod account;
mod activity;
mod advance;
mod answer;
mod backtest;
mod bulk;
mod campaign;
mod circumstance;
mod claim;
mod clarification;
mod clock;
pub mod cluster;
mod collector;
mod conflict;
mod decide;
mod declaration;
mod digest;
mod draft;
mod edition;
mod golden;
mod group;
mod hit;
mod hit_insert;
mod import_file;
mod invitation;
mod keyword;
mod ledger;
mod likeness;
mod notice;
mod objection;
mod overview;
mod page;
mod parity;
mod person;
mod place;
mod program;
mod quality;
mod queue;
mod raw;
mod register;
mod rescan;
mod retention;
mod search;
mod second_factor;
mod seed;
mod session;
mod signature;
mod source;
mod staged;
mod statistics;
mod status;
mod stream;
mod teaching;
mod tip;
mod token;
mod unit;
mod unlink;
mod user;
mod user_change;
mod window;

use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool, Postgres, Transaction};

pub use absence::{Absence, NewAbsence};
pub use account::{AccountRow, SeenLink};
pub use activity::{Batch, NewActivity, Receipt};
pub use advance::{Advance, CampaignMove, CursorMove, PassEnd, StreamMove};
pub use answer::KeptAnswer;
pub use backtest::Backtest;
pub use bulk::BulkClose;
pub use campaign::{CampaignRef, CampaignWork};
pub use circumstance::{Circumstance, NewCircumstance};
pub use claim::{Claim, Mark};
pub use clarification::{Clarification, ClarificationFilter, Settlement};
pub use clock::Tick;
pub use collector::{AT_FAULT, Failure, Then, Wanted, Work};
pub use conflict::Conflict;
pub use decide::{DecideOutcome, DecisionDraft, ReviewConfig, UNDO, UndoOutcome};
pub use declaration::{AcceptedAccount, Declaration, DeclaredAccount, NewDeclaration};
pub use digest::{DigestFigures, SourceTrouble};
pub use draft::{Draft, DraftEdit, DraftKind, Edited, Proposal};
pub use edition::{Aftermath, NewFact};
pub use golden::{GoldenEnd, GoldenItem, GoldenLine};
pub use group::{Apart, MEMBERS, Member, MemberState};
pub use hit::{Asked, DecisionRow, HitPage, HitState, HitVersions, Identity, OtherHit, PersonLine, Reading};
pub use import_file::{ImportFile, ImportProgress, NewImport};
pub use invitation::{Invitation, Notice};
pub use keyword::{ListFrame, ListWords, Publication, PublishedSet, SetVersion};
pub use ledger::LedgerRow;
pub use notice::{OutgoingNotice, Watch};
pub use objection::{Objection, Objector, Settling};
pub use overview::{Ages, Backlog, DayHits, Ending, Errands, Figures};
pub use parity::{DAYS as PARITY_DAYS, SideRow, SideTimes};
pub use person::{Person, PersonFilter, PersonRow};
pub use place::Place;
pub use program::{NewProgram, Program};
pub use quality::{Agreement, DAYS as QUALITY_DAYS, DifficultKeyword, ReaderFigures};
pub use queue::{
    LONGEST_PAGE, Part as QueuePart, QueueCounts, QueueFilter, QueueKey, QueueRow, QueueScreen, SavedView,
};
pub use raw::unpack;
pub use register::{Linked, NewAccount, NewPerson, NewUnit, RegisterRow, RegisterSummary};
pub use rescan::{Change, PageEnd, Rescan};
pub use retention::Forgotten;
pub use search::FoundHit;
pub use second_factor::SecondFactor;
pub use seed::{Course, SeededAccount, SeededActivity, SeededDecision, SeededMark};
pub use session::{Entry, Session, SessionLine};
pub use signature::{NewStandIn, Signature, Signed, StandIn};
pub use source::{Flow, Ground, PauseWhy, Quota, SourceState};
pub use staged::RegisterWaiting;
pub use statistics::{HitCount, OutcomeCount};
pub use status::{CampaignRow, CoverageRow, Troubled};
pub use teaching::{KeywordFigures, LATEST, Quarantined};
pub use tip::{NewTip, Picture, Tip, TipEnd};
pub use token::{Bearer, MOST_TOKENS, NewToken, TokenLine};
pub use unit::UnitLine;
pub use user::{NewUser, User};
pub use user_change::{UserChange, UserLine, UserProposal, UserWish};
pub use window::{Position, Stored, StoredHit, WINDOW_PAGE};

/// The migrations, in the binary.
static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The oldest Postgres that netral is tested with.
const OLDEST_POSTGRES: i32 = 150_000;

/// For so long a connection that was just used is taken to be alive.
const TRUSTED: std::time::Duration = std::time::Duration::from_secs(1);

/// What can go wrong between netral and its database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A named rule of the schema refused the write; the caller knows which and says so in words.
    #[error("the database's rule `{constraint}` refused this")]
    Conflict {
        /// Name of the constraint, see `migrations/`.
        constraint: String,
    },
    /// The database cannot be reached, is starting, or is shutting down: worth another try.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// The schema is not the one this binary was built for.
    #[error("{0}")]
    Schema(String),
    /// A stored value that this binary cannot read.
    #[error("stored {what} is not readable")]
    Stored {
        /// Which value.
        what: &'static str,
    },
    /// Everything else; a bug in netral or a damaged database.
    #[error("a database statement failed")]
    Query(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) => {
                if let Some(constraint) = db.constraint() {
                    return Self::Conflict { constraint: constraint.to_owned() };
                }
                // Class 08 connection, 53 resources, 57P0x shutting down or starting, 40 lost to a concurrent transaction.
                match db.code().as_deref() {
                    Some(code)
                        if code.starts_with("08")
                            || code.starts_with("53")
                            || code.starts_with("57P0")
                            || code.starts_with("40") =>
                    {
                        Self::Unavailable(error)
                    }
                    _ => Self::Query(error),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Query(error),
        }
    }
}

/// The way to the database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    /// Beside the pool.
    warm: Arc<page::Warm>,
    wishes: Arc<ledger::Wishes>,
}

impl Store {
    /// Connects, with at most `connections` connections, and checks the server's version.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no answer within 10 s, [`StoreError::Schema`] for a server that is too old.
    pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(std::time::Duration::from_secs(10))
            // A connection that was in use a moment ago is not asked first whether it is still there: under load that
            // would be a second round trip for every statement.
            .test_before_acquire(false)
            .before_acquire(|connection, is| {
                Box::pin(async move {
                    if is.idle_for > TRUSTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options.application_name("netral"))
            .await?;
        let version: i32 =
            sqlx::query_scalar("select current_setting('server_version_num')::int").fetch_one(&pool).await?;
        if version < OLDEST_POSTGRES {
            return Err(StoreError::Schema(format!(
                "PostgreSQL {} is too old; netral needs 15 or newer",
                version / 10_000
            )));
        }
        Ok(Self::from_pool(pool))
    }

    /// A store over an existing pool.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        Self { pool, warm: Arc::default(), wishes: Arc::default() }
    }

    /// The pool itself, for tests that look at rows.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Brings the schema up to date; returns how many migrations were applied.
    ///
    /// # Errors
    /// [`StoreError::Schema`] names the migration that failed.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        let before = self.applied_migrations().await?.len();
        MIGRATOR.run(&self.pool).await.map_err(|e| StoreError::Schema(format!("migration failed: {e}")))?;
        Ok(self.applied_migrations().await?.len() - before)
    }

    /// Fails unless the schema is exactly the one this binary was built for.
    ///
    /// # Errors
    /// [`StoreError::Schema`] says which command puts it right.
    pub async fn require_current_schema(&self) -> Result<(), StoreError> {
        let applied = self.applied_migrations().await?;
        let known: Vec<_> = MIGRATOR.iter().map(|m| m.version).collect();
        if applied == known {
            return Ok(());
        }
        Err(StoreError::Schema(if applied.len() < known.len() {
            format!("the database schema is at step {} of {}; run `netral migrate` first", applied.len(), known.len())
        } else {
            "the database schema is newer than this binary; install the newer netral".to_owned()
        }))
    }

    async fn applied_migrations(&self) -> Result<Vec<i64>, StoreError> {
        let exists: bool =
            sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&self.pool).await?;
        if !exists {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_scalar("select version from _sqlx_migrations where success order by version")
            .fetch_all(&self.pool)
            .await?)
    }

    /// One round trip.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    async fn begin(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        Ok(self.pool.begin().await?)
    }
}
