//! `/users`: who may log in, and what waits for a second person. They are changed on their pages alone.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::problem::{Code, Problem};
use super::route::{Asked, Call};
use super::schema::{Day, Moment};
use crate::model::{Role, UnitId, UserId};
use crate::store::{Absence, UserLine, UserProposal, UserWish};
use crate::web::typed;
use crate::web::user_list::UserState;

/// Which user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPath {
    /// Id of the user.
    user_id: UserId,
}

/// A user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserItem {
    /// Id.
    user_id: UserId,
    /// Log-in name, also the actor's name in the ledger.
    login: String,
    /// Name.
    name: String,
    /// Role.
    role: Role,
    /// Own unit.
    unit_id: Option<UnitId>,
    /// Its name.
    unit: Option<String>,
    /// Last log-in.
    last_login_at: Option<Moment>,
    /// A second factor is set up.
    second_factor: bool,
    /// Logs in through the provider.
    by_provider: bool,
    /// How they stand.
    state: UserState,
}

impl From<UserLine> for UserItem {
    fn from(line: UserLine) -> Self {
        Self {
            state: UserState::of(&line),
            user_id: line.user.user_id,
            login: line.user.login,
            name: line.user.name,
            role: line.user.role,
            unit_id: line.user.unit_id,
            unit: line.unit,
            last_login_at: line.last_login_at.map(Into::into),
            second_factor: line.second_factor,
            by_provider: line.bound,
        }
    }
}

/// What a proposal asks for.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Let a new user in.
    New,
    /// Another role.
    Role,
    /// Take away a second factor that is lost.
    SecondFactor,
}

/// What waits for a second person, who settles it on its page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserProposalItem {
    /// Id.
    proposal_id: Uuid,
    /// For whom.
    user_id: UserId,
    /// Their log-in.
    login: String,
    /// Their name.
    name: String,
    /// What.
    wish: Wish,
    /// With which role.
    role: Option<Role>,
    /// Why.
    why: String,
    /// Who asks.
    proposed_by: String,
    /// When.
    proposed_at: Moment,
}

impl From<UserProposal> for UserProposalItem {
    fn from(p: UserProposal) -> Self {
        let (wish, role) = match p.wish {
            UserWish::New(role) => (Wish::New, Some(role)),
            UserWish::Role(role) => (Wish::Role, Some(role)),
            UserWish::SecondFactor => (Wish::SecondFactor, None),
        };
        Self {
            proposal_id: p.proposal_id,
            user_id: p.user_id,
            login: p.login,
            name: p.name,
            wish,
            role,
            why: p.why,
            proposed_by: p.proposed_by,
            proposed_at: p.proposed_at.into(),
        }
    }
}

/// Everybody who may log in, or might once more.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Users {
    /// By log-in.
    items: Vec<UserItem>,
    /// What waits for a second person, oldest first.
    proposals: Vec<UserProposalItem>,
}

/// `GET /users`
pub async fn list(call: Call, _: Asked) -> Result<Json<Users>, Problem> {
    let store = &call.state.store;
    let (users, proposals) = (store.user_lines().await?, store.user_proposals().await?);
    Ok(Json(Users {
        items: users.into_iter().map(Into::into).collect(),
        proposals: proposals.into_iter().map(Into::into).collect(),
    }))
}

/// When somebody is away.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Away {
    /// Id.
    absence_id: Uuid,
    /// First day.
    from: Day,
    /// Last day.
    to: Day,
    /// Who confirms meanwhile: their log-in.
    stand_in: Option<String>,
}

impl From<Absence> for Away {
    fn from(a: Absence) -> Self {
        Self { absence_id: a.absence_id, from: a.valid_from.into(), to: a.valid_to.into(), stand_in: a.stand_in }
    }
}

/// One user.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserBody {
    /// Who.
    user: UserItem,
    /// When they are away, what is over left out.
    absences: Vec<Away>,
}

/// `GET /users/{user_id}`
pub async fn show(call: Call, asked: Asked<UserPath>) -> Result<Json<UserBody>, Problem> {
    let (store, id) = (&call.state.store, asked.path.user_id);
    let line = store.user_line(id).await?.ok_or(Code::NotFound)?;
    let absences = store.absences(id, typed::today(&call.state)).await?;
    Ok(Json(UserBody { user: line.into(), absences: absences.into_iter().map(Into::into).collect() }))
}
