//! Calls of AT Protocol's HTTP API, and what its errors mean.

use serde::Deserialize;
use url::Url;

use crate::source::http::{Request, Response};
use crate::source::{AccountState, Http, SourceError, answer};

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
    let answer = http.send(Request::get(url, "application/json")).await?;
    if answer.status.as_u16() == 200 { Ok(answer) } else { Err(failure(&answer)) }
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
    let name = answer::plain(&body.error);
    let failure = answer::failure(answer, name);
    match (account_state(name, &body.message), failure) {
        (
            Some(state),
            SourceError::Transient { cause, .. }
            | SourceError::Permanent { cause }
            | SourceError::Malformed { cause, .. },
        ) => SourceError::Unavailable { state, cause },
        (_, failure) => failure,
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
