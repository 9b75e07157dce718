//! `/bantuan`: keys, words and what the role may do.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;

#[derive(Template)]
#[template(path = "help_show.html")]
struct Page {
    t: Text,
    f: Frame,
    role: String,
    role_help: String,
}

/// `GET /bantuan`
pub async fn show(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "help-title", "/bantuan");
    let t = f.t;
    let role = visit.user.role;
    let role_help = t.s(&format!("role-{}-help", role.as_str().replace('_', "-")));
    html(&Page { role: t.role(role), role_help, t, f })
}
