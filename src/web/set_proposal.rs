//! A paste or an upload: what it would change is shown first, and taken or dropped afterwards.

use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::keyword_edit;
use super::page::{Frame, html};
use super::set_frame::{self, News, SetHead, Tab, back};
use super::state::AppState;
use crate::keyword::{self, Defaults, KeywordError, KeywordSet, Sheet};
use crate::store::Proposal;

/// Lines of a difference that one page shows.
const SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "set_proposal.html")]
struct Page {
    t: Text,
    f: Frame,
    h: SetHead,
    summary: String,
    problems: Vec<(String, String)>,
    more_problems: String,
    changes: Vec<String>,
    more_changes: String,
    proposal: Option<Uuid>,
}

/// What came in.
#[derive(Default)]
struct Upload {
    pasted: String,
    file: Option<(String, Vec<u8>)>,
    keyword: String,
    kind: String,
    side: String,
}

/// `POST /kata-kunci/{set}/usul`
pub async fn propose(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    multipart: Multipart,
) -> Result<Html<String>, Error> {
    let upload = read(multipart).await?;
    let (origin, bytes) = match upload.file {
        Some((name, bytes)) if !bytes.is_empty() => (name, bytes),
        _ => ("tempel".to_owned(), upload.pasted.into_bytes()),
    };
    let some = |text: String| (!text.is_empty()).then_some(text);
    let defaults = Defaults {
        kind: some(upload.kind).map(|kind| kind.parse()).transpose().map_err(|_| Error::BadRequest)?,
        side: some(upload.side),
        keyword: some(upload.keyword),
    };
    let (text, revision) = state.drafts.text(&id).await?;
    let file = format!("{id}.toml");
    let old = text.clone();
    // A sheet of 200,000 rows takes seconds; the other requests go on meanwhile.
    let named = origin.clone();
    let (sheet, edited) = tokio::task::spawn_blocking(move || {
        let sheet = keyword::read_sheet(&named, &bytes, &defaults);
        let edited = keyword::apply(&file, &text, &sheet.edits);
        (sheet, edited)
    })
    .await
    .map_err(|_| Error::Internal)?;
    let t = Text::new(visit.user.language, state.config.zone);
    let made = match edited {
        Ok(new) => closures(&state, &id, &old, new).await?,
        Err(error) => Err(error),
    };
    match made {
        Ok((_, new, text)) if text == old => page(&state, &visit, &id, (&sheet, None, Vec::new(), Some(&new)), t).await,
        Ok((before, new, text)) => {
            let proposal = Proposal {
                proposal_id: Uuid::now_v7(),
                draft_id: id.clone(),
                revision,
                text,
                origin,
                proposed_by: visit.user.login.clone(),
            };
            state.store.propose(&proposal).await?;
            let changes = before.map(|before| differences(&before, &new, t)).unwrap_or_default();
            page(&state, &visit, &id, (&sheet, Some(proposal.proposal_id), changes, Some(&new)), t).await
        }
        Err(error) => {
            let mut sheet = sheet;
            sheet.problems.extend(error.problems().into_iter().map(|p| keyword::SheetProblem {
                place: p.subject.clone().unwrap_or_else(|| p.file.clone()),
                what: p.what,
            }));
            page(&state, &visit, &id, (&sheet, None, Vec::new(), None), t).await
        }
    }
}

type Made = Result<(Option<KeywordSet>, KeywordSet, String), KeywordError>;

/// The list before and after, each with all that it extends.
async fn closures(state: &AppState, id: &str, old: &str, new: String) -> Result<Made, Error> {
    let library = state.drafts.library().await?;
    let (file, old) = (format!("{id}.toml"), old.to_owned());
    let made = tokio::task::spawn_blocking(move || {
        let after = library.close(file.clone(), new.clone())?;
        // What could not be read before can't be compared with, but may be mended.
        Ok((library.close(file, old).ok(), after, new))
    });
    made.await.map_err(|_| Error::Internal)
}

fn differences(old: &KeywordSet, new: &KeywordSet, t: Text) -> Vec<String> {
    keyword::diff(old, new).into_iter().map(|change| change.in_language(t.language()).to_owned()).collect()
}

async fn page(
    state: &AppState,
    visit: &Visit,
    id: &str,
    (sheet, proposal, mut changes, set): (&Sheet, Option<Uuid>, Vec<String>, Option<&KeywordSet>),
    t: Text,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "keywords-title", "/kata-kunci");
    let live = set_frame::live_version(state, id).await?;
    let h = SetHead::new((id, set, live.as_ref()), Tab::Table, &visit.user, &News::default(), t);
    let more = changes.len().saturating_sub(SHOWN);
    changes.truncate(SHOWN);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    html(&Page {
        summary: t.xy(
            "proposal-summary",
            t.number(count(sheet.rows)),
            t.number(count(sheet.problems.len() + sheet.more_problems)),
        ),
        problems: sheet
            .problems
            .iter()
            .map(|p| (p.place.clone(), p.what.in_language(t.language()).to_owned()))
            .collect(),
        more_problems: if sheet.more_problems > 0 {
            t.n("proposal-more", count(sheet.more_problems))
        } else {
            String::new()
        },
        more_changes: if more > 0 { t.n("proposal-more", count(more)) } else { String::new() },
        changes,
        proposal,
        h,
        t,
        f,
    })
}

async fn read(mut multipart: Multipart) -> Result<Upload, Error> {
    let mut upload = Upload::default();
    while let Some(field) = multipart.next_field().await.map_err(|_| Error::BadRequest)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "berkas" {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|_| Error::BadRequest)?;
            upload.file = Some((file_name, bytes.to_vec()));
            continue;
        }
        let text = field.text().await.map_err(|_| Error::BadRequest)?;
        match name.as_str() {
            "tempel" => upload.pasted = text,
            "kunci" => upload.keyword = text,
            "jenis" => upload.kind = text,
            "sisi" => upload.side = text,
            _ => {}
        }
    }
    Ok(upload)
}

/// The author's word on a proposal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    putus: String,
    alasan: String,
}

/// `POST /kata-kunci/{set}/usulan/{proposal_id}`
pub async fn settle(
    State(state): State<AppState>,
    visit: Visit,
    Path((id, proposal_id)): Path<(String, Uuid)>,
    Form(word): Form<Word>,
) -> Result<Response, Error> {
    let proposal = state.store.proposal(&id, proposal_id).await?.ok_or(Error::NotFound)?;
    if proposal.proposed_by != visit.user.login {
        return Err(Error::NotFound);
    }
    if word.putus != "ambil" {
        state.store.drop_proposal(proposal_id).await?;
        return Ok(back(&id, "", "set-proposal-dropped").into_response());
    }
    let why = format!("{} ({})", word.alasan.trim(), proposal.origin);
    let saved = state.drafts.save(&id, &proposal.text, Some(proposal.revision), &why, &visit.user.login).await?;
    state.store.drop_proposal(proposal_id).await?;
    let key = match keyword_edit::key(&saved) {
        "set-saved" => "set-proposal-taken",
        other => other,
    };
    Ok(back(&id, "", key).into_response())
}
