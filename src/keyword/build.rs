//! From files as written to a set: every rule of the format, each broken one named with file and line.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::value::Datetime;

use super::circular::Circular;
use super::error::{KeywordError, LineIndex, Problem};
use super::file::{RawFile, RawKeyword};
use super::fingerprint::fingerprint;
use super::set::{Keyword, KeywordSet, Side, Stage, Strength};
use crate::model::{Kind, Words, words};
use crate::text::{Haystack, fold};

/// The time zone of sets that name none.
const DEFAULT_TIMEZONE: &str = "Asia/Jakarta";

/// One file of a closure, parsed.
pub(super) struct Loaded {
    pub file: String,
    pub text: String,
    pub raw: RawFile,
}

/// Collects problems of one file.
struct Report<'a> {
    file: &'a str,
    lines: LineIndex,
    problems: Vec<Problem>,
}

impl<'a> Report<'a> {
    fn of(loaded: &'a Loaded) -> Self {
        Self { file: &loaded.file, lines: LineIndex::new(&loaded.text), problems: Vec::new() }
    }

    fn add(&mut self, offset: usize, subject: &str, what: Words) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line: self.lines.line_of(offset),
            subject: (!subject.is_empty()).then(|| subject.to_owned()),
            what,
        });
    }
}

/// Builds a set from its closure: `closure[0]` is the set itself, the others what it extends, in order of first mention.
pub(super) fn build(
    closure: &[Loaded],
    circular: Option<(Circular, String, String)>,
) -> Result<KeywordSet, KeywordError> {
    let mut problems = Vec::new();
    let sides = sides(closure, &mut problems);
    let keywords = keywords(closure, &sides, &mut problems);
    let Some(main) = closure.first() else {
        let what = words!(id = "tidak ada berkas kata kunci yang diberikan", en = "no keyword file given");
        return Err(KeywordError::one("", 0, None, what));
    };
    let mut report = Report::of(main);
    let stages = stages(main, &mut report);
    let head = head(main, &sides, &mut report);
    problems.append(&mut report.problems);
    if !problems.is_empty() {
        return Err(KeywordError::Invalid(problems));
    }
    let mut sources: Vec<(String, String)> = closure.iter().map(|l| (l.file.clone(), l.text.clone())).collect();
    let circular = circular.map(|(circular, name, text)| {
        sources.push((name, text));
        Arc::new(circular)
    });
    let set = main.raw.set.get_ref();
    let mut built = KeywordSet {
        id: set.id.clone(),
        title: set.title.clone(),
        region: set.region.clone().unwrap_or_default(),
        valid: head.valid,
        timezone: head.timezone,
        timezone_name: head.timezone_name,
        stages,
        sides,
        keywords,
        circular,
        extends: set.extends.clone(),
        sources,
        fingerprint: String::new(),
    };
    built.fingerprint = fingerprint(&built).map_err(|e| {
        let what = words!(id = "sidik jari daftar ini tidak dapat dihitung: {e}", en = "{e}");
        KeywordError::one(&main.file, 0, None, what)
    })?;
    Ok(built)
}

/// Every keyword of the closure; ids are unique in all of it.
fn keywords(closure: &[Loaded], sides: &[Side], problems: &mut Vec<Problem>) -> Vec<Keyword> {
    let mut keywords: Vec<Keyword> = Vec::new();
    let mut first_seen: HashMap<String, (String, usize)> = HashMap::new();
    for (depth, loaded) in closure.iter().enumerate() {
        let mut report = Report::of(loaded);
        if depth > 0 && !loaded.raw.sides.is_empty() {
            let what = words!(
                id = "daftar yang disebut dalam `extends` tidak boleh memuat `[[side]]`; kontestan hanya ditulis dalam berkas pemilihannya sendiri",
                en = "a set that is extended can't have `[[side]]`; only the election's own file names its sides"
            );
            report.add(0, "", what);
        }
        for spanned in &loaded.raw.keywords {
            let (offset, raw) = (spanned.span().start, spanned.get_ref());
            if let Some((file, line)) = first_seen.get(&raw.id) {
                let what = words!(
                    id = "id ini sudah dipakai di {file}:{line}; setiap id hanya boleh dipakai sekali dalam sebuah daftar dan semua daftar pada `extends`-nya",
                    en = "this id is already used at {file}:{line}; ids are unique in a set and all it extends"
                );
                report.add(offset, &raw.id, what);
                continue;
            }
            first_seen.insert(raw.id.clone(), (loaded.file.clone(), report.lines.line_of(offset)));
            if let Some(keyword) = keyword(raw, offset, sides, &mut report) {
                keywords.push(keyword);
            }
        }
        problems.append(&mut report.problems);
    }
    keywords
}

struct Head {
    valid: Option<(Date, Date)>,
    timezone: TimeZone,
    timezone_name: String,
}

fn head(main: &Loaded, sides: &[Side], report: &mut Report<'_>) -> Head {
    let (offset, set) = (main.raw.set.span().start, main.raw.set.get_ref());
    let mut add = |what| report.add(offset, &set.id, what);
    if set.id.is_empty() || !set.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        add(words!(
            id = "`id` daftar hanya boleh memuat huruf kecil, angka dan tanda hubung",
            en = "the set's `id` may only have lower-case letters, digits and hyphens"
        ));
    }
    let valid = match (&set.valid_from, &set.valid_to) {
        (Some(from), Some(to)) => match (date(from), date(to)) {
            (Some(from), Some(to)) if from <= to => Some((from, to)),
            (Some(_), Some(_)) => {
                add(words!(
                    id = "`valid_from` jatuh sesudah `valid_to`; tukar keduanya",
                    en = "`valid_from` is after `valid_to`; swap them"
                ));
                None
            }
            _ => {
                add(words!(
                    id = "tulis `valid_from` dan `valid_to` sebagai tanggal, misalnya 2029-08-06",
                    en = "write `valid_from` and `valid_to` as dates, like 2029-08-06"
                ));
                None
            }
        },
        (None, None) => None,
        _ => {
            add(words!(
                id = "isi `valid_from` dan `valid_to`, kedua-duanya",
                en = "give both `valid_from` and `valid_to`"
            ));
            None
        }
    };
    if !sides.is_empty() && valid.is_none() && (set.valid_from.is_none() || set.valid_to.is_none()) {
        add(words!(
            id = "pemilihan memerlukan `valid_from` dan `valid_to`; isi keduanya",
            en = "an election needs `valid_from` and `valid_to`"
        ));
    }
    if !sides.is_empty() && set.circular.is_none() {
        add(words!(
            id = "pemilihan memerlukan `circular`, yaitu id sebuah berkas di config/circulars; `skb-2022` tersedia bagi daerah yang belum mempunyai surat edaran sendiri",
            en = "an election needs `circular`, the id of a file in config/circulars; `skb-2022` serves regions without one of their own"
        ));
    }
    let timezone_name = set.timezone.clone().unwrap_or_else(|| DEFAULT_TIMEZONE.to_owned());
    let timezone = TimeZone::get(&timezone_name).unwrap_or_else(|_| {
        add(words!(
            id = "zona waktu `{timezone_name}` tidak dikenal; Indonesia memakai Asia/Jakarta, Asia/Makassar dan Asia/Jayapura",
            en = "unknown time zone `{timezone_name}`; Indonesia has Asia/Jakarta, Asia/Makassar and Asia/Jayapura"
        ));
        TimeZone::UTC
    });
    Head { valid, timezone, timezone_name }
}

fn date(datetime: &Datetime) -> Option<Date> {
    let date = datetime.date.as_ref()?;
    if datetime.time.is_some() {
        return None;
    }
    Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?).ok()
}

fn sides(closure: &[Loaded], problems: &mut Vec<Problem>) -> Vec<Side> {
    let Some(main) = closure.first() else { return Vec::new() };
    let mut report = Report::of(main);
    let mut sides: Vec<Side> = Vec::new();
    for spanned in &main.raw.sides {
        let (offset, raw) = (spanned.span().start, spanned.get_ref());
        let mut add = |what| report.add(offset, &raw.id, what);
        if raw.id.is_empty() || sides.iter().any(|side| side.id == raw.id) {
            add(words!(
                id = "setiap kontestan memerlukan `id` sendiri, yang tidak dipakai kontestan lain",
                en = "every side needs an `id` of its own"
            ));
        }
        if raw.number.is_some() && sides.iter().any(|side| side.number == raw.number) {
            add(words!(
                id = "kontestan lain sudah mempunyai `number` ini; periksa nomor urutnya",
                en = "another side already has this `number`"
            ));
        }
        sides.push(Side { id: raw.id.clone(), title: raw.title.clone(), number: raw.number });
    }
    problems.append(&mut report.problems);
    sides
}

fn stages(main: &Loaded, report: &mut Report<'_>) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for spanned in &main.raw.stages {
        let (offset, raw) = (spanned.span().start, spanned.get_ref());
        let mut add = |what| report.add(offset, &raw.id, what);
        let (Some(from), Some(to)) = (date(&raw.from), date(&raw.to)) else {
            add(words!(
                id = "tulis `from` dan `to` sebagai tanggal, misalnya 2029-09-25",
                en = "write `from` and `to` as dates, like 2029-09-25"
            ));
            continue;
        };
        if from > to {
            add(words!(id = "`from` jatuh sesudah `to`; tukar keduanya", en = "`from` is after `to`; swap them"));
        }
        if let Some(other) = stages.iter().find(|s| s.id == raw.id) {
            add(words!(
                id = "tahapan `{stage}` tertulis dua kali; ganti id salah satunya",
                en = "the stage `{stage}` stands here twice; rename one",
                stage = other.id
            ));
        }
        if let Some(other) = stages.iter().find(|s| s.from <= to && from <= s.to) {
            add(words!(
                id = "tahapan ini bertumpang tindih dengan `{stage}`; satu hari hanya termasuk satu tahapan",
                en = "it overlaps the stage `{stage}`; a day belongs to one stage only",
                stage = other.id
            ));
        }
        stages.push(Stage { id: raw.id.clone(), title: raw.title.clone(), from, to, target: raw.target });
    }
    stages.sort_by_key(|stage| stage.from);
    stages
}

fn keyword(raw: &RawKeyword, offset: usize, sides: &[Side], report: &mut Report<'_>) -> Option<Keyword> {
    let before = report.problems.len();
    check_content(raw, offset, report);
    let mut add = |what| report.add(offset, &raw.id, what);
    let side = match (&raw.side, raw.number) {
        (Some(_), Some(_)) => {
            add(words!(id = "isi `side` atau `number`, jangan keduanya", en = "give `side` or `number`, not both"));
            None
        }
        (Some(id), None) => {
            if !sides.iter().any(|side| side.id == *id) {
                add(words!(
                    id = "tidak ada `[[side]]` dengan id `{id}`; sebut salah satu kontestan dalam daftar ini",
                    en = "there is no `[[side]]` with id `{id}`; name one of the set's sides"
                ));
            }
            Some(id.clone())
        }
        // A number that no side of this election has simply stays silent.
        (None, Some(number)) => sides.iter().find(|side| side.number == Some(number)).map(|side| side.id.clone()),
        (None, None) => None,
    };
    if raw.strength == Some(Strength::Weak) && raw.near.is_none() && raw.kind != Kind::Allow {
        add(words!(
            id = "kata kunci lemah hanya dihitung di dekat yang lain; tentukan yang mana dengan `near = {{ kinds = [..], within = N }}`",
            en = "a weak keyword counts only near others; say which with `near = {{ kinds = [..], within = N }}`"
        ));
    }
    if let Some(near) = &raw.near
        && (near.kinds.is_empty() || near.within == 0)
    {
        add(words!(
            id = "`near` memerlukan sekurang-kurangnya satu jenis, dan `within` sekurang-kurangnya 1",
            en = "`near` needs at least one kind and `within` of at least 1"
        ));
    }
    (report.problems.len() == before).then(|| Keyword {
        side,
        file: report.file.to_owned(),
        line: report.lines.line_of(offset),
        ..raw.plain()
    })
}

/// Forms, patterns and accounts: something to find, and nothing that folds to nothing.
fn check_content(raw: &RawKeyword, offset: usize, report: &mut Report<'_>) {
    let mut add = |what| report.add(offset, &raw.id, what);
    if raw.id.is_empty() {
        add(words!(id = "setiap kata kunci memerlukan `id`", en = "every keyword needs an `id`"));
    }
    if raw.kind == Kind::Account {
        if raw.accounts.is_empty() {
            add(words!(
                id = "kata kunci akun memerlukan `accounts = [{{ platform = \"x\", handle = \"@nama\" }}]`",
                en = "an account keyword needs `accounts = [{{ platform = \"x\", handle = \"@nama\" }}]`"
            ));
        }
        if raw.accounts.iter().any(|a| a.handle.is_none() && a.id.is_none()) {
            add(words!(
                id = "setiap akun memerlukan `handle` atau `id`",
                en = "every account needs a `handle` or an `id`"
            ));
        }
        if !raw.forms.is_empty() || !raw.patterns.is_empty() {
            add(words!(
                id = "kata kunci akun memakai `accounts`, bukan `forms` atau `patterns`",
                en = "an account keyword has `accounts`, not `forms` or `patterns`"
            ));
        }
        return;
    }
    if !raw.accounts.is_empty() {
        add(words!(
            id = "`accounts` hanya dipakai pada `kind = \"account\"`",
            en = "only `kind = \"account\"` has `accounts`"
        ));
    }
    if raw.forms.is_empty() && raw.patterns.is_empty() {
        add(words!(
            id = "kata kunci ini tidak menemukan apa pun; isi `forms` atau `patterns`",
            en = "it finds nothing; give `forms` or `patterns`"
        ));
    }
    for form in raw.forms.iter().chain(&raw.except) {
        if Haystack::new(form).tokens().is_empty() {
            add(words!(
                id = "bentuk {form:?} tidak memuat huruf, angka atau emoji; hapus bentuk itu",
                en = "the form {form:?} has no letter, digit or emoji; remove it"
            ));
        }
    }
    for pattern in &raw.patterns {
        match regex::RegexBuilder::new(pattern).case_insensitive(true).size_limit(1 << 20).build() {
            Err(error) => {
                add(words!(
                    id = "pola {pattern:?} bukan ekspresi reguler: {error}",
                    en = "the pattern {pattern:?} is not a regular expression: {error}"
                ));
            }
            Ok(regex) if regex.is_match("") => {
                add(words!(
                    id = "pola {pattern:?} cocok dengan teks kosong; ubah agar sedikitnya satu tanda harus ada",
                    en = "the pattern {pattern:?} matches the empty text; make it ask for something"
                ));
            }
            Ok(_) if fold(pattern).text.chars().any(|c| c.is_alphabetic() && !c.is_lowercase() && c.is_uppercase()) => {
                add(words!(
                    id = "pola {pattern:?} tidak mungkin cocok: teks lebih dahulu dilipat menjadi huruf kecil; tulis pola dengan huruf kecil",
                    en = "the pattern {pattern:?} can't match: text is folded to lower case first"
                ));
            }
            Ok(_) => {}
        }
    }
}
