//! `POST /telaah/{hit_id}/putusan`: what one reviewer says of one hit.
//!
//! Nothing is taken that the form did not complete, and nothing that was typed is lost.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::hit_show::{self, Extra};
use super::state::AppState;
use crate::model::{HitId, Outcome, ReasonCode};
use crate::store::{Claim, DecideOutcome, DecisionDraft, HitPage, StoreError};

/// A suspicion or a question needs at least this many characters of explanation.
pub const MIN_NOTE: usize = 10;
/// Longest note.
pub const MAX_NOTE: usize = 4000;

/// The form as it was sent; kept for showing it again.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// Outcome.
    pub hasil: String,
    /// Reason code.
    pub alasan: String,
    /// Rule of the circular.
    pub huruf: String,
    /// Note.
    pub catatan: String,
    /// The next copy of the same text is to come first.
    pub serupa: String,
}

impl Draft {
    /// Whether this outcome was chosen.
    #[must_use]
    pub fn has_outcome(&self, outcome: &Outcome) -> bool {
        self.hasil == outcome.as_str()
    }

    /// Whether this reason was chosen.
    #[must_use]
    pub fn has_reason(&self, reason: &ReasonCode) -> bool {
        self.alasan == reason.as_str()
    }
}

/// What is wrong with a form, by field: names of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    /// At the outcome.
    pub outcome: Option<&'static str>,
    /// At the reason.
    pub reason: Option<&'static str>,
    /// At the rule.
    pub clause: Option<&'static str>,
    /// At the note.
    pub note: Option<&'static str>,
}

impl Problems {
    /// Whether there is any.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }

    /// The field's id and its message, in the form's order.
    #[must_use]
    pub fn list(&self) -> Vec<(&'static str, &'static str)> {
        let all = [("hasil", self.outcome), ("alasan", self.reason), ("huruf", self.clause), ("catatan", self.note)];
        all.into_iter().filter_map(|(field, key)| key.map(|key| (field, key))).collect()
    }
}

/// Checks the form against the rules that the database holds too.
fn check(draft: &Draft, hit: HitId, clauses: &[String]) -> Result<DecisionDraft, Problems> {
    let mut problems = Problems::default();
    let outcome: Option<Outcome> = draft.hasil.parse().ok();
    let reason: Option<ReasonCode> = draft.alasan.parse().ok();
    let asserts = outcome.is_some_and(|o| o != Outcome::NotSuspected);
    let note: String = draft.catatan.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let length = note.chars().count();

    if outcome.is_none() {
        problems.outcome = Some("problem-outcome");
    }
    match (outcome, reason) {
        (Some(outcome), Some(reason)) if reason.outcome() != outcome => problems.reason = Some("problem-reason-other"),
        (_, None) => problems.reason = Some("problem-reason"),
        _ => {}
    }
    if asserts && draft.huruf.is_empty() {
        problems.clause = Some("problem-clause");
    } else if asserts && !clauses.contains(&draft.huruf) {
        problems.clause = Some("problem-clause-unknown");
    }
    if asserts && length < MIN_NOTE {
        problems.note = Some("problem-note");
    } else if length > MAX_NOTE {
        problems.note = Some("problem-note-long");
    }
    match (outcome, reason) {
        (Some(outcome), Some(reason_code)) if !problems.any() => {
            let clause = asserts.then(|| draft.huruf.clone());
            Ok(DecisionDraft { hit, outcome, clause, reason_code, note })
        }
        _ => Err(problems),
    }
}

/// `POST /telaah/{hit_id}/putusan`
pub async fn decide(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(draft): Form<Draft>,
) -> Result<Response, Error> {
    let page = state.store.hit_page(id, visit.user.user_id).await?.ok_or(Error::NotFound)?;
    let clauses = hit_show::clause_ids(&page, &state.lists_now());
    let decision = match check(&draft, id, &clauses) {
        Ok(decision) => decision,
        Err(problems) => {
            let extra = Extra { draft, problems, ..Extra::default() };
            return hit_show::again(&state, &visit, id, StatusCode::UNPROCESSABLE_ENTITY, extra).await;
        }
    };
    let notice = match state.store.decide(&visit.user, &decision, state.review).await {
        Ok(DecideOutcome::Decided(..)) => return onwards(&state, &visit, &page, !draft.serupa.is_empty()).await,
        Ok(DecideOutcome::NotClaimed) => reclaim(&state, &visit, id).await?,
        Ok(DecideOutcome::HeldByOther) => "notice-held",
        Ok(DecideOutcome::AlreadyDecided) => "notice-decided",
        Ok(DecideOutcome::NoSuchHit) => return Err(Error::NotFound),
        Err(StoreError::Conflict { constraint }) => return conflict(&state, &visit, id, draft, &constraint).await,
        Err(other) => return Err(other.into()),
    };
    let extra = Extra { draft, notice: Some(notice), ..Extra::default() };
    hit_show::again(&state, &visit, id, StatusCode::CONFLICT, extra).await
}

/// The lease ran out while somebody was writing. It is taken anew, but saving stays that person's act: the page may have changed.
async fn reclaim(state: &AppState, visit: &Visit, id: HitId) -> Result<&'static str, Error> {
    Ok(match state.store.claim_hit(id, &visit.user, state.config.lease()).await? {
        Claim::Held { .. } => "notice-reclaimed",
        Claim::HeldByOther { .. } => "notice-held",
        Claim::NotForYou => "notice-not-for-you",
        Claim::Gone => "notice-decided",
    })
}

/// A rule of the database that the form's own check did not foresee, shown at its field.
async fn conflict(
    state: &AppState,
    visit: &Visit,
    id: HitId,
    draft: Draft,
    constraint: &str,
) -> Result<Response, Error> {
    let mut problems = Problems::default();
    let mut notice = None;
    let status = match constraint {
        "decision_note_check" => {
            problems.note = Some("problem-note");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        "decision_clause_check" => {
            problems.clause = Some("problem-clause");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        "decision_reason_check" => {
            problems.reason = Some("problem-reason-other");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        _ => {
            notice = Some("notice-decided");
            StatusCode::CONFLICT
        }
    };
    hit_show::again(state, visit, id, status, Extra { draft, problems, notice, saved: None }).await
}

/// To the next hit, already claimed, or back to the queue when nothing waits; where the reader wants, a copy comes first.
async fn onwards(state: &AppState, visit: &Visit, page: &HitPage, copies: bool) -> Result<Response, Error> {
    let decided = page.hit_id;
    if let Some(group) = page.group.filter(|_| copies)
        && let Some(next) = state.store.claim_copy(group, &visit.user, state.config.lease()).await?
    {
        return Ok(Redirect::to(&format!("/telaah/{next}?setelah={decided}&serupa=1")).into_response());
    }
    let next = state.store.claim_next(&visit.user, state.config.lease()).await?;
    let there = match next {
        Some(next) => format!("/telaah/{next}?setelah={decided}"),
        None => format!("/antrean?setelah={decided}"),
    };
    Ok(Redirect::to(&there).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(hasil: &str, alasan: &str, huruf: &str, catatan: &str) -> Draft {
        let (hasil, alasan, huruf, catatan) = (hasil.into(), alasan.into(), huruf.into(), catatan.into());
        Draft { hasil, alasan, huruf, catatan, serupa: String::new() }
    }

    #[test]
    fn a_suspicion_needs_rule_and_note() {
        let clauses = ["C.2.e".to_owned()];
        let id = HitId::new();
        let problems =
            |d: Draft| check(&d, id, &clauses).unwrap_err().list().into_iter().map(|(f, _)| f).collect::<Vec<_>>();
        assert_eq!(problems(draft("", "", "", "")), ["hasil", "alasan"]);
        assert_eq!(problems(draft("dugaan", "dukungan", "", "  pendek  ")), ["huruf", "catatan"]);
        assert_eq!(problems(draft("dugaan", "makna_lain", "C.9.z", "cukup panjang sekali")), ["alasan", "huruf"]);
        assert_eq!(
            problems(draft(
                "perlu_klarifikasi",
                "bukti_kurang",
                "C.2.e",
                "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"
            )),
            ["catatan"]
        );
        let taken = check(&draft("dugaan", "dukungan", "C.2.e", " cukup jelas\0 ini "), id, &clauses).unwrap();
        assert_eq!((taken.clause.as_deref(), taken.note.as_str()), (Some("C.2.e"), "cukup jelas ini"));
        let none = check(&draft("bukan_dugaan", "makna_lain", "C.2.e", ""), id, &clauses).unwrap();
        assert_eq!(none.clause, None, "no rule is broken, so none is kept");
    }
}
