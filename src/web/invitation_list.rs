//! `/register/undangan`: links by which the people of a unit declare their accounts, and a sheet to hang up.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back};
use super::state::AppState;
use crate::model::UnitId;
use crate::store::{Invitation, StoreError, UnitLine};

const PATH: &str = "/register/undangan";
/// Rows on the page.
const ROWS: i64 = 200;
/// Longest life of a link, in days.
const MAX_DAYS: i64 = 90;
/// Letters that nobody takes for one another on paper: 31 of them, twenty to a token, are 99 bits.
const LETTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

struct Row {
    id: Uuid,
    unit: String,
    made: String,
    until: String,
    state: String,
    opens: bool,
    declarations: String,
}

#[derive(Template)]
#[template(path = "invitation_list.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    rows: Vec<Row>,
    units: Vec<UnitLine>,
    keeps: bool,
    days: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "invitation_show.html")]
struct Sheet {
    t: Text,
    f: Frame,
    unit: String,
    link: String,
    /// The link up to the token, which stays on one line.
    base: String,
    token: String,
    until: String,
    opens: bool,
    id: Uuid,
    keeps: bool,
}

/// An invitation as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    unit: String,
    hari: String,
}

/// `GET /register/undangan`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &news, None).await
}

/// `POST /register/undangan`
pub async fn make(State(state): State<AppState>, visit: Visit, Form(draft): Form<Draft>) -> Result<Response, Error> {
    let unit = draft.unit.parse::<Uuid>().ok().map(UnitId);
    let days = draft.hari.trim().parse::<i64>().ok().filter(|days| (1..=MAX_DAYS).contains(days));
    let (Some(unit), Some(days)) = (unit, days) else { return refuse(&state, &visit).await };
    match state.store.invite(unit, &new_token(), SignedDuration::from_hours(24 * days), &visit.user.login).await {
        Ok(id) => Ok(Redirect::to(&format!("{PATH}/{id}")).into_response()),
        Err(StoreError::Conflict { .. }) => refuse(&state, &visit).await,
        Err(error) => Err(error.into()),
    }
}

/// `GET /register/undangan/{invitation_id}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Html<String>, Error> {
    let invitation = state.store.invitation(id).await?.ok_or(Error::NotFound)?;
    let f = visit.frame(&state, "invitation-title", &format!("{PATH}/{id}"));
    let t = f.t;
    let link = link(&state, &headers, &invitation.token);
    html(&Sheet {
        base: link.strip_suffix(&invitation.token).unwrap_or_default().to_owned(),
        token: invitation.token.clone(),
        link,
        until: t.time(invitation.expires_at),
        opens: opens(&invitation),
        unit: invitation.unit,
        keeps: visit.user.role.keeps_register(),
        id,
        t,
        f,
    })
}

/// `POST /register/undangan/{invitation_id}/cabut`
pub async fn revoke(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Redirect, Error> {
    let done = state.store.revoke_invitation(id, &visit.user.login).await?;
    Ok(back(PATH, if done { "invitation-revoked" } else { "settled-already" }))
}

/// The address that people are given: the configured one, else the one under which this page was asked for.
pub fn link(state: &AppState, headers: &HeaderMap, token: &str) -> String {
    let base = state.config.public_url.clone().unwrap_or_else(|| {
        let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("localhost");
        format!("{}://{host}", if state.config.secure_cookies { "https" } else { "http" })
    });
    format!("{}/pernyataan/{token}", base.trim_end_matches('/'))
}

/// Twenty letters.
pub fn new_token() -> String {
    readable(4)
}

/// Random groups of five letters, for people to read from paper and type.
pub fn readable(groups: usize) -> String {
    let mut random = rand::rng();
    let groups: Vec<String> = (0..groups)
        .map(|_| {
            (0..5).map(|_| char::from(*LETTERS.get(random.random_range(0..LETTERS.len())).unwrap_or(&b'x'))).collect()
        })
        .collect();
    groups.join("-")
}

fn opens(invitation: &Invitation) -> bool {
    invitation.revoked_at.is_none() && invitation.expires_at > Timestamp::now()
}

async fn refuse(state: &AppState, visit: &Visit) -> Result<Response, Error> {
    let page = page(state, visit, &News::default(), Some("invitation-bad")).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn page(
    state: &AppState,
    visit: &Visit,
    news: &News,
    problem: Option<&'static str>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "invitations-title", PATH);
    let t = f.t;
    let rows = state.store.invitations(ROWS).await?.into_iter().map(|i| Row {
        id: i.invitation_id,
        opens: opens(&i),
        made: t.xy("invitation-made", &i.created_by, t.time(i.created_at)),
        until: t.time(i.expires_at),
        state: t.s(match (i.revoked_at.is_some(), opens(&i)) {
            (true, _) => "invitation-state-revoked",
            (false, true) => "invitation-state-open",
            (false, false) => "invitation-state-over",
        }),
        declarations: t.number(i.declarations),
        unit: i.unit,
    });
    html(&Page {
        h: RegisterHead::new(state, visit, PATH, news, t).await?,
        rows: rows.collect(),
        units: state.store.units().await?,
        keeps: visit.user.role.keeps_register(),
        days: "30".to_owned(),
        problem: problem.map(|key| t.s(key)),
        t,
        f,
    })
}

#[cfg(test)]
mod tests {
    use super::new_token;

    #[test]
    fn a_token_can_be_read_from_paper() {
        let token = new_token();
        assert_eq!(token.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 5, 5]);
        assert!(!token.contains(['0', '1', 'o', 'l', 'i']), "{token}");
        assert_ne!(token, new_token());
    }
}
