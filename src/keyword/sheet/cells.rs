//! One row's cells by column, and what they say of a keyword.

use std::collections::BTreeMap;

use super::Defaults;
use crate::keyword::{AccountRef, Case, Entry, Near, Strength};
use crate::model::{Kind, Stance, Words, words};

/// Between the values of one cell.
pub(super) const BETWEEN: &str = " | ";

/// The kinds' names in tables, beside those of the files.
pub(super) const KINDS: [(Kind, &str); 10] = [
    (Kind::Candidate, "calon"),
    (Kind::Party, "partai"),
    (Kind::Symbol, "simbol"),
    (Kind::Hashtag, "tagar"),
    (Kind::Slogan, "slogan"),
    (Kind::Account, "akun"),
    (Kind::Gesture, "gestur"),
    (Kind::Number, "nomor"),
    (Kind::Cue, "isyarat"),
    (Kind::Allow, "pengecualian"),
];

/// A row by the names of its columns.
pub(super) struct Cells(BTreeMap<String, String>);

impl Cells {
    pub(super) fn new(columns: &[String], row: Vec<String>) -> Self {
        // A form may begin with a space nowhere; what people type around a word in a cell means nothing.
        Self(columns.iter().cloned().zip(row.into_iter().map(|cell| cell.trim().to_owned())).collect())
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(super) fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    /// What is left, by column.
    pub(super) fn rest(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }

    /// What the cells say; a column that is not there says nothing, a blank cell says "none". With it, what can't be read.
    pub(super) fn entry(&self, id: &str, defaults: &Defaults) -> (Entry, Vec<(&'static str, Words)>) {
        let mut faults = Vec::new();
        let has = |name: &str| self.0.contains_key(name);
        let text = |name: &str| Some(self.get(name)).filter(|cell| !cell.is_empty());
        let list = |name: &str| has(name).then(|| split(self.get(name)));
        let number = |name: &'static str, faults: &mut Vec<(&'static str, Words)>| {
            has(name).then(|| {
                let cell = text(name)?;
                let read = cell.parse::<u32>().ok();
                if read.is_none() {
                    faults.push((
                        name,
                        words!(
                            id = "«{cell}» bukan bilangan bulat; tulis angka saja",
                            en = "“{cell}” is no whole number; write digits only",
                        ),
                    ));
                }
                read
            })
        };
        let choice = |name: &'static str, known: &[(&str, u8)], faults: &mut Vec<(&'static str, Words)>| {
            let cell = text(name)?;
            let folded = crate::text::fold(cell).text;
            let found = known.iter().find(|(word, _)| *word == folded).map(|(_, code)| *code);
            if found.is_none() {
                let words: Vec<_> = known.iter().map(|(word, _)| *word).collect();
                faults.push((name, one_of(cell, &words)));
            }
            found
        };
        let kind = match text("jenis") {
            None => defaults.kind,
            Some(cell) => {
                let kind = kind(cell);
                if kind.is_none() {
                    faults.push(("jenis", one_of(cell, &KINDS.map(|(_, word)| word))));
                }
                kind
            }
        };
        let strength = choice("kekuatan", &[("kuat", 0), ("lemah", 1), ("strong", 0), ("weak", 1)], &mut faults);
        let case = choice("huruf_besar", &[("sama", 0), ("abaikan", 1), ("exact", 0), ("fold", 1)], &mut faults);
        let enabled =
            choice("aktif", &[("ya", 1), ("tidak", 0), ("true", 1), ("false", 0), ("1", 1), ("0", 0)], &mut faults);
        let stance = choice(
            "sikap",
            &[("dukung", 0), ("tolak", 1), ("netral", 2), ("support", 0), ("oppose", 1), ("neutral", 2)],
            &mut faults,
        );
        let near = self.near(&mut faults);
        let accounts = list("akun").map(|cells| cells.iter().map(|cell| account(cell)).collect::<Vec<_>>());
        let side = if has("sisi") { Some(text("sisi").map(str::to_owned)) } else { defaults.side.clone().map(Some) };
        let entry = Entry {
            id: id.to_owned(),
            kind,
            side,
            forms: None,
            patterns: list("pola"),
            accounts,
            strength: has("kekuatan").then(|| if strength == Some(1) { Strength::Weak } else { Strength::Strong }),
            case: has("huruf_besar").then(|| case.map(|c| if c == 0 { Case::Exact } else { Case::Fold })),
            number: number("nomor", &mut faults),
            enabled: has("aktif").then(|| enabled != Some(0)),
            daily_cap: number("batas_harian", &mut faults),
            near,
            except: list("pengecualian"),
            stance: has("sikap").then(|| {
                stance.map(|s| match s {
                    0 => Stance::Support,
                    1 => Stance::Oppose,
                    _ => Stance::Neutral,
                })
            }),
            match_examples: list("contoh_cocok"),
            no_match_examples: list("contoh_tidak"),
            note: has("catatan").then(|| text("catatan").map(str::to_owned)),
        };
        (entry, faults)
    }

    fn near(&self, faults: &mut Vec<(&'static str, Words)>) -> Option<Option<Near>> {
        if !self.0.contains_key("dekat") {
            return None;
        }
        let mut kinds = Vec::new();
        for word in split(self.get("dekat")) {
            match kind(&word) {
                Some(kind) => kinds.push(kind),
                None => faults.push(("dekat", one_of(&word, &KINDS.map(|(_, word)| word)))),
            }
        }
        if kinds.is_empty() {
            return Some(None);
        }
        let within = self.get("jarak").parse().unwrap_or(0_u16);
        if within == 0 {
            faults.push(("jarak", words!(
                id = "tulis jaraknya dalam kata, sekurangnya 1",
                en = "write the distance in words, at least 1",
            )));
        }
        Some(Some(Near { kinds, within }))
    }
}

fn kind(cell: &str) -> Option<Kind> {
    let folded = crate::text::fold(cell.trim()).text;
    let own = KINDS.iter().find(|(_, word)| *word == folded).map(|(kind, _)| *kind);
    own.or_else(|| folded.parse().ok())
}

fn one_of(cell: &str, known: &[&str]) -> Words {
    let known = known.join(", ");
    words!(id = "«{cell}» tidak dikenal; pilih: {known}", en = "“{cell}” is unknown; choose: {known}")
}

/// `platform=x handle=@nama id=123`, or a handle alone.
fn account(cell: &str) -> AccountRef {
    let mut account = AccountRef { platform: None, handle: None, id: None };
    for part in cell.split_whitespace() {
        match part.split_once('=') {
            Some(("platform", value)) => account.platform = Some(value.to_owned()),
            Some(("id", value)) => account.id = Some(value.to_owned()),
            Some(("handle", value)) => account.handle = Some(value.to_owned()),
            _ => account.handle = Some(part.to_owned()),
        }
    }
    account
}

/// The values of one cell. A bar within a value is written `\|` where it could be taken for the one between values.
fn split(cell: &str) -> Vec<String> {
    cell.split(BETWEEN).map(|part| bars(part, false)).filter(|part| !part.is_empty()).collect()
}

/// Values as one cell, see [`split`].
pub(super) fn join<'a>(values: impl Iterator<Item = &'a str>) -> String {
    values.map(|value| bars(value, true)).collect::<Vec<_>>().join(BETWEEN)
}

/// A run of `k` backslashes before a bar becomes `2k + 1` where the bar needs guarding, and back.
fn bars(value: &str, guard: bool) -> String {
    let mut out = String::with_capacity(value.len());
    let mut slashes = 0;
    let mut previous = None;
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            slashes += 1;
            previous = Some(c);
            continue;
        }
        if c == '|' {
            let edge = |c: Option<char>| c.is_none_or(|c| c == ' ');
            let lonely = slashes == 0 && edge(previous) && edge(chars.peek().copied());
            let count = match (guard, slashes) {
                (true, 0) => usize::from(lonely),
                (true, k) => 2 * k + 1,
                (false, k) if k % 2 == 1 => (k - 1) / 2,
                (false, k) => k,
            };
            out.extend(std::iter::repeat_n('\\', count));
        } else {
            out.extend(std::iter::repeat_n('\\', slashes));
        }
        slashes = 0;
        out.push(c);
        previous = Some(c);
    }
    out.extend(std::iter::repeat_n('\\', slashes));
    out
}
