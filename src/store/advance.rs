//! Where a source stands after a page, for an account or a campaign account; it moves in the page's own transaction.

use jiff::SignedDuration;
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

/// Moves on, or refuses with `collector_lease_lost`.
pub(super) async fn advance(connection: &mut PgConnection, to: &Advance) -> Result<(), StoreError> {
    let moved = match to {
        Advance::Account(to) => account(connection, to).await?,
        Advance::Campaign(to) => campaign(connection, to).await?,
        Advance::Stream(to) => stream(connection, to).await?,
    };
    if moved == 1 { Ok(()) } else { Err(StoreError::Conflict { constraint: "collector_lease_lost".to_owned() }) }
}

async fn account(connection: &mut PgConnection, to: &CursorMove) -> Result<u64, StoreError> {
    let done = match to.done {
        None => {
            sqlx::query!(
                "update collector_state set cursor = $3, seen_handle = coalesce($4, seen_handle)
                 where account_id = $1 and leased_by = $2 and leased_until > now()",
                to.account_id.0,
                to.worker,
                to.cursor,
                to.handle
            )
            .execute(connection)
            .await?
        }
        Some(end) => {
            sqlx::query!(
                "update collector_state set cursor = $3, seen_handle = coalesce($4, seen_handle),
                     due_at = now() + make_interval(secs => $5), interval_seconds = $6, leased_by = null, leased_until = null,
                     last_ok_at = now(), last_error = null, last_error_at = null, failures = 0, account_state = null
                 where account_id = $1 and leased_by = $2 and leased_until > now()",
                to.account_id.0,
                to.worker,
                to.cursor,
                to.handle,
                end.due_in.as_secs_f64(),
                end.interval_seconds
            )
            .execute(connection)
            .await?
        }
    };
    Ok(done.rows_affected())
}

async fn campaign(connection: &mut PgConnection, to: &CampaignMove) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "update campaign_state set cursor = $4, strangers = strangers + $5,
             due_at = case when $6::float8 is null then due_at else now() + make_interval(secs => $6) end,
             leased_by = case when $6::float8 is null then leased_by end,
             leased_until = case when $6::float8 is null then leased_until end,
             last_ok_at = now(), last_error = null, last_error_at = null, failures = 0
         where platform = $1 and handle = $2 and leased_by = $3 and leased_until > now()",
        to.platform,
        to.handle,
        to.worker,
        to.cursor,
        i64::try_from(to.strangers).unwrap_or(i64::MAX),
        to.due_in.map(|d| d.as_secs_f64())
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn stream(connection: &mut PgConnection, to: &StreamMove) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "update stream_state set cursor = $3, leased_until = now() + make_interval(secs => $4), last_ok_at = now(),
             last_error = null, last_error_at = null
         where stream = $1 and leased_by = $2 and leased_until > now()",
        to.stream,
        to.worker,
        to.cursor,
        to.lease.as_secs_f64()
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}
