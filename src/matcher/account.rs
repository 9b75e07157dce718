//! Campaign accounts: by handle in a text, a mention or a target, and by platform id.

use super::engine::{Engine, names_something};
use super::field::{Field, Reading};
use super::find::Occurrence;
use crate::text::{TokenKind, Twist};

/// Campaign accounts by folded handle, without its `@`.
pub(super) fn handle(
    engine: &Engine,
    index: usize,
    field: &Field<'_>,
    known: &str,
    span: (usize, usize),
    at: usize,
    found: &mut Vec<Occurrence>,
) {
    account(engine, index, field, engine.handles.get(known), (at, span), found);
    if field.reading != Reading::Handle {
        return;
    }
    // `@nama` as a form of another kind: the field may come without its `@`.
    let Some(word) = engine.vocab.get(&format!("@{known}")) else { return };
    if field.haystack.tokens().first().is_some_and(|t| t.kind == TokenKind::Handle) {
        return;
    }
    for leaf in engine.trie.root(word).map(|node| engine.trie.leaves(node)).unwrap_or_default() {
        found.push(Occurrence {
            entry: leaf.entry,
            field: index,
            tokens: (at, at),
            span,
            twist: Twist::Plain,
            shouted: false,
            except: leaf.except,
            addressed: true,
            in_tag: false,
        });
    }
}

/// Campaign accounts by the platform's id.
pub(super) fn account_id(engine: &Engine, index: usize, field: &Field<'_>, found: &mut Vec<Occurrence>) {
    let written = field.haystack.original();
    account(engine, index, field, engine.ids.get(written), (0, (0, written.len())), found);
}

fn account(
    engine: &Engine,
    index: usize,
    field: &Field<'_>,
    known: Option<&Vec<(u32, Option<String>)>>,
    (at, span): (usize, (usize, usize)),
    found: &mut Vec<Occurrence>,
) {
    for (entry, platform) in known.into_iter().flatten() {
        // The same handle on another platform may be somebody else.
        let elsewhere = platform.as_deref().zip(field.platform).is_some_and(|(listed, here)| listed != here);
        if elsewhere || !engine.entries.get(*entry as usize).is_some_and(|e| names_something(e.kind)) {
            continue;
        }
        found.push(Occurrence {
            entry: *entry,
            field: index,
            tokens: (at, at),
            span,
            twist: Twist::Plain,
            shouted: false,
            except: false,
            addressed: field.reading == Reading::Text,
            in_tag: false,
        });
    }
}
