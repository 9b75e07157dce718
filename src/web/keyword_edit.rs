//! `POST /kata-kunci/{set}/ubah`: one row of the table, as it was edited in place; and the list's file as a whole.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::set_frame::{self, News, SetHead, Tab, back};
use super::set_problems::{self, ProblemLine};
use super::state::AppState;
use super::typed;
use crate::keyword::{Case, Edit, Entry, KeywordError, Near, Strength, apply};
use crate::model::{Kind, Stance};
use crate::pipeline::DraftError;
use crate::store::Edited;

/// The row's fields as they were sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RowForm {
    id: String,
    revisi: i64,
    bentuk: String,
    pola: String,
    kecuali: String,
    cocok: String,
    tidak: String,
    jenis: String,
    sisi: String,
    nomor: String,
    kekuatan: String,
    jarak: String,
    batas: String,
    huruf: String,
    sikap: String,
    aktif: String,
    catatan: String,
    dekat: Vec<String>,
    alasan: String,
    hapus: String,
}

/// `POST /kata-kunci/{set}/ubah`
pub async fn save_row(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<RowForm>,
) -> Result<Response, Error> {
    if typed::why(&form.alasan).is_none() {
        return Ok(back(&id, "", "set-why-missing").into_response());
    }
    let (text, _) = state.drafts.text(&id).await?;
    let edit =
        if form.hapus == "ya" { Edit::Remove { id: form.id.clone() } } else { Edit::Put(Box::new(entry(&form)?)) };
    let t = Text::new(visit.user.language, state.config.zone);
    let done = match apply(&format!("{id}.toml"), &text, &[edit]) {
        Ok(edited) => state.drafts.save(&id, &edited, Some(form.revisi), form.alasan.trim(), &visit.user.login).await,
        Err(error) => Err(DraftError::Keyword(error)),
    };
    match done {
        Ok(edited) => Ok(back(&id, "", key(&edited)).into_response()),
        // A broken row is shown where it can be mended, with what is wrong; what was typed is in the browser's form.
        Err(DraftError::Keyword(error)) => {
            refuse(&state, &visit, &id, (text, form.revisi, form.alasan), &error, t).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The name of the message that an edit comes to.
pub fn key(edited: &Edited) -> &'static str {
    match edited {
        Edited::Saved(_) => "set-saved",
        Edited::Unchanged => "set-unchanged",
        Edited::Stale { .. } => "set-stale",
    }
}

fn entry(form: &RowForm) -> Result<Entry, Error> {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let number = |text: &str| -> Result<Option<u32>, Error> {
        let text = text.trim();
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Error::BadRequest) }
    };
    let kinds = form.dekat.iter().map(|k| k.parse::<Kind>()).collect::<Result<Vec<_>, _>>();
    let kinds = kinds.map_err(|_| Error::BadRequest)?;
    let within = number(&form.jarak)?.and_then(|n| u16::try_from(n).ok());
    let near = (!kinds.is_empty()).then(|| Near { kinds, within: within.unwrap_or(6) });
    let kind: Kind = form.jenis.parse().map_err(|_| Error::BadRequest)?;
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().replace("\r\n", "\n"));
    Ok(Entry {
        id: form.id.clone(),
        kind: Some(kind),
        side: Some(some(&form.sisi)),
        // An account keyword has handles instead; they are edited in the file's text.
        forms: (kind != Kind::Account).then(|| lines(&form.bentuk)),
        patterns: Some(lines(&form.pola)),
        accounts: None,
        strength: Some(if form.kekuatan == "weak" { Strength::Weak } else { Strength::Strong }),
        case: Some(match form.huruf.as_str() {
            "exact" => Some(Case::Exact),
            "fold" => Some(Case::Fold),
            _ => None,
        }),
        number: Some(number(&form.nomor)?),
        enabled: Some(form.aktif != "tidak"),
        daily_cap: Some(number(&form.batas)?),
        near: Some(near),
        except: Some(lines(&form.kecuali)),
        stance: Some(match form.sikap.as_str() {
            "support" => Some(Stance::Support),
            "oppose" => Some(Stance::Oppose),
            _ => None,
        }),
        match_examples: Some(lines(&form.cocok)),
        no_match_examples: Some(lines(&form.tidak)),
        note: Some(some(&form.catatan)),
    })
}

#[derive(Template)]
#[template(path = "set_text.html")]
struct Page {
    t: Text,
    f: Frame,
    h: SetHead,
    text: String,
    revision: i64,
    why: String,
    problems: Vec<ProblemLine>,
}

/// `GET /kata-kunci/{set}/teks`
pub async fn text(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    axum::extract::Query(news): axum::extract::Query<News>,
) -> Result<Html<String>, Error> {
    let (text, revision) = state.drafts.text(&id).await?;
    let t = Text::new(visit.user.language, state.config.zone);
    let problems = match state.drafts.set(&id).await {
        Err(DraftError::Keyword(error)) => set_problems::lines(&id, error.problems().iter().map(|p| (p, true)), t),
        _ => Vec::new(),
    };
    page(&state, &visit, &id, (text, revision, String::new()), problems, &news).await
}

/// The file as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TextForm {
    teks: String,
    revisi: i64,
    alasan: String,
}

/// `POST /kata-kunci/{set}/teks`
pub async fn save_text(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Form(form): Form<TextForm>,
) -> Result<Response, Error> {
    let t = Text::new(visit.user.language, state.config.zone);
    // Browsers send line ends as CR LF; files have LF.
    let text = form.teks.replace("\r\n", "\n");
    if typed::why(&form.alasan).is_none() {
        return Ok(back(&id, "/teks", "set-why-missing").into_response());
    }
    match state.drafts.save(&id, &text, Some(form.revisi), form.alasan.trim(), &visit.user.login).await {
        Ok(edited) => Ok(back(&id, "/teks", key(&edited)).into_response()),
        Err(DraftError::Keyword(error)) => {
            refuse(&state, &visit, &id, (text, form.revisi, form.alasan), &error, t).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The text as it was typed, with what is wrong with it.
async fn refuse(
    state: &AppState,
    visit: &Visit,
    id: &str,
    typed: (String, i64, String),
    error: &KeywordError,
    t: Text,
) -> Result<Response, Error> {
    let problems = set_problems::lines(id, error.problems().iter().map(|p| (p, true)), t);
    let shown = page(state, visit, id, typed, problems, &News::default()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}

async fn page(
    state: &AppState,
    visit: &Visit,
    id: &str,
    (text, revision, why): (String, i64, String),
    problems: Vec<ProblemLine>,
    news: &News,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let live = set_frame::live_version(state, id).await?;
    let set = state.drafts.set(id).await.ok();
    let h = SetHead::new((id, set.as_deref(), live.as_ref()), Tab::Text, &visit.user, news, t);
    html(&Page { text, revision, why, problems, h, t, f })
}
