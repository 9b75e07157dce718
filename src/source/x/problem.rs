//! What X says when it does not answer: problem documents of any status, also inside of answers that say 200.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::answer::{self, lenient};
use crate::source::http::Response;
use crate::source::{AccountState, SourceError};

/// How long to leave X alone when the subscription is used up: only somebody who pays can change that.
const BILLING_PAUSE: Duration = Duration::from_secs(60 * 60);

/// A problem document, as far as it is understood.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    #[serde(rename = "type")]
    kind: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    resource_type: Option<String>,
    parameter: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problems<'a> {
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

impl Problem {
    /// The last part of the type's address: `resource-not-found`.
    fn name(&self) -> &str {
        let kind = self.kind.as_deref().unwrap_or_default();
        answer::plain(kind.rsplit('/').next().unwrap_or_default())
    }

    fn says(&self, word: &str) -> bool {
        [&self.title, &self.detail].into_iter().flatten().any(|text| text.to_ascii_lowercase().contains(word))
    }

    fn is_billing(&self) -> bool {
        matches!(self.name(), "usage-capped" | "credits") || self.says("creditsdepleted") || self.says("usagecap")
    }

    /// Whether it is about the account that was asked for, not about a post that is referred to.
    fn is_about_the_account(&self) -> bool {
        match self.resource_type.as_deref() {
            Some(kind) => kind == "user",
            None => self.parameter.as_deref().is_none_or(|name| matches!(name, "id" | "username")),
        }
    }

    /// A suspended account has the type of one that is not there; only its words tell the two apart.
    fn account_state(&self) -> Option<AccountState> {
        if !self.is_about_the_account() {
            return None;
        }
        match self.name() {
            _ if self.says("suspended") => Some(AccountState::Suspended),
            "not-authorized-for-resource" => Some(AccountState::Private),
            "resource-not-found" => Some(AccountState::NotFound),
            _ => None,
        }
    }
}

/// What an answer other than 200 means.
pub(super) fn failure(response: &Response) -> SourceError {
    let body: Problem = serde_json::from_slice(&response.body).unwrap_or_default();
    let inner = listed(response).into_iter().next();
    let problem = if body.kind.is_none() { inner.unwrap_or(body) } else { body };
    let status = response.status.as_u16();
    let refused =
        |advice: &str| SourceError::Denied { cause: format!("{} answered {status}: {advice}", response.host()).into() };
    match status {
        402 => billing(response),
        _ if problem.is_billing() => billing(response),
        401 => refused("the token is not accepted; set a valid bearer token in NETRAL_X_TOKEN"),
        403 | 404 if problem.account_state().is_some() => unavailable(response, &problem),
        403 => refused("the app that NETRAL_X_TOKEN belongs to may not read this; look at its plan"),
        _ => answer::failure(response, problem.name()),
    }
}

/// What an answer means that says 200 and holds no data but errors; nothing where it holds none.
pub(super) fn inside(response: &Response) -> Option<SourceError> {
    let problems = listed(response);
    if let Some(problem) = problems.iter().find(|problem| problem.account_state().is_some()) {
        return Some(unavailable(response, problem));
    }
    let problem = problems.first()?;
    let cause = format!("{} answered with an error: {}", response.host(), problem.name());
    Some(match problem.name() {
        "internal-error" | "field-hydration-failure" | "resource-unavailable" => {
            SourceError::Transient { retry_after: None, cause: cause.into() }
        }
        _ if problem.is_billing() => billing(response),
        _ => SourceError::malformed(response.host(), cause),
    })
}

fn listed(response: &Response) -> Vec<Problem> {
    let body: Problems<'_> = serde_json::from_slice(&response.body).unwrap_or_default();
    let errors = body.errors.and_then(lenient::<Vec<&RawValue>>).unwrap_or_default();
    errors.into_iter().filter_map(lenient).collect()
}

fn unavailable(response: &Response, problem: &Problem) -> SourceError {
    let cause = format!("{} says so: {}", response.host(), problem.name());
    match problem.account_state() {
        Some(state) => SourceError::Unavailable { state, cause: cause.into() },
        None => SourceError::malformed(response.host(), cause),
    }
}

fn billing(response: &Response) -> SourceError {
    let cause =
        format!("{}: the credits or the monthly quota of the subscription are used up (billing)", response.host());
    let pause = response.retry_after().unwrap_or_default().max(BILLING_PAUSE);
    SourceError::Transient { retry_after: Some(pause), cause: cause.into() }
}
