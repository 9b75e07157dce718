//! Changes to the text of one keyword file that leave everything else byte for byte: comments, order, white space.

use std::collections::{HashMap, HashSet};

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::error::KeywordError;
use super::file::{RawFile, RawKeyword, parse};
use super::set::{AccountRef, Case, Near, Strength};
use crate::model::{Kind, Stance, Words, words};
use crate::text::Haystack;

/// Lines longer than this are broken, as in the shipped files.
const WIDTH: usize = 110;

/// What is to be said of a keyword. `None` leaves a key as it is; `Some` of nothing removes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Which keyword; one that is not there is added at the end of the file.
    pub id: String,
    /// Its kind; a new keyword needs one.
    pub kind: Option<Kind>,
    /// Its contestant.
    pub side: Option<Option<String>>,
    /// Its forms.
    pub forms: Option<Vec<String>>,
    /// Its patterns.
    pub patterns: Option<Vec<String>>,
    /// Its accounts.
    pub accounts: Option<Vec<AccountRef>>,
    /// Enough alone, or not.
    pub strength: Option<Strength>,
    /// Whether capitals count.
    pub case: Option<Option<Case>>,
    /// The number under which a shared set names a side.
    pub number: Option<Option<u32>>,
    /// Switched on.
    pub enabled: Option<bool>,
    /// Cap per day.
    pub daily_cap: Option<Option<u32>>,
    /// The neighbour it needs.
    pub near: Option<Option<Near>>,
    /// Phrases in which it does not count.
    pub except: Option<Vec<String>>,
    /// What it says.
    pub stance: Option<Option<Stance>>,
    /// Texts in which it must count.
    pub match_examples: Option<Vec<String>>,
    /// Texts in which it must not.
    pub no_match_examples: Option<Vec<String>>,
    /// Source and reason.
    pub note: Option<Option<String>>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Changes a keyword, or adds it.
    Put(Box<Entry>),
    /// Adds forms that are not there yet, compared after folding.
    AddForms {
        /// Which keyword.
        id: String,
        /// Its further forms.
        forms: Vec<String>,
    },
    /// Takes a keyword out.
    Remove {
        /// Which keyword.
        id: String,
    },
}

/// The file's text after the changes. Changes that change nothing give back the same bytes.
///
/// # Errors
/// When the text isn't a keyword file, a keyword that is to be changed or removed is not in it, or a new one has no kind.
pub fn apply(file: &str, text: &str, edits: &[Edit]) -> Result<String, KeywordError> {
    let raw: RawFile = parse(file, text)?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        KeywordError::one(file, 0, None, Words::new(error.message(), error.message()))
    })?;
    let before: Vec<RawKeyword> = raw.keywords.into_iter().map(toml::Spanned::into_inner).collect();
    let mut places: HashMap<String, usize> = before.iter().enumerate().map(|(i, k)| (k.id.clone(), i)).collect();
    let mut current = before;
    let mut gone = HashSet::new();
    let mut changed = false;
    if edits.is_empty() {
        return Ok(text.to_owned());
    }
    let Some(tables) = tables(&mut document) else { return Ok(text.to_owned()) };
    for edit in edits {
        let id = match edit {
            Edit::Put(entry) => &entry.id,
            Edit::AddForms { id, .. } | Edit::Remove { id } => id,
        };
        let place = places.get(id).copied();
        match (edit, place) {
            (Edit::Put(entry), Some(place)) => {
                if let (Some(table), Some(known)) = (tables.get_mut(place), current.get_mut(place)) {
                    changed |= put(table, entry, known);
                }
            }
            (Edit::Put(entry), None) => {
                let Some(kind) = entry.kind else {
                    return Err(missing(
                        file,
                        id,
                        words!(
                            id = "kata kunci baru memerlukan jenis; isi kolom `jenis`",
                            en = "a new keyword needs a kind; fill in the column `jenis`",
                        ),
                    ));
                };
                let mut known = empty(id, kind);
                let mut table = Table::new();
                table.decor_mut().set_prefix("\n");
                table.insert("id", toml_edit::value(id.as_str()));
                put(&mut table, &Entry { kind: None, ..(**entry).clone() }, &mut known);
                // The order of the shipped files: what it is, before what it finds.
                let mut ordered = Table::new();
                *ordered.decor_mut() = table.decor().clone();
                for key in ORDER {
                    if key == "kind" {
                        ordered.insert("kind", toml_edit::value(kind.as_str()));
                    } else if let Some(item) = table.remove(key) {
                        ordered.insert(key, item);
                    }
                }
                tables.push(ordered);
                places.insert(id.clone(), current.len());
                current.push(known);
                changed = true;
            }
            (Edit::AddForms { forms, .. }, Some(place)) => {
                if let (Some(table), Some(known)) = (tables.get_mut(place), current.get_mut(place)) {
                    let mut all = known.forms.clone();
                    let mut seen: HashSet<String> = all.iter().map(|form| folded(form)).collect();
                    all.extend(forms.iter().filter(|form| seen.insert(folded(form))).cloned());
                    let entry = Entry { id: id.clone(), forms: Some(all), ..Entry::default() };
                    changed |= put(table, &entry, known);
                }
            }
            (Edit::Remove { .. }, Some(place)) => {
                gone.insert(place);
                places.remove(id);
                changed = true;
            }
            (Edit::AddForms { .. } | Edit::Remove { .. }, None) => {
                return Err(missing(
                    file,
                    id,
                    words!(
                        id = "kata kunci ini tidak ada di berkas; mungkin sudah dihapus atau berasal dari kumpulan bersama",
                        en = "the file has no such keyword; it may have been removed, or come from a shared set",
                    ),
                ));
            }
        }
    }
    if !changed {
        return Ok(text.to_owned());
    }
    if !gone.is_empty() {
        let kept: ArrayOfTables =
            tables.iter().enumerate().filter(|(i, _)| !gone.contains(i)).map(|(_, table)| table.clone()).collect();
        *tables = kept;
    }
    Ok(document.to_string())
}

/// The same file for the next cycle: another id and title, every keyword switched off.
///
/// # Errors
/// When the text isn't a keyword file.
pub fn clone_set(file: &str, text: &str, new_id: &str, new_title: &str) -> Result<String, KeywordError> {
    let raw: RawFile = parse(file, text)?;
    let off = |k: &toml::Spanned<RawKeyword>| {
        Edit::Put(Box::new(Entry { id: k.get_ref().id.clone(), enabled: Some(false), ..Entry::default() }))
    };
    let edits: Vec<_> = raw.keywords.iter().map(off).collect();
    let text = apply(file, text, &edits)?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        KeywordError::one(file, 0, None, Words::new(error.message(), error.message()))
    })?;
    if let Some(head) = document.get_mut("set").and_then(Item::as_table_mut) {
        set(head, "id", Some(new_id.into()));
        set(head, "title", Some(new_title.into()));
    }
    Ok(document.to_string())
}

fn missing(file: &str, id: &str, what: Words) -> KeywordError {
    KeywordError::one(file, 0, Some(id), what)
}

/// A form as the matcher sees it, for "is it there already".
fn folded(form: &str) -> String {
    let haystack = Haystack::new(form);
    haystack.tokens().iter().map(|token| haystack.word(token)).collect::<Vec<_>>().join(" ")
}

const ORDER: [&str; 16] = [
    "id",
    "side",
    "number",
    "kind",
    "forms",
    "patterns",
    "accounts",
    "strength",
    "case",
    "enabled",
    "daily_cap",
    "near",
    "except",
    "stance",
    "examples",
    "note",
];

/// The keywords' tables; `keyword = [{ … }]`, which nobody writes but TOML allows, is turned into them.
fn tables(document: &mut DocumentMut) -> Option<&mut ArrayOfTables> {
    let item = document.as_table_mut().entry("keyword").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    if !item.is_array_of_tables() {
        *item = Item::ArrayOfTables(std::mem::take(item).into_array_of_tables().unwrap_or_default());
    }
    item.as_array_of_tables_mut()
}

/// Writes what differs; says whether anything did. `known` follows.
fn put(table: &mut Table, entry: &Entry, known: &mut RawKeyword) -> bool {
    let mut changed = false;
    let mut write = |key: &str, value: Option<Value>| {
        set(table, key, value);
        changed = true;
    };
    macro_rules! field {
        ($given:expr, $known:expr, $key:literal, $value:expr) => {
            if let Some(given) = &$given
                && *given != $known
            {
                write($key, $value(given));
                $known = given.clone();
            }
        };
    }
    field!(entry.side, known.side, "side", |v: &Option<String>| v.as_deref().map(Value::from));
    field!(entry.number, known.number, "number", |v: &Option<u32>| v.map(|n| Value::from(i64::from(n))));
    field!(entry.forms, known.forms, "forms", |v: &Vec<String>| strings("forms", v));
    field!(entry.patterns, known.patterns, "patterns", |v: &Vec<String>| strings("patterns", v));
    field!(entry.accounts, known.accounts, "accounts", |v: &Vec<AccountRef>| accounts(v));
    field!(entry.case, known.case, "case", |v: &Option<Case>| v.map(|c| Value::from(match c {
        Case::Exact => "exact",
        Case::Fold => "fold",
    })));
    field!(entry.daily_cap, known.daily_cap, "daily_cap", |v: &Option<u32>| v.map(|n| Value::from(i64::from(n))));
    field!(entry.near, known.near, "near", |v: &Option<Near>| v.as_ref().map(near));
    field!(entry.except, known.except, "except", |v: &Vec<String>| strings("except", v));
    field!(entry.stance, known.stance, "stance", |v: &Option<Stance>| v.map(|s| Value::from(match s {
        Stance::Support => "support",
        Stance::Oppose => "oppose",
        Stance::Neutral => "neutral",
    })));
    field!(entry.note, known.note, "note", |v: &Option<String>| v.as_deref().map(Value::from));
    if let Some(kind) = entry.kind
        && kind != known.kind
    {
        write("kind", Some(kind.as_str().into()));
        known.kind = kind;
    }
    if let Some(strength) = entry.strength
        && strength != known.strength.unwrap_or_default()
    {
        write(
            "strength",
            Some(match strength {
                Strength::Strong => "strong".into(),
                Strength::Weak => "weak".into(),
            }),
        );
        known.strength = Some(strength);
    }
    if let Some(enabled) = entry.enabled
        && enabled != known.enabled.unwrap_or(true)
    {
        write("enabled", (!enabled).then(|| false.into()));
        known.enabled = Some(enabled);
    }
    let mut examples = known.examples.clone();
    if let Some(matching) = &entry.match_examples {
        examples.matching.clone_from(matching);
    }
    if let Some(no_match) = &entry.no_match_examples {
        examples.no_match.clone_from(no_match);
    }
    if examples != known.examples {
        let mut both = InlineTable::new();
        for (key, texts) in [("match", &examples.matching), ("no_match", &examples.no_match)] {
            if !texts.is_empty() {
                both.insert(key, Value::Array(texts.iter().map(String::as_str).collect()));
            }
        }
        write("examples", (!both.is_empty()).then(|| both.into()));
        known.examples = examples;
    }
    changed
}

/// Sets a key where it stands, or takes it away; a comment behind the value stays.
fn set(table: &mut Table, key: &str, value: Option<Value>) {
    match (value, table.get_mut(key).and_then(Item::as_value_mut)) {
        (Some(mut value), Some(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        (Some(value), None) => {
            table.insert(key, Item::Value(value));
        }
        (None, _) => {
            table.remove(key);
        }
    }
}

/// A list of strings, broken into lines where it is long.
fn strings(key: &str, items: &[String]) -> Option<Value> {
    if items.is_empty() {
        return None;
    }
    let mut array: Array = items.iter().map(String::as_str).collect();
    if array.to_string().len() + key.len() > WIDTH {
        for item in array.iter_mut() {
            item.decor_mut().set_prefix("\n    ");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    Some(array.into())
}

fn accounts(items: &[AccountRef]) -> Option<Value> {
    let one = |account: &AccountRef| {
        let mut table = InlineTable::new();
        for (key, value) in [("platform", &account.platform), ("handle", &account.handle), ("id", &account.id)] {
            if let Some(value) = value {
                table.insert(key, value.as_str().into());
            }
        }
        Value::from(table)
    };
    let mut array: Array = items.iter().map(one).collect();
    for item in array.iter_mut() {
        item.decor_mut().set_prefix("\n    ");
    }
    array.set_trailing("\n");
    array.set_trailing_comma(true);
    (!array.is_empty()).then(|| array.into())
}

fn near(near: &Near) -> Value {
    let mut table = InlineTable::new();
    table.insert("kinds", Value::Array(near.kinds.iter().map(|k| k.as_str()).collect()));
    table.insert("within", i64::from(near.within).into());
    table.into()
}

fn empty(id: &str, kind: Kind) -> RawKeyword {
    RawKeyword {
        id: id.to_owned(),
        side: None,
        kind,
        forms: Vec::new(),
        patterns: Vec::new(),
        accounts: Vec::new(),
        strength: None,
        case: None,
        number: None,
        enabled: None,
        daily_cap: None,
        near: None,
        except: Vec::new(),
        stance: None,
        examples: super::Examples::default(),
        note: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyword::Library;

    const TEXT: &str = r#"# Kepala.
[set]
id = "uji"   # id
title = "Uji"

# Satu kata kunci.
[[keyword]]
id = "satu"
kind = "slogan"
forms = ["Gerakan Obor"] # dari kawan
strength = "weak"
near = { kinds = ["cue"], within = 6 }

[[keyword]]
id = "dua"
kind = "slogan"
forms = ["Lain"]
"#;

    fn put_one(entry: Entry) -> String {
        apply("uji.toml", TEXT, &[Edit::Put(Box::new(entry))]).unwrap()
    }

    #[test]
    fn what_is_not_touched_stays_as_it_is() {
        let entry = Entry { id: "satu".into(), forms: Some(vec!["Gerakan Obor".into()]), ..Entry::default() };
        assert_eq!(put_one(entry), TEXT, "nothing changed");
        let entry = Entry {
            id: "satu".into(),
            forms: Some(vec!["Gerakan Obor".into(), "Obor".into()]),
            strength: Some(Strength::Strong),
            near: Some(None),
            ..Entry::default()
        };
        let expected = TEXT
            .replace("[\"Gerakan Obor\"] #", "[\"Gerakan Obor\", \"Obor\"] #")
            .replace("strength = \"weak\"\nnear = { kinds = [\"cue\"], within = 6 }\n", "strength = \"strong\"\n");
        assert_eq!(put_one(entry), expected);
    }

    #[test]
    fn keywords_are_added_and_removed() {
        let new = Entry {
            id: "tiga".into(),
            kind: Some(Kind::Slogan),
            forms: Some(vec!["Ketiga".into()]),
            note: Some(Some("dari \"rapat\"".into())),
            ..Entry::default()
        };
        let text = put_one(new);
        assert!(text.starts_with(TEXT), "{text}");
        assert!(
            text.ends_with(
                "\n[[keyword]]\nid = \"tiga\"\nkind = \"slogan\"\nforms = [\"Ketiga\"]\nnote = 'dari \"rapat\"'\n"
            ),
            "{text}"
        );
        let text = apply("uji.toml", &text, &[Edit::Remove { id: "satu".into() }]).unwrap();
        assert!(!text.contains("Satu kata kunci") && text.contains("# Kepala.") && text.contains("tiga"), "{text}");
        let text =
            apply("uji.toml", TEXT, &[Edit::AddForms { id: "dua".into(), forms: vec!["LAIN".into(), "Baru".into()] }])
                .unwrap();
        assert!(text.contains("forms = [\"Lain\", \"Baru\"]"), "{text}");
        assert!(apply("uji.toml", TEXT, &[Edit::Remove { id: "nihil".into() }]).is_err());
        let kindless = Entry { id: "x".into(), ..Entry::default() };
        assert!(apply("uji.toml", TEXT, &[Edit::Put(Box::new(kindless))]).is_err());
    }

    #[test]
    fn a_clone_is_switched_off_and_keeps_its_comments() {
        let text = clone_set("uji.toml", TEXT, "uji-2030", "Uji 2030").unwrap();
        assert_eq!(text.matches("enabled = false").count(), 2);
        assert!(text.contains("id = \"uji-2030\"   # id") && text.contains("# Satu kata kunci."), "{text}");
    }

    #[test]
    fn shipped_files_pass_through_unchanged() {
        for id in Library::builtin_ids() {
            let text = Library::builtin().text(id).unwrap().unwrap();
            let document: DocumentMut = text.parse().unwrap();
            assert_eq!(document.to_string(), text, "{id}");
        }
    }
}
