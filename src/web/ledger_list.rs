//! `/audit`: the end of the ledger, newest first. It holds no post text and no names of civil servants.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use crate::store::LedgerRow;

/// Rows on one page.
const ROWS: i64 = 50;

struct Row {
    seq: String,
    at: String,
    kind: String,
    what: String,
    actor: String,
    subject: String,
    detail: String,
    hash: String,
}

#[derive(Template)]
#[template(path = "ledger_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
    length: i64,
    head: String,
    older: Option<i64>,
    first: bool,
}

/// What the address may carry.
#[derive(Default, Deserialize)]
pub struct Place {
    sebelum: Option<i64>,
}

/// `GET /audit`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(place): Query<Place>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "audit-title", "/audit");
    let t = f.t;
    let (length, head) = state.store.ledger_head().await?;
    let before = place.sebelum.filter(|seq| (1..=length).contains(seq));
    let found: Vec<LedgerRow> =
        state.store.ledger_tail(before, ROWS).await?.into_iter().filter(|r| before.is_none_or(|b| r.seq < b)).collect();
    html(&Page {
        older: found.last().map(|r| r.seq).filter(|seq| *seq > 1),
        rows: found.into_iter().map(|r| row(r, t)).collect(),
        length,
        head: hex(&head),
        first: before.is_none(),
        t,
        f,
    })
}

fn row(row: LedgerRow, t: Text) -> Row {
    // Kinds are a closed list only in the code that writes them; one without words is shown as it is.
    let what = t.maybe(&format!("ledger-{}", row.kind.replace(['.', '_'], "-"))).unwrap_or_default();
    Row {
        seq: t.number(row.seq),
        at: t.time(row.at),
        what,
        kind: row.kind,
        actor: row.actor,
        subject: row.subject,
        detail: if row.detail == "{}" { String::new() } else { row.detail },
        hash: hex(&row.hash).chars().take(8).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
