//! The ledger's rows. The chain itself is kept by the database (`ledger_append`), see `migrations/0004_ledger.sql`.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::PgConnection;

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

impl Store {
    /// Appends one row in a transaction of its own.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the database is away; then nothing was written.
    pub async fn record(&self, kind: &str, actor: &str, subject: &str, detail: &Value) -> Result<(), StoreError> {
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
