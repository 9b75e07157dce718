//! `/klarifikasi/{id}`: one question to a person: the letter to the unit, the answer, and what came of it.

use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::attachment::{LETTERS, read as read_file};
use super::auth::Visit;
use super::clarification_list::PATH;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::{AppState, Lists};
use super::typed;
use crate::model::Answer;
use crate::store::{Clarification, Picture, Settlement, StoreError, User};

/// Longest number of a letter.
const MAX_LETTER: usize = 100;
/// Longest answer.
const MAX_ANSWER: usize = 8000;

/// How the circular of a question is cited: as the live lists do, else by its id.
pub fn cited(c: &Clarification, lists: &Lists) -> String {
    let words = lists.sets.get(&c.set_id).map(|words| words.circular.clone());
    words.filter(|cited| !cited.is_empty()).unwrap_or_else(|| c.circular.clone())
}

/// A question in words.
struct View {
    id: Uuid,
    hit: String,
    person: String,
    nip: Option<String>,
    position: String,
    unit: String,
    account: String,
    clause: String,
    circular: String,
    posted: Option<String>,
    url: Option<String>,
    opened: String,
    due: String,
    upheld: bool,
    sent: Option<(String, String)>,
    outcome: Option<String>,
    answer: String,
    has_attachment: bool,
    settled: Option<String>,
}

impl View {
    fn new(c: Clarification, lists: &Lists, t: Text) -> Self {
        Self {
            circular: cited(&c, lists),
            id: c.clarification_id,
            hit: c.hit_id.to_string(),
            account: format!("{} · {}", c.handle, t.platform(&c.platform)),
            posted: c.posted_at.map(|at| t.time(at)),
            opened: t.time(c.opened_at),
            due: t.day(c.due_on),
            sent: c.sent.map(|(letter, at, by)| (letter, format!("{} · {by}", t.time(at)))),
            outcome: c.outcome.map(|o| t.answer(o)),
            settled: c.settled.map(|(by, at)| format!("{by} · {}", t.time(at))),
            person: c.person,
            nip: c.nip,
            position: c.position,
            unit: c.unit,
            clause: c.clause,
            url: c.url,
            upheld: c.upheld,
            answer: c.answer,
            has_attachment: c.has_attachment,
        }
    }
}

#[derive(Template)]
#[template(path = "clarification_show.html")]
struct Page {
    t: Text,
    f: Frame,
    c: View,
    asks: bool,
    answers: Vec<(Answer, String, String)>,
    draft: Draft,
    problem: Option<String>,
    flash: Option<String>,
}

#[derive(Template)]
#[template(path = "clarification_letter.html")]
struct Letter {
    t: Text,
    f: Frame,
    c: View,
    today: String,
}

/// What was typed as an answer.
#[derive(Debug, Default)]
pub struct Draft {
    /// What came of it.
    pub hasil: String,
    /// In words.
    pub jawaban: String,
}

/// What the address may carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Came {
    kabar: String,
}

/// `GET /klarifikasi/{clarification_id}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Query(came): Query<Came>,
) -> Result<Html<String>, Error> {
    let known = ["clarification-noted", "clarification-settled", "settled-already"];
    let flash = known.into_iter().find(|key| *key == came.kabar);
    page(&state, &visit, id, Draft::default(), None, flash).await
}

async fn page(
    state: &AppState,
    visit: &Visit,
    id: Uuid,
    draft: Draft,
    problem: Option<&str>,
    flash: Option<&str>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "clarification-title", &format!("{PATH}/{id}"));
    let t = f.t;
    let c = state.store.view_clarification(id, &visit.user).await?.ok_or(Error::NotFound)?;
    let answers =
        Answer::ALL.iter().map(|a| (*a, t.answer(*a), t.s(&format!("answer-{}-help", a.as_str().replace('_', "-")))));
    html(&Page {
        asks: visit.user.role.asks() && c.outcome.is_none(),
        answers: answers.collect(),
        c: View::new(c, &state.lists_now(), t),
        draft,
        problem: problem.map(|key| t.s(key)),
        flash: flash.map(|key| t.s(key)),
        t,
        f,
    })
}

/// `GET /klarifikasi/{clarification_id}/surat`: the letter, to be printed and signed.
pub async fn letter(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "letter-title", &format!("{PATH}/{id}/surat"));
    let t = f.t;
    let c = state.store.view_clarification(id, &visit.user).await?.ok_or(Error::NotFound)?;
    html(&Letter { c: View::new(c, &state.lists_now(), t), today: t.day(typed::today(&state)), t, f })
}

/// What came with an answer; the look is in the ledger. It may tell who the person is, so whoever may decide is no longer
/// blind, as after reading the question itself.
///
/// # Errors
/// [`Error::NotFound`] where nothing came with it.
pub async fn attachment(state: &AppState, user: &User, id: Uuid) -> Result<Picture, Error> {
    let file = state.store.clarification_attachment(id, &user.login).await?.ok_or(Error::NotFound)?;
    if user.role.decides() {
        state.store.view_clarification(id, user).await?;
    }
    Ok(file)
}

/// `GET /klarifikasi/{clarification_id}/lampiran`
pub async fn attached(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Error> {
    let file = attachment(&state, &visit.user, id).await?;
    // Kept as a file of its own: what somebody sent in never runs inside the pages.
    Ok(([(header::CONTENT_TYPE, file.kind), (header::CONTENT_DISPOSITION, "attachment".to_owned())], file.bytes)
        .into_response())
}

/// The letter that was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    nomor: String,
}

/// `POST /klarifikasi/{clarification_id}/kirim`
pub async fn send(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let Some(number) = letter_number(&sent.nomor) else {
        let page = page(&state, &visit, id, Draft::default(), Some("clarification-no-number"), None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let done = state.store.send_clarification(id, &number, &visit.user.login).await?;
    Ok(to(id, if done { "clarification-noted" } else { "settled-already" }))
}

/// The number of a letter, if there is one.
pub fn letter_number(typed: &str) -> Option<String> {
    let number: String = typed::line(typed).chars().take(MAX_LETTER).collect();
    (!number.is_empty()).then_some(number)
}

fn to(id: Uuid, key: &str) -> Response {
    Redirect::to(&format!("{PATH}/{id}?kabar={key}")).into_response()
}

/// `POST /klarifikasi/{clarification_id}/jawaban`
pub async fn settle(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    multipart: Multipart,
) -> Result<Response, Error> {
    let (draft, file) = read(multipart).await?;
    let problem = match answer(&state, &visit.user.login, id, &draft, file).await? {
        Ok(true) => return Ok(to(id, "clarification-settled")),
        Ok(false) => return Ok(to(id, "settled-already")),
        Err(key) => key,
    };
    let page = page(&state, &visit, id, draft, Some(problem), None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Checks an answer and writes it down; false where the question was settled before, else the name of what is wrong.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn answer(
    state: &AppState,
    actor: &str,
    id: Uuid,
    draft: &Draft,
    file: Vec<u8>,
) -> Result<Result<bool, &'static str>, Error> {
    let settled = match check(draft, file) {
        Ok(settled) => settled,
        Err(key) => return Ok(Err(key)),
    };
    match state.store.settle_clarification(id, &settled, actor).await {
        Ok(done) => Ok(Ok(done)),
        Err(StoreError::Conflict { constraint }) if constraint == "clarification_sent_check" => {
            Ok(Err("clarification-not-sent"))
        }
        Err(StoreError::Conflict { .. }) => Ok(Err("clarification-no-words")),
        Err(error) => Err(error.into()),
    }
}

async fn read(mut multipart: Multipart) -> Result<(Draft, Vec<u8>), Error> {
    let (mut draft, mut file) = (Draft::default(), Vec::new());
    while let Some(field) = multipart.next_field().await.map_err(|_| Error::BadRequest)? {
        match field.name().unwrap_or_default() {
            "lampiran" => file = field.bytes().await.map_err(|_| Error::BadRequest)?.to_vec(),
            "hasil" => draft.hasil = field.text().await.map_err(|_| Error::BadRequest)?,
            "jawaban" => draft.jawaban = typed::lines(&field.text().await.map_err(|_| Error::BadRequest)?),
            _ => {}
        }
    }
    Ok((draft, file))
}

fn check(draft: &Draft, file: Vec<u8>) -> Result<Settlement, &'static str> {
    let outcome: Answer = draft.hasil.parse().map_err(|_| "clarification-no-outcome")?;
    let length = draft.jawaban.chars().count();
    if outcome != Answer::Silent && length < 10 {
        return Err("clarification-no-words");
    }
    if length > MAX_ANSWER {
        return Err("clarification-long");
    }
    let attachment = read_file(file, LETTERS)?;
    Ok(Settlement { outcome, answer: draft.jawaban.clone(), attachment })
}
