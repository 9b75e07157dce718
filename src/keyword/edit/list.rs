//! Lists changed element by element, so that line breaks and comments of the others stay.

use std::collections::HashMap;

use toml_edit::{Array, Value};

use super::write::{self, COLUMNS};
use crate::keyword::set::AccountRef;

/// How a list is laid out, read once: lists may be long.
struct Layout {
    /// Everything is on the key's line.
    single_line: bool,
    /// Every value has a line of its own.
    one_per_line: bool,
    /// White space at the beginning of a line.
    indent: String,
}

impl Layout {
    fn of(array: &Array) -> Self {
        let mut breaks = array.iter().filter_map(|value| prefix(value).rsplit_once('\n'));
        let indent = breaks.next().map_or("    ", |(_, indent)| indent).to_owned();
        let one_per_line = array.len() > 1 && array.iter().all(|value| prefix(value).contains('\n'));
        let single_line =
            !array.iter().any(|value| prefix(value).contains('\n')) && !text(array.trailing()).contains('\n');
        Self { single_line, one_per_line, indent }
    }
}

/// Makes `array` hold `items`, given as TOML (strings literal where `literal` says so). With a `key` long lists are broken
/// into lines, without they never are. False where the list is better written anew as a whole.
pub(super) fn change(array: &mut Array, items: &[String], literal: bool, key: Option<&str>) -> bool {
    let old: Vec<String> = array.iter().map(|value| canonical(value, literal)).collect();
    let commented = has_comment(array);
    let layout = Layout::of(array);
    let mut wanted: HashMap<&str, usize> = HashMap::new();
    for item in items {
        *wanted.entry(item).or_default() += 1;
    }
    let keep: Vec<bool> = old
        .iter()
        .map(|text| match wanted.get_mut(text.as_str()) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        })
        .collect();
    let kept = || old.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(text, _)| text);
    let count = kept().count();
    let in_order = kept().eq(items.iter().take(count));
    let too_long = layout.single_line
        && key.is_some_and(|key| {
            key.len() + " = []".len() + items.iter().map(|item| item.chars().count() + 2).sum::<usize>() > COLUMNS + 2
        });
    if !commented && (!in_order || too_long || count == 0) {
        return false;
    }
    let values: Vec<Value> = array.iter().cloned().collect();
    array.clear();
    if in_order {
        remove(array, values, &keep);
        for item in items.iter().skip(count) {
            append(array, item, &layout);
        }
    } else {
        reorder(array, values, &old, items, &layout);
    }
    true
}

/// Pushes the values to keep. Comments of the others go to the next value: they may speak of more than one.
fn remove(array: &mut Array, values: Vec<Value>, keep: &[bool]) {
    let mut carried: Option<String> = None;
    for (index, (mut value, keep)) in values.into_iter().zip(keep).enumerate() {
        let own = prefix(&value).to_owned();
        let both = match carried.take() {
            Some(carried) => joined(&carried, &own),
            None => own,
        };
        if *keep {
            value.decor_mut().set_prefix(both);
            array.push_formatted(value);
        } else if index == 0 || both.contains('\n') || array.is_empty() {
            carried = Some(both);
        }
    }
    if let Some(carried) = carried.filter(|carried| carried.contains('#')) {
        let trailing = joined(&carried, text(array.trailing()));
        array.set_trailing(trailing);
    }
}

/// The white space and comments of a removed value with those of the one behind it.
fn joined(carried: &str, own: &str) -> String {
    match (carried.contains('#'), own.contains('\n')) {
        (false, true) => own.to_owned(),
        (true, true) => format!("{}{own}", carried.trim_end()),
        (_, false) => carried.to_owned(),
    }
}

fn append(array: &mut Array, item: &str, layout: &Layout) {
    let Ok(mut value) = item.parse::<Value>() else { return };
    let prefix = if layout.single_line {
        if array.is_empty() { String::new() } else { " ".to_owned() }
    } else {
        let trailing = text(array.trailing()).to_owned();
        let indent = &layout.indent;
        if trailing.contains('#') {
            // A comment behind the last value stays behind it.
            array.set_trailing("\n");
            format!("{}\n{indent}", trailing.trim_end())
        } else if layout.one_per_line || last_column(array) + item.chars().count() + 2 > COLUMNS {
            format!("\n{indent}")
        } else {
            " ".to_owned()
        }
    };
    value.decor_mut().set_prefix(prefix);
    value.decor_mut().set_suffix("");
    array.push_formatted(value);
}

/// A new order, in which every old value keeps its own comments.
fn reorder(array: &mut Array, values: Vec<Value>, old: &[String], items: &[String], layout: &Layout) {
    let mut have: HashMap<&str, Vec<Value>> = HashMap::new();
    for (value, text) in values.into_iter().zip(old).rev() {
        have.entry(text).or_default().push(value);
    }
    for item in items {
        match have.get_mut(item.as_str()).and_then(Vec::pop) {
            Some(value) => array.push_formatted(value),
            None => append(array, item, layout),
        }
    }
}

/// Width of the last line so far, its comma included.
fn last_column(array: &Array) -> usize {
    let mut width = 0;
    for at in (0..array.len()).rev() {
        let Some(value) = array.get(at) else { break };
        let prefix = prefix(value);
        width += value.to_string().trim().chars().count() + 1;
        match prefix.rsplit_once('\n') {
            Some((_, indent)) => return width + indent.chars().count(),
            None => width += prefix.chars().count(),
        }
    }
    width
}

/// A value as this program writes it, whatever quotes and spaces its author chose.
fn canonical(value: &Value, literal: bool) -> String {
    match value {
        Value::String(text) => write::string(text.value(), literal),
        Value::InlineTable(table) => {
            let part = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
            write::account(&AccountRef { platform: part("platform"), handle: part("handle"), id: part("id") })
        }
        other => other.to_string(),
    }
}

fn has_comment(array: &Array) -> bool {
    let in_value = |value: &Value| {
        prefix(value).contains('#') || value.decor().suffix().is_some_and(|suffix| text(suffix).contains('#'))
    };
    array.iter().any(in_value) || text(array.trailing()).contains('#')
}

fn prefix(value: &Value) -> &str {
    value.decor().prefix().map(text).unwrap_or_default()
}

fn text(raw: &toml_edit::RawString) -> &str {
    raw.as_str().unwrap_or_default()
}
