//! What was measured, as Markdown: on standard output at once, in a file at the end.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// The report so far.
#[derive(Default)]
pub struct Report {
    text: String,
}

impl Report {
    /// A line of text, or an empty one.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        // A reader that has gone is no reason to stop: the file is still to be written.
        writeln!(io::stdout().lock(), "{line}").ok();
    }

    /// A heading with an empty line on both sides.
    pub fn heading(&mut self, title: &str) {
        self.line("");
        self.line(&format!("## {title}"));
        self.line("");
    }

    /// The head of a table; columns after the first hold numbers.
    pub fn table(&mut self, columns: &[&str]) {
        self.line(&format!("| {} |", columns.join(" | ")));
        self.line(&format!("|---|{}", "--:|".repeat(columns.len().saturating_sub(1))));
    }

    /// A row of it.
    pub fn row(&mut self, cells: &[String]) {
        self.line(&format!("| {} |", cells.join(" | ")));
    }

    /// Keeps it.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, &self.text)
    }
}

/// A ratio beside its goals.
pub fn judged(ratio: f64, floor: f64, aim: f64) -> String {
    let word = match ratio {
        r if r.is_nan() => "not measured",
        r if r >= aim => "aim reached",
        r if r >= floor => "floor reached",
        _ => "**below the floor**",
    };
    format!("{ratio:.2} ({word}: {floor} / {aim})")
}

/// Megabytes (10^6) in a second.
pub fn rate(bytes: usize, seconds: f64) -> f64 {
    bytes as f64 / 1e6 / seconds
}
