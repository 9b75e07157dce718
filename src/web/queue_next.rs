//! `POST /antrean/berikutnya`: claims the first free hit and opens it.

use axum::extract::State;
use axum::response::Redirect;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;

/// `POST /antrean/berikutnya`
pub async fn next(State(state): State<AppState>, visit: Visit) -> Result<Redirect, Error> {
    let there = match state.store.claim_next(&visit.user, state.config.lease()).await? {
        Some(id) => format!("/telaah/{id}"),
        None => "/antrean?kosong=1".to_owned(),
    };
    Ok(Redirect::to(&there))
}
