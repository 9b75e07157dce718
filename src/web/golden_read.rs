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
use crate::model::{Activity, Hit, Outcome};
use crate::store::User;

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

/// A hit to practise with, covered as for somebody who has not decided.
pub struct Practice {
    /// The post.
    pub activity: Activity,
    /// What the machine says of it.
    pub hit: Hit,
    /// The known answer, for whoever has given theirs.
    pub answer: Option<Known>,
}

/// The known answer beside a reader's.
pub struct Known {
    /// What the reader said.
    pub said: Outcome,
    /// The known answer.
    pub known: Outcome,
    /// What a reader should have seen, covered like the post.
    pub why: String,
}

impl Practice {
    /// One that this reader may practise with, or has; the look is in the ledger.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none for them.
    pub async fn load(state: &AppState, user: &User, golden: Uuid) -> Result<Self, Error> {
        let item = state.store.golden_item(golden, user.user_id).await?.ok_or(Error::NotFound)?;
        let page = state.store.hit_page(item.hit_id, user.user_id).await?.ok_or(Error::NotFound)?;
        let subject = format!("hit/{}", item.hit_id);
        state.store.record("hit.viewed", &user.login, &subject, &json!({ "practice": golden })).await?;
        let veil = Veil::new(&page.identity);
        let (activity, hit) = hit_seen::covered(&page, &veil);
        let answer = item.said.map(|said| Known { said, known: item.outcome, why: veil.text(&item.why).into_owned() });
        Ok(Self { activity, hit, answer })
    }
}

/// Keeps what a reader says of a hit that they may practise with; the first word counts.
///
/// # Errors
/// [`Error::NotFound`] where they may not.
pub async fn say(state: &AppState, user: &User, golden: Uuid, outcome: Outcome) -> Result<(), Error> {
    state.store.golden_item(golden, user.user_id).await?.ok_or(Error::NotFound)?;
    Ok(state.store.read_golden(user, golden, outcome).await?)
}

/// `GET /mutu/latihan`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Query(which): Query<Which>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "golden-title", "/mutu/latihan");
    let t = f.t;
    let golden = match which.butir {
        Some(golden) => Some(golden),
        None => state.store.next_golden(visit.user.user_id).await?,
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
        let Practice { activity, hit, answer } = Practice::load(&state, &visit.user, golden).await?;
        page.item = Some((golden, HitView::new(&hit, &activity, &state.lists_now(), "m", true, t)));
        page.answer = answer.map(|a| Answer {
            said: t.outcome(a.said),
            known: t.outcome(a.known),
            same: a.said == a.known,
            why: a.why,
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
    let Ok(outcome) = said.hasil.parse() else { return Ok(Redirect::to("/mutu/latihan")) };
    say(&state, &visit.user, golden, outcome).await?;
    Ok(Redirect::to(&format!("/mutu/latihan?butir={golden}")))
}
