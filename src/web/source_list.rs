//! `/sumber`: what is read, how well that works, and what cannot be seen at all.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use jiff::Timestamp;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;

struct Row {
    platform: String,
    accounts: String,
    last_ok: Option<(String, String)>,
    failing: i64,
    parked: i64,
    overdue: i64,
    last_error: Option<String>,
    /// Column and figure.
    counts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "source_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
}

/// `GET /sumber`
pub async fn list(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "sources-title", "/sumber");
    let t = f.t;
    let now = Timestamp::now();
    let columns = ["col-kept", "col-known", "col-turned-away", "col-rejected"];
    let rows = state.store.coverage().await?.into_iter().map(|c| Row {
        platform: t.platform(&c.platform),
        accounts: t.number(c.accounts),
        last_ok: c.last_ok_at.map(|at| (t.ago(at, now), t.time(at))),
        failing: c.failing,
        parked: c.parked,
        overdue: c.overdue,
        last_error: c.last_error,
        counts: columns
            .iter()
            .zip([c.kept, c.known, c.turned_away, c.rejected])
            .map(|(name, n)| (t.s(name), t.number(n)))
            .collect(),
    });
    html(&Page { rows: rows.collect(), t, f })
}
