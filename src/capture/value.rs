//! Looking into JSON whose shape nobody promised.

use serde_json::Value;

use super::Reason;
use crate::model::Reject;

/// The item as JSON. Stray U+0000 between its signs, which browsers' extensions leave there, are taken out.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Reason> {
    let text = std::str::from_utf8(bytes).map_err(|e| Reject::NotUtf8 { at: e.valid_up_to() })?;
    let clean = if text.contains('\0') { text.replace('\0', "").into() } else { std::borrow::Cow::Borrowed(text) };
    serde_json::from_str(&clean).map_err(|error| {
        // Its own words may quote the item; where it stopped is enough.
        let problem = if error.is_eof() { "the item ends in the middle" } else { "this is no JSON" };
        Reject::Json { column: error.column(), problem: problem.to_owned() }.into()
    })
}

/// A text that is not blank, at a JSON pointer.
pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str().filter(|text| !text.trim().is_empty())
}

/// An owned text.
pub(super) fn string(value: &Value, pointer: &str) -> Option<String> {
    text(value, pointer).map(str::to_owned)
}

/// An id: text, or an integer verbatim; `0` and empty are none.
pub(super) fn id(value: &Value, pointer: &str) -> Option<String> {
    let id = match value.pointer(pointer)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return None,
    };
    (!id.is_empty() && id != "0").then_some(id)
}

/// An integer, as such or in text.
pub(super) fn integer(value: &Value, pointer: &str) -> Option<i64> {
    match value.pointer(pointer)? {
        // A float has no fraction worth keeping: these are seconds.
        #[expect(clippy::cast_possible_truncation, reason = "a time beyond what i64 holds is refused later")]
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|n| n as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A list, empty where there is none.
pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What `read` finds in each item of a list.
pub(super) fn each(value: &Value, pointer: &str, read: impl Fn(&Value) -> Option<String>) -> Vec<String> {
    list(value, pointer).iter().filter_map(read).collect()
}

/// Something missing.
pub(super) fn missing(key: &'static str, hint: &'static str) -> Reason {
    Reject::Missing { key, hint }.into()
}

/// What an account is called, its id first: no blanks, no `@`, nothing twice.
pub(super) fn names<const N: usize>(candidates: [Option<String>; N]) -> Result<Vec<String>, Reason> {
    let mut names: Vec<String> = Vec::new();
    for name in candidates.into_iter().flatten() {
        let name = name.trim().trim_start_matches('@');
        if !name.is_empty() && names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
    }
    if names.is_empty() {
        return Err(missing("account", "the file does not say whose this is"));
    }
    Ok(names)
}
