//! `POST /antrean/tampilan`: filters of the queue that somebody keeps under a name.

use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;
use super::typed;
use crate::store::SavedView;

/// Longest name of a view, in characters.
pub const MAX_NAME: usize = 60;
/// Longest query.
pub const MAX_QUERY: usize = 500;

/// A filter and its name as they are kept; where either is empty there is nothing to keep.
pub fn cleaned(name: &str, query: &str) -> SavedView {
    SavedView {
        name: typed::line(name).chars().take(MAX_NAME).collect(),
        // What an address may hold, and nothing that leads elsewhere.
        query: query.chars().filter(|c| c.is_ascii_graphic() && *c != '#').take(MAX_QUERY).collect(),
    }
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Keep {
    nama: String,
    saringan: String,
    hapus: String,
}

/// `POST /antrean/tampilan`
pub async fn keep(State(state): State<AppState>, visit: Visit, Form(form): Form<Keep>) -> Result<Redirect, Error> {
    let user = visit.user.user_id;
    if !form.hapus.is_empty() {
        state.store.drop_view(user, &typed::line(&form.hapus)).await?;
        return Ok(Redirect::to("/antrean"));
    }
    let view = cleaned(&form.nama, &form.saringan);
    if !view.name.is_empty() && !view.query.is_empty() {
        state.store.save_view(user, &view).await?;
    }
    Ok(Redirect::to(&format!("/antrean?{}", view.query)))
}
