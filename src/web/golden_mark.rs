//! The lead's part in practice: marks closed, undisputed hits as ones whose answer is known, and takes them out again.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;
use super::typed;
use crate::model::HitId;
use crate::store::GoldenEnd;

/// The form's field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Why {
    catatan: String,
}

/// `POST /telaah/{hit_id}/acuan`
pub async fn mark(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Redirect, Error> {
    let key = match typed::why(&why.catatan) {
        None => "move-why",
        Some(why) => match state.store.mark_golden(&visit.user, id, &why).await? {
            GoldenEnd::Marked => "golden-marked",
            GoldenEnd::NotFit => "golden-not-fit",
        },
    };
    Ok(Redirect::to(&format!("/telaah/{id}?kabar={key}")))
}

/// `POST /mutu/acuan/{golden_id}/akhiri`
pub async fn retire(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Redirect, Error> {
    state.store.retire_golden(&visit.user, id).await?;
    Ok(Redirect::to("/mutu#acuan"))
}
