//! `/masuk`: log-in. One message for every reason, one amount of work for every name.

use askama::Template;
use axum::Form;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use secrecy::SecretString;
use serde::Deserialize;

use super::auth::{self, Viewer};
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html, local_path};
use super::state::AppState;
use super::throttle::Keys;
use super::{address, password};
use crate::store::{Entry, User};

/// Longest log-in name that is looked up.
const MAX_LOGIN: usize = 64;

#[derive(Template)]
#[template(path = "session_open.html")]
struct Page {
    t: Text,
    f: Frame,
    login: String,
    next: String,
    error: Option<String>,
    /// What the provider is called and the way to it, where there is one.
    provider: Option<(String, String)>,
}

/// Where to go after the log-in.
#[derive(Deserialize)]
pub struct Next {
    /// A path of this site.
    #[serde(default)]
    pub lanjut: String,
}

/// The log-in form's fields.
#[derive(Deserialize)]
pub struct Login {
    #[serde(default)]
    nama: String,
    sandi: SecretString,
    #[serde(default)]
    lanjut: String,
}

/// `GET /masuk`
pub async fn form(State(state): State<AppState>, viewer: Viewer, Query(next): Query<Next>) -> Result<Response, Error> {
    if viewer.user.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let f = Frame::new(&state, &viewer, "login-title", "/masuk");
    let next = local_path(&next.lanjut).to_owned();
    let provider = provider(&state, &next);
    Ok(html(&Page { t: f.t, f, login: String::new(), next, error: None, provider })?.into_response())
}

/// `POST /masuk`
pub async fn open(
    State(state): State<AppState>,
    viewer: Viewer,
    jar: CookieJar,
    request: Request,
) -> Result<Response, Error> {
    let from = address::client(request.extensions(), request.headers(), &state.config.trusted_proxies);
    let agent = auth::agent(request.headers());
    let Form(form) = Form::<Login>::from_request(request, &state).await.map_err(|_| Error::BadRequest)?;
    // ASCII only: the database takes nothing else as a log-in name.
    let login = form.nama.trim().to_ascii_lowercase();
    let next = local_path(&form.lanjut).to_owned();
    let keys = Keys::new(&login, from);

    // Asked before the wait for a permit, so that a flood of refused attempts does not keep others waiting.
    if keys.must_wait(&state).await? {
        return refuse(&state, &viewer, login, next, StatusCode::TOO_MANY_REQUESTS, "login-wait");
    }
    // And again inside it: a burst of parallel guesses cannot all pass the count before the first one fails.
    let permit = state.hashing.acquire().await.map_err(|_| Error::Internal)?;
    if keys.must_wait(&state).await? {
        return refuse(&state, &viewer, login, next, StatusCode::TOO_MANY_REQUESTS, "login-wait");
    }
    let user = check(&state, &login, form.sandi).await?;
    let Some(user) = user else {
        keys.failed(&state).await?;
        return refuse(&state, &viewer, login, next, StatusCode::UNAUTHORIZED, "login-failed");
    };
    drop(permit);
    keys.succeeded(&state).await?;

    if state.store.second_factor(user.user_id).await?.is_some_and(|factor| factor.confirmed) {
        return ask_code(&state, jar, &user, &next, Entry::default()).await;
    }
    grant(&state, jar, &user, &next, Entry { agent: &agent, by_provider: false }).await
}

/// Whether a person who is logged in knows their password, asked again before something that matters.
pub async fn knows_password(state: &AppState, login: &str, given: SecretString) -> Result<bool, Error> {
    let _permit = state.hashing.acquire().await.map_err(|_| Error::Internal)?;
    Ok(check(state, login, given).await?.is_some())
}

/// Who it is was shown, the code is owed: a token that opens nothing but the page for the code.
pub async fn ask_code(
    state: &AppState,
    jar: CookieJar,
    user: &User,
    next: &str,
    entry: Entry<'_>,
) -> Result<Response, Error> {
    let token = fresh(state, &jar).await?;
    state.store.await_code(user, auth::token_hash(&token), entry).await?;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("lanjut", next).finish();
    let cookie = auth::session_cookie(token, state.config.secure_cookies);
    Ok((jar.add(cookie), Redirect::to(&format!("/masuk/kode?{query}"))).into_response())
}

/// Opens a session under a new token and goes on to where the person wanted.
pub async fn grant(
    state: &AppState,
    jar: CookieJar,
    user: &User,
    next: &str,
    entry: Entry<'_>,
) -> Result<Response, Error> {
    let token = fresh(state, &jar).await?;
    state.store.open_session(user, auth::token_hash(&token), state.config.session(), entry).await?;
    Ok((jar.add(auth::session_cookie(token, state.config.secure_cookies)), Redirect::to(next)).into_response())
}

/// A new token; whatever the browser's old one opened is over.
async fn fresh(state: &AppState, jar: &CookieJar) -> Result<String, Error> {
    if let Some(old) = jar.get(auth::cookie_name(state.config.secure_cookies)) {
        state.store.close_session(auth::token_hash(old.value())).await?;
    }
    Ok(auth::new_token())
}

/// The user, if name and password fit. Hashing blocks, so it runs beside the async threads.
async fn check(state: &AppState, login: &str, given: SecretString) -> Result<Option<User>, Error> {
    // What cannot be a name is not asked for: Postgres refuses U+0000 with an error that would tell such names apart.
    let possible = login.len() <= MAX_LOGIN && login.bytes().all(|b| b.is_ascii_graphic());
    let known = if possible { state.store.credentials(login).await? } else { None };
    let (user, stored) = known.unzip();
    let fits = tokio::task::spawn_blocking(move || password::verify(&given, stored.as_ref())).await;
    let fits = fits.map_err(|_| Error::Internal)?;
    Ok(user.filter(|_| fits))
}

fn refuse(
    state: &AppState,
    viewer: &Viewer,
    login: String,
    next: String,
    status: StatusCode,
    key: &str,
) -> Result<Response, Error> {
    let f = Frame::new(state, viewer, "login-title", "/masuk");
    let error = Some(f.t.s(key));
    let provider = provider(state, &next);
    Ok((status, html(&Page { t: f.t, f, login, next, error, provider })?).into_response())
}

/// The log-in page with what came of trying another way.
pub fn failed(state: &AppState, viewer: &Viewer, status: StatusCode, key: &str) -> Result<Response, Error> {
    refuse(state, viewer, String::new(), "/".to_owned(), status, key)
}

fn provider(state: &AppState, next: &str) -> Option<(String, String)> {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("lanjut", next).finish();
    state.oidc.as_ref().map(|provider| (provider.label().to_owned(), format!("/masuk/oidc?{query}")))
}
