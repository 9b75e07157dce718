//! `/objections`: accounts that stand still because somebody objected.

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::problem::Problem;
use super::route::{Asked, Call};
use super::schema::Moment;
use crate::model::{AccountId, PersonId};
use crate::store;
use crate::web::objection_settle;

/// An objection to an account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Objection {
    /// Id.
    objection_id: Uuid,
    /// The account.
    account_id: AccountId,
    /// Whose it was said to be.
    person_id: PersonId,
    /// Their name.
    person: String,
    /// Their unit.
    unit: String,
    /// Platform.
    platform: String,
    /// Handle; empty once the objection was upheld.
    handle: String,
    /// The person wrote it themselves.
    by_person: bool,
    /// When.
    raised_at: Moment,
    /// By when an answer is due (UU 27/2022: 3 x 24 hours).
    due_at: Moment,
    /// What they say.
    reason: String,
    /// The account stands still because of it.
    stops: bool,
    /// `open`, `upheld` or `dismissed`.
    state: String,
    /// What the first of the two who settle it says.
    proposal: Option<Word>,
    /// How it was settled.
    settled: Option<Word>,
}

/// One person's word on an objection.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Word {
    /// It is upheld.
    upheld: bool,
    /// Who says so.
    by: String,
    /// When, once it is settled.
    at: Option<Moment>,
    /// Why.
    why: String,
}

/// Objections.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Objections {
    /// Those that are open, the oldest first, then the latest that were settled.
    items: Vec<Objection>,
}

/// `GET /objections`
pub async fn list(call: Call, _: Asked) -> Result<Json<Objections>, Problem> {
    let found = call.state.store.view_objections(objection_settle::SETTLED, call.login()).await?;
    Ok(Json(Objections { items: found.into_iter().map(item).collect() }))
}

fn item(o: store::Objection) -> Objection {
    let upheld = o.state == "upheld";
    Objection {
        due_at: objection_settle::due_at(&o).into(),
        objection_id: o.objection_id,
        account_id: o.account_id,
        person_id: o.person_id,
        person: o.person,
        unit: o.unit,
        platform: o.platform,
        handle: if upheld { String::new() } else { o.handle },
        by_person: o.by_person,
        raised_at: o.raised_at.into(),
        reason: o.reason,
        stops: o.stops,
        proposal: o.proposal.map(|(upheld, by, why)| Word { upheld, by, at: None, why }),
        settled: o.settled.map(|(by, at, why)| Word { upheld, by, at: Some(at.into()), why }),
        state: o.state,
    }
}
