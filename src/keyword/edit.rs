//! Changes to the text of a keyword file that leave everything else as its author wrote it.
//!
//! The file is read once. Each edit then works on plain values, and only keywords whose values really differ in the end
//! are written again: their block alone goes through `toml_edit`, all other bytes are copied. So an edit that changes
//! nothing changes no byte, and a file of a hundred thousand keywords takes as many edits in seconds.

mod block;
mod list;
mod write;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::error::{KeywordError, LineIndex, Problem};
use super::file::{RawFile, parse};
use super::set::{AccountRef, Case, Keyword, Near, Strength};
use crate::model::{Kind, Stance, Words};
use crate::text::fold;

/// What a keyword is to look like. `None` leaves a value as it is; `Some(None)`, an empty list or the default value
/// takes its key out of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Id of the keyword, unique in the set and everything it extends.
    pub id: String,
    /// What it is; a new keyword needs one.
    pub kind: Option<Kind>,
    /// The side it speaks of.
    pub side: Option<Option<String>>,
    /// Literal forms; replaces all there are.
    pub forms: Option<Vec<String>>,
    /// Regular expressions; replaces all there are.
    pub patterns: Option<Vec<String>>,
    /// Campaign accounts; replaces all there are.
    pub accounts: Option<Vec<AccountRef>>,
    /// Whether it is enough alone.
    pub strength: Option<Strength>,
    /// Whether capitals count.
    pub case: Option<Option<Case>>,
    /// The number under which a shared set names a side.
    pub number: Option<Option<u32>>,
    /// Whether it is switched on.
    pub enabled: Option<bool>,
    /// Matches on one day over which it goes into quarantine.
    pub daily_cap: Option<Option<u32>>,
    /// The neighbour it needs.
    pub near: Option<Option<Near>>,
    /// Phrases in which it does not count; replaces all there are.
    pub except: Option<Vec<String>>,
    /// What it says of the side.
    pub stance: Option<Option<Stance>>,
    /// Texts in which it must count; replaces all there are.
    pub match_examples: Option<Vec<String>>,
    /// Texts in which it must not; replaces all there are.
    pub no_match_examples: Option<Vec<String>>,
    /// Where it comes from, and why.
    pub note: Option<Option<String>>,
}

/// One change to a keyword file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Changes the keyword of that id, or appends a new one at the end of the file.
    Put(Box<Entry>),
    /// Adds the forms that are not there yet; two forms are the same when they fold to the same text.
    AddForms {
        /// The keyword; it is in the file, or an earlier edit put it there.
        id: String,
        /// Forms to add.
        forms: Vec<String>,
    },
    /// Takes the keyword out, with the comment that stands directly above it.
    Remove {
        /// The keyword.
        id: String,
    },
}

/// The text of `file` after all edits, in their order. What no edit concerns stays byte for byte: comments, order, white
/// space and line ends.
///
/// The result has the right shape, but its meaning (sides, neighbours, patterns) is checked when a set is made from it.
///
/// # Errors
/// When `text` is not a keyword file, when a keyword to change is not in it, when a new one has no kind, and when one to be
/// changed is not written as a `[[keyword]]` table. Every problem is listed and nothing is changed.
pub fn apply(file: &str, text: &str, edits: &[Edit]) -> Result<String, KeywordError> {
    let raw: RawFile = parse(file, text)?;
    let mut work = Work::new(file, text, &raw);
    for edit in edits {
        work.edit(edit);
    }
    work.finish(None)
}

/// The same file for another election: new id and title, and every keyword of its own switched off until somebody has
/// looked at it. Comments, dates, stages and sides stay, for people to go through.
///
/// # Errors
/// When `text` is not a keyword file or `new_id` can't be the id of a set.
pub fn clone_set(file: &str, text: &str, new_id: &str, new_title: &str) -> Result<String, KeywordError> {
    let raw: RawFile = parse(file, text)?;
    let mut work = Work::new(file, text, &raw);
    if new_id.is_empty() || !new_id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        work.problem(
            0,
            new_id,
            Words::new(
                "`id` kumpulan hanya boleh berisi huruf kecil, angka dan tanda hubung",
                "the set's `id` may only have lower-case letters, digits and hyphens",
            ),
        );
    }
    for index in 0..raw.keywords.len() {
        if let Some(keyword) = work.own(index).and_then(|slot| slot.now.as_mut()) {
            keyword.enabled = false;
        }
    }
    work.finish(Some((new_id, new_title)))
}

/// A keyword that an edit has touched.
#[derive(Default)]
struct Slot {
    /// What it is to be; `None`: taken out.
    now: Option<Keyword>,
    /// Its forms, folded, once somebody asked.
    folded: Option<HashSet<String>>,
}

#[derive(Clone, Copy)]
enum Place {
    /// In the file, by index.
    Own(usize),
    /// New, by index.
    New(usize),
}

struct Work<'a> {
    file: &'a str,
    text: &'a str,
    raw: &'a RawFile,
    places: HashMap<String, Place>,
    touched: BTreeMap<usize, Slot>,
    added: Vec<Slot>,
    problems: Vec<Problem>,
    lines: LineIndex,
}

impl<'a> Work<'a> {
    fn new(file: &'a str, text: &'a str, raw: &'a RawFile) -> Self {
        let mut places = HashMap::with_capacity(raw.keywords.len());
        for (index, keyword) in raw.keywords.iter().enumerate() {
            places.entry(keyword.get_ref().id.clone()).or_insert(Place::Own(index));
        }
        Self {
            file,
            text,
            raw,
            places,
            touched: BTreeMap::new(),
            added: Vec::new(),
            problems: Vec::new(),
            lines: LineIndex::new(text),
        }
    }

    fn problem(&mut self, line: usize, subject: &str, what: Words) {
        self.problems.push(problem(self.file, line, subject, what));
    }

    fn own(&mut self, index: usize) -> Option<&mut Slot> {
        let raw = self.raw.keywords.get(index)?;
        let slot = || Slot { now: Some(raw.get_ref().plain()), folded: None };
        Some(self.touched.entry(index).or_insert_with(slot))
    }

    fn slot(&mut self, id: &str) -> Option<&mut Slot> {
        match *self.places.get(id)? {
            Place::Own(index) => self.own(index),
            Place::New(index) => self.added.get_mut(index),
        }
    }

    fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::Put(entry) => self.put(entry),
            Edit::AddForms { id, forms } => match self.slot(id) {
                Some(slot) => slot.add(forms),
                None => self.missing(id),
            },
            Edit::Remove { id } => match self.slot(id) {
                Some(slot) => {
                    *slot = Slot::default();
                    self.places.remove(id);
                }
                None => self.missing(id),
            },
        }
    }

    fn missing(&mut self, id: &str) {
        self.problem(
            0,
            id,
            Words::new(
                "tidak ada kata kunci dengan id ini dalam berkas; periksa id, atau tambahkan kata kuncinya dahulu",
                "there is no keyword of this id in the file; check the id, or add the keyword first",
            ),
        );
    }

    fn put(&mut self, entry: &Entry) {
        if let Some(slot) = self.slot(&entry.id) {
            if let Some(keyword) = &mut slot.now {
                fill(keyword, entry);
            }
            if entry.forms.is_some() {
                slot.folded = None;
            }
            return;
        }
        if entry.id.is_empty() {
            self.problem(
                0,
                "",
                Words::new(
                    "kata kunci baru memerlukan `id`; beri id yang belum dipakai",
                    "a new keyword needs an `id`; give it one that is not in use",
                ),
            );
            return;
        }
        let Some(kind) = entry.kind else {
            self.problem(
                0,
                &entry.id,
                Words::new(
                    "kata kunci ini belum ada dalam berkas; sebutkan jenisnya agar dapat ditambahkan, atau periksa id",
                    "this keyword is not in the file yet; name its kind so that it can be added, or check the id",
                ),
            );
            return;
        };
        let mut keyword = Keyword::blank(entry.id.clone(), kind);
        fill(&mut keyword, entry);
        self.places.insert(entry.id.clone(), Place::New(self.added.len()));
        self.added.push(Slot { now: Some(keyword), folded: None });
    }

    /// Writes the text: old bytes up to each changed block, the block, and so on; new keywords at the end.
    fn finish(mut self, head: Option<(&str, &str)>) -> Result<String, KeywordError> {
        let starts = starts(self.raw);
        let end_of = |start: usize| {
            let next = starts.partition_point(|other| *other <= start);
            starts.get(next).copied().unwrap_or(self.text.len())
        };
        // Keywords in the order of the file; an array of inline tables would put them elsewhere, and is refused below.
        let mut replaced: Vec<(usize, usize, String)> = Vec::new();
        if let Some((id, title)) = head {
            let start = self.raw.set.span().start;
            let end = end_of(start);
            match self.text.get(start..end).and_then(|text| block::rename_set(text, id, title)) {
                Some(text) => replaced.push((start, end, text)),
                None => self.problems.push(shape(self.file, self.lines.line_of(start), "", "[set]")),
            }
        }
        for (index, slot) in std::mem::take(&mut self.touched) {
            let Some(raw) = self.raw.keywords.get(index) else { continue };
            let (start, before) = (raw.span().start, raw.get_ref().plain());
            if slot.now.as_ref() == Some(&before) {
                continue;
            }
            let end = end_of(start);
            let written = self.text.get(start..end).and_then(|text| match &slot.now {
                Some(now) => Some((start, block::change(text, &before, now)?)),
                None => Some((start_with_comment(self.text, start), block::remains(text)?)),
            });
            match written {
                Some((start, text)) => replaced.push((start, end, text)),
                None => self.problems.push(shape(self.file, self.lines.line_of(start), &before.id, "[[keyword]]")),
            }
        }
        if !self.problems.is_empty() {
            return Err(KeywordError::Invalid(self.problems));
        }
        replaced.sort_by_key(|(start, ..)| *start);
        Ok(self.join(&replaced))
    }

    fn join(&self, replaced: &[(usize, usize, String)]) -> String {
        let mut out = String::with_capacity(self.text.len() + self.text.len() / 8);
        let mut at = 0;
        for (start, end, text) in replaced {
            out.push_str(self.text.get(at..*start).unwrap_or_default());
            out.push_str(text);
            at = *end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        let newline = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        if replaced.last().is_some_and(|(_, end, text)| *end == self.text.len() && text.is_empty()) {
            // The last keyword went: no blank line stays behind.
            out.truncate(out.trim_end_matches(['\n', '\r']).len());
            out.push_str(newline);
        }
        for keyword in self.added.iter().filter_map(|slot| slot.now.as_ref()) {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push_str(newline);
            }
            if !out.is_empty() {
                out.push_str(newline);
            }
            let block = write::keyword(keyword);
            out.push_str(&if newline == "\n" { block } else { block.replace('\n', newline) });
        }
        out
    }
}

impl Slot {
    fn add(&mut self, forms: &[String]) {
        let Some(keyword) = &mut self.now else { return };
        let known =
            self.folded.get_or_insert_with(|| keyword.forms.iter().map(|form| fold(form).text).collect::<HashSet<_>>());
        for form in forms {
            if known.insert(fold(form).text) {
                keyword.forms.push(form.clone());
            }
        }
    }
}

/// The only maker of problems in this file.
fn problem(file: &str, line: usize, subject: &str, what: Words) -> Problem {
    Problem { file: file.to_owned(), line, subject: (!subject.is_empty()).then(|| subject.to_owned()), what }
}

fn shape(file: &str, line: usize, subject: &str, table: &str) -> Problem {
    let what = Words::new(
        format!(
            "bagian ini tidak ditulis sebagai tabel `{table}`, maka tidak dapat diubah di sini; tulis ulang dahulu dalam berkasnya"
        ),
        format!("this is not written as a `{table}` table and can't be changed here; rewrite it in the file first"),
    );
    problem(file, line, subject, what)
}

/// Where each table of the file begins, ascending. Tables inside a keyword are part of its block.
fn starts(raw: &RawFile) -> Vec<usize> {
    let mut starts = vec![raw.set.span().start];
    starts.extend(raw.stages.iter().map(|stage| stage.span().start));
    starts.extend(raw.sides.iter().map(|side| side.span().start));
    starts.extend(raw.keywords.iter().map(|keyword| keyword.span().start));
    starts.sort_unstable();
    starts
}

/// The beginning of the comment lines directly above `start`; `start` itself where there are none.
fn start_with_comment(text: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(above) = text.get(..at).filter(|above| !above.is_empty()) {
        let line = above.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
        let is_comment = above.get(line..).is_some_and(|line| line.trim_start().starts_with('#'));
        // Only the last line end may be taken off: a blank line in between ends the comment.
        if !is_comment || above.ends_with("\n\n") || above.ends_with("\n\r\n") {
            break;
        }
        at = line;
    }
    at
}

fn fill(keyword: &mut Keyword, entry: &Entry) {
    fn set<T: Clone>(target: &mut T, value: Option<&T>) {
        if let Some(value) = value {
            target.clone_from(value);
        }
    }
    set(&mut keyword.kind, entry.kind.as_ref());
    set(&mut keyword.side, entry.side.as_ref());
    set(&mut keyword.forms, entry.forms.as_ref());
    set(&mut keyword.patterns, entry.patterns.as_ref());
    set(&mut keyword.accounts, entry.accounts.as_ref());
    set(&mut keyword.strength, entry.strength.as_ref());
    set(&mut keyword.case, entry.case.as_ref());
    set(&mut keyword.number, entry.number.as_ref());
    set(&mut keyword.enabled, entry.enabled.as_ref());
    set(&mut keyword.daily_cap, entry.daily_cap.as_ref());
    set(&mut keyword.near, entry.near.as_ref());
    set(&mut keyword.except, entry.except.as_ref());
    set(&mut keyword.stance, entry.stance.as_ref());
    set(&mut keyword.examples.matching, entry.match_examples.as_ref());
    set(&mut keyword.examples.no_match, entry.no_match_examples.as_ref());
    set(&mut keyword.note, entry.note.as_ref());
}

#[cfg(test)]
mod tests;
