//! `/wakil`: who may sign lists while a signer is absent, appointed beforehand.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::clock::day_words;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use crate::model::Role;
use crate::store::{NewStandIn, StoreError};

struct Row {
    id: Uuid,
    login: String,
    for_login: String,
    days: String,
    why: String,
    by: String,
    state: String,
    may_end: bool,
}

/// An appointment as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    untuk: String,
    wakil: String,
    dari: String,
    sampai: String,
    alasan: String,
}

#[derive(Template)]
#[template(path = "stand_in_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
    signers: Vec<(String, String)>,
    candidates: Vec<(String, String)>,
    draft: Draft,
    may_appoint: bool,
    flash: Option<String>,
    alert: Option<String>,
}

/// `GET /wakil`
pub async fn list(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    page(&state, &visit, Draft::default(), None).await
}

/// `POST /wakil`
pub async fn appoint(State(state): State<AppState>, visit: Visit, Form(draft): Form<Draft>) -> Result<Response, Error> {
    let dates = (draft.dari.parse::<Date>(), draft.sampai.parse::<Date>());
    let users = state.store.users().await?;
    let known = |login: &str, fits: fn(Role) -> bool| {
        users.iter().any(|(user, disabled)| user.login == login && !disabled && fits(user.role))
    };
    let (Ok(valid_from), Ok(valid_to)) = dates else {
        return refuse(&state, &visit, draft, "stand-in-dates").await;
    };
    if !known(&draft.untuk, Role::signs_lists) || !known(&draft.wakil, Role::stands_in) {
        return refuse(&state, &visit, draft, "stand-in-who").await;
    }
    let new =
        NewStandIn { for_login: &draft.untuk, login: &draft.wakil, valid_from, valid_to, why: draft.alasan.trim() };
    match state.store.appoint_stand_in(&new, &visit.user.login).await {
        Ok(_) => Ok(Redirect::to("/wakil").into_response()),
        Err(StoreError::Conflict { constraint }) => {
            let key = match constraint.as_str() {
                "keyword_stand_in_self_check" => "stand-in-self",
                "keyword_stand_in_why_check" => "stand-in-why",
                _ => "stand-in-dates",
            };
            refuse(&state, &visit, draft, key).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /wakil/{stand_in_id}/akhiri`
pub async fn end(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Redirect, Error> {
    state.store.end_stand_in(id, &visit.user.login).await?;
    Ok(Redirect::to("/wakil"))
}

async fn refuse(state: &AppState, visit: &Visit, draft: Draft, key: &'static str) -> Result<Response, Error> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(state, visit, draft, Some(key)).await?).into_response())
}

async fn page(
    state: &AppState,
    visit: &Visit,
    draft: Draft,
    alert: Option<&'static str>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "stand-in-title", "/kata-kunci");
    let t = f.t;
    let users = state.store.users().await?;
    let choose = |fits: fn(Role) -> bool| {
        let fitting = users.iter().filter(|(user, disabled)| !disabled && fits(user.role));
        fitting.map(|(u, _)| (u.login.clone(), format!("{} ({})", u.name, t.role(u.role)))).collect::<Vec<_>>()
    };
    let today = Timestamp::now().to_zoned(state.config.zone.tz()).date();
    let may_appoint = visit.user.role.signs_lists();
    let rows = state.store.stand_ins().await?.into_iter().map(|s| {
        let over = s.ended_at.is_some() || s.valid_to < today;
        Row {
            id: s.stand_in_id,
            days: format!("{} – {}", day_words(s.valid_from, t.language()), day_words(s.valid_to, t.language())),
            state: t.s(match (over, s.valid_from > today) {
                (true, _) => "stand-in-over",
                (false, true) => "stand-in-to-come",
                (false, false) => "stand-in-now",
            }),
            may_end: may_appoint && !over,
            login: s.login,
            for_login: s.for_login,
            why: s.why,
            by: s.appointed_by,
        }
    });
    html(&Page {
        rows: rows.collect(),
        signers: choose(Role::signs_lists),
        candidates: choose(Role::stands_in),
        draft,
        may_appoint,
        flash: None,
        alert: alert.map(|key| t.s(key)),
        t,
        f,
    })
}
