//! Reading in a thread of its own, and how far it has come.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::mpsc;

use crate::capture::{self, Event, Fault, Format, Options};

/// Events that are handed over at once, and bytes from which on they are.
const EVENTS: usize = 256;
const BYTES: usize = 1 << 20;
/// How often a line says how far it is, where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// What the reading thread hands over.
pub(super) enum Step {
    Events(Vec<Event>),
    End(Result<(), Fault>),
}

/// Starts reading; a full channel makes it wait, and it ends at its next row once nobody listens.
pub(super) fn start(
    file: File,
    format: Option<Format>,
    options: Options,
    position: Arc<AtomicU64>,
) -> mpsc::Receiver<Step> {
    let (sender, steps) = mpsc::channel(2);
    std::thread::spawn(move || {
        let (mut waiting, mut bytes) = (Vec::new(), 0);
        let ended = capture::read(Watched { file, position }, format, &options, &mut |event| {
            bytes += match &event {
                Event::Row(row) => row.raw.len(),
                Event::Piece(piece) => piece.len(),
                Event::Passed(_) | Event::Tool(_) => 0,
            };
            waiting.push(event);
            if waiting.len() < EVENTS && bytes < BYTES {
                return true;
            }
            bytes = 0;
            sender.blocking_send(Step::Events(std::mem::take(&mut waiting))).is_ok()
        });
        if sender.blocking_send(Step::Events(waiting)).is_ok() && sender.blocking_send(Step::End(ended)).is_err() {
            tracing::debug!("the import was broken off at its end");
        }
    });
    steps
}

/// A file that says where it is read.
struct Watched {
    file: File,
    position: Arc<AtomicU64>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.file.read(buffer)?;
        self.position.fetch_add(got as u64, Ordering::Relaxed);
        Ok(got)
    }
}

impl Seek for Watched {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.file.seek(to)?;
        self.position.store(at, Ordering::Relaxed);
        Ok(at)
    }
}

/// A bar on a terminal, now and then a line elsewhere.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    length: u64,
    position: Arc<AtomicU64>,
    told: Instant,
}

impl Progress {
    pub fn new(length: u64, position: Arc<AtomicU64>) -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {msg} {eta}")?;
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(length).with_style(style));
        Ok(Self { bar, length, position, told: Instant::now() })
    }

    /// Says something without the bar in between.
    pub fn hide_while(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    pub fn show(&mut self, rows: u64) {
        let at = self.position.load(Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.set_position(at);
            bar.set_message(format!("{rows} rows"));
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            eprintln!("{rows} rows read, at byte {at} of {}", self.length);
        }
    }

    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
