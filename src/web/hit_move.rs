//! What a reviewer does with a held hit instead of deciding on it: pass it on, give it to a colleague, put it aside, look at
//! who it is. Each asks why, and each is in the ledger.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
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
/// Longest reason in words.
const MAX_WHY: usize = 2000;
/// Shortest reason in words.
const MIN_WHY: usize = 5;
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

impl Why {
    /// The reason in words, if it is one.
    fn words(&self) -> Option<String> {
        let words: String = typed::lines(&self.catatan).chars().take(MAX_WHY).collect();
        (words.chars().count() >= MIN_WHY).then_some(words)
    }
}

fn to(id: HitId, key: &str) -> Response {
    Redirect::to(&format!("/telaah/{id}?kabar={key}")).into_response()
}

/// Does it and goes on to the next hit; a lost lease is said on the same page.
async fn pass(state: &AppState, visit: &Visit, id: HitId, mark: &Mark, why: &str) -> Result<Response, Error> {
    if !state.store.mark_hit(&visit.user, id, mark, why).await? {
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
    let Some(reason) = SKIPS.into_iter().find(|key| *key == why.alasan) else { return Ok(to(id, "move-why")) };
    let conflict = reason == "skip-conflict";
    // A relation is named, so that others can tell later what stood in the way.
    let words = match why.words() {
        Some(words) => words,
        None if conflict => return Ok(to(id, "move-why")),
        None => reason.to_owned(),
    };
    pass(&state, &visit, id, &Mark::Skip { conflict }, &words).await
}

/// `POST /telaah/{hit_id}/rujuk`
pub async fn refer(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Response, Error> {
    let Some(words) = why.words() else { return Ok(to(id, "move-why")) };
    let may = state.store.colleagues_for(id, visit.user.user_id).await?;
    match why.kepada.filter(|to| may.iter().any(|(user, _)| user == to)) {
        Some(colleague) => pass(&state, &visit, id, &Mark::Refer(colleague), &words).await,
        None => Ok(to(id, "move-whom")),
    }
}

/// `POST /telaah/{hit_id}/tunda`
pub async fn rest(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Response, Error> {
    let Some(words) = why.words() else { return Ok(to(id, "move-why")) };
    let today = typed::today(&state);
    let last = today.checked_add(MAX_REST.days()).unwrap_or(today);
    let until = typed::day(&why.hari).filter(|day| *day > today && *day <= last);
    let Some(until) = until.and_then(|day| day.to_zoned(state.config.zone.tz()).ok()) else {
        return Ok(to(id, "move-day"));
    };
    pass(&state, &visit, id, &Mark::Rest(until.timestamp()), &words).await
}

/// `POST /telaah/{hit_id}/buka`
pub async fn unmask(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(why): Form<Why>,
) -> Result<Response, Error> {
    let Some(words) = why.words() else { return Ok(to(id, "move-why")) };
    let done = state.store.mark_hit(&visit.user, id, &Mark::Unmask, &words).await?;
    Ok(to(id, if done { "unmasked" } else { "move-lost" }))
}

/// `POST /telaah/{hit_id}/detak`: renews the lease while somebody is at it. The script calls it; the answer is when it ends.
pub async fn beat(State(state): State<AppState>, visit: Visit, Path(id): Path<HitId>) -> Result<Response, Error> {
    let until: Option<Timestamp> = state.store.renew_claim(id, visit.user.user_id, state.config.lease()).await?;
    Ok(axum::Json(serde_json::json!({ "until": until })).into_response())
}
