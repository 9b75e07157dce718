//! Any table that people made themselves, as CSV or as a workbook: they say which column is what.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::input::Input;
use super::sheet::{self, Cells, Columns, Reader, SOMEWHERE_ABOVE, Table};
use super::value::{missing, names};
use super::{Captured, Fault, On, Options, Reason, address, time, xlsx};
use crate::model::{Activity, Target, Verb};

/// What a column can be.
const KEYS: [&str; 15] = [
    "id",
    "platform",
    "account",
    "account_id",
    "verb",
    "text",
    "happened_at",
    "posted_at",
    "seen_at",
    "url",
    "hashtags",
    "mentions",
    "target_account",
    "target_text",
    "target_url",
];

/// Words for the six acts, English and Indonesian.
const VERBS: &[(&str, Verb)] = &[
    ("post", Verb::Post),
    ("unggahan", Verb::Post),
    ("comment", Verb::Comment),
    ("komentar", Verb::Comment),
    ("share", Verb::Share),
    ("bagikan", Verb::Share),
    ("like", Verb::Like),
    ("suka", Verb::Like),
    ("follow", Verb::Follow),
    ("ikuti", Verb::Follow),
    ("join", Verb::Join),
    ("gabung", Verb::Join),
];

/// Which column is what: `text=Isi,account=Akun,posted_at=Waktu,url=Tautan`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(BTreeMap<&'static str, String>);

impl Mapping {
    /// Whether nothing was named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn column(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut mapping = BTreeMap::new();
        let mut last: Option<&'static str> = None;
        for part in text.split(',') {
            let named = part.split_once('=').map(|(key, column)| (key.trim(), column.trim()));
            match (named, last.and_then(|key| mapping.get_mut(key))) {
                (Some((key, column)), _) => {
                    let known = KEYS.into_iter().find(|known| *known == key);
                    let key = known.ok_or_else(|| format!("`{key}` is no key; the keys: {}", KEYS.join(", ")))?;
                    if column.is_empty() {
                        return Err(format!("write the column's name after `{key}=`"));
                    }
                    if mapping.insert(key, column.to_owned()).is_some() {
                        return Err(format!("`{key}` is named twice"));
                    }
                    last = Some(key);
                }
                // A comma in a column's own name.
                (None, Some(column)) => *column = format!("{column},{part}"),
                (None, None) => return Err("write key=Column,key=Column …, e.g. text=Isi,account=Akun".to_owned()),
            }
        }
        Ok(Self(mapping))
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(key, column)| format!("{key}={column}")).collect();
        f.write_str(&parts.join(","))
    }
}

pub(super) fn read(input: &mut dyn Input, options: &Options, on: &mut On<'_>) -> Result<(), Fault> {
    let table = Table::new(SOMEWHERE_ABOVE, |columns: &Columns| begin(columns, options));
    let table = table.wanting(options.mapping.0.values().map(String::as_str));
    let head = input.head()?;
    if head.starts_with(b"PK\x03\x04") {
        return xlsx::read(input, table, on);
    }
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Fault::Shape("an old Excel file (.xls); save it as .xlsx or CSV".to_owned()));
    }
    sheet::csv(input, table, on)
}

fn begin<'a>(columns: &Columns, options: &'a Options) -> Result<Reader<'a>, Fault> {
    let mapping = &options.mapping;
    let lacks = |keys: &[&str]| keys.iter().all(|key| mapping.column(key).is_none());
    let say = |what: &str| Err(Fault::Shape(format!("--map names no column for {what}; add e.g. {what}=Column")));
    if lacks(&["text", "target_text", "target_account"]) {
        return say("text");
    }
    if lacks(&["account", "account_id"]) {
        return say("account");
    }
    if lacks(&["posted_at", "seen_at", "happened_at"]) {
        return say("posted_at");
    }
    if lacks(&["id", "url"]) {
        return say("url");
    }
    if lacks(&["platform", "url"]) && options.platform.is_none() {
        return Err(Fault::Shape(
            "nothing says which platform the rows are from; add --platform NAME, or platform=Column to --map"
                .to_owned(),
        ));
    }
    let absent: Vec<&str> = mapping.0.values().map(String::as_str).filter(|name| !columns.has(name)).collect();
    if !absent.is_empty() {
        return Err(Fault::Shape(format!(
            "--map names columns that the table does not have: {}; their names stand in one of its first {} rows",
            absent.join(", "),
            SOMEWHERE_ABOVE + 1
        )));
    }
    Ok(Box::new(move |cells| row(cells, options)))
}

fn row(cells: &Cells<'_>, options: &Options) -> Result<Captured, Reason> {
    let get = |key: &str| options.mapping.column(key).and_then(|column| cells.get(column));
    let owned = |key: &str| get(key).map(str::to_owned);
    let list = |key: &str| options.mapping.column(key).map(|column| cells.list(column)).unwrap_or_default();
    let at = |key: &'static str| match get(key) {
        Some(text) => time::written(text, &options.zone).map(Some).ok_or(Reason::Time { key }),
        None => Ok(None),
    };
    let url = owned("url");
    let of_address = || url.as_deref().and_then(address::platform).map(str::to_owned);
    let platform =
        get("platform").map(str::to_ascii_lowercase).or_else(|| options.platform.clone()).or_else(of_address);
    let platform = platform.ok_or(missing("platform", "fill it in, or add --platform NAME"))?;
    // People paste the profile's address where its name is asked for.
    let account = owned("account").map(|name| address::account(&name).unwrap_or(name));
    let names = names([owned("account_id"), account])?;
    let verb = match get("verb") {
        Some(word) => VERBS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, verb)| *verb),
        None => Some(Verb::Post),
    };
    let verb = verb.ok_or(missing("verb", "write post, comment, share, like, follow or join"))?;
    let target = [get("target_account"), get("target_text"), get("target_url")].iter().any(Option::is_some);
    let target = target.then(|| Target {
        kind: if matches!(verb, Verb::Follow) { "account" } else { "post" }.to_owned(),
        id: get("target_url").and_then(address::post_id),
        handle: owned("target_account").map(|name| address::account(&name).unwrap_or(name)).as_deref().map(bare),
        account_id: None,
        text: owned("target_text"),
        url: owned("target_url"),
    });
    let text = get("text").unwrap_or_default();
    if text.is_empty() && target.is_none() {
        return Err(missing("text", "the row has neither words nor anything that they are about"));
    }
    let of_target = target.as_ref().filter(|_| verb != Verb::Post).and_then(|target| {
        let target = target.id.clone().or_else(|| target.url.clone()).or_else(|| target.handle.clone());
        target.map(|target| format!("{verb}:{target}"))
    });
    let of_url = url.as_deref().map(|url| address::post_id(url).unwrap_or_else(|| url.to_owned()));
    // The address of a like is that of the post it is about, which is no id of the like.
    let own = if matches!(verb, Verb::Like | Verb::Follow | Verb::Join) {
        of_target.or_else(|| of_url.map(|id| format!("{verb}:{id}")))
    } else {
        of_url.or(of_target)
    };
    let id = owned("id").or(own).ok_or(missing("url", "give the post's address or its id"))?;
    let activity = Activity {
        id,
        verb,
        text: text.to_owned(),
        happened_at: at("happened_at")?,
        posted_at: at("posted_at")?,
        seen_at: at("seen_at")?,
        url,
        target,
        hashtags: list("hashtags"),
        mentions: list("mentions"),
        ..Activity::default()
    };
    if activity.acted_at().or(activity.seen_at).is_none() {
        return Err(missing("posted_at", "write when it was posted"));
    }
    Ok(Captured { activity, platform, names })
}

fn bare(handle: &str) -> String {
    handle.trim_start_matches('@').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_read_and_written() {
        let text = "account=Akun,text=Isi, bersih,url=Tautan";
        let mapping: Mapping = text.parse().unwrap();
        assert_eq!(mapping.column("text"), Some("Isi, bersih"));
        assert_eq!(mapping.to_string(), text);
        for (bad, says) in [
            ("isi=Isi", "is no key"),
            ("text=", "after `text=`"),
            ("Isi", "write key=Column"),
            ("text=a,text=b", "twice"),
        ] {
            assert!(bad.parse::<Mapping>().unwrap_err().contains(says), "{bad}");
        }
    }
}
