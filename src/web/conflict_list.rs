//! `/kepentingan`: conflicts of interest. Whoever is near to a person says so here, and never sees that person's hits.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::AppState;
use super::typed;
use crate::model::Role;
use crate::store::User;

const PATH: &str = "/kepentingan";
/// Rows of the list.
const ROWS: i64 = 500;
/// Shortest and longest description of a relation.
const WHY: std::ops::RangeInclusive<usize> = 5..=500;

struct Row {
    id: Uuid,
    /// Only for those who oversee: one's own list would tell whose hit one passed on.
    who: Option<(String, String)>,
    why: String,
    since: String,
}

#[derive(Template)]
#[template(path = "conflict_list.html")]
struct Page {
    t: Text,
    f: Frame,
    rows: Vec<Row>,
    decides: bool,
    ends: bool,
    flash: Option<String>,
}

/// What the address may carry.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Came {
    kabar: String,
}

/// `GET /kepentingan`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(came): Query<Came>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "conflicts-title", PATH);
    let t = f.t;
    let role = visit.user.role;
    let all = sees_all(role);
    let of = (!all).then_some(visit.user.user_id);
    let found = state.store.view_conflicts(of, None, ROWS, &visit.user.login).await?;
    let known = ["conflict-noted", "conflict-ended", "conflict-bad"];
    html(&Page {
        rows: found
            .into_iter()
            .map(|c| Row {
                id: c.conflict_id,
                who: all.then_some((c.user, c.person)),
                why: c.why,
                since: t.time(c.noted_at),
            })
            .collect(),
        decides: role.decides(),
        ends: role.ends_conflicts(),
        flash: known.into_iter().find(|key| *key == came.kabar).map(|key| t.s(key)),
        t,
        f,
    })
}

/// One's own list names nobody: it would tell whose hit one passed on.
pub fn sees_all(role: Role) -> bool {
    role.ends_conflicts() || role == Role::Auditor
}

/// Notes a relation to whomever a NIP or code names; false where the form is not complete. The answer is the same whoever was
/// named: it must not tell who is in the register.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn relate(state: &AppState, user: &User, number: &str, why: &str) -> Result<bool, Error> {
    let number: String = typed::line(number).chars().take(64).collect();
    let why = typed::line(why);
    if number.is_empty() || !WHY.contains(&why.chars().count()) {
        return Ok(false);
    }
    for person in state.store.persons_by_number(&number).await? {
        state.store.note_conflict(user, person, &why).await?;
    }
    Ok(true)
}

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Relation {
    pegawai: String,
    hubungan: String,
}

/// `POST /kepentingan`
pub async fn note(State(state): State<AppState>, visit: Visit, Form(form): Form<Relation>) -> Result<Response, Error> {
    let noted = relate(&state, &visit.user, &form.pegawai, &form.hubungan).await?;
    Ok(to(if noted { "conflict-noted" } else { "conflict-bad" }))
}

/// `POST /kepentingan/{conflict_id}/akhiri`
pub async fn end(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Error> {
    let done = state.store.end_conflict(id, &visit.user).await?;
    Ok(to(if done { "conflict-ended" } else { "conflict-bad" }))
}

fn to(key: &str) -> Response {
    Redirect::to(&format!("{PATH}?kabar={key}")).into_response()
}
