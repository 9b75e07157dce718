//! `netral keywords check`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli::scan::complain;
use crate::keyword::{KeywordError, KeywordSet, Library, Problem};
use crate::matcher::{Finding, Severity, check};
use crate::model::Words;

/// Check keyword lists and circulars before they are published.
///
/// Says of every file what is wrong (error) or worth a look (warning), with its line: examples that misbehave, duplicates
/// after folding, forms too short or too common, forms that stand for two sides, sides looked for with unequal care, days
/// without a stage.
///
/// Exit code: 0 no errors, 2 at least one error (with --deny-warnings: or warning).
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  netral keywords check
  netral keywords check keywords/pilkada-sragen-2024.toml --deny-warnings")]
pub struct Args {
    /// Keyword files or folders; without any: the folder `keywords` here, else the built-in sets.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder of circulars; the built-in ones fill the gaps.
    #[arg(long, value_name = "DIR")]
    circulars: Option<PathBuf>,
    /// Treat warnings as errors.
    #[arg(long)]
    deny_warnings: bool,
    /// Say nothing of warnings.
    #[arg(long)]
    errors_only: bool,
}

/// Runs the command.
///
/// # Errors
/// When standard output can't be written.
#[expect(clippy::needless_pass_by_value, reason = "every command's `run` takes its arguments by value")]
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut findings = Vec::new();
    let mut sets = 0;
    for path in paths(&args) {
        for set in load(path, &args, &mut findings) {
            sets += 1;
            match check(&Arc::new(set)) {
                Ok(found) => findings.extend(found),
                Err(error) => findings.push(error_of(error.words())),
            }
        }
    }
    // A shared set is checked by itself and within every election that extends it: the same words once are enough.
    findings.sort_by(|a, b| key(a).cmp(&key(b)));

    findings.dedup();
    let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let mut out = io::stdout().lock();
    for finding in findings.iter().filter(|f| f.severity == Severity::Error || !args.errors_only) {
        let word = if finding.severity == Severity::Error { "error" } else { "warning" };
        match writeln!(out, "{word}: {}", finding.problem) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    complain(&format!("{sets} sets, {errors} errors, {warnings} warnings"));
    Ok(ExitCode::from(if errors > 0 || (args.deny_warnings && warnings > 0) { 2 } else { 0 }))
}

fn paths(args: &Args) -> Vec<Option<PathBuf>> {
    if !args.paths.is_empty() {
        return args.paths.iter().cloned().map(Some).collect();
    }
    let here = PathBuf::from("keywords");
    vec![here.is_dir().then_some(here)]
}

/// Every set at a path, shared ones too; what can't be read becomes a finding.
fn load(path: Option<PathBuf>, args: &Args, findings: &mut Vec<Finding>) -> Vec<KeywordSet> {
    let one_file = path.as_ref().filter(|p| p.is_file()).cloned();
    let folder = match (&one_file, path) {
        (Some(file), _) => {
            file.parent().map(|p| if p.as_os_str().is_empty() { PathBuf::from(".") } else { p.to_path_buf() })
        }
        (None, folder) => folder,
    };
    let library = match folder {
        Some(folder) => Library::in_folder(folder, args.circulars.clone()),
        None => Library::builtin().with_circulars(args.circulars.clone()),
    };
    let files = match one_file {
        Some(file) => std::fs::read_to_string(&file)
            .map(|text| vec![(file.display().to_string(), text)])
            .map_err(|e| KeywordError::unreadable(&file, &e)),
        None => library.all_files(),
    };
    let mut refuse = |error: KeywordError| {
        findings.extend(error.problems().into_iter().map(|problem| Finding { severity: Severity::Error, problem }));
    };
    match files {
        Ok(files) => {
            files.into_iter().filter_map(|(name, text)| library.close(name, text).map_err(&mut refuse).ok()).collect()
        }
        Err(error) => {
            refuse(error);
            Vec::new()
        }
    }
}

/// Errors first, then in order of files and lines.
fn key(finding: &Finding) -> (Severity, &str, usize, &str, Option<&str>) {
    let problem = &finding.problem;
    (finding.severity, &problem.file, problem.line, &problem.what.en, problem.subject.as_deref())
}

fn error_of(what: Words) -> Finding {
    Finding {
        severity: Severity::Error,
        problem: Problem { file: "keywords".to_owned(), line: 0, subject: None, what },
    }
}
