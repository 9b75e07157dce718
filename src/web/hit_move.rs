//! What a reviewer does with a held hit instead of deciding on it: pass it on, give it to a colleague, put it aside, look at
//! who it is. Each asks why, and each is in the ledger.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::hit_standing::Standing;
use super::i18n::Text;
use super::state::AppState;
use super::typed;
use crate::model::{HitId, UserId};
use crate::store::{HitPage, Mark, User};

/// Reasons for passing a hit on, by message name. The last takes all hits of the person away.
pub const SKIPS: [&str; 4] = ["skip-unsure", "skip-language", "skip-harm", "skip-conflict"];
/// A hit can rest for so many days.
const MAX_REST: i64 = 30;

/// The forms beside the decision.
pub struct Moves {
    /// The reader holds the hit.
    pub shown: bool,
    /// Who it is may still be asked for.
    pub may_unmask: bool,
    /// Reasons for passing it on: name and words.
    pub skips: Vec<(&'static str, String)>,
    /// Colleagues who may take it.
    pub colleagues: Vec<(UserId, String)>,
    /// First and last day on which a rest may end.
    pub rest: (String, String),
}

impl Moves {
    /// For a hit and a reader.
    pub async fn new(
        state: &AppState,
        page: &HitPage,
        standing: &Standing,
        blind: bool,
        user: &User,
        t: Text,
    ) -> Result<Self, Error> {
        let shown = matches!(standing, Standing::Mine(_));
        let today = typed::today(state);
        let day = |n: i64| today.checked_add(n.days()).unwrap_or(today).to_string();
        Ok(Self {
            shown,
            may_unmask: shown && blind,
            skips: SKIPS.into_iter().map(|key| (key, t.s(key))).collect(),
            colleagues: if shown { state.store.colleagues_for(page.hit_id, user.user_id).await? } else { Vec::new() },
            rest: (day(1), day(MAX_REST)),
        })
    }
}

/// The fields of all these forms.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Why {
    alasan: String,
    catatan: String,
    kepada: Option<UserId>,
    hari: String,
}

/// What is done with a hit and why, or the name of what is missing for it.
pub type Move = Result<(Mark, String), &'static str>;

/// Passing it on: a reason of [`SKIPS`]; a relation is named, so that others can tell later what stood in the way.
pub fn skipping(reason: &str, note: &str) -> Move {
    let reason = SKIPS.into_iter().find(|key| *key == reason).ok_or("move-why")?;
    let conflict = reason == "skip-conflict";
    let words = match typed::why(note) {
        Some(words) => words,
        None if conflict => return Err("move-why"),
        None => reason.to_owned(),
    };
    Ok((Mark::Skip { conflict }, words))
}

/// Giving it to a colleague who may take it.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn referring(
    state: &AppState,
    user: &User,
    id: HitId,
    whom: Option<UserId>,
    note: &str,
) -> Result<Move, Error> {
    let Some(words) = typed::why(note) else { return Ok(Err("move-why")) };
    let may = state.store.colleagues_for(id, user.user_id).await?;
    let colleague = whom.filter(|to| may.iter().any(|(user, _)| user == to));
    Ok(colleague.map(|to| (Mark::Refer(to), words)).ok_or("move-whom"))
}

/// Putting it aside until the beginning of a day, from tomorrow on.
pub fn resting(state: &AppState, day: Option<Date>, note: &str) -> Move {
    let words = typed::why(note).ok_or("move-why")?;
    let today = typed::today(state);
    let last = today.checked_add(MAX_REST.days()).unwrap_or(today);
    let until = day.filter(|day| *day > today && *day <= last);
    let until = until.and_then(|day| day.to_zoned(state.config.zone.tz()).ok()).ok_or("move-day")?;
    Ok((Mark::Rest(until.timestamp()), words))
}

/// Looking at who it is.
pub fn unmasking(note: &str) -> Move {
    typed::why(note).map(|words| (Mark::Unmask, words)).ok_or("move-why")
}

fn to(id: HitId, key: &str) -> Response {
    Redirect::to(&format!("/telaah/{id}?kabar={key}")).into_response()
}

/// Does it and goes on to the next hit; a lost lease is said on the same page.
async fn pass(state: &AppState, visit: &Visit, id: HitId, wish: Move) -> Result<Response, Error> {
    let (mark, why) = match wish {
        Ok(wish) => wish,
        Err(key) => return Ok(to(id, key)),
    };
    if !state.store.mark_hit(&visit.user, id, &mark, &why).await? {
        return Ok(to(id, "move-lost"));
    }
    let next = state.store.claim_next(&visit.user, state.config.lease()).await?;
    let there = next.map_or_else(|| "/antrean".to_owned(), |next| format!("/telaah/{next}"));
    Ok(Redirect::to(&there).into_response())
}

/// `POST /telaah/{hit_id}/lewati`
pub async fn skip(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Response, Error> {
    pass(&state, &visit, id, skipping(&why.alasan, &why.catatan)).await
}

/// `POST /telaah/{hit_id}/rujuk`
pub async fn refer(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Response, Error> {
    let wish = referring(&state, &visit.user, id, why.kepada, &why.catatan).await?;
    pass(&state, &visit, id, wish).await
}

/// `POST /telaah/{hit_id}/tunda`
pub async fn rest(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Response, Error> {
    pass(&state, &visit, id, resting(&state, typed::day(&why.hari), &why.catatan)).await
}

/// `POST /telaah/{hit_id}/buka`
pub async fn unmask(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Response, Error> {
    let (mark, words) = match unmasking(&why.catatan) {
        Ok(wish) => wish,
        Err(key) => return Ok(to(id, key)),
    };
    let done = state.store.mark_hit(&visit.user, id, &mark, &words).await?;
    Ok(to(id, if done { "unmasked" } else { "move-lost" }))
}

/// `POST /telaah/{hit_id}/detak`: renews the lease while somebody is at it. The script calls it; the answer is when it ends.
pub async fn beat(State(state): State<AppState>, visit: Visit, Path(id): Path<HitId>) -> Result<Response, Error> {
    let until: Option<Timestamp> = state.store.renew_claim(id, visit.user.user_id, state.config.lease()).await?;
    Ok(axum::Json(serde_json::json!({ "until": until })).into_response())
}
