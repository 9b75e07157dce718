//! `/akun-saya/faktor-kedua`: sets a second factor up, renews its recovery codes, and takes it away.

use askama::Template;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::auth::{Duty, Visit};
use super::error::Error;
use super::factor_check::{self, key, owner};
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::throttle::Keys;
use super::user_frame::{News, back};
use super::{address, session_open, totp};

const PATH: &str = "/akun-saya/faktor-kedua";

/// What an app needs to take the secret.
struct Setup {
    spelled: String,
    address: String,
    width: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "factor_show.html")]
struct Page {
    t: Text,
    f: Frame,
    possible: bool,
    setup: Option<Setup>,
    on: Option<String>,
    must: bool,
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

#[derive(Template)]
#[template(path = "factor_codes.html")]
struct CodesPage {
    t: Text,
    f: Frame,
    codes: Vec<String>,
}

/// `GET /akun-saya/faktor-kedua`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    headers: HeaderMap,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &host(&state, &headers), &news, None).await
}

/// `POST /akun-saya/faktor-kedua/mulai`
pub async fn begin(State(state): State<AppState>, visit: Visit) -> Result<Redirect, Error> {
    let Some(key) = &state.config.secret_key else { return Ok(back(PATH, "factor-no-key")) };
    let sealed = key.seal(owner(&visit.user), &totp::new_secret()).ok_or(Error::Internal)?;
    state.store.begin_factor(visit.user.user_id, &sealed).await?;
    Ok(Redirect::to(PATH))
}

/// Password and code: whoever finds a machine unlocked must not change what protects its owner.
#[derive(Deserialize)]
pub struct Proof {
    sandi: SecretString,
    #[serde(default)]
    kode: String,
}

/// `POST /akun-saya/faktor-kedua`: the first code, which shows that the app has taken the secret.
pub async fn confirm(State(state): State<AppState>, visit: Visit, request: Request) -> Result<Response, Error> {
    let host = host(&state, request.headers());
    let factor = state.store.second_factor(visit.user.user_id).await?.filter(|f| !f.confirmed);
    let Some(factor) = factor else { return Ok(Redirect::to(PATH).into_response()) };
    let (keys, code) = match password(&state, &visit, request).await? {
        Ok(passed) => passed,
        Err(fault) => return refuse(&state, &visit, &host, fault).await,
    };
    let secret = factor_check::open(&state, &visit.user, &factor.sealed)?;
    let Some(step) = totp::step_of(&secret, &code, Timestamp::now().as_second()) else {
        keys.failed(&state).await?;
        return refuse(&state, &visit, &host, ("kode", "factor-code-wrong")).await;
    };
    keys.succeeded(&state).await?;
    let (codes, kept) = factor_check::recovery_codes(&state, &visit.user)?;
    if !state.store.confirm_factor(&visit.user, step, &kept).await? {
        return Ok(Redirect::to(PATH).into_response());
    }
    show_codes(&state, &visit, codes)
}

/// `POST /akun-saya/faktor-kedua/kode`: new recovery codes.
pub async fn renew_codes(State(state): State<AppState>, visit: Visit, request: Request) -> Result<Response, Error> {
    let host = host(&state, request.headers());
    if let Err(fault) = both(&state, &visit, request).await? {
        return refuse(&state, &visit, &host, fault).await;
    }
    let (codes, kept) = factor_check::recovery_codes(&state, &visit.user)?;
    state.store.renew_recovery_codes(&visit.user, &kept).await?;
    show_codes(&state, &visit, codes)
}

/// `POST /akun-saya/faktor-kedua/hapus`
pub async fn remove(State(state): State<AppState>, visit: Visit, request: Request) -> Result<Response, Error> {
    let host = host(&state, request.headers());
    if let Err(fault) = both(&state, &visit, request).await? {
        return refuse(&state, &visit, &host, fault).await;
    }
    state.store.remove_factor(&visit.user).await?;
    Ok(back(PATH, "factor-removed").into_response())
}

type Fault = (&'static str, &'static str);

/// The password is right: the code that came with it, and the keys under which a wrong one counts.
async fn password(state: &AppState, visit: &Visit, request: Request) -> Result<Result<(Keys, String), Fault>, Error> {
    let from = address::client(request.extensions(), request.headers(), &state.config.trusted_proxies);
    let Ok(Form(proof)) = Form::<Proof>::from_request(request, state).await else {
        return Ok(Err(("sandi", "own-password-missing")));
    };
    let login = &visit.user.login;
    let (keys, codes) = (Keys::new(login, from), Keys::code(login, from));
    if keys.must_wait(state).await? || codes.must_wait(state).await? {
        return Ok(Err(("sandi", "login-wait")));
    }
    if !session_open::knows_password(state, login, proof.sandi).await? {
        keys.failed(state).await?;
        return Ok(Err(("sandi", "own-password-wrong")));
    }
    keys.succeeded(state).await?;
    Ok(Ok((codes, proof.kode)))
}

/// Password and a code of the second factor that is set up.
async fn both(state: &AppState, visit: &Visit, request: Request) -> Result<Result<(), Fault>, Error> {
    let (keys, code) = match password(state, visit, request).await? {
        Ok(passed) => passed,
        Err(fault) => return Ok(Err(fault)),
    };
    if factor_check::passes(state, &visit.user, &code).await? {
        keys.succeeded(state).await?;
        return Ok(Ok(()));
    }
    keys.failed(state).await?;
    Ok(Err(("kode", "factor-code-wrong")))
}

fn show_codes(state: &AppState, visit: &Visit, codes: Vec<String>) -> Result<Response, Error> {
    let f = visit.frame(state, "factor-codes-title", PATH);
    Ok(html(&CodesPage { t: f.t, f, codes })?.into_response())
}

/// Where people reach the service, as the app will name it.
fn host(state: &AppState, headers: &HeaderMap) -> String {
    let configured = state.config.public_url.as_deref().and_then(|u| u.split_once("://")).map(|(_, rest)| rest);
    let asked = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    let host = configured.or(asked).unwrap_or_default();
    host.split(['/', ':']).next().unwrap_or_default().to_owned()
}

async fn refuse(state: &AppState, visit: &Visit, host: &str, fault: Fault) -> Result<Response, Error> {
    let page = page(state, visit, host, &News::default(), Some(fault)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    state: &AppState,
    visit: &Visit,
    host: &str,
    news: &News,
    fault: Option<Fault>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "factor-title", PATH);
    let t = f.t;
    let (flash, alert) = news.words(t);
    let factor = state.store.second_factor(visit.user.user_id).await?;
    let setup = match &factor {
        Some(factor) if !factor.confirmed && key(state).is_ok() => {
            let secret = factor_check::open(state, &visit.user, &factor.sealed)?;
            let address = totp::address(&secret, &visit.user.login, host);
            let (width, path) = totp::picture(&address).ok_or(Error::Internal)?;
            Some(Setup { spelled: totp::spelled(&secret), address, width, path })
        }
        _ => None,
    };
    html(&Page {
        possible: state.config.secret_key.is_some(),
        on: factor.filter(|x| x.confirmed).map(|x| t.n("factor-on", x.codes_left)),
        must: visit.duty() == Some(Duty::SetUpFactor),
        setup,
        fault: fault.map(|(field, key)| (field, t.s(key))),
        flash,
        alert,
        t,
        f,
    })
}
