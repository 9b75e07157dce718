//! What changed between two versions of a list, in words.

use std::collections::{BTreeMap, BTreeSet};

use super::set::{Case, Keyword, KeywordSet, Near, Strength};
use crate::model::{Words, words};

/// Everything that tells the newer from the older: head, stages, contestants, keywords with those of shared sets, and the
/// circular's clauses. Empty where the fingerprints are the same.
#[must_use]
pub fn diff(old: &KeywordSet, new: &KeywordSet) -> Vec<Words> {
    let mut changes = Changes(Vec::new());
    if old.fingerprint() == new.fingerprint() {
        return changes.0;
    }
    head(old, new, &mut changes);
    stages(old, new, &mut changes);
    sides(old, new, &mut changes);
    keywords(old, new, &mut changes);
    clauses(old, new, &mut changes);
    changes.0
}

struct Changes(Vec<Words>);

impl Changes {
    fn say(&mut self, what: Words) {
        self.0.push(what);
    }

    /// Of one keyword: its id stands before what is said.
    fn of(&mut self, keyword: &Keyword, what: &Words) {
        let id = &keyword.id;
        let (indonesian, english) = (&what.id, &what.en);
        self.say(Words::new(format!("kata kunci `{id}`: {indonesian}"), format!("keyword `{id}`: {english}")));
    }
}

fn head(old: &KeywordSet, new: &KeywordSet, changes: &mut Changes) {
    let circular = |set: &KeywordSet| set.circular().map(|c| c.id.clone()).unwrap_or_default();
    let days = |set: &KeywordSet| set.valid().map(|(from, to)| format!("{from} – {to}")).unwrap_or_default();
    let facts = [
        (Words::new("judul", "title"), old.title().to_owned(), new.title().to_owned()),
        (Words::new("wilayah", "region"), old.region().to_owned(), new.region().to_owned()),
        (Words::new("masa berlaku", "validity"), days(old), days(new)),
        (Words::new("zona waktu", "time zone"), old.timezone().to_owned(), new.timezone().to_owned()),
        (Words::new("surat edaran", "circular"), circular(old), circular(new)),
        (Words::new("kumpulan bersama", "shared sets"), old.extends().join(", "), new.extends().join(", ")),
    ];
    for (name, before, after) in facts.into_iter().filter(|(_, before, after)| before != after) {
        changes.say(Words::new(
            format!("{}: «{before}» menjadi «{after}»", name.id),
            format!("{}: “{before}” is now “{after}”", name.en),
        ));
    }
}

fn stages(old: &KeywordSet, new: &KeywordSet, changes: &mut Changes) {
    for stage in old.stages().iter().filter(|s| !new.stages().iter().any(|n| n.id == s.id)) {
        changes.say(words!(id = "tahapan `{id}` dihapus", en = "stage `{id}` removed", id = stage.id));
    }
    for stage in new.stages() {
        let (from, to) = (stage.from, stage.to);
        match old.stages().iter().find(|s| s.id == stage.id) {
            None => changes.say(words!(
                id = "tahapan `{id}` ditambah: {from} – {to}",
                en = "stage `{id}` added: {from} – {to}",
                id = stage.id
            )),
            Some(before) if before != stage => changes.say(words!(
                id = "tahapan `{id}` berubah: {from} – {to}, «{title}»",
                en = "stage `{id}` changed: {from} – {to}, “{title}”",
                id = stage.id,
                title = stage.title
            )),
            Some(_) => {}
        }
    }
}

fn sides(old: &KeywordSet, new: &KeywordSet, changes: &mut Changes) {
    for side in old.sides().iter().filter(|s| new.side(&s.id).is_none()) {
        changes.say(words!(id = "kontestan `{id}` dihapus", en = "side `{id}` removed", id = side.id));
    }
    for side in new.sides() {
        let number = side.number.map(|n| n.to_string()).unwrap_or_else(|| "–".to_owned());
        match old.side(&side.id) {
            None => changes.say(words!(
                id = "kontestan `{id}` ditambah: «{title}», nomor urut {number}",
                en = "side `{id}` added: “{title}”, number {number}",
                id = side.id,
                title = side.title
            )),
            Some(before) if before != side => changes.say(words!(
                id = "kontestan `{id}` berubah: «{title}», nomor urut {number}",
                en = "side `{id}` changed: “{title}”, number {number}",
                id = side.id,
                title = side.title
            )),
            Some(_) => {}
        }
    }
}

fn keywords(old: &KeywordSet, new: &KeywordSet, changes: &mut Changes) {
    let by_id = |set: &KeywordSet| -> BTreeMap<String, Keyword> {
        set.keywords().iter().map(|k| (k.id.clone(), k.clone())).collect()
    };
    let (before, after) = (by_id(old), by_id(new));
    for keyword in old.keywords().iter().filter(|k| !after.contains_key(&k.id)) {
        changes.of(keyword, &Words::new("dihapus", "removed"));
    }
    for keyword in new.keywords() {
        match before.get(&keyword.id) {
            None => {
                let (kind, side) = (keyword.kind, keyword.side.as_deref().unwrap_or("–"));
                let forms = quoted(contents(keyword).iter().map(String::as_str));
                changes.of(
                    keyword,
                    &Words::new(
                        format!("ditambah ({kind}, {side}): {}", forms.id),
                        format!("added ({kind}, {side}): {}", forms.en),
                    ),
                );
            }
            Some(before) => one(before, keyword, changes),
        }
    }
}

/// Everything that a keyword finds by: forms, patterns, accounts.
fn contents(keyword: &Keyword) -> BTreeSet<String> {
    let accounts = keyword.accounts.iter().map(|a| {
        let parts = [&a.platform, &a.handle, &a.id];
        parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ")
    });
    keyword.forms.iter().cloned().chain(keyword.patterns.iter().map(|p| format!("/{p}/"))).chain(accounts).collect()
}

fn one(old: &Keyword, new: &Keyword, changes: &mut Changes) {
    let lists = [
        (Words::new("bentuk", "form"), contents(old), contents(new)),
        (Words::new("pengecualian", "exception"), set_of(&old.except), set_of(&new.except)),
        (
            Words::new("contoh yang cocok", "matching example"),
            set_of(&old.examples.matching),
            set_of(&new.examples.matching),
        ),
        (
            Words::new("contoh yang tidak cocok", "example that must not match"),
            set_of(&old.examples.no_match),
            set_of(&new.examples.no_match),
        ),
    ];
    for (name, before, after) in &lists {
        for (gone, verb) in [(true, ("dihapus", "removed")), (false, ("ditambah", "added"))] {
            let (from, to) = if gone { (before, after) } else { (after, before) };
            let items: Vec<_> = from.difference(to).map(String::as_str).collect();
            if !items.is_empty() {
                let items = quoted(items.into_iter());
                changes.of(
                    new,
                    &Words::new(
                        format!("{} {}: {}", name.id, verb.0, items.id),
                        format!("{} {}: {}", name.en, verb.1, items.en),
                    ),
                );
            }
        }
    }
    let facts = [
        (Words::new("jenis", "kind"), old.kind.to_string(), new.kind.to_string()),
        (Words::new("kontestan", "side"), or_none(old.side.as_ref()), or_none(new.side.as_ref())),
        (Words::new("nomor urut", "number"), or_none(old.number.as_ref()), or_none(new.number.as_ref())),
        (Words::new("kekuatan", "strength"), strength(old).to_owned(), strength(new).to_owned()),
        (Words::new("huruf besar", "capitals"), case(old).to_owned(), case(new).to_owned()),
        (Words::new("aktif", "enabled"), old.enabled.to_string(), new.enabled.to_string()),
        (Words::new("batas harian", "daily cap"), or_none(old.daily_cap.as_ref()), or_none(new.daily_cap.as_ref())),
        (Words::new("petunjuk di dekatnya", "neighbour"), near(old.near.as_ref()), near(new.near.as_ref())),
        (Words::new("sikap", "stance"), stance(old), stance(new)),
        (Words::new("catatan", "note"), or_none(old.note.as_ref()), or_none(new.note.as_ref())),
    ];
    for (name, before, after) in facts.into_iter().filter(|(_, before, after)| before != after) {
        changes.of(
            new,
            &Words::new(
                format!("{}: «{before}» menjadi «{after}»", name.id),
                format!("{}: “{before}” is now “{after}”", name.en),
            ),
        );
    }
}

fn set_of(items: &[String]) -> BTreeSet<String> {
    items.iter().cloned().collect()
}

/// At most so many items are spelt out in one sentence.
const SPELT: usize = 12;

fn quoted<'a>(items: impl Iterator<Item = &'a str>) -> Words {
    let items: Vec<_> = items.collect();
    let list = |open: char, close: char| {
        items.iter().take(SPELT).map(|i| format!("{open}{i}{close}")).collect::<Vec<_>>().join(", ")
    };
    let more = items.len().saturating_sub(SPELT);
    match more {
        0 => Words::new(list('«', '»'), list('“', '”')),
        _ => Words::new(format!("{} dan {more} lagi", list('«', '»')), format!("{} and {more} more", list('“', '”'))),
    }
}

fn or_none<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "–".to_owned(), T::to_string)
}

fn strength(keyword: &Keyword) -> &'static str {
    match keyword.strength {
        Strength::Strong => "strong",
        Strength::Weak => "weak",
    }
}

fn case(keyword: &Keyword) -> &'static str {
    match keyword.case {
        None => "–",
        Some(Case::Exact) => "exact",
        Some(Case::Fold) => "fold",
    }
}

fn near(near: Option<&Near>) -> String {
    near.map_or_else(
        || "–".to_owned(),
        |n| format!("{} ≤ {}", n.kinds.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(", "), n.within),
    )
}

fn stance(keyword: &Keyword) -> String {
    use crate::model::Stance;
    match keyword.stance {
        None => "–",
        Some(Stance::Support) => "support",
        Some(Stance::Oppose) => "oppose",
        Some(Stance::Neutral) => "neutral",
    }
    .to_owned()
}

fn clauses(old: &KeywordSet, new: &KeywordSet, changes: &mut Changes) {
    let of = |set: &KeywordSet| set.circular().map(|c| c.clauses.clone()).unwrap_or_default();
    let (before, after) = (of(old), of(new));
    for clause in before.iter().filter(|c| !after.iter().any(|n| n.id == c.id)) {
        changes.say(words!(id = "huruf edaran `{id}` dihapus", en = "clause `{id}` removed", id = clause.id));
    }
    for clause in &after {
        match before.iter().find(|c| c.id == clause.id) {
            None => changes.say(words!(
                id = "huruf edaran `{id}` ditambah: «{title}»",
                en = "clause `{id}` added: “{title}”",
                id = clause.id,
                title = clause.title
            )),
            Some(earlier) if earlier != clause => {
                changes.say(words!(id = "huruf edaran `{id}` berubah", en = "clause `{id}` changed", id = clause.id));
            }
            Some(_) => {}
        }
    }
    let order = |clauses: &[super::Clause]| clauses.iter().map(|c| c.id.clone()).collect::<Vec<_>>();
    if order(&before) != order(&after) && before.len() == after.len() {
        changes.say(Words::new("urutan huruf edaran berubah", "the order of the clauses changed"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyword::Library;

    #[test]
    fn changes_are_told_in_words() {
        let library = Library::builtin();
        let text = library.text("pilkada-madiun-2024").unwrap().unwrap();
        let old = library.close("pilkada-madiun-2024.toml".into(), text.clone()).unwrap();
        assert!(diff(&old, &old).is_empty());
        let first = old.keywords().first().unwrap();
        let form = first.forms.first().unwrap();
        let new_text = text.replacen(&format!("{form:?}"), "\"Nama Baru Sekali\"", 1);
        let new = library.close("pilkada-madiun-2024.toml".into(), new_text).unwrap();
        let said = diff(&old, &new);
        assert!(said.iter().any(|w| w.id.contains("bentuk ditambah: «Nama Baru Sekali»")), "{said:?}");
        assert!(said.iter().any(|w| w.en.contains(&format!("form removed: “{form}”"))), "{said:?}");
    }
}
