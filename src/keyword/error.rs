//! What is wrong with a keyword file, and what to do about it.

use std::fmt;

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
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if let Some(subject) = &self.subject {
            write!(f, ": `{subject}`")?;
        }
        write!(f, ": {}", self.what)
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
        problem: String,
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

    pub(super) fn one(file: &str, line: usize, subject: Option<&str>, what: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem {
            file: file.to_owned(),
            line,
            subject: subject.map(str::to_owned),
            what: what.into(),
        }])
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
