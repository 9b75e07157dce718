//! One block of a file (a `[[keyword]]` or the `[set]`) changed in place, with `toml_edit`.

use toml_edit::{DocumentMut, Item, Key, Table, Value};

use super::list;
use super::write;
use crate::keyword::set::{Examples, Keyword};

/// The block with another id and title; `None` where it is no `[set]` table.
pub(super) fn rename_set(text: &str, id: &str, title: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let mut block = Block::of(document.get_mut("set")?.as_table_mut()?);
    block.set("id", Some(&write::string(id, false)));
    block.set("title", Some(&write::string(title, false)));
    finish(text, &mut document, "")
}

/// The block of `before`, changed to `now`; `None` where it is no `[[keyword]]` table.
pub(super) fn change(text: &str, before: &Keyword, now: &Keyword) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let mut block = Block::of(document.get_mut("keyword")?.as_array_of_tables_mut()?.get_mut(0)?);
    let (old, new) = (write::values(before), write::values(now));
    for ((key, old), (_, new)) in old.into_iter().zip(new) {
        if old == new {
            continue;
        }
        let changed_inside = match key {
            "forms" => block.set_list(key, &write::strings(&now.forms, false)),
            "patterns" => block.set_list(key, &write::strings(&now.patterns, true)),
            "except" => block.set_list(key, &write::strings(&now.except, false)),
            "accounts" => block.set_list(key, &write::accounts(&now.accounts)),
            "examples" => block.set_examples(&before.examples, &now.examples),
            "near" => block.set_near(now),
            _ => false,
        };
        if !changed_inside {
            block.set(key, new.as_deref());
        }
    }
    let left = block.left;
    finish(text, &mut document, &left)
}

/// What is left of the text of a `[[keyword]]` that is taken out: the comments behind it, which belong to the next.
pub(super) fn remains(text: &str) -> Option<String> {
    let document: DocumentMut = text.parse().ok()?;
    document.get("keyword")?.as_array_of_tables()?;
    let trailing = document.trailing().as_str()?;
    Some(trailing.trim_start_matches(['\n', '\r']).to_owned())
}

/// `toml_edit` ends the lines it writes with `\n`; a block that had only `\r\n` gets them back.
fn finish(text: &str, document: &mut DocumentMut, left: &str) -> Option<String> {
    if !left.is_empty() {
        let trailing = format!("{left}{}", document.trailing().as_str()?);
        document.set_trailing(trailing);
    }
    let out = document.to_string();
    let dos = text.contains("\r\n") && !text.replace("\r\n", "").contains('\n');
    Some(if dos { out.replace("\r\n", "\n").replace('\n', "\r\n") } else { out })
}

/// The order of keys, in which a new one finds its place.
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

struct Block<'a> {
    table: &'a mut Table,
    /// Comments above a key that was the last one and was taken out.
    left: String,
}

impl<'a> Block<'a> {
    fn of(table: &'a mut Table) -> Self {
        Self { table, left: String::new() }
    }

    /// Sets a key to a value in TOML, or takes it out.
    fn set(&mut self, key: &str, value: Option<&str>) {
        let Some(value) = value.and_then(|text| text.parse::<Value>().ok()) else {
            self.remove(key);
            return;
        };
        match self.table.get_mut(key) {
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            Some(_) => {
                self.table.remove(key);
                self.insert(key, value);
            }
            None => self.insert(key, value),
        }
    }

    /// Inserts behind the last key that comes before it in the file format's order.
    fn insert(&mut self, key: &str, value: Value) {
        let rank = |key: &str| ORDER.iter().position(|known| *known == key);
        let keys: Vec<String> = self.table.iter().map(|(key, _)| key.to_owned()).collect();
        let at = keys.iter().rposition(|other| rank(other) < rank(key)).map_or(0, |last| last + 1);
        let behind: Vec<(Key, Item)> =
            keys.iter().skip(at).filter_map(|other| self.table.remove_entry(other)).collect();
        self.table.insert(key, Item::Value(value));
        for (key, item) in behind {
            self.table.insert_formatted(&key, item);
        }
    }

    /// Takes a key out. Comment lines above it move to the next key: nobody's words are lost.
    fn remove(&mut self, key: &str) {
        let next = self.table.iter().skip_while(|(other, _)| *other != key).nth(1).map(|(key, _)| key.to_owned());
        let Some((removed, _)) = self.table.remove_entry(key) else { return };
        let prefix = removed.leaf_decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
        if !prefix.contains('#') {
            return;
        }
        match next.and_then(|next| self.table.key_mut(&next)) {
            Some(mut next) => {
                let own = next.leaf_decor().prefix().and_then(|own| own.as_str()).unwrap_or_default();
                let both = format!("{prefix}{own}");
                next.leaf_decor_mut().set_prefix(both);
            }
            None => self.left.push_str(&prefix),
        }
    }

    /// Changes single elements of a list that is there; false where the key has to be set or taken out as a whole.
    fn set_list(&mut self, key: &str, items: &[String]) -> bool {
        if items.is_empty() {
            return false;
        }
        match self.table.get_mut(key) {
            Some(Item::Value(Value::Array(array))) => list::change(array, items, key == "patterns", Some(key)),
            _ => false,
        }
    }

    /// Keeps tables, dotted keys and values on several lines as they are written; what stands on one line is written anew.
    fn set_examples(&mut self, before: &Examples, now: &Examples) -> bool {
        if now.matching.is_empty() && now.no_match.is_empty() {
            return false;
        }
        let Some(item) = self.table.get_mut("examples").filter(|item| !on_one_line(item)) else { return false };
        let Some(table) = item.as_table_like_mut() else { return false };
        let lists = [("match", &before.matching, &now.matching), ("no_match", &before.no_match, &now.no_match)];
        for (key, before, now) in lists {
            if before == now {
                continue;
            }
            let items = write::strings(now, false);
            let changed = match table.get_mut(key) {
                Some(Item::Value(Value::Array(array))) => list::change(array, &items, false, None),
                _ => false,
            };
            if items.is_empty() {
                table.remove(key);
            } else if !changed {
                insert_flat(table, key, &write::flat(&items));
            }
        }
        true
    }

    fn set_near(&mut self, now: &Keyword) -> bool {
        let Some(near) = &now.near else { return false };
        let Some(item) = self.table.get_mut("near").filter(|item| !on_one_line(item)) else { return false };
        let Some(table) = item.as_table_like_mut() else { return false };
        insert_flat(table, "kinds", &write::kinds(&near.kinds));
        insert_flat(table, "within", &near.within.to_string());
        true
    }
}

fn insert_flat(table: &mut dyn toml_edit::TableLike, key: &str, value: &str) {
    let Ok(mut value) = value.parse::<Value>() else { return };
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn on_one_line(item: &Item) -> bool {
    matches!(item, Item::Value(Value::InlineTable(table)) if !table.to_string().contains('\n'))
}
