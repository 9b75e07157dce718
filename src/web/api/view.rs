//! `/queue/views`: filters of the queue that somebody keeps under a name. Each sees their own.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{Fault, Problem, at_most};
use super::route::{Asked, Call, Done};
use crate::store::SavedView;
use crate::web::queue_view::{self, MAX_NAME, MAX_QUERY};
use crate::web::typed;

/// A filter that is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct View {
    /// As you call it.
    name: String,
    /// The query of the queue's page: `huruf=C.2.e&tindakan=share`.
    query: String,
}

impl From<SavedView> for View {
    fn from(view: SavedView) -> Self {
        Self { name: view.name, query: view.query }
    }
}

/// The filters that you keep.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Views {
    /// By name, at most thirty.
    items: Vec<View>,
}

/// `GET /queue/views`
pub async fn list(call: Call, _: Asked) -> Result<Json<Views>, Problem> {
    let found = call.state.store.views(call.user().user_id).await?;
    Ok(Json(Views { items: found.into_iter().map(Into::into).collect() }))
}

/// A filter to be kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// As you call it; the same name again replaces it.
    #[schemars(length(min = 1, max = 60))]
    name: String,
    /// The query of the queue's page: `huruf=C.2.e&tindakan=share`.
    #[schemars(length(min = 1, max = 500))]
    query: String,
}

/// `POST /queue/views`
pub async fn keep(call: Call, asked: Asked<(), (), NewView>) -> Result<Done, Problem> {
    let body = asked.body;
    at_most(MAX_NAME, &body.name)?;
    at_most(MAX_QUERY, &body.query)?;
    let view = queue_view::cleaned(&body.name, &body.query);
    let faults = [
        view.name.is_empty().then_some(Fault { field: "name", key: "view-no-name" }),
        view.query.is_empty().then_some(Fault { field: "query", key: "view-no-query" }),
    ];
    let faults: Vec<Fault> = faults.into_iter().flatten().collect();
    if !faults.is_empty() {
        return Err(Problem::faults(faults));
    }
    call.state.store.save_view(call.user().user_id, &view).await?;
    Ok(Done)
}

/// A filter that is not needed any more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OldView {
    /// Its name.
    #[schemars(length(min = 1, max = 60))]
    name: String,
}

/// `POST /queue/views/remove`
pub async fn remove(call: Call, asked: Asked<(), (), OldView>) -> Result<Done, Problem> {
    let name = asked.body.name;
    at_most(MAX_NAME, &name)?;
    if name.is_empty() {
        return Err(Problem::fault("name", "view-no-name"));
    }
    // None of that name is what was wanted.
    call.state.store.drop_view(call.user().user_id, &typed::line(&name)).await?;
    Ok(Done)
}
