//! Files that people captured by hand: what each format says, what hostile files do, and the way into a real database.
//! All people and posts in here are made up.

mod files;
mod fixtures;
mod formats;
mod hostile;
mod tables;

use std::io::{Cursor, Write};

use netral::capture::{self, Event, Fault, Format, Options, Row};

/// Everything that came out of a file.
#[derive(Debug, Default)]
pub struct Got {
    pub rows: Vec<Row>,
    pub pieces: Vec<u8>,
    pub passed: Vec<usize>,
    pub tools: Vec<String>,
}

/// Reads a file to its end, or until it cannot be read further.
pub fn read_as(bytes: &[u8], format: Option<Format>, options: &Options) -> (Got, Result<(), Fault>) {
    let mut got = Got::default();
    let ended = capture::read(Cursor::new(bytes), format, options, &mut |event| {
        match event {
            Event::Row(row) => got.rows.push(*row),
            Event::Piece(piece) => got.pieces.extend(piece),
            Event::Passed(entry) => got.passed.push(entry),
            Event::Tool(version) => got.tools.push(version),
        }
        true
    });
    (got, ended)
}

/// Reads a sound file whose format is recognised, after a look whether it is.
pub fn read(bytes: &[u8], format: Format) -> Got {
    let options = Options::default();
    assert_eq!(capture::recognise(Cursor::new(bytes), &options).unwrap(), Some(format), "recognised");
    let (got, ended) = read_as(bytes, None, &options);
    ended.unwrap();
    let (named, ended) = read_as(bytes, Some(format), &options);
    ended.unwrap();
    assert_eq!(shown(&named), shown(&got), "named or recognised, the rows are the same");
    got
}

/// One line per row: where, what, who, and at what; or why not.
pub fn shown(got: &Got) -> Vec<String> {
    got.rows.iter().map(show).collect()
}

fn show(row: &Row) -> String {
    let captured = match &row.read {
        Ok(captured) => captured,
        Err(reason) => return format!("{}: {reason}", row.at),
    };
    let a = &captured.activity;
    let time = a.posted_at.map_or("-".to_owned(), |at| at.to_string());
    let mut line = format!(
        "{}: {} {} {} by {} at {time} «{}»",
        row.at,
        a.verb,
        captured.platform,
        a.id,
        captured.names.join("/"),
        a.text.replace('\n', "|")
    );
    if let Some(target) = &a.target {
        let word = |word: &Option<String>| word.clone().unwrap_or("-".to_owned());
        line += &format!(
            " -> {} {} of {}/{} «{}»",
            target.kind,
            word(&target.id),
            word(&target.account_id),
            word(&target.handle),
            target.text.clone().unwrap_or_default()
        );
    }
    line
}

/// A zip of these files.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
