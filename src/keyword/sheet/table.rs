//! From a file's bytes to rows of text: CSV in whatever encoding and separator, XLSX, or plain lines.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use encoding_rs::{Encoding, WINDOWS_1252};

use super::cell_name;
use crate::model::{Words, words};

/// A workbook that says it is larger when unpacked is not unpacked.
const MAX_UNPACKED: u64 = 200 * 1024 * 1024;
/// Excel's own limit is not far above it.
const MAX_ROWS: usize = 1_000_000;
/// The tab that is read where a workbook has several; else the first.
const TAB: &str = "kata kunci";

/// Rows of text and what is wrong with single cells.
pub(super) struct Table {
    pub rows: Vec<Vec<String>>,
    /// Cells by name (`B7`).
    pub problems: Vec<(String, Words)>,
}

/// Tells the formats apart by content, not by name.
pub(super) fn read(bytes: &[u8], columns: &[&str]) -> Result<Table, Words> {
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook(bytes);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(Words::new(
            "berkas Excel lama (.xls); simpan sebagai .xlsx atau CSV, lalu unggah lagi",
            "an old Excel file (.xls); save it as .xlsx or CSV and upload it again",
        ));
    }
    lines(bytes, columns)
}

fn lines(bytes: &[u8], columns: &[&str]) -> Result<Table, Words> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0,
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            // What Excel in Indonesia writes.
            Err(_) => WINDOWS_1252.decode(bytes).0,
        },
    };
    let separator = separator(&text, columns);
    let mut table = Table { rows: Vec::new(), problems: Vec::new() };
    let mut add = |row: Vec<String>, guarded: bool| {
        let n = table.rows.len();
        let row = row
            .into_iter()
            .enumerate()
            .map(|(column, cell)| {
                if cell.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                    table.problems.push((
                        cell_name(n, column),
                        words!(
                            id = "ada tanda kendali yang tak terlihat di sel ini; ketik ulang isinya",
                            en = "the cell holds an invisible control character; type it anew",
                        ),
                    ));
                }
                if guarded { unguard(cell) } else { cell }
            })
            .collect();
        table.rows.push(row);
    };
    let Some(separator) = separator else {
        for line in text.lines() {
            add(vec![line.to_owned()], false);
        }
        return Ok(table);
    };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    for record in reader.records() {
        // The text is UTF-8 by now and rows may differ in length: what is left can't fail.
        let Ok(record) = record else { continue };
        add(record.iter().map(str::to_owned).collect(), true);
    }
    if table.rows.len() > MAX_ROWS {
        return Err(too_large());
    }
    Ok(table)
}

/// The separator with which one of the first lines names the most columns; none where no line names any.
fn separator(text: &str, columns: &[&str]) -> Option<u8> {
    let known = |line: &str, by: char| {
        line.split(by)
            .filter(|cell| columns.contains(&super::column_name(cell.trim().trim_matches('"')).as_str()))
            .count()
    };
    let named = |by: u8| {
        text.lines().take(super::HEADER_ROWS).map(|line| known(line, char::from(by))).max().unwrap_or_default()
    };
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
    let one_column = text.lines().take(super::HEADER_ROWS).any(|line| super::column_name(line) == "bentuk");
    let semicolons = text.lines().filter(|line| !line.trim().is_empty()).all(|line| line.contains(';'));
    (!one_column && semicolons && !text.trim().is_empty()).then_some(b';')
}

/// The sign that keeps a spreadsheet from taking a cell for a formula is taken off again.
fn unguard(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if super::write::is_dangerous(rest) => rest.to_owned(),
        _ => cell,
    }
}

fn too_large() -> Words {
    words!(
        id = "tabelnya terlalu besar: paling banyak {MAX_ROWS} baris; bagi menjadi beberapa berkas",
        en = "the table is too large: at most {MAX_ROWS} rows; split it into several files",
    )
}

fn workbook(bytes: &[u8]) -> Result<Table, Words> {
    let unreadable = || {
        Words::new(
            "berkas Excel ini rusak atau dilindungi kata sandi; simpan ulang sebagai .xlsx biasa",
            "this Excel file is damaged or protected by a password; save it anew as a plain .xlsx",
        )
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let unpacked: u64 = (0..archive.len()).filter_map(|i| archive.by_index_raw(i).ok().map(|file| file.size())).sum();
    if unpacked > MAX_UNPACKED {
        return Err(too_large());
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| unreadable())?;
    let tabs = book.sheet_names();
    let Some(tab) = tabs.iter().find(|tab| super::column_name(tab) == TAB.replace(' ', "_")).or(tabs.first()).cloned()
    else {
        return Err(unreadable());
    };
    let range = book.worksheet_range(&tab).map_err(|_| unreadable())?;
    let (top, left) = range.start().unwrap_or_default();
    if range.height() > MAX_ROWS {
        return Err(too_large());
    }
    let place = |row: usize, column: usize| {
        let at = |n: usize, offset: u32| n + usize::try_from(offset).unwrap_or_default();
        cell_name(at(row, top), at(column, left))
    };
    let mut table = Table { rows: Vec::new(), problems: Vec::new() };
    // Rows and columns before the first filled cell are there, too: places are those that the user sees.
    table.rows.resize(usize::try_from(top).unwrap_or_default(), Vec::new());
    for (n, row) in range.rows().enumerate() {
        let mut cells = vec![String::new(); usize::try_from(left).unwrap_or_default()];
        for (column, cell) in row.iter().enumerate() {
            if let Data::Error(error) = cell {
                table.problems.push((
                    place(n, column),
                    words!(
                        id = "sel ini berisi galat {error}; perbaiki atau kosongkan",
                        en = "the cell holds the error {error}; mend it or clear it",
                    ),
                ));
            }
            cells.push(text_of(cell));
        }
        table.rows.push(cells);
    }
    let formulas = book.worksheet_formula(&tab).map_err(|_| unreadable())?;
    let (first_row, first_column) = formulas.start().unwrap_or_default();
    for (row, column, formula) in formulas.used_cells().filter(|(_, _, formula)| !formula.is_empty()) {
        let at = |n: usize, offset: u32| n + usize::try_from(offset).unwrap_or_default();
        table.problems.push((
            cell_name(at(row, first_row), at(column, first_column)),
            words!(
                id = "sel ini berisi rumus (={formula}); salin lalu tempel sebagai nilai",
                en = "the cell holds a formula (={formula}); copy it and paste it as a value",
            ),
        ));
    }
    merged_heads(&mut book, &tab, &mut table)?;
    Ok(table)
}

/// Cells that are merged in the row of the column names: which column they name can't be told.
fn merged_heads(book: &mut Xlsx<Cursor<&[u8]>>, tab: &str, table: &mut Table) -> Result<(), Words> {
    let Some((header, _)) = super::header(&table.rows).or_else(|| head_like(&table.rows)) else { return Ok(()) };
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

/// A row that names one known column at least: good enough to say that it is merged.
fn head_like(rows: &[Vec<String>]) -> Option<(usize, Vec<String>)> {
    let known = |row: &&Vec<String>| row.iter().any(|cell| super::COLUMNS.contains(&super::column_name(cell).as_str()));
    rows.iter().take(super::HEADER_ROWS).position(|row| known(&row)).map(|at| (at, Vec::new()))
}

fn text_of(cell: &Data) -> String {
    match cell {
        // 2, not 2.0; nobody's list has fractions.
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Data::Float(number) => number.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Bool(yes) => if *yes { "ya" } else { "tidak" }.to_owned(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::DateTime(day) => day.to_string(),
        Data::Error(_) | Data::Empty => String::new(),
    }
}
