//! What response headers say about when to come back.
//!
//! Dates are read against the response's own `Date`, so that no clock of this machine takes part.

use std::time::Duration;

use reqwest::header::{CACHE_CONTROL, DATE, HeaderMap, RETRY_AFTER};

/// No server makes netral wait longer than a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How services spell the names of their rate limits' headers: the draft standard, Mastodon, X.
const SPELLINGS: [&str; 3] = ["ratelimit", "x-ratelimit", "x-rate-limit"];

/// Above this, `RateLimit-Reset` is a moment in UNIX seconds (as PDSs send it), below a number of seconds to wait.
const UNIX_SECONDS_FROM: u64 = 1_000_000_000;

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|value| !value.is_empty())
}

/// `Retry-After`, in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER.as_str())?;
    if value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than a u64 holds are a very long time, too.
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = httpdate::parse_http_date(text(headers, DATE.as_str())?).ok()?;
    Some(until.duration_since(now).unwrap_or_default().min(LONGEST))
}

/// How long until a used-up rate limit is filled again; `None` while there is something left of it.
pub(super) fn rate_limit_wait(headers: &HeaderMap) -> Option<Duration> {
    SPELLINGS.iter().find_map(|start| {
        let header = |end: &str| text(headers, &format!("{start}-{end}"));
        if header("remaining")?.parse::<u64>().ok()? > 0 {
            return None;
        }
        seconds_until(header("reset")?, headers)
    })
}

/// A reset in seconds from now, as a moment in UNIX seconds, or as a timestamp (Mastodon).
fn seconds_until(reset: &str, headers: &HeaderMap) -> Option<Duration> {
    let moment = match reset.parse::<u64>() {
        Ok(seconds) if seconds < UNIX_SECONDS_FROM => return Some(Duration::from_secs(seconds).min(LONGEST)),
        Ok(moment) => moment,
        // The part of a second that is cut off would be too early.
        Err(_) => u64::try_from(reset.parse::<jiff::Timestamp>().ok()?.as_second()).ok()? + 1,
    };
    // X writes `UTC` for `GMT` now and then.
    let date = text(headers, DATE.as_str())?.replace("UTC", "GMT");
    let now = httpdate::parse_http_date(&date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Some(Duration::from_secs(moment.saturating_sub(now)).min(LONGEST))
}

/// `max-age` of `Cache-Control`; none where the answer may not be kept.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, CACHE_CONTROL.as_str())?;
    let directive = |name: &str| {
        value.split(',').map(str::trim).find_map(move |part| {
            let (key, rest) = part.split_once('=').unwrap_or((part, ""));
            key.eq_ignore_ascii_case(name).then_some(rest)
        })
    };
    if directive("no-store").is_some() || directive("no-cache").is_some() {
        return None;
    }
    let seconds = directive("max-age")?.trim_matches('"').parse().ok()?;
    (seconds > 0).then(|| Duration::from_secs(seconds).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_has_two_forms_and_an_end() {
        let date = ("date", "Mon, 25 Sep 2029 03:00:00 GMT".replace("Mon", "Tue").leak() as &'static str);
        let seconds = |pairs: &[(&'static str, &'static str)]| retry_after(&headers(pairs)).map(|d| d.as_secs());
        assert_eq!(seconds(&[("retry-after", "120")]), Some(120));
        assert_eq!(seconds(&[("retry-after", "99999999999999999999999")]), Some(86_400));
        assert_eq!(seconds(&[date, ("retry-after", "Tue, 25 Sep 2029 03:01:30 GMT")]), Some(90));
        assert_eq!(seconds(&[date, ("retry-after", "Tue, 25 Sep 2029 02:00:00 GMT")]), Some(0));
        assert_eq!(seconds(&[("retry-after", "Tue, 25 Sep 2029 03:01:30 GMT")]), None, "nothing to read it against");
        assert_eq!(seconds(&[("retry-after", "soon")]), None);
        assert_eq!(seconds(&[]), None);
    }

    #[test]
    fn a_used_up_limit_waits_for_its_reset() {
        let seconds = |pairs: &[(&'static str, &'static str)]| rate_limit_wait(&headers(pairs)).map(|d| d.as_secs());
        assert_eq!(seconds(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "30")]), Some(30));
        let at = [
            ("ratelimit-remaining", "0"),
            ("ratelimit-reset", "1885000100"),
            ("date", "Tue, 25 Sep 2029 01:46:40 GMT"),
        ];
        let now = httpdate::parse_http_date(at[2].1).unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(seconds(&at), Some(1_885_000_100_u64.saturating_sub(now)));
        assert_eq!(seconds(&[("ratelimit-remaining", "1"), ("ratelimit-reset", "30")]), None);
        let x = [
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1665183228"),
            ("date", "Fri, 07 Oct 2022 22:43:18 UTC"),
        ];
        assert_eq!(seconds(&x), Some(630));
        let mastodon = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "2026-10-14T19:05:00.264888Z"),
            ("date", "Wed, 14 Oct 2026 19:04:00 GMT"),
        ];
        assert_eq!(seconds(&mastodon), Some(61));
        assert_eq!(seconds(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "besok")]), None);
    }

    #[test]
    fn max_age_is_read_where_keeping_is_allowed() {
        let seconds = |value: &'static str| max_age(&headers(&[("cache-control", value)])).map(|d| d.as_secs());
        assert_eq!(seconds("public, max-age=600"), Some(600));
        assert_eq!(seconds("Max-Age=60, must-revalidate"), Some(60));
        assert_eq!(seconds("no-cache, max-age=600"), None);
        assert_eq!(seconds("max-age=0"), None);
        assert_eq!(seconds("max-age=soon"), None);
    }
}
