//! `/register/pernyataan`: what people declared, and what an operator makes of it. The accounts then wait for a second
//! person like any other.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::clock::day_words;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back};
use super::state::AppState;
use super::typed;
use crate::model::{PersonId, Proof};
use crate::store::{Declaration, NewAccount, StoreError};

const PATH: &str = "/register/pernyataan";
/// Declarations on the page; what is settled makes room for the next.
const ROWS: i64 = 100;

struct Row {
    id: Uuid,
    person: String,
    unit: String,
    accounts: String,
    at: String,
}

#[derive(Template)]
#[template(path = "declaration_list.html")]
struct ListPage {
    t: Text,
    f: Frame,
    h: RegisterHead,
    rows: Vec<Row>,
}

struct Line {
    number: usize,
    platform: String,
    handle: String,
    external_id: String,
    taken: bool,
}

#[derive(Template)]
#[template(path = "declaration_settle.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    id: Uuid,
    person_id: PersonId,
    person: String,
    unit: String,
    signed_name: String,
    signed_on: String,
    sent: String,
    lines: Vec<Line>,
    from: String,
    why: String,
    problem: Option<String>,
    settled: Option<String>,
    keeps: bool,
}

/// What an operator says of a declaration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    putus: String,
    pakai: Vec<usize>,
    id_akun: Vec<String>,
    dari: String,
    alasan: String,
}

/// `GET /register/pernyataan`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "declarations-title", PATH);
    let t = f.t;
    let found = state.store.view_declarations(ROWS, &visit.user.login).await?;
    html(&ListPage {
        h: RegisterHead::new(&state, &visit, PATH, &news, t).await?,
        rows: found
            .into_iter()
            .map(|d| Row {
                id: d.declaration_id,
                accounts: t.n("declaration-accounts", i64::try_from(d.accounts.len()).unwrap_or(i64::MAX)),
                at: t.time(d.sent_at),
                person: d.person,
                unit: d.unit,
            })
            .collect(),
        t,
        f,
    })
}

/// `GET /register/pernyataan/{declaration_id}`
pub async fn show(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Html<String>, Error> {
    let declaration = state.store.view_declaration(id, &visit.user.login).await?.ok_or(Error::NotFound)?;
    page(&state, &visit, declaration, None, None).await
}

/// `POST /register/pernyataan/{declaration_id}`
pub async fn settle(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(word): Form<Word>,
) -> Result<Response, Error> {
    let declaration = state.store.view_declaration(id, &visit.user.login).await?.ok_or(Error::NotFound)?;
    if declaration.state != "waiting" {
        return Ok(back(PATH, "settled-already").into_response());
    }
    let login = &visit.user.login;
    let key = match word.putus.as_str() {
        "terima" => match accounts(&declaration, &word) {
            Err(key) => key,
            Ok(accounts) => match state.store.accept_declaration(id, &accounts, login).await {
                Ok(true) => return Ok(back(PATH, "declaration-accepted").into_response()),
                Ok(false) => return Ok(back(PATH, "settled-already").into_response()),
                Err(StoreError::Conflict { constraint }) if constraint == "account_external_key" => "account-taken",
                Err(StoreError::Conflict { .. }) => "account-refused",
                Err(error) => return Err(error.into()),
            },
        },
        "tolak" => match typed::why(&word.alasan) {
            None => "account-why",
            Some(why) => {
                let done = state.store.refuse_declaration(id, &why, login).await?;
                return Ok(back(PATH, if done { "declaration-refused" } else { "settled-already" }).into_response());
            }
        },
        _ => "settle-choose",
    };
    let page = page(&state, &visit, declaration, Some(word), Some(key)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The chosen accounts with the ids that the operator looked up.
fn accounts(declaration: &Declaration, word: &Word) -> Result<Vec<(usize, NewAccount)>, &'static str> {
    let valid_from = typed::day(&word.dari).ok_or("account-bad-days")?;
    let chosen = declaration.accounts.iter().enumerate().filter(|(n, _)| word.pakai.contains(n));
    chosen
        .map(|(n, declared)| {
            let external_id = word.id_akun.get(n).map(|id| typed::line(id)).unwrap_or_default();
            if external_id.is_empty() || external_id.len() > 512 {
                return Err("account-no-id");
            }
            let new = NewAccount {
                platform: declared.platform.clone(),
                handle: declared.handle.clone(),
                external_id,
                proof: Proof::Declared,
                proof_note: format!("pernyataan/{}", declaration.declaration_id),
                valid_from,
                valid_to: None,
            };
            Ok((n, new))
        })
        .collect()
}

async fn page(
    state: &AppState,
    visit: &Visit,
    d: Declaration,
    word: Option<Word>,
    problem: Option<&'static str>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "declaration-title", &format!("{PATH}/{}", d.declaration_id));
    let t = f.t;
    let lines = d.accounts.iter().enumerate().map(|(number, a)| Line {
        number,
        platform: t.platform(&a.platform),
        handle: a.handle.clone(),
        // A feed is its address; elsewhere the id is not what people call the account.
        external_id: match &word {
            Some(word) => word.id_akun.get(number).cloned().unwrap_or_default(),
            None if a.platform == "feed" => a.handle.clone(),
            None => String::new(),
        },
        taken: match &word {
            Some(word) => word.pakai.contains(&number),
            None => d.state == "waiting" || d.accepted.iter().any(|a| a.declared == number),
        },
    });
    html(&Page {
        h: RegisterHead::new(state, visit, PATH, &News::default(), t).await?,
        id: d.declaration_id,
        lines: lines.collect(),
        signed_on: day_words(d.signed_on, t.language()),
        sent: t.time(d.sent_at),
        from: word.as_ref().map_or_else(|| typed::today(state).to_string(), |word| word.dari.clone()),
        why: word.map(|word| word.alasan).unwrap_or_default(),
        problem: problem.map(|key| t.s(key)),
        settled: d.settled_by.map(|by| {
            t.x(
                match d.state.as_str() {
                    "accepted" => "declaration-was-accepted",
                    "expired" => "declaration-was-expired",
                    _ => "declaration-was-refused",
                },
                by,
            )
        }),
        keeps: visit.user.role.keeps_register(),
        person_id: d.person_id,
        person: d.person,
        unit: d.unit,
        signed_name: d.signed_name,
        t,
        f,
    })
}
