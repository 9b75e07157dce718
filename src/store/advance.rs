//! Where a source stands after a page, for an account or a campaign account; it moves in the page's own transaction.

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::model::AccountId;

/// Where a source stands after a page.
#[derive(Clone, Debug)]
pub enum Advance {
    /// In an account of the register.
    Account(CursorMove),
    /// In what people do with a campaign account.
    Campaign(CampaignMove),
    /// In a stream of live posts.
    Stream(StreamMove),
}

/// Where the collector stands after a page of an account.
#[derive(Clone, Debug)]
pub struct CursorMove {
    /// The account.
    pub account_id: AccountId,
    /// The worker that holds the lease; a worker that lost it writes nothing.
    pub worker: Uuid,
    /// The source's new position.
    pub cursor: String,
    /// The account's handle today, where the platform told it.
    pub handle: Option<String>,
    /// `None`: more pages follow and the lease stays; else the pass is done.
    pub done: Option<PassEnd>,
}

/// When an account is due again after a whole pass.
#[derive(Clone, Copy, Debug)]
pub struct PassEnd {
    /// After this time.
    pub due_in: SignedDuration,
    /// The account's own rhythm, in seconds, for the next time.
    pub interval_seconds: i32,
}

/// Where the collector stands after a page of a campaign account's audience.
#[derive(Clone, Debug)]
pub struct CampaignMove {
    /// The platform.
    pub platform: String,
    /// The campaign account's handle, as the state names it.
    pub handle: String,
    /// The worker that holds the lease.
    pub worker: Uuid,
    /// The source's new position.
    pub cursor: String,
    /// `None`: more pages follow; else due again after this time.
    pub due_in: Option<SignedDuration>,
    /// Acts of people outside the register on this page, which were dropped in memory.
    pub strangers: u64,
}

/// Where a stream of live posts stands; the lease goes on.
#[derive(Clone, Debug)]
pub struct StreamMove {
    /// The stream.
    pub stream: String,
    /// The worker that holds the lease.
    pub worker: Uuid,
    /// The stream's new position.
    pub cursor: i64,
    /// For how long the worker goes on holding it.
    pub lease: SignedDuration,
}

/// Moves on, or refuses with `collector_lease_lost`; see `source_moves` in `migrations/0019_page.sql`.
pub(super) async fn advance(connection: &mut PgConnection, to: &Advance) -> Result<(), StoreError> {
    sqlx::query!("select source_moves($1::text::jsonb)", json!(Move::from(to)).to_string())
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// The same as the database is told it.
#[derive(Serialize)]
#[serde(tag = "of", rename_all = "lowercase")]
pub(super) enum Move<'a> {
    Account {
        account_id: Uuid,
        worker: Uuid,
        cursor: &'a str,
        handle: Option<&'a str>,
        due_in: Option<f64>,
        interval_seconds: Option<i32>,
    },
    Campaign {
        platform: &'a str,
        handle: &'a str,
        worker: Uuid,
        cursor: &'a str,
        due_in: Option<f64>,
        strangers: u64,
    },
    Stream {
        stream: &'a str,
        worker: Uuid,
        cursor: i64,
        lease: f64,
    },
}

impl<'a> From<&'a Advance> for Move<'a> {
    fn from(to: &'a Advance) -> Self {
        match to {
            Advance::Account(to) => Self::Account {
                account_id: to.account_id.0,
                worker: to.worker,
                cursor: &to.cursor,
                handle: to.handle.as_deref(),
                due_in: to.done.map(|end| end.due_in.as_secs_f64()),
                interval_seconds: to.done.map(|end| end.interval_seconds),
            },
            Advance::Campaign(to) => Self::Campaign {
                platform: &to.platform,
                handle: &to.handle,
                worker: to.worker,
                cursor: &to.cursor,
                due_in: to.due_in.map(|due_in| due_in.as_secs_f64()),
                strangers: to.strangers,
            },
            Advance::Stream(to) => {
                Self::Stream { stream: &to.stream, worker: to.worker, cursor: to.cursor, lease: to.lease.as_secs_f64() }
            }
        }
    }
}
