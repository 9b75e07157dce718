//! `/register/orang/baru` and `/register/orang/{person_id}/ubah`: one person's columns.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back, back_with};
use super::state::AppState;
use super::typed;
use crate::model::{PersonId, PersonStatus, UnitId, nip};
use crate::store::{NewPerson, Person, StoreError, UnitLine};

/// A person as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    unit: String,
    kode: String,
    nama: String,
    status: String,
    nip: String,
    jabatan: String,
    golongan: String,
}

impl From<Person> for Draft {
    fn from(person: Person) -> Self {
        Self {
            unit: person.unit_id.to_string(),
            kode: person.code,
            nama: person.name,
            status: person.status.to_string(),
            nip: person.nip.unwrap_or_default(),
            jabatan: person.position,
            golongan: person.grade,
        }
    }
}

/// What is wrong, by field.
type Faults = BTreeMap<&'static str, String>;

#[derive(Template)]
#[template(path = "person_edit.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    id: Option<PersonId>,
    units: Vec<UnitLine>,
    statuses: Vec<(&'static str, String)>,
    draft: Draft,
    faults: Faults,
}

impl Page {
    fn fault(&self, field: &str) -> Option<&String> {
        self.faults.get(field)
    }
}

/// `GET /register/orang/baru`
pub async fn form(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    page(&state, &visit, None, Draft::default(), Faults::new()).await
}

/// `POST /register/orang`
pub async fn add(State(state): State<AppState>, visit: Visit, Form(draft): Form<Draft>) -> Result<Response, Error> {
    let t = Text::new(visit.user.language, state.config.zone);
    let (unit, new) = match read(&draft, t) {
        Ok(read) => read,
        Err(faults) => return refuse(&state, &visit, None, draft, faults).await,
    };
    match state.store.add_person(unit, &new, &visit.user.login).await {
        Ok(id) => Ok(back(&format!("/register/orang/{id}"), "person-added").into_response()),
        Err(error) => {
            let faults = told(error, t)?;
            refuse(&state, &visit, None, draft, faults).await
        }
    }
}

/// `GET /register/orang/{person_id}/ubah`
pub async fn edit(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<PersonId>,
) -> Result<Html<String>, Error> {
    let person = state.store.view_person(id, &visit.user.login).await?.ok_or(Error::NotFound)?;
    page(&state, &visit, Some(id), person.into(), Faults::new()).await
}

/// `POST /register/orang/{person_id}/ubah`
pub async fn save(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<PersonId>,
    Form(mut draft): Form<Draft>,
) -> Result<Response, Error> {
    let t = Text::new(visit.user.language, state.config.zone);
    // The code is no field of this form.
    let person = state.store.view_person(id, &visit.user.login).await?.ok_or(Error::NotFound)?;
    draft.kode = person.code;
    let (unit, new) = match read(&draft, t) {
        Ok(read) => read,
        Err(faults) => return refuse(&state, &visit, Some(id), draft, faults).await,
    };
    match state.store.edit_person(id, unit, &new, &visit.user.login).await {
        Ok(Some(0)) => Ok(back(&format!("/register/orang/{id}"), "person-saved").into_response()),
        Ok(Some(reopened)) => {
            Ok(back_with(&format!("/register/orang/{id}"), "person-reopened", reopened).into_response())
        }
        Ok(None) => Err(Error::NotFound),
        Err(error) => {
            let faults = told(error, t)?;
            refuse(&state, &visit, Some(id), draft, faults).await
        }
    }
}

fn read(draft: &Draft, t: Text) -> Result<(UnitId, NewPerson), Faults> {
    let mut faults = Faults::new();
    let unit = draft.unit.parse::<Uuid>().ok().map(UnitId);
    let status = draft.status.parse::<PersonStatus>().ok();
    let (code, name) = (typed::line(&draft.kode), typed::line(&draft.nama));
    // People type NIPs in groups, as they stand on letters.
    let number: String = draft.nip.chars().filter(|c| !c.is_whitespace()).collect();
    if unit.is_none() {
        faults.insert("unit", t.s("person-no-unit"));
    }
    if code.is_empty() || code.chars().count() > 64 {
        faults.insert("kode", t.s("person-no-code"));
    }
    if name.is_empty() || name.chars().count() > 200 {
        faults.insert("nama", t.s("person-no-name"));
    }
    match status {
        None => {
            faults.insert("status", t.s("person-no-status"));
        }
        Some(status) if !number.is_empty() => {
            if let Err(words) = nip::check(&number, status) {
                faults.insert("nip", words.in_language(t.language()).to_owned());
            }
        }
        Some(_) => {}
    }
    match (unit, status) {
        (Some(unit), Some(status)) if faults.is_empty() => {
            let short = |text: &str| typed::line(text).chars().take(200).collect();
            let nip = (!number.is_empty()).then_some(number);
            Ok((
                unit,
                NewPerson { code, name, status, nip, position: short(&draft.jabatan), grade: short(&draft.golongan) },
            ))
        }
        _ => Err(faults),
    }
}

/// A rule of the register that is not met, at its field.
fn told(error: StoreError, t: Text) -> Result<Faults, Error> {
    let StoreError::Conflict { constraint } = error else { return Err(error.into()) };
    Ok(Faults::from([match constraint.as_str() {
        "person_code_key" => ("kode", t.s("person-code-taken")),
        "person_nip_key" => ("nip", t.s("person-nip-taken")),
        "person_unit_id_fkey" => ("unit", t.s("person-no-unit")),
        _ => ("nama", t.s("person-refused")),
    }]))
}

async fn refuse(
    state: &AppState,
    visit: &Visit,
    id: Option<PersonId>,
    draft: Draft,
    faults: Faults,
) -> Result<Response, Error> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(state, visit, id, draft, faults).await?).into_response())
}

async fn page(
    state: &AppState,
    visit: &Visit,
    id: Option<PersonId>,
    draft: Draft,
    faults: Faults,
) -> Result<Html<String>, Error> {
    let path = id.map_or("/register/orang/baru".to_owned(), |id| format!("/register/orang/{id}/ubah"));
    let f = visit.frame(state, if id.is_some() { "person-edit" } else { "person-add" }, &path);
    let t = f.t;
    html(&Page {
        h: RegisterHead::new(state, visit, "/register/orang", &News::default(), t).await?,
        units: state.store.units().await?,
        statuses: PersonStatus::ALL.iter().map(|s| (s.as_str(), t.status(*s))).collect(),
        id,
        draft,
        faults,
        t,
        f,
    })
}
