//! `/register/unit`: the units, a form for another one, and one in each row for its name.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back};
use super::state::AppState;
use super::typed;
use crate::model::UnitId;
use crate::store::{NewUnit, StoreError, UnitLine};

const PATH: &str = "/register/unit";

/// A unit as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    kode: String,
    nama: String,
    jenis: String,
}

#[derive(Template)]
#[template(path = "unit_list.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    units: Vec<UnitLine>,
    keeps: bool,
    draft: Draft,
    problem: Option<String>,
}

/// `GET /register/unit`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &news, Draft::default(), None).await
}

/// `POST /register/unit`
pub async fn add(State(state): State<AppState>, visit: Visit, Form(draft): Form<Draft>) -> Result<Response, Error> {
    let new =
        NewUnit { code: typed::line(&draft.kode), name: typed::line(&draft.nama), kind: typed::line(&draft.jenis) };
    match state.store.add_unit(&new, &visit.user.login).await {
        Ok(_) => Ok(back(PATH, "unit-added").into_response()),
        Err(StoreError::Conflict { constraint }) => {
            let key = if constraint == "unit_code_key" { "unit-code-taken" } else { "unit-bad" };
            let page = page(&state, &visit, &News::default(), draft, Some(key)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /register/unit/{unit_id}`
pub async fn rename(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<UnitId>,
    Form(draft): Form<Draft>,
) -> Result<Redirect, Error> {
    let (name, kind) = (typed::line(&draft.nama), typed::line(&draft.jenis));
    match state.store.rename_unit(id, &name, &kind, &visit.user.login).await {
        Ok(true) => Ok(back(PATH, "unit-renamed")),
        Ok(false) | Err(StoreError::Conflict { .. }) => Ok(back(PATH, "unit-bad")),
        Err(error) => Err(error.into()),
    }
}

async fn page(
    state: &AppState,
    visit: &Visit,
    news: &News,
    draft: Draft,
    problem: Option<&'static str>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "units-title", PATH);
    let t = f.t;
    html(&Page {
        h: RegisterHead::new(state, visit, PATH, news, t).await?,
        units: state.store.units().await?,
        keeps: visit.user.role.keeps_register(),
        problem: problem.map(|key| t.s(key)),
        draft,
        t,
        f,
    })
}
