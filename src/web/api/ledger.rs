//! `/ledger`: the hash chain from its beginning, for whoever verifies it. It holds no post text and no names of civil
//! servants.

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::conflict::PageQuery;
use super::cursor::{self, List};
use super::problem::{Code, Problem};
use super::route::{Asked, Call};
use super::schema::Moment;
use crate::evidence::ledger::hex;
use crate::store::LedgerRow;

const LIST: List = List("ledger");

/// One row of the ledger.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Entry {
    /// Place in the chain, from 1, without gaps.
    seq: i64,
    /// When, to the microsecond.
    at: Moment,
    /// What happened: `user.login`, `hit.decided`.
    kind: String,
    /// Who: a log-in, or `system`.
    actor: String,
    /// To what: `hit/<id>`.
    subject: String,
    /// JSON text, hashed as it stands.
    detail: String,
    /// Hash of the row before, in hex.
    prev: String,
    /// SHA-256 over the fields above, in hex; `netral evidence verify` says how.
    hash: String,
}

impl From<LedgerRow> for Entry {
    fn from(row: LedgerRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at.into(),
            kind: row.kind,
            actor: row.actor,
            subject: row.subject,
            detail: row.detail,
            prev: hex(&row.prev),
            hash: hex(&row.hash),
        }
    }
}

/// A page of the ledger.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LedgerPage {
    /// The rows, in the chain's order.
    items: Vec<Entry>,
    /// The `cursor` of the next page; null at the end of the chain.
    next: Option<String>,
    /// Rows in all.
    length: i64,
    /// Hash of the last row, in hex.
    head: String,
}

/// `GET /ledger`
pub async fn list(call: Call, asked: Asked<(), PageQuery>) -> Result<Json<LedgerPage>, Problem> {
    let limit = cursor::rows(asked.query.limit)?;
    let after: i64 = LIST.key(asked.query.cursor.as_deref())?.unwrap_or(0);
    if after < 0 {
        return Err(Code::BadCursor.into());
    }
    let (length, head) = call.state.store.ledger_head().await?;
    let found = call.state.store.ledger_after(after, limit + 1).await?;
    let page = LIST.page(found, limit, |row| row.seq, Entry::from);
    Ok(Json(LedgerPage { items: page.items, next: page.next, length, head: hex(&head) }))
}
