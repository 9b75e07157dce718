//! `/sumber/{platform}`: one source. Its terms and the ground on which it is read, the switch, accounts that need an
//! operator, campaign accounts that are read from the other side.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::source_state::{Standing, standing};
use super::state::AppState;
use crate::model::Role;
use crate::store::StoreError;

struct Account {
    id: Uuid,
    handle: String,
    seen_handle: Option<String>,
    state: Option<String>,
    error: Option<String>,
    failures: i32,
    parked: bool,
    last_ok: Option<String>,
    due: String,
}

struct Campaign {
    handle: String,
    last_ok: Option<String>,
    error: Option<String>,
    strangers: String,
}

/// A ground as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    dasar: String,
    dokumen: String,
}

#[derive(Template)]
#[template(path = "source_show.html")]
struct Page {
    t: Text,
    f: Frame,
    platform: String,
    name: String,
    /// Verb, word, style.
    sights: Vec<(String, String, &'static str)>,
    standing: Vec<Standing>,
    terms: Option<String>,
    needs_ground: bool,
    /// Ground, document, who, when.
    ground: Option<(String, String, String, String)>,
    off: Option<(String, String)>,
    accounts: Vec<Account>,
    campaigns: Vec<Campaign>,
    may_change: bool,
    draft: Draft,
    alert: Option<String>,
}

/// `GET /sumber/{platform}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(platform): Path<String>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, platform, Draft::default(), None).await
}

/// `POST /sumber/{platform}/dasar`: records the ground.
pub async fn record_ground(
    State(state): State<AppState>,
    visit: Visit,
    Path(platform): Path<String>,
    Form(draft): Form<Draft>,
) -> Result<Response, Error> {
    known(&state, &platform).await?;
    let (ground, document) = (draft.dasar.trim(), draft.dokumen.trim());
    match state.store.record_ground(&platform, ground, document, &visit.user.login).await {
        Ok(()) => Ok(back(&platform)),
        Err(StoreError::Conflict { constraint }) => {
            let key = if constraint == "source_ground_live" { "source-ground-there" } else { "source-ground-short" };
            let page = page(&state, &visit, platform, draft, Some(key)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sumber/{platform}/dasar/akhiri`: ends the ground; nothing is read on it any more.
pub async fn end_ground(
    State(state): State<AppState>,
    visit: Visit,
    Path(platform): Path<String>,
) -> Result<Response, Error> {
    known(&state, &platform).await?;
    state.store.end_ground(&platform, &visit.user.login).await?;
    Ok(back(&platform))
}

/// Which way the switch goes.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Switch {
    nyala: bool,
}

/// `POST /sumber/{platform}/saklar`
pub async fn switch(
    State(state): State<AppState>,
    visit: Visit,
    Path(platform): Path<String>,
    Form(to): Form<Switch>,
) -> Result<Response, Error> {
    known(&state, &platform).await?;
    state.store.switch_source(&platform, to.nyala, &visit.user.login).await?;
    Ok(back(&platform))
}

/// Which account; none means all that were given up.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Again {
    akun: Option<Uuid>,
}

/// `POST /sumber/{platform}/coba`: takes up again what was given up.
pub async fn again(
    State(state): State<AppState>,
    visit: Visit,
    Path(platform): Path<String>,
    Form(which): Form<Again>,
) -> Result<Response, Error> {
    known(&state, &platform).await?;
    state.store.unpark(&platform, which.akun, &visit.user.login).await?;
    Ok(back(&platform))
}

/// A platform that netral knows, or that has accounts.
async fn known(state: &AppState, platform: &str) -> Result<(), Error> {
    let listed = crate::pipeline::coverage().iter().any(|row| row.platform == platform);
    if listed || state.store.coverage().await?.iter().any(|row| row.platform == platform) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Only after [`known`]: the name is one of netral's or of the register, so it is safe in an address.
fn back(platform: &str) -> Response {
    Redirect::to(&format!("/sumber/{platform}")).into_response()
}

async fn page(
    state: &AppState,
    visit: &Visit,
    platform: String,
    draft: Draft,
    alert: Option<&'static str>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "sources-title", "/sumber");
    let t = f.t;
    let now = Timestamp::now();
    let table = crate::pipeline::coverage().iter().find(|row| row.platform == platform);
    let figures = state.store.coverage().await?.into_iter().find(|row| row.platform == platform);
    if table.is_none() && figures.is_none() {
        return Err(Error::NotFound);
    }
    let ground = state.store.grounds().await?.into_iter().find(|g| g.platform == platform);
    let source = state.store.source_states().await?.into_iter().find(|s| s.platform == platform);
    let accounts = state.store.troubled(&platform).await?.into_iter().map(|a| Account {
        id: a.account_id,
        handle: a.handle,
        seen_handle: a.seen_handle,
        state: a.state.map(|word| t.s(&format!("account-state-{}", word.replace('_', "-")))),
        error: a.error,
        failures: a.failures,
        parked: a.parked_at.is_some(),
        last_ok: a.last_ok_at.map(|at| t.ago(at, now)),
        due: t.time(a.due_at),
    });
    let campaigns = state.store.campaigns(&platform).await?.into_iter().map(|c| Campaign {
        handle: c.handle,
        last_ok: c.last_ok_at.map(|at| t.ago(at, now)),
        error: c.error,
        strangers: t.number(c.strangers),
    });
    html(&Page {
        name: t.platform(&platform),
        sights: table.map_or_else(Vec::new, |row| {
            let sights = row.verbs();
            sights.map(|(verb, s)| (t.verb(verb), t.s(&format!("sight-{}", s.as_str())), s.as_str())).collect()
        }),
        standing: figures.map_or_else(Vec::new, |c| standing(&c, source.as_ref(), ground.is_some(), t)),
        terms: t.maybe(&format!("terms-{platform}")),
        needs_ground: table.is_some_and(|row| row.needs_ground),
        ground: ground.map(|g| (g.ground, g.document, g.recorded_by, t.time(g.recorded_at))),
        off: source.and_then(|s| s.switched_off).map(|(who, at)| (who, t.time(at))),
        accounts: accounts.collect(),
        campaigns: campaigns.collect(),
        may_change: visit.user.role == Role::Operator,
        alert: alert.map(|key| t.s(key)),
        draft,
        platform,
        t,
        f,
    })
}
