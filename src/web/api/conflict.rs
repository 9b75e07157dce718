//! `/conflicts`: conflicts of interest.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cursor::{self, List, Page};
use super::problem::{Code, Problem, at_most};
use super::route::{Asked, Call, Done};
use super::schema::Moment;
use crate::store::Place;
use crate::web::conflict_list;

const LIST: List = List("conflict");

/// Which relation.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConflictPath {
    /// Id of the relation.
    conflict_id: Uuid,
}

/// A page of a list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Rows on the page.
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u8>,
}

/// A relation that stands.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Conflict {
    /// Its id.
    conflict_id: Uuid,
    /// The colleague; only for those who oversee.
    user: Option<String>,
    /// The person; only for those who oversee, because it would tell you whose hit you passed on.
    person: Option<String>,
    /// Which relation.
    relation: String,
    /// Since when.
    noted_at: Moment,
}

/// `GET /conflicts`
pub async fn list(call: Call, asked: Asked<(), PageQuery>) -> Result<Json<Page<Conflict>>, Problem> {
    let (limit, after) = (cursor::rows(asked.query.limit)?, LIST.key(asked.query.cursor.as_deref())?);
    let all = conflict_list::sees_all(call.user().role);
    let of = (!all).then_some(call.user().user_id);
    let found = call.state.store.view_conflicts(of, after, limit + 1, call.login()).await?;
    let place = |c: &crate::store::Conflict| Place { at: c.noted_at, id: c.conflict_id };
    let item = |c: crate::store::Conflict| Conflict {
        conflict_id: c.conflict_id,
        user: all.then_some(c.user),
        person: all.then_some(c.person),
        relation: c.why,
        noted_at: c.noted_at.into(),
    };
    Ok(Json(LIST.page(found, limit, place, item)))
}

/// A relation of yours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConflict {
    /// NIP or code of the person.
    #[schemars(length(min = 1, max = 64))]
    person: String,
    /// Which relation, in five characters or more.
    #[schemars(length(min = 5, max = 500))]
    relation: String,
}

/// `POST /conflicts`: the same answer whoever is named.
pub async fn note(call: Call, asked: Asked<(), (), NewConflict>) -> Result<Done, Problem> {
    let body = asked.body;
    at_most(64, &body.person)?;
    let noted = conflict_list::relate(&call.state, call.user(), &body.person, &body.relation).await?;
    if noted { Ok(Done) } else { Err(Problem::fault("relation", "conflict-bad")) }
}

/// `POST /conflicts/{conflict_id}/end`
pub async fn end(call: Call, asked: Asked<ConflictPath>) -> Result<Done, Problem> {
    // One's own relation is ended by somebody else; it is as if there were none to end.
    let done = call.state.store.end_conflict(asked.path.conflict_id, call.user()).await?;
    if done { Ok(Done) } else { Err(Code::NotFound.into()) }
}
