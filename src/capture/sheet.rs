//! What all tables have in common: a row of names, then rows of cells, as CSV or as a workbook.

use std::collections::HashMap;
use std::io::{BufRead, Read};

use super::csv::{Record, Records, is_utf8};
use super::input::Input;
use super::{Captured, Event, Fault, On, Reason, Row};
use crate::model::Reject;

/// How far down the names may stand where people made the table.
pub(super) const SOMEWHERE_ABOVE: usize = 10;

/// The columns by name.
#[derive(Debug, Default)]
pub(super) struct Columns(HashMap<String, usize>);

impl Columns {
    pub(super) fn new(names: &[String]) -> Self {
        let mut columns = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            columns.entry(plain(name)).or_insert(at);
        }
        Self(columns)
    }

    /// Whether there is a column of that name, whatever its letters' case.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(&plain(name))
    }

    /// The names as they are compared.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn plain(name: &str) -> String {
    name.trim().trim_matches('\u{feff}').to_ascii_lowercase()
}

/// One row under its names.
pub(super) struct Cells<'a> {
    columns: &'a Columns,
    cells: &'a [String],
}

impl<'a> Cells<'a> {
    /// What stands in that column, without the space around it; `None` where it is blank.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        let at = self.columns.0.get(&plain(name))?;
        self.cells.get(*at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// Several values between commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let values = self.get(name).unwrap_or_default().split(',').map(str::trim);
        values.filter(|value| !value.is_empty()).map(str::to_owned).collect()
    }
}

/// Reads a row once the columns are known.
pub(super) type Reader<'a> = Box<dyn Fn(&Cells<'_>) -> Result<Captured, Reason> + 'a>;

/// A table while it is read: first its names are sought, then each row is read.
pub(super) struct Table<'a, B> {
    begin: B,
    /// Names by which the row of names is known, where others may stand above it.
    wanted: Vec<String>,
    /// Rows that may stand above the names.
    above: usize,
    columns: Columns,
    reader: Option<Reader<'a>>,
    /// Why the likeliest row of names was none.
    fault: Option<(usize, Fault)>,
}

impl<'a, B: Fn(&Columns) -> Result<Reader<'a>, Fault>> Table<'a, B> {
    pub(super) fn new(above: usize, begin: B) -> Self {
        Self { begin, wanted: Vec::new(), above, columns: Columns::default(), reader: None, fault: None }
    }

    /// With names that its row of names has.
    pub(super) fn wanting(mut self, names: impl Iterator<Item = &'a str>) -> Self {
        self.wanted = names.map(plain).collect();
        self
    }

    /// Takes the next row; `None` where it belongs to the head.
    pub(super) fn row(&mut self, cells: &[String]) -> Result<Option<Result<Captured, Reason>>, Fault> {
        if let Some(reader) = &self.reader {
            return Ok(Some(reader(&Cells { columns: &self.columns, cells })));
        }
        let columns = Columns::new(cells);
        match (self.begin)(&columns) {
            Ok(reader) => (self.columns, self.reader) = (columns, Some(reader)),
            Err(fault) => {
                let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
                if self.fault.as_ref().is_none_or(|(most, _)| filled > *most) {
                    self.fault = Some((filled, fault));
                }
                match self.above.checked_sub(1) {
                    Some(left) => self.above = left,
                    None => self.end()?,
                }
            }
        }
        Ok(None)
    }

    /// Says what is wrong where no row of names was found.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        if self.reader.is_some() {
            return Ok(());
        }
        let empty = || Fault::Shape("the table is empty; its first row names the columns".to_owned());
        Err(self.fault.take().map_or_else(empty, |(_, fault)| fault))
    }
}

/// Reads a CSV file.
pub(super) fn csv<'a, B: Fn(&Columns) -> Result<Reader<'a>, Fault>>(
    input: &mut dyn Input,
    mut table: Table<'a, B>,
    on: &mut On<'_>,
) -> Result<(), Fault> {
    let head = input.head()?;
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(Fault::Shape("the file is UTF-16; save it as CSV UTF-8".to_owned()));
    }
    let windows = !is_utf8(input.text()?)?;
    let separator = separator(input.text()?, &table.wanted)?;
    let mut records = Records::new(input.text()?, separator, windows);
    while let Some(record) = records.next(on)? {
        let Record { line: at, raw, ending, cells, too_long, unclosed } = record;
        let read = match too_long {
            Some(bytes) => Some(Err(Reject::TooLong { bytes }.into())),
            None if unclosed => {
                Some(Err(Reason::NoAct("a quote is opened here and never closed; the rest of the file is not read")))
            }
            None => table.row(&cells)?,
        };
        if let Some(read) = read
            && !on(Event::Row(Box::new(Row { at, entry: None, raw, ending, read })))
        {
            return Ok(());
        }
    }
    table.end()
}

/// The sign between the cells: the one with which a line has most of the wanted names, else the one that stands most often
/// in the first line that has any.
fn separator(reader: impl BufRead, wanted: &[String]) -> Result<u8, Fault> {
    let mut head = Vec::new();
    reader.take(1 << 16).read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    let named = |sign: u8| {
        let cells = |line: &str| line.split(char::from(sign)).filter(|cell| wanted.contains(&bare(cell))).count();
        head.lines().take(SOMEWHERE_ABOVE + 1).map(cells).max().unwrap_or_default()
    };
    let first = head.lines().find(|line| line.contains([',', ';', '\t'])).unwrap_or_default();
    let standing = |sign: u8| {
        let outside = first.split('"').step_by(2);
        outside.map(|part| part.bytes().filter(|b| *b == sign).count()).sum::<usize>()
    };
    let best = [b'\t', b';', b','].into_iter().max_by_key(|sign| (named(*sign), standing(*sign)));
    Ok(best.unwrap_or(b','))
}

fn bare(cell: &str) -> String {
    plain(cell.trim().trim_matches('"'))
}
