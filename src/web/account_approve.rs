//! `/register/persetujuan`: accounts that wait for a second person, approved one by one or many at once.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{Html, Redirect};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::person_show::AccountLine;
use super::register_frame::{News, RegisterHead, back, back_with};
use super::state::AppState;
use super::typed;
use crate::store::SeenLink;

const PATH: &str = "/register/persetujuan";
/// Accounts on one page; what is approved makes room for the next.
const ROWS: i64 = 100;

#[derive(Template)]
#[template(path = "account_approve.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    accounts: Vec<AccountLine>,
    total: String,
    approves: bool,
}

/// `GET /register/persetujuan`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "approval-title", PATH);
    let t = f.t;
    let today = typed::today(&state);
    let (accounts, total) = state.store.view_waiting_accounts(ROWS, &visit.user.login).await?;
    html(&Page {
        h: RegisterHead::new(&state, &visit, PATH, &news, t).await?,
        accounts: accounts.into_iter().map(|a| AccountLine::new(a, &visit, today, t)).collect(),
        total: t.n("approval-total", total),
        approves: visit.user.role.approves_accounts(),
        t,
        f,
    })
}

/// The chosen ones, as the page showed them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    akun: Vec<String>,
}

/// `POST /register/persetujuan`
pub async fn approve(
    State(state): State<AppState>,
    visit: Visit,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, Error> {
    let seen: Vec<SeenLink> =
        chosen.akun.iter().map(|s| s.parse()).collect::<Result<_, _>>().map_err(|_| Error::BadRequest)?;
    let approved = state.store.approve_some(&seen, &visit.user.login).await?;
    Ok(answer(PATH, approved))
}

/// Back to a page with how many were approved.
pub fn answer(path: &str, approved: u64) -> Redirect {
    if approved == 0 { back(path, "account-none-approved") } else { back_with(path, "account-approved", approved) }
}
