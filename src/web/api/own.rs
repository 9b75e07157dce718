//! `/me`: whom the token acts for, and what it may do.

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::problem::Problem;
use super::route::{Asked, Call};
use super::routes;
use super::schema::Moment;
use crate::model::{Language, Role, Scope, UnitId};

/// The user and the token.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Own {
    /// Log-in name, also the actor's name in the ledger.
    login: String,
    /// Name as shown to colleagues.
    name: String,
    /// Role.
    role: Role,
    /// Own unit: nobody judges people of it.
    unit_id: Option<UnitId>,
    /// Language of the pages.
    language: Language,
    /// The token.
    token: OwnToken,
    /// What the token was made for and the role allows: only this works.
    may: Vec<Scope>,
}

/// The token behind the request.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnToken {
    /// Id, as in the ledger.
    token_id: Uuid,
    /// What its owner calls it.
    name: String,
    /// What it was made for.
    scopes: Vec<Scope>,
    /// When it ends.
    expires_at: Moment,
}

/// `GET /me`
pub async fn show(call: Call, _: Asked) -> Result<Json<Own>, Problem> {
    let caller = call.caller;
    let role = caller.user.role;
    let may = routes::scopes_for(role);
    Ok(Json(Own {
        login: caller.user.login,
        name: caller.user.name,
        role,
        unit_id: caller.user.unit_id,
        language: caller.user.language,
        may: caller.scopes.iter().copied().filter(|scope| may.contains(scope)).collect(),
        token: OwnToken {
            token_id: caller.token_id,
            name: caller.name,
            scopes: caller.scopes,
            expires_at: caller.expires_at.into(),
        },
    }))
}
