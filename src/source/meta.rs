//! What Threads, Instagram and Facebook share: calls of Meta's Graph API, its errors, its pages, its times.
//!
//! The token travels in a header. The service puts it into the addresses of next pages; of those, only the query is used,
//! without it, so that a cursor holds no secret and no answer can send a token elsewhere.
//!
//! Meta's Platform Terms forbid tools for surveillance and decisions about eligibility; whoever switches one of these
//! sources on has read them, and holds the permission that its documentation names.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;
use url::form_urlencoded::{Serializer, parse};

use self::proof::hmac_sha256_hex;
use super::http::{Credential, Request, Response};
use super::marks::{Order, Turned, Walk, sift};
use super::{AccountState, Http, Page, SourceError, answer};
use crate::model::Activity;

mod proof;

/// An hour: the window of the limits for which the service names no time.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// No header makes netral wait longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The Graph API as one source asks it.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    /// Host and version.
    pub(super) base: Url,
    /// Who asks.
    pub(super) token: Option<SecretString>,
    /// The environment variable that holds the token, for advice.
    pub(super) token_name: &'static str,
    /// The app's secret, where calls are to be proved by it.
    pub(super) app_secret: Option<SecretString>,
    /// The shared client.
    pub(super) http: Http,
    /// The limit that calls count against.
    pub(super) bucket: &'static str,
}

impl Graph {
    /// Asks for `path` with an encoded query, and returns the answer, where that is a success.
    pub(super) async fn get(&self, path: &[&str], query: &str) -> Result<Response, SourceError> {
        let token = self.token.clone().ok_or_else(|| SourceError::Denied {
            cause: format!("the source is switched on, but {} is not set; set it, or enabled = false", self.token_name)
                .into(),
        })?;
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url.set_query(Some(query));
        if let Some(secret) = &self.app_secret {
            let proof = hmac_sha256_hex(secret.expose_secret().as_bytes(), token.expose_secret().as_bytes());
            url.query_pairs_mut().append_pair("appsecret_proof", &proof);
        }
        let request =
            Request::get(url, "application/json").with(Some(Credential::Bearer(token))).charged(self.bucket, 1);
        let answer = self.http.send(request).await?;
        if answer.status.as_u16() == 200 { Ok(answer) } else { Err(self.failure(&answer)) }
    }

    /// What an answer other than 200 means: the status is 400 for nearly everything, the code decides. The messages quote
    /// names, so none of them is passed on.
    fn failure(&self, answer: &Response) -> SourceError {
        let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
        let error = body.error;
        let Some(code) = error.code else { return answer::failure(answer, "") };
        let subcode = error.error_subcode.map(|subcode| format!("/{subcode}")).unwrap_or_default();
        let cause = |advice: &str| format!("{} answered error {code}{subcode}: {advice}", answer.host()).into();
        let denied = |advice: &str| SourceError::Denied { cause: cause(advice) };
        let permanent = |advice: &str| SourceError::Permanent { cause: cause(advice) };
        let not_found = |advice: &str| SourceError::Unavailable { state: AccountState::NotFound, cause: cause(advice) };
        let wait = || answer.retry_after().or_else(|| usage_wait(answer));
        match code {
            190 => denied(&format!("the token is refused or has run out; renew {}", self.token_name)),
            3 | 10 | 200..=299 => denied(&format!(
                "the app or {} lacks a permission; see the source's documentation for which",
                self.token_name
            )),
            368 => denied("the app or its user is blocked for a breach of the service's rules"),
            4 | 17 | 32 | 613 | 80_000..=80_014 => SourceError::Transient {
                retry_after: wait().or(Some(HOUR)),
                cause: cause("the limit of calls is used up"),
            },
            100 if error.says("appsecret_proof") || error.says("app secret proof") => {
                denied("calls must be proved by the app's secret; set it, or correct it")
            }
            100 | 803 if error.says("not exist") => not_found(
                "there is no such account, or it is not shown to this token (private, too small, unpublished, renamed, \
                 or the app lacks the feature)",
            ),
            110 => not_found("there is no such account, or it is a personal one, or it was renamed"),
            _ if code <= 2 || error.is_transient => {
                SourceError::Transient { retry_after: wait(), cause: cause("a fault of the service's own") }
            }
            _ => match answer::failure(answer, "") {
                failure @ (SourceError::Transient { .. } | SourceError::Down { .. }) => failure,
                _ => permanent("the request is refused"),
            },
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: GraphError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GraphError {
    code: Option<u32>,
    error_subcode: Option<u32>,
    message: String,
    is_transient: bool,
}

impl GraphError {
    fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }
}

/// The code in a post's public address, which is its id wherever people see it, also in files that people capture; the
/// interface's own number is known to nobody else.
pub(super) fn code(permalink: Option<&str>, after: &[&str]) -> Option<String> {
    let url = Url::parse(permalink?).ok()?;
    let mut parts = url.path_segments()?.skip_while(|part| !after.contains(part)).skip(1);
    parts.next().filter(|code| !code.is_empty()).map(str::to_owned)
}

/// One page of a list.
#[derive(Deserialize)]
pub(super) struct List<'a> {
    /// The exact slices of its items.
    #[serde(borrow)]
    pub(super) data: Vec<&'a RawValue>,
    #[serde(default)]
    paging: Paging,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paging {
    next: Option<String>,
    cursors: Cursors,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cursors {
    after: Option<String>,
}

impl List<'_> {
    /// The cursor of what follows; none after an empty page.
    pub(super) fn after(&self) -> Option<&str> {
        self.paging.cursors.after.as_deref().filter(|_| !self.data.is_empty())
    }

    /// The query of the next page: that of the address which the service gives, without what shows who asks.
    pub(super) fn next(&self) -> Option<String> {
        let next = Url::parse(self.paging.next.as_deref()?).ok()?;
        let kept = parse(next.query().unwrap_or_default().as_bytes())
            .filter(|(name, _)| !matches!(name.as_ref(), "access_token" | "appsecret_proof"));
        Some(Serializer::new(String::new()).extend_pairs(kept).finish())
    }

    /// The same where a service gives only a cursor, to be added to the query that led here.
    pub(super) fn next_by_cursor(&self, query: &str) -> Option<String> {
        let after = self.after()?;
        let kept = parse(query.as_bytes()).filter(|(name, _)| name != "after");
        Some(Serializer::new(String::new()).extend_pairs(kept).append_pair("after", after).finish())
    }
}

/// Position in a list that can be asked from a time on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Position {
    /// The newest item of the passes that are done, in UNIX seconds.
    newest: Option<i64>,
    /// The newest item of the pass under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<i64>,
    pub(super) walk: Walk,
}

impl Position {
    /// From when on a new pass asks: some days before the newest item, so that what was edited or turned up late is seen.
    pub(super) fn since(&self, not_before: Timestamp, reread_days: u32) -> i64 {
        let reread = i64::from(reread_days) * 24 * 60 * 60;
        self.newest.map_or(i64::MIN, |newest| newest - reread).max(not_before.as_second()).max(0)
    }

    /// Takes note of the newest item of a page, and of the pass's end.
    pub(super) fn passed(&mut self, newest: Option<Timestamp>, done: bool) {
        self.seen = self.seen.max(newest.map(Timestamp::as_second));
        if done {
            self.newest = self.newest.max(self.seen.take());
        }
    }
}

/// How a list is read.
pub(super) struct Reading<'a> {
    /// The call, for messages.
    pub(super) at: &'static str,
    /// The query that was asked with.
    pub(super) query: &'a str,
    /// The order of the list.
    pub(super) order: Order,
    /// Whether a cursor without an address leads on.
    pub(super) by_cursor: bool,
    /// What is older is left.
    pub(super) not_before: Timestamp,
    /// Most pages of one pass.
    pub(super) max_pages: u32,
}

/// Reads one page of a list that can be asked from a time on; its cursor is left to whoever keeps more than this position.
pub(super) fn read_list(
    answer: &Response,
    reading: &Reading<'_>,
    position: &mut Position,
    parse: impl Fn(&str) -> Result<Option<Activity>, String>,
) -> Result<Page, SourceError> {
    let list: List<'_> = answer::read(answer, reading.at)?;
    let mut page = Page { wait: usage_wait(answer), ..Page::default() };
    let sifted = sift(&list.data, &position.walk, reading.not_before, &mut page, parse);
    let by_cursor = || list.next_by_cursor(reading.query).filter(|_| reading.by_cursor);
    let turned = Turned {
        marks: sifted.marks,
        next: list.next().or_else(by_cursor),
        too_old: sifted.ends_too_old && reading.order == Order::Newest,
    };
    let done = position
        .walk
        .advance(turned, reading.order, reading.max_pages)
        .map_err(|stuck| SourceError::malformed(format!("{} on {}", reading.at, answer.host()), stuck))?;
    position.passed(sifted.newest, done);
    page.more = !done;
    Ok(page)
}

/// The query of a list's first page.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A time of the service, e.g. `2021-08-17T19:00:42+0000`.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text).ok().or_else(|| text.parse().ok())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Usage {
    call_count: f64,
    total_cputime: f64,
    total_time: f64,
    /// Minutes.
    estimated_time_to_regain_access: u64,
}

impl Usage {
    /// Calls are refused from 100 per cent on.
    fn wait(&self) -> Option<Duration> {
        let used_up =
            [self.call_count, self.total_cputime, self.total_time].into_iter().any(|percent| percent >= 100.0);
        match self.estimated_time_to_regain_access {
            0 => used_up.then_some(HOUR),
            minutes => Some(Duration::from_secs(minutes.saturating_mul(60)).min(LONGEST)),
        }
    }
}

/// How long the service will refuse calls, as the headers that count them say; none while there is something left.
pub(super) fn usage_wait(answer: &Response) -> Option<Duration> {
    let app = answer.header("x-app-usage").and_then(|text| serde_json::from_str::<Usage>(text).ok());
    let cases = answer.header("x-business-use-case-usage");
    let cases = cases.and_then(|text| serde_json::from_str::<BTreeMap<String, Vec<Usage>>>(text).ok());
    app.into_iter()
        .chain(cases.into_iter().flat_map(BTreeMap::into_values).flatten())
        .filter_map(|usage| usage.wait())
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_an_offset_without_a_colon() {
        assert_eq!(time("2021-08-17T19:00:42+0000").unwrap().to_string(), "2021-08-17T19:00:42Z");
        assert_eq!(time("2021-08-17T19:00:42+0700").unwrap().to_string(), "2021-08-17T12:00:42Z");
        assert_eq!(time("2021-08-17T19:00:42Z").unwrap().to_string(), "2021-08-17T19:00:42Z");
        assert_eq!(time("kemarin"), None);
    }

    #[test]
    fn the_next_page_is_asked_for_without_the_token_of_this_one() {
        let page = r#"{"data":[],"paging":{"cursors":{"after":"Q"},"next":"https://evil.example/v1/x?access_token=rahasia&fields=id%2Cmessage&until=1&appsecret_proof=y&__paging_token=a%2Bb"}}"#;
        let list: List<'_> = serde_json::from_str(page).unwrap();
        assert_eq!(list.next().unwrap(), "fields=id%2Cmessage&until=1&__paging_token=a%2Bb");
        assert_eq!(list.next_by_cursor("a=b"), None, "an empty page is the last");
        let list: List<'_> = serde_json::from_str(r#"{"data":[1],"paging":{"cursors":{"after":"Q"}}}"#).unwrap();
        assert_eq!((list.next(), list.next_by_cursor("a=b&after=P").unwrap().as_str()), (None, "a=b&after=Q"));
    }

    #[test]
    fn a_pass_asks_from_some_days_before_the_newest_item() {
        let (mut position, start) = (Position::default(), Timestamp::from_second(1_000_000).unwrap());
        assert_eq!(position.since(start, 2), 1_000_000);
        position.passed(Timestamp::from_second(9_000_000).ok(), false);
        assert_eq!(position.since(start, 2), 1_000_000, "the pass is not done");
        position.passed(None, true);
        assert_eq!(position.since(start, 2), 9_000_000 - 172_800);
    }
}
