//! `POST /bahasa`: changes the language of the pages, for the account or, before the log-in, for the browser.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;

use super::auth::{LANGUAGE_COOKIE, Viewer};
use super::error::Error;
use super::page::local_path;
use super::state::AppState;
use crate::model::Language;

/// The switch's fields.
#[derive(Deserialize)]
pub struct Choice {
    ke: String,
    #[serde(default)]
    kembali: String,
}

/// `POST /bahasa`
pub async fn set(
    State(state): State<AppState>,
    viewer: Viewer,
    jar: CookieJar,
    Form(choice): Form<Choice>,
) -> Result<impl IntoResponse, Error> {
    let language: Language = choice.ke.parse().map_err(|_| Error::BadRequest)?;
    if let Some(user) = &viewer.user {
        state.store.set_language(user.user_id, language).await?;
    }
    // Also in the browser, so that the log-in page speaks the same language next time.
    let cookie = Cookie::build((LANGUAGE_COOKIE, language.as_str()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.config.secure_cookies)
        .permanent();
    Ok((jar.add(cookie), Redirect::to(local_path(&choice.kembali))))
}
