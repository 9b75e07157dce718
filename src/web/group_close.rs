//! `/kelompok/{group_id}/tutup`: copies of one text dismissed at one stroke, and taken back within the minute.
//!
//! Only *bukan dugaan*, only the same words, only what the page has shown. What waits for a second person, was answered, or
//! falls into the sample is left out under one name, so that nobody learns which is which.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::group_show::{self, Line};
use super::hit_view::HitView;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use crate::model::{HitId, Outcome, ReasonCode};
use crate::store::{Apart, Member};

/// Hits that are left out for one reason.
struct Left {
    title: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "group_close.html")]
struct Page {
    t: Text,
    f: Frame,
    id: Uuid,
    hit: Option<HitView>,
    lines: Vec<Line>,
    left: Vec<Left>,
    reasons: Vec<(ReasonCode, String)>,
    /// The ids of what is shown, for the form.
    shown: String,
    count: i64,
}

/// `GET /kelompok/{group_id}/tutup`
pub async fn preview(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "group-close-title", &format!("/kelompok/{id}/tutup"));
    let t = f.t;
    let lists = state.lists_now();
    let members = group_show::members(&state, &visit.user, id).await?;
    let together: Vec<&Member> = members.iter().filter(|m| m.apart.is_none()).collect();
    let left = |why: Apart, title: String| {
        let lines: Vec<Line> =
            members.iter().filter(|m| m.apart == Some(why)).map(|m| group_show::line(m, &lists, t)).collect();
        (!lines.is_empty()).then_some(Left { title, lines })
    };
    html(&Page {
        hit: group_show::text(&state, &visit.user, &members, &lists, t).await?,
        lines: together.iter().map(|m| group_show::line(m, &lists, t)).collect(),
        left: [
            left(Apart::Words, t.s("apart-words")),
            left(Apart::Picture, t.s("apart-picture")),
            left(Apart::Single, t.s("apart-single")),
            left(Apart::Taken, t.s("apart-taken")),
            left(Apart::NotForYou, t.s("apart-not-for-you")),
        ]
        .into_iter()
        .flatten()
        .collect(),
        reasons: ReasonCode::of(Outcome::NotSuspected).map(|r| (r, t.reason(r))).collect(),
        shown: together.iter().map(|m| m.hit_id.to_string()).collect::<Vec<_>>().join(","),
        count: i64::try_from(together.len()).unwrap_or(i64::MAX),
        id,
        t,
        f,
    })
}

/// The form's fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Stroke {
    alasan: String,
    indikasi: String,
}

/// `POST /kelompok/{group_id}/tutup`
pub async fn close(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(stroke): Form<Stroke>,
) -> Result<Response, Error> {
    let wanted: Vec<HitId> = stroke.indikasi.split(',').filter_map(|hit| hit.parse().ok()).collect();
    let done = match stroke.alasan.parse() {
        Ok(reason) => state.store.close_group(&visit.user, id, &wanted, reason, state.review).await?,
        Err(_) => None,
    };
    let there = match done {
        Some(done) => format!("/kelompok/{id}?kabar=ditutup&n={}", done.hits),
        None => format!("/kelompok/{id}?kabar=tidak"),
    };
    Ok(Redirect::to(&there).into_response())
}

/// The stroke that is taken back.
#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default)]
    sekaligus: Option<Uuid>,
}

/// `POST /kelompok/{group_id}/batal`
pub async fn undo(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(back): Form<Back>,
) -> Result<Redirect, Error> {
    let undone = match back.sekaligus {
        Some(bulk) => state.store.undo_bulk(&visit.user, bulk).await?.0,
        None => 0,
    };
    let there = match undone {
        0 => format!("/kelompok/{id}?kabar=tidak"),
        n => format!("/kelompok/{id}?kabar=dibuka&n={n}"),
    };
    Ok(Redirect::to(&there))
}
