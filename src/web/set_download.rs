//! `GET /kata-kunci/{set}/unduh/{format}`: the list as a file, as a table, as a workbook.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::error::Error;
use super::state::AppState;
use crate::keyword;

/// `GET /kata-kunci/{set}/unduh/{format}`
pub async fn download(
    State(state): State<AppState>,
    Path((id, format)): Path<(String, String)>,
) -> Result<Response, Error> {
    let (bytes, kind) = match format.as_str() {
        "toml" => (state.drafts.text(&id).await?.0.into_bytes(), "application/toml"),
        "csv" => (keyword::to_csv(&*state.drafts.set(&id).await?), "text/csv; charset=utf-8"),
        "xlsx" => {
            let set = state.drafts.set(&id).await?;
            let made = tokio::task::spawn_blocking(move || keyword::to_xlsx(&set)).await;
            let bytes = made.map_err(|_| Error::Internal)?.map_err(|_| Error::Internal)?;
            (bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
        _ => return Err(Error::NotFound),
    };
    // The id is that of a list that exists: lower-case letters, digits and hyphens.
    let name = format!("attachment; filename=\"{id}.{format}\"");
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}
