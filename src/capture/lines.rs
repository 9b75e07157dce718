//! Lines of a file, none of them longer in memory than a row may be.

use std::io::{self, BufRead, Read};

use super::{Captured, Event, Fault, MAX_ROW, On, Reason, Row};
use crate::model::Reject;

/// Hands every line that is not blank to `line` and its row to `on`.
pub(super) fn each(
    reader: impl BufRead,
    on: &mut On<'_>,
    mut line: impl FnMut(&[u8]) -> Result<Captured, Reason>,
) -> Result<(), Fault> {
    let mut reader = reader;
    for at in 1.. {
        let mut raw = Vec::new();
        let room = MAX_ROW as u64 + 2;
        let got = reader.by_ref().take(room).read_until(b'\n', &mut raw)?;
        if got == 0 {
            break;
        }
        if raw.last() != Some(&b'\n') && got as u64 == room {
            let Some(bytes) = pass_over(&mut reader, raw, on)? else { break };
            let read = Err(Reject::TooLong { bytes }.into());
            if !on(Event::Row(Box::new(Row { at, entry: None, raw: Vec::new(), ending: 0, read }))) {
                break;
            }
            continue;
        }
        let bare = raw.strip_suffix(b"\n").unwrap_or(&raw);
        let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
        if bare.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let (read, ending) = (line(bare), raw.len() - bare.len());
        if !on(Event::Row(Box::new(Row { at, entry: None, raw, ending, read }))) {
            break;
        }
    }
    Ok(())
}

/// Passes a line on, piece by piece, up to its end; its length without line end, or `None` where nobody listens any more.
fn pass_over(reader: &mut impl BufRead, head: Vec<u8>, on: &mut On<'_>) -> io::Result<Option<usize>> {
    let mut length = head.len();
    if !on(Event::Piece(head)) {
        return Ok(None);
    }
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(Some(length));
        }
        let end = buffer.iter().position(|b| *b == b'\n');
        let piece = buffer.get(..end.map_or(buffer.len(), |at| at + 1)).unwrap_or_default().to_vec();
        let used = piece.len();
        reader.consume(used);
        length += used - usize::from(end.is_some());
        if !on(Event::Piece(piece)) {
            return Ok(None);
        }
        if end.is_some() {
            return Ok(Some(length));
        }
    }
}
