//! `/klarifikasi`: people who are asked before anything goes further, by the day on which an answer is awaited.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::typed;
use crate::store::ClarificationFilter;

/// Where the list is.
pub const PATH: &str = "/klarifikasi";
/// Rows of the list.
const ROWS: i64 = 200;

struct Row {
    id: Uuid,
    person: String,
    unit: String,
    clause: String,
    upheld: bool,
    state: String,
    due: String,
    late: bool,
}

#[derive(Template)]
#[template(path = "clarification_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
    settled: bool,
}

/// What the address may carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    selesai: String,
}

/// `GET /klarifikasi`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "clarifications-title", PATH);
    let t = f.t;
    let settled = !which.selesai.is_empty();
    let filter = if settled { ClarificationFilter::Settled } else { ClarificationFilter::Waiting };
    let found = state.store.view_clarifications(filter, None, ROWS, &visit.user.login).await?;
    let today = typed::today(&state);
    let row = |c: crate::store::Clarification| Row {
        id: c.clarification_id,
        clause: c.clause,
        upheld: c.upheld,
        state: match (c.outcome, &c.sent) {
            (Some(outcome), _) => t.answer(outcome),
            (None, Some((_, at, _))) => t.x("clarification-sent", t.time(*at)),
            (None, None) => t.s("clarification-unsent"),
        },
        due: t.day(c.due_on),
        late: c.outcome.is_none() && c.due_on < today,
        person: c.person,
        unit: c.unit,
    };
    html(&Page { rows: found.into_iter().map(row).collect(), settled, t, f })
}
