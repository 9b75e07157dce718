//! `/register`: units, persons and accounts. It names people, so each look is in the ledger; a name or number is never part of
//! an address.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cursor::{self, List, Page};
use super::hit::CircumstanceRef;
use super::problem::{Code, Problem, at_most};
use super::route::{Asked, Call};
use super::schema::{Day, Moment};
use crate::model::{AccountId, PersonId, PersonStatus, Role, UnitId};
use crate::store::{AccountRow, PersonFilter, PersonRow};
use crate::web::{cells, typed};

const PERSONS: List = List("person");

/// How far the register has come in one unit. Null: fewer than five, which only the operator sees.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnitSummary {
    /// The regency's own code.
    code: String,
    /// Name.
    name: String,
    /// Persons in it.
    persons: Option<i64>,
    /// Accounts that are read.
    active: Option<i64>,
    /// Accounts that wait for approval.
    waiting: Option<i64>,
    /// Accounts stopped by an objection.
    stopped: Option<i64>,
}

/// How far the register has come.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// By unit.
    items: Vec<UnitSummary>,
}

/// `GET /register`
pub async fn summary(call: Call, _: Asked) -> Result<Json<Summary>, Problem> {
    let exact = call.user().role == Role::Operator;
    let cell = |n: i64| if exact { Some(n) } else { cells::shown(n) };
    let units = call.state.store.register_summary().await?;
    let items = units.into_iter().map(|u| UnitSummary {
        code: u.unit_code,
        name: u.unit_name,
        persons: cell(u.persons),
        active: cell(u.active),
        waiting: cell(u.waiting),
        stopped: cell(u.stopped),
    });
    Ok(Json(Summary { items: items.collect() }))
}

/// A unit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Unit {
    /// Id.
    unit_id: UnitId,
    /// The regency's own code.
    code: String,
    /// Name.
    name: String,
    /// Dinas, badan, kecamatan …
    kind: String,
}

/// All units.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Units {
    /// By name.
    items: Vec<Unit>,
}

/// `GET /register/units`
pub async fn units(call: Call, _: Asked) -> Result<Json<Units>, Problem> {
    let found = call.state.store.units().await?;
    let items = found.into_iter().map(|u| Unit { unit_id: u.unit_id, code: u.code, name: u.name, kind: u.kind });
    Ok(Json(Units { items: items.collect() }))
}

/// Whom to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only this unit.
    unit_id: Option<UnitId>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows on the page.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
}

/// Whom to search for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Part of a name, code or handle, or a whole NIP.
    #[schemars(length(max = 100))]
    text: String,
    /// Only this unit.
    #[serde(default)]
    unit_id: Option<UnitId>,
    /// Where the page before ended.
    #[serde(default)]
    cursor: Option<String>,
    /// Rows on the page.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
}

/// One line of a list of persons.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonItem {
    /// Id.
    person_id: PersonId,
    /// The regency's own code.
    code: String,
    /// Name.
    name: String,
    /// Standing.
    status: PersonStatus,
    /// Jabatan.
    position: String,
    /// Unit.
    unit: String,
    /// Accounts that are read.
    active: i64,
    /// Accounts that wait for approval.
    waiting: i64,
    /// Accounts that stand still.
    stopped: i64,
}

impl From<PersonRow> for PersonItem {
    fn from(p: PersonRow) -> Self {
        Self {
            person_id: p.person_id,
            code: p.code,
            name: p.name,
            status: p.status,
            position: p.position,
            unit: p.unit,
            active: p.active,
            waiting: p.waiting,
            stopped: p.stopped,
        }
    }
}

/// `GET /register/persons`
pub async fn persons(call: Call, asked: Asked<(), Filter>) -> Result<Json<Page<PersonItem>>, Problem> {
    let query = asked.query;
    let filter = PersonFilter { text: String::new(), unit: query.unit_id };
    page(&call, &filter, query.cursor.as_deref(), query.limit).await
}

/// `POST /register/persons/search`
pub async fn search(call: Call, asked: Asked<(), (), Search>) -> Result<Json<Page<PersonItem>>, Problem> {
    let body = asked.body;
    at_most(100, &body.text)?;
    let filter = PersonFilter { text: typed::line(&body.text), unit: body.unit_id };
    page(&call, &filter, body.cursor.as_deref(), body.limit).await
}

async fn page(
    call: &Call,
    filter: &PersonFilter,
    cursor: Option<&str>,
    limit: Option<u8>,
) -> Result<Json<Page<PersonItem>>, Problem> {
    let (limit, after) = (cursor::rows(limit)?, PERSONS.key::<PersonId>(cursor)?);
    let found = call.state.store.persons_after(filter, after, limit + 1, call.login()).await?;
    let found = found.ok_or(Code::BadCursor)?;
    Ok(Json(PERSONS.page(found, limit, |p| p.person_id, PersonItem::from)))
}

/// Which person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonPath {
    /// Id of the person.
    person_id: PersonId,
}

/// A person of the register.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PersonBody {
    /// Id.
    person_id: PersonId,
    /// The regency's own code.
    code: String,
    /// Name.
    name: String,
    /// NIP or NI PPPK.
    nip: Option<String>,
    /// Standing.
    status: PersonStatus,
    /// Jabatan.
    position: String,
    /// Golongan.
    grade: String,
    /// Unit.
    unit_id: UnitId,
    /// Its name.
    unit: String,
    /// Accounts, oldest first.
    accounts: Vec<AccountItem>,
    /// What may allow what the circular forbids.
    circumstances: Vec<CircumstanceRef>,
}

/// An account of a person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AccountItem {
    /// Id.
    account_id: AccountId,
    /// Platform.
    platform: String,
    /// Handle; empty once it turned out to be somebody else's.
    handle: String,
    /// The platform's own id.
    external_id: String,
    /// How the link was shown: `pernyataan`, `verifikasi_tatap_muka`, `laman_resmi`.
    proof: String,
    /// Where the proof is kept.
    proof_note: String,
    /// First day.
    valid_from: Day,
    /// Last day.
    valid_to: Option<Day>,
    /// Who linked it.
    linked_by: String,
    /// When.
    linked_at: Moment,
    /// Who approved it; null while it waits.
    approved_by: Option<String>,
    /// Since when it stands still.
    stopped_at: Option<Moment>,
    /// It turned out to be somebody else's.
    unlinked: bool,
}

impl From<AccountRow> for AccountItem {
    fn from(a: AccountRow) -> Self {
        Self {
            account_id: a.account_id,
            platform: a.platform,
            handle: a.handle,
            external_id: a.external_id,
            proof: a.proof,
            proof_note: a.proof_note,
            valid_from: a.valid_from.into(),
            valid_to: a.valid_to.map(Into::into),
            linked_by: a.linked_by,
            linked_at: a.linked_at.into(),
            approved_by: a.approved_by,
            stopped_at: a.stopped_at.map(Into::into),
            unlinked: a.unlinked,
        }
    }
}

/// `GET /register/persons/{person_id}`
pub async fn person(call: Call, asked: Asked<PersonPath>) -> Result<Json<PersonBody>, Problem> {
    let (store, id) = (&call.state.store, asked.path.person_id);
    let p = store.view_person(id, call.login()).await?.ok_or(Code::NotFound)?;
    let accounts = store.accounts_of(id).await?;
    let today = typed::today(&call.state);
    let circumstances = store.circumstances(id).await?;
    Ok(Json(PersonBody {
        person_id: p.person_id,
        code: p.code,
        name: p.name,
        nip: p.nip,
        status: p.status,
        position: p.position,
        grade: p.grade,
        unit_id: p.unit_id,
        unit: p.unit,
        accounts: accounts.into_iter().map(Into::into).collect(),
        circumstances: circumstances.into_iter().map(|c| CircumstanceRef::new(c, today)).collect(),
    }))
}
