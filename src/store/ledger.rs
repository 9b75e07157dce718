//! The ledger's rows. The chain itself is kept by the database (`ledger_append`), see `migrations/0004_ledger.sql`.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use tokio::sync::oneshot;

use super::{Store, StoreError};
use crate::evidence::ledger::{Entry, hex};

/// One row of the ledger, as the verifier and the audit page read it.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Place in the chain, from 1, without gaps.
    pub seq: i64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// What happened: `user.login`, `hit.decided` …
    pub kind: String,
    /// Who: a log-in, or `system`.
    pub actor: String,
    /// To what: `hit/<id>`.
    pub subject: String,
    /// JSON text, hashed as it stands.
    pub detail: String,
    /// Hash of the row before.
    pub prev: Vec<u8>,
    /// This row's hash.
    pub hash: Vec<u8>,
}

impl From<LedgerRow> for Entry {
    fn from(row: LedgerRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            kind: row.kind,
            actor: row.actor,
            subject: row.subject,
            detail: row.detail,
            prev: hex(&row.prev),
            hash: hex(&row.hash),
        }
    }
}

/// Appends one row inside the caller's transaction; call it last, since it locks the end of the chain until commit.
pub(super) async fn append(
    connection: &mut PgConnection,
    kind: &str,
    actor: &str,
    subject: &str,
    detail: &Value,
) -> Result<(), StoreError> {
    sqlx::query!("select ledger_append($1, $2, $3, $4)", kind, actor, subject, detail.to_string())
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// A row that waits to be appended, and who waits for it.
struct Wish {
    kind: String,
    actor: String,
    subject: String,
    detail: String,
    done: oneshot::Sender<()>,
}

/// Rows that several requests want appended at once. Each alone would hold the end of the chain until its commit is on the
/// disk, one after the other; together they are one commit.
#[derive(Default)]
pub(super) struct Wishes {
    rows: std::sync::Mutex<Vec<Wish>>,
    /// Held by whoever appends.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl std::fmt::Debug for Wishes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wishes").finish_non_exhaustive()
    }
}

/// Appends what waits, in one transaction; whoever hears nothing tries alone.
async fn append_all(pool: &PgPool, wishes: Vec<Wish>) {
    let column = |f: fn(&Wish) -> &String| wishes.iter().map(|w| f(w).clone()).collect::<Vec<_>>();
    let appended = sqlx::query!(
        "select ledger_append(r.kind, r.actor, r.subject, r.detail)
         from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as r(kind, actor, subject, detail)",
        &column(|w| &w.kind),
        &column(|w| &w.actor),
        &column(|w| &w.subject),
        &column(|w| &w.detail)
    )
    .fetch_all(pool)
    .await;
    if appended.is_ok() {
        for wish in wishes {
            // Whoever has gone away meanwhile needs no answer.
            wish.done.send(()).ok();
        }
    }
}

impl Store {
    /// Appends one row, committed when this returns; with those that others want appended at the same time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away; then nothing was written.
    pub async fn record(&self, kind: &str, actor: &str, subject: &str, detail: &Value) -> Result<(), StoreError> {
        let (done, mut heard) = oneshot::channel();
        let wish = Wish {
            kind: kind.to_owned(),
            actor: actor.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_string(),
            done,
        };
        let waiting = || self.wishes.rows.lock().unwrap_or_else(PoisonError::into_inner);
        waiting().push(wish);
        let turn = Arc::clone(&self.wishes.turn).lock_owned();
        let is_done = tokio::select! {
            biased;
            heard = &mut heard => heard.is_ok(),
            turn = turn => {
                let wishes = std::mem::take(&mut *waiting());
                if !wishes.is_empty() {
                    let pool = self.pool.clone();
                    // A task of its own: whoever has the turn may be gone before the others have their rows.
                    tokio::spawn(async move {
                        append_all(&pool, wishes).await;
                        drop(turn);
                    });
                }
                heard.await.is_ok()
            }
        };
        if is_done {
            return Ok(());
        }
        let mut connection = self.pool.acquire().await?;
        append(&mut connection, kind, actor, subject, detail).await
    }

    /// Up to `limit` rows after `seq`, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn ledger_after(&self, seq: i64, limit: i64) -> Result<Vec<LedgerRow>, StoreError> {
        let rows = sqlx::query!(
            "select seq, at, kind, actor, subject, detail, prev, hash from ledger where seq > $1 order by seq limit $2",
            seq,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| LedgerRow {
                seq: r.seq,
                at: r.at.to_jiff(),
                kind: r.kind,
                actor: r.actor,
                subject: r.subject,
                detail: r.detail,
                prev: r.prev,
                hash: r.hash,
            })
            .collect())
    }

    /// The end of the chain: number of rows and last hash, to be noted outside the database.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn ledger_head(&self) -> Result<(i64, Vec<u8>), StoreError> {
        let head = sqlx::query!("select seq, hash from ledger_head").fetch_one(&self.pool).await?;
        Ok((head.seq, head.hash))
    }

    /// The latest `limit` rows before `before` (all if `None`), newest first: for the audit page.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn ledger_tail(&self, before: Option<i64>, limit: i64) -> Result<Vec<LedgerRow>, StoreError> {
        let from = before.unwrap_or(i64::MAX).saturating_sub(limit + 1).max(0);
        let from = if before.is_none() { (self.ledger_head().await?.0 - limit).max(0) } else { from };
        let mut rows = self.ledger_after(from, limit).await?;
        rows.reverse();
        Ok(rows)
    }
}
