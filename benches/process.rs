//! `netral scan` as a whole process, beside what people reach for.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context as _;
use netral::model::Activity;
use serde_json::json;

use super::clock::{self, median};
use super::corpus::{Corpus, List};
use super::peer::{Contender as _, Netral};
use super::report::{Report, rate};

/// The script that people write: `lower()`, an automaton, JSON in, JSON out; no word edges, no folding.
const PYAHOCORASICK: &str = r#"import json, sys
import ahocorasick
automaton = ahocorasick.Automaton()
for form in open(sys.argv[1], encoding="utf-8"):
    automaton.add_word(form.strip(), form.strip())
automaton.make_automaton()
for line in open(sys.argv[2], encoding="utf-8"):
    post = json.loads(line)
    text = post["text"].lower()
    hits = [(end - len(form) + 1, end + 1, form) for end, form in automaton.iter(text)]
    if hits:
        print(json.dumps({"id": post["id"], "hits": hits}))
"#;

/// How often each program runs, in turn.
const ROUNDS: usize = 5;

struct Program {
    title: String,
    command: Vec<String>,
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

/// Runs everything in turn and writes the table.
pub fn compare(report: &mut Report, corpus: &Corpus, folder: &Path, forms: usize, smoke: bool) -> anyhow::Result<()> {
    let list = List::of_names(&corpus.names, forms);
    let posts = folder.join("posts.jsonl");
    let copies = if smoke { 1 } else { (50_000_000 / corpus.bytes().max(1)).clamp(1, 50) };
    let bytes = write_posts(&posts, &corpus.posts, copies)?;
    let keywords = folder.join("ukur.toml");
    fs::write(&keywords, list.toml())?;
    let plain = folder.join("plain.txt");
    fs::write(&plain, list.forms().join("\n") + "\n")?;
    let script = folder.join("search.py");
    fs::write(&script, PYAHOCORASICK)?;

    report.heading(&format!("Whole processes, {}, {:.1} MB of JSONL", list.title, bytes as f64 / 1e6));
    let bare = bare_seconds(&list, corpus)? * copies as f64;
    report.line(&format!("The bare match of the same posts takes {bare:.2} CPU-s in one thread."));
    report.line("");
    let mut programs = programs(&posts, &keywords, &plain, &script);
    for _ in 0..if smoke { 1 } else { ROUNDS } {
        for program in &mut programs {
            let (wall, cpu) = run(&program.command, folder).with_context(|| program.command.join(" "))?;
            program.wall.push(wall);
            program.cpu.push(cpu);
        }
    }
    report.table(&[
        "program",
        "wall s",
        "CPU s",
        "MB/s wall",
        "CPU / bare match",
        "netral (1 thread) is … x as fast, wall",
    ]);
    let first: Vec<f64> = programs.first().map(|p| p.wall.clone()).unwrap_or_default();
    for program in &programs {
        let (wall, cpu) = (median(&program.wall), median(&program.cpu));
        let ratios: Vec<f64> = program.wall.iter().zip(&first).map(|(other, netral)| other / netral).collect();
        report.row(&[
            program.title.clone(),
            format!("{wall:.2}"),
            format!("{cpu:.2}"),
            format!("{:.1}", rate(bytes, wall)),
            format!("{:.2}", cpu / bare),
            format!("{:.2}", median(&ratios)),
        ]);
    }
    Ok(())
}

fn programs(posts: &Path, keywords: &Path, plain: &Path, script: &Path) -> Vec<Program> {
    let shown = |path: &Path| path.display().to_string();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut counts = vec![1];
    if threads > 1 {
        counts.push(threads);
    }
    let program = |title: String, command: Vec<String>| Program { title, command, wall: Vec::new(), cpu: Vec::new() };
    let mut programs: Vec<Program> = counts
        .into_iter()
        .map(|threads| {
            let command = [env!("CARGO_BIN_EXE_netral"), "scan", "--threads"].map(str::to_owned).into_iter();
            let rest = [threads.to_string(), "--keywords".to_owned(), shown(keywords), shown(posts)];
            program(format!("netral scan --threads {threads}"), command.chain(rest).collect())
        })
        .collect();
    if answers("rg", &["--version"]) {
        let command = ["rg", "-i", "-w", "-F", "-f"].map(str::to_owned).into_iter().chain([shown(plain), shown(posts)]);
        programs.push(program("rg -i -w -F -f".to_owned(), command.collect()));
    }
    if answers("python3", &["-c", "import ahocorasick"]) {
        let command = vec!["python3".to_owned(), shown(script), shown(plain), shown(posts)];
        programs.push(program("pyahocorasick script".to_owned(), command));
    }
    programs
}

fn answers(program: &str, arguments: &[&str]) -> bool {
    let quiet = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// Wall and CPU seconds of a program, its output going to a file.
fn run(command: &[String], folder: &Path) -> anyhow::Result<(f64, f64)> {
    let (program, arguments) = command.split_first().context("no program")?;
    // Not /dev/null: some programs then stop at the first match.
    let output = File::create(folder.join("output"))?;
    let cpu = clock::children_cpu_seconds().unwrap_or(f64::NAN);
    let began = Instant::now();
    let status = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(output).status()?;
    let wall = began.elapsed().as_secs_f64();
    anyhow::ensure!(status.success(), "{program} ended with {status}");
    Ok((wall, clock::children_cpu_seconds().unwrap_or(f64::NAN) - cpu))
}

fn bare_seconds(list: &List, corpus: &Corpus) -> anyhow::Result<f64> {
    let mut netral = Netral::new(list, &corpus.posts)?;
    let mut seconds = Vec::new();
    for _ in 0..3 {
        seconds.push(netral.pass()?.seconds);
    }
    Ok(median(&seconds))
}

fn write_posts(file: &PathBuf, posts: &[Activity], copies: usize) -> anyhow::Result<usize> {
    let mut lines = String::new();
    for post in posts {
        lines.push_str(&json!({ "id": post.id, "text": post.text }).to_string());
        lines.push('\n');
    }
    fs::write(file, lines.repeat(copies))?;
    Ok(lines.len() * copies)
}
