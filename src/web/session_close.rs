//! `POST /keluar`: ends the session in the database first, then in the browser.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::CookieJar;

use super::auth;
use super::error::Error;
use super::state::AppState;

/// `POST /keluar`
pub async fn close(State(state): State<AppState>, jar: CookieJar) -> Result<impl IntoResponse, Error> {
    let secure = state.config.secure_cookies;
    let Some(cookie) = jar.get(auth::cookie_name(secure)) else { return Ok((jar, Redirect::to("/masuk"))) };
    state.store.close_session(auth::token_hash(cookie.value())).await?;
    // Removal must repeat the attributes, or browsers keep a `__Host-` cookie.
    Ok((jar.remove(auth::session_cookie(String::new(), secure)), Redirect::to("/masuk")))
}
