//! `POST /akun-saya/token`: a user's own tokens for the API. A token is shown once, in the answer to the form, and stored
//! nowhere.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::SignedDuration;
use serde::Deserialize;
use uuid::Uuid;

use super::api;
use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::typed;
use super::user_frame::back;
use crate::model::Scope;
use crate::store::{NewToken, TokenLine, User};

const PATH: &str = "/akun-saya";
/// How long a token may last, in days.
const DAYS: [i64; 4] = [30, 90, 180, 365];

/// A token in words.
pub struct Row {
    /// Id.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: String,
    /// Until when it holds, and when it was used last.
    pub times: String,
}

/// The tokens on one's own page, and the form for another.
pub struct Tokens {
    /// Those that hold.
    pub rows: Vec<Row>,
    /// What a token may be made for: word, and what that means.
    pub scopes: Vec<(&'static str, String)>,
    /// How long it may last: days, and in words.
    pub days: Vec<(i64, String)>,
}

impl Tokens {
    /// For a user.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub async fn new(state: &AppState, user: &User, t: Text) -> Result<Self, Error> {
        let found = state.store.tokens(user.user_id).await?;
        let scopes = api::scopes_for(user.role).into_iter();
        Ok(Self {
            rows: found.into_iter().map(|token| row(token, t)).collect(),
            scopes: scopes.map(|scope| (scope.as_str(), t.s(&scope_key(scope)))).collect(),
            days: DAYS.into_iter().map(|n| (n, t.n("token-days", n))).collect(),
        })
    }
}

/// Name of a scope's message.
pub fn scope_key(scope: Scope) -> String {
    format!("scope-{}", scope.as_str().replace(':', "-"))
}

fn row(token: TokenLine, t: Text) -> Row {
    let used = token.last_used_at.map_or_else(|| t.s("token-never"), |at| t.time(at));
    Row {
        id: token.token_id,
        scopes: token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
        times: t.xy("token-times", t.time(token.expires_at), used),
        name: token.name,
    }
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    nama: String,
    hari: i64,
    cakupan: Vec<String>,
}

#[derive(Template)]
#[template(path = "token_made.html")]
struct Page {
    t: Text,
    f: Frame,
    name: String,
    token: String,
}

/// `POST /akun-saya/token`
pub async fn make(State(state): State<AppState>, visit: Visit, Form(wish): Form<Wish>) -> Result<Response, Error> {
    let name: String = typed::line(&wish.nama).chars().take(60).collect();
    let allowed = api::scopes_for(visit.user.role);
    let scopes: Vec<Scope> = allowed.into_iter().filter(|s| wish.cakupan.iter().any(|w| w == s.as_str())).collect();
    if name.is_empty() || scopes.is_empty() || !DAYS.contains(&wish.hari) {
        return Ok(back(PATH, "token-bad").into_response());
    }
    let (token, hash) = api::new_token();
    let new = NewToken {
        name: &name,
        scopes: &scopes,
        lifetime: SignedDuration::from_hours(24 * wish.hari),
        by_provider: visit.by_provider(),
    };
    if state.store.make_token(&visit.user, &new, hash).await?.is_none() {
        return Ok(back(PATH, "token-many").into_response());
    }
    let f = visit.frame(&state, "token-made", PATH);
    let page: Html<String> = html(&Page { t: f.t, f, name, token })?;
    Ok(page.into_response())
}

/// `POST /akun-saya/token/{token_id}/cabut`
pub async fn revoke(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Redirect, Error> {
    let done = state.store.revoke_token(&visit.user, id).await?;
    Ok(back(PATH, if done { "token-revoked" } else { "token-gone" }))
}
