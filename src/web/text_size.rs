//! `POST /ukuran`: how large the pages' text is, kept in the browser: it depends on the screen, not on the person.

use std::fmt;
use std::str::FromStr;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;

use super::error::Error;
use super::page::local_path;
use super::state::AppState;

/// The cookie's name.
pub const COOKIE: &str = "ukuran";

/// How large.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextSize {
    /// As the browser has it.
    #[default]
    Usual,
    /// An eighth larger.
    Large,
    /// A quarter larger.
    Largest,
}

impl TextSize {
    /// All of them, from small to large.
    pub const ALL: [Self; 3] = [Self::Usual, Self::Large, Self::Largest];

    /// As in cookie, form and style sheet.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "biasa",
            Self::Large => "besar",
            Self::Largest => "terbesar",
        }
    }
}

impl fmt::Display for TextSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TextSize {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|size| size.as_str() == s).ok_or(())
    }
}

/// The switch's fields.
#[derive(Deserialize)]
pub struct Choice {
    ukuran: String,
    #[serde(default)]
    kembali: String,
}

/// `POST /ukuran`
pub async fn set(
    State(state): State<AppState>,
    jar: CookieJar,
    Form(choice): Form<Choice>,
) -> Result<impl IntoResponse, Error> {
    let size: TextSize = choice.ukuran.parse().map_err(|()| Error::BadRequest)?;
    let cookie = Cookie::build((COOKIE, size.as_str()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.config.secure_cookies)
        .permanent();
    Ok((jar.add(cookie), Redirect::to(local_path(&choice.kembali))))
}
