//! Whether a set looks at every side alike: coverage, counterparts, and names that are too near to each other.

use std::collections::{BTreeMap, HashMap};

use super::check::{Finding, Severity, finding, words_of};
use super::near::{MIN_NAME, is_plain, one_apart};
use crate::keyword::{Case, Keyword, KeywordSet, Problem, Strength};
use crate::model::{Kind, Stance, Words, words};
use crate::text::{Haystack, Token, TokenKind, is_common_name};

/// One side may have so many times the forms of another before it is called uneven.
const UNEVEN: usize = 3;

/// A keyword and its counterpart on another side.
///
/// They have the same kind, strength, case, neighbours and stance, and forms that differ in nothing but the names: swapping
/// one for the other in a text must give the mirrored hit (P13).
#[derive(Clone, Copy, Debug)]
pub struct Twins<'a> {
    /// A keyword of the first side, and its form.
    pub one: (&'a Keyword, &'a str),
    /// Its counterpart on the second side.
    pub other: (&'a Keyword, &'a str),
}

/// What must be equal in twins; names may differ, other words may not.
type Sort = (Kind, Strength, Option<Case>, Option<(Vec<Kind>, u16)>, Option<Stance>, Vec<(TokenKind, String)>);

/// Words of forms, each with the side that alone has it; `None` where several do, or a cue: those are no names.
type Owners<'a> = HashMap<String, Option<Owner<'a>>>;

/// Whose a word is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Owner<'a> {
    side: &'a str,
    /// It stands in a contestant's name or number, not only in a slogan.
    name: bool,
}

fn owners(set: &KeywordSet) -> Owners<'_> {
    let mut owners: Owners<'_> = HashMap::new();
    for keyword in set.keywords().iter().filter(|k| k.enabled) {
        let name = matches!(keyword.kind, Kind::Candidate | Kind::Number);
        let owner = keyword.side.as_deref().map(|side| Owner { side, name });
        for word in keyword.forms.iter().flat_map(|form| words_of(form)) {
            owners.entry(word).and_modify(|known| *known = same_side(*known, owner)).or_insert(owner);
        }
    }
    owners
}

fn same_side<'a>(known: Option<Owner<'a>>, owner: Option<Owner<'a>>) -> Option<Owner<'a>> {
    let (known, owner) = (known?, owner?);
    (known.side == owner.side).then_some(Owner { side: known.side, name: known.name || owner.name })
}

fn sort(keyword: &Keyword, form: &str, owners: &Owners<'_>) -> Sort {
    let haystack = Haystack::new(form);
    let owned = |word: &str| owners.get(word).is_some_and(Option::is_some);
    let word = |token: &Token| {
        let written = haystack.word(token);
        let rest = match token.kind {
            TokenKind::Hashtag => without_names(written, owners),
            _ if owned(written) => String::new(),
            _ => written.to_owned(),
        };
        // How it is joined to the one before: `A-B` is not `A dan B`.
        let joined = haystack.folded().get(..token.start()).and_then(|t| t.chars().next_back()).unwrap_or(' ');
        (token.kind, format!("{joined}{rest}"))
    };
    let near = keyword.near.as_ref().map(|near| (near.kinds.clone(), near.within));
    // Capitals count where the form is an acronym, too.
    let exact = form.chars().all(char::is_uppercase) && (2..=5).contains(&form.chars().count());
    let case = keyword.case.or(exact.then_some(Case::Exact));
    (keyword.kind, keyword.strength, case, near, keyword.stance, haystack.tokens().iter().map(word).collect())
}

/// A hashtag with a star for each name and a percent sign for each number of a side in it.
fn without_names(tag: &str, owners: &Owners<'_>) -> String {
    let names = owners.iter().filter(|(word, owner)| owner.is_some_and(|o| o.name) && tag.contains(word.as_str()));
    // Longer words are themselves written together.
    let mut inside: Vec<&String> =
        names.map(|(word, _)| word).filter(|word| (2..=MAX_NAME).contains(&word.len())).collect();
    inside.retain(|word| word.bytes().all(|b| b.is_ascii_alphanumeric()));
    inside.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    let sign = |word: &str| if word.bytes().all(|b| b.is_ascii_digit()) { "%" } else { "*" };
    inside.iter().fold(tag.to_owned(), |tag, word| tag.replace(word.as_str(), sign(word)))
}

/// One word of a name is not longer.
const MAX_NAME: usize = 10;

/// Pairs each form of one side with one of another that is of the same sort, in the order of the lists; and the keywords of
/// both that have no form with a counterpart.
#[must_use]
pub fn twins<'a>(set: &'a KeywordSet, one: &str, other: &str) -> (Vec<Twins<'a>>, Vec<&'a Keyword>) {
    let of = |side: &str| -> Vec<&'a Keyword> {
        set.keywords().iter().filter(|k| k.enabled && k.side.as_deref() == Some(side)).collect()
    };
    let (here, there, owners) = (of(one), of(other), owners(set));
    let mut open: HashMap<Sort, Vec<(&Keyword, &str, usize)>> = HashMap::new();
    for keyword in &there {
        for (at, form) in keyword.forms.iter().enumerate() {
            open.entry(sort(keyword, form, &owners)).or_default().push((keyword, form, at));
        }
    }
    let mut pairs = Vec::new();
    for keyword in &here {
        for (at, form) in keyword.forms.iter().enumerate() {
            let Some(left) = open.get_mut(&sort(keyword, form, &owners)).filter(|left| !left.is_empty()) else {
                continue;
            };
            // Lists are written in the same order for every side.
            let same_place = left.iter().position(|(_, _, place)| *place == at).unwrap_or(0);
            let (twin, twin_form, _) = left.remove(same_place);
            pairs.push(Twins { one: (keyword, form), other: (twin, twin_form) });
        }
    }
    let paired =
        |keyword: &&&Keyword| !pairs.iter().any(|pair| pair.one.0.id == keyword.id || pair.other.0.id == keyword.id);
    let alone = here.iter().chain(&there).filter(paired).copied().collect();
    (pairs, alone)
}

/// Sides of unequal depth, keywords without a counterpart, and rivals with names one letter apart.
pub(super) fn fairness(set: &KeywordSet, findings: &mut Vec<Finding>) {
    coverage(set, findings);
    without_twin(set, findings);
    rivals(set, findings);
    given_names(set, findings);
}

fn of_set(set: &KeywordSet, what: Words) -> Finding {
    let file = set.sources().first().map(|(name, _)| name.clone()).unwrap_or_default();
    Finding { severity: Severity::Warning, problem: Problem { file, line: 0, subject: None, what } }
}

/// Every side is looked for with the same care: forms by kind, tags, accounts, examples.
fn coverage(set: &KeywordSet, findings: &mut Vec<Finding>) {
    let mut counts: BTreeMap<Words, BTreeMap<&str, usize>> = BTreeMap::new();
    let sided = set.keywords().iter().filter(|k| k.enabled).filter_map(|k| Some((k, k.side.as_deref()?)));
    for (keyword, side) in sided {
        let forms = keyword.forms.len() + keyword.patterns.len() + keyword.accounts.len();
        let examples = keyword.examples.matching.len() + keyword.examples.no_match.len();
        let of_kind = words!(id = "bentuk berjenis {kind}", en = "forms of kind {kind}", kind = keyword.kind);
        for (what, count) in [(of_kind, forms), (words!(id = "contoh", en = "examples"), examples)] {
            *counts.entry(what).or_default().entry(side).or_default() += count;
        }
    }
    for (what, by_side) in &counts {
        let of = |side: &str| by_side.get(side).copied().unwrap_or(0);
        let most = set.sides().iter().max_by_key(|s| of(&s.id));
        let least = set.sides().iter().min_by_key(|s| of(&s.id));
        let (Some(most), Some(least)) = (most, least) else { return };
        let (much, little) = (of(&most.id), of(&least.id));
        if little * UNEVEN < much {
            let (most, least, Words { id, en }) = (&most.id, &least.id, what);
            let what = Words::new(
                format!(
                    "tidak seimbang: `{most}` mempunyai {much} {id}, `{least}` {little}; cari keduanya dengan ketelitian yang sama"
                ),
                format!("uneven: `{most}` has {much} {en}, `{least}` has {little}; look for both with the same care"),
            );
            findings.push(of_set(set, what));
        }
    }
}

/// Keywords that no keyword of the first side mirrors, one finding a side.
fn without_twin(set: &KeywordSet, findings: &mut Vec<Finding>) {
    let Some((first, others)) = set.sides().split_first() else { return };
    for other in others {
        let (_, alone) = twins(set, &first.id, &other.id);
        // Accounts are found by handle and platform: there is nothing to swap.
        let ids: Vec<&str> = alone.iter().filter(|k| k.kind != Kind::Account).map(|k| k.id.as_str()).collect();
        if !ids.is_empty() {
            let what = words!(
                id = "tidak ada padanan dengan jenis dan kekuatan yang sama antara `{one}` dan `{other}`: {ids}; tambahkan padanannya, atau jelaskan dalam `note` mengapa tidak ada",
                en = "no counterpart of the same kind and strength between `{one}` and `{other}`: {ids}; add one, or say in its note why not",
                one = first.id,
                other = other.id,
                ids = ids.join(", ")
            );
            findings.push(of_set(set, what));
        }
    }
}

/// Words of contestants' names, with the keyword that has them.
fn name_words(set: &KeywordSet) -> Vec<(String, &Keyword)> {
    let names = set.keywords().iter().filter(|k| k.enabled && k.kind == Kind::Candidate && k.side.is_some());
    let owners = owners(set);
    let mut found: Vec<(String, &Keyword)> = Vec::new();
    for keyword in names {
        for word in keyword.forms.iter().flat_map(|form| words_of(form)) {
            let owned = owners.get(&word).is_some_and(Option::is_some);
            if owned && is_plain(&word) && word.len() >= MIN_NAME {
                found.push((word, keyword));
            }
        }
    }
    found.sort_by(|a, b| (&a.0, &a.1.side).cmp(&(&b.0, &b.1.side)));
    found.dedup_by(|a, b| a.0 == b.0 && a.1.side == b.1.side);
    found
}

/// Names of two sides one letter apart: what lies between them is given to neither.
fn rivals(set: &KeywordSet, findings: &mut Vec<Finding>) {
    let names = name_words(set);
    // Words that share what is left without one letter; only those need a closer look.
    let mut near: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, (word, _)) in names.iter().enumerate() {
        near.entry(word.clone()).or_default().push(at);
        for left_out in 1..word.len() {
            let short: String = word.char_indices().filter(|(i, _)| *i != left_out).map(|(_, c)| c).collect();
            near.entry(short).or_default().push(at);
        }
    }
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for alike in near.values() {
        for (i, one) in alike.iter().enumerate() {
            pairs.extend(alike.iter().skip(i + 1).map(|other| (*one.min(other), *one.max(other))));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    for (one, other) in pairs {
        let (Some((a, here)), Some((b, there))) = (names.get(one), names.get(other)) else { continue };
        if here.side != there.side && one_apart(a, b) {
            findings.push(finding(
                Severity::Warning,
                here,
                words!(
                    id = "{a:?} hanya berbeda satu huruf dari {b:?} milik kontestan lain (`{rival}`, {file}:{line}); salah eja di antara keduanya tidak dihitung untuk siapa pun, jadi tulis salah eja yang lazim sebagai bentuk",
                    en = "{a:?} is one letter from {b:?} of another side (`{rival}`, {file}:{line}); a misspelling between them counts for neither, so write the usual ones out as forms",
                    rival = there.id,
                    file = there.file,
                    line = there.line
                ),
            ));
        }
    }
}

/// Given names that are enough alone.
fn given_names(set: &KeywordSet, findings: &mut Vec<Finding>) {
    let strong =
        set.keywords().iter().filter(|k| k.enabled && k.kind == Kind::Candidate && k.strength == Strength::Strong);
    for keyword in strong {
        for form in &keyword.forms {
            let [word] = words_of(form).try_into().unwrap_or_else(|_| [String::new()]);
            if is_common_name(&word) {
                findings.push(finding(
                    Severity::Warning,
                    keyword,
                    words!(
                        id = "{form:?} adalah nama depan yang juga dimiliki rekan kerja; jadikan lemah, dengan `near`",
                        en = "{form:?} is a given name that colleagues bear, too; make it weak, with `near`"
                    ),
                ));
            }
        }
    }
}
