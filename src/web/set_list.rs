//! `/kata-kunci`: the live lists, with the fingerprint that every hit names.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::{AppState, ClauseWords};

struct Row {
    id: String,
    version: String,
    short: String,
    title: String,
    circular: String,
    since: String,
    clauses: Vec<ClauseWords>,
    count: String,
}

#[derive(Template)]
#[template(path = "set_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
}

/// `GET /kata-kunci`
pub async fn list(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let lists = state.lists_now();
    let rows = state.store.live_sets().await?.into_iter().map(|set| {
        let words = lists.sets.get(&set.set_id);
        let clauses = words.map(|w| w.clauses.clone()).unwrap_or_default();
        Row {
            count: t.n("keywords-clauses", i64::try_from(clauses.len()).unwrap_or(i64::MAX)),
            short: set.version.chars().take(8).collect(),
            circular: words.map(|w| w.circular.clone()).filter(|c| !c.is_empty()).unwrap_or(set.circular),
            clauses,
            since: t.time(set.published_at),
            id: set.set_id,
            version: set.version,
            title: set.title,
        }
    });
    html(&Page { rows: rows.collect(), t, f })
}
