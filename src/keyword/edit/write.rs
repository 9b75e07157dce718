//! Values and whole keywords as TOML, in the manner of the shipped files.

use crate::keyword::set::{AccountRef, Case, Examples, Keyword, Near, Strength};
use crate::model::{Kind, Stance};

/// Columns that a line of a list fills; the shipped files have the same.
pub(super) const COLUMNS: usize = 118;

/// A string: basic, or literal where `literal` asks for it or backslashes would double, as in regular expressions.
pub(super) fn string(value: &str, literal: bool) -> String {
    let fits = !value.chars().any(|c| c == '\'' || (c.is_control() && c != '\t'));
    if fits && (literal || value.contains('\\')) {
        return format!("'{value}'");
    }
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The strings of a list, each as TOML.
pub(super) fn strings(values: &[String], literal: bool) -> Vec<String> {
    values.iter().map(|value| string(value, literal)).collect()
}

/// A list on one line.
pub(super) fn flat(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

/// A list that is the value of `key`: on one line if it fits, else filled lines, indented by four.
pub(super) fn list(key: &str, items: &[String]) -> String {
    let width = key.len() + " = []".len() + items.iter().map(|item| item.chars().count() + 2).sum::<usize>();
    // The last item has no comma and no space behind it.
    if width <= COLUMNS + 2 {
        return flat(items);
    }
    let mut out = String::from("[\n   ");
    let mut column = 3;
    for item in items {
        let width = item.chars().count() + 2;
        if column > 3 && column + width > COLUMNS {
            out.push_str("\n   ");
            column = 3;
        }
        out.push(' ');
        out.push_str(item);
        out.push(',');
        column += width;
    }
    out.push_str("\n]");
    out
}

pub(super) fn kinds(kinds: &[Kind]) -> String {
    flat(&kinds.iter().map(|kind| format!("\"{kind}\"")).collect::<Vec<_>>())
}

pub(super) fn near(near: &Near) -> String {
    format!("{{ kinds = {}, within = {} }}", kinds(&near.kinds), near.within)
}

pub(super) fn account(account: &AccountRef) -> String {
    let parts = [("platform", &account.platform), ("handle", &account.handle), ("id", &account.id)];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key} = {}", string(value, false))))
        .collect();
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

pub(super) fn accounts(accounts: &[AccountRef]) -> Vec<String> {
    accounts.iter().map(account).collect()
}

pub(super) fn examples(examples: &Examples) -> String {
    let parts = [("match", &examples.matching), ("no_match", &examples.no_match)];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(key, texts)| format!("{key} = {}", flat(&strings(texts, false))))
        .collect();
    format!("{{ {} }}", parts.join(", "))
}

pub(super) fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Strong => "\"strong\"",
        Strength::Weak => "\"weak\"",
    }
}

pub(super) fn case(case: Case) -> &'static str {
    match case {
        Case::Fold => "\"fold\"",
        Case::Exact => "\"exact\"",
    }
}

pub(super) fn stance(stance: Stance) -> &'static str {
    match stance {
        Stance::Support => "\"support\"",
        Stance::Oppose => "\"oppose\"",
        Stance::Neutral => "\"neutral\"",
    }
}

/// A whole `[[keyword]]`, with a line end behind it; default values are left out.
pub(super) fn keyword(keyword: &Keyword) -> String {
    let mut out = String::from("[[keyword]]\n");
    for (key, value) in values(keyword) {
        if let Some(value) = value {
            out.push_str(key);
            out.push_str(" = ");
            out.push_str(&value);
            out.push('\n');
        }
    }
    out
}

/// Every key in the order of the file format, with its value as TOML; `None` where the key is left out.
pub(super) fn values(keyword: &Keyword) -> [(&'static str, Option<String>); 16] {
    let filled = |key: &'static str, items: Vec<String>| (!items.is_empty()).then(|| list(key, &items));
    let examples_given = !(keyword.examples.matching.is_empty() && keyword.examples.no_match.is_empty());
    [
        ("id", Some(string(&keyword.id, false))),
        ("side", keyword.side.as_ref().map(|side| string(side, false))),
        ("number", keyword.number.map(|number| number.to_string())),
        ("kind", Some(format!("\"{}\"", keyword.kind))),
        ("forms", filled("forms", strings(&keyword.forms, false))),
        ("patterns", filled("patterns", strings(&keyword.patterns, true))),
        ("accounts", filled("accounts", accounts(&keyword.accounts))),
        ("strength", (keyword.strength != Strength::default()).then(|| strength(keyword.strength).to_owned())),
        ("case", keyword.case.map(|value| case(value).to_owned())),
        ("enabled", (!keyword.enabled).then(|| "false".to_owned())),
        ("daily_cap", keyword.daily_cap.map(|cap| cap.to_string())),
        ("near", keyword.near.as_ref().map(near)),
        ("except", filled("except", strings(&keyword.except, false))),
        ("stance", keyword.stance.map(|value| stance(value).to_owned())),
        ("examples", examples_given.then(|| examples(&keyword.examples))),
        ("note", keyword.note.as_ref().map(|note| string(note, false))),
    ]
}
