//! `/golden`: hits whose answer is known, read blind for practice. What is said here is no decision, and nothing follows from it
//! for anybody.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::finding::Reading;
use super::hit::HitPath;
use super::hit_act;
use super::problem::{Code, Problem, at_most};
use super::route::{Asked, Call, Done};
use crate::model::Outcome;
use crate::store::GoldenEnd;
use crate::web::golden_read::{self, Known, Practice};
use crate::web::typed;

/// Which item.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldenPath {
    /// Id of the item.
    golden_id: Uuid,
}

/// What to practise with next.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NextGolden {
    /// The item; null where nothing is left for you.
    golden_id: Option<Uuid>,
}

/// `GET /golden/next`
pub async fn next(call: Call, _: Asked) -> Result<Json<NextGolden>, Problem> {
    let golden_id = call.state.store.next_golden(call.user().user_id).await?;
    Ok(Json(NextGolden { golden_id }))
}

/// A hit to practise with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Golden {
    /// The item.
    golden_id: Uuid,
    /// The post.
    post: Reading,
    /// The known answer; null before you have given yours.
    answer: Option<GoldenAnswer>,
}

/// The known answer beside yours.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GoldenAnswer {
    /// What you said first.
    said: Outcome,
    /// The known answer.
    known: Outcome,
    /// They are the same.
    same: bool,
    /// What there was to see, the person covered.
    why: String,
}

impl From<Known> for GoldenAnswer {
    fn from(answer: Known) -> Self {
        let Known { said, known, why } = answer;
        Self { said, known, same: said == known, why }
    }
}

/// `GET /golden/{golden_id}`
pub async fn show(call: Call, asked: Asked<GoldenPath>) -> Result<Json<Golden>, Problem> {
    let golden_id = asked.path.golden_id;
    let Practice { activity, hit, answer } = Practice::load(&call.state, call.user(), golden_id).await?;
    let post = Reading::new(&activity, &hit, &call.state.lists_now());
    Ok(Json(Golden { golden_id, post, answer: answer.map(Into::into) }))
}

/// What you say of an item.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldenSaid {
    /// What you say of it; the first word counts.
    outcome: Outcome,
}

/// `POST /golden/{golden_id}/answer`
pub async fn answer(call: Call, asked: Asked<GoldenPath, (), GoldenSaid>) -> Result<Json<GoldenAnswer>, Problem> {
    let (state, user, golden) = (&call.state, call.user(), asked.path.golden_id);
    golden_read::say(state, user, golden, asked.body.outcome).await?;
    let practice = Practice::load(state, user, golden).await?;
    let answer = practice.answer.ok_or(Code::NotFound)?;
    Ok(Json(answer.into()))
}

/// Why a hit is worth practising with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoldenMark {
    /// What a reader should have seen, in five characters or more; shown after the answer, so it names nobody.
    #[schemars(length(min = 5, max = 2000))]
    note: String,
}

/// `POST /hits/{hit_id}/golden`
pub async fn mark(call: Call, asked: Asked<HitPath, (), GoldenMark>) -> Result<Done, Problem> {
    let hit = asked.path.hit_id;
    at_most(2000, &asked.body.note)?;
    let why = typed::why(&asked.body.note).ok_or_else(|| Problem::fault("note", "move-why"))?;
    match call.state.store.mark_golden(call.user(), hit, &why).await? {
        GoldenEnd::Marked => Ok(Done),
        GoldenEnd::NotFit => Err(hit_act::absent(&call, hit, Code::NotFit).await?),
    }
}

/// `POST /golden/{golden_id}/retire`
pub async fn retire(call: Call, asked: Asked<GoldenPath>) -> Result<Done, Problem> {
    let done = call.state.store.retire_golden(call.user(), asked.path.golden_id).await?;
    if done { Ok(Done) } else { Err(Code::NotFound.into()) }
}
