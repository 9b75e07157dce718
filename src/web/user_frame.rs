//! What the pages about users share: what the last form came to, and the initial password that is shown once.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::{invitation_list, password};
use crate::store::UserChange;

/// The page of all users.
pub const PATH: &str = "/pengguna";
/// How long an initial password opens the page on which its owner chooses another.
pub const INITIAL: SignedDuration = SignedDuration::from_hours(72);

/// What the address may carry after a form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct News {
    ok: String,
    salah: String,
}

/// Messages that an address may name; anything else is shown as nothing.
const FLASHES: [&str; 12] = [
    "user-changed",
    "user-proposed",
    "user-confirmed",
    "user-refused",
    "user-shut",
    "user-opened",
    "absence-noted",
    "absence-ended",
    "own-password-changed",
    "own-sessions-ended",
    "factor-removed",
    "token-revoked",
];
const ALERTS: [&str; 13] = [
    "user-self",
    "user-same-person",
    "user-gone",
    "user-unit",
    "user-open",
    "user-why",
    "user-role",
    "absence-bad",
    "absence-who",
    "factor-no-key",
    "token-bad",
    "token-many",
    "token-gone",
];

impl News {
    /// The messages that the address names, if they are some of these: what was done, what stood in its way.
    pub fn words(&self, t: Text) -> (Option<String>, Option<String>) {
        let known = |keys: &[&str], key: &str| keys.contains(&key).then(|| t.s(key));
        (known(&FLASHES, &self.ok), known(&ALERTS, &self.salah))
    }
}

/// To a page with a message by name.
pub fn back(path: &str, key: &str) -> Redirect {
    let name = if ALERTS.contains(&key) { "salah" } else { "ok" };
    Redirect::to(&format!("{path}?{name}={key}"))
}

/// How a change is told.
pub fn key_of(change: UserChange) -> &'static str {
    match change {
        UserChange::Done => "user-changed",
        UserChange::Proposed => "user-proposed",
        UserChange::Refused => "user-refused",
        UserChange::SamePerson => "user-same-person",
        UserChange::Gone => "user-gone",
    }
}

/// How a rule of the database is told, where it is about what was typed.
pub fn key_of_rule(constraint: &str) -> Option<&'static str> {
    match constraint {
        "app_user_unit_check" => Some("user-unit"),
        "user_proposal_open" => Some("user-open"),
        "user_proposal_why_check" => Some("user-why"),
        _ => None,
    }
}

/// A fresh initial password and its hash.
pub async fn initial_password(state: &AppState) -> Result<(String, SecretString), Error> {
    let password = invitation_list::new_token();
    let hash = hashed(state, SecretString::from(password.clone())).await?.map_err(|_| Error::Internal)?;
    Ok((password, hash))
}

/// A password's hash, made beside the async threads, or what is wrong with the password.
pub async fn hashed(
    state: &AppState,
    password: SecretString,
) -> Result<Result<SecretString, password::WeakPassword>, Error> {
    let _permit = state.hashing.acquire().await.map_err(|_| Error::Internal)?;
    tokio::task::spawn_blocking(move || password::hash(&password)).await.map_err(|_| Error::Internal)
}

#[derive(Template)]
#[template(path = "user_password.html")]
struct Page {
    t: Text,
    f: Frame,
    login: String,
    password: String,
    waits: bool,
    href: String,
}

/// The page that shows an initial password, once: it is the answer to the form itself, and stored nowhere.
pub fn show_password(
    state: &AppState,
    visit: &Visit,
    login: &str,
    password: String,
    waits: bool,
    href: String,
) -> Result<Response, Error> {
    let f = visit.frame(state, "user-password-title", PATH);
    let page: Html<String> = html(&Page { t: f.t, f, login: login.to_owned(), password, waits, href })?;
    Ok(page.into_response())
}
