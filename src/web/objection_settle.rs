//! `/register/keberatan`: accounts that stand still because somebody objected, until two people have settled it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use axum_extra::extract::Form;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back};
use super::state::AppState;
use super::typed;
use crate::model::PersonId;
use crate::store::{Objection, Settling, StoreError};

const PATH: &str = "/register/keberatan";
/// Settled ones that the page still shows.
pub const SETTLED: i64 = 20;
/// Within this time an answer is due (UU 27/2022: 3 x 24 hours).
const DUE_HOURS: i64 = 72;

struct Row {
    id: Uuid,
    person_id: PersonId,
    person: String,
    unit: String,
    account: String,
    by: String,
    raised: String,
    due: String,
    late: bool,
    reason: String,
    proposal: Option<String>,
    proposal_why: String,
    settled: Option<String>,
    settled_why: String,
    open: bool,
    stops: bool,
}

#[derive(Template)]
#[template(path = "objection_settle.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    rows: Vec<Row>,
    settles: bool,
}

/// `GET /register/keberatan`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "objections-title", PATH);
    let t = f.t;
    let found = state.store.view_objections(SETTLED, &visit.user.login).await?;
    let now = Timestamp::now();
    html(&Page {
        h: RegisterHead::new(&state, &visit, PATH, &news, t).await?,
        rows: found.into_iter().map(|o| row(o, now, t)).collect(),
        settles: visit.user.role.settles_objections(),
        t,
        f,
    })
}

/// By when an answer is due.
pub fn due_at(o: &Objection) -> Timestamp {
    o.raised_at + DUE_HOURS.hours()
}

fn row(o: Objection, now: Timestamp, t: Text) -> Row {
    let due = due_at(&o);
    let open = o.state == "open";
    let word = |upheld| t.s(if upheld { "objection-word-upheld" } else { "objection-word-dismissed" });
    let (proposal, proposal_why) = match o.proposal {
        Some((upheld, by, why)) => (Some(t.xy("objection-proposal", by, word(upheld))), why),
        None => (None, String::new()),
    };
    let (settled, settled_why) = match o.settled {
        Some((by, at, why)) => {
            (Some(format!("{} · {}", t.xy("objection-settled", by, word(o.state == "upheld")), t.time(at))), why)
        }
        None => (None, String::new()),
    };
    Row {
        id: o.objection_id,
        person_id: o.person_id,
        account: if o.state == "upheld" {
            t.platform(&o.platform)
        } else {
            format!("{} · {}", o.handle, t.platform(&o.platform))
        },
        by: t.s(if o.by_person { "objection-by-person" } else { "objection-by-operator" }),
        raised: t.time(o.raised_at),
        due: t.x("objection-due", t.time(due)),
        late: open && due < now,
        person: o.person,
        unit: o.unit,
        reason: o.reason,
        proposal,
        proposal_why,
        settled,
        settled_why,
        open,
        stops: o.stops,
    }
}

/// One person's word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    putus: String,
    alasan: String,
}

/// `POST /register/keberatan/{objection_id}`
pub async fn settle(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(word): Form<Word>,
) -> Result<Redirect, Error> {
    let upheld = match word.putus.as_str() {
        "benar" => true,
        "tidak" => false,
        _ => return Ok(back(PATH, "settle-choose")),
    };
    let Some(why) = typed::why(&word.alasan) else { return Ok(back(PATH, "settle-why")) };
    let key = match state.store.settle_objection(id, upheld, &why, &visit.user.login).await {
        Ok(Settling::Proposed) => "objection-proposed",
        Ok(Settling::Upheld) => "objection-upheld",
        Ok(Settling::Dismissed) => "objection-dismissed",
        Ok(Settling::SamePerson) => "settle-same",
        Ok(Settling::Gone) => "settled-already",
        Err(StoreError::Conflict { .. }) => "settle-why",
        Err(error) => return Err(error.into()),
    };
    Ok(back(PATH, key))
}
