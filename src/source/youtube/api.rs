//! Calls of the Data API, and what its errors mean: the reason decides, not the status.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::source::http::{Credential, HttpError, Request, Response};
use crate::source::{AccountState, Http, SourceError, answer};

/// The limit that every call counts against, one unit each.
pub(super) const UNITS: &str = "units";

/// A used-up quota is asked again after an hour; when its day ends is for whoever keeps the count.
const QUOTA_WAIT: Duration = Duration::from_secs(60 * 60);

/// The service's address and the key.
#[derive(Clone, Debug)]
pub(super) struct Api {
    pub(super) base: Url,
    pub(super) key: Option<SecretString>,
    pub(super) http: Http,
}

/// A call that did not succeed: the service's own word for why (empty where it has none), and what that means.
pub(super) struct Refused {
    pub(super) reason: String,
    pub(super) error: SourceError,
}

impl From<SourceError> for Refused {
    fn from(error: SourceError) -> Self {
        Self { reason: String::new(), error }
    }
}

impl From<Refused> for SourceError {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

/// What the service says of a channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: String,
    /// The playlist of its uploads.
    pub(super) uploads: Option<String>,
    pub(super) handle: Option<String>,
}

#[derive(Deserialize)]
struct Channels {
    #[serde(default)]
    items: Vec<ChannelItem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChannelItem {
    id: String,
    #[serde(default)]
    snippet: ChannelSnippet,
    #[serde(default)]
    content_details: ChannelDetails,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ChannelSnippet {
    custom_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ChannelDetails {
    related_playlists: Playlists,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Playlists {
    uploads: Option<String>,
}

impl Api {
    /// Sends one call and returns its answer, where that is a success.
    pub(super) async fn get(&self, method: &str, query: &[(&str, &str)]) -> Result<Response, Refused> {
        let key = self.key.clone().ok_or_else(|| SourceError::Denied {
            cause: "YouTube is switched on, but NETRAL_YOUTUBE_KEY holds no API key; set it, or enabled = false".into(),
        })?;
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(method);
        }
        url.query_pairs_mut().clear().extend_pairs(query);
        let request = Request::get(url, "application/json")
            .with(Some(Credential::Header("x-goog-api-key", key)))
            .charged(UNITS, 1);
        let answer = self.http.send(request).await.map_err(|error: HttpError| SourceError::from(error))?;
        if answer.status.as_u16() == 200 { Ok(answer) } else { Err(failure(&answer)) }
    }

    /// Looks a channel up by its id, else by its handle. One that was taken down, or never was, is an empty answer.
    pub(super) async fn channel(&self, id: Option<&str>, handle: &str) -> Result<Channel, SourceError> {
        let handle = format!("@{}", handle.trim_start_matches('@'));
        let by = id.map_or(("forHandle", handle.as_str()), |id| ("id", id));
        let answer = self.get("channels", &[("part", "snippet,contentDetails"), by]).await?;
        let found: Channels = answer::read(&answer, "channels")?;
        let wanted = found.items.into_iter().find(|item| id.is_none_or(|id| id == item.id));
        let item = wanted.ok_or_else(|| SourceError::Unavailable {
            state: AccountState::NotFound,
            cause: "the service knows no such channel (any more)".into(),
        })?;
        Ok(Channel {
            id: item.id,
            uploads: item.content_details.related_playlists.uploads.filter(|id| !id.is_empty()),
            handle: item.snippet.custom_url.and_then(|url| url.strip_prefix('@').map(str::to_owned)),
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorDetail {
    errors: Vec<Reason>,
    details: Vec<Reason>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

/// What an answer other than 200 means. Its messages hold HTML and may quote the request; only the reason is passed on.
fn failure(answer: &Response) -> Refused {
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    // A refused key is a mere `badRequest` among the errors and has its name among the details.
    let reasons = || body.error.errors.iter().chain(&body.error.details).map(|part| answer::plain(&part.reason));
    let telling = reasons().find(|reason| !matches!(*reason, "" | "badRequest" | "forbidden"));
    let reason = telling.or_else(|| reasons().next()).unwrap_or_default().to_owned();
    let cause = |text: &str| format!("{} says {reason}: {text}", answer.host()).into();
    let wait = |at_least| answer.retry_after().or(Some(at_least));
    let gone = |state| SourceError::Unavailable { state, cause: cause("it does not show the account") };
    let error = match reason.as_str() {
        "quotaExceeded" | "dailyLimitExceeded" => SourceError::Transient {
            retry_after: wait(QUOTA_WAIT),
            cause: cause("the day's quota is used up; ask for more in Google's console, or read less often"),
        },
        "rateLimitExceeded" | "userRateLimitExceeded" | "RATE_LIMIT_EXCEEDED" => SourceError::Transient {
            retry_after: wait(Duration::from_secs(60)),
            cause: cause("too many calls at once"),
        },
        "keyInvalid"
        | "keyExpired"
        | "API_KEY_INVALID"
        | "API_KEY_EXPIRED"
        | "API_KEY_SERVICE_BLOCKED"
        | "API_KEY_IP_ADDRESS_BLOCKED"
        | "ipRefererBlocked"
        | "accessNotConfigured"
        | "SERVICE_DISABLED" => SourceError::Denied {
            cause: cause("check NETRAL_YOUTUBE_KEY, and that the YouTube Data API is enabled for it"),
        },
        "channelSuspended" | "accountSuspended" => gone(AccountState::Suspended),
        "channelClosed" | "accountClosed" => gone(AccountState::Deactivated),
        "channelNotFound" => gone(AccountState::NotFound),
        "playlistItemsNotAccessible" => gone(AccountState::Private),
        _ => answer::failure(answer, &reason),
    };
    Refused { reason, error }
}
