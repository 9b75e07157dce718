//! Requests that carry a key are done once: the same request again gets the same answer.

use axum::body::to_bytes;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::problem::{self, Code, Problem};
use crate::store::KeptAnswer;
use crate::web::error::Error;
use crate::web::i18n::Text;
use crate::web::state::AppState;

/// Under which key a request may be repeated.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The answer is the one that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The key of a request that may be repeated.
///
/// # Errors
/// [`Code::BadKey`] where it is empty, too long or no visible text.
pub fn key(parts: &Parts) -> Result<Option<String>, Problem> {
    let Some(value) = parts.headers.get(KEY) else { return Ok(None) };
    let key = value.to_str().map(str::trim).unwrap_or_default();
    // Structured fields quote strings; both ways are the same key.
    let key = key.strip_prefix('"').and_then(|k| k.strip_suffix('"')).unwrap_or(key);
    if key.is_empty() || key.len() > 255 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Code::BadKey.into());
    }
    Ok(Some(key.to_owned()))
}

/// A request that is answered once.
pub struct Once {
    /// What handlers may touch.
    pub state: AppState,
    /// The token whose key it is.
    pub token: Uuid,
    /// The key.
    pub key: String,
    /// The words of its answer.
    pub t: Text,
}

impl Once {
    /// Takes the key, or gives the answer that was given before.
    ///
    /// # Errors
    /// [`Code::KeyInFlight`] or [`Code::KeyReused`].
    pub async fn begin(&self, parts: &Parts, body: &[u8]) -> Result<Option<Response>, Problem> {
        let mut request = Sha256::new();
        request.update(parts.method.as_str());
        request.update([0]);
        request.update(parts.uri.to_string());
        request.update([0]);
        request.update(body);
        match self.state.store.begin_answer(self.token, &self.key, request.finalize().into()).await? {
            KeptAnswer::New => Ok(None),
            KeptAnswer::InFlight => Err(Code::KeyInFlight.into()),
            KeptAnswer::OtherRequest => Err(Code::KeyReused.into()),
            KeptAnswer::Answered(status, body) => {
                let status = StatusCode::from_u16(status).map_err(|_| Code::Internal)?;
                let mut response = (status, body.clone()).into_response();
                let headers = response.headers_mut();
                headers.remove(header::CONTENT_TYPE);
                if !body.is_empty() {
                    let kind = if status.is_success() { "application/json" } else { problem::MEDIA_TYPE };
                    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
                }
                headers.insert(REPLAYED, HeaderValue::from_static("true"));
                Ok(Some(response))
            }
        }
    }

    /// Keeps an answer, its words and all; a fault of netral is none, so that the key can be used again.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the database is away.
    pub async fn end(self, answer: Response) -> Result<Response, Problem> {
        let answer = problem::explain(answer, self.t);
        if answer.status().is_server_error() {
            self.state.store.give_up_answer(self.token, &self.key).await?;
            return Ok(answer);
        }
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|_| Error::Internal)?;
        self.state.store.keep_answer(self.token, &self.key, parts.status.as_u16(), &body).await?;
        Ok(Response::from_parts(parts, body.into()))
    }
}
