//! Covers who a person is in what a blind reader sees: their name, their handles and their NIP, wherever they stand.
//!
//! Pure: text and matches go in, the covered text and the matches at their new places come out. What names a contestant
//! stays readable even where the person bears the same name, because a reviewer could not decide without it; the person's
//! full name is covered even then.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use crate::model::{Activity, Kind, Match};
use crate::store::Identity;
use crate::text::{fold, is_common_word};

/// Stands for a covered run, whatever its length: a length would tell.
const COVER: &str = "▇▇▇";
/// Shorter parts of a name stand in too many other words.
const SHORTEST_PART: usize = 4;
/// Titles and particles that are nobody's name.
const TITLES: [&str; 12] =
    ["drs", "dra", "prof", "bapak", "binti", "haji", "hajah", "hajjah", "sarjana", "ibnu", "amd", "msi"];

/// What is covered for one person.
#[derive(Debug)]
pub struct Veil {
    identity: Identity,
    /// Folded words of which one stands in every text that anything is covered in. Few texts have any, and looking for them
    /// costs a thousandth of building the expressions.
    signs: Vec<String>,
    found: OnceLock<Patterns>,
}

/// What is looked for in a text that has one of the signs.
#[derive(Debug)]
struct Patterns {
    /// Full name, handles, NIP: always.
    whole: Option<Regex>,
    /// Parts of the name: except where a contestant is named.
    parts: Option<Regex>,
}

/// The words of a name, without the titles after it.
fn names(identity: &Identity) -> Vec<&str> {
    let bare = identity.name.split(',').next().unwrap_or_default().trim();
    bare.split_whitespace().collect()
}

/// A handle without its sign, and the part of it that people type: `siti.rahayu` of `siti.rahayu@masto.example` or
/// `siti.bsky.social`.
fn handle_forms(handle: &str) -> (&str, &str) {
    let handle = handle.trim_start_matches('@');
    let short = handle.split(['@', '/']).next().unwrap_or(handle);
    (handle, short.strip_suffix(".bsky.social").unwrap_or(short))
}

/// Whether a word of a name tells the person by itself.
fn is_covered_alone(name: &str) -> bool {
    let plain = fold(name.trim_end_matches('.')).text;
    is_long_enough(&plain) && !TITLES.contains(&&*plain)
}

/// A name's first letter as a capital, and the rest.
fn capital(name: &str) -> (String, String) {
    let first: String = name.chars().take(1).collect();
    (first.to_uppercase(), name.chars().skip(1).collect())
}

fn is_long_enough(text: &str) -> bool {
    text.chars().count() >= SHORTEST_PART
}

impl Veil {
    /// The veil for a person.
    #[must_use]
    pub fn new(identity: &Identity) -> Self {
        let names = names(identity);
        let mut signs: Vec<String> = Vec::new();
        let mut sign = |text: &str| signs.push(folded(text).into_owned());
        // The full name begins with its first word.
        if let [first, _, ..] = names.as_slice() {
            sign(first);
        }
        for (first, rest) in names.iter().filter(|name| is_covered_alone(name)).map(|name| capital(name)) {
            sign(&format!("{first}{rest}"));
        }
        if let Some(nip) = &identity.nip {
            sign(nip);
        }
        for handle in &identity.handles {
            let (handle, short) = handle_forms(handle);
            sign(handle);
            if is_long_enough(short) {
                sign(short);
            }
        }
        Self { identity: identity.clone(), signs, found: OnceLock::new() }
    }

    /// Whether anything may have to be covered here; never no where there is something.
    fn concerns(&self, text: &str) -> bool {
        let text = folded(text);
        self.signs.iter().any(|sign| text.contains(sign.as_str()))
    }

    fn patterns(&self) -> &Patterns {
        self.found.get_or_init(|| Patterns::new(&self.identity))
    }

    /// Where the covered runs begin and end, in order and apart.
    fn runs(&self, text: &str, spare: &[(usize, usize)]) -> Vec<(usize, usize)> {
        if !self.concerns(text) {
            return Vec::new();
        }
        let patterns = self.patterns();
        let find = |regex: &Option<Regex>| -> Vec<(usize, usize)> {
            regex.iter().flat_map(|r| r.find_iter(text)).map(|m| (m.start(), m.end())).collect()
        };
        let mut runs = find(&patterns.whole);
        let spared = |run: &(usize, usize)| spare.iter().any(|s| s.0 < run.1 && run.0 < s.1);
        runs.extend(find(&patterns.parts).into_iter().filter(|run| !spared(run)));
        runs.sort_unstable();
        let mut apart: Vec<(usize, usize)> = Vec::new();
        for run in runs {
            match apart.last_mut() {
                Some(last) if run.0 <= last.1 => last.1 = last.1.max(run.1),
                _ => apart.push(run),
            }
        }
        apart
    }

    /// The text as a blind reader sees it.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let runs = self.runs(text, &[]);
        if runs.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(covered(text, &runs)) }
    }

    /// A field and the matches in it as a blind reader sees them.
    #[must_use]
    pub fn field(&self, text: &str, matches: &[Match]) -> (String, Vec<Match>) {
        let named = matches.iter().filter(|m| !matches!(m.kind, Kind::Cue | Kind::Allow)).map(|m| (m.start, m.end));
        let runs = self.runs(text, &named.collect::<Vec<_>>());
        let out = covered(text, &runs);
        let matches = matches.iter().map(|m| {
            let (start, end) = (moved(&runs, m.start, false), moved(&runs, m.end, true));
            Match { start, end, surface: out.get(start..end).unwrap_or_default().to_owned(), ..m.clone() }
        });
        (out.clone(), matches.collect())
    }

    /// An activity and its matches as a blind reader sees them: no address leads to the person.
    #[must_use]
    pub fn activity(&self, activity: &Activity, matches: &[Match]) -> (Activity, Vec<Match>) {
        let mut seen = activity.clone();
        let mut out = Vec::with_capacity(matches.len());
        let mut cover = |path: String, text: &mut String| {
            let here: Vec<Match> = matches.iter().filter(|m| m.field == path).cloned().collect();
            let (covered, moved) = self.field(text, &here);
            *text = covered;
            out.extend(moved);
        };
        cover("text".to_owned(), &mut seen.text);
        for (i, media) in seen.media.iter_mut().enumerate() {
            media.url = None;
            if let Some(alt) = &mut media.alt {
                cover(format!("media[{i}].alt"), alt);
            }
            if let Some(ocr) = &mut media.ocr {
                cover(format!("media[{i}].ocr"), ocr);
            }
        }
        if let Some(target) = &mut seen.target {
            target.url = None;
            if let Some(text) = &mut target.text {
                cover("target.text".to_owned(), text);
            }
            if let Some(handle) = &mut target.handle {
                cover("target.handle".to_owned(), handle);
            }
        }
        for (i, tag) in seen.hashtags.iter_mut().enumerate() {
            cover(format!("hashtags[{i}]"), tag);
        }
        for (i, handle) in seen.mentions.iter_mut().enumerate() {
            cover(format!("mentions[{i}]"), handle);
        }
        seen.url = None;
        (seen, out)
    }
}

impl Patterns {
    fn new(identity: &Identity) -> Self {
        let names = names(identity);
        let mut whole = Vec::new();
        if names.len() > 1 {
            whole
                .push(format!(r"\b{}\b", names.iter().map(|n| regex::escape(n)).collect::<Vec<_>>().join(r"[\s._-]*")));
        }
        whole.extend(identity.nip.as_deref().map(regex::escape));
        for handle in &identity.handles {
            let (handle, short) = handle_forms(handle);
            whole.push(format!("@?{}", regex::escape(handle)));
            if is_long_enough(short) {
                whole.push(format!("@?{}", regex::escape(short)));
            }
        }
        let parts = names.iter().filter(|name| is_covered_alone(name));
        // `Cahaya` may be a person where `cahaya` is the light: an everyday word is covered only with its capital.
        let part = |name: &str| {
            let (first, rest) = capital(name);
            let (first, rest) = (regex::escape(&first), regex::escape(&rest));
            if is_common_word(&fold(name).text) {
                format!(r"\b(?-i:{first})(?i:{rest})\b")
            } else {
                format!(r"\b{first}{rest}\b")
            }
        };
        let parts: Vec<_> = parts.map(|n| part(n)).collect();
        // The longer alternative first: a short handle must not leave the rest of a long one readable.
        whole.sort_by_key(|w| std::cmp::Reverse(w.len()));
        Self { whole: any(&whole), parts: any(&parts) }
    }
}

/// Case folded as far as the expressions below see no difference, and further.
fn folded(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return Cow::Owned(caseless::default_case_fold_str(text));
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    Cow::Borrowed(text)
}

/// Whichever of these comes first; none where there is nothing to look for.
fn any(patterns: &[String]) -> Option<Regex> {
    if patterns.is_empty() {
        return None;
    }
    // Every pattern is escaped text between fixed signs: it compiles, however long a name is.
    RegexBuilder::new(&patterns.join("|")).case_insensitive(true).size_limit(4 << 20).build().ok()
}

fn covered(text: &str, runs: &[(usize, usize)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for &(start, end) in runs {
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(COVER);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Where a byte stands after covering: inside a run, at the cover's beginning or end.
fn moved(runs: &[(usize, usize)], at: usize, end: bool) -> usize {
    let (mut gone, mut come) = (0, 0);
    for &(from, to) in runs.iter().take_while(|run| run.0 < at) {
        if at < to {
            return from - gone + come + if end { COVER.len() } else { 0 };
        }
        (gone, come) = (gone + to - from, come + COVER.len());
    }
    at - gone + come
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity(name: &str, handles: &[&str]) -> Identity {
        Identity {
            name: name.to_owned(),
            nip: Some("198501012010011001".to_owned()),
            handles: handles.iter().map(|h| (*h).to_owned()).collect(),
        }
    }

    fn found(keyword: &str, kind: Kind, text: &str, surface: &str) -> Match {
        let start = text.find(surface).unwrap();
        Match {
            keyword: keyword.into(),
            kind,
            field: "text".into(),
            start,
            end: start + surface.len(),
            surface: surface.to_owned(),
        }
    }

    #[test]
    fn name_handles_and_nip_are_covered_however_they_are_written() {
        let veil = Veil::new(&identity("Siti Rahayu, S.Pd.", &["@siti.rahayu.bsky.social", "rahayu_s@masto.example"]));
        for text in [
            "Salam dari Siti Rahayu",
            "SITI RAHAYU hadir",
            "oleh siti_rahayu",
            "cek https://bsky.app/profile/siti.rahayu.bsky.social/post/1",
            "cc @rahayu_s@masto.example",
            "rahayu_s di sini",
            "NIP 198501012010011001",
            "Bu Rahayu berkata",
        ] {
            let seen = veil.text(text).to_ascii_lowercase();
            assert!(seen.contains(COVER), "{seen}");
            assert!(!seen.contains("rahayu") && !seen.contains("198501"), "{seen}");
        }
        assert_eq!(veil.text("situs web ramai"), "situs web ramai");
        let light = Veil::new(&identity("Cahaya Orang", &[]));
        assert_eq!(light.text("orang dan cahaya, kata Cahaya"), format!("orang dan cahaya, kata {COVER}"));
    }

    #[test]
    fn a_contestant_of_the_same_name_stays_readable_and_marks_move_along() {
        let veil = Veil::new(&identity("Ganjar Santosa", &["ganjarsantosa"]));
        let text = "Ganjar Santosa: ayo pilih Ganjar, kata Santosa";
        let name = found("nama", Kind::Candidate, text, "Ganjar,");
        let name = Match { end: name.end - 1, start: name.start, surface: "Ganjar".to_owned(), ..name };
        let cue = found("ajakan", Kind::Cue, text, "ayo pilih");
        let (seen, matches) = veil.field(text, &[cue, name]);
        assert_eq!(seen, format!("{COVER}: ayo pilih Ganjar, kata {COVER}"));
        let surfaces: Vec<_> = matches.iter().map(|m| seen.get(m.start..m.end).unwrap()).collect();
        assert_eq!(surfaces, ["ayo pilih", "Ganjar"]);
    }

    proptest! {
        #[test]
        fn what_the_expressions_find_is_never_passed_over(text in "[a-zA-Z ıİſKßẞǅéÉ@._-]{0,8}(SITI|siti|Sıti|ſiti|İrfan|ırfan|irfan|Raẞa|raßa|RASSA|é.b)[a-z ._-]{0,2}(Rahayu|rahayu|aﬃn|AFFIN)?[a-z@]{0,4}") {
            for name in ["Siti Rahayu", "ırfan", "İrfan Éb", "Raßa aﬃn", "Ka"] {
                let veil = Veil::new(&identity(name, &["@é.b", "ſiti.r@x.example"]));
                let patterns = veil.patterns();
                let found = [&patterns.whole, &patterns.parts].into_iter().flatten().any(|p| p.is_match(&text));
                prop_assert!(!found || veil.concerns(&text), "{} in {:?}", name, text);
            }
        }

        #[test]
        fn marks_stay_inside_the_text(text in "[a-z Sé@._\u{1F600}]{0,40}", from in 0usize..40, to in 0usize..40) {
            let veil = Veil::new(&identity("Saa Beel", &["sa.be", "aaaa"]));
            let edges: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let (a, b) = (edges[from % edges.len()], edges[to % edges.len()]);
            let (start, end) = (a.min(b), a.max(b));
            let m = Match { keyword: "k".into(), kind: Kind::Cue, field: "text".into(), start, end, surface: text.get(start..end).unwrap().to_owned() };
            let (seen, matches) = veil.field(&text, &[m]);
            prop_assert!(seen.get(matches[0].start..matches[0].end).is_some());
        }
    }
}
