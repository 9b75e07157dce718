//! A made-up regency: Kabupaten Banyuwening in Provinsi Nusa Kencana, with sixty persons in eight units, the elections of
//! its regent and its governor, and some six hundred posts. Nobody in it exists.
//!
//! [`replay`] serves the posts on loopback in the platforms' own contracts, so that the real collectors read them. [`seed`]
//! makes a regency of any size out of them.

pub mod replay;
pub mod seed;

use std::fs;
use std::io;
use std::path::Path;

use jiff::civil::{Date, date};
use jiff::{Span, Unit};
use regex::Regex;

/// The register, in the form of `netral register import`.
pub const REGISTER: &str = include_str!("demo/data/register.csv");
/// Accounts outside the register: campaign accounts, offices, news, private people.
pub const OTHERS: &str = include_str!("demo/data/others.csv");
/// What all of them did, in order.
pub const POSTS: &str = include_str!("demo/data/posts.jsonl");
/// Log-ins: `masuk,nama,peran,kode_unit,bahasa`.
pub const USERS: &str = include_str!("demo/data/users.csv");

const CIRCULAR: &str = include_str!("demo/data/circular.toml");
const ELECTIONS: [(&str, &str); 2] = [
    ("pilkada-banyuwening", include_str!("demo/data/keywords/pilkada-banyuwening.toml")),
    ("pilgub-nusa-kencana", include_str!("demo/data/keywords/pilgub-nusa-kencana.toml")),
];

/// A day in the middle of the campaign, as the lists are written; the demo moves it to today.
const MID_CAMPAIGN: Date = date(2029, 10, 25);

/// Writes the two elections' lists and their circular into `keywords` and `circulars`; returns the sets' ids.
///
/// Every date is moved by the same whole number of days, so that `today` lies in the middle of the campaign.
///
/// # Errors
/// When a file can't be written.
pub fn write_lists(keywords: &Path, circulars: &Path, today: Date) -> io::Result<Vec<&'static str>> {
    fs::create_dir_all(keywords)?;
    fs::create_dir_all(circulars)?;
    fs::write(circulars.join("banyuwening.toml"), CIRCULAR)?;
    for (id, text) in ELECTIONS {
        fs::write(keywords.join(format!("{id}.toml")), moved(text, today).map_err(io::Error::other)?)?;
    }
    Ok(ELECTIONS.map(|(id, _)| id).to_vec())
}

/// The list with its dates moved; the year in its title moves along.
fn moved(text: &str, today: Date) -> Result<String, String> {
    let days = MID_CAMPAIGN.until((Unit::Day, today)).map_err(|e| e.to_string())?.get_days();
    let shift = |day: &str| -> Option<Date> { day.parse::<Date>().ok()?.checked_add(Span::new().days(days)).ok() };
    let dates =
        Regex::new(r"(?m)^(valid_from|valid_to|from|to)(\s*=\s*)(\d{4}-\d{2}-\d{2})").map_err(|e| e.to_string())?;
    let text = dates.replace_all(text, |found: &regex::Captures<'_>| {
        let day = shift(&found[3]).map_or_else(|| found[3].to_owned(), |d| d.to_string());
        format!("{}{}{day}", &found[1], &found[2])
    });
    let title = Regex::new(r#"(?m)^(title = ".*)2029(.*")"#).map_err(|e| e.to_string())?;
    Ok(title.replace_all(&text, format!("${{1}}{}${{2}}", today.year())).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_moved_so_that_today_is_in_the_campaign() {
        for (_, text) in ELECTIONS {
            for today in [date(2026, 11, 23), date(2028, 2, 29), date(2029, 10, 25), date(2031, 1, 1)] {
                let moved = moved(text, today).unwrap();
                let campaign = moved.split("[[stage]]").find(|s| s.contains("id = \"kampanye\"")).unwrap();
                let day = |key: &str| -> Date {
                    let line = campaign.lines().find(|l| l.starts_with(key)).unwrap();
                    line.split('=').nth(1).unwrap().trim().parse().unwrap()
                };
                assert!(day("from ") < today && today < day("to "), "{today}");
            }
        }
    }
}
