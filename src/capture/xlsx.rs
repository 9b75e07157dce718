//! Workbooks: the first sheet, cell by cell.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use calamine::{DataRef, Reader as _, Xlsx};

use super::input::Input;
use super::sheet::{Columns, Reader, Table};
use super::{Event, Fault, On, Row};
use crate::table::{self, Unopened};

/// A workbook larger than this is not read; a table of a million rows is better saved as CSV.
const MAX_PACKED: u64 = 64 << 20;
/// What all of it may unpack to.
const MAX_UNPACKED: u64 = 400 << 20;
/// Text of one row, in bytes.
const MAX_TEXT: usize = super::MAX_ROW;
/// More columns than any table has.
const MAX_COLUMNS: u32 = 2048;

/// Whether the archive is a workbook.
pub(super) fn is_workbook<R: Read + Seek>(source: &mut R) -> io::Result<bool> {
    source.seek(SeekFrom::Start(0))?;
    Ok(zip::ZipArchive::new(&mut *source).is_ok_and(|archive| archive.index_for_name("[Content_Types].xml").is_some()))
}

/// Reads the first sheet.
pub(super) fn read<'a, B: Fn(&Columns) -> Result<Reader<'a>, Fault>>(
    input: &mut dyn Input,
    mut table: Table<'a, B>,
    on: &mut On<'_>,
) -> Result<(), Fault> {
    let too_large = || Fault::Shape("the workbook is too large; save the sheet as CSV UTF-8".to_owned());
    let damaged = || Fault::Damaged("the workbook cannot be read; save it anew as a plain .xlsx".to_owned());
    let mut bytes = Vec::new();
    input.open()?.take(MAX_PACKED + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_PACKED {
        return Err(too_large());
    }
    table::weigh(&bytes, MAX_UNPACKED)
        .map_err(|why| if why == Unopened::TooLarge { too_large() } else { damaged() })?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(&bytes)).map_err(|_| damaged())?;
    let first = book.sheet_names().first().cloned().ok_or_else(damaged)?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(|_| damaged())?;
    let (mut row, mut text) = (Vec::new(), 0);
    let mut at = 0;
    while let Some(cell) = cells.next_cell().map_err(|_| damaged())? {
        if cell.get_position().0 != at {
            if !give(at, &row, &mut table, on)? {
                return Ok(());
            }
            row.clear();
            (at, text) = (cell.get_position().0, 0);
        }
        let column = cell.get_position().1;
        let value = text_of(cell.get_value());
        text += value.len();
        if value.is_empty() || column >= MAX_COLUMNS || text > MAX_TEXT {
            continue;
        }
        let column = usize::try_from(column).unwrap_or_default();
        row.resize(row.len().max(column + 1), String::new());
        if let Some(place) = row.get_mut(column) {
            *place = value;
        }
    }
    if give(at, &row, &mut table, on)? { table.end() } else { Ok(()) }
}

/// Hands a row on, with its cells as a line of CSV for bytes; false where nobody listens any more.
fn give<'a, B: Fn(&Columns) -> Result<Reader<'a>, Fault>>(
    at: u32,
    row: &[String],
    table: &mut Table<'a, B>,
    on: &mut On<'_>,
) -> Result<bool, Fault> {
    if row.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(true);
    }
    let Some(read) = table.row(row)? else { return Ok(true) };
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(row).map_err(|e| Fault::Io(io::Error::other(e)));
    written?;
    let raw = writer.into_inner().map_err(|e| Fault::Io(io::Error::other(e.to_string())))?;
    Ok(on(Event::Row(Box::new(Row { at: u64::from(at) + 1, entry: None, raw, ending: 1, read }))))
}

fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::DateTime(day) => {
            let (year, month, day, hour, minute, second, _) = day.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
