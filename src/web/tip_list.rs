//! `/informasi-awal`: what people told, and the form for another one. Nothing of it is in the queue before a second person
//! confirms it.

use askama::Template;
use axum::extract::{Multipart, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use uuid::Uuid;

use super::attachment;
use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back};
use super::state::AppState;
use super::typed;
use crate::model::TipChannel;
use crate::picture::looks;
use crate::store::{NewTip, StoreError, Tip};

const PATH: &str = "/informasi-awal";
/// What can be wrong with whom a tip names.
const PERSON: [&str; 2] = ["tip-no-person", "tip-many-persons"];
/// Tips on the page.
const ROWS: i64 = 100;
/// Largest screenshot, in bytes; the database has the same rule.
/// Longest text, in characters.
const MAX_TEXT: usize = 20_000;

/// A tip as it was typed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// NIP or code of the person.
    pub pegawai: String,
    /// Public address.
    pub alamat: String,
    /// What is written there.
    pub teks: String,
    /// Who told.
    pub pelapor: String,
    /// How.
    pub cara: String,
    /// When they saw it, in the office's time: `2029-10-01T09:30`.
    pub dilihat: String,
    /// When it was posted; empty where that is not known.
    pub diunggah: String,
}

struct Row {
    id: Uuid,
    person: String,
    unit: String,
    channel: String,
    seen: String,
    state: String,
}

#[derive(Template)]
#[template(path = "tip_list.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    rows: Vec<Row>,
    channels: Vec<(&'static str, String)>,
    draft: Draft,
    problem: Option<String>,
    /// What is wrong with whom it names.
    person_problem: Option<String>,
    keeps: bool,
}

/// The person that the form is for, by code.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct For {
    kode: String,
}

/// `GET /informasi-awal`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
    Query(wanted): Query<For>,
) -> Result<Html<String>, Error> {
    let draft = Draft { pegawai: typed::line(&wanted.kode), ..Draft::default() };
    page(&state, &visit, &news, draft, None).await
}

/// `POST /informasi-awal`
pub async fn add(State(state): State<AppState>, visit: Visit, multipart: Multipart) -> Result<Response, Error> {
    let (draft, picture) = upload(multipart).await?;
    let key = match enter(&state, &visit.user.login, &draft, picture).await? {
        Ok(id) => return Ok(back(&format!("{PATH}/{id}"), "tip-entered").into_response()),
        Err(key) => key,
    };
    let page = page(&state, &visit, &News::default(), draft, Some(key)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Checks a tip and takes it in; else the name of what is wrong with it.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn enter(
    state: &AppState,
    actor: &str,
    draft: &Draft,
    picture: Vec<u8>,
) -> Result<Result<Uuid, &'static str>, Error> {
    let new = match read(state, draft, picture).await? {
        Ok(new) => new,
        Err(key) => return Ok(Err(key)),
    };
    match state.store.add_tip(&new, actor).await {
        Ok(id) => Ok(Ok(id)),
        Err(StoreError::Conflict { .. }) => Ok(Err("tip-refused")),
        Err(error) => Err(error.into()),
    }
}

async fn upload(mut multipart: Multipart) -> Result<(Draft, Vec<u8>), Error> {
    let (mut draft, mut picture) = (Draft::default(), Vec::new());
    while let Some(field) = multipart.next_field().await.map_err(|_| Error::BadRequest)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "gambar" {
            picture = field.bytes().await.map_err(|_| Error::BadRequest)?.to_vec();
            continue;
        }
        let text = field.text().await.map_err(|_| Error::BadRequest)?;
        match name.as_str() {
            "pegawai" => draft.pegawai = typed::line(&text),
            "alamat" => draft.alamat = typed::line(&text),
            "teks" => draft.teks = typed::lines(&text),
            "pelapor" => draft.pelapor = typed::line(&text),
            "cara" => draft.cara = text,
            "dilihat" => draft.dilihat = text,
            "diunggah" => draft.diunggah = text,
            _ => {}
        }
    }
    Ok((draft, picture))
}

/// The tip, or the name of what is wrong with it.
async fn read(state: &AppState, draft: &Draft, picture: Vec<u8>) -> Result<Result<NewTip, &'static str>, Error> {
    let now = Timestamp::now();
    let moment = |text: &str| -> Option<Timestamp> {
        let local: DateTime = text.trim().parse().ok()?;
        if local.year() < 1970 {
            return None;
        }
        let at = local.to_zoned(state.config.zone.tz()).ok()?.timestamp();
        // A clock that runs a little ahead is no reason to refuse.
        (at <= now + 5.minutes()).then_some(at.min(now))
    };
    let Some(seen_at) = moment(&draft.dilihat) else { return Ok(Err("tip-bad-seen")) };
    let posted_at = if draft.diunggah.trim().is_empty() {
        None
    } else {
        match moment(&draft.diunggah).filter(|at| *at <= seen_at) {
            Some(at) => Some(at),
            None => return Ok(Err("tip-bad-posted")),
        }
    };
    let url = (!draft.alamat.is_empty()).then(|| draft.alamat.clone());
    if url.as_ref().is_some_and(|url| !is_web(url)) {
        return Ok(Err("tip-bad-url"));
    }
    if draft.teks.is_empty() && url.is_none() {
        return Ok(Err("tip-empty"));
    }
    if draft.teks.chars().count() > MAX_TEXT {
        return Ok(Err("tip-long"));
    }
    let Ok(channel) = draft.cara.parse::<TipChannel>() else { return Ok(Err("tip-no-channel")) };
    if !(2..=200).contains(&draft.pelapor.chars().count()) {
        return Ok(Err("tip-no-reporter"));
    }
    let picture = match attachment::read(picture, attachment::PICTURES) {
        Ok(picture) => picture,
        Err(key) => return Ok(Err(key)),
    };
    // NIPs are written in groups, as they stand on letters; a code is as it is.
    let digits = draft.pegawai.chars().all(|c| c.is_ascii_digit() || c.is_whitespace());
    let number: String = draft.pegawai.chars().filter(|c| !digits || !c.is_whitespace()).take(64).collect();
    let person = match state.store.persons_by_number(&number).await?.as_slice() {
        [person] => *person,
        [] => return Ok(Err("tip-no-person")),
        _ => return Ok(Err("tip-many-persons")),
    };
    let looks = match picture.as_ref().map(|p| p.bytes.clone()) {
        // Reading a picture takes a while, and others want to be served. One that cannot be read is kept all the same.
        Some(bytes) => tokio::task::spawn_blocking(move || looks(&bytes)).await.unwrap_or_default(),
        None => None,
    };
    Ok(Ok(NewTip {
        person,
        url,
        text: draft.teks.clone(),
        picture,
        looks,
        reporter: draft.pelapor.clone(),
        channel,
        seen_at,
        posted_at,
    }))
}

fn is_web(url: &str) -> bool {
    url.len() <= 2000 && url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
}

/// How a tip came in, in words.
pub fn channel(channel: TipChannel, t: Text) -> String {
    t.s(match channel {
        TipChannel::WhatsApp => "channel-whatsapp",
        TipChannel::Letter => "channel-letter",
        TipChannel::InPerson => "channel-in-person",
        TipChannel::Telephone => "channel-telephone",
        TipChannel::Other => "channel-other",
    })
}

/// Where a tip stands, in words.
pub fn standing(tip: &Tip, t: Text) -> String {
    t.s(match (&tip.confirmed_by, tip.found) {
        (None, _) => "tip-state-waiting",
        (Some(_), None) => "tip-state-no-hit",
        (Some(_), Some(false)) => "tip-state-background",
        (Some(_), Some(true)) => "tip-state-queued",
    })
}

async fn page(
    state: &AppState,
    visit: &Visit,
    news: &News,
    draft: Draft,
    problem: Option<&'static str>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "tips-title", PATH);
    let t = f.t;
    let tips = state.store.view_tips(ROWS, &visit.user.login).await?;
    html(&Page {
        h: RegisterHead::new(state, visit, PATH, news, t).await?,
        rows: tips
            .into_iter()
            .map(|tip| Row {
                id: tip.tip_id,
                channel: channel(tip.channel, t),
                seen: t.time(tip.seen_at),
                state: standing(&tip, t),
                person: tip.person,
                unit: tip.unit,
            })
            .collect(),
        channels: TipChannel::ALL.iter().map(|c| (c.as_str(), channel(*c, t))).collect(),
        keeps: visit.user.role.keeps_register(),
        problem: problem.filter(|key| !PERSON.contains(key)).map(|key| t.s(key)),
        person_problem: problem.filter(|key| PERSON.contains(key)).map(|key| t.s(key)),
        draft,
        t,
        f,
    })
}
