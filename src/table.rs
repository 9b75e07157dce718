//! From a file's bytes to rows of text: CSV in whatever encoding and separator, XLSX, or plain lines.

mod budget;

use std::io::{self, Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};
use encoding_rs::{Encoding, WINDOWS_1252};

use budget::{Budget, MAX_COLUMNS, MAX_ROWS, too_far_right, too_long};

use crate::model::{Words, words};

/// A workbook that says it is larger when unpacked is not unpacked.
const MAX_UNPACKED: u64 = 200 * 1024 * 1024;
/// The header stands within so many rows.
pub const HEADER_ROWS: usize = 10;

/// What is looked for in a table.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    /// Names of the known columns.
    pub columns: &'a [&'a str],
    /// A column that makes a table all by itself; empty: none does.
    pub alone: &'a str,
    /// The tab that is read where a workbook has several, as [`column_name`] folds it; else the first.
    pub tab: &'a str,
}

/// Rows of text and what is wrong with single cells.
#[derive(Debug)]
pub struct Table {
    /// Cells as text, row by row from the file's first.
    pub rows: Vec<Vec<String>>,
    /// Cells by name (`B7`).
    pub problems: Vec<(String, Words)>,
    /// Every row has just the cells that its file gave it; a workbook leaves out what is blank at the end.
    pub exact: bool,
}

impl Layout<'_> {
    /// The row that names the columns, and their names.
    #[must_use]
    pub fn header(&self, rows: &[Vec<String>]) -> Option<(usize, Vec<String>)> {
        let names = |row: &Vec<String>| -> Vec<String> { row.iter().map(|cell| column_name(cell)).collect() };
        rows.iter().take(HEADER_ROWS).map(names).enumerate().find(|(_, names)| {
            let known = names.iter().filter(|name| self.columns.contains(&name.as_str())).count();
            known >= 2 || (!self.alone.is_empty() && names.iter().filter(|name| !name.is_empty()).eq([self.alone]))
        })
    }

    /// A row that names one known column at least: good enough to say that it is merged.
    fn head_like(&self, rows: &[Vec<String>]) -> Option<usize> {
        let known = |row: &&Vec<String>| row.iter().any(|cell| self.columns.contains(&column_name(cell).as_str()));
        rows.iter().take(HEADER_ROWS).position(|row| known(&row))
    }
}

/// A column's name as people may type it, made one.
#[must_use]
pub fn column_name(cell: &str) -> String {
    crate::text::fold(cell.trim()).text.replace([' ', '-'], "_")
}

/// A1, B7, AA12.
#[must_use]
pub fn cell_name(row: usize, column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or_default()));
        rest = (rest - 1) / 26;
    }
    format!("{}{}", letters.iter().rev().collect::<String>(), row + 1)
}

/// Whether a spreadsheet might take a cell for a formula.
#[must_use]
pub fn is_dangerous(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])
}

/// Tells the formats apart by content, not by name.
///
/// # Errors
/// Why the file as a whole can't be read.
pub fn read(bytes: &[u8], layout: &Layout<'_>) -> Result<Table, Words> {
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook(bytes, layout);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Words::new(
            "berkas Excel lama (.xls); simpan sebagai .xlsx atau CSV, lalu unggah lagi",
            "an old Excel file (.xls); save it as .xlsx or CSV and upload it again",
        ));
    }
    lines(bytes, layout)
}

fn lines(bytes: &[u8], layout: &Layout<'_>) -> Result<Table, Words> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0,
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            // What Excel in Indonesia writes.
            Err(_) => WINDOWS_1252.decode(bytes).0,
        },
    };
    let separator = separator(&text, layout);
    let mut table = Table { rows: Vec::new(), problems: Vec::new(), exact: true };
    let mut budget = Budget::default();
    let Some(separator) = separator else {
        for (at, line) in text.lines().enumerate() {
            table.add(at, std::iter::once(line), false, &mut budget)?;
        }
        return Ok(table);
    };
    // Before anything is parsed: one line of nothing but separators would be tens of millions of cells.
    let mut cells = Budget::default();
    for (at, line) in text.lines().enumerate() {
        let separators = line.bytes().filter(|b| *b == separator).count();
        cells.take(at.min(MAX_ROWS - 1), separators, 0)?;
    }
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let (mut at, mut read) = (0, 0);
    // The text is UTF-8 by now and rows may differ in length: what is left can't fail.
    while reader.read_record(&mut record).unwrap_or(false) {
        // Blank lines are rows to a spreadsheet; the reader passes over them without a word.
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let whole = text.get(read..end).unwrap_or_default();
        // It stops between the two signs of a line end.
        let ended = text.get(..read).is_some_and(|before| before.ends_with('\r'));
        let whole = whole.strip_prefix('\n').filter(|_| ended).unwrap_or(whole);
        let blank = whole.len() - whole.trim_start_matches(['\r', '\n']).len();
        at += whole.get(..blank).unwrap_or_default().matches('\n').count();
        table.add(at, record.iter(), true, &mut budget)?;
        (at, read) = (at + 1, end);
    }
    Ok(table)
}

impl Table {
    /// Puts a row where the user sees it; rows before it that nobody filled are empty.
    fn add<'a>(
        &mut self,
        at: usize,
        row: impl Iterator<Item = &'a str>,
        guarded: bool,
        budget: &mut Budget,
    ) -> Result<(), Words> {
        let mut cells = Vec::new();
        for (column, cell) in row.enumerate() {
            if column >= MAX_COLUMNS {
                self.problems.push((cell_name(at, column), too_far_right()));
                break;
            }
            budget.take(at, 1, cell.len())?;
            if cell.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                self.problems.push((
                    cell_name(at, column),
                    words!(
                        id = "ada tanda kendali yang tak terlihat di sel ini; ketik ulang isinya",
                        en = "the cell holds an invisible control character; type it anew",
                    ),
                ));
            }
            cells.push(if guarded { unguard(cell) } else { cell }.to_owned());
        }
        self.rows.resize(at, Vec::new());
        self.rows.push(cells);
        Ok(())
    }
}

/// The separator with which one of the first lines names the most columns; none where no line names any.
fn separator(text: &str, layout: &Layout<'_>) -> Option<u8> {
    let known = |line: &str, by: char| {
        line.split(by)
            .filter(|cell| layout.columns.contains(&column_name(cell.trim().trim_matches('"')).as_str()))
            .count()
    };
    let named =
        |by: u8| text.lines().take(HEADER_ROWS).map(|line| known(line, char::from(by))).max().unwrap_or_default();
    let best = [b';', b',', b'\t'].into_iter().max_by_key(|by| (named(*by), *by == b';'))?;
    if named(best) >= 2 {
        return Some(best);
    }
    // No header: a table if every line has the same separator, else lines as people write them.
    let mut filled = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    let tabs = filled.peek().is_some() && filled.all(|line| line.contains('\t'));
    if tabs {
        return Some(b'\t');
    }
    let one_column =
        !layout.alone.is_empty() && text.lines().take(HEADER_ROWS).any(|line| column_name(line) == layout.alone);
    let semicolons = text.lines().filter(|line| !line.trim().is_empty()).all(|line| line.contains(';'));
    (!one_column && semicolons && !text.trim().is_empty()).then_some(b';')
}

/// The sign that keeps a spreadsheet from taking a cell for a formula is taken off again.
fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_dangerous(rest) => rest,
        _ => cell,
    }
}

/// Why a workbook is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// It is no archive, or says what cannot be.
    Damaged,
    /// It unpacks to more than is read.
    TooLarge,
}

/// Unpacks a workbook once, to weigh it: what its parts say of their size is not believed, nor how many texts they claim to
/// share, because its reader makes room for as many as are claimed.
///
/// # Errors
/// [`Unopened`].
pub fn weigh(bytes: &[u8], most: u64) -> Result<(), Unopened> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unopened::Damaged)?;
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|_| Unopened::Damaged)?;
        let left = most.saturating_sub(unpacked).saturating_add(1);
        let size = if part.name().is_ok_and(|name| name.to_ascii_lowercase().contains("sharedstrings")) {
            let mut text = Vec::new();
            part.by_ref().take(left).read_to_end(&mut text).map_err(|_| Unopened::Damaged)?;
            let size = text.len() as u64;
            if claimed_texts(&text) > size {
                return Err(Unopened::Damaged);
            }
            size
        } else {
            io::copy(&mut part.by_ref().take(left), &mut io::sink()).map_err(|_| Unopened::Damaged)?
        };
        unpacked += size;
        if unpacked > most {
            return Err(Unopened::TooLarge);
        }
    }
    Ok(())
}

/// The largest number that stands after `uniqueCount`, whatever lies between.
fn claimed_texts(text: &[u8]) -> u64 {
    let name = b"uniqueCount";
    let after = |at: usize| text.get(at + name.len()..).unwrap_or_default();
    let places = text.windows(name.len()).enumerate().filter(|(_, found)| found == name).map(|(at, _)| after(at));
    let number = |rest: &[u8]| {
        let digits = rest.iter().skip_while(|b| !b.is_ascii_digit()).take_while(|b| b.is_ascii_digit());
        digits.fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')))
    };
    places.map(number).max().unwrap_or(0)
}

fn workbook(bytes: &[u8], layout: &Layout<'_>) -> Result<Table, Words> {
    let unreadable = || {
        Words::new(
            "berkas Excel ini rusak atau dilindungi kata sandi; simpan ulang sebagai .xlsx biasa",
            "this Excel file is damaged or protected by a password; save it anew as a plain .xlsx",
        )
    };
    match weigh(bytes, MAX_UNPACKED) {
        Ok(()) => {}
        Err(Unopened::TooLarge) => return Err(too_long()),
        Err(Unopened::Damaged) => return Err(unreadable()),
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let tabs = book.sheet_names();
    let Some(tab) = tabs.iter().find(|tab| column_name(tab) == layout.tab).or(tabs.first()).cloned() else {
        return Err(unreadable());
    };
    let mut table = Table { rows: Vec::new(), problems: Vec::new(), exact: false };
    let mut budget = Budget::default();
    // Cell by cell: two cells in far corners are two cells, not the rectangle between them.
    let mut cells = book.worksheet_cells_reader(&tab).map_err(|_| unreadable())?;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|_| unreadable())? {
        let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let (row, column) = (at(cell.pos.0), at(cell.pos.1));
        let text = text_of(&cell.value);
        if cell.formula.is_none() && matches!(&text, Ok(text) if text.is_empty()) {
            continue;
        }
        if row >= MAX_ROWS {
            return Err(too_long());
        }
        if column >= MAX_COLUMNS {
            table.problems.push((cell_name(row, column), too_far_right()));
            continue;
        }
        if cell.formula.is_some() {
            table.problems.push((
                cell_name(row, column),
                words!(
                    id = "sel ini berisi rumus; salin lalu tempel sebagai nilai",
                    en = "the cell holds a formula; copy it and paste it as a value",
                ),
            ));
        }
        let text = text.unwrap_or_else(|problem| {
            table.problems.push((cell_name(row, column), problem));
            String::new()
        });
        if table.rows.len() <= row {
            table.rows.resize(row + 1, Vec::new());
        }
        if let Some(cells) = table.rows.get_mut(row) {
            // Every cell may name the same long text, and one far to the right takes room for all before it: what is kept
            // counts, not what was packed.
            budget.take(row, (column + 1).saturating_sub(cells.len()), text.len())?;
            cells.resize(cells.len().max(column + 1), String::new());
            if let Some(place) = cells.get_mut(column) {
                *place = text;
            }
        }
    }
    drop(cells);
    merged_heads(&mut book, &tab, layout, &mut table)?;
    Ok(table)
}

/// Cells that are merged in the row of the column names: which column they name can't be told.
fn merged_heads(
    book: &mut Xlsx<Cursor<&[u8]>>,
    tab: &str,
    layout: &Layout<'_>,
    table: &mut Table,
) -> Result<(), Words> {
    let header = layout.header(&table.rows).map(|(at, _)| at).or_else(|| layout.head_like(&table.rows));
    let Some(header) = header else { return Ok(()) };
    let Ok(regions) = book.merge_cells_by_sheet_name(tab) else { return Ok(()) };
    for region in regions {
        let rows = region.start.0..=region.end.0;
        if u32::try_from(header).is_ok_and(|header| rows.contains(&header)) {
            let at = |n: u32| usize::try_from(n).unwrap_or_default();
            let to = cell_name(at(region.end.0), at(region.end.1));
            table.problems.push((
                cell_name(header, at(region.start.1)),
                words!(
                    id = "kepala kolom tergabung sampai {to}; pisahkan selnya (Unmerge) dan beri setiap kolom nama",
                    en = "the head is merged up to {to}; unmerge it and give every column its name",
                ),
            ));
        }
    }
    Ok(())
}

fn text_of(cell: &DataRef<'_>) -> Result<String, Words> {
    Ok(match cell {
        // Excel keeps fifteen digits: a longer number is not what somebody typed any more.
        DataRef::Float(number) if number.abs() >= 1e15 => {
            return Err(words!(
                id = "angka sepanjang ini dibulatkan Excel; ubah format selnya menjadi teks, lalu ketik ulang",
                en = "Excel rounds a number as long as this; format the cell as text and type it anew",
            ));
        }
        // 2, not 2.0; nobody's list has fractions.
        DataRef::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Bool(yes) => if *yes { "ya" } else { "tidak" }.to_owned(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(error) => {
            return Err(words!(
                id = "sel ini berisi galat {error}; perbaiki atau kosongkan",
                en = "the cell holds the error {error}; mend it or clear it",
            ));
        }
        DataRef::Empty => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn workbook(shared: &[u8]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(shared).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn a_table_is_read_as_far_as_its_budget_goes() {
        let layout = Layout { columns: &["a", "b"], alone: "", tab: "" };
        let wide = format!("a;b\n{}\n1;2\n", ";".repeat(300));
        let table = read(wide.as_bytes(), &layout).unwrap();
        assert_eq!(table.rows.iter().map(Vec::len).collect::<Vec<_>>(), [2, 100, 2]);
        assert_eq!(table.problems.iter().map(|(cell, _)| cell.as_str()).collect::<Vec<_>>(), ["CW2"]);
        let many = format!("a;b\n{}", format!("{}\n", ";".repeat(99)).repeat(50_001));
        assert!(read(many.as_bytes(), &layout).unwrap_err().en.contains("row 50001"));
        // Refused before it is taken apart: each empty cell would cost more than its separator.
        let hostile = format!("a;b\n{}", ";".repeat(6_000_000));
        assert!(read(hostile.as_bytes(), &layout).unwrap_err().en.contains("row 2"));
    }

    #[test]
    fn a_workbook_that_claims_more_texts_than_it_holds_is_not_opened() {
        let claims =
            |n: &str| workbook(format!("<sst count='1' uniqueCount = '{n}'><si><t>a</t></si></sst>").as_bytes());
        assert_eq!(weigh(&claims("1"), 1 << 20), Ok(()));
        assert_eq!(weigh(&claims("1000000000000"), 1 << 20), Err(Unopened::Damaged));
        assert_eq!(weigh(&claims("99999999999999999999999999"), 1 << 20), Err(Unopened::Damaged));
        assert_eq!(weigh(&workbook(&vec![b' '; 5000]), 4096), Err(Unopened::TooLarge));
        assert_eq!(weigh(b"PK", 4096), Err(Unopened::Damaged));
    }
}
