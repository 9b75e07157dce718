//! Times as the region's offices write them: "6 Agustus 2024, pukul 10.15 WIB".

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;

use crate::model::Language;

/// One of Indonesia's three zones. None has daylight saving, so a fixed offset is exact and needs no zone files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Zone {
    /// Western Indonesia, UTC+7.
    #[default]
    Wib,
    /// Central Indonesia, UTC+8.
    Wita,
    /// Eastern Indonesia, UTC+9.
    Wit,
}

const BULAN: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day as letters are dated: "6 Agustus 2024".
#[must_use]
pub fn day_words(day: Date, language: Language) -> String {
    let names = if language == Language::Indonesian { &BULAN } else { &MONTHS };
    let month = usize::try_from(day.month()).ok().and_then(|m| names.get(m.saturating_sub(1)));
    format!("{} {} {}", day.day(), month.copied().unwrap_or_default(), day.year())
}

impl Zone {
    /// Its abbreviation.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wib => "WIB",
            Self::Wita => "WITA",
            Self::Wit => "WIT",
        }
    }

    /// Its name in the time-zone database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wib => "Asia/Jakarta",
            Self::Wita => "Asia/Makassar",
            Self::Wit => "Asia/Jayapura",
        }
    }

    /// The zone for arithmetic.
    #[must_use]
    pub fn tz(self) -> TimeZone {
        let hours = match self {
            Self::Wib => 7,
            Self::Wita => 8,
            Self::Wit => 9,
        };
        TimeZone::fixed(Offset::constant(hours))
    }

    /// Day and minute in words, with the zone's name.
    #[must_use]
    pub fn words(self, at: Timestamp, language: Language) -> String {
        let z = at.to_zoned(self.tz());
        format!("{}, {}", day_words(z.date(), language), self.clock(at, language))
    }

    /// Only the time of day.
    #[must_use]
    pub fn clock(self, at: Timestamp, language: Language) -> String {
        let z = at.to_zoned(self.tz());
        let (hour, minute, zone) = (z.hour(), z.minute(), self.as_str());
        match language {
            Language::Indonesian => format!("pukul {hour:02}.{minute:02} {zone}"),
            Language::English => format!("{hour:02}:{minute:02} {zone}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_the_office_writes_them() {
        let at: Timestamp = "2024-08-06T03:15:00Z".parse().unwrap();
        assert_eq!(Zone::Wib.words(at, Language::Indonesian), "6 Agustus 2024, pukul 10.15 WIB");
        assert_eq!(Zone::Wit.words(at, Language::English), "6 August 2024, 12:15 WIT");
        let late: Timestamp = "2024-12-31T17:05:00Z".parse().unwrap();
        assert_eq!(Zone::Wib.words(late, Language::Indonesian), "1 Januari 2025, pukul 00.05 WIB");
    }
}
