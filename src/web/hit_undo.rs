//! `POST /telaah/{hit_id}/batal`: takes back the decision just made.

use axum::extract::{Path, State};
use axum::response::Redirect;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;
use crate::model::HitId;
use crate::store::UndoOutcome;

/// `POST /telaah/{hit_id}/batal`
pub async fn undo(State(state): State<AppState>, visit: Visit, Path(id): Path<HitId>) -> Result<Redirect, Error> {
    let key = match state.store.undo(&visit.user, id, state.config.lease()).await? {
        UndoOutcome::Undone => "undo-done",
        UndoOutcome::TooLate => "undo-late",
        UndoOutcome::MovedOn => "undo-moved",
    };
    Ok(Redirect::to(&format!("/telaah/{id}?kabar={key}")))
}
