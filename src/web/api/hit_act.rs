//! What is done with a hit: the same steps as on its page, by the same functions.

use axum::Json;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hit::HitPath;
use super::problem::{Code, Fault, Problem};
use super::route::{Asked, Call, Done, Made};
use super::schema::{Day, Moment};
use crate::model::{DecisionId, HitId, Outcome, ReasonCode, UserId};
use crate::store::{Claim, UNDO, UndoOutcome};
use crate::web::hit_decide::{self, Draft, Tried};
use crate::web::hit_move::{self, Move};

/// A hit that is held.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Held {
    /// The hit.
    hit_id: HitId,
    /// Until when it is yours; a heartbeat renews it.
    held_until: Moment,
}

/// `POST /hits/{hit_id}/claim`
pub async fn claim(call: Call, asked: Asked<HitPath>) -> Result<Json<Held>, Problem> {
    let hit_id = asked.path.hit_id;
    match call.state.store.claim_hit(hit_id, call.user(), call.state.config.lease()).await? {
        Claim::Held { until } => Ok(Json(Held { hit_id, held_until: until.into() })),
        Claim::HeldByOther { .. } => Err(Code::HeldByOther.into()),
        Claim::NotForYou => Err(Code::NotForYou.into()),
        Claim::Gone => Err(absent(&call, hit_id, Code::HitClosed).await?),
    }
}

/// What to say of a hit that something could not be done with: that there is none, or why not.
pub async fn absent(call: &Call, hit: HitId, otherwise: Code) -> Result<Problem, Problem> {
    let there = call.state.store.hit_page(hit, call.user().user_id).await?.is_some();
    Ok(if there { otherwise } else { Code::NotFound }.into())
}

/// `POST /hits/{hit_id}/heartbeat`
pub async fn beat(call: Call, asked: Asked<HitPath>) -> Result<Json<Held>, Problem> {
    let hit_id = asked.path.hit_id;
    let lease = call.state.config.lease();
    match call.state.store.renew_claim(hit_id, call.user().user_id, lease).await? {
        Some(until) => Ok(Json(Held { hit_id, held_until: until.into() })),
        None => Err(absent(&call, hit_id, Code::NotHeld).await?),
    }
}

/// `POST /hits/{hit_id}/release`
pub async fn release(call: Call, asked: Asked<HitPath>) -> Result<Done, Problem> {
    // Nothing to release is no error: the lease ran out, which is what was wanted.
    if !call.state.store.release_hit(asked.path.hit_id, call.user()).await? {
        let problem = absent(&call, asked.path.hit_id, Code::NotHeld).await?;
        if problem == Code::NotFound.into() {
            return Err(problem);
        }
    }
    Ok(Done)
}

/// Why a hit is passed on.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// You do not know enough to judge it.
    Unsure,
    /// You do not master its language.
    Language,
    /// Its content harms you.
    Harm,
    /// You are near to the person: none of their hits comes to you any more. Needs a note.
    Conflict,
}

impl SkipReason {
    fn key(self) -> &'static str {
        match self {
            Self::Unsure => "skip-unsure",
            Self::Language => "skip-language",
            Self::Harm => "skip-harm",
            Self::Conflict => "skip-conflict",
        }
    }
}

/// Passing a hit on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// Why.
    reason: SkipReason,
    /// In words; needed where you are near to the person.
    #[serde(default)]
    note: String,
}

/// Giving a hit to a colleague.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refer {
    /// Whom, see `/hits/{hit_id}/colleagues`.
    to: UserId,
    /// Why, in five characters or more.
    note: String,
}

/// Putting a hit aside.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// Until the beginning of this day: tomorrow at the earliest, within thirty days.
    until: Day,
    /// Why, in five characters or more.
    note: String,
}

/// Looking at who it is before deciding.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unmask {
    /// Why, in five characters or more; it is in the ledger, and the decision is marked.
    note: String,
}

async fn mark(call: &Call, hit: HitId, wish: Move) -> Result<Done, Problem> {
    let (mark, words) = wish.map_err(|key| {
        let field = match key {
            "move-whom" => "to",
            "move-day" => "until",
            _ => "note",
        };
        Problem::fault(field, key)
    })?;
    if call.state.store.mark_hit(call.user(), hit, &mark, &words).await? {
        Ok(Done)
    } else {
        Err(absent(call, hit, Code::NotHeld).await?)
    }
}

/// `POST /hits/{hit_id}/skip`
pub async fn skip(call: Call, asked: Asked<HitPath, (), Skip>) -> Result<Done, Problem> {
    let wish = hit_move::skipping(asked.body.reason.key(), &asked.body.note);
    mark(&call, asked.path.hit_id, wish).await
}

/// `POST /hits/{hit_id}/refer`
pub async fn refer(call: Call, asked: Asked<HitPath, (), Refer>) -> Result<Done, Problem> {
    let (hit, body) = (asked.path.hit_id, asked.body);
    let wish = hit_move::referring(&call.state, call.user(), hit, Some(body.to), &body.note).await?;
    mark(&call, hit, wish).await
}

/// `POST /hits/{hit_id}/set-aside`
pub async fn set_aside(call: Call, asked: Asked<HitPath, (), SetAside>) -> Result<Done, Problem> {
    let wish = hit_move::resting(&call.state, Some(asked.body.until.0), &asked.body.note);
    mark(&call, asked.path.hit_id, wish).await
}

/// `POST /hits/{hit_id}/unmask`
pub async fn unmask(call: Call, asked: Asked<HitPath, (), Unmask>) -> Result<Done, Problem> {
    let wish = hit_move::unmasking(&asked.body.note);
    mark(&call, asked.path.hit_id, wish).await
}

/// Colleagues to whom a hit may be given.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Colleagues {
    /// By name.
    items: Vec<ColleagueRef>,
}

/// A colleague.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ColleagueRef {
    /// Id, for `/hits/{hit_id}/refer`.
    user_id: UserId,
    /// Name.
    name: String,
}

/// `GET /hits/{hit_id}/colleagues`
pub async fn colleagues(call: Call, asked: Asked<HitPath>) -> Result<Json<Colleagues>, Problem> {
    let (hit, me) = (asked.path.hit_id, call.user().user_id);
    let page = call.state.store.hit_page(hit, me).await?.ok_or(Code::NotFound)?;
    // As on the page: only whoever holds the hit chooses, because who may take it tells who is near to the person.
    if page.claimed_by != Some(me) {
        return Err(Code::NotHeld.into());
    }
    let found = call.state.store.colleagues_for(hit, me).await?;
    Ok(Json(Colleagues { items: found.into_iter().map(|(user_id, name)| ColleagueRef { user_id, name }).collect() }))
}

/// A decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// What you say of the hit.
    outcome: Outcome,
    /// Why; each reason belongs to one outcome.
    reason: ReasonCode,
    /// The rule of the circular, one of the hit's `clauses`; needed unless the outcome is `bukan_dugaan`.
    #[serde(default)]
    clause: Option<String>,
    /// What you see, in ten characters or more; needed unless the outcome is `bukan_dugaan`.
    #[serde(default)]
    #[schemars(length(max = 4000))]
    note: String,
}

/// A decision that was written. What follows from it is not said: nobody learns whether they were the first or the second.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Decided {
    /// Its id.
    decision_id: DecisionId,
    /// Until then it can be taken back, unless somebody has gone on from it.
    undo_until: Moment,
}

/// `POST /hits/{hit_id}/decision`
pub async fn decide(call: Call, asked: Asked<HitPath, (), NewDecision>) -> Result<Made<Decided>, Problem> {
    let body = asked.body;
    let draft = Draft {
        hasil: body.outcome.as_str().to_owned(),
        alasan: body.reason.as_str().to_owned(),
        huruf: body.clause.unwrap_or_default(),
        catatan: body.note,
        serupa: String::new(),
    };
    match hit_decide::attempt(&call.state, call.user(), asked.path.hit_id, &draft).await? {
        Tried::Decided(decision_id, _) => {
            let undo_until = (Timestamp::now() + UNDO).into();
            Ok(Made(Decided { decision_id, undo_until }))
        }
        Tried::Wrong(problems) => {
            let fields = [
                ("outcome", problems.outcome),
                ("reason", problems.reason),
                ("clause", problems.clause),
                ("note", problems.note),
            ];
            let faults = fields.into_iter().filter_map(|(field, key)| key.map(|key| Fault { field, key }));
            Err(Problem::faults(faults.collect()))
        }
        Tried::NotHeld => Err(Code::NotHeld.into()),
        Tried::HeldByOther => Err(Code::HeldByOther.into()),
        Tried::Closed => Err(Code::HitClosed.into()),
    }
}

/// `POST /hits/{hit_id}/undo`
pub async fn undo(call: Call, asked: Asked<HitPath>) -> Result<Done, Problem> {
    let hit = asked.path.hit_id;
    match call.state.store.undo(call.user(), hit, call.state.config.lease()).await? {
        UndoOutcome::Undone => Ok(Done),
        UndoOutcome::TooLate => Err(absent(&call, hit, Code::UndoTooLate).await?),
        UndoOutcome::MovedOn => Err(Code::UndoMovedOn.into()),
    }
}
