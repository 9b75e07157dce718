//! `/informasi-awal/{tip_id}`: one tip. A second person confirms it, and only then the lists read it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back};
use super::state::AppState;
use super::tip_list::{channel, standing};
use crate::evidence::ledger::hex;
use crate::model::{Activity, Media, PersonId, Role, TipDrop, Verb};
use crate::pipeline::{self, Intake, Sorted};
use crate::store::{Batch, Picture, Tip, TipEnd, User};

const PATH: &str = "/informasi-awal";

#[derive(Template)]
#[template(path = "tip_show.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    id: Uuid,
    person_id: PersonId,
    person: String,
    unit: String,
    state: String,
    url: Option<String>,
    text: String,
    sha256: Option<String>,
    reporter: String,
    channel: String,
    seen: String,
    posted: Option<String>,
    hands: String,
    waits: bool,
    may_confirm: bool,
    own: bool,
    keeps: bool,
    drops: Vec<(&'static str, String)>,
}

/// `GET /informasi-awal/{tip_id}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let tip = state.store.view_tip(id, &visit.user.login).await?.ok_or(Error::NotFound)?;
    let f = visit.frame(&state, "tip-title", &format!("{PATH}/{id}"));
    let t = f.t;
    let waits = tip.confirmed_by.is_none();
    let own = tip.entered_by == visit.user.login;
    let entered = t.xy("tip-entered-by", &tip.entered_by, t.time(tip.entered_at));
    html(&Page {
        h: RegisterHead::new(&state, &visit, PATH, &news, t).await?,
        id,
        person_id: tip.person_id,
        state: standing(&tip, t),
        sha256: tip.picture_sha256.as_deref().map(hex),
        channel: channel(tip.channel, t),
        seen: t.time(tip.seen_at),
        posted: tip.posted_at.map(|at| t.time(at)),
        hands: tip.confirmed_by.as_ref().map_or_else(|| entered.clone(), |by| t.xy("tip-hands", &entered, by)),
        may_confirm: waits && !own && visit.user.role.approves_accounts(),
        own: waits && own,
        drops: TipDrop::ALL.iter().map(|why| (why.as_str(), drop_words(*why, t))).collect(),
        keeps: waits && visit.user.role.approves_accounts(),
        waits,
        person: tip.person,
        unit: tip.unit,
        url: tip.url,
        text: tip.text,
        reporter: tip.reporter,
        t,
        f,
    })
}

/// Why a tip is removed, in words.
fn drop_words(why: TipDrop, t: Text) -> String {
    t.s(match why {
        TipDrop::Duplicate => "tip-drop-duplicate",
        TipDrop::WrongPerson => "tip-drop-person",
        TipDrop::Unfounded => "tip-drop-unfounded",
        TipDrop::OutOfScope => "tip-drop-scope",
        TipDrop::Mistyped => "tip-drop-mistyped",
    })
}

/// A tip's screenshot, for whoever may see it; the look is in the ledger.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or none for this reader.
pub async fn screenshot(state: &AppState, user: &User, id: Uuid) -> Result<Picture, Error> {
    // Who reviews sees what is in the queue, not what still waits for a second person.
    let only_confirmed = user.role == Role::Reviewer;
    state.store.tip_picture(id, only_confirmed, &user.login).await?.ok_or(Error::NotFound)
}

/// `GET /informasi-awal/{tip_id}/gambar`
pub async fn picture(State(state): State<AppState>, visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Error> {
    let picture = screenshot(&state, &visit.user, id).await?;
    Ok(([(header::CONTENT_TYPE, picture.kind)], picture.bytes).into_response())
}

/// The second person's word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    putus: String,
    alasan: String,
}

/// `POST /informasi-awal/{tip_id}`
pub async fn settle(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(word): Form<Word>,
) -> Result<Redirect, Error> {
    let here = format!("{PATH}/{id}");
    let login = &visit.user.login;
    match word.putus.as_str() {
        "buang" => {
            let Ok(why) = word.alasan.parse::<TipDrop>() else { return Ok(back(&here, "tip-drop-why")) };
            let done = state.store.drop_tip(id, why, login).await?;
            Ok(back(PATH, if done { "tip-dropped" } else { "settled-already" }))
        }
        "benarkan" => {
            let Some(tip) = state.store.view_tip(id, login).await? else { return Ok(back(PATH, "settled-already")) };
            if tip.entered_by == *login {
                return Ok(back(&here, "tip-own"));
            }
            if tip.confirmed_by.is_some() {
                return Ok(back(&here, "settled-already"));
            }
            confirm(&state, &visit, tip).await
        }
        _ => Ok(back(PATH, "settle-choose")),
    }
}

/// Takes the tip the way of every activity. Each step may be repeated: a tip that was cut off is confirmed once more.
async fn confirm(state: &AppState, visit: &Visit, tip: Tip) -> Result<Redirect, Error> {
    let (id, login) = (tip.tip_id, &visit.user.login);
    let here = format!("{PATH}/{id}");
    let lists = state.lists.pipeline().ok_or(Error::Unavailable)?;
    let Some(program) = state.store.active_program().await? else { return Ok(back(&here, "tip-no-program")) };
    let Some(account) = state.store.tip_account(id, &program, login).await? else {
        return Ok(back(&here, "settled-already"));
    };
    let (activity, raw) = activity(tip);
    let mut batch = Batch::new(&program, &account.platform);
    match Intake::new(&program).sort(&account, activity, raw, Timestamp::now()) {
        Sorted::Keep(new) => batch.activities.push(*new),
        Sorted::TurnAway => batch.turned_away += 1,
    }
    let receipt = pipeline::commit(&state.store, lists, &mut batch).await?;
    if receipt.rejected > 0 || receipt.turned_away > 0 {
        // Not taken in, but not judged either: it goes on waiting.
        return Ok(back(&here, "tip-goes-on"));
    }
    let (page, key) = match state.store.confirm_tip(id, account.account_id, login).await? {
        TipEnd::Queued => (here.as_str(), "tip-queued"),
        TipEnd::Background => (here.as_str(), "tip-background"),
        TipEnd::NoHit => (here.as_str(), "tip-no-hit"),
        TipEnd::NotKept => (PATH, "tip-not-kept"),
    };
    Ok(back(page, key))
}

/// The tip as an activity, and the bytes that its hash is taken of: what was told and the screenshot's own hash, but not
/// who told it.
fn activity(tip: Tip) -> (Activity, Vec<u8>) {
    let sha256 = tip.picture_sha256.as_deref().map(hex);
    let raw = json!({
        "tip": tip.tip_id, "url": tip.url, "text": tip.text, "picture_sha256": sha256,
        "channel": tip.channel, "seen_at": tip.seen_at, "posted_at": tip.posted_at,
    });
    let media = sha256.map(|hash| Media {
        kind: "image".to_owned(),
        path: Some(format!("sha256:{hash}")),
        looks: tip.picture_looks.as_deref().map(hex),
        ..Media::default()
    });
    let activity = Activity {
        id: tip.tip_id.to_string(),
        verb: Verb::Post,
        text: tip.text,
        posted_at: tip.posted_at,
        seen_at: Some(tip.seen_at),
        url: tip.url,
        media: media.into_iter().collect(),
        ..Activity::default()
    };
    (activity, raw.to_string().into_bytes())
}
