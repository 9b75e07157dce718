//! `/telaah/{hit_id}`: one hit, everything that led to it, and the form for a decision.
//!
//! The first look is blind: who the person is appears only after one's own decision, or when one asks and says why. What
//! others decided appears when the hit is closed.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::circumstance_note::CircumstanceLine;
use super::error::Error;
use super::hit_decide::{Draft, Problems};
use super::hit_move::Moves;
use super::hit_seen::Seen;
use super::hit_standing::Standing;
use super::hit_view::{ClauseLine, HitView};
use super::i18n::Text;
use super::page::{Frame, html};
use super::queue_list::TIP;
use super::state::AppState;
use crate::model::{Activity, HitId, Outcome, ReasonCode, Role};
use crate::store::{Aftermath, DecisionRow, HitPage, OtherHit, PersonLine, User};

struct ReasonGroup {
    outcome: Outcome,
    title: String,
    key: char,
    help: String,
    reasons: Vec<(ReasonCode, String)>,
}

struct DecisionLine {
    who: String,
    outcome: String,
    class: &'static str,
    clause: Option<String>,
    reason: String,
    note: String,
    at: String,
    undone: bool,
}

/// The hit that was decided on the page before.
pub struct Saved {
    /// Which.
    pub id: HitId,
    /// The button's words, while it can be taken back.
    pub undo: Option<String>,
}

/// What else the person did that was found, once the reader knows who it is.
struct OtherLine {
    id: HitId,
    clause: String,
    verb: String,
    at: String,
    end: String,
}

#[derive(Template)]
#[template(path = "hit_show.html")]
struct Page {
    t: Text,
    f: Frame,
    id: HitId,
    hit: HitView,
    platform: String,
    clocks: Vec<(String, Option<String>)>,
    url: Option<String>,
    target: Option<(String, Option<String>)>,
    attached: Option<String>,
    target_url: Option<String>,
    standing: Standing,
    history: Vec<String>,
    /// What the person said when asked, covered like everything else.
    answer: Option<(String, String)>,
    others: Vec<OtherLine>,
    /// How it ended.
    verdict: Option<String>,
    moves: Moves,
    lease: i64,
    groups: Vec<ReasonGroup>,
    clauses: Vec<ClauseLine>,
    draft: Draft,
    problems: Problems,
    notice: Option<String>,
    saved: Option<Saved>,
    decisions: Vec<DecisionLine>,
    person: Option<(PersonLine, String)>,
    /// The account turned out to be somebody else's: there is nobody to show.
    unlinked: bool,
    /// What may allow the act; only where the person is shown.
    circumstances: Vec<CircumstanceLine>,
    /// The screenshot of a tip.
    picture: Option<String>,
    /// Where there are copies.
    copies: Option<Copies>,
    /// What the reader said of the copy before, to be said again by one key.
    again: Option<Again>,
    /// The lead may keep it as one whose answer is known.
    may_mark: bool,
}

/// The copies of a hit.
pub struct Copies {
    /// Their group.
    pub group: Uuid,
    /// How many there are beside it.
    pub others: i64,
    /// How many of these wait for this reader.
    pub waiting: i64,
}

/// A draft that repeats what the reader said of another copy.
struct Again {
    draft: Draft,
    words: String,
}

impl Page {
    /// The form is there for who holds the hit, and for what was typed when the hit was lost meanwhile.
    fn has_form(&self) -> bool {
        matches!(self.standing, Standing::Mine(_)) || self.problems.any() || !self.draft.hasil.is_empty()
    }
}

/// What the address may carry.
#[derive(Default, Deserialize)]
pub struct Came {
    /// The hit that was just decided, for the note "saved".
    setelah: Option<HitId>,
    /// A message by name.
    #[serde(default)]
    kabar: String,
    /// The copies of one text come one after the other.
    #[serde(default)]
    serupa: String,
}

impl Came {
    /// Only messages that an address may name.
    fn notice(&self) -> Option<&'static str> {
        [
            "undo-done",
            "undo-late",
            "undo-moved",
            "move-lost",
            "move-why",
            "move-whom",
            "move-day",
            "unmasked",
            "golden-marked",
            "golden-not-fit",
        ]
        .into_iter()
        .find(|key| *key == self.kabar)
    }
}

/// `GET /telaah/{hit_id}`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<HitId>,
    Query(came): Query<Came>,
) -> Result<Html<String>, Error> {
    let seen = Seen::load(&state, &visit.user, id).await?;
    let draft = Draft { serupa: came.serupa.clone(), ..Draft::default() };
    render(&state, &visit, &seen, Extra { saved: came.setelah, notice: came.notice(), draft, ..Extra::default() }).await
}

/// What a page shows beside the hit itself: after a form, the typed text and what was wrong with it.
#[derive(Default)]
pub struct Extra {
    /// What was typed.
    pub draft: Draft,
    /// What is wrong with it.
    pub problems: Problems,
    /// A sentence at the top, by name.
    pub notice: Option<&'static str>,
    /// The hit that was just decided.
    pub saved: Option<HitId>,
}

/// The page again, after a form that could not be taken.
pub async fn again(
    state: &AppState,
    visit: &Visit,
    id: HitId,
    status: StatusCode,
    extra: Extra,
) -> Result<Response, Error> {
    let seen = Seen::again(state, &visit.user, id).await?;
    Ok((status, render(state, visit, &seen, extra).await?).into_response())
}

async fn render(state: &AppState, visit: &Visit, seen: &Seen, extra: Extra) -> Result<Html<String>, Error> {
    let (page, activity, blind) = (&seen.page, &seen.activity, seen.blind);
    let f = visit.frame(state, "hit-title", &format!("/telaah/{}", page.hit_id));
    let t = f.t;
    let lists = state.lists_now();
    let standing = Standing::of(page, &visit.user, t);
    let (circumstances, on) = seen.circumstances(state).await?;
    let clocks = vec![
        (t.s("clock-happened"), activity.happened_at.map(|at| t.time(at))),
        (t.s("clock-posted"), activity.posted_at.map(|at| t.time(at))),
        (t.s("clock-seen"), activity.seen_at.map(|at| t.time(at))),
    ];
    let aftermath = state.store.aftermath(page.account_id, &activity.id).await?;
    let mut hit = HitView::new(&seen.hit, activity, &lists, "m", blind, t);
    let mut keywords: Vec<_> = page.hit.matches.iter().map(|m| m.keyword.to_string()).collect();
    keywords.sort_unstable();
    keywords.dedup();
    if !blind {
        // What people said of the keyword before would lead whoever has not decided.
        hit.add_outcomes(&state.store.latest_outcomes(&page.hit.set, &keywords).await?, t);
    }
    let clause = |(id, title)| ClauseLine { id, title, summary: String::new() };
    html(&Page {
        copies: copies(state, page, &visit.user).await?,
        again: repeat(state, page, &visit.user, &standing, t).await?,
        may_mark: visit.user.role == Role::Lead && page.undisputed && !page.golden && !blind,
        id: page.hit_id,
        platform: t.platform(&page.platform),
        clocks,
        url: seen.url().map(str::to_owned),
        target: target(activity, t),
        attached: attached(activity, t),
        target_url: activity.target.as_ref().and_then(|t| t.url.clone()),
        history: history(page, &aftermath, t),
        answer: seen.answer().map(|(outcome, words)| (t.answer(outcome), words)),
        others: seen.others(state).await?.into_iter().map(|o| other(o, t)).collect(),
        verdict: seen.verdict().map(|v| t.verdict(v)),
        moves: Moves::new(state, page, &standing, blind, &visit.user, t).await?,
        lease: state.config.lease().as_mins(),
        groups: groups(t),
        clauses: seen.clauses(&lists).into_iter().map(clause).collect(),
        draft: extra.draft,
        problems: extra.problems,
        notice: extra.notice.map(|key| t.s(key)),
        saved: saved(state, extra.saved, &visit.user, t).await?,
        decisions: seen.decisions(&visit.user).map(|d| line(d, t)).collect(),
        circumstances: circumstances.into_iter().map(|c| CircumstanceLine::new(c, on, t)).collect(),
        picture: tip_with_picture(page).map(|tip| format!("/informasi-awal/{tip}/gambar")),
        unlinked: page.person.is_none(),
        person: seen.person().map(|p| (p.clone(), t.status(p.status))),
        standing,
        hit,
        t,
        f,
    })
}

/// The tip that the hit was found in, where a screenshot came with it.
pub fn tip_with_picture(page: &HitPage) -> Option<Uuid> {
    let has = page.platform == TIP && !page.activity.media.is_empty();
    page.activity.id.parse().ok().filter(|_| has)
}

/// How the hit came about and what became of the post, where that is out of the ordinary.
fn history(page: &HitPage, aftermath: &Aftermath, t: Text) -> Vec<String> {
    let rescan = page.versions.from_rescan.then(|| t.s("hit-from-rescan"));
    let remade = page.versions.earlier.map(|earlier| t.xy("hit-remade", page.versions.made, earlier));
    let edition = aftermath.is_edition.then(|| t.s("hit-is-edition"));
    let editions = (aftermath.editions > 0).then(|| t.n("hit-has-editions", aftermath.editions));
    let deleted = aftermath.deleted_at.map(|at| t.x("hit-deleted", t.time(at)));
    let unavailable = aftermath.unavailable_since.map(|at| t.x("hit-unavailable", t.time(at)));
    let tip = (page.platform == TIP).then(|| t.s("hit-is-tip"));
    let weak = page.weak.then(|| t.s("hit-weak"));
    [weak, tip, rescan, remade, edition, editions, deleted, unavailable].into_iter().flatten().collect()
}

fn groups(t: Text) -> Vec<ReasonGroup> {
    [(Outcome::NotSuspected, 'b'), (Outcome::NeedsClarification, 'p'), (Outcome::Suspected, 'd')]
        .into_iter()
        .map(|(outcome, key)| ReasonGroup {
            outcome,
            title: t.outcome(outcome),
            key,
            help: t.s(&format!("outcome-{}-help", outcome.as_str().replace('_', "-"))),
            reasons: ReasonCode::of(outcome).map(|r| (r, t.reason(r))).collect(),
        })
        .collect()
}

/// The copies of the hit, where there are others.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn copies(state: &AppState, page: &HitPage, user: &User) -> Result<Option<Copies>, Error> {
    let Some(group) = page.group else { return Ok(None) };
    let (others, waiting) = state.store.copies(group, page.hit_id, user.user_id).await?;
    Ok((others > 0).then_some(Copies { group, others, waiting }))
}

/// What this reader said of the copy before, where they hold this one.
async fn repeat(
    state: &AppState,
    page: &HitPage,
    user: &User,
    standing: &Standing,
    t: Text,
) -> Result<Option<Again>, Error> {
    let Some(group) = page.group.filter(|_| matches!(standing, Standing::Mine(_))) else { return Ok(None) };
    let said = state.store.said_of_group(group, user.user_id, page.hit_id).await?;
    Ok(said.map(|said| {
        let clause = said.clause.unwrap_or_default();
        let what = if clause.is_empty() {
            t.outcome(said.outcome)
        } else {
            format!("{} · {clause}", t.outcome(said.outcome))
        };
        Again {
            words: t.xy("copies-again", what, t.reason(said.reason_code)),
            draft: Draft {
                hasil: said.outcome.to_string(),
                alasan: said.reason_code.to_string(),
                huruf: clause,
                catatan: said.note,
                serupa: "1".to_owned(),
            },
        }
    }))
}

fn other(o: OtherHit, t: Text) -> OtherLine {
    OtherLine {
        id: o.hit_id,
        clause: o.clause,
        verb: t.verb(o.verb),
        at: t.time(o.acted_at),
        end: o.verdict.map(|v| t.verdict(v)).unwrap_or_default(),
    }
}

/// The hit that was just decided: whether it can still be taken back.
pub async fn saved(state: &AppState, id: Option<HitId>, user: &User, t: Text) -> Result<Option<Saved>, Error> {
    let Some(id) = id else { return Ok(None) };
    Ok(Some(Saved { id, undo: state.store.may_undo(id, user.user_id).await?.then(|| t.s("undo-button")) }))
}

fn line(decision: &DecisionRow, t: Text) -> DecisionLine {
    DecisionLine {
        who: decision.user_name.clone(),
        outcome: t.outcome(decision.outcome),
        class: outcome_class(decision.outcome),
        clause: decision.clause.clone(),
        reason: t.reason(decision.reason_code),
        note: decision.note.clone(),
        at: t.time(decision.decided_at),
        undone: decision.undone,
    }
}

fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::NotSuspected => "is-none",
        Outcome::NeedsClarification => "is-ask",
        Outcome::Suspected => "is-suspect",
    }
}

fn target(activity: &Activity, t: Text) -> Option<(String, Option<String>)> {
    let target = activity.target.as_ref()?;
    let kind = match target.kind.as_str() {
        "post" => t.s("target-post"),
        "account" => t.s("target-account"),
        "group" => t.s("target-group"),
        _ => t.s("target-other"),
    };
    Some((kind, target.handle.clone()))
}

/// Pictures and videos are named, not loaded: the platform would see who looks, and when.
fn attached(activity: &Activity, t: Text) -> Option<String> {
    let count = i64::try_from(activity.media.len()).unwrap_or(i64::MAX);
    (count > 0).then(|| t.n("hit-attached", count))
}
