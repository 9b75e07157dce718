//! Hits to standard output, rejected lines to their file and by name to standard error.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use indicatif::ProgressBar;

/// A line that is no activity: where, and why. The line itself is not in here.
pub(super) struct Rejected {
    pub line: usize,
    pub why: String,
}

/// Where everything goes.
pub(super) struct Sink<W: Write> {
    hits: W,
    rejects: Option<BufWriter<File>>,
    bar: ProgressBar,
}

impl<W: Write> Sink<W> {
    pub fn new(hits: W, rejects: Option<BufWriter<File>>, bar: ProgressBar) -> Self {
        Self { hits, rejects, bar }
    }

    /// Writes finished lines.
    pub fn hits(&mut self, lines: &[u8]) -> io::Result<()> {
        self.hits.write_all(lines)
    }

    /// Names a rejected line.
    pub fn name_reject(&mut self, file: &str, rejected: &Rejected) {
        let message = format!("{file}:{}: {}", rejected.line, rejected.why);
        self.bar.suspend(|| crate::cli::scan::complain(&message));
    }

    /// Keeps bytes of rejected lines.
    pub fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.rejects {
            Some(file) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    /// Tells the progress bar.
    pub fn advance(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Says something about a whole file.
    pub fn say(&mut self, message: &str) {
        self.bar.suspend(|| crate::cli::scan::complain(message));
    }

    /// Hands on what is buffered: a reader at the other end of a pipe waits for it.
    pub fn flush(&mut self) -> io::Result<()> {
        self.hits.flush()?;
        self.rejects.as_mut().map_or(Ok(()), Write::flush)
    }
}
