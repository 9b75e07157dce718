//! What a careful colleague would say of a keyword set before it is published.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::fair::fairness;
use super::walk::MAX_VISITS;
use super::{BuildError, Matcher};
use crate::keyword::{Case, Keyword, KeywordSet, Problem, Strength};
use crate::model::{Kind, Words, words};
use crate::text::{Haystack, TokenKind, is_common_word};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The set must not be published like this.
    Error,
    /// Somebody should look.
    Warning,
}

/// One finding about a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where and what.
    pub problem: Problem,
}

/// Longer forms would be looked for in vain (docs/MATCHING.md, bounds).
const MAX_WORDS: usize = MAX_VISITS as usize;

/// Everything there is to say of a set, errors first, then in order of files and lines.
///
/// # Errors
/// When the set can't be compiled at all.
pub fn check(set: &Arc<KeywordSet>) -> Result<Vec<Finding>, BuildError> {
    let matcher = Matcher::build_undated(vec![Arc::clone(set)])?;
    let own_file = set.sources().into_iter().next().map(|(name, _)| name);
    let mut findings = Vec::new();
    for keyword in set.keywords().iter().filter(|k| k.enabled && !silent(set, k)) {
        // Those of a shared set speak of numbers that this election may not have; the shared set is checked by itself.
        if own_file.as_ref() == Some(&keyword.file) {
            examples(&matcher, keyword, &mut findings);
        }
        forms(keyword, &mut findings);
        exceptions(keyword, &mut findings);
    }
    collisions(set, &mut findings);
    masks(set, &mut findings);
    fairness(set, &mut findings);
    calendar(set, &mut findings);
    findings.sort_by(|a, b| {
        (a.severity, &a.problem.file, a.problem.line, &a.problem.what).cmp(&(
            b.severity,
            &b.problem.file,
            b.problem.line,
            &b.problem.what,
        ))
    });
    findings.dedup();
    Ok(findings)
}

/// A shared set's number that this election has no side for.
fn silent(set: &KeywordSet, keyword: &Keyword) -> bool {
    set.is_election() && keyword.number.is_some() && keyword.side.is_none()
}

pub(super) fn finding(severity: Severity, keyword: &Keyword, what: Words) -> Finding {
    Finding {
        severity,
        problem: Problem { file: keyword.file.clone(), line: keyword.line, subject: Some(keyword.id.clone()), what },
    }
}

/// Examples are there and do what they say.
fn examples(matcher: &Matcher, keyword: &Keyword, findings: &mut Vec<Finding>) {
    let counts = |text: &str| matcher.keywords_in(text).contains(&keyword.id);
    for text in keyword.examples.matching.iter().filter(|text| !counts(text)) {
        findings.push(finding(
            Severity::Error,
            keyword,
            words!(
                id = "contoh {text:?} seharusnya cocok, tetapi tidak; perbaiki bentuknya, `near`-nya atau contohnya",
                en = "the example {text:?} should match and does not; mend the form, its `near` or the example"
            ),
        ));
    }
    for text in keyword.examples.no_match.iter().filter(|text| counts(text)) {
        findings.push(finding(
            Severity::Error,
            keyword,
            words!(
                id = "contoh {text:?} tidak boleh cocok, tetapi cocok; tambahkan `except`, jadikan kata kunci ini lemah, atau perbaiki contohnya",
                en = "the example {text:?} must not match and does; add an `except`, make it weak, or mend the example"
            ),
        ));
    }
    // Accounts are found by handle, not in a text.
    if keyword.kind != Kind::Account && (keyword.examples.matching.is_empty() || keyword.examples.no_match.is_empty()) {
        findings.push(finding(
            Severity::Warning,
            keyword,
            words!(
                id = "lengkapi dengan `examples` yang memuat sekurang-kurangnya satu `match` dan satu `no_match`",
                en = "give it `examples` with at least one `match` and one `no_match`"
            ),
        ));
    }
}

/// Forms that are too long to be found, or say too little to stand alone.
fn forms(keyword: &Keyword, findings: &mut Vec<Finding>) {
    for form in keyword.forms.iter().filter(|form| words_of(form).len() > MAX_WORDS) {
        findings.push(finding(
            Severity::Error,
            keyword,
            words!(
                id = "{form:?} lebih dari {MAX_WORDS} kata; sisakan bagian yang sungguh-sungguh diulang orang",
                en = "{form:?} has more than {MAX_WORDS} words; keep the part that people really repeat"
            ),
        ));
    }
    if keyword.strength == Strength::Weak || matches!(keyword.kind, Kind::Cue | Kind::Allow | Kind::Account) {
        return;
    }
    for form in &keyword.forms {
        let haystack = Haystack::new(form);
        let [token] = haystack.tokens() else { continue };
        let word = haystack.word(token);
        let (severity, what) = match token.kind {
            TokenKind::Number => (
                Severity::Error,
                words!(
                    id = "angka {form:?} saja ada di setiap unggahan; jadikan lemah, di dekat isyarat",
                    en = "the bare number {form:?} is in every post; make it weak, near a cue"
                ),
            ),
            TokenKind::Word if word.chars().count() < 3 => (
                Severity::Error,
                words!(
                    id = "{form:?} terlalu pendek untuk dihitung sendirian; jadikan lemah, dengan `near`",
                    en = "{form:?} is too short to be enough alone; make it weak, with `near`"
                ),
            ),
            TokenKind::Word
                if keyword.case != Some(Case::Exact)
                    && !form.chars().all(char::is_uppercase)
                    && is_common_word(word) =>
            {
                (
                    Severity::Warning,
                    words!(
                        id = "{form:?} adalah kata umum; jadikan lemah, dengan `near`, atau tulis bersama konteksnya",
                        en = "{form:?} is a common word; make it weak, with `near`, or write it with its context"
                    ),
                )
            }
            TokenKind::Emoji if keyword.kind != Kind::Gesture => (
                Severity::Warning,
                words!(
                    id = "emoji {form:?} sudah dihitung sendirian; jadikan lemah, dengan `near`",
                    en = "the emoji {form:?} is enough alone; make it weak, with `near`"
                ),
            ),
            _ => continue,
        };
        findings.push(finding(severity, keyword, what));
    }
}

/// Exceptions that can never except anything.
fn exceptions(keyword: &Keyword, findings: &mut Vec<Finding>) {
    if !keyword.patterns.is_empty() || keyword.kind == Kind::Account {
        return;
    }
    let forms: Vec<Vec<String>> = keyword.forms.iter().map(|form| words_of(form)).collect();
    for phrase in &keyword.except {
        let phrase_words = words_of(phrase);
        // Exceptions may overlap a form at one end only: one common word is enough.
        let touches = forms
            .iter()
            .any(|form| form.iter().any(|w| phrase_words.iter().any(|p| p == w || p.trim_start_matches('#') == w)));
        if !touches {
            findings.push(finding(
                Severity::Warning,
                keyword,
                words!(
                    id = "pengecualian {phrase:?} tidak memuat satu kata pun dari bentuk mana pun, jadi tidak pernah berlaku; perbaiki atau hapus",
                    en = "the exception {phrase:?} has no word of any form; it never applies"
                ),
            ));
        }
    }
}

pub(super) fn words_of(phrase: &str) -> Vec<String> {
    let haystack = Haystack::new(phrase);
    haystack.tokens().iter().map(|token| haystack.word(token).to_owned()).collect()
}

/// Whether capitals count, and the form's words.
type FormKey = (bool, Vec<String>);

/// Forms that stand in two keywords.
fn collisions(set: &KeywordSet, findings: &mut Vec<Finding>) {
    let mut seen: HashMap<FormKey, Vec<(&Keyword, &str)>> = HashMap::new();
    for keyword in set.keywords().iter().filter(|k| k.enabled && !silent(set, k) && k.kind != Kind::Allow) {
        for form in &keyword.forms {
            let exact = keyword.case == Some(Case::Exact)
                || keyword.case.is_none() && (2..=5).contains(&form.len()) && form.chars().all(char::is_uppercase);
            let key = if exact { vec![form.clone()] } else { words_of(form) };
            let others = seen.entry((exact, key)).or_default();
            for (other, other_form) in others.iter() {
                if let Some(collision) = collide(keyword, form, other, other_form) {
                    findings.push(collision);
                }
            }
            others.push((keyword, form));
        }
    }
}

fn collide(keyword: &Keyword, form: &str, other: &Keyword, other_form: &str) -> Option<Finding> {
    let at = format!("{}:{}", other.file, other.line);
    let (severity, what) = if keyword.id == other.id {
        (
            Severity::Warning,
            words!(
                id = "{form:?} dan {other_form:?} menjadi sama setelah dilipat; hapus salah satunya",
                en = "{form:?} and {other_form:?} are the same after folding; remove one"
            ),
        )
    } else if keyword.side.is_some() && other.side.is_some() && keyword.side != other.side {
        (
            Severity::Error,
            words!(
                id = "{form:?} juga menunjuk kontestan lain dalam `{twin}` ({at}); pakai untuk satu kontestan saja, atau tidak sama sekali",
                en = "{form:?} also stands for another side in `{twin}` ({at}); keep it for one, or for none",
                twin = other.id
            ),
        )
    } else if keyword.kind == Kind::Cue && other.kind == Kind::Cue && keyword.stance != other.stance {
        (
            Severity::Error,
            words!(
                id = "{form:?} berarti sebaliknya dalam `{twin}` ({at}); sisakan salah satunya",
                en = "{form:?} says the opposite in `{twin}` ({at}); keep one",
                twin = other.id
            ),
        )
    } else if keyword.kind == other.kind && keyword.side == other.side && keyword.number == other.number {
        (
            Severity::Warning,
            words!(
                id = "{form:?} juga ada dalam `{twin}` ({at}); sisakan di satu tempat saja",
                en = "{form:?} also stands in `{twin}` ({at}); keep it in one",
                twin = other.id
            ),
        )
    } else {
        return None;
    };
    Some(finding(severity, keyword, what))
}

/// Exceptions for everybody that hide a contestant's own name.
fn masks(set: &KeywordSet, findings: &mut Vec<Finding>) {
    let mut names: HashSet<Vec<String>> = HashSet::new();
    for keyword in
        set.keywords().iter().filter(|k| k.kind == Kind::Candidate && k.strength == Strength::Strong && k.enabled)
    {
        names.extend(keyword.forms.iter().map(|form| words_of(form)));
    }
    for keyword in set.keywords().iter().filter(|k| k.kind == Kind::Allow && k.enabled) {
        for form in &keyword.forms {
            if names.contains(&words_of(form)) {
                findings.push(finding(
                    Severity::Error,
                    keyword,
                    words!(
                        id = "{form:?} adalah nama kontestan: sebagai pengecualian, bentuk ini akan menutupi setiap penyebutannya; hapus bentuk ini",
                        en = "{form:?} is a contestant's name: as an exception it would hide every mention"
                    ),
                ));
            }
        }
    }
}

/// Every day of the set belongs to a stage.
fn calendar(set: &KeywordSet, findings: &mut Vec<Finding>) {
    let (Some((from, to)), Some(head)) = (set.valid(), set.sources().first().map(|(name, _)| name.clone())) else {
        return;
    };
    let mut add = |what: Words| {
        findings.push(Finding {
            severity: Severity::Warning,
            problem: Problem { file: head.clone(), line: 0, subject: None, what },
        });
    };
    if set.stages().is_empty() {
        return add(words!(
            id = "tidak ada `[[stage]]`: setiap indikasi akan tercatat `luar-tahapan`; tambahkan tahapannya",
            en = "no `[[stage]]`: every hit will be `luar-tahapan`"
        ));
    }
    let mut next = from;
    for stage in set.stages() {
        if stage.from > next {
            add(words!(
                id = "tidak ada tahapan dari {next} sampai sehari sebelum {day}: indikasi pada hari-hari itu akan tercatat `luar-tahapan`; lengkapi tahapannya",
                en = "no stage from {next} to the day before {day}: hits of those days will be `luar-tahapan`",
                day = stage.from
            ));
        }
        if stage.from < from || stage.to > to {
            add(words!(
                id = "tahapan `{stage}` sebagian berada di luar `valid_from`..`valid_to`, sedangkan daftar ini tidak berlaku di luar itu; sesuaikan tanggalnya",
                en = "the stage `{stage}` lies partly outside `valid_from`..`valid_to`, where the set says nothing",
                stage = stage.id
            ));
        }
        next = stage.to.tomorrow().unwrap_or(stage.to);
    }
    if next <= to {
        add(words!(
            id = "tidak ada tahapan dari {next} sampai {to}: indikasi pada hari-hari itu akan tercatat `luar-tahapan`; lengkapi tahapannya",
            en = "no stage from {next} to {to}: hits of those days will be `luar-tahapan`"
        ));
    }
}
