//! `POST /pengguna/usulan/{proposal_id}`: the second person's word.

use axum::extract::{Path, State};
use axum::response::Redirect;
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;
use super::user_frame::{PATH, back, key_of};
use crate::store::UserChange;

/// Yes or no.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    putus: String,
}

/// `POST /pengguna/usulan/{proposal_id}`
pub async fn settle(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(word): Form<Word>,
) -> Result<Redirect, Error> {
    let confirm = match word.putus.as_str() {
        "setuju" => true,
        "tolak" => false,
        _ => return Ok(back(PATH, "user-gone")),
    };
    if !state.confirms_users(&visit.user).await? {
        // Whoever may not confirm may still take back what they asked for themselves.
        let open = state.store.user_proposals().await?;
        let own = open.iter().any(|p| p.proposal_id == id && p.proposed_by == visit.user.login);
        if confirm || !own {
            return Err(Error::Forbidden);
        }
    }
    let key = match state.store.settle_user_proposal(id, confirm, &visit.user.login).await? {
        UserChange::Done => "user-confirmed",
        other => key_of(other),
    };
    Ok(back(PATH, key))
}
