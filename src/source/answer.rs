//! Reading the answers of JSON services: what a status means when the body says nothing better, the exact slices of single
//! items, and problems told without quoting a post.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::SourceError;
use super::http::Response;

/// What a status other than success means, where the body does not say more.
pub(super) fn failure(answer: &Response, name: &str) -> SourceError {
    let status = answer.status.as_u16();
    let cause = format!("{} answered {status} {}", answer.host(), plain(name)).trim_end().to_owned().into();
    match status {
        408 | 425 | 429 => SourceError::Transient { retry_after: answer.retry_after(), cause },
        500.. => match answer.retry_after() {
            Some(retry_after) => SourceError::Down { retry_after, cause },
            None => SourceError::Transient { retry_after: None, cause },
        },
        200 => SourceError::malformed(answer.host(), cause),
        _ => SourceError::Permanent { cause },
    }
}

/// A service's name for an error, as far as it is a name and no sentence that may quote somebody.
pub(super) fn plain(name: &str) -> &str {
    let is_name =
        name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if is_name { name } else { "" }
}

/// Reads an answer that says 200; `at` is the call, for the message.
pub(super) fn read<'a, T: Deserialize<'a>>(answer: &'a Response, at: &str) -> Result<T, SourceError> {
    serde_json::from_slice(&answer.body).map_err(|e| malformed(answer, at, &e))
}

/// An answer that says 200 and is not what the contract promises.
pub(super) fn malformed(answer: &Response, at: &str, error: &serde_json::Error) -> SourceError {
    let html = answer.body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<');
    let problem = if html { "it is HTML, not JSON".to_owned() } else { problem("answer", error) };
    SourceError::malformed(format!("{at} on {}", answer.host()), problem)
}

/// Reads a part that may be missing or malformed without cost to the rest.
pub(super) fn lenient<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

/// Reads an id, a string or a bare integer, verbatim: ids exceed 2^53, so they are never read as numbers.
pub(super) fn id<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let raw = <&RawValue>::deserialize(input)?.get();
    if raw.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(raw.to_owned());
    }
    serde_json::from_str(raw).map_err(|_| D::Error::custom("an id is neither text nor an integer"))
}

/// An id that may be missing or `null`.
pub(super) fn maybe_id<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    let raw = Option::<&RawValue>::deserialize(input)?;
    raw.map(id).transpose().map_err(D::Error::custom)
}

/// What a parser found wrong, without the values that its own message may quote.
pub(super) fn problem(what: &str, error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let kind = match error.classify() {
        Category::Syntax => "is not JSON",
        Category::Eof => "ends too early",
        Category::Data => "has another shape than the contract says",
        Category::Io => "cannot be read",
    };
    format!("the {what} {kind} (column {})", error.column())
}
