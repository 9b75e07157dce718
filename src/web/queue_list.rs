//! `/antrean`: what waits for people, in an order that the page explains. It names nobody.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::fields::{self, Look, Span};
use super::highlight::{self, Piece};
use super::hit_show::{self, Saved};
use super::hit_view;
use super::i18n::Text;
use super::page::{Frame, html};
use super::said::said;
use super::state::{AppState, Lists, SetWords};
use super::veil::Veil;
use crate::model::{HitId, Match, Role, Score, UnitId, Verb};
use crate::store::{QueueCounts, QueueFilter, QueueKey, QueuePart, QueueRow, ReviewConfig, SavedView, User};

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
    /// Why it stands where it does.
    order: String,
    due: String,
    late: bool,
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
    /// For whom it waits, or until when it rests.
    waits: Option<String>,
    answered: bool,
    from_rescan: bool,
    /// Told by people, not read by netral.
    is_tip: bool,
    /// The page of its copies, where others wait, in words.
    copies: Option<(Uuid, String)>,
}

#[derive(Template)]
#[template(path = "queue_list.html")]
struct Page {
    t: Text,
    f: Frame,
    counts: QueueCounts,
    /// Colleagues who are at it now, with what each holds.
    present: Vec<String>,
    views: Vec<SavedView>,
    this_view: String,
    units: Vec<(UnitId, String)>,
    rows: Vec<Row>,
    may_decide: bool,
    clauses: Vec<(String, String)>,
    platforms: Vec<(String, String)>,
    verbs: Vec<(Verb, String)>,
    query: Filters,
    filtered: bool,
    next: Option<String>,
    first: bool,
    saved: Option<Saved>,
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
    kata: String,
    unit: String,
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
            keyword: word(&self.kata),
            unit: self.unit.parse().ok().filter(|_| may_see_units(user)),
            part: match self.milik.as_str() {
                "saya" => QueuePart::Of(user.user_id),
                "semua" => QueuePart::All,
                _ => usual_part(user),
            },
        }
    }

    fn named(&self) -> [(&'static str, &str); 6] {
        [
            ("huruf", &self.huruf),
            ("platform", &self.platform),
            ("tindakan", &self.tindakan),
            ("milik", &self.milik),
            ("kata", &self.kata),
            ("unit", &self.unit),
        ]
    }

    fn is_any(&self) -> bool {
        self.named().into_iter().any(|(_, value)| !value.is_empty())
    }

    /// The filters as an address carries them.
    fn query(&self) -> Serializer<'static, String> {
        let mut query = Serializer::new(String::new());
        for (name, value) in self.named().into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query
    }

    /// The address of the page after a row.
    fn after(&self, key: QueueKey) -> String {
        format!("/antrean?{}", self.query().append_pair("sesudah", &key.to_string()).finish())
    }
}

/// What somebody sees of the queue who asks for nothing else.
pub fn usual_part(user: &User) -> QueuePart {
    if user.role.decides() { QueuePart::For(user.user_id) } else { QueuePart::All }
}

/// A filter by unit would tell a blind reader whose hits these are.
pub fn may_see_units(user: &User) -> bool {
    user.role == Role::Auditor
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
    let screen = state.store.queue_screen(visit.user.user_id, &query.filter(&visit.user), after, limit).await?;
    let mut found = screen.rows;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| more).map(|row| query.after(row.key()));
    let this_view = query.query().finish();
    let coverage = state.recent_coverage().await?;
    let now = Timestamp::now();
    html(&Page {
        counts: QueueCounts { mine: screen.mine, ..state.queue_figures().await? },
        present: present(screen.present, t),
        views: screen.views,
        this_view,
        units: if may_see_units(&visit.user) { state.store.unit_names().await? } else { Vec::new() },
        rows: found.into_iter().map(|r| row(r, &lists, &visit.user, state.review, now, t)).collect(),
        may_decide: visit.user.role.decides(),
        clauses: clauses(&lists),
        platforms: coverage.iter().map(|c| (c.platform.clone(), t.platform(&c.platform))).collect(),
        verbs: Verb::ALL.into_iter().map(|v| (v, t.verb(v))).collect(),
        filtered: query.is_any(),
        next,
        first: after.is_none(),
        saved: hit_show::saved(&state, query.setelah, &visit.user, t).await?,
        empty: query.kosong.is_some(),
        query,
        t,
        f,
    })
}

fn present(colleagues: Vec<(String, i64)>, t: Text) -> Vec<String> {
    let line = |(name, held)| if held > 0 { format!("{name} ({})", t.n("queue-present-held", held)) } else { name };
    colleagues.into_iter().map(line).collect()
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

/// What the queue quotes of a hit, with the person covered.
pub struct Quote {
    /// The field's path.
    pub field: String,
    /// Its text.
    pub text: String,
    /// The matches in it.
    pub matches: Vec<Match>,
    /// Where else something matched, when nothing did there: the field's path and what stands there.
    pub elsewhere: Option<(String, String)>,
    /// The sentence that explains the hit.
    pub reason: String,
}

impl Quote {
    /// Of one row of the queue.
    pub fn of(row: &QueueRow) -> Self {
        let veil = Veil::new(&row.identity);
        let (field, text) = telling_field(row);
        let here: Vec<_> = row.matches.iter().filter(|m| m.field == field).cloned().collect();
        let (text, matches) = veil.field(text, &here);
        let elsewhere = row.matches.first().filter(|_| here.is_empty());
        Self {
            field: field.to_owned(),
            text,
            matches,
            elsewhere: elsewhere.map(|m| (m.field.to_string(), veil.text(&m.surface).into_owned())),
            reason: veil.text(&row.reason).into_owned(),
        }
    }
}

/// By when a hit should be settled.
pub fn due_at(row: &QueueRow, rules: ReviewConfig) -> Timestamp {
    row.created_at + SignedDuration::from_hours(24 * i64::from(rules.deadline_days))
}

/// Why a hit stands where it does: its deadline, and by how much its weight moves it forward.
fn order(row: &QueueRow, rules: ReviewConfig, now: Timestamp, t: Text) -> (String, String, bool) {
    let due = due_at(row, rules);
    let strength = i64::from(row.score.0 - Score::REVIEW.0).max(0);
    let words =
        t.with_counts("queue-why", i64::from(row.severity.0), strength, i64::from(row.severity.0) * 24 + strength);
    let class = t.s(&format!("severity-{}", row.severity.0));
    (format!("{class} · {words}"), t.x("queue-due", t.time(due)), due <= now)
}

fn row(row: QueueRow, lists: &Lists, user: &User, rules: ReviewConfig, now: Timestamp, t: Text) -> Row {
    let unknown = SetWords::default();
    let words = lists.sets.get(&row.set_id).unwrap_or(&unknown);
    let quote = Quote::of(&row);
    let look = Look { clause: &row.clause, blind: true };
    let (before, spans, after) = fields::excerpt(&quote.text, &quote.matches, look, t);
    let elsewhere = quote.elsewhere.map(|(field, surface)| (fields::label(&field, t), highlight::pieces(&surface)));
    let (order, due, late) = order(&row, rules, now, t);
    let waits = match (&row.referred_to, row.rests_until.filter(|until| *until > now)) {
        (Some((who, _)), _) if *who == user.user_id => Some(t.s("referred-to-me")),
        (Some((_, name)), _) => Some(t.x("referred-to", name)),
        (None, Some(until)) => Some(t.x("rests-until", t.time(until))),
        (None, None) => None,
    };
    let field = if quote.field == "text" { String::new() } else { fields::label(&quote.field, t) };
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
        reason: said(&quote.reason, t),
        order,
        due,
        late,
        waits,
        answered: row.answered,
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
        copies: row.group.filter(|_| row.copies > 0).map(|group| (group, t.n("copies-count", row.copies))),
        held_by: row.claimed_by_name.filter(|_| held && !mine),
    }
}
