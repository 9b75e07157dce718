//! Lines from files, in batches, without ever holding more of a line than may be an activity.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::model::MAX_LINE_BYTES;

/// Lines a batch has at most, and bytes from which on it is handed over.
const BATCH_LINES: usize = 512;
const BATCH_BYTES: usize = 256 * 1024;

/// One opened input.
pub(super) struct Input {
    /// As the user named it; `<stdin>` for standard input.
    pub name: String,
    reader: Box<dyn Read + Send>,
    length: Option<u64>,
}

impl Input {
    /// Its length, where it has one.
    pub fn bytes(&self) -> Option<u64> {
        self.length
    }
}

/// Opens every file first, so that a misspelt name is told before hours of work.
pub(super) fn open(files: &[PathBuf]) -> Result<Vec<Input>, String> {
    let stdin = || Input { name: "<stdin>".to_owned(), reader: Box::new(io::stdin()), length: None };
    if files.is_empty() {
        return Ok(vec![stdin()]);
    }
    let open = |path: &PathBuf| {
        if path.as_path() == Path::new("-") {
            return Ok(stdin());
        }
        let problem = |what: String| format!("{}: {what}", path.display());
        let file = File::open(path).map_err(|e| problem(e.to_string()))?;
        let meta = file.metadata().map_err(|e| problem(e.to_string()))?;
        if meta.is_dir() {
            return Err(problem("is a folder; name the files in it".to_owned()));
        }
        Ok(Input {
            name: path.display().to_string(),
            reader: Box::new(file),
            length: meta.is_file().then_some(meta.len()),
        })
    };
    files.iter().map(open).collect()
}

/// Some whole lines of one file.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Number of the first line, from 1.
    pub first_line: usize,
    /// The lines' bytes, with their line ends.
    pub bytes: Vec<u8>,
    /// End of each line in `bytes`, its line end included.
    pub ends: Vec<usize>,
}

impl Batch {
    /// Every line without its line end, with its number and its bytes as they came.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &[u8], &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).enumerate().map(|(i, (start, end))| {
            let raw = self.bytes.get(start..*end).unwrap_or_default();
            let line = raw.strip_suffix(b"\n").unwrap_or(raw);
            (self.first_line + i, line.strip_suffix(b"\r").unwrap_or(line), raw)
        })
    }
}

/// What the lines of an input turned out to be.
pub(super) enum Event<'a> {
    /// A batch of lines of bearable length.
    Lines(Batch),
    /// The line of this number is too long; its bytes come as `LongPiece`s.
    LongLine(usize),
    /// A piece of it.
    LongPiece(&'a [u8]),
    /// It has ended after so many bytes, its line end apart.
    LongEnd(usize),
}

/// Reads an input to its end, telling `on` what comes. `on` returns `false` to stop.
pub(super) fn read(input: Input, on: &mut dyn FnMut(Event<'_>) -> bool) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, input.reader);
    let mut batch = Batch { first_line: 1, ..Batch::default() };
    loop {
        let start = batch.bytes.len();
        let room = (MAX_LINE_BYTES + 2) as u64;
        let got = reader.by_ref().take(room).read_until(b'\n', &mut batch.bytes)?;
        if got == 0 {
            break;
        }
        let ended = batch.bytes.last() == Some(&b'\n');
        if !ended && got as u64 == room {
            let number = batch.first_line + batch.ends.len();
            let long = batch.bytes.split_off(start);
            if !hand_over(&mut batch, on) || !long_line(&mut reader, number, &long, on)? {
                return Ok(());
            }
            batch.first_line = number + 1;
            continue;
        }
        batch.ends.push(batch.bytes.len());
        if (batch.ends.len() >= BATCH_LINES || batch.bytes.len() >= BATCH_BYTES) && !hand_over(&mut batch, on) {
            return Ok(());
        }
    }
    hand_over(&mut batch, on);
    Ok(())
}

fn hand_over(batch: &mut Batch, on: &mut dyn FnMut(Event<'_>) -> bool) -> bool {
    if batch.ends.is_empty() {
        return true;
    }
    let next = Batch { first_line: batch.first_line + batch.ends.len(), ..Batch::default() };
    on(Event::Lines(std::mem::replace(batch, next)))
}

/// Passes a line on piece by piece up to its end.
fn long_line(
    reader: &mut impl BufRead,
    number: usize,
    head: &[u8],
    on: &mut dyn FnMut(Event<'_>) -> bool,
) -> io::Result<bool> {
    if !on(Event::LongLine(number)) || !on(Event::LongPiece(head)) {
        return Ok(false);
    }
    let mut length = head.len();
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(on(Event::LongEnd(length)));
        }
        let end = buffer.iter().position(|b| *b == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        let going = on(Event::LongPiece(buffer.get(..used).unwrap_or_default()));
        reader.consume(used);
        length += used - usize::from(end.is_some());
        if !going {
            return Ok(false);
        }
        if end.is_some() {
            return Ok(on(Event::LongEnd(length)));
        }
    }
}
