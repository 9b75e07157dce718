//! `POST /telaah/{hit_id}/putusan`: what one reviewer says of one hit.
//!
//! Nothing is taken that the form did not complete, and nothing that was typed is lost.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::hit_seen;
use super::hit_show::{self, Extra};
use super::state::AppState;
use crate::model::{DecisionId, HitId, Outcome, ReasonCode};
use crate::store::{Claim, DecideOutcome, DecisionDraft, StoreError, User};

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

/// What became of a decision that somebody sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It is written; the group of copies that the hit belongs to.
    Decided(DecisionId, Option<Uuid>),
    /// The form is not complete.
    Wrong(Problems),
    /// The reader does not hold the hit, or no longer.
    NotHeld,
    /// Somebody else holds it.
    HeldByOther,
    /// It is decided already.
    Closed,
}

/// Checks a decision and writes it: the only way to one, for the page and for the API.
///
/// # Errors
/// [`Error::NotFound`] where there is no such hit.
pub async fn attempt(state: &AppState, user: &User, id: HitId, draft: &Draft) -> Result<Tried, Error> {
    let page = state.store.hit_page(id, user.user_id).await?.ok_or(Error::NotFound)?;
    let clauses: Vec<_> = hit_seen::clauses(&page, &state.lists_now()).into_iter().map(|(id, _)| id).collect();
    let decision = match check(draft, id, &clauses) {
        Ok(decision) => decision,
        Err(problems) => return Ok(Tried::Wrong(problems)),
    };
    Ok(match state.store.decide(user, &decision, state.review).await {
        Ok(DecideOutcome::Decided(id, _)) => Tried::Decided(id, page.group),
        Ok(DecideOutcome::NotClaimed) => Tried::NotHeld,
        Ok(DecideOutcome::HeldByOther) => Tried::HeldByOther,
        Ok(DecideOutcome::AlreadyDecided) => Tried::Closed,
        Ok(DecideOutcome::NoSuchHit) => return Err(Error::NotFound),
        Err(StoreError::Conflict { constraint }) => of_rule(&constraint).map_or(Tried::Closed, Tried::Wrong),
        Err(other) => return Err(other.into()),
    })
}

/// A rule of the database that the form's own check did not foresee, at its field.
fn of_rule(constraint: &str) -> Option<Problems> {
    let none = Problems::default();
    match constraint {
        "decision_note_check" => Some(Problems { note: Some("problem-note"), ..none }),
        "decision_clause_check" => Some(Problems { clause: Some("problem-clause"), ..none }),
        "decision_reason_check" => Some(Problems { reason: Some("problem-reason-other"), ..none }),
        _ => None,
    }
}

/// `POST /telaah/{hit_id}/putusan`
pub async fn decide(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Form(draft): Form<Draft>,
) -> Result<Response, Error> {
    let notice = match attempt(&state, &visit.user, id, &draft).await? {
        Tried::Decided(_, group) => {
            return onwards(&state, &visit, id, group.filter(|_| !draft.serupa.is_empty())).await;
        }
        Tried::Wrong(problems) => {
            let extra = Extra { draft, problems, ..Extra::default() };
            return hit_show::again(&state, &visit, id, StatusCode::UNPROCESSABLE_ENTITY, extra).await;
        }
        Tried::NotHeld => reclaim(&state, &visit, id).await?,
        Tried::HeldByOther => "notice-held",
        Tried::Closed => "notice-decided",
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

/// To the next hit, already claimed, or back to the queue when nothing waits; where the reader wants, a copy comes first.
async fn onwards(state: &AppState, visit: &Visit, decided: HitId, copies: Option<Uuid>) -> Result<Response, Error> {
    if let Some(group) = copies
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
