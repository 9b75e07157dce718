//! An activity's fields as they go on a page: text in segments, hidden characters named, matches numbered.

use super::highlight::{self, Piece};
use super::i18n::Text;
use crate::model::{Activity, Match};
use crate::text::{Gloss, fold, glosses};

/// The mark on a segment.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Style: `m-candidate`, `m-cue` … and `m-many` where matches overlap.
    pub class: String,
    /// Keyword, kind and rule, for the tooltip.
    pub title: String,
    /// Numbers of the matches that begin here, as in the list below the text.
    pub numbers: String,
    /// Ids of the list's entries for everything that covers the segment.
    pub described_by: String,
}

/// A segment ready for the page.
#[derive(Clone, Debug)]
pub struct Span {
    /// What to show.
    pub pieces: Vec<Piece>,
    /// Set where something matched.
    pub mark: Option<Mark>,
}

/// One field of an activity.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in words.
    pub label: String,
    /// Its text.
    pub spans: Vec<Span>,
    /// Slang in it, each word once, with the standard words.
    pub slang: Vec<(String, &'static str)>,
}

impl Field {
    /// How many words are explained.
    #[must_use]
    pub fn words(&self) -> i64 {
        i64::try_from(self.slang.len()).unwrap_or(i64::MAX)
    }
}

/// One entry of the list of matches.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number at the mark.
    pub number: usize,
    /// Target of the marks' descriptions.
    pub id: String,
    /// What stands in the text.
    pub surface: Vec<Piece>,
    /// Id of the keyword.
    pub keyword: String,
    /// Its kind, in words.
    pub kind: String,
    /// The field, in words.
    pub field: String,
    /// What people last said of the keyword's hits; empty where nobody has.
    pub latest: String,
}

/// Every non-empty field, in reading order, with its path as in [`Match::field`].
pub fn of(activity: &Activity) -> Vec<(String, &str)> {
    let mut out = vec![("text".to_owned(), activity.text.as_str())];
    for (i, media) in activity.media.iter().enumerate() {
        out.push((format!("media[{i}].alt"), media.alt.as_deref().unwrap_or_default()));
        out.push((format!("media[{i}].ocr"), media.ocr.as_deref().unwrap_or_default()));
    }
    if let Some(target) = &activity.target {
        out.push(("target.text".to_owned(), target.text.as_deref().unwrap_or_default()));
        out.push(("target.handle".to_owned(), target.handle.as_deref().unwrap_or_default()));
    }
    out.extend(activity.hashtags.iter().enumerate().map(|(i, tag)| (format!("hashtags[{i}]"), tag.as_str())));
    out.extend(activity.mentions.iter().enumerate().map(|(i, handle)| (format!("mentions[{i}]"), handle.as_str())));
    out.retain(|(_, text)| !text.is_empty());
    out
}

/// A field's path in words: "Teks alternatif gambar 2".
pub fn label(path: &str, t: Text) -> String {
    let number = path.split(['[', ']']).nth(1).and_then(|n| n.parse::<usize>().ok()).map_or(1, |n| n.saturating_add(1));
    match path {
        "text" => t.s("field-text"),
        "target.text" => t.s("field-target-text"),
        "target.handle" => t.s("field-target-handle"),
        p if p.starts_with("hashtags[") => t.x("field-hashtag", number),
        p if p.starts_with("mentions[") => t.x("field-mention", number),
        p if p.ends_with(".alt") => t.x("field-alt", number),
        p if p.ends_with(".ocr") => t.x("field-ocr", number),
        other => other.to_owned(),
    }
}

/// How marks are explained.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The rule.
    pub clause: &'a str,
    /// The keywords' ids are left out: they tell the side.
    pub blind: bool,
}

impl Look<'_> {
    fn title(self, m: &Match, t: Text) -> String {
        let kind = t.kind(m.kind);
        if self.blind { format!("{kind}, {}", self.clause) } else { format!("{} ({kind}, {})", m.keyword, self.clause) }
    }
}

/// Fields and list of matches of one hit. `prefix` keeps ids apart where a page shows several hits.
pub fn marked(
    activity: &Activity,
    matches: &[Match],
    look: Look<'_>,
    prefix: &str,
    t: Text,
) -> (Vec<Field>, Vec<Entry>) {
    let mut entries = Vec::new();
    let mut fields = Vec::new();
    for (path, text) in of(activity) {
        let mut here: Vec<Match> = matches.iter().filter(|m| m.field == path).cloned().collect();
        here.sort_by_key(|m| (m.start, std::cmp::Reverse(m.end)));
        let first = entries.len() + 1;
        let label = label(&path, t);
        for (i, m) in here.iter().enumerate() {
            let number = first + i;
            entries.push(Entry {
                number,
                id: format!("{prefix}-{number}"),
                surface: highlight::pieces(&m.surface),
                keyword: m.keyword.to_string(),
                kind: t.kind(m.kind),
                field: label.clone(),
                latest: String::new(),
            });
        }
        let slang = glosses(text);
        let spans = spans(text, &here, (first, &slang), look, prefix, t);
        fields.push(Field { label, spans, slang: once(text, &slang) });
    }
    (fields, entries)
}

/// Each word once, in order of its first place.
fn once(text: &str, slang: &[Gloss]) -> Vec<(String, &'static str)> {
    let mut out: Vec<(String, &'static str)> = Vec::new();
    for gloss in slang {
        let word = text.get(gloss.start..gloss.end).unwrap_or_default();
        let word = fold(word).text;
        if !out.iter().any(|(known, _)| *known == word) {
            out.push((word, gloss.meaning));
        }
    }
    out
}

fn spans(
    text: &str,
    matches: &[Match],
    (first, slang): (usize, &[Gloss]),
    look: Look<'_>,
    prefix: &str,
    t: Text,
) -> Vec<Span> {
    let mut at = 0;
    highlight::segments(text, matches)
        .into_iter()
        .map(|segment| {
            let start = at;
            at += segment.text.len();
            let covering = || segment.marks.iter().filter_map(|&i| matches.get(i).map(|m| (first + i, m)));
            let join = |parts: Vec<String>, by: &str| parts.join(by);
            let mark = covering().next().map(|(_, top)| Mark {
                class: format!("m-{}{}", top.kind, if segment.marks.len() > 1 { " m-many" } else { "" }),
                title: join(covering().map(|(_, m)| look.title(m, t)).collect(), "; "),
                numbers: join(covering().filter(|(_, m)| m.start == start).map(|(n, _)| n.to_string()).collect(), ","),
                described_by: join(covering().map(|(n, _)| format!("{prefix}-{n}")).collect(), " "),
            });
            Span { pieces: highlight::explained(segment.text, start, slang), mark }
        })
        .collect()
}

/// A short excerpt of a field around its first match.
pub struct Excerpt<'a> {
    /// Text was left out before it.
    pub before: bool,
    /// The excerpt.
    pub text: &'a str,
    /// The matches in it, at their places there.
    pub matches: Vec<Match>,
    /// Text was left out after it.
    pub after: bool,
}

impl<'a> Excerpt<'a> {
    /// At most about 180 characters.
    pub fn of(text: &'a str, matches: &[Match]) -> Self {
        const LENGTH: usize = 180;
        let (start, end) = highlight::window(text, matches, LENGTH);
        Self {
            before: start > 0,
            text: text.get(start..end).unwrap_or_default(),
            matches: highlight::moved(matches, start, end),
            after: end < text.len(),
        }
    }
}

/// An excerpt for the queue's page. The flags say whether text was left out before and after.
pub fn excerpt(text: &str, matches: &[Match], look: Look<'_>, t: Text) -> (bool, Vec<Span>, bool) {
    let excerpt = Excerpt::of(text, matches);
    let mut shown = spans(excerpt.text, &excerpt.matches, (1, &[]), look, "q", t);
    for mark in shown.iter_mut().filter_map(|s| s.mark.as_mut()) {
        // The queue has no list to point to.
        mark.numbers.clear();
        mark.described_by.clear();
    }
    (excerpt.before, shown, excerpt.after)
}
