//! `/hits/search`: hits by the words of their posts, or by their number. The ledger says that somebody searched, never for what.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hit::State;
use super::problem::{Problem, at_most};
use super::route::{Asked, Call};
use super::schema::Moment;
use crate::model::{HitId, Verb, Verdict};
use crate::web::search_show::{self, Found, LONGEST};
use crate::web::typed;

/// What to search for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HitSearch {
    /// Words of the post, each from its beginning, or the id of a hit.
    #[schemars(length(min = 1, max = 100))]
    text: String,
}

/// A hit that was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundHit {
    /// The hit.
    hit_id: HitId,
    /// You must not know yet whose account it is.
    blind: bool,
    /// Where it stands.
    state: State,
    /// How it ended.
    verdict: Option<Verdict>,
    /// The rule that applies first.
    clause: String,
    /// What was done.
    verb: Verb,
    /// Where.
    platform: String,
    /// When it was queued.
    created_at: Moment,
    /// The beginning of the post, the person covered in a blind look.
    text: String,
}

impl From<Found> for FoundHit {
    fn from(found: Found) -> Self {
        let Found { hit, blind, verdict, text } = found;
        Self {
            hit_id: hit.hit_id,
            blind,
            state: hit.state.into(),
            verdict,
            clause: hit.clause,
            verb: hit.verb,
            platform: hit.platform,
            created_at: hit.created_at.into(),
            text,
        }
    }
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FoundHits {
    /// The latest first, at most fifty.
    items: Vec<FoundHit>,
}

/// `POST /hits/search`
pub async fn hits(call: Call, asked: Asked<(), (), HitSearch>) -> Result<Json<FoundHits>, Problem> {
    at_most(LONGEST, &asked.body.text)?;
    let text = typed::line(&asked.body.text);
    if text.is_empty() {
        return Err(Problem::fault("text", "search-empty"));
    }
    let found = search_show::found_hits(&call.state, call.user(), &text).await?;
    call.state.store.record_search(call.login(), found.len(), 0).await?;
    Ok(Json(FoundHits { items: found.into_iter().map(Into::into).collect() }))
}
