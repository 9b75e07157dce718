//! `/register/impor`: a register file is read and shown first, and taken in once its author says yes.

use askama::Template;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::register_frame::{News, RegisterHead, back, back_with};
use super::state::AppState;
use super::typed;
use crate::register::{self, COLUMNS, RegisterFile};
use crate::store::{Linked, StoreError};

const PATH: &str = "/register/impor";
/// Problems that are told one by one; the rest is counted.
const TOLD: usize = 200;
/// More rows are for the command, which has no page to wait for.
const MAX_ROWS: usize = 10_000;

/// What a file would do.
struct Trial {
    origin: String,
    summary: String,
    problems: Vec<(usize, String, String)>,
    more: String,
    /// Set where it can be taken in.
    import: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "register_import.html")]
struct Page {
    t: Text,
    f: Frame,
    h: RegisterHead,
    columns: String,
    problem: Option<String>,
    trial: Option<Trial>,
}

/// `GET /register/impor`
pub async fn form(
    State(state): State<AppState>,
    visit: Visit,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    page(&state, &visit, &news, None, None).await
}

/// `POST /register/impor`
pub async fn propose(State(state): State<AppState>, visit: Visit, multipart: Multipart) -> Result<Response, Error> {
    let Some((origin, bytes)) = upload(multipart).await? else {
        let page = page(&state, &visit, &News::default(), Some("import-no-file"), None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    // A workbook of some thousand rows takes its time; the other requests go on meanwhile.
    let file = tokio::task::spawn_blocking(move || register::read(&bytes)).await.map_err(|_| Error::Internal)?;
    if file.rows.len() > MAX_ROWS {
        let page = page(&state, &visit, &News::default(), Some("import-too-long"), None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let trial = trial(&state, &visit, origin, file).await?;
    let status = if trial.import.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page(&state, &visit, &News::default(), None, Some(trial)).await?).into_response())
}

async fn upload(mut multipart: Multipart) -> Result<Option<(String, Vec<u8>)>, Error> {
    while let Some(field) = multipart.next_field().await.map_err(|_| Error::BadRequest)? {
        if field.name() == Some("berkas") {
            let name = typed::line(field.file_name().unwrap_or_default()).chars().take(200).collect();
            let bytes = field.bytes().await.map_err(|_| Error::BadRequest)?;
            return Ok((!bytes.is_empty()).then(|| (name, bytes.to_vec())));
        }
    }
    Ok(None)
}

/// Does everything but write, and keeps the rows where there is nothing wrong with any.
async fn trial(state: &AppState, visit: &Visit, origin: String, file: RegisterFile) -> Result<Trial, Error> {
    let t = Text::new(visit.user.language, state.config.zone);
    let (numbers, rows): (Vec<_>, Vec<_>) = file.rows.into_iter().unzip();
    let mut problems: Vec<_> =
        file.problems.into_iter().map(|p| (p.row, p.column, p.what.in_language(t.language()).to_owned())).collect();
    let (linked, refused) = state.store.try_register(&rows, &visit.user.login).await?;
    problems.extend(refused.into_iter().map(|(index, rule)| {
        let words = register::explain(&rule).in_language(t.language()).to_owned();
        (numbers.get(index).copied().unwrap_or_default(), String::new(), words)
    }));
    problems.sort();
    let import = if problems.is_empty() && !rows.is_empty() {
        Some(state.store.stage_import(&origin, &rows, &visit.user.login).await?)
    } else {
        None
    };
    let more = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    Ok(Trial {
        origin,
        summary: summary(rows.len(), linked, t),
        problems,
        more: if more > 0 { t.n("import-more", count(more)) } else { String::new() },
        import,
    })
}

fn summary(rows: usize, linked: Linked, t: Text) -> String {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let rows = t.n("import-rows", i64::try_from(rows).unwrap_or(i64::MAX));
    let new = t.with_counts("import-new", count(linked.units), count(linked.persons), count(linked.accounts));
    format!("{rows} {new} {}", t.n("import-known", count(linked.known)))
}

/// The author's word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    putus: String,
}

/// `POST /register/impor/{import_id}`
pub async fn settle(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<Uuid>,
    Form(word): Form<Word>,
) -> Result<Redirect, Error> {
    if word.putus != "ambil" {
        let done = state.store.drop_staged(id, &visit.user.login).await?;
        return Ok(back(PATH, if done { "import-dropped" } else { "settled-already" }));
    }
    match state.store.take_staged(id, &visit.user.login).await {
        Ok(Some(linked)) => Ok(back_with(PATH, "import-taken", linked.accounts)),
        Ok(None) => Ok(back(PATH, "settled-already")),
        // Somebody was faster with one of its rows; the file is to be looked at anew.
        Err((_, StoreError::Conflict { .. })) => Ok(back(PATH, "import-refused")),
        Err((_, error)) => Err(error.into()),
    }
}

async fn page(
    state: &AppState,
    visit: &Visit,
    news: &News,
    problem: Option<&'static str>,
    trial: Option<Trial>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(state, "import-title", PATH);
    let t = f.t;
    html(&Page {
        h: RegisterHead::new(state, visit, PATH, news, t).await?,
        columns: COLUMNS.join(","),
        problem: problem.map(|key| t.s(key)),
        trial,
        t,
        f,
    })
}
