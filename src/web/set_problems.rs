//! What is wrong with a list, in the reader's language, with a way to the place.

use super::i18n::Text;
use crate::keyword::Problem;

/// One finding.
#[derive(Clone, Debug)]
pub struct ProblemLine {
    /// It forbids a publication.
    pub error: bool,
    /// The keyword concerned, and where it can be edited.
    pub keyword: Option<(String, String)>,
    /// File and line.
    pub place: String,
    /// What is wrong and what to do.
    pub what: String,
}

/// Findings as lines of a page.
pub fn lines<'a>(id: &str, problems: impl Iterator<Item = (&'a Problem, bool)>, t: Text) -> Vec<ProblemLine> {
    let is_own = |problem: &Problem| problem.file.trim_end_matches(".toml").rsplit('/').next() == Some(id);
    let mut problems: Vec<_> = problems.collect();
    // What can be mended here stands before what comes with a shared set.
    problems.sort_by_key(|(problem, error)| (!error, !is_own(problem)));
    problems
        .into_iter()
        .map(|(problem, error)| {
            let own = is_own(problem);
            let address = |keyword: &String| {
                let there = url::form_urlencoded::byte_serialize(keyword.as_bytes()).collect::<String>();
                if own { format!("/kata-kunci/{id}?ubah={there}&cari={there}#k-{there}") } else { String::new() }
            };
            ProblemLine {
                error,
                keyword: problem.subject.as_ref().map(|k| (k.clone(), address(k))),
                place: if problem.line > 0 {
                    format!("{}:{}", problem.file, problem.line)
                } else {
                    problem.file.clone()
                },
                what: problem.what.in_language(t.language()).to_owned(),
            }
        })
        .collect()
}
