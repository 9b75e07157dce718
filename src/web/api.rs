//! `/api/v1`: the review workbench for machines. Every route serves the roles that its page serves, by the same functions; there
//! is no second way of deciding anything, and nothing is shown that the page does not show.
//!
//! A handler is `async fn(Call, Asked<path, query, body>) -> Result<answer, Problem>`; [`routes`] names it once, and router,
//! OpenAPI document and the test of roles are made from that table.

mod caller;
mod clarification;
mod conflict;
mod cursor;
mod document;
mod file;
mod finding;
mod golden;
mod group;
mod hit;
mod hit_act;
mod keyword;
mod ledger;
mod objection;
mod once;
mod overview;
mod own;
mod parity;
mod problem;
mod quality;
mod queue;
mod register;
mod route;
mod routes;
mod schema;
mod search;
mod source;
mod statistics;
mod tip;
mod user;
mod view;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Extension, IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use caller::new_token;
pub use document::text as document;
pub use routes::scopes_for;

use super::access::Who;
use super::auth::ForMachines;
use super::error::Error;
use super::state::AppState;
use crate::model::Scope;
#[cfg(test)]
pub use problem::Code;

/// Where the API is.
pub const BASE: &str = "/api/v1";

/// One row of the API's table, for the test of roles.
#[derive(Clone, Debug)]
pub struct ApiRow {
    /// Method.
    pub method: Method,
    /// Path below [`BASE`].
    pub path: &'static str,
    /// Whom it serves.
    pub who: Who,
    /// What a token must have been made for.
    pub scope: Option<Scope>,
    /// Statuses that the document names.
    pub statuses: Vec<StatusCode>,
}

/// The whole table.
#[must_use]
pub fn table() -> Vec<ApiRow> {
    let row = |route: route::Route| ApiRow {
        statuses: document::problems(&route).into_keys().chain([route.answer.0]).collect(),
        who: route.who(),
        scope: route.scope(),
        path: route.path,
        method: route.method,
    };
    routes::all().into_iter().map(row).collect()
}

/// The routes behind their tokens, and the document, which is open.
pub fn router(state: &AppState) -> Router<AppState> {
    let routes = routes::all().into_iter().fold(Router::new(), |router, route| {
        let (path, handler) = route.bind();
        router.route(path, handler)
    });
    routes
        .fallback(async || Error::NotFound)
        .layer(from_fn_with_state(state.clone(), caller::authenticate))
        .route("/openapi.json", get(document::show))
        .layer(CatchPanicLayer::custom(super::panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, super::TIMEOUT))
        .layer(from_fn_with_state(state.clone(), speak))
}

/// Finds out the language, and gives every refusal its document.
async fn speak(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let t = caller::text(&state, request.headers());
    request.extensions_mut().insert(t);
    let response = problem::explain(next.run(request).await, t);
    (Extension(ForMachines), response).into_response()
}
