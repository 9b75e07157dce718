//! Where keywords occur in a field: its tokens are read, the readings walk the trie, patterns run over its text.

use super::account::{account_id, handle};
use super::engine::Engine;
use super::field::{Field, Reading};
use super::glance;
use super::patterns::{Patterns, Visit};
use super::read::{Reader, Step};
use super::room::{Memo, Room};
use super::walk::{Walker, index_steps};
use crate::text::{Token, TokenKind, Twist, fold};

/// One keyword at one place, before it is known whether it counts.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    /// Index of the engine's entry.
    pub entry: u32,
    /// Index of the field.
    pub field: usize,
    /// First and last token it covers.
    pub tokens: (usize, usize),
    /// Bytes of the original field.
    pub span: (usize, usize),
    /// How the writing differed from the form.
    pub twist: Twist,
    /// An acronym among words that are all in capitals, so that its own capitals say nothing.
    pub shouted: bool,
    /// It stands for an exception of the keyword, not for the keyword.
    pub except: bool,
    /// It is (in) a handle: the author speaks to that account.
    pub addressed: bool,
    /// It is (in) a hashtag: that speaks of the whole text, not of the words around it.
    pub in_tag: bool,
}

/// Occurrences of one field are bounded before they are counted, so that a hostile post stays cheap.
pub(super) const MAX_OCCURRENCES: usize = 20_000;

/// Every occurrence of the engine's keywords in the fields, in the room's `found`; nothing where none can name somebody.
pub(super) fn find(engine: &Engine, fields: &[Field<'_>], room: &mut Room) {
    let mut memo = room.take_memo(engine.serial);
    room.found.clear();
    // Cues and exceptions matter only where somebody or something is named.
    if fields.iter().any(|field| may_name(engine, field, &mut memo, &mut room.steps)) {
        search(engine, fields, &mut memo, room);
        if room.found.iter().any(|o| engine.names(o)) {
            search_others(engine, fields, room);
        } else {
            room.found.clear();
        }
    }
    room.keep_memo(engine.serial, memo);
}

/// The same, cues and exceptions also where nobody is named: for checking examples.
pub(super) fn find_all(engine: &Engine, fields: &[Field<'_>], room: &mut Room) {
    room.found.clear();
    search(engine, fields, &mut Memo::default(), room);
    search_others(engine, fields, room);
}

fn search(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, room: &mut Room) {
    for (index, field) in fields.iter().enumerate() {
        search_field(engine, index, field, memo, room);
    }
}

/// Patterns of cues and exceptions.
fn search_others(engine: &Engine, fields: &[Field<'_>], room: &mut Room) {
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| field.reading != Reading::Id) {
        patterns(engine, index, field, &mut room.found, Patterns::find_others);
    }
}

fn may_name(engine: &Engine, field: &Field<'_>, memo: &mut Memo, room: &mut Vec<Step>) -> bool {
    match field.reading {
        Reading::Text => glance::may_name(engine, &field.haystack, memo, room),
        Reading::Id => engine.ids.contains_key(field.haystack.original()),
        Reading::Tag | Reading::Handle => true,
    }
}

fn search_field(engine: &Engine, index: usize, field: &Field<'_>, memo: &mut Memo, room: &mut Room) {
    let Room { steps, firsts, found, .. } = room;
    match field.reading {
        Reading::Id => return account_id(engine, index, field, found),
        Reading::Handle => {
            let written = field.haystack.original();
            let folded = fold(written.trim().trim_start_matches('@')).text;
            handle(engine, index, field, &folded, (0, written.len()), 0, found);
        }
        Reading::Text | Reading::Tag => {}
    }
    steps.clear();
    Reader { engine, index, field, steps, found, memo }.read();
    index_steps(steps, field.haystack.tokens().len(), firsts);
    Walker { engine, index, field, steps, firsts, found, visits: 0 }.walk();
    patterns(engine, index, field, found, Patterns::find_names);
}

/// Regular expressions over the folded text of a field; `which` are those of names or the others.
fn patterns(
    engine: &Engine,
    index: usize,
    field: &Field<'_>,
    found: &mut Vec<Occurrence>,
    which: fn(&Patterns, &str, bool, Visit<'_>),
) {
    let haystack = &field.haystack;
    // Digits in handles and addresses say nothing.
    let says = |token: &Token| token.shape.digits && !matches!(token.kind, TokenKind::Handle | TokenKind::Address);
    let has_digits = haystack.tokens().iter().any(says);
    which(&engine.patterns, haystack.folded(), has_digits, &mut |start, end, entry| {
        let first = haystack.token_at(start);
        let last = haystack.token_at(end - 1).max(first);
        found.push(Occurrence {
            entry,
            field: index,
            tokens: (first, last),
            span: haystack.original_span((start, end)),
            twist: Twist::Plain,
            shouted: false,
            except: false,
            addressed: false,
            in_tag: false,
        });
        found.len() < MAX_OCCURRENCES
    });
}
