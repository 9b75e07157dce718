//! `POST /telaah/{hit_id}/lepas`: gives a claimed hit back to the queue.

use axum::extract::{Path, State};
use axum::response::Redirect;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;
use crate::model::HitId;

/// `POST /telaah/{hit_id}/lepas`
pub async fn release(State(state): State<AppState>, visit: Visit, Path(id): Path<HitId>) -> Result<Redirect, Error> {
    // Nothing to release is no error: the lease ran out, which is what the person wanted.
    let released = state.store.release_hit(id, &visit.user).await?;
    tracing::debug!(hit.id = %id, released, "hit released");
    Ok(Redirect::to("/antrean"))
}
