//! What is wrong with a keyword file, and what to do about it.

use std::path::Path;
use std::{fmt, io};

use crate::model::{Language, Words, words};

/// One thing that is wrong, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the user named it.
    pub file: String,
    /// Line in the file, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// The keyword, clause or stage concerned.
    pub subject: Option<String>,
    /// What is wrong and what to do.
    pub what: Words,
}

impl Problem {
    /// On one line, with its place, in a reader's language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> String {
        let line = if self.line > 0 { format!(":{}", self.line) } else { String::new() };
        let subject = self.subject.as_ref().map(|subject| format!(": `{subject}`")).unwrap_or_default();
        format!("{}{line}{subject}: {}", self.file, self.what.in_language(language))
    }
}

/// In English, as [`Words`] are.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::English))
    }
}

/// Why a keyword set could not be made. Nothing was skipped: every problem of the file is listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeywordError {
    /// The files are there but say something that can't be used.
    #[error("{}", Lines(.0))]
    Invalid(Vec<Problem>),
    /// A file or folder can't be read.
    #[error("{path}: {problem}")]
    Read {
        /// The path as the user named it.
        path: String,
        /// What the system said.
        problem: Words,
    },
}

impl KeywordError {
    /// Every single problem; a file that can't be read is one, too.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Invalid(problems) => problems.clone(),
            Self::Read { path, problem } => {
                vec![Problem { file: path.clone(), line: 0, subject: None, what: problem.clone() }]
            }
        }
    }

    pub(super) fn one(file: &str, line: usize, subject: Option<&str>, what: Words) -> Self {
        Self::Invalid(vec![Problem { file: file.to_owned(), line, subject: subject.map(str::to_owned), what }])
    }

    /// A file or folder that the system does not let be read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let problem = words!(id = "tidak dapat dibaca: {error}", en = "{error}");
        Self::Read { path: path.display().to_string(), problem }
    }
}

struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Line of a byte offset, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

/// Line ends of a text, so that finding the lines of ten thousand keywords doesn't read the text ten thousand times.
pub(super) struct LineIndex(Vec<usize>);

impl LineIndex {
    /// Reads the text once.
    pub(super) fn new(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at).collect())
    }

    /// Line of a byte offset, from 1.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|end| *end < offset)
    }
}

#[cfg(test)]
mod tests {
    use crate::keyword::Library;
    use crate::model::Language;

    fn told(tail: &str, language: Language) -> Vec<String> {
        let text = format!("[set]\nid = \"contoh\"\ntitle = \"Contoh\"\n\n{tail}");
        let error = Library::builtin().close("contoh.toml".to_owned(), text).unwrap_err();
        error.problems().iter().map(|problem| problem.in_language(language)).collect()
    }

    #[test]
    fn a_problem_reads_well_in_both_languages() {
        let weak = "[[keyword]]\nid = \"x\"\nkind = \"cue\"\nstrength = \"weak\"\nforms = [\"abc\", \"?\"]\n";
        assert_eq!(
            told(weak, Language::Indonesian),
            [
                "contoh.toml:5: `x`: bentuk \"?\" tidak memuat huruf, angka atau emoji; hapus bentuk itu",
                "contoh.toml:5: `x`: kata kunci lemah hanya dihitung di dekat yang lain; tentukan yang mana dengan \
                 `near = { kinds = [..], within = N }`"
            ]
        );
        assert_eq!(
            told(weak, Language::English),
            [
                "contoh.toml:5: `x`: the form \"?\" has no letter, digit or emoji; remove it",
                "contoh.toml:5: `x`: a weak keyword counts only near others; say which with \
                 `near = { kinds = [..], within = N }`"
            ]
        );
        assert_eq!(
            told("[[keyword]]\nid = 1\n", Language::Indonesian),
            ["contoh.toml:6: susunan TOML salah: invalid type: integer `1`, expected a string"]
        );
    }
}
