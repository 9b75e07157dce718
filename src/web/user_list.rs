//! `/pengguna`: who may log in, what waits for a second person, and a form for another user.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::typed;
use super::user_frame::{INITIAL, News, PATH, initial_password, key_of_rule, show_password};
use crate::model::{Language, Role, UserId};
use crate::store::{NewUser, StoreError, UnitLine, UserChange, UserLine, UserProposal, UserWish};

struct Row {
    id: UserId,
    login: String,
    name: String,
    role: String,
    unit: String,
    last: String,
    factor: String,
    state: String,
}

struct Waiting {
    id: Uuid,
    user_id: UserId,
    who: String,
    what: String,
    why: String,
    by: String,
    /// May say yes.
    confirms: bool,
    /// Asked for it, and may take it back.
    own: bool,
}

/// A user as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    masuk: String,
    nama: String,
    peran: String,
    unit: String,
    bahasa: String,
    alasan: String,
}

#[derive(Template)]
#[template(path = "user_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
    waiting: Vec<Waiting>,
    keeps: bool,
    settles: bool,
    roles: Vec<(&'static str, String)>,
    units: Vec<UnitLine>,
    draft: Draft,
    /// Field and what is wrong there.
    fault: Option<(&'static str, String)>,
    flash: Option<String>,
    alert: Option<String>,
}

impl Page {
    fn fault(&self, field: &str) -> Option<&String> {
        self.fault.as_ref().filter(|(at, _)| *at == field).map(|(_, words)| words)
    }
}

/// `GET /pengguna`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &news, Draft::default(), None).await
}

/// `POST /pengguna`
pub async fn add(State(state): State<AppState>, visit: Visit, Form(draft): Form<Draft>) -> Result<Response, Error> {
    let (login, name) = (typed::line(&draft.masuk).to_ascii_lowercase(), typed::line(&draft.nama));
    let (why, language) = (typed::line(&draft.alasan), draft.bahasa.parse().unwrap_or(Language::Indonesian));
    let Ok(role) = draft.peran.parse::<Role>() else {
        return refuse(&state, &visit, draft, ("peran", "user-role")).await;
    };
    if name.is_empty() || name.chars().count() > 200 {
        return refuse(&state, &visit, draft, ("nama", "user-name-bad")).await;
    }
    let units = state.store.units().await?;
    let unit = units.iter().find(|u| u.unit_id.to_string() == draft.unit);
    let (password, hash) = initial_password(&state).await?;
    let new = NewUser {
        login: &login,
        name: &name,
        role,
        unit_code: unit.map(|u| u.code.as_str()),
        password_hash: &hash,
        language,
    };
    match state.store.propose_user(&new, INITIAL, &why, &visit.user.login).await {
        Ok((id, change)) => {
            let waits = change == UserChange::Proposed;
            show_password(&state, &visit, &login, password, waits, format!("{PATH}/{id}"))
        }
        Err(StoreError::Conflict { constraint }) => {
            let fault = match constraint.as_str() {
                "app_user_login_key" => ("masuk", "user-login-taken"),
                "app_user_login_check" => ("masuk", "user-login-bad"),
                "app_user_unit_check" => ("unit", "user-unit"),
                "user_proposal_own_check" => ("masuk", "user-login-taken"),
                other => ("alasan", key_of_rule(other).unwrap_or("user-why")),
            };
            refuse(&state, &visit, draft, fault).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn refuse(
    state: &AppState,
    visit: &Visit,
    draft: Draft,
    fault: (&'static str, &'static str),
) -> Result<Response, Error> {
    let page = page(state, visit, &News::default(), draft, Some(fault)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The roles as a choice, in the reader's words.
pub fn roles(t: Text) -> Vec<(&'static str, String)> {
    Role::ALL.iter().map(|role| (role.as_str(), t.role(*role))).collect()
}

/// How a user stands: what keeps them out, if anything does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Shut out.
    Shut,
    /// Waits for a second person.
    Waiting,
    /// The initial password was not used in time.
    Expired,
    /// Has to choose a password.
    Initial,
    /// Nothing keeps them out.
    Active,
}

impl UserState {
    /// How a user stands now.
    pub fn of(line: &UserLine) -> Self {
        let now = Timestamp::now();
        match line {
            UserLine { disabled: true, .. } => Self::Shut,
            UserLine { waiting: true, .. } => Self::Waiting,
            UserLine { initial_until: Some(until), .. } if *until <= now => Self::Expired,
            UserLine { initial_until: Some(_), .. } => Self::Initial,
            _ => Self::Active,
        }
    }
}

/// The same in words.
pub fn standing(line: &UserLine, t: Text) -> String {
    t.s(match UserState::of(line) {
        UserState::Shut => "user-state-shut",
        UserState::Waiting => "user-state-waiting",
        UserState::Expired => "user-state-expired",
        UserState::Initial => "user-state-initial",
        UserState::Active => "user-state-active",
    })
}

fn row(line: UserLine, t: Text) -> Row {
    Row {
        state: standing(&line, t),
        id: line.user.user_id,
        role: t.role(line.user.role),
        unit: line.unit.unwrap_or_else(|| "–".to_owned()),
        last: line.last_login_at.map_or_else(|| t.s("user-never"), |at| t.ago(at, Timestamp::now())),
        factor: t.s(if line.second_factor { "word-yes" } else { "word-no" }),
        login: line.user.login,
        name: line.user.name,
    }
}

fn waiting(p: UserProposal, reader: &str, confirms: bool, t: Text) -> Waiting {
    let what = match p.wish {
        UserWish::New(role) => t.x("user-wish-new", t.role(role)),
        UserWish::Role(role) => t.x("user-wish-role", t.role(role)),
        UserWish::SecondFactor => t.s("user-wish-factor"),
    };
    let own = p.proposed_by == reader;
    Waiting {
        id: p.proposal_id,
        user_id: p.user_id,
        who: format!("{} ({})", p.name, p.login),
        by: t.xy("user-proposed-by", &p.proposed_by, t.time(p.proposed_at)),
        confirms: confirms && !own && p.login != reader,
        what,
        why: p.why,
        own,
    }
}

async fn page(
    state: &AppState,
    visit: &Visit,
    news: &News,
    draft: Draft,
    fault: Option<(&'static str, &'static str)>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "users-title", PATH);
    let t = f.t;
    let (role, reader) = (visit.user.role, visit.user.login.as_str());
    let (flash, alert) = news.words(t);
    let confirms = state.confirms_users(&visit.user).await?;
    let proposals = state.store.user_proposals().await?;
    html(&Page {
        rows: state.store.user_lines().await?.into_iter().map(|line| row(line, t)).collect(),
        waiting: proposals.into_iter().map(|p| waiting(p, reader, confirms, t)).collect(),
        keeps: role.keeps_users(),
        settles: confirms || role.proposes_users(),
        roles: roles(t),
        units: state.store.units().await?,
        draft,
        fault: fault.map(|(field, key)| (field, t.s(key))),
        flash,
        alert,
        t,
        f,
    })
}
