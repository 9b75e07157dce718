//! Where keywords occur in a field: its tokens are read, the readings walk the trie, patterns run over its text.

use std::ops::Range;

use super::account::{account_id, handle};
use super::engine::Engine;
use super::field::{Field, Reading};
use super::hint::Hint;
use super::patterns::{Groups, Patterns};
use super::read::Reader;
use super::room::{Desk, Memo};
use super::walk::Walker;
use crate::text::{Haystack, Shape, Token, TokenKind, Twist, fold};

/// One keyword at one place, before it is known whether it counts.
#[derive(Clone, Copy, Debug)]
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

/// How a field was read.
#[derive(Clone, Debug)]
pub(super) struct ReadField {
    /// Its steps.
    pub steps: Range<usize>,
    /// What all of it is good for.
    pub seen: Hint,
}

/// Every occurrence of the engine's keywords in the fields, on the desk; nothing where none names somebody or something.
pub(super) fn find(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, desk: &mut Desk) {
    read(engine, fields, memo, desk);
    // Cues and exceptions matter only where somebody or something is named: most posts end here.
    let mut each = fields.iter().enumerate();
    if each.any(|(index, field)| names_somebody(engine, index, field, desk)) {
        search(engine, fields, desk);
        // A place is not looked at for ever: who was found among names alone may be lost among everything.
        if !desk.found.iter().any(|o| engine.names(o)) {
            desk.found.clear();
        }
    } else {
        desk.found.clear();
    }
}

/// The same, cues and exceptions also where nobody is named: for checking examples.
pub(super) fn find_all(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, desk: &mut Desk) {
    read(engine, fields, memo, desk);
    search(engine, fields, desk);
}

/// Looks up what the fields consist of.
fn read(engine: &Engine, fields: &[Field<'_>], memo: &mut Memo, desk: &mut Desk) {
    for (index, field) in fields.iter().enumerate() {
        let (first, before) = (desk.steps.len(), desk.found.len());
        let mut seen = Hint::default();
        match field.reading {
            Reading::Id => account_id(engine, index, field, &mut desk.found),
            Reading::Handle => {
                let written = field.haystack.original();
                let folded = fold(written.trim().trim_start_matches('@')).text;
                handle(engine, index, field, &folded, (0, written.len()), 0, &mut desk.found);
            }
            Reading::Text | Reading::Tag => {}
        }
        if desk.found.iter().skip(before).any(|o| engine.names(o)) {
            seen |= Hint::NAMES;
        }
        if field.reading != Reading::Id {
            seen |= Reader::new(engine, index, field, memo, desk).read();
        }
        desk.read.push(ReadField { steps: first..desk.steps.len(), seen });
    }
}

/// Whether a name, a number or a sign stands in a field.
fn names_somebody(engine: &Engine, index: usize, field: &Field<'_>, desk: &mut Desk) -> bool {
    let Desk { read, steps, found, .. } = desk;
    let Some(ReadField { steps: range, seen }) = read.get(index) else { return false };
    if seen.has(Hint::NAMES) {
        return true;
    }
    let before = found.len();
    if seen.has(Hint::ALONE | Hint::FIRST) {
        Walker::new(engine, index, field, steps.get(range.clone()).unwrap_or_default(), found).walk_to_name();
    }
    if found.len() == before {
        patterns(engine, index, field, *seen, found, Patterns::names);
    }
    let named = found.len() > before;
    found.truncate(before);
    named
}

fn search(engine: &Engine, fields: &[Field<'_>], desk: &mut Desk) {
    let Desk { read, steps, found, .. } = desk;
    let texts = || fields.iter().zip(read.iter()).enumerate().filter(|(_, (field, _))| field.reading != Reading::Id);
    for (index, (field, ReadField { steps: range, seen })) in texts() {
        Walker::new(engine, index, field, steps.get(range.clone()).unwrap_or_default(), found).walk();
        patterns(engine, index, field, *seen, found, Patterns::names);
    }
    for (index, (field, read)) in texts() {
        patterns(engine, index, field, read.seen, found, Patterns::others);
    }
}

/// Regular expressions over the folded text of a field; `which` are those of names or the others.
fn patterns(
    engine: &Engine,
    index: usize,
    field: &Field<'_>,
    seen: Hint,
    found: &mut Vec<Occurrence>,
    which: fn(&Patterns) -> &Groups,
) {
    let haystack = &field.haystack;
    which(&engine.patterns).find(haystack.folded(), seen, &|| has_digits(haystack), &mut |start, end, entry| {
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

/// Whether a number, or a word with a digit in it, stands in a text.
fn has_digits(haystack: &Haystack<'_>) -> bool {
    // Digits in handles and addresses say nothing.
    let says = |token: &Token| {
        !matches!(token.kind, TokenKind::Handle | TokenKind::Address) && Shape::of(haystack.word(token)).digits
    };
    let tokens = haystack.tokens();
    haystack.any_digit() && (tokens.iter().any(|token| token.kind == TokenKind::Number) || tokens.iter().any(says))
}
