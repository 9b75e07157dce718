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
    let name: String = typed::line(&form.nama).chars().take(60).collect();
    // What an address may hold, and nothing that leads elsewhere.
    let query: String = form.saringan.chars().filter(|c| c.is_ascii_graphic() && *c != '#').take(500).collect();
    if !name.is_empty() && !query.is_empty() {
        state.store.save_view(user, &SavedView { name, query: query.clone() }).await?;
    }
    Ok(Redirect::to(&format!("/antrean?{query}")))
}
