//! How fast netral matches, beside raw Aho-Corasick, Hyperscan and whole programs.
//!
//! ```text
//! cargo bench --bench matcher                  everything that is here to compare with
//! cargo bench --bench matcher -- --smoke       a few seconds: does it still run?
//! cargo bench --bench matcher -- --only match  one part: match, crafted, reload, memory, process
//! cargo bench --bench matcher -- --alone       of the first part netral only: for a profiler
//! ```
//!
//! All contenders run in turn, in the same minutes, each at least five times; a row shows the median of the ratios of
//! neighbours in time. CPU time of one thread counts, so a busy machine makes numbers noisier, not wrong.
//! docs/BENCHMARKS.md says what is compared with what, and what came out.

#![allow(missing_docs, reason = "a program, not an interface")]

mod clock;
mod corpus;
mod crafted;
mod peer;
mod process;
mod report;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use anyhow::Context as _;
use netral::matcher::Matcher;
use netral::model::Activity;

use clock::{cpu_of, median};
use corpus::{Corpus, List, read_set};
use peer::{Contender, Hyperscan, Netral, Pass, Raw, automaton, lowered};
use report::{Report, judged, rate};

/// What was asked for on the command line.
struct Options {
    smoke: bool,
    /// Nobody to compare with: for a profiler.
    alone: bool,
    only: Vec<String>,
    pairs: usize,
    report: Option<PathBuf>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self { smoke: false, alone: false, only: Vec::new(), pairs: 0, report: None };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--smoke" => options.smoke = true,
                "--alone" => options.alone = true,
                "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
                "--pairs" => options.pairs = value()?.parse()?,
                "--report" => options.report = Some(value()?.into()),
                // What `cargo bench` itself passes.
                "--bench" => {}
                other => {
                    anyhow::bail!(
                        "unknown argument {other}; there are --smoke --alone --only PARTS --pairs N --report FILE"
                    )
                }
            }
        }
        if options.pairs == 0 {
            options.pairs = if options.smoke { 1 } else { 7 };
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|argument| argument == "--memory-of").is_some() {
        return memory_of(&arguments.next().context("whose memory?")?, &arguments.next().context("which list?")?);
    }
    let options = Options::parse(arguments)?;
    let folder = std::env::temp_dir().join(format!("netral-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = everything(&options, &folder);
    // Forms, texts and outputs are scratch, and some are real posts: nothing stays behind.
    fs::remove_dir_all(&folder).ok();
    outcome
}

fn everything(options: &Options, folder: &Path) -> anyhow::Result<()> {
    let mut report = Report::default();
    let corpus = Corpus::load(if options.smoke { 2_000 } else { usize::MAX })?;
    report.line("# Speed of matching");
    report.line("");
    report.line(&format!(
        "{}: {} posts, {:.2} MB of text, {} names. {}, load average {}.",
        corpus.origin,
        corpus.posts.len(),
        corpus.bytes() as f64 / 1e6,
        corpus.names.len(),
        clock::processor(),
        clock::load(),
    ));
    if !clock::has_cpu_time() {
        report.line("This system does not tell a thread's CPU time: wall time instead, so mind what else runs.");
    }
    if Hyperscan::program().is_none() {
        report.line(
            "Hyperscan is left out: install libhyperscan-dev and run `make bench` (benches/run.sh builds the program).",
        );
    }
    let lists = lists(&corpus, options.smoke);
    if options.wants("match") {
        typical(&mut report, options, &corpus, &lists, folder)?;
    }
    if options.wants("reload") {
        reload(&mut report, options, &corpus, &lists, folder)?;
    }
    if options.wants("memory") {
        memory(&mut report, &lists, folder)?;
    }
    if options.wants("crafted") {
        crafted_posts(&mut report, options, &corpus, &lists)?;
    }
    if options.wants("process") {
        for forms in if options.smoke { vec![1_000] } else { vec![1_000, 10_000, 100_000] } {
            process::compare(&mut report, &corpus, folder, forms, options.smoke)?;
        }
    }
    report.line("");
    report.line(&format!("Load average at the end {}.", clock::load()));
    if let Some(file) = &options.report {
        report.save(file).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

/// From few forms to many; the last is the skewed one.
fn lists(corpus: &Corpus, smoke: bool) -> Vec<List> {
    let sizes: &[usize] = if smoke { &[1_000, 10_000] } else { &[1_000, 10_000, 100_000] };
    let mut lists: Vec<List> = sizes.iter().map(|forms| List::of_names(&corpus.names, *forms)).collect();
    lists.extend(sizes.last().map(|forms| List::skewed(&corpus.names, *forms)));
    lists
}

/// Floor and aim against Hyperscan (performance goal GP2) by the number of forms.
fn hyperscan_goal(forms: usize) -> (f64, f64) {
    match forms {
        ..5_000 => (0.2, 0.35),
        5_000..50_000 => (0.4, 0.7),
        _ => (0.6, 1.0),
    }
}

/// Ordinary posts, all contenders in turn.
fn typical(
    report: &mut Report,
    options: &Options,
    corpus: &Corpus,
    lists: &[List],
    folder: &Path,
) -> anyhow::Result<()> {
    report.heading("The whole match beside a bare search");
    report.line(&format!(
        "Ratios are netral's speed / the other's, median of {} (floor / aim in brackets).",
        options.pairs
    ));
    report.line("");
    report.table(&[
        "list",
        "netral MB/s",
        "posts/s",
        "posts with a hit",
        "aho-corasick MB/s",
        "netral / aho-corasick",
        "Hyperscan MB/s",
        "netral / Hyperscan",
    ]);
    let texts = lowered(&corpus.posts);
    for list in lists {
        let forms = list.forms();
        let mut netral = Netral::new(list, &corpus.posts)?;
        let mut raw = if options.alone { None } else { Some(Raw::new(&forms, &texts)?) };
        let mut hyperscan = match Hyperscan::program().filter(|_| !options.alone) {
            Some(program) => Some(Hyperscan::start(&program, folder, &forms, &texts)?),
            None => None,
        };
        if let Some(hyperscan) = &mut hyperscan {
            hyperscan.compile()?;
        }
        let mut contenders: Vec<&mut dyn Contender> = vec![&mut netral];
        contenders.extend(raw.as_mut().map(|r| r as &mut dyn Contender));
        contenders.extend(hyperscan.as_mut().map(|h| h as &mut dyn Contender));
        let passes = interleave(&mut contenders, options.pairs)?;
        let empty = Vec::new();
        let (ours, raw) = (passes.first().unwrap_or(&empty), passes.get(1).unwrap_or(&empty));
        let theirs = passes.get(2);
        let (floor, aim) = hyperscan_goal(forms.len());
        // The goal against Aho-Corasick is stated for 100,000 forms; for fewer the same bar is shown.
        let one = ours.first().copied().unwrap_or_default();
        let ours_seconds = seconds(ours);
        report.row(&[
            list.title.clone(),
            format!("{:.1}", rate(corpus.bytes(), ours_seconds)),
            format!("{:.0} k", corpus.posts.len() as f64 / ours_seconds / 1e3),
            format!("{:.0} % ({} matches)", 100.0 * one.posts as f64 / corpus.posts.len() as f64, one.matches),
            format!("{:.1}", rate(corpus.bytes(), seconds(raw))),
            judged(ratio(raw, ours), 1.0, 2.0),
            theirs.map_or("-".to_owned(), |t| format!("{:.1}", rate(corpus.bytes(), seconds(t)))),
            theirs.map_or("-".to_owned(), |t| judged(ratio(t, ours), floor, aim)),
        ]);
    }
    Ok(())
}

/// Everybody once to warm up, then in turn; who begins changes from round to round.
fn interleave(contenders: &mut [&mut dyn Contender], rounds: usize) -> anyhow::Result<Vec<Vec<Pass>>> {
    let mut passes = vec![Vec::new(); contenders.len()];
    for contender in contenders.iter_mut() {
        contender.pass()?;
    }
    for round in 0..rounds {
        for turn in 0..contenders.len() {
            let who = (round + turn) % contenders.len();
            if let (Some(contender), Some(passes)) = (contenders.get_mut(who), passes.get_mut(who)) {
                passes.push(contender.pass()?);
            }
        }
    }
    Ok(passes)
}

fn seconds(passes: &[Pass]) -> f64 {
    median(&passes.iter().map(|pass| pass.seconds).collect::<Vec<_>>())
}

/// Median of the other's time through ours, round by round: above one we are faster.
fn ratio(theirs: &[Pass], ours: &[Pass]) -> f64 {
    median(&theirs.iter().zip(ours).map(|(theirs, ours)| theirs.seconds / ours.seconds).collect::<Vec<_>>())
}

/// From a keyword file's text to the first match.
fn reload(
    report: &mut Report,
    options: &Options,
    corpus: &Corpus,
    lists: &[List],
    folder: &Path,
) -> anyhow::Result<()> {
    report.heading("From a list to the first match");
    report.line("CPU seconds: TOML to a validated, fingerprinted set, then to a matcher, then one post. Goal: 0.2 x Hyperscan's compile time (aim 0.02).");
    report.line("");
    report.table(&[
        "list",
        "read and check",
        "compile",
        "first match",
        "together",
        "aho-corasick",
        "Hyperscan",
        "netral / Hyperscan",
    ]);
    let texts = lowered(corpus.posts.get(..1).unwrap_or_default());
    let post = corpus.posts.first().cloned().unwrap_or_default();
    for list in lists {
        let (toml, forms) = (list.toml(), list.forms());
        let mut hyperscan = match Hyperscan::program() {
            Some(program) => Some(Hyperscan::start(&program, folder, &forms, &texts)?),
            None => None,
        };
        let mut rounds: Vec<[f64; 5]> = Vec::new();
        for _ in 0..options.pairs.min(5) {
            let mut set = None;
            let read = cpu_of(|| set = read_set(toml.clone()).ok());
            let set = Arc::new(set.context("the list is not valid")?);
            let mut matcher = None;
            let compile = cpu_of(|| matcher = Matcher::build_undated(vec![set]).ok());
            let matcher = matcher.context("the list can't be compiled")?;
            let first = cpu_of(|| matcher.find(&post));
            let raw = cpu_of(|| automaton(&forms));
            let theirs =
                hyperscan.as_mut().map(Hyperscan::compile).transpose()?.map_or(f64::NAN, |[seconds, ..]| seconds);
            rounds.push([read, compile, first, raw, theirs]);
        }
        let column = |pick: fn(&[f64; 5]) -> f64| median(&rounds.iter().map(pick).collect::<Vec<_>>());
        let through = column(|[read, compile, first, _, theirs]| (read + compile + first) / theirs);
        report.row(&[
            list.title.clone(),
            format!("{:.3}", column(|r| r[0])),
            format!("{:.3}", column(|r| r[1])),
            format!("{:.4}", column(|r| r[2])),
            format!("{:.3}", column(|r| r[0] + r[1] + r[2])),
            format!("{:.3}", column(|r| r[3])),
            if hyperscan.is_some() { format!("{:.3}", column(|r| r[4])) } else { "-".to_owned() },
            if hyperscan.is_some() {
                format!("{through:.3}{}", if through > 0.2 { " (**above 0.2**)" } else { "" })
            } else {
                "-".to_owned()
            },
        ]);
    }
    Ok(())
}

/// Resident memory of fresh processes that hold one list.
fn memory(report: &mut Report, lists: &[List], folder: &Path) -> anyhow::Result<()> {
    report.heading("Memory");
    report.line("MiB resident of a fresh process: more than before the list was read, and at the highest while building. Goal: half of Hyperscan's.");
    report.line("");
    report.table(&[
        "list",
        "netral",
        "netral, highest",
        "aho-corasick",
        "highest",
        "Hyperscan",
        "highest",
        "netral / Hyperscan, highest",
    ]);
    for list in lists {
        let (toml, forms) = (folder.join("list.toml"), folder.join("list.txt"));
        fs::write(&toml, list.toml())?;
        fs::write(&forms, list.forms().join("\n"))?;
        let ours = in_fresh_process("netral", &toml)?;
        let raw = in_fresh_process("aho-corasick", &forms)?;
        let theirs = match Hyperscan::program() {
            Some(program) => {
                let [_, _, more, highest] = Hyperscan::start(&program, folder, &list.forms(), &[])?.compile()?;
                Some((more, highest))
            }
            None => None,
        };
        report.row(&[
            list.title.clone(),
            format!("{:.1}", ours.0),
            format!("{:.1}", ours.1),
            format!("{:.1}", raw.0),
            format!("{:.1}", raw.1),
            theirs.map_or("-".to_owned(), |(more, _)| format!("{more:.1}")),
            theirs.map_or("-".to_owned(), |(_, highest)| format!("{highest:.1}")),
            theirs.map_or("-".to_owned(), |(_, highest)| format!("{:.2}", ours.1 / highest)),
        ]);
    }
    Ok(())
}

fn in_fresh_process(whose: &str, list: &Path) -> anyhow::Result<(f64, f64)> {
    let output = Command::new(std::env::current_exe()?).arg("--memory-of").arg(whose).arg(list).output()?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let mut numbers = text.split_ascii_whitespace().map(str::parse::<f64>);
    Ok((numbers.next().context("no number")??, numbers.next().context("no second number")??))
}

/// What the fresh process does.
fn memory_of(whose: &str, list: &str) -> anyhow::Result<()> {
    let none = || anyhow::anyhow!("this system does not tell");
    let (before, _) = clock::memory().ok_or_else(none)?;
    let kept: Box<dyn std::any::Any> = match whose {
        "netral" => Box::new(Matcher::build_undated(vec![Arc::new(read_set(fs::read_to_string(list)?)?)])?),
        _ => Box::new(automaton(&fs::read_to_string(list)?.lines().map(str::to_owned).collect::<Vec<_>>())?),
    };
    let (after, highest) = clock::memory().ok_or_else(none)?;
    drop(kept);
    writeln!(io::stdout(), "{} {highest}", after - before)?;
    Ok(())
}

/// A crafted post may be no slower than a quarter of the typical rate, and twice the bytes take at most this much longer.
const SLOWEST: f64 = 0.25;
const MOST_GROWTH: f64 = 2.2;

/// Posts and lists made to be slow.
fn crafted_posts(report: &mut Report, options: &Options, corpus: &Corpus, lists: &[List]) -> anyhow::Result<()> {
    report.heading("Crafted posts and lists");
    report.line(&format!(
        "Speed / the typical speed with the same list (floor {SLOWEST}), and time for 64 -> 128 KiB and for 512 KiB -> 1 MiB (at most {MOST_GROWTH} x). Crafted lists are compared with the typical speed at {}.",
        lists.get(1).map_or("", |list| list.title.as_str()),
    ));
    let ordinary = lists.get(1).or(lists.first()).context("no list")?;
    let skewed = lists.last().filter(|_| !options.smoke);
    for list in [Some(ordinary), skewed].into_iter().flatten() {
        let netral = Netral::new(list, &corpus.posts)?;
        let name = corpus.names.iter().find(|name| plain_name(name)).map_or("budi santoso", String::as_str);
        report.line("");
        report.line(&format!("With {}:", list.title));
        report.line("");
        crafted_head(report);
        for crafted in &crafted::POSTS {
            crafted_row(report, options, &netral, &netral.matcher, crafted, (crafted.title, name))?;
        }
    }
    report.line("");
    report.line("Crafted lists:");
    report.line("");
    crafted_head(report);
    let typical = Netral::new(ordinary, &corpus.posts)?;
    for (list, crafted) in crafted::lists(if options.smoke { 1_000 } else { 100_000 }) {
        let matcher = Matcher::build_undated(vec![Arc::new(list.set()?)])?;
        let title = format!("{}: {}", list.title, crafted.title);
        crafted_row(report, options, &typical, &matcher, &crafted, (&title, ""))?;
    }
    Ok(())
}

/// Two words in plain letters: stands in every list, by itself or after a cue.
fn plain_name(name: &str) -> bool {
    name.len() > 9 && name.split(' ').count() == 2 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b' ')
}

fn crafted_head(report: &mut Report) {
    report.table(&["post", "MB/s", "/ typical", "64 -> 128 KiB", "512 KiB -> 1 MiB", "matches in 64 KiB"]);
}

fn crafted_row(
    report: &mut Report,
    options: &Options,
    typical: &Netral<'_>,
    matcher: &Matcher,
    crafted: &crafted::Crafted,
    (title, name): (&str, &str),
) -> anyhow::Result<()> {
    let post = |kib: usize| (crafted.post)(kib << 10, name);
    let (small, double) = (post(64), post(128));
    let matches =
        |post: &Activity| matcher.find(post).iter().map(|hit| hit.matches.len() + hit.more_matches).sum::<usize>();
    let usual = typical.posts.get(..2_000.min(typical.posts.len())).unwrap_or_default();
    let usual_bytes: usize = usual.iter().map(|post| post.text.len()).sum();
    let (mut relative, mut growth, mut speed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.pairs.min(5) {
        let usual = cpu_of(|| usual.iter().map(|post| typical.matcher.find(post).len()).sum::<usize>());
        let one = repeated(|| matches(&small));
        let two = repeated(|| matches(&double));
        let rate = rate(small.text.len(), one);
        speed.push(rate);
        relative.push(rate / (usual_bytes as f64 / 1e6 / usual));
        growth.push(two / one * small.text.len() as f64 * 2.0 / double.text.len() as f64);
        // Something this slow has said enough.
        if one > 2.0 {
            break;
        }
    }
    // A post this slow at 64 KiB would take minutes at 1 MiB if it is not linear.
    let large = if median(&speed) > 0.5 && !options.smoke {
        let (small, double) = (post(512), post(1024));
        let growth = (0..3).map(|_| repeated(|| matches(&double)) / repeated(|| matches(&small)));
        median(&growth.collect::<Vec<_>>())
    } else {
        f64::NAN
    };
    let (relative, growth) = (median(&relative), median(&growth));
    let grown = |growth: f64| match growth {
        g if g.is_nan() => "not measured".to_owned(),
        g if g > MOST_GROWTH => format!("**{g:.2}**"),
        g => format!("{g:.2}"),
    };
    report.row(&[
        title.to_owned(),
        format!("{:.2}", median(&speed)),
        if relative < SLOWEST { format!("**{relative:.3}**") } else { format!("{relative:.2}") },
        grown(growth),
        grown(large),
        matches(&small).to_string(),
    ]);
    Ok(())
}

/// CPU seconds of one call; quick ones are repeated until the clock can tell.
fn repeated<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut times = 1_u32;
    loop {
        let taken = cpu_of(|| {
            for _ in 0..times {
                std::hint::black_box(work());
            }
        });
        if taken > 0.01 || times >= 1 << 12 {
            return taken / f64::from(times);
        }
        times *= 4;
    }
}
