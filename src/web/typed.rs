//! What people type into forms, made fit for the database and for one line on a page.

use jiff::Timestamp;
use jiff::civil::Date;

use super::state::AppState;

/// Shortest reason, in characters.
const MIN_WHY: usize = 5;
/// Longest one; what is beyond it is left out.
const MAX_WHY: usize = 2000;

/// One line: without what surrounds it and without control characters, which the database or a reader would trip over.
/// They part words, as the line break and the tab among them do.
pub fn line(text: &str) -> String {
    text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A reason that says something; `None` where it is too short to.
pub fn why(text: &str) -> Option<String> {
    let why: String = lines(text).chars().take(MAX_WHY).collect();
    (why.chars().count() >= MIN_WHY).then_some(why)
}

/// Several lines: the same, but line breaks and tabs stay.
pub fn lines(text: &str) -> String {
    let kept = text.trim().replace("\r\n", "\n");
    kept.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A day as a date field sends it.
pub fn day(text: &str) -> Option<Date> {
    text.trim().parse().ok()
}

/// A day that may be left out: `Some(None)` where nothing was typed, `None` where it is no day.
pub fn maybe_day(text: &str) -> Option<Option<Date>> {
    if text.trim().is_empty() { Some(None) } else { day(text).map(Some) }
}

/// Today where the pages' clock stands.
pub fn today(state: &AppState) -> Date {
    Timestamp::now().to_zoned(state.config.zone.tz()).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_stay_out() {
        assert_eq!(line(" Ani\0\n\tBudi  Citra "), "Ani Budi  Citra");
        assert_eq!(line("\0 \n"), "");
        assert_eq!(lines(" satu\r\ndua\0 "), "satu\ndua");
        assert_eq!(why(" ya \n"), None);
        assert_eq!(why("pindah").as_deref(), Some("pindah"));
        assert_eq!(maybe_day(" "), Some(None));
        assert_eq!(maybe_day("31/12/2029"), None);
    }
}
