//! `/pernyataan/{token}`: what a civil servant reads, declares and objects to, without a log-in; and the same on paper.

use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::ToSpan;
use serde::Deserialize;

use super::address;
use super::auth::Viewer;
use super::clock::day_words;
use super::error::Error;
use super::i18n::Text;
use super::invitation_list::link;
use super::objection_raise::ObjectionDraft;
use super::page::{Frame, html};
use super::person_show::PLATFORMS;
use super::signing;
use super::state::AppState;
use super::typed;
use crate::store::{DeclaredAccount, Invitation, NewDeclaration, Notice};

/// Lines for accounts on the form; whoever has more sends a second declaration.
pub const LINES: usize = 6;
/// How old a signature may be: a form filled in on paper is sometimes typed later.
const OLDEST_DAYS: i64 = 31;

/// A declaration as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeclarationDraft {
    platform: Vec<String>,
    akun: Vec<String>,
    nihil: String,
    nama: String,
    nomor: String,
    tanggal: String,
    setuju: String,
}

impl DeclarationDraft {
    /// The form's lines, as many as there are on the page.
    fn rows(&self) -> Vec<(usize, String, String)> {
        let at = |list: &[String], n| list.get(n).cloned().unwrap_or_default();
        (0..LINES).map(|n| (n, at(&self.platform, n), at(&self.akun, n))).collect()
    }
}

/// What the page shows beside the notice.
#[derive(Default)]
pub struct Extra {
    /// The declaration as it was typed.
    pub declaration: DeclarationDraft,
    /// What is wrong with it.
    pub declaration_problem: Option<&'static str>,
    /// The objection as it was typed.
    pub objection: ObjectionDraft,
    /// What is wrong with it.
    pub objection_problem: Option<&'static str>,
    /// What the last form came to.
    pub flash: Option<&'static str>,
}

/// The notice in words (UU 27/2022 Art 21).
struct NoticeWords {
    title: String,
    legal_basis: String,
    days: String,
    kept: String,
    url: Option<String>,
}

#[derive(Template)]
#[template(path = "declaration_sign.html")]
struct Page {
    t: Text,
    f: Frame,
    token: String,
    unit: String,
    notice: NoticeWords,
    platforms: Vec<(&'static str, String)>,
    rows: Vec<(usize, String, String)>,
    extra: Extra,
    declaration_problem: Option<String>,
    objection_problem: Option<String>,
    flash: Option<String>,
}

#[derive(Template)]
#[template(path = "declaration_print.html")]
struct Paper {
    t: Text,
    f: Frame,
    token: String,
    unit: String,
    link: String,
    until: String,
    notice: NoticeWords,
}

/// What the address may carry after a form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Came {
    ok: String,
}

/// `GET /pernyataan/{token}`
pub async fn form(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(token): Path<String>,
    Query(came): Query<Came>,
) -> Result<Html<String>, Error> {
    let (invitation, notice) = open(&state, &token).await?;
    let flash = match came.ok.as_str() {
        "pernyataan" => Some("sign-declared"),
        "keberatan" => Some("sign-objected"),
        _ => None,
    };
    page(&state, &viewer, &invitation, notice, Extra { flash, ..Extra::default() })
}

/// `GET /pernyataan/{token}/cetak`
pub async fn print(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Html<String>, Error> {
    let (invitation, notice) = open(&state, &token).await?;
    let f = Frame::new(&state, &viewer, "sign-title", &format!("/pernyataan/{token}/cetak"));
    let t = f.t;
    html(&Paper {
        link: link(&state, &headers, &token),
        until: t.time(invitation.expires_at),
        unit: invitation.unit,
        notice: words(notice, t),
        token,
        t,
        f,
    })
}

/// `POST /pernyataan/{token}`
pub async fn sign(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let from = address::client(request.extensions(), request.headers(), &state.config.trusted_proxies);
    let draft: DeclarationDraft = read_form(request, &state).await?;
    let (invitation, notice) = open(&state, &token).await?;
    let (status, key) = match declare(&state, &viewer, &invitation, &notice, &draft, from).await? {
        None => return Ok(Redirect::to(&format!("/pernyataan/{token}?ok=pernyataan")).into_response()),
        Some(refused) => refused,
    };
    let extra = Extra { declaration: draft, declaration_problem: Some(key), ..Extra::default() };
    Ok((status, page(&state, &viewer, &invitation, notice, extra)?).into_response())
}

/// A form's fields, whatever the rest of the request was needed for before.
pub async fn read_form<T: serde::de::DeserializeOwned>(request: Request, state: &AppState) -> Result<T, Error> {
    use axum::extract::FromRequest;
    let Form(form) = Form::<T>::from_request(request, state).await.map_err(|_| Error::BadRequest)?;
    Ok(form)
}

/// The invitation and the notice; what is expired, revoked, mistyped or outside a program is one and the same.
pub async fn open(state: &AppState, token: &str) -> Result<(Invitation, Notice), Error> {
    // Postgres takes no U+0000, and no token has anything but these.
    if token.len() > 64 || !token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Error::NotFound);
    }
    let invitation = state.store.open_invitation(token).await?.ok_or(Error::NotFound)?;
    let notice = state.store.notice().await?.ok_or(Error::NotFound)?;
    Ok((invitation, notice))
}

/// `None` where it was taken in. Everything about the form itself comes before who signs it.
async fn declare(
    state: &AppState,
    viewer: &Viewer,
    invitation: &Invitation,
    notice: &Notice,
    draft: &DeclarationDraft,
    from: Option<std::net::IpAddr>,
) -> Result<Option<signing::Unknown>, Error> {
    let wrong = |key| Ok(Some((StatusCode::UNPROCESSABLE_ENTITY, key)));
    let mut accounts = Vec::new();
    for (_, platform, handle) in draft.rows() {
        let handle = typed::line(&handle).trim_start_matches('@').to_owned();
        if handle.is_empty() {
            continue;
        }
        if !PLATFORMS.contains(&platform.as_str()) {
            return wrong("sign-no-platform");
        }
        if handle.len() > 512 {
            return wrong("sign-long-handle");
        }
        let account = DeclaredAccount { platform, handle };
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    if accounts.is_empty() != (draft.nihil == "ya") {
        return wrong("sign-none-or-some");
    }
    let signed_name: String = typed::line(&draft.nama).chars().take(200).collect();
    if signed_name.is_empty() || draft.nomor.trim().is_empty() {
        return wrong("sign-no-name");
    }
    if draft.setuju != "ya" {
        return wrong("sign-no-tick");
    }
    let today = typed::today(state);
    let signed_on = typed::day(&draft.tanggal).filter(|day| *day <= today && *day >= today - OLDEST_DAYS.days());
    let Some(signed_on) = signed_on else { return wrong("sign-bad-day") };
    let person = match signing::identify(state, invitation, &draft.nomor, &draft.nama, from).await? {
        Ok(person) => person,
        Err(unknown) => return Ok(Some(unknown)),
    };
    let new = NewDeclaration {
        invitation: invitation.invitation_id,
        person,
        program: notice.program_id,
        language: viewer.language,
        signed_name: &signed_name,
        signed_on,
        accounts: &accounts,
    };
    if state.store.declare(&new).await? { Ok(None) } else { Ok(Some((StatusCode::TOO_MANY_REQUESTS, "sign-many"))) }
}

fn words(notice: Notice, t: Text) -> NoticeWords {
    let day = |d| day_words(d, t.language());
    NoticeWords {
        days: format!("{} – {}", day(notice.starts_on), day(notice.ends_on)),
        kept: t.xy("notice-kept-text", notice.rescan_days, notice.dismissed_days),
        title: notice.title,
        legal_basis: notice.legal_basis,
        url: notice.url.filter(|u| u.starts_with("https://") || u.starts_with("http://")),
    }
}

/// The page, whatever the last form came to.
pub fn page(
    state: &AppState,
    viewer: &Viewer,
    invitation: &Invitation,
    notice: Notice,
    mut extra: Extra,
) -> Result<Html<String>, Error> {
    let f = Frame::new(state, viewer, "sign-title", &format!("/pernyataan/{}", invitation.token));
    let t = f.t;
    if extra.declaration.tanggal.is_empty() {
        extra.declaration.tanggal = typed::today(state).to_string();
    }
    let say = |key: Option<&'static str>| key.map(|key| t.s(key));
    html(&Page {
        token: invitation.token.clone(),
        unit: invitation.unit.clone(),
        notice: words(notice, t),
        platforms: PLATFORMS.iter().map(|p| (*p, t.platform(p))).collect(),
        rows: extra.declaration.rows(),
        declaration_problem: say(extra.declaration_problem),
        objection_problem: say(extra.objection_problem),
        flash: say(extra.flash),
        extra,
        t,
        f,
    })
}
