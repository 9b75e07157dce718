//! What may allow what the circular forbids, noted on a person's page with the document that says so.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::clock::day_words;
use super::error::Error;
use super::i18n::Text;
use super::person_show::{self, Extra};
use super::register_frame::back;
use super::state::AppState;
use super::typed;
use crate::model::{CircumstanceKind, PersonId};
use crate::store::{Circumstance, NewCircumstance, StoreError};

/// A circumstance in words.
pub struct CircumstanceLine {
    /// Id.
    pub id: Uuid,
    /// Which.
    pub kind: String,
    /// The contest; empty where none is named.
    pub contest: String,
    /// Number of the document.
    pub document: String,
    /// Since when and until when.
    pub days: String,
    /// Whether it held on the day in question.
    pub holds: bool,
    /// Who noted it.
    pub noted_by: String,
}

impl CircumstanceLine {
    /// Puts a circumstance into words; `on` is the day in question.
    pub fn new(c: Circumstance, on: Date, t: Text) -> Self {
        let day = |d| day_words(d, t.language());
        Self {
            id: c.circumstance_id,
            holds: c.holds_on(on),
            kind: person_show::circumstance(c.what.kind, t),
            contest: c.what.contest,
            document: c.what.document,
            days: c.what.valid_to.map_or_else(
                || t.x("days-since", day(c.what.valid_from)),
                |last| format!("{} – {}", day(c.what.valid_from), day(last)),
            ),
            noted_by: c.noted_by,
        }
    }
}

/// A circumstance as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CircumstanceDraft {
    /// Kind.
    pub jenis: String,
    /// Contest.
    pub pemilihan: String,
    /// Document.
    pub dokumen: String,
    /// First day.
    pub dari: String,
    /// Last day.
    pub sampai: String,
}

/// `POST /register/orang/{person_id}/keadaan`
pub async fn note(
    State(state): State<AppState>,
    visit: Visit,
    Path(person): Path<PersonId>,
    Form(draft): Form<CircumstanceDraft>,
) -> Result<Response, Error> {
    let key = match read(&draft) {
        Ok(new) => match state.store.note_circumstance(person, &new, &visit.user.login).await {
            Ok(()) => return Ok(back(&format!("/register/orang/{person}"), "circumstance-noted").into_response()),
            Err(StoreError::Conflict { constraint }) => match constraint.as_str() {
                "circumstance_person_id_fkey" => return Err(Error::NotFound),
                "circumstance_document_check" => "circumstance-no-document",
                "circumstance_contest_check" => "circumstance-no-contest",
                _ => "circumstance-bad-days",
            },
            Err(error) => return Err(error.into()),
        },
        Err(key) => key,
    };
    let t = Text::new(visit.user.language, state.config.zone);
    let extra = Extra { circumstance: draft, circumstance_problem: Some(t.s(key)), ..Extra::default() };
    person_show::again(&state, &visit, person, extra).await
}

fn read(draft: &CircumstanceDraft) -> Result<NewCircumstance, &'static str> {
    let kind: CircumstanceKind = draft.jenis.parse().map_err(|_| "circumstance-no-kind")?;
    let days = (typed::day(&draft.dari), typed::maybe_day(&draft.sampai));
    let (Some(valid_from), Some(valid_to)) = days else { return Err("circumstance-bad-days") };
    let (contest, document) = (typed::line(&draft.pemilihan), typed::line(&draft.dokumen));
    Ok(NewCircumstance { kind, contest, document, valid_from, valid_to })
}

/// The last day.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Last {
    sampai: String,
}

/// `POST /register/keadaan/{circumstance_id}/akhiri`
pub async fn end(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(last): Form<Last>,
) -> Result<Redirect, Error> {
    let list = "/register/orang";
    let Some(day) = typed::day(&last.sampai) else { return Ok(back(list, "circumstance-bad-end")) };
    match state.store.end_circumstance(id, day, &visit.user.login).await {
        Ok(Some(person)) => Ok(back(&format!("{list}/{person}"), "circumstance-ended")),
        Ok(None) | Err(StoreError::Conflict { .. }) => Ok(back(list, "circumstance-bad-end")),
        Err(error) => Err(error.into()),
    }
}
