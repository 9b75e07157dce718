//! `/kata-kunci/{set}/uji`: the draft tried against what was collected, before it is published.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use axum_extra::extract::Form;
use serde::Deserialize;
use uuid::Uuid;

use super::auth::Visit;
use super::error::Error;
use super::fields::{self, Look, Span};
use super::i18n::Text;
use super::page::{Frame, html};
use super::set_frame::{self, News, SetHead, Tab, back};
use super::set_list::{Progress, progress};
use super::state::AppState;
use crate::keyword::KeywordSet;
use crate::model::{Match, Score};
use crate::pipeline::{Sample, Shift, Trial};
use crate::store::Backtest;

/// Rows of one table.
const ROWS: usize = 40;
/// Height of the chart, in its own units.
const HEIGHT: u64 = 110;

struct Running {
    id: Uuid,
    progress: Progress,
}

struct Day {
    title: String,
    x: usize,
    x2: usize,
    before_y: u64,
    before_h: u64,
    after_y: u64,
    after_h: u64,
}

struct ShiftRow {
    name: String,
    before: String,
    after: String,
    before_w: u64,
    after_w: u64,
}

struct Table {
    title: String,
    rows: Vec<ShiftRow>,
}

struct Post {
    spans: Vec<Span>,
    clause: String,
    score: String,
    outcome: String,
    keywords: String,
}

struct Posts {
    title: String,
    help: String,
    posts: Vec<Post>,
}

struct Outcome {
    heading: String,
    read: String,
    gained: String,
    lost: String,
    work: String,
    decided: String,
    stale: bool,
    days: Vec<Day>,
    days_width: usize,
    tables: Vec<Table>,
    samples: Vec<Posts>,
}

#[derive(Template)]
#[template(path = "set_trial.html")]
struct Page {
    t: Text,
    f: Frame,
    h: SetHead,
    running: Option<Running>,
    ended: Option<String>,
    result: Option<Outcome>,
}

/// `GET /kata-kunci/{set}/uji`
pub async fn show(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    Query(news): Query<News>,
) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "keywords-title", "/kata-kunci");
    let t = f.t;
    let set = state.drafts.set(&id).await?;
    let live = set_frame::live_version(&state, &id).await?;
    let trials = state.store.backtests(&id, 10).await?;
    let newest = trials.first();
    let running = newest.filter(|b| b.finished_at.is_none());
    let done = trials.iter().find(|b| b.state == "done");
    let result = match done.and_then(|b| Some((b, serde_json::from_str::<Trial>(b.result.as_deref()?).ok()?))) {
        Some((backtest, trial)) => Some(outcome(&state, &visit, &set, (backtest, &trial), t).await?),
        None => None,
    };
    html(&Page {
        running: running.map(|b| Running { id: b.backtest_id, progress: progress(b.activities, b.total, t) }),
        ended: newest.filter(|b| matches!(b.state.as_str(), "stopped" | "failed")).map(|b| match &b.problem {
            Some(problem) => t.x("trial-failed", problem),
            None => t.s("trial-was-stopped"),
        }),
        result,
        h: SetHead::new((&id, Some(&set), live.as_ref()), Tab::Trial, &visit.user, &news, t),
        t,
        f,
    })
}

/// `POST /kata-kunci/{set}/uji`
pub async fn start(State(state): State<AppState>, visit: Visit, Path(id): Path<String>) -> Result<Redirect, Error> {
    let set = state.drafts.set(&id).await?;
    state.store.order_backtest((&id, set.fingerprint()), &set.sources(), &visit.user.login).await?;
    Ok(Redirect::to(&format!("/kata-kunci/{id}/uji")))
}

/// Which trial.
#[derive(Debug, Deserialize)]
pub struct Which {
    uji: Uuid,
}

/// `POST /kata-kunci/{set}/uji/henti`
pub async fn stop(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Form(which): Form<Which>,
) -> Result<Redirect, Error> {
    state.store.stop_backtest(&id, which.uji).await?;
    Ok(back(&id, "/uji", "set-trial-stopped"))
}

async fn outcome(
    state: &AppState,
    visit: &Visit,
    set: &KeywordSet,
    (backtest, trial): (&Backtest, &Trial),
    t: Text,
) -> Result<Outcome, Error> {
    let title = |id: &str| set.side(id).map_or_else(|| id.to_owned(), |side| side.title.clone());
    let sides = trial.sides.iter().map(|(id, shift)| (title(id), *shift)).collect();
    let n = |n: u64| t.number(i64::try_from(n).unwrap_or(i64::MAX));
    let ids: Vec<_> = trial.lost_sample.iter().chain(&trial.gained_sample).map(|s| s.activity.0).collect();
    let texts: HashMap<_, _> = state.store.sample_texts(&ids, set.id(), &visit.user.login).await?.into_iter().collect();
    let posts = |samples: &[Sample]| {
        samples.iter().filter_map(|s| Some(post(s, texts.get(&s.activity.0)?, t))).collect::<Vec<_>>()
    };
    let per_day = |count: u64| n(count.div_ceil(trial.days.max(1)));
    let when = backtest.finished_at.unwrap_or(backtest.requested_at);
    let (days, days_width) = days(&trial.by_day, t);
    Ok(Outcome {
        heading: t.xy("trial-result", t.time(when), &backtest.requested_by),
        read: n(trial.activities),
        gained: n(trial.gained),
        lost: t.xy("trial-lost-of", n(trial.lost), n(trial.lost_upheld)),
        work: t.xy("trial-per-day", per_day(trial.hits.before), per_day(trial.hits.after)),
        decided: t.xy("trial-kept", n(trial.kept_upheld), n(trial.kept_dismissed)),
        stale: backtest.version != set.fingerprint(),
        days,
        days_width,
        tables: vec![
            Table { title: t.s("set-side"), rows: shifts(&sides, false, t) },
            Table { title: t.s("col-keyword"), rows: shifts(&trial.keywords, true, t) },
        ],
        samples: vec![
            Posts { title: t.s("trial-lost-title"), help: t.s("trial-lost-help"), posts: posts(&trial.lost_sample) },
            Posts {
                title: t.s("trial-gained-title"),
                help: t.s("trial-gained-help"),
                posts: posts(&trial.gained_sample),
            },
        ],
    })
}

/// The rows that change most first; unchanged ones only where all are wanted.
fn shifts(of: &BTreeMap<String, Shift>, only_changed: bool, t: Text) -> Vec<ShiftRow> {
    let mut rows: Vec<_> = of.iter().filter(|(_, s)| !only_changed || s.before != s.after).collect();
    rows.sort_by_key(|(name, s)| (std::cmp::Reverse(s.before.abs_diff(s.after)), (*name).clone()));
    rows.truncate(ROWS);
    let most = rows.iter().map(|(_, s)| s.before.max(s.after)).max().unwrap_or(1).max(1);
    let n = |n: u64| t.number(i64::try_from(n).unwrap_or(i64::MAX));
    rows.into_iter()
        .map(|(name, s)| ShiftRow {
            name: name.clone(),
            before: n(s.before),
            after: n(s.after),
            before_w: s.before * 100 / most,
            after_w: s.after * 100 / most,
        })
        .collect()
}

fn days(of: &BTreeMap<String, Shift>, t: Text) -> (Vec<Day>, usize) {
    let most = of.values().map(|s| s.before.max(s.after)).max().unwrap_or(1).max(1);
    let days: Vec<_> = of
        .iter()
        .enumerate()
        .map(|(i, (day, s))| {
            let (before, after) = (s.before * HEIGHT / most, s.after * HEIGHT / most);
            Day {
                title: format!("{day}: {}", t.xy("trial-per-day-bare", s.before, s.after)),
                x: i * 24 + 2,
                x2: i * 24 + 12,
                before_y: 115 - before,
                before_h: before,
                after_y: 115 - after,
                after_h: after,
            }
        })
        .collect();
    let width = (days.len() * 24).max(240);
    (days, width)
}

fn post(sample: &Sample, text: &str, t: Text) -> Post {
    let matches: Vec<Match> = sample
        .matches
        .iter()
        .filter(|m| m.field == "text")
        .filter_map(|m| {
            Some(Match {
                keyword: m.keyword.as_str().into(),
                kind: m.kind,
                field: m.field.clone().into(),
                start: m.start,
                end: m.end,
                surface: text.get(m.start..m.end)?.to_owned(),
            })
        })
        .collect();
    let mut keywords: Vec<_> = sample.matches.iter().map(|m| m.keyword.as_str()).collect();
    keywords.sort_unstable();
    keywords.dedup();
    let (_, spans, _) = fields::excerpt(text, &matches, Look { clause: &sample.clause, blind: false }, t);
    Post {
        spans,
        clause: sample.clause.clone(),
        score: t.score(Score(sample.score)),
        outcome: sample.outcome.map(|o| t.outcome(o)).unwrap_or_default(),
        keywords: keywords.join(", "),
    }
}
