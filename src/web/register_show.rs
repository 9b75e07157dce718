//! `/register`: how far the register has come, by unit, in figures. It names no person.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::auth::Visit;
use super::cells;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead};
use super::state::AppState;
use crate::model::Role;

struct Row {
    code: String,
    name: String,
    /// Column and figure.
    cells: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "register_show.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    rows: Vec<Row>,
    exact: bool,
    waiting: i64,
}

/// `GET /register`
pub async fn show(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "register-title", "/register");
    let t = f.t;
    let exact = visit.user.role == Role::Operator;
    // Others than the operator see no small cell (P17).
    let shown = |n: i64| if exact { Some(n) } else { cells::shown(n) };
    let cell = |n: i64| shown(n).map_or_else(|| format!("<\u{a0}{}", cells::SMALLEST), |n| t.number(n));
    let columns = ["col-persons", "col-active", "col-waiting", "col-stopped"];
    let units = state.store.register_summary().await?;
    let waiting = if exact { units.iter().map(|u| u.waiting).sum() } else { 0 };
    let rows = units.into_iter().map(|u| Row {
        code: u.unit_code,
        name: u.unit_name,
        cells: columns
            .iter()
            .zip([u.persons, u.active, u.waiting, u.stopped])
            .map(|(name, n)| (t.s(name), cell(n)))
            .collect(),
    });
    let h = RegisterHead::new(&state, &visit, "/register", &News::default(), t).await?;
    html(&Page { rows: rows.collect(), exact, waiting, h, t, f })
}
