//! `/pengguna/{user_id}`: one user, and what may be changed about them.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::absence_note::may_stand_in;
use super::auth::Visit;
use super::clock::day_words;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::typed;
use super::user_frame::{INITIAL, News, PATH, back, initial_password, key_of, key_of_rule, show_password};
use super::user_list::{roles, standing};
use crate::model::{Role, UnitId, UserId};
use crate::store::{StoreError, UnitLine, UserChange, UserLine};

struct Away {
    id: Uuid,
    days: String,
    stand_in: String,
}

#[derive(Template)]
#[template(path = "user_show.html")]
struct Page {
    t: Text,
    f: Frame,
    id: UserId,
    login: String,
    role: String,
    role_word: String,
    unit: Option<String>,
    unit_id: Option<UnitId>,
    last: String,
    standing: String,
    factor: bool,
    bound: bool,
    disabled: bool,
    waiting: bool,
    keeps: bool,
    proposes: bool,
    own: bool,
    roles: Vec<(&'static str, String)>,
    units: Vec<UnitLine>,
    absences: Vec<Away>,
    stand_ins: Vec<(String, String)>,
    flash: Option<String>,
    alert: Option<String>,
}

impl Page {
    fn is_unit(&self, id: UnitId) -> bool {
        self.unit_id == Some(id)
    }
}

/// `GET /pengguna/{user_id}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<UserId>,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let line = found(&state, id).await?;
    let mut f = visit.frame(&state, "users-title", &format!("{PATH}/{id}"));
    let t = f.t;
    let (flash, alert) = news.words(t);
    f.title = line.user.name.clone();
    let absences = state.store.absences(id, typed::today(&state)).await?.into_iter().map(|a| Away {
        id: a.absence_id,
        days: format!("{} – {}", day_words(a.valid_from, t.language()), day_words(a.valid_to, t.language())),
        stand_in: a.stand_in.map(|login| t.x("absence-by", login)).unwrap_or_default(),
    });
    let stand_ins = state.store.users().await?.into_iter().filter(|(user, out)| {
        !out && user.user_id != id && user.user_id != visit.user.user_id && may_stand_in(user.role)
    });
    html(&Page {
        id,
        role: t.role(line.user.role),
        role_word: line.user.role.to_string(),
        standing: standing(&line, t),
        last: line.last_login_at.map_or_else(|| t.s("user-never"), |at| t.time(at)),
        factor: line.second_factor,
        bound: line.bound,
        disabled: line.disabled,
        waiting: line.waiting,
        own: line.user.login == visit.user.login,
        unit: line.unit,
        unit_id: line.user.unit_id,
        login: line.user.login,
        keeps: visit.user.role.keeps_users(),
        proposes: visit.user.role.proposes_users(),
        roles: roles(t),
        absences: absences.collect(),
        stand_ins: stand_ins.map(|(u, _)| (u.login, format!("{} ({})", u.name, t.role(u.role)))).collect(),
        units: state.store.units().await?,
        flash,
        alert,
        t,
        f,
    })
}

async fn found(state: &AppState, id: UserId) -> Result<UserLine, Error> {
    state.store.user_line(id).await?.ok_or(Error::NotFound)
}

/// To the user's page with what a change came to.
fn told(id: UserId, change: Result<UserChange, StoreError>) -> Result<Redirect, Error> {
    let there = format!("{PATH}/{id}");
    match change {
        Ok(change) => Ok(back(&there, key_of(change))),
        Err(StoreError::Conflict { constraint }) => {
            key_of_rule(&constraint).map(|key| back(&there, key)).ok_or(Error::BadRequest)
        }
        Err(error) => Err(error.into()),
    }
}

/// Another role, and why.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleDraft {
    peran: String,
    unit: String,
    alasan: String,
}

/// `POST /pengguna/{user_id}/peran`
pub async fn change_role(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<UserId>,
    Form(draft): Form<RoleDraft>,
) -> Result<Redirect, Error> {
    found(&state, id).await?;
    let Ok(role) = draft.peran.parse::<Role>() else { return Ok(back(&format!("{PATH}/{id}"), "user-role")) };
    // Whoever may only ask is not the one who takes roles away.
    if !role.needs_second_person() && !visit.user.role.keeps_users() {
        return Err(Error::Forbidden);
    }
    let unit = draft.unit.parse::<UnitId>().ok();
    told(id, state.store.change_role(id, role, unit, &typed::line(&draft.alasan), &visit.user.login).await)
}

/// Why something is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Why {
    alasan: String,
}

/// `POST /pengguna/{user_id}/faktor-kedua`
pub async fn reset_factor(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<UserId>,
    Form(why): Form<Why>,
) -> Result<Redirect, Error> {
    found(&state, id).await?;
    told(id, state.store.propose_factor_reset(id, &typed::line(&why.alasan), &visit.user.login).await)
}

/// `POST /pengguna/{user_id}/sandi`
pub async fn reset_password(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<UserId>,
) -> Result<Response, Error> {
    let line = found(&state, id).await?;
    if line.user.login == visit.user.login {
        return Ok(back(&format!("{PATH}/{id}"), "user-self").into_response());
    }
    let (password, hash) = initial_password(&state).await?;
    state.store.reset_password(&line.user.login, &hash, INITIAL, &visit.user.login).await?;
    show_password(&state, &visit, &line.user.login, password, line.waiting, format!("{PATH}/{id}"))
}

/// `POST /pengguna/{user_id}/tutup`
pub async fn shut(State(state): State<AppState>, visit: Visit, Path(id): Path<UserId>) -> Result<Redirect, Error> {
    switch(&state, &visit, id, true).await
}

/// `POST /pengguna/{user_id}/buka`
pub async fn open(State(state): State<AppState>, visit: Visit, Path(id): Path<UserId>) -> Result<Redirect, Error> {
    switch(&state, &visit, id, false).await
}

async fn switch(state: &AppState, visit: &Visit, id: UserId, shut: bool) -> Result<Redirect, Error> {
    let line = found(state, id).await?;
    let there = format!("{PATH}/{id}");
    if line.user.login == visit.user.login {
        return Ok(back(&there, "user-self"));
    }
    state.store.set_user_disabled(&line.user.login, shut, &visit.user.login).await?;
    Ok(back(&there, if shut { "user-shut" } else { "user-opened" }))
}
