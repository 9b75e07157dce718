//! Calls of AT Protocol's HTTP API, and what its errors mean.

use serde::Deserialize;
use url::Url;

use crate::source::http::{Get, Response};
use crate::source::{AccountState, Http, SourceError};

/// The address of a query.
pub(super) fn url(base: &Url, nsid: &str, query: &[(&str, &str)]) -> Option<Url> {
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().push("xrpc").push(nsid);
    url.query_pairs_mut().clear().extend_pairs(query);
    Some(url)
}

/// Sends a query and returns its answer, where that is a success.
pub(super) async fn get(http: &Http, base: &Url, nsid: &str, query: &[(&str, &str)]) -> Result<Response, SourceError> {
    let url = url(base, nsid, query)
        .ok_or_else(|| SourceError::Permanent { cause: "the server's address is no base for requests".into() })?;
    let answer = http.get(Get::new(url, "application/json")).await?;
    if answer.status.as_u16() == 200 { Ok(answer) } else { Err(failure(&answer)) }
}

/// An answer that says 200 and is not what the lexicon promises.
pub(super) fn malformed(nsid: &str, answer: &Response, error: &serde_json::Error) -> SourceError {
    let html = answer.body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<');
    let problem = if html { "it is HTML, not JSON".to_owned() } else { super::record::problem("answer", error) };
    SourceError::malformed(format!("{nsid} on {}", answer.host()), problem)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: String,
    message: String,
}

/// What an answer other than 200 means. Of its text only the error's name is passed on, and only if it looks like one.
pub(super) fn failure(answer: &Response) -> SourceError {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    let plain =
        !body.error.is_empty() && body.error.len() <= 64 && body.error.bytes().all(|b| b.is_ascii_alphanumeric());
    let name = if plain { body.error.as_str() } else { "" };
    let status = answer.status.as_u16();
    let cause = format!("{} answered {status} {name}", answer.host());
    let cause = cause.trim_end().into();
    if let Some(state) = account_state(name, &body.message) {
        return SourceError::Unavailable { state, cause };
    }
    match status {
        408 | 425 | 429 | 500.. => SourceError::Transient { retry_after: answer.retry_after(), cause },
        200 => SourceError::malformed(answer.host(), cause),
        _ => SourceError::Permanent { cause },
    }
}

/// The names of the lexicons and of the reference server; where it only says `InvalidRequest`, its message decides.
fn account_state(name: &str, message: &str) -> Option<AccountState> {
    match name {
        "RepoNotFound" | "HandleNotFound" | "DidNotFound" | "AccountNotFound" => Some(AccountState::NotFound),
        "RepoTakendown" | "RepoSuspended" | "AccountTakedown" | "AccountSuspended" => Some(AccountState::Suspended),
        "RepoDeactivated" | "AccountDeactivated" => Some(AccountState::Deactivated),
        "InvalidRequest" => {
            let absent =
                ["Could not find repo", "Unable to resolve handle", "Could not find user", "Profile not found"];
            absent.iter().any(|start| message.starts_with(start)).then_some(AccountState::NotFound)
        }
        _ => None,
    }
}
