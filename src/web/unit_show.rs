//! `/unit`: what a unit head sees. Results of the own unit appear after review, never before (P18).

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;

#[derive(Template)]
#[template(path = "unit_show.html")]
struct Page {
    t: Text,
    f: Frame,
}

/// `GET /unit`
pub async fn show(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "unit-title", "/unit");
    html(&Page { t: f.t, f })
}
