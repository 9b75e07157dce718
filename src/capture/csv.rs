//! Records of a CSV file with their exact bytes, none of them longer in memory than a row may be.
//!
//! Reads as lenient as spreadsheets do: a quote inside a field that did not begin with one is a quote, and what follows a
//! closing quote belongs to the field.

use std::io::{self, BufRead};

use encoding_rs::WINDOWS_1252;

use super::{Event, MAX_ROW, On};

/// More columns than any export has.
const MAX_COLUMNS: usize = 2048;

/// One record.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Number of its first line, from 1.
    pub line: u64,
    /// Its bytes, line end included; empty where they were too many.
    pub raw: Vec<u8>,
    /// Length of its line end.
    pub ending: usize,
    /// Its fields.
    pub cells: Vec<String>,
    /// Length in bytes, where that is more than a row may have.
    pub too_long: Option<usize>,
    /// A quote was opened and never closed; the rest of the file is in this record.
    pub unclosed: bool,
}

/// The records of a stream.
pub(super) struct Records<R> {
    reader: R,
    separator: u8,
    /// The file is not UTF-8: what Excel in Indonesia writes.
    windows: bool,
    line: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    Plain,
    Quoted,
    /// A quote inside a quoted field: its end, or the first of two.
    Quote,
}

impl<R: BufRead> Records<R> {
    pub(super) fn new(reader: R, separator: u8, windows: bool) -> Self {
        Self { reader, separator, windows, line: 1 }
    }

    /// The next record that is not a blank line; the bytes of one that is too long go to `on`.
    pub(super) fn next(&mut self, on: &mut On<'_>) -> io::Result<Option<Record>> {
        loop {
            let Some(record) = self.record(on)? else { return Ok(None) };
            let blank = record.raw.len() == record.ending && record.too_long.is_none();
            if !blank {
                return Ok(Some(record));
            }
        }
    }

    fn record(&mut self, on: &mut On<'_>) -> io::Result<Option<Record>> {
        let mut record = Record { line: self.line, ..Record::default() };
        let mut state = State::Begin;
        let mut field = Vec::new();
        let mut length = 0;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                if length == 0 {
                    return Ok(None);
                }
                record.unclosed = state == State::Quoted;
                break;
            }
            let mut used = 0;
            let mut ended = false;
            for byte in buffer {
                used += 1;
                let newline = matches!(byte, b'\n' | b'\r');
                self.line += u64::from(*byte == b'\n' || (*byte == b'\r' && state != State::Quoted));
                state = match (state, byte) {
                    (State::Begin, b'"') => State::Quoted,
                    (State::Quoted, b'"') => State::Quote,
                    (State::Quoted, _) => {
                        field.push(*byte);
                        State::Quoted
                    }
                    (State::Quote, b'"') => {
                        field.push(b'"');
                        State::Quoted
                    }
                    (_, byte) if *byte == self.separator => {
                        push(&mut record, &mut field, self.windows);
                        State::Begin
                    }
                    _ if newline => {
                        record.ending = 1;
                        ended = true;
                        break;
                    }
                    _ => {
                        field.push(*byte);
                        State::Plain
                    }
                };
                if field.len() > MAX_ROW {
                    field.clear();
                }
            }
            keep(&mut record, &mut length, buffer.get(..used).unwrap_or_default(), on);
            let carriage = ended && buffer.get(used - 1) == Some(&b'\r');
            self.reader.consume(used);
            if carriage && self.reader.fill_buf()?.first() == Some(&b'\n') {
                keep(&mut record, &mut length, b"\n", on);
                self.reader.consume(1);
                record.ending = 2;
            }
            if ended {
                break;
            }
        }
        push(&mut record, &mut field, self.windows);
        record.too_long = (length > MAX_ROW).then_some(length - record.ending);
        Ok(Some(record))
    }
}

fn keep(record: &mut Record, length: &mut usize, piece: &[u8], on: &mut On<'_>) {
    *length += piece.len();
    if *length <= MAX_ROW {
        record.raw.extend_from_slice(piece);
        return;
    }
    let mut all = std::mem::take(&mut record.raw);
    all.extend_from_slice(piece);
    record.cells.clear();
    on(Event::Piece(all));
}

fn push(record: &mut Record, field: &mut Vec<u8>, windows: bool) {
    let bytes = std::mem::take(field);
    if record.cells.len() >= MAX_COLUMNS {
        return;
    }
    let text = if windows { Err(bytes) } else { String::from_utf8(bytes).map_err(|e| e.into_bytes()) };
    record.cells.push(text.unwrap_or_else(|bytes| WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned()));
}

/// Whether everything is UTF-8.
pub(super) fn is_utf8(mut reader: impl BufRead) -> io::Result<bool> {
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(rest.is_empty());
        }
        let used = buffer.len();
        rest.extend_from_slice(buffer);
        match std::str::from_utf8(&rest) {
            Ok(_) => rest.clear(),
            Err(error) if error.error_len().is_some() => return Ok(false),
            // A sign lies across the two buffers.
            Err(error) => drop(rest.drain(..error.valid_up_to())),
        }
        reader.consume(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(u64, Vec<u8>, Vec<String>)> {
        let windows = !is_utf8(io::BufReader::with_capacity(2, text)).unwrap();
        let mut records = Records::new(io::BufReader::with_capacity(3, text), b',', windows);
        let mut all = Vec::new();
        while let Some(record) = records.next(&mut |_| true).unwrap() {
            all.push((record.line, record.raw, record.cells));
        }
        all
    }

    #[test]
    fn records_keep_line_and_bytes() {
        let text = b"a,b\r\n\r\n\"x \"\"y\"\"\nz\",\r\nc \"d\",\"e\"f\n\ng";
        let got = read(text);
        let cells: Vec<Vec<&str>> =
            got.iter().map(|(_, _, cells)| cells.iter().map(String::as_str).collect()).collect();
        assert_eq!(cells, [vec!["a", "b"], vec!["x \"y\"\nz", ""], vec!["c \"d\"", "ef"], vec!["g"]]);
        assert_eq!(got[1].1, b"\"x \"\"y\"\"\nz\",\r\n");
        assert_eq!(got.iter().map(|(line, ..)| *line).collect::<Vec<_>>(), [1, 3, 5, 7]);
    }

    #[test]
    fn a_quote_that_is_never_closed_and_windows_1252_are_noticed() {
        let mut records = Records::new(&b"a,\"b\nc\n"[..], b',', false);
        assert!(records.next(&mut |_| true).unwrap().unwrap().unclosed);
        assert_eq!(read(b"caf\xe9,\x93x\x94\n")[0].2, ["caf\u{e9}", "\u{201c}x\u{201d}"]);
    }
}
