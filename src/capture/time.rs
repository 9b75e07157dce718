//! The many ways in which tools and people write a moment.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Seconds since 1970 beyond this are milliseconds: it is the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// UNIX seconds or milliseconds.
pub(super) fn unix(number: i64) -> Option<Timestamp> {
    if number.abs() >= MILLISECONDS {
        return Timestamp::from_millisecond(number).ok();
    }
    Timestamp::from_second(number).ok()
}

/// UNIX seconds in text, with or without a fraction.
pub(super) fn unix_text(text: &str) -> Option<Timestamp> {
    let whole = text.split('.').next().unwrap_or(text);
    unix(whole.parse().ok()?)
}

/// A moment with its zone, or without one: then it is in `zone`.
pub(super) fn written(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let civil = text.parse::<DateTime>().ok().or_else(|| by_hand(text))?;
    civil.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

/// The same, in UTC.
pub(super) fn utc(text: &str) -> Option<Timestamp> {
    written(text, &TimeZone::UTC)
}

/// `Wed Feb 28 03:11:00 +0000 2029`
pub(super) fn x(text: &str) -> Option<Timestamp> {
    Timestamp::strptime("%a %b %d %H:%M:%S %z %Y", text).ok()
}

/// `YYYYMMDD`, in UTC.
pub(super) fn day(text: &str) -> Option<Timestamp> {
    let date = Date::strptime("%Y%m%d", text).ok()?;
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// `28/02/2029 10.11`, as people in Indonesia write it.
fn by_hand(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once([' ', ',', 'T']).unwrap_or((text, ""));
    let mut parts = date.split(['/', '-', '.']).map(|part| part.parse::<i16>().ok());
    let (a, b, c) = (parts.next()??, parts.next()??, parts.next()??);
    let (year, month, day) = if a > 31 { (a, b, c) } else { (c, b, a) };
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let time = time.trim().trim_start_matches("pukul ");
    if time.is_empty() {
        return Some(date.to_datetime(Time::midnight()));
    }
    let mut parts = time.split(['.', ':']).map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    Some(date.to_datetime(Time::new(hour, minute, second, 0).ok()?))
}

/// Zones by the letters that an American tool writes, in minutes from UTC. What means two things is not here.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("WIB", 420),
    ("WITA", 480),
    ("WIT", 540),
    ("SGT", 480),
    ("HKT", 480),
    ("PHT", 480),
    ("JST", 540),
    ("AEST", 600),
    ("AEDT", 660),
];

/// `2023-03-01 20:11:00 EST`
pub(super) fn abbreviated(text: &str) -> Option<Timestamp> {
    let (civil, zone) = text.trim().rsplit_once(' ')?;
    let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == zone) else {
        // No letters at all: CrowdTangle's own times were in UTC.
        return zone.bytes().all(|b| !b.is_ascii_alphabetic()).then(|| utc(text)).flatten();
    };
    let offset = Offset::UTC.checked_add(SignedDuration::from_mins(*minutes)).ok()?;
    civil.parse::<DateTime>().ok().and_then(|civil| offset.to_timestamp(civil).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_moment_is_the_same_moment() {
        let moment: Timestamp = "2029-02-28T03:11:00Z".parse().unwrap();
        let jakarta = TimeZone::get("Asia/Jakarta").unwrap();
        for text in [
            "2029-02-28T03:11:00Z",
            "2029-02-28T03:11:00.000Z",
            "2029-02-28T10:11:00+07:00",
            "2029-02-28T03:11:00+0000",
            "2029-02-28 10:11:00",
            "2029-02-28 10:11",
            "28/02/2029 10.11",
            "28-02-2029, 10:11:00",
            " 28/2/2029 pukul 10.11 ",
        ] {
            assert_eq!(written(text, &jakarta), Some(moment), "{text}");
        }
        assert_eq!(written("28/02/2029", &TimeZone::UTC).unwrap().to_string(), "2029-02-28T00:00:00Z");
        assert_eq!(x("Wed Feb 28 03:11:00 +0000 2029"), Some(moment));
        assert_eq!(unix(1_866_942_660), Some(moment));
        assert_eq!(unix(1_866_942_660_000), Some(moment), "milliseconds");
        assert_eq!(unix_text("1866942660.0"), unix(1_866_942_660));
        assert_eq!(abbreviated("2029-02-27 22:11:00 EST"), Some(moment));
        assert_eq!(abbreviated("2029-02-28 10:11:00 WIB"), Some(moment));
        assert_eq!(abbreviated("2029-02-28 03:11:00"), Some(moment));
        assert_eq!(abbreviated("2029-02-28 10:11:00 XYZ"), None);
        assert_eq!(written("kemarin", &jakarta), None);
        assert_eq!(day("20290228").unwrap().to_string(), "2029-02-28T00:00:00Z");
    }
}
