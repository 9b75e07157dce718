//! What people type into forms, made fit for the database and for one line on a page.

use jiff::Timestamp;
use jiff::civil::Date;

use super::state::AppState;

/// One line: without what surrounds it and without control characters, which the database or a reader would trip over.
pub fn line(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).collect()
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
        assert_eq!(line(" Ani\0\n\tBudi "), "AniBudi");
        assert_eq!(lines(" satu\r\ndua\0 "), "satu\ndua");
        assert_eq!(maybe_day(" "), Some(None));
        assert_eq!(maybe_day("31/12/2029"), None);
    }
}
