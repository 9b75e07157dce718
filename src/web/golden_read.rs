//! `/mutu/latihan`: a hit whose answer is known, read blind for practice.
//!
//! It is told to be practice: nobody is tested without knowing. What is said here is no decision, and nothing follows from it
//! for the person, who is as covered as everywhere.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::hit_seen;
use super::hit_view::HitView;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::veil::Veil;
use crate::model::Outcome;

/// The known answer beside the reader's.
struct Answer {
    said: String,
    known: String,
    same: bool,
    why: String,
}

#[derive(Template)]
#[template(path = "golden_read.html")]
struct Page {
    t: Text,
    f: Frame,
    /// What is read; none where nothing is left to practise with.
    item: Option<(Uuid, HitView)>,
    outcomes: Vec<(Outcome, char, String)>,
    answer: Option<Answer>,
}

/// Which one was answered.
#[derive(Default, Deserialize)]
pub struct Which {
    butir: Option<Uuid>,
}

/// `GET /mutu/latihan`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "golden-title", "/mutu/latihan");
    let t = f.t;
    let reader = visit.user.user_id;
    let golden = match which.butir {
        Some(golden) => Some(golden),
        None => state.store.next_golden(reader).await?,
    };
    let mut page = Page {
        item: None,
        outcomes: [(Outcome::NotSuspected, 'b'), (Outcome::NeedsClarification, 'p'), (Outcome::Suspected, 'd')]
            .map(|(outcome, key)| (outcome, key, t.outcome(outcome)))
            .into(),
        answer: None,
        t,
        f,
    };
    if let Some(golden) = golden {
        let item = state.store.golden_item(golden, reader).await?.ok_or(Error::NotFound)?;
        let hit = state.store.hit_page(item.hit_id, reader).await?.ok_or(Error::NotFound)?;
        let subject = format!("hit/{}", item.hit_id);
        state.store.record("hit.viewed", &visit.user.login, &subject, &json!({ "practice": golden })).await?;
        let veil = Veil::new(&hit.identity);
        let (activity, covered) = hit_seen::covered(&hit, &veil);
        page.item = Some((golden, HitView::new(&covered, &activity, &state.lists_now(), "m", true, t)));
        page.answer = item.said.map(|said| Answer {
            said: t.outcome(said),
            known: t.outcome(item.outcome),
            same: said == item.outcome,
            why: veil.text(&item.why).into_owned(),
        });
    }
    html(&page)
}

/// The form's field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    hasil: String,
}

/// `POST /mutu/latihan/{golden_id}`
pub async fn read(
    State(state): State<AppState>,
    visit: Visit,
    Path(golden): Path<Uuid>,
    Form(said): Form<Said>,
) -> Result<Redirect, Error> {
    // Only what this reader may practise with.
    state.store.golden_item(golden, visit.user.user_id).await?.ok_or(Error::NotFound)?;
    let Ok(outcome) = said.hasil.parse() else { return Ok(Redirect::to("/mutu/latihan")) };
    state.store.read_golden(&visit.user, golden, outcome).await?;
    Ok(Redirect::to(&format!("/mutu/latihan?butir={golden}")))
}
