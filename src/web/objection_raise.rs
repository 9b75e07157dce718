//! `POST /pernyataan/{token}/keberatan`: "bukan akun saya", said by the person. Reading stops before the answer is sent.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::address;
use super::auth::Viewer;
use super::declaration_sign::{self, Extra};
use super::error::Error;
use super::signing;
use super::state::AppState;
use super::typed;

/// An objection as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ObjectionDraft {
    /// The account; empty: all that are linked to this person.
    pub akun: String,
    /// Why.
    pub alasan: String,
    /// Name as signed.
    pub nama: String,
    /// NIP or code.
    pub nomor: String,
}

/// `POST /pernyataan/{token}/keberatan`
pub async fn object(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(token): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let from = address::client(request.extensions(), request.headers(), &state.config.trusted_proxies);
    let draft: ObjectionDraft = declaration_sign::read_form(request, &state).await?;
    let (invitation, notice) = declaration_sign::open(&state, &token).await?;
    let known = if draft.nama.trim().is_empty() || draft.nomor.trim().is_empty() {
        Err((StatusCode::UNPROCESSABLE_ENTITY, "sign-no-name"))
    } else {
        signing::identify(&state, &invitation, &draft.nomor, &draft.nama, from).await?
    };
    match known {
        Ok(person) => {
            // An address is as good as a name: its last part is one.
            let typed = typed::line(&draft.akun);
            let handle =
                typed.trim_end_matches('/').rsplit('/').next().unwrap_or_default().trim_start_matches('@').to_owned();
            let handle = (!handle.is_empty()).then_some(handle.as_str());
            let why: String = typed::lines(&draft.alasan).chars().take(2000).collect();
            state.store.object_in_person(person, invitation.invitation_id, handle, &why).await?;
            // The same answer whether that account is linked or not: a form must not tell what the register holds.
            Ok(Redirect::to(&format!("/pernyataan/{token}?ok=keberatan")).into_response())
        }
        Err((status, key)) => {
            let extra = Extra { objection: draft, objection_problem: Some(key), ..Extra::default() };
            Ok((status, declaration_sign::page(&state, &viewer, &invitation, notice, extra)?).into_response())
        }
    }
}
