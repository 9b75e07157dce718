//! `/tips`: what people told (*informasi awal*). Nothing of it is in the queue before a second person confirms it on its page.

use axum::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::conflict::PageQuery;
use super::cursor::{self, List, Page};
use super::file::Attached;
use super::problem::{Code, Problem, at_most};
use super::route::{Asked, Call, Made};
use super::schema::{FileBytes, Moment};
use crate::evidence::ledger::hex;
use crate::model::{PersonId, TipChannel};
use crate::store::{self, Place};
use crate::web::tip_list::{self, Draft};
use crate::web::{tip_show, typed};

const LIST: List = List("tip");

/// Which tip.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TipPath {
    /// Id of the tip.
    tip_id: Uuid,
}

/// Where a tip stands.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TipState {
    /// Waits for a second person.
    Waiting,
    /// The lists found nothing.
    NoHit,
    /// A hit, but only background.
    Background,
    /// In the queue.
    Queued,
}

/// A tip.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tip {
    /// Id.
    tip_id: Uuid,
    /// Whom it concerns.
    person_id: PersonId,
    /// Their name.
    person: String,
    /// Their unit.
    unit: String,
    /// Public address.
    url: Option<String>,
    /// What is written there.
    text: String,
    /// SHA-256 of the screenshot, in hex.
    picture_sha256: Option<String>,
    /// Who told.
    reporter: String,
    /// How.
    channel: TipChannel,
    /// When they saw it.
    seen_at: Moment,
    /// When it was posted.
    posted_at: Option<Moment>,
    /// Who entered it.
    entered_by: String,
    /// When.
    entered_at: Moment,
    /// Who confirmed it.
    confirmed_by: Option<String>,
    /// Where it stands.
    state: TipState,
}

impl From<store::Tip> for Tip {
    fn from(t: store::Tip) -> Self {
        Self {
            state: match (&t.confirmed_by, t.found) {
                (None, _) => TipState::Waiting,
                (Some(_), None) => TipState::NoHit,
                (Some(_), Some(false)) => TipState::Background,
                (Some(_), Some(true)) => TipState::Queued,
            },
            tip_id: t.tip_id,
            person_id: t.person_id,
            person: t.person,
            unit: t.unit,
            url: t.url,
            text: t.text,
            picture_sha256: t.picture_sha256.as_deref().map(hex),
            reporter: t.reporter,
            channel: t.channel,
            seen_at: t.seen_at.into(),
            posted_at: t.posted_at.map(Into::into),
            entered_by: t.entered_by,
            entered_at: t.entered_at.into(),
            confirmed_by: t.confirmed_by,
        }
    }
}

/// `GET /tips`
pub async fn list(call: Call, asked: Asked<(), PageQuery>) -> Result<Json<Page<Tip>>, Problem> {
    let (limit, after) = (cursor::rows(asked.query.limit)?, LIST.key(asked.query.cursor.as_deref())?);
    let found = call.state.store.view_tips_after(after, limit + 1, call.login()).await?;
    Ok(Json(LIST.page(found, limit, |t| Place { at: t.entered_at, id: t.tip_id }, Tip::from)))
}

/// `GET /tips/{tip_id}`
pub async fn show(call: Call, asked: Asked<TipPath>) -> Result<Json<Tip>, Problem> {
    let found = call.state.store.view_tip(asked.path.tip_id, call.login()).await?.ok_or(Code::NotFound)?;
    Ok(Json(found.into()))
}

/// `GET /tips/{tip_id}/picture`
pub async fn picture(call: Call, asked: Asked<TipPath>) -> Result<Json<Attached>, Problem> {
    Ok(Json(tip_show::screenshot(&call.state, call.user(), asked.path.tip_id).await?.into()))
}

/// A tip to be entered. One of `url` and `text` is needed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTip {
    /// NIP or code of the person whom it concerns.
    #[schemars(length(min = 1, max = 64))]
    person: String,
    /// Public address, `http` or `https`.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    url: String,
    /// What is written there.
    #[serde(default)]
    #[schemars(length(max = 20_000))]
    text: String,
    /// Who told.
    #[schemars(length(min = 2, max = 200))]
    reporter: String,
    /// How.
    channel: TipChannel,
    /// When they saw it; not in the future.
    seen_at: Moment,
    /// When it was posted, where that is known; not after `seen_at`.
    #[serde(default)]
    posted_at: Option<Moment>,
    /// The screenshot: PNG, JPEG or WebP of at most 5 MiB.
    #[serde(default)]
    picture: Option<FileBytes>,
}

/// A tip that was entered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Entered {
    /// Its id.
    tip_id: Uuid,
}

/// `POST /tips`
pub async fn add(call: Call, asked: Asked<(), (), NewTip>) -> Result<Made<Entered>, Problem> {
    let body = asked.body;
    at_most(64, &body.person)?;
    // The form speaks the office's time.
    let local = |at: Moment| at.0.to_zoned(call.state.config.zone.tz()).datetime().to_string();
    let draft = Draft {
        pegawai: typed::line(&body.person),
        alamat: typed::line(&body.url),
        teks: typed::lines(&body.text),
        pelapor: typed::line(&body.reporter),
        cara: body.channel.as_str().to_owned(),
        dilihat: local(body.seen_at),
        diunggah: body.posted_at.map(local).unwrap_or_default(),
    };
    let picture = body.picture.unwrap_or_default().0;
    match tip_list::enter(&call.state, call.login(), &draft, picture).await? {
        Ok(tip_id) => Ok(Made(Entered { tip_id })),
        Err(key) => Err(Problem::fault(field_of(key), key)),
    }
}

/// The field that a message of the form is about.
fn field_of(key: &str) -> &'static str {
    match key {
        "tip-bad-seen" => "seen_at",
        "tip-bad-posted" => "posted_at",
        "tip-bad-url" => "url",
        "tip-no-channel" => "channel",
        "tip-no-reporter" => "reporter",
        "tip-no-person" | "tip-many-persons" => "person",
        "tip-bad-picture" | "tip-large-picture" => "picture",
        _ => "text",
    }
}
