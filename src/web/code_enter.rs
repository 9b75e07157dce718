//! `/masuk/kode`: the second step of a log-in, for whoever has set up a second factor.

use askama::Template;
use axum::Form;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::auth::{self, Viewer};
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html, local_path};
use super::session_open::{Next, grant};
use super::state::AppState;
use super::throttle::Keys;
use super::{address, factor_check};
use crate::store::{Entry, User};

#[derive(Template)]
#[template(path = "code_enter.html")]
struct Page {
    t: Text,
    f: Frame,
    next: String,
    error: Option<String>,
}

/// The code, from an app or from the list of recovery codes.
#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    kode: String,
    #[serde(default)]
    lanjut: String,
}

/// `GET /masuk/kode`
pub async fn form(
    State(state): State<AppState>,
    viewer: Viewer,
    jar: CookieJar,
    Query(next): Query<Next>,
) -> Result<Html<String>, Error> {
    awaiting(&state, &jar).await?;
    page(&state, &viewer, local_path(&next.lanjut), None)
}

/// `POST /masuk/kode`
pub async fn enter(
    State(state): State<AppState>,
    viewer: Viewer,
    jar: CookieJar,
    request: Request,
) -> Result<Response, Error> {
    let (user, by_provider) = awaiting(&state, &jar).await?;
    let from = address::client(request.extensions(), request.headers(), &state.config.trusted_proxies);
    let agent = auth::agent(request.headers());
    let Form(form) = Form::<Code>::from_request(request, &state).await.map_err(|_| Error::BadRequest)?;
    let next = local_path(&form.lanjut);
    let keys = Keys::code(&user.login, from);
    // One at a time, as with passwords: a burst of guesses cannot all pass the count before the first one fails.
    let _permit = state.hashing.acquire().await.map_err(|_| Error::Internal)?;
    if keys.must_wait(&state).await? {
        let page = page(&state, &viewer, next, Some("login-wait"))?;
        return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
    }
    if !factor_check::passes(&state, &user, &form.kode).await? {
        keys.failed(&state).await?;
        let page = page(&state, &viewer, next, Some("factor-code-wrong"))?;
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    }
    keys.succeeded(&state).await?;
    grant(&state, jar, &user, next, Entry { agent: &agent, by_provider }).await
}

/// Who has shown who they are and owes a code, and whether through the provider.
async fn awaiting(state: &AppState, jar: &CookieJar) -> Result<(User, bool), Error> {
    let cookie = jar.get(auth::cookie_name(state.config.secure_cookies)).ok_or(Error::NotLoggedIn)?;
    state.store.awaiting_code(auth::token_hash(cookie.value())).await?.ok_or(Error::NotLoggedIn)
}

fn page(state: &AppState, viewer: &Viewer, next: &str, error: Option<&str>) -> Result<Html<String>, Error> {
    let f = Frame::new(state, viewer, "code-title", "/masuk");
    html(&Page { next: next.to_owned(), error: error.map(|key| f.t.s(key)), t: f.t, f })
}
