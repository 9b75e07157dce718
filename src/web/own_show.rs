//! `/akun-saya`: one's own password, language, log-ins and tokens of the API.

use askama::Template;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use axum_extra::extract::cookie::CookieJar;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::auth::{self, Duty, Visit};
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::password::WeakPassword;
use super::state::AppState;
use super::throttle::Keys;
use super::token_make::Tokens;
use super::user_frame::{News, back, hashed};
use super::{address, session_open};
use crate::model::SessionId;

const PATH: &str = "/akun-saya";

struct Row {
    id: SessionId,
    agent: String,
    since: String,
    seen: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "own_show.html")]
struct Page {
    t: Text,
    f: Frame,
    login: String,
    role: String,
    sessions: Vec<Row>,
    must_choose: bool,
    factor: Option<String>,
    tokens: Tokens,
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

/// `GET /akun-saya`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &news, None).await
}

/// The form's fields. What is typed here is never shown again.
#[derive(Deserialize)]
pub struct NewPassword {
    lama: SecretString,
    baru: SecretString,
    ulang: SecretString,
}

/// `POST /akun-saya/sandi`
pub async fn change_password(
    State(state): State<AppState>,
    visit: Visit,
    jar: CookieJar,
    request: Request,
) -> Result<Response, Error> {
    let from = address::client(request.extensions(), request.headers(), &state.config.trusted_proxies);
    let Ok(Form(form)) = Form::<NewPassword>::from_request(request, &state).await else {
        return refuse(&state, &visit, ("lama", "own-password-missing")).await;
    };
    let keys = Keys::new(&visit.user.login, from);
    if keys.must_wait(&state).await? {
        return refuse(&state, &visit, ("lama", "login-wait")).await;
    }
    let same = form.lama.expose_secret() == form.baru.expose_secret();
    if !session_open::knows_password(&state, &visit.user.login, form.lama).await? {
        keys.failed(&state).await?;
        return refuse(&state, &visit, ("lama", "own-password-wrong")).await;
    }
    keys.succeeded(&state).await?;
    if form.baru.expose_secret() != form.ulang.expose_secret() {
        return refuse(&state, &visit, ("ulang", "own-password-differs")).await;
    }
    if same {
        return refuse(&state, &visit, ("baru", "own-password-same")).await;
    }
    let hash = match hashed(&state, form.baru).await? {
        Ok(hash) => hash,
        Err(weak) => {
            let key = match weak {
                WeakPassword::TooShort => "own-password-short",
                WeakPassword::TooLong => "own-password-long",
                WeakPassword::Common => "own-password-common",
                WeakPassword::Failed => return Err(Error::Internal),
            };
            return refuse(&state, &visit, ("baru", key)).await;
        }
    };
    let token = jar.get(auth::cookie_name(state.config.secure_cookies)).map(|c| auth::token_hash(c.value()));
    let token = token.ok_or(Error::NotLoggedIn)?;
    state.store.choose_password(&visit.user.login, &hash, token).await?;
    Ok(back(PATH, "own-password-changed").into_response())
}

/// Which log-in to end; without one, all others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    sesi: String,
}

/// `POST /akun-saya/sesi`
pub async fn end_sessions(
    State(state): State<AppState>,
    visit: Visit,
    Form(which): Form<Which>,
) -> Result<Redirect, Error> {
    let (one, kept) = if which.sesi.is_empty() {
        (None, visit.session())
    } else {
        (Some(which.sesi.parse::<SessionId>().map_err(|_| Error::BadRequest)?), None)
    };
    state.store.end_own_sessions(&visit.user, one, kept).await?;
    Ok(back(PATH, "own-sessions-ended"))
}

async fn refuse(state: &AppState, visit: &Visit, fault: (&'static str, &'static str)) -> Result<Response, Error> {
    let page = page(state, visit, &News::default(), Some(fault)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    state: &AppState,
    visit: &Visit,
    news: &News,
    fault: Option<(&'static str, &'static str)>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "own-title", PATH);
    let t = f.t;
    let (flash, alert) = news.words(t);
    let sessions = state.store.sessions(visit.user.user_id, state.config.idle()).await?;
    let factor = state.store.second_factor(visit.user.user_id).await?;
    let factor = match factor {
        Some(factor) if factor.confirmed => Some(t.n("factor-on", factor.codes_left)),
        _ if state.config.secret_key.is_some() => Some(t.s("factor-off")),
        _ => None,
    };
    html(&Page {
        login: visit.user.login.clone(),
        role: t.role(visit.user.role),
        sessions: sessions
            .into_iter()
            .map(|s| Row {
                id: s.session_id,
                agent: if s.agent.is_empty() { t.s("own-session-unknown") } else { s.agent },
                since: t.time(s.created_at),
                seen: t.time(s.seen_at),
                here: visit.session() == Some(s.session_id),
            })
            .collect(),
        must_choose: visit.duty() == Some(Duty::ChoosePassword),
        factor,
        tokens: Tokens::new(state, &visit.user, t).await?,
        fault: fault.map(|(field, key)| (field, t.s(key))),
        flash,
        alert,
        t,
        f,
    })
}
