//! `netral eval`: how well a list does on labelled activities.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Deserialize;

use super::scan::{complain, matcher};
use crate::matcher::Matcher;
use crate::model::{Activity, Hit, Level, Stance, wilson};

/// Measure a keyword set on labelled activities: precision and recall, by level and side.
///
/// Every line of FILE is an activity with one more key, `label`: {"level":"review|context|none","sides":[..],
/// "stance":{..},"ambiguous":false}. Ambiguous rows are skipped and counted. Intervals are Wilson's, 95 %.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:
  netral eval --keywords keywords/pilpres-2024.toml labelled.jsonl
  netral eval --keywords keywords/pilkada.toml --map amin=paslon-1 labelled.jsonl")]
pub struct Args {
    /// A keyword file or folder, as for `netral scan`.
    #[arg(long, value_name = "PATH")]
    keywords: Option<PathBuf>,
    /// Only the set with this id.
    #[arg(long, value_name = "ID")]
    set: Option<String>,
    /// Folder of circulars.
    #[arg(long, value_name = "DIR")]
    circulars: Option<PathBuf>,
    /// A label's side is called otherwise in the set: LABEL=SIDE. May be given several times.
    #[arg(long, value_name = "LABEL=SIDE", value_parser = parse_map)]
    map: Vec<(String, String)>,
    /// Name the rows on which hit and label differ: one line each with id, label and what was found.
    #[arg(long)]
    differences: bool,
    /// Write the numbers as one JSON object.
    #[arg(long)]
    json: bool,
    /// Labelled activities.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

fn parse_map(text: &str) -> Result<(String, String), String> {
    let (label, side) = text.split_once('=').ok_or("write LABEL=SIDE, like amin=paslon-1")?;
    Ok((label.to_owned(), side.to_owned()))
}

#[derive(Deserialize)]
struct Labelled {
    label: Label,
}

#[derive(Deserialize)]
struct Label {
    level: String,
    #[serde(default)]
    sides: Vec<String>,
    #[serde(default)]
    stance: BTreeMap<String, Stance>,
    #[serde(default)]
    ambiguous: bool,
}

/// Runs the command.
///
/// # Errors
/// When standard output can't be written.
#[expect(clippy::needless_pass_by_value, reason = "every command's `run` takes its arguments by value")]
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Some(matcher) = matcher(args.keywords.as_deref(), args.circulars.as_deref(), args.set.as_deref()) else {
        return Ok(ExitCode::from(2));
    };
    let file = match File::open(&args.file) {
        Ok(file) => file,
        Err(error) => {
            complain(&format!("{}: {error}", args.file.display()));
            return Ok(ExitCode::from(2));
        }
    };
    let mut tally = Tally::default();
    let mut rejected = 0_u64;
    for (number, line) in BufReader::new(file).split(b'\n').enumerate() {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                complain(&format!("{}: reading broke off: {error}", args.file.display()));
                return Ok(ExitCode::from(3));
            }
        };
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match read(&line) {
            Ok((activity, label)) => tally.row(&matcher, &args, &activity, label),
            Err(problem) => {
                rejected += 1;
                complain(&format!("{}:{}: {problem}", args.file.display(), number + 1));
            }
        }
    }
    let mut out = io::stdout().lock();
    let written = if args.json { writeln!(out, "{}", tally.json()) } else { write!(out, "{}", tally.table()) };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        other => other?,
    }
    Ok(ExitCode::from(u8::from(rejected > 0)))
}

fn read(line: &[u8]) -> Result<(Activity, Label), String> {
    let activity = Activity::from_json_line(line).map_err(|e| e.to_string())?;
    let labelled: Labelled =
        serde_json::from_slice(line).map_err(|e| format!("no usable `label`, column {}", e.column()))?;
    if !["review", "context", "none"].contains(&labelled.label.level.as_str()) {
        return Err("`label.level` is none of review, context, none".to_owned());
    }
    Ok((activity, labelled.label))
}

/// Hits and labels, counted.
#[derive(Default)]
struct Tally {
    rows: u64,
    ambiguous: u64,
    /// By label: none, context, review; then by what was found.
    levels: [[u64; 3]; 3],
    /// Rows whose label names a side; with some hit; with a side in common.
    named: u64,
    seen: u64,
    side_right: u64,
    /// Stances of sides found in both; equal ones.
    stances: u64,
    stance_right: u64,
    /// By side: found and labelled, found, labelled; at level review.
    sides: BTreeMap<String, [u64; 3]>,
}

impl Tally {
    fn row(&mut self, matcher: &Matcher, args: &Args, activity: &Activity, mut label: Label) {
        if label.ambiguous {
            self.ambiguous += 1;
            return;
        }
        let rename = |side: String| args.map.iter().find(|(from, _)| *from == side).map_or(side, |(_, to)| to.clone());
        label.sides = label.sides.into_iter().map(rename).collect();
        label.stance = label.stance.into_iter().map(|(side, stance)| (rename(side), stance)).collect();
        let hits = matcher.find(activity);
        self.rows += 1;
        let found = match hits.iter().map(|h| h.level).find(|l| *l == Level::Review) {
            Some(_) => 2,
            None => usize::from(!hits.is_empty()),
        };
        let wanted = ["none", "context", "review"].iter().position(|l| *l == label.level).unwrap_or(0);
        if let Some(cell) = self.levels.get_mut(wanted).and_then(|row| row.get_mut(found)) {
            *cell += 1;
        }
        self.count_sides(&hits, &label, (wanted, found));
        if args.differences && (wanted == 2) != (found == 2) {
            let keywords: Vec<&str> = hits.iter().flat_map(|h| &h.matches).map(|m| &*m.keyword).collect();
            let level = ["none", "context", "review"].get(found).copied().unwrap_or_default();
            complain(&format!("{}: label {}, found {level}: {}", activity.id, label.level, keywords.join(" ")));
        }
    }

    fn count_sides(&mut self, hits: &[Hit], label: &Label, (wanted, found): (usize, usize)) {
        let sides: Vec<&String> = hits.iter().flat_map(|h| &h.sides).collect();
        if !label.sides.is_empty() {
            self.named += 1;
            self.seen += u64::from(!hits.is_empty());
            self.side_right += u64::from(label.sides.iter().any(|side| sides.contains(&side)));
        }
        for (side, stance) in hits.iter().flat_map(|h| &h.stance) {
            if let Some(wanted) = label.stance.get(side) {
                self.stances += 1;
                self.stance_right += u64::from(wanted == stance);
            }
        }
        let labelled = label.sides.iter().filter(|_| wanted == 2);
        let mut all: Vec<&String> = labelled.clone().chain(sides.iter().copied().filter(|_| found == 2)).collect();
        all.sort();
        all.dedup();
        for side in all {
            let (is_labelled, is_found) =
                (wanted == 2 && label.sides.contains(side), found == 2 && sides.contains(&side));
            let cells = self.sides.entry(side.clone()).or_default();
            for (cell, yes) in cells.iter_mut().zip([is_labelled && is_found, is_found, is_labelled]) {
                *cell += u64::from(yes);
            }
        }
    }

    /// `(both, found, labelled)` for one level; context counts hits and labels of either level.
    fn level(&self, from: usize) -> (u64, u64, u64) {
        let sum = |wanted: std::ops::Range<usize>, found: std::ops::Range<usize>| -> u64 {
            self.levels
                .iter()
                .enumerate()
                .filter(|(w, _)| wanted.contains(w))
                .flat_map(|(_, row)| row.iter().enumerate())
                .filter(|(f, _)| found.contains(f))
                .map(|(_, n)| n)
                .sum()
        };
        (sum(from..3, from..3), sum(0..3, from..3), sum(from..3, 0..3))
    }

    fn measures(&self) -> Vec<(String, u64, u64)> {
        let mut measures = Vec::new();
        for (name, from) in [("review", 2), ("review or context", 1)] {
            let (both, found, labelled) = self.level(from);
            measures.push((format!("{name}: precision"), both, found));
            measures.push((format!("{name}: recall"), both, labelled));
        }
        measures.push(("contestant seen".to_owned(), self.seen, self.named));
        measures.push(("side right".to_owned(), self.side_right, self.named));
        measures.push(("stance right".to_owned(), self.stance_right, self.stances));
        for (side, [both, found, labelled]) in &self.sides {
            measures.push((format!("{side}: precision"), *both, *found));
            measures.push((format!("{side}: recall"), *both, *labelled));
        }
        measures
    }

    fn table(&self) -> String {
        let mut text = format!("rows {} (ambiguous, skipped: {})\n", self.rows, self.ambiguous);
        text.push_str("label \\ found      none  context   review\n");
        for (name, row) in ["none", "context", "review"].iter().zip(self.levels) {
            let [none, context, review] = row;
            text.push_str(&format!("{name:<15} {none:>7} {context:>8} {review:>8}\n"));
        }
        for (name, part, whole) in self.measures() {
            let (share, low, high) = wilson(part, whole);
            text.push_str(&format!("{name:<32} {share:.3}  [{low:.3}, {high:.3}]  {part}/{whole}\n"));
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        let measures: serde_json::Map<String, serde_json::Value> = self
            .measures()
            .into_iter()
            .map(|(name, part, whole)| {
                let (share, low, high) = wilson(part, whole);
                (name, serde_json::json!({"value": share, "low": low, "high": high, "count": part, "of": whole}))
            })
            .collect();
        serde_json::json!({"rows": self.rows, "ambiguous": self.ambiguous, "levels": self.levels, "measures": measures})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_required() {
        assert!(read(br#"{"id":"1","text":"x"}"#).is_err());
        assert!(read(br#"{"id":"1","text":"x","label":{"level":"maybe"}}"#).is_err());
        assert!(read(br#"{"id":"1","text":"x","label":{"level":"none"}}"#).is_ok());
    }
}
