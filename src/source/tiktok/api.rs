//! Calls of the Research API: the client's token, and what the errors mean.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::TiktokConfig;
use crate::source::http::{Credential, Request, Response};
use crate::source::{AccountState, Http, SourceError, answer};

/// The limit of all calls but one kind.
pub(super) const REQUESTS: &str = "requests";
/// The limit of calls about who follows whom.
pub(super) const FOLLOW_REQUESTS: &str = "follow_requests";

/// A used-up quota is asked again after an hour; when its day ends is for whoever keeps the count.
const QUOTA_WAIT: Duration = Duration::from_secs(60 * 60);

/// The API with a token that is got when it is needed and kept until it is refused.
#[derive(Debug)]
pub(super) struct Api {
    base: Url,
    key: Option<SecretString>,
    secret: Option<SecretString>,
    http: Http,
    token: Mutex<Option<SecretString>>,
}

/// A call that did not succeed.
pub(super) struct Refused {
    /// Whether the service has forgotten the search that the call goes on with.
    pub(super) stale: bool,
    pub(super) error: SourceError,
}

impl From<SourceError> for Refused {
    fn from(error: SourceError) -> Self {
        Self { stale: false, error }
    }
}

impl From<Refused> for SourceError {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Verdict {
    error: ErrorBody,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: String,
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenAnswer {
    access_token: Option<SecretString>,
    error: String,
}

impl Api {
    pub(super) fn new(config: &TiktokConfig, http: Http) -> Self {
        let (key, secret) = (config.client_key.clone(), config.client_secret.clone());
        Self { base: config.base_url.clone(), key, secret, http, token: Mutex::default() }
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // Each path ends with a slash; without it, the service redirects.
            segments.pop_if_empty().extend(path.split('/')).push("");
        }
        url
    }

    /// Asks a question below `/v2/research/`; returns an answer that says `ok`.
    pub(super) async fn ask(
        &self,
        path: &str,
        fields: &str,
        question: &Value,
        bucket: &'static str,
    ) -> Result<Response, Refused> {
        let mut url = self.url(&format!("v2/research/{path}"));
        url.query_pairs_mut().append_pair("fields", fields);
        let mut token = self.token(None).await?;
        let mut is_fresh = false;
        loop {
            let request = Request::get(url.clone(), "application/json")
                .with(Some(Credential::Bearer(token.clone())))
                .charged(bucket, 1)
                .post(question);
            let answer = self.http.send(request).await.map_err(SourceError::from)?;
            let verdict = verdict(&answer, path)?;
            let is_refused = answer.status.as_u16() == 401 || verdict.code == "access_token_invalid";
            if is_refused && !is_fresh {
                // It lasts two hours. That it has run out is no fault, and the next one is a question away.
                token = self.token(Some(&token)).await?;
                is_fresh = true;
                continue;
            }
            return if answer.status.as_u16() == 200 && verdict.code == "ok" {
                Ok(answer)
            } else {
                Err(failure(&answer, &verdict))
            };
        }
    }

    /// The token in use, or a new one where there is none but the one that was refused.
    async fn token(&self, refused: Option<&SecretString>) -> Result<SecretString, SourceError> {
        let mut kept = self.token.lock().await;
        let is_refused =
            |token: &SecretString| refused.is_some_and(|refused| refused.expose_secret() == token.expose_secret());
        if let Some(token) = kept.as_ref().filter(|token| !is_refused(token)) {
            return Ok(token.clone());
        }
        *kept = None;
        let (Some(key), Some(secret)) = (&self.key, &self.secret) else {
            let cause = "TikTok is switched on, but NETRAL_TIKTOK_CLIENT_KEY or NETRAL_TIKTOK_CLIENT_SECRET is not set; \
                         set both, or enabled = false";
            return Err(SourceError::Denied { cause: cause.into() });
        };
        let request = Request::get(self.url("v2/oauth/token"), "application/json").charged(REQUESTS, 0).submit(&[
            ("client_key", key.expose_secret()),
            ("client_secret", secret.expose_secret()),
            ("grant_type", "client_credentials"),
        ]);
        let answer = self.http.send(request).await?;
        if !answer.status.is_success() && !answer.status.is_client_error() || answer.status.as_u16() == 429 {
            return Err(answer::failure(&answer, ""));
        }
        // A refusal may come with status 200.
        let TokenAnswer { access_token, error } = answer::read(&answer, "oauth/token")?;
        let token = access_token.filter(|token| !token.expose_secret().is_empty()).ok_or_else(|| {
            let name = answer::plain(&error);
            let cause = format!(
                "{} gives no token ({name}); check NETRAL_TIKTOK_CLIENT_KEY and NETRAL_TIKTOK_CLIENT_SECRET",
                answer.host()
            );
            SourceError::Denied { cause: cause.into() }
        })?;
        *kept = Some(token.clone());
        Ok(token)
    }
}

/// What the body says. One that breaks off happens now and then, and is another's next time.
fn verdict(answer: &Response, path: &str) -> Result<ErrorBody, SourceError> {
    match serde_json::from_slice::<Verdict>(&answer.body) {
        Ok(verdict) => Ok(verdict.error),
        Err(_) if answer.status.as_u16() != 200 => Ok(ErrorBody::default()),
        Err(error) if error.is_eof() => {
            let cause = format!("the answer of {} breaks off", answer.host()).into();
            Err(SourceError::Transient { retry_after: None, cause })
        }
        Err(error) => Err(answer::malformed(answer, path, &error)),
    }
}

/// What an answer other than `ok` means. The messages quote names, so only the code is passed on.
fn failure(answer: &Response, error: &ErrorBody) -> Refused {
    let code = answer::plain(&error.code);
    let says = |words: &str| error.message.contains(words);
    let cause = |text: &str| format!("{} answered {} {code}: {text}", answer.host(), answer.status.as_u16()).into();
    let unavailable = |state, text| SourceError::Unavailable { state, cause: cause(text) };
    let stale = says("is invalid or expired") || says("Invalid count or cursor");
    let error = match (answer.status.as_u16(), code) {
        (_, "access_token_invalid") | (401, _) => SourceError::Denied {
            cause: cause("the token is refused; check NETRAL_TIKTOK_CLIENT_KEY and NETRAL_TIKTOK_CLIENT_SECRET"),
        },
        (_, "scope_not_authorized") => {
            SourceError::Denied { cause: cause("the client's project is not approved for the Research API") }
        }
        (_, "rate_limit_exceeded" | "daily_quota_limit_exceeded") | (429, _) => SourceError::Transient {
            retry_after: answer.retry_after().or(Some(QUOTA_WAIT)),
            cause: cause("the day's quota, or the rate, is used up"),
        },
        (_, "internal_error" | "timeout") => {
            SourceError::Transient { retry_after: answer.retry_after(), cause: cause("a fault of the service's own") }
        }
        _ if says("cannot find the user") => unavailable(AccountState::NotFound, "there is no such account"),
        _ if says("cannot return this user's information") => {
            unavailable(AccountState::Private, "the service does not show the account")
        }
        (403, _) => unavailable(AccountState::Private, "the account does not show this"),
        _ => answer::failure(answer, code),
    };
    Refused { stale, error }
}
