//! `netral scan`: activities in, hits out, no database.

mod output;
mod work;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::input;
use crate::keyword;
use crate::matcher::Matcher;

/// Find possibly partisan activities in JSONL, without a database.
///
/// Reads activities (docs/FORMATS.md), one JSON object a line, from FILES or from standard input, and writes one line for
/// every activity with hits: the keywords found with their exact places, the score with its parts, clause and stage.
/// Output keeps the order of the input. Lines that are no activities are named on standard error, never shown.
///
/// Exit code: 0 done, 1 done but some lines were rejected, 2 wrong usage or an invalid keyword set, 3 a file can't be read on.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  netral scan posts.jsonl > hits.jsonl
  zcat posts.jsonl.gz | netral scan --keywords keywords/pilkada-sragen-2024.toml --rejects bad.jsonl --stats")]
pub struct Args {
    /// A keyword file (that set, always) or a folder (every election set valid on the activity's date). Without it: the
    /// folder `keywords` here, else the sets built into the program.
    #[arg(long, value_name = "PATH")]
    keywords: Option<PathBuf>,
    /// Only the set with this id.
    #[arg(long, value_name = "ID")]
    set: Option<String>,
    /// Folder of circulars; the built-in ones fill the gaps.
    #[arg(long, value_name = "DIR")]
    circulars: Option<PathBuf>,
    /// Threads that match; without it one for each processor.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Write a line for every activity, also for those without a hit.
    #[arg(long)]
    all: bool,
    /// Keep rejected lines in this file, byte for byte.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// At the end write counts and times as one JSON line to standard error.
    #[arg(long)]
    stats: bool,
    /// Files to read; none or `-`: standard input.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Only for what is neither usage nor a named input problem, such as a full disk behind standard output.
#[expect(clippy::needless_pass_by_value, reason = "every command's `run` takes its arguments by value")]
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let Some(matcher) = matcher(args.keywords.as_deref(), args.circulars.as_deref(), args.set.as_deref()) else {
        return Ok(ExitCode::from(2));
    };
    let build_seconds = started.elapsed().as_secs_f64();
    let inputs = match input::open(&args.files) {
        Ok(inputs) => inputs,
        Err(problem) => {
            complain(&problem);
            return Ok(ExitCode::from(2));
        }
    };
    let rejects = match args.rejects.as_ref().map(std::fs::File::create).transpose() {
        Ok(file) => file.map(BufWriter::new),
        Err(error) => {
            complain(&format!("--rejects: can't write the file: {error}"));
            return Ok(ExitCode::from(2));
        }
    };
    let bar = progress(&inputs);
    let started = Instant::now();
    let threads = args.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let mut sink = output::Sink::new(BufWriter::with_capacity(1 << 16, io::stdout().lock()), rejects, bar.clone());
    let outcome = work::run(&matcher, inputs, threads, args.all, &mut sink);
    bar.finish_and_clear();
    let counts = match outcome {
        Ok(counts) => counts,
        // The reader of the output has gone: nothing is wrong, and nothing more is wanted. A reading thread may still wait
        // for input that never comes, so the process ends here.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            complain(&format!("writing failed: {error}"));
            return Ok(ExitCode::from(3));
        }
    };
    if args.stats {
        stats(&counts, started.elapsed().as_secs_f64(), build_seconds);
    }
    Ok(ExitCode::from(match (counts.failed_inputs, counts.rejected) {
        (0, 0) => 0,
        (0, _) => 1,
        _ => 3,
    }))
}

/// Loads and compiles the sets that `--keywords`, `--circulars` and `--set` name; says on standard error what is wrong.
pub(super) fn matcher(
    path: Option<&std::path::Path>,
    circulars: Option<&std::path::Path>,
    set: Option<&str>,
) -> Option<Matcher> {
    let (sets, by_date) = match keyword::load(path, circulars, set) {
        Ok(loaded) => loaded,
        Err(error) => {
            complain(&error.to_string());
            return None;
        }
    };
    if sets.is_empty() {
        complain("no election set found; a keyword file is one when it has `[[side]]` tables");
        return None;
    }
    let built = if by_date { Matcher::build(sets) } else { Matcher::build_undated(sets) };
    built.map_err(|error| complain(&error.to_string())).ok()
}

/// One line on standard error; a closed one is no reason to stop.
pub(super) fn complain(message: &str) {
    writeln!(io::stderr().lock(), "{message}").ok();
}

fn stats(counts: &work::Counts, seconds: f64, build_seconds: f64) {
    let line = serde_json::json!({
        "activities": counts.activities,
        "bytes": counts.bytes,
        "hits": counts.hits,
        "rejected": counts.rejected,
        "seconds": (seconds * 1e6).round() / 1e6,
        "build_seconds": (build_seconds * 1e6).round() / 1e6,
    });
    complain(&line.to_string());
}

/// A bar over the bytes of the files; hidden where standard error is no terminal or the length is unknown.
fn progress(inputs: &[input::Input]) -> ProgressBar {
    let total: Option<u64> = inputs.iter().map(input::Input::bytes).sum();
    let Some(total) = total.filter(|_| io::stderr().is_terminal() && !inputs.is_empty()) else {
        return ProgressBar::hidden();
    };
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}") {
        bar.set_style(style);
    }
    bar
}
