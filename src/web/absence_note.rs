//! Who is away: what they hold is free at once, and a named colleague confirms changes of users in their place.

use axum::extract::{Path, State};
use axum::response::Redirect;
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;
use super::typed;
use super::user_frame::{PATH, back};
use crate::model::{Role, UserId};
use crate::store::{NewAbsence, StoreError};

/// An absence as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    dari: String,
    sampai: String,
    wakil: String,
}

/// Whether a role may be named to confirm for a colleague: it was itself given by two people, and it may open the page.
pub fn may_stand_in(role: Role) -> bool {
    matches!(role, Role::UserAdmin | Role::Lead | Role::Verifier | Role::Operator)
}

/// `POST /pengguna/{user_id}/cuti`
pub async fn note(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<UserId>,
    Form(draft): Form<Draft>,
) -> Result<Redirect, Error> {
    let there = format!("{PATH}/{id}");
    let (Some(valid_from), Some(valid_to)) = (typed::day(&draft.dari), typed::day(&draft.sampai)) else {
        state.store.user_line(id).await?.ok_or(Error::NotFound)?;
        return Ok(back(&there, "absence-bad"));
    };
    let stand_in = Some(draft.wakil.as_str()).filter(|login| !login.is_empty());
    if let Some(login) = stand_in {
        let users = state.store.users().await?;
        if !users.iter().any(|(user, out)| user.login == login && !out && may_stand_in(user.role)) {
            return Ok(back(&there, "absence-who"));
        }
    }
    let absence = NewAbsence { stand_in, valid_from, valid_to };
    match state.store.note_absence(id, &absence, &visit.user.login).await {
        Ok(Some(_)) => Ok(back(&there, "absence-noted")),
        Ok(None) => Err(Error::NotFound),
        Err(StoreError::Conflict { constraint }) if constraint == "absence_dates_check" => {
            Ok(back(&there, "absence-bad"))
        }
        Err(StoreError::Conflict { .. }) => Ok(back(&there, "absence-who")),
        Err(error) => Err(error.into()),
    }
}

/// `POST /pengguna/cuti/{absence_id}/akhiri`
pub async fn end(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Redirect, Error> {
    match state.store.end_absence(id, &visit.user.login).await? {
        Some(user) => Ok(back(&format!("{PATH}/{user}"), "absence-ended")),
        None => Ok(back(PATH, "user-gone")),
    }
}
