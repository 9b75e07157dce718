//! `/register/orang`: whom the register has, by name, NIP, code and unit.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead};
use super::state::AppState;
use super::typed;
use crate::model::{PersonId, UnitId};
use crate::store::{PersonFilter, UnitLine};

const PATH: &str = "/register/orang";
/// Rows on one page.
const ROWS: i64 = 50;
/// Pages that can be leafed to; beyond them, a search is quicker.
const PAGES: i64 = 10_000;

struct Row {
    id: PersonId,
    name: String,
    code: String,
    status: String,
    position: String,
    unit: String,
    accounts: String,
}

#[derive(Template)]
#[template(path = "person_list.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    rows: Vec<Row>,
    units: Vec<UnitLine>,
    text: String,
    unit: Option<UnitId>,
    found: String,
    keeps: bool,
    before: Option<i64>,
    after: Option<i64>,
}

impl Page {
    fn is_chosen(&self, unit: UnitId) -> bool {
        self.unit == Some(unit)
    }
}

/// What is searched for; whatever is not understood filters nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    cari: String,
    unit: String,
    halaman: String,
}

/// `GET /register/orang`: everybody. A name or number is never part of an address: addresses are written down on the way.
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &Search::default(), &news).await
}

/// `POST /register/orang/cari`
pub async fn search(
    State(state): State<AppState>,
    visit: Visit,
    Form(query): Form<Search>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &query, &News::default()).await
}

async fn page(state: &AppState, visit: &Visit, query: &Search, news: &News) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "persons-title", PATH);
    let t = f.t;
    let filter = PersonFilter {
        text: typed::line(&query.cari).chars().take(100).collect(),
        unit: query.unit.parse::<Uuid>().ok().map(UnitId),
    };
    let at = query.halaman.parse().unwrap_or(0_i64).clamp(0, PAGES);
    let (found, total) = state.store.persons(&filter, (at * ROWS, ROWS), &visit.user.login).await?;
    html(&Page {
        h: RegisterHead::new(state, visit, PATH, news, t).await?,
        before: (at > 0).then_some(at - 1),
        after: ((at + 1) * ROWS < total).then_some(at + 1),
        found: t.n("persons-found", total),
        rows: found
            .into_iter()
            .map(|p| Row {
                accounts: accounts(p.active, p.waiting, p.stopped, t),
                id: p.person_id,
                name: p.name,
                code: p.code,
                status: t.status(p.status),
                position: p.position,
                unit: p.unit,
            })
            .collect(),
        units: state.store.units().await?,
        keeps: visit.user.role.keeps_register(),
        unit: filter.unit,
        text: filter.text,
        t,
        f,
    })
}

/// "2 dibaca, 1 menunggu": only what there is.
fn accounts(active: i64, waiting: i64, stopped: i64, t: Text) -> String {
    let parts = [(active, "persons-active"), (waiting, "persons-waiting"), (stopped, "persons-stopped")];
    let words: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, key)| t.n(key, *n)).collect();
    if words.is_empty() { "–".to_owned() } else { words.join(", ") }
}
