//! One thread reads, several match, one writes in the order of the input. At most a fixed number of batches is under way.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use super::input::{Batch, Event, Input, read};
use super::output::{Rejected, Sink};
use crate::matcher::Matcher;
use crate::model::{Activity, Hit, Reject};

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub activities: u64,
    pub bytes: u64,
    pub hits: u64,
    pub rejected: u64,
    /// Inputs that broke off.
    pub failed_inputs: u64,
}

/// A batch on its way to a matching thread.
struct Job {
    number: u64,
    file: Arc<str>,
    batch: Batch,
}

/// What comes back for one number.
enum Done {
    Lines {
        file: Arc<str>,
        out: Vec<u8>,
        activities: u64,
        hits: u64,
        bytes: u64,
        rejected: Vec<(Rejected, Vec<u8>)>,
    },
    /// A line too long to hold: its pieces come through a channel of their own, in turn.
    Long {
        file: Arc<str>,
        line: usize,
        pieces: Receiver<Piece>,
    },
    Failed {
        message: String,
    },
}

enum Piece {
    Bytes(Vec<u8>),
    End(usize),
}

/// Pieces of a long line that may wait.
const WAITING_PIECES: usize = 4;

/// Reads all inputs, matches, writes; returns when everything is written.
pub(super) fn run<W: Write>(
    matcher: &Matcher,
    inputs: Vec<Input>,
    threads: usize,
    all: bool,
    sink: &mut Sink<W>,
) -> io::Result<Counts> {
    let under_way = threads * 4;
    let (permit, permits) = sync_channel::<()>(under_way);
    for _ in 0..under_way {
        permit.send(()).ok();
    }
    let (jobs, waiting) = sync_channel::<Job>(under_way);
    let (done, results) = channel::<(u64, Done)>();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        let reader_done = done.clone();
        scope.spawn(move || read_all(inputs, &permits, &jobs, &reader_done));
        for _ in 0..threads {
            let done = done.clone();
            let waiting = &waiting;
            scope.spawn(move || match_jobs(matcher, waiting, &done, all));
        }
        drop(done);
        let written = write_in_order(&results, &permit, sink);
        if written.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            // The reading thread may wait for ever for input nobody wants any more, and a scope waits for its threads.
            std::process::exit(0);
        }
        written
    })
}

/// Reads every input, numbering batches.
fn read_all(inputs: Vec<Input>, permits: &Receiver<()>, jobs: &SyncSender<Job>, done: &Sender<(u64, Done)>) {
    let mut number = 0;
    for input in inputs {
        let name = input.name.clone();
        let file: Arc<str> = Arc::from(name.as_str());
        let mut pieces: Option<SyncSender<Piece>> = None;
        let mut stopped = false;
        let outcome = read(input, &mut |event| {
            let going = match event {
                Event::Lines(batch) => {
                    number += 1;
                    permits.recv().is_ok() && jobs.send(Job { number, file: Arc::clone(&file), batch }).is_ok()
                }
                Event::LongLine(line) => {
                    number += 1;
                    let (send, receive) = sync_channel(WAITING_PIECES);
                    pieces = Some(send);
                    permits.recv().is_ok()
                        && done.send((number, Done::Long { file: Arc::clone(&file), line, pieces: receive })).is_ok()
                }
                Event::LongPiece(bytes) => {
                    pieces.as_ref().is_some_and(|p| p.send(Piece::Bytes(bytes.to_vec())).is_ok())
                }
                Event::LongEnd(length) => pieces.take().is_some_and(|p| p.send(Piece::End(length)).is_ok()),
            };
            stopped = !going;
            going
        });
        if let Err(error) = outcome {
            number += 1;
            permits.recv().ok();
            done.send((number, Done::Failed { message: format!("{name}: reading broke off: {error}") })).ok();
        }
        if stopped {
            return;
        }
    }
}

/// Takes jobs until there are none.
fn match_jobs(matcher: &Matcher, waiting: &Mutex<Receiver<Job>>, done: &Sender<(u64, Done)>, all: bool) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if done.send((job.number, match_batch(matcher, &job, all))).is_err() {
            return;
        }
    }
}

/// One line of output.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    hits: &'a [Hit],
}

fn match_batch(matcher: &Matcher, job: &Job, all: bool) -> Done {
    let mut out = Vec::new();
    let mut rejected = Vec::new();
    let (mut activities, mut hit_count) = (0, 0);
    for (line, bytes, raw) in job.batch.lines() {
        let bytes = if line == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let activity = match Activity::from_json_line(bytes) {
            Ok(activity) => activity,
            Err(why) => {
                rejected.push((Rejected { line, why: why.to_string() }, raw.to_vec()));
                continue;
            }
        };
        activities += 1;
        let hits = matcher.find(&activity);
        hit_count += hits.len() as u64;
        if (all || !hits.is_empty()) && serde_json::to_writer(&mut out, &Line { id: &activity.id, hits: &hits }).is_ok()
        {
            out.push(b'\n');
        }
    }
    let bytes = job.batch.bytes.len() as u64;
    Done::Lines { file: Arc::clone(&job.file), out, activities, hits: hit_count, bytes, rejected }
}

/// Writes results in the order of their numbers, giving a permit back for each.
fn write_in_order<W: Write>(
    results: &Receiver<(u64, Done)>,
    permit: &SyncSender<()>,
    sink: &mut Sink<W>,
) -> io::Result<Counts> {
    let mut counts = Counts::default();
    let mut early = BTreeMap::new();
    let mut next = 1;
    while let Ok((number, done)) = results.recv() {
        early.insert(number, done);
        while let Some(done) = early.remove(&next) {
            write(done, sink, &mut counts)?;
            next += 1;
            permit.send(()).ok();
        }
        if early.is_empty() {
            sink.flush()?;
        }
    }
    sink.flush()?;
    Ok(counts)
}

fn write<W: Write>(done: Done, sink: &mut Sink<W>, counts: &mut Counts) -> io::Result<()> {
    match done {
        Done::Lines { file, out, activities, hits, bytes, rejected } => {
            sink.hits(&out)?;
            for (reject, raw) in &rejected {
                sink.name_reject(&file, reject);
                sink.keep(raw)?;
            }
            counts.activities += activities;
            counts.hits += hits;
            counts.rejected += rejected.len() as u64;
            counts.bytes += bytes;
            sink.advance(bytes);
        }
        Done::Long { file, line, pieces } => {
            counts.rejected += 1;
            for piece in pieces {
                match piece {
                    Piece::Bytes(bytes) => {
                        counts.bytes += bytes.len() as u64;
                        sink.advance(bytes.len() as u64);
                        sink.keep(&bytes)?;
                    }
                    Piece::End(length) => {
                        sink.name_reject(&file, &Rejected { line, why: Reject::TooLong { bytes: length }.to_string() });
                    }
                }
            }
        }
        Done::Failed { message } => {
            counts.failed_inputs += 1;
            sink.say(&message);
        }
    }
    Ok(())
}
