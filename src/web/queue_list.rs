//! `/antrean`: what waits for people, in an order that the page explains. It names nobody.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use jiff::Timestamp;
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::auth::Visit;
use super::error::Error;
use super::fields::{self, Span};
use super::highlight::{self, Piece};
use super::hit_view;
use super::i18n::Text;
use super::page::{Frame, html};
use super::state::{AppState, Lists, SetWords};
use crate::model::{HitId, Verb};
use crate::store::{QueueCounts, QueueFilter, QueueKey, QueueRow, User};

/// The platform of what people report by hand.
pub const TIP: &str = "tip";
/// Rows on one page.
const ROWS: usize = 20;

struct Row {
    id: HitId,
    clause: String,
    clause_title: String,
    set_title: String,
    stage: String,
    verb: String,
    platform: String,
    score: String,
    strength: String,
    percent: i16,
    reason: String,
    /// Name of the field that the excerpt comes from; empty for the author's own text.
    field: String,
    before: bool,
    spans: Vec<Span>,
    after: bool,
    /// Where else something matched, when nothing did in the quoted field: label and surface.
    elsewhere: Option<(String, Vec<Piece>)>,
    ago: String,
    at: String,
    /// Held by this reader, or by whom.
    mine: bool,
    held_by: Option<String>,
    from_rescan: bool,
    /// Told by people, not read by netral.
    is_tip: bool,
}

#[derive(Template)]
#[template(path = "queue_list.html")]
struct Page {
    t: Text,
    f: Frame,
    counts: QueueCounts,
    rows: Vec<Row>,
    may_decide: bool,
    clauses: Vec<(String, String)>,
    platforms: Vec<(String, String)>,
    verbs: Vec<(Verb, String)>,
    query: Filters,
    filtered: bool,
    next: Option<String>,
    first: bool,
    saved: Option<HitId>,
    empty: bool,
}

/// What the address may carry; whatever is not understood filters nothing.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Filters {
    huruf: String,
    platform: String,
    tindakan: String,
    milik: String,
    sesudah: String,
    setelah: Option<HitId>,
    kosong: Option<u8>,
}

impl Filters {
    fn filter(&self, user: &User) -> QueueFilter {
        let word = |s: &str| (!s.is_empty() && s.bytes().all(|b| b.is_ascii_graphic())).then(|| s.to_owned());
        QueueFilter {
            clause: word(&self.huruf),
            platform: word(&self.platform),
            verb: self.tindakan.parse().ok(),
            mine: (self.milik == "saya").then_some(user.user_id),
        }
    }

    fn is_any(&self) -> bool {
        [&self.huruf, &self.platform, &self.tindakan, &self.milik].into_iter().any(|s| !s.is_empty())
    }

    /// The address of the page after a row.
    fn after(&self, key: QueueKey) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in
            [("huruf", &self.huruf), ("platform", &self.platform), ("tindakan", &self.tindakan), ("milik", &self.milik)]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.append_pair("sesudah", &key.to_string());
        format!("/antrean?{}", query.finish())
    }
}

/// `GET /antrean`
pub async fn list(
    State(state): State<AppState>,
    visit: Visit,
    Query(query): Query<Filters>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "queue-title", "/antrean");
    let t = f.t;
    let lists = state.lists_now();
    let after: Option<QueueKey> = query.sesudah.parse().ok();
    // One row more than the page shows tells whether there is a further page, without counting.
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut found = state.store.queue_page(&query.filter(&visit.user), after, limit).await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let next =
        found.last().filter(|_| more).map(|row| query.after(QueueKey { score: row.score.0, hit_id: row.hit_id }));
    let coverage = state.recent_coverage().await?;
    let now = Timestamp::now();
    html(&Page {
        counts: state.store.queue_counts(visit.user.user_id).await?,
        rows: found.into_iter().map(|r| row(r, &lists, &visit.user, now, t)).collect(),
        may_decide: visit.user.role.decides(),
        clauses: clauses(&lists),
        platforms: coverage.iter().map(|c| (c.platform.clone(), t.platform(&c.platform))).collect(),
        verbs: Verb::ALL.into_iter().map(|v| (v, t.verb(v))).collect(),
        filtered: query.is_any(),
        next,
        first: after.is_none(),
        saved: query.setelah,
        empty: query.kosong.is_some(),
        query,
        t,
        f,
    })
}

/// The rules of all live circulars, once each.
fn clauses(lists: &Lists) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    lists
        .sets
        .values()
        .flat_map(|s| &s.clauses)
        .filter(|c| seen.insert(c.id.as_str()))
        .map(|c| (c.id.clone(), c.title.clone()))
        .collect()
}

/// The field to quote: the author's words if something matched there, else what they reacted to.
fn telling_field(row: &QueueRow) -> (&str, &str) {
    let found = |field: &str| row.matches.iter().any(|m| m.field == field);
    match (&row.target_text, row.matches.first()) {
        _ if found("text") => ("text", &row.text),
        (Some(target), _) if found("target.text") => ("target.text", target),
        (_, Some(first)) if row.text.is_empty() => (&first.field, &first.surface),
        _ => ("text", &row.text),
    }
}

fn row(row: QueueRow, lists: &Lists, user: &User, now: Timestamp, t: Text) -> Row {
    let unknown = SetWords::default();
    let words = lists.sets.get(&row.set_id).unwrap_or(&unknown);
    let (field, text) = telling_field(&row);
    let here: Vec<_> = row.matches.iter().filter(|m| m.field == field).cloned().collect();
    let (before, spans, after) = fields::excerpt(text, &here, &row.clause, t);
    let elsewhere = row
        .matches
        .first()
        .filter(|_| here.is_empty())
        .map(|m| (fields::label(&m.field, t), highlight::pieces(&m.surface)));
    let field = if field == "text" { String::new() } else { fields::label(field, t) };
    let held = row.claimed_until.is_some_and(|until| until > now);
    let mine = held && row.claimed_by == Some(user.user_id);
    let at = row.posted_at.unwrap_or(row.seen_at);
    Row {
        id: row.hit_id,
        clause_title: words.clause(&row.clause).map(|c| c.title.clone()).unwrap_or_default(),
        set_title: words.title.clone(),
        stage: hit_view::stage(words, &row.stage, t),
        verb: t.verb(row.verb),
        platform: t.platform(&row.platform),
        score: t.score(row.score),
        strength: t.strength(row.score),
        percent: row.score.0,
        reason: row.reason.clone(),
        clause: row.clause.clone(),
        field,
        before,
        spans,
        after,
        elsewhere,
        ago: t.ago(at, now),
        at: t.time(at),
        mine,
        from_rescan: row.from_rescan,
        is_tip: row.platform == TIP,
        held_by: row.claimed_by_name.filter(|_| held && !mine),
    }
}
