//! `GET /kata-kunci/{set}`: one list as a table, its stages, and what each keyword's hits came to.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::set_frame::{self, News, SetHead, Tab};
use super::set_problems::{self, ProblemLine};
use super::set_stages::{self, Timeline};
use super::state::AppState;
use crate::keyword::{Case, Keyword, KeywordSet, Strength};
use crate::model::{Kind, Stance, wilson};
use crate::pipeline::DraftError;
use crate::store::{DraftKind, KeywordFigures};
use crate::text::fold;

/// Rows on one page.
const ROWS: usize = 50;

/// One keyword as a row.
struct Row {
    id: String,
    own: bool,
    file: String,
    kind: String,
    side: String,
    forms: Vec<String>,
    more: String,
    strength: String,
    weak: bool,
    enabled: bool,
    quarantined: bool,
    cap: String,
    today: String,
    hits: String,
    share: String,
    share_of: String,
    edit: String,
    form: Option<EditForm>,
}

/// The row's fields, to be edited.
struct EditForm {
    forms: String,
    patterns: String,
    except: String,
    match_examples: String,
    no_match_examples: String,
    note: String,
    cap: String,
    number: String,
    within: String,
    near: Vec<(Kind, String, bool)>,
    kinds: Vec<(Kind, String, bool)>,
    sides: Vec<(String, String, bool)>,
    stances: Vec<(&'static str, String, bool)>,
    exact: &'static str,
    weak: bool,
    enabled: bool,
}

/// A column's head: its word, and where a click leads.
struct Column {
    title: String,
    href: Option<String>,
    sorted: &'static str,
    right: bool,
}

#[derive(Template)]
#[template(path = "set_show.html")]
struct Page {
    t: Text,
    f: Frame,
    h: SetHead,
    query: Filters,
    revision: i64,
    columns: Vec<Column>,
    rows: Vec<Row>,
    found: String,
    previous: Option<String>,
    next: Option<String>,
    kinds: Vec<(Kind, String)>,
    sides: Vec<(String, String)>,
    own_keywords: Vec<String>,
    timeline: Option<Timeline>,
    problems: Vec<ProblemLine>,
    history: Vec<(String, String, String)>,
}

/// What the address may carry.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Filters {
    cari: String,
    jenis: String,
    sisi: String,
    asal: String,
    urut: String,
    angka: String,
    hal: usize,
    ubah: String,
    #[serde(flatten)]
    news: News,
}

impl Filters {
    fn takes(&self, keyword: &Keyword, own: bool) -> bool {
        let needle = fold(self.cari.trim()).text;
        let says = |text: &str| fold(text).text.contains(&needle);
        (needle.is_empty()
            || says(&keyword.id)
            || keyword.forms.iter().any(|f| says(f))
            || keyword.patterns.iter().any(|f| says(f))
            || keyword.accounts.iter().filter_map(|a| a.handle.as_deref()).any(says)
            || keyword.note.as_deref().is_some_and(says))
            && (self.jenis.is_empty() || keyword.kind.as_str() == self.jenis)
            && (self.sisi.is_empty() || keyword.side.as_deref() == Some(self.sisi.as_str()))
            && match self.asal.as_str() {
                "semua" => true,
                "bersama" => !own,
                _ => own,
            }
    }

    /// The same page with one thing changed.
    fn with(&self, id: &str, name: &str, value: &str) -> String {
        let mut query = Serializer::new(String::new());
        let page = self.hal.to_string();
        let all = [
            ("cari", self.cari.as_str()),
            ("jenis", &self.jenis),
            ("sisi", &self.sisi),
            ("asal", &self.asal),
            ("urut", &self.urut),
            ("angka", &self.angka),
            ("hal", if self.hal > 0 && name != "urut" { &page } else { "" }),
        ];
        for (key, old) in all.into_iter().filter(|(key, old)| *key != name && !old.is_empty()) {
            query.append_pair(key, old);
        }
        query.append_pair(name, value);
        format!("/kata-kunci/{id}?{}", query.finish())
    }
}

/// `GET /kata-kunci/{set}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<Filters>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let live = set_frame::live_version(&state, &id).await?;
    let (_, revision) = state.drafts.text(&id).await?;
    let history = state.store.draft_edits(DraftKind::Set, &id, 10).await?;
    let history = history.into_iter().map(|e| (t.time(e.edited_at), e.edited_by, e.why)).collect();
    let set = match state.drafts.set(&id).await {
        Ok(set) => set,
        // The text can be mended on its own page; here stands what is wrong with it.
        Err(DraftError::Keyword(error)) => {
            let h = SetHead::new((&id, None, live.as_ref()), Tab::Table, &visit.user, &query.news, t);
            return html(&Page {
                problems: set_problems::lines(&id, error.problems().iter().map(|p| (p, true)), t),
                revision,
                query,
                columns: Vec::new(),
                rows: Vec::new(),
                found: String::new(),
                previous: None,
                next: None,
                kinds: Vec::new(),
                sides: Vec::new(),
                own_keywords: Vec::new(),
                timeline: None,
                history,
                h,
                t,
                f,
            });
        }
        Err(error) => return Err(error.into()),
    };
    let h = SetHead::new((&id, Some(&set), live.as_ref()), Tab::Table, &visit.user, &query.news, t);
    let version = live.as_ref().filter(|_| query.angka == "berlaku").map(|v| v.version.as_str());
    let figures = state.store.keyword_figures(&id, version).await?;
    let quarantined: Vec<_> = state.store.quarantined_keywords().await?;
    let own_file = set.sources().into_iter().next().map(|(name, _)| name).unwrap_or_default();
    let mut keywords: Vec<_> = set.keywords().iter().filter(|k| query.takes(k, k.file == own_file)).collect();
    sort(&mut keywords, &query.urut, &figures);
    let pages = keywords.len().div_ceil(ROWS).max(1);
    let page = query.hal.min(pages - 1);
    let rows = keywords
        .iter()
        .skip(page * ROWS)
        .take(ROWS)
        .map(|k| {
            let apart = quarantined.iter().any(|q| q.set_id == id && q.keyword == k.id);
            row(k, &set, k.file == own_file, apart, figures.get(&k.id), &query, h.edits, t)
        })
        .collect();
    let turn = |to: usize| query.with(&id, "hal", &to.to_string());
    html(&Page {
        columns: columns(&query, &id, t),
        rows,
        found: t.n("set-found", i64::try_from(keywords.len()).unwrap_or(i64::MAX)),
        previous: (page > 0).then(|| turn(page - 1)),
        next: (page + 1 < pages).then(|| turn(page + 1)),
        kinds: Kind::ALL.into_iter().map(|k| (k, t.kind(k))).collect(),
        sides: set.sides().iter().map(|s| (s.id.clone(), s.title.clone())).collect(),
        own_keywords: set.keywords().iter().filter(|k| k.file == own_file).take(500).map(|k| k.id.clone()).collect(),
        timeline: set_stages::timeline(&set, jiff::Timestamp::now(), t),
        problems: Vec::new(),
        history,
        revision,
        query,
        h,
        t,
        f,
    })
}

fn sort(keywords: &mut [&Keyword], by: &str, figures: &HashMap<String, KeywordFigures>) {
    let of = |k: &Keyword| figures.get(&k.id).cloned().unwrap_or_default();
    match by {
        "id" => keywords.sort_by(|a, b| a.id.cmp(&b.id)),
        "hari" => keywords.sort_by_key(|k| std::cmp::Reverse(of(k).today)),
        "indikasi" => keywords.sort_by_key(|k| std::cmp::Reverse(of(k).hits)),
        // The noisiest first: the share upheld, where people have decided at all.
        "ditegakkan" => keywords.sort_by_key(|k| {
            let f = of(k);
            (f.decided == 0, f.upheld * 1000 / f.decided.max(1), std::cmp::Reverse(f.decided))
        }),
        _ => {}
    }
}

fn columns(query: &Filters, id: &str, t: Text) -> Vec<Column> {
    let column = |key: &str, by: &str, right: bool| Column {
        title: t.s(key),
        href: (!by.is_empty()).then(|| query.with(id, "urut", by)),
        sorted: if !by.is_empty() && query.urut == by { "descending" } else { "none" },
        right,
    };
    vec![
        column("col-keyword", "id", false),
        column("col-kind-of", "", false),
        column("col-forms", "", false),
        column("col-cap", "", true),
        column("col-today", "hari", true),
        column("col-hits", "indikasi", true),
        column("col-upheld", "ditegakkan", true),
    ]
}

#[expect(clippy::too_many_arguments, reason = "a row is made of all of these, in one place")]
fn row(
    k: &Keyword,
    set: &KeywordSet,
    own: bool,
    quarantined: bool,
    figures: Option<&KeywordFigures>,
    query: &Filters,
    edits: bool,
    t: Text,
) -> Row {
    const SHOWN: usize = 8;
    let figures = figures.cloned().unwrap_or_default();
    let all: Vec<String> = k
        .forms
        .iter()
        .cloned()
        .chain(k.patterns.iter().map(|p| format!("/{p}/")))
        .chain(k.accounts.iter().map(|a| a.handle.clone().or_else(|| a.id.clone()).unwrap_or_default()))
        .collect();
    let more = all.len().saturating_sub(SHOWN);
    Row {
        own,
        file: k.file.trim_end_matches(".toml").rsplit('/').next().unwrap_or_default().to_owned(),
        kind: t.kind(k.kind),
        side: side_title(set, k).unwrap_or_default(),
        more: if more > 0 { t.n("set-more-forms", i64::try_from(more).unwrap_or(i64::MAX)) } else { String::new() },
        forms: all.into_iter().take(SHOWN).collect(),
        strength: t.s(if k.strength == Strength::Weak { "strength-weak" } else { "strength-strong" }),
        weak: k.strength == Strength::Weak,
        enabled: k.enabled,
        quarantined,
        cap: k.daily_cap.map(|c| t.number(i64::from(c))).unwrap_or_default(),
        today: t.number(figures.today),
        hits: t.number(figures.hits),
        share: share(figures.upheld, figures.decided, t),
        share_of: if figures.decided > 0 { t.n("set-decided", figures.decided) } else { String::new() },
        edit: query.with(set.id(), "ubah", &k.id),
        form: (edits && own && query.ubah == k.id).then(|| edit_form(k, set, t)),
        id: k.id.clone(),
    }
}

fn side_title(set: &KeywordSet, k: &Keyword) -> Option<String> {
    let id = k.side.as_deref()?;
    Some(set.side(id).map_or_else(|| id.to_owned(), |s| s.title.clone()))
}

/// "18 % (8–33 %)": the share with its interval; nothing where nobody decided.
pub fn share(part: i64, whole: i64, t: Text) -> String {
    if whole <= 0 {
        return String::new();
    }
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    let (share, low, high) = wilson(count(part), count(whole));
    let percent = |p: f64| format!("{:.0}", p * 100.0);
    t.xy("set-share", percent(share), format!("{}–{}", percent(low), percent(high)))
}

fn edit_form(k: &Keyword, set: &KeywordSet, t: Text) -> EditForm {
    let lines = |items: &[String]| items.join("\n");
    let near = k.near.as_ref();
    EditForm {
        forms: lines(&k.forms),
        patterns: lines(&k.patterns),
        except: lines(&k.except),
        match_examples: lines(&k.examples.matching),
        no_match_examples: lines(&k.examples.no_match),
        note: k.note.clone().unwrap_or_default(),
        cap: k.daily_cap.map(|c| c.to_string()).unwrap_or_default(),
        number: k.number.map(|c| c.to_string()).unwrap_or_default(),
        within: near.map(|n| n.within.to_string()).unwrap_or_default(),
        near: Kind::ALL
            .into_iter()
            .filter(|kind| *kind != Kind::Allow)
            .map(|kind| (kind, t.kind(kind), near.is_some_and(|n| n.kinds.contains(&kind))))
            .collect(),
        kinds: Kind::ALL.into_iter().map(|kind| (kind, t.kind(kind), kind == k.kind)).collect(),
        // A side that a shared set's number led to is not the file's own word.
        sides: set
            .sides()
            .iter()
            .map(|s| (s.id.clone(), s.title.clone(), k.number.is_none() && k.side.as_deref() == Some(s.id.as_str())))
            .collect(),
        stances: [("support", Stance::Support), ("oppose", Stance::Oppose)]
            .into_iter()
            .map(|(word, stance)| (word, t.stance(stance), k.stance == Some(stance)))
            .collect(),
        exact: match k.case {
            None => "",
            Some(Case::Exact) => "exact",
            Some(Case::Fold) => "fold",
        },
        weak: k.strength == Strength::Weak,
        enabled: k.enabled,
    }
}
