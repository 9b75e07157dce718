//! `POST /telaah/{hit_id}/klaim`: takes a hit for this reviewer.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::auth::Visit;
use super::error::Error;
use super::hit_show::{self, Extra};
use super::state::AppState;
use crate::model::HitId;
use crate::store::Claim;

/// `POST /telaah/{hit_id}/klaim`
pub async fn claim(State(state): State<AppState>, visit: Visit, Path(id): Path<HitId>) -> Result<Response, Error> {
    let notice = match state.store.claim_hit(id, &visit.user, state.config.lease()).await? {
        Claim::Held { .. } => return Ok(Redirect::to(&format!("/telaah/{id}")).into_response()),
        Claim::HeldByOther { .. } => "notice-held",
        Claim::NotForYou => "notice-not-for-you",
        Claim::Gone => "notice-gone",
    };
    hit_show::again(&state, &visit, id, StatusCode::CONFLICT, Extra { notice: Some(notice), ..Extra::default() }).await
}
