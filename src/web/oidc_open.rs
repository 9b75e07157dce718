//! `/masuk/oidc`: log-in through the provider that the configuration names. Nobody is made a user by it.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use jiff::SignedDuration;
use serde::Deserialize;

use super::auth::{self, Viewer};
use super::error::Error;
use super::page::local_path;
use super::session_open::{Next, ask_code, failed, grant};
use super::state::AppState;
use crate::oidc::Identity;
use crate::store::{Entry, User};

/// How long somebody may take at the provider.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-netral-oidc" } else { "netral-oidc" }
}

/// The cookie that binds the provider's answer to this browser: a token, and the page to come to.
fn cookie(value: String, secure: bool) -> Cookie<'static> {
    Cookie::build((cookie_name(secure), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .max_age(PATIENCE.unsigned_abs().try_into().unwrap_or_default())
        .build()
}

/// `GET /masuk/oidc`
pub async fn begin(
    State(state): State<AppState>,
    viewer: Viewer,
    jar: CookieJar,
    Query(next): Query<Next>,
) -> Result<Response, Error> {
    let provider = state.oidc.clone().ok_or(Error::NotFound)?;
    let token = auth::new_token();
    match provider.begin(&token).await {
        Ok(there) => {
            let next = data_encoding::HEXLOWER.encode(local_path(&next.lanjut).as_bytes());
            let jar = jar.add(cookie(format!("{token}.{next}"), state.config.secure_cookies));
            Ok((jar, Redirect::to(there.as_str())).into_response())
        }
        Err(error) => {
            tracing::error!(error = %error, "the provider cannot be asked for a log-in");
            failed(&state, &viewer, StatusCode::SERVICE_UNAVAILABLE, "login-oidc-away")
        }
    }
}

/// The provider's answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    code: String,
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /masuk/oidc/kembali`
pub async fn come_back(
    State(state): State<AppState>,
    viewer: Viewer,
    jar: CookieJar,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Error> {
    let provider = state.oidc.clone().ok_or(Error::NotFound)?;
    let secure = state.config.secure_cookies;
    let kept = jar.get(cookie_name(secure)).map(|c| c.value().to_owned()).unwrap_or_default();
    // Whatever comes of it, this token has had its answer.
    let jar = jar.remove(cookie(String::new(), secure));
    let (token, next) = kept.split_once('.').unwrap_or_default();
    let next = data_encoding::HEXLOWER.decode(next.as_bytes()).unwrap_or_default();
    let next = String::from_utf8(next).unwrap_or_default();
    if token.is_empty() || answer.error.is_some() || answer.code.is_empty() {
        let page = failed(&state, &viewer, StatusCode::UNAUTHORIZED, "login-oidc-failed")?;
        return Ok((jar, page).into_response());
    }
    let identity = match provider.finish(token, &answer.state, &answer.code, answer.iss.as_deref()).await {
        Ok(identity) => identity,
        Err(error) => {
            tracing::warn!(error = %error, cause = error_cause(&error), "a log-in through the provider failed");
            let page = failed(&state, &viewer, StatusCode::UNAUTHORIZED, "login-oidc-failed")?;
            return Ok((jar, page).into_response());
        }
    };
    let Some(user) = find(&state, &identity).await? else {
        state.store.record("user.login_failed", "system", "login", &serde_json::json!({ "by": "provider" })).await?;
        let page = failed(&state, &viewer, StatusCode::UNAUTHORIZED, "login-oidc-unknown")?;
        return Ok((jar, page).into_response());
    };
    let owes_code = !provider.second_factor()
        && state.store.second_factor(user.user_id).await?.is_some_and(|factor| factor.confirmed);
    let entry = Entry { agent: &auth::agent(&headers), by_provider: true };
    if owes_code {
        ask_code(&state, jar, &user, local_path(&next), entry).await
    } else {
        grant(&state, jar, &user, local_path(&next), entry).await
    }
}

fn error_cause(error: &crate::oidc::OidcError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// The user who is bound to the provider's person; else, once, the one whose log-in name the provider says.
async fn find(state: &AppState, identity: &Identity) -> Result<Option<User>, Error> {
    if let Some(user) = state.store.bound_user(&identity.subject).await? {
        return Ok(Some(user));
    }
    let Some(login) = identity.login.as_deref().filter(|login| login.bytes().all(|b| b.is_ascii_graphic())) else {
        return Ok(None);
    };
    Ok(state.store.bind_user(login, &identity.subject, "system").await?)
}
