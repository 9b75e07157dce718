//! `/keseimbangan`: are the sides treated alike? Hits, what people said of them, and how long they read, side by side, with a
//! warning where the difference is more than chance. It says what such a warning does not prove.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::page::{Frame, html};
use super::share::{SMALLEST_CELL, count, duration, share};
use super::state::{AppState, SetWords};
use crate::model::compare::{fisher, holm, mann_whitney, median};
use crate::store::{SideRow, SideTimes, User};

/// Cases that a side, and all others together, must have before anything is compared.
const ENOUGH: i64 = 20;
/// Below this, after correction for how much was compared, a difference is called more than chance.
const ALARM: f64 = 0.05;

struct Line {
    title: String,
    hits: String,
    upheld: String,
    time: String,
}

/// One contest, or the parties of one.
struct Contest {
    title: String,
    lines: Vec<Line>,
    /// Hits that name several sides.
    several: Option<String>,
    /// What stands out, in words.
    warnings: Vec<String>,
    /// There is enough of something to compare.
    compared: bool,
}

#[derive(Template)]
#[template(path = "parity_show.html")]
struct Page {
    t: Text,
    f: Frame,
    contests: Vec<Contest>,
}

/// What was compared: which contest and side, by what, and the chance of such a difference.
#[derive(Clone, Debug, PartialEq)]
struct Test {
    contest: usize,
    side: String,
    by_time: bool,
    p: f64,
}

/// Each side beside all others of its contest.
fn tests(contests: &[Vec<&SideRow>], times: &[SideTimes]) -> Vec<Test> {
    let mut out = Vec::new();
    for (at, rows) in contests.iter().enumerate() {
        let sides: Vec<&&SideRow> = rows.iter().filter(|r| !r.side.is_empty()).collect();
        // Of two sides, what one has too much the other has too little.
        let compared = if sides.len() == 2 { 1 } else { sides.len() };
        for row in sides.iter().take(compared) {
            let others = || sides.iter().filter(|o| o.side != row.side);
            let (decided, upheld) = others().fold((0, 0), |(d, u), o| (d + o.decided, u + o.upheld));
            if row.decided >= ENOUGH && decided >= ENOUGH {
                let n = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
                let p = fisher(n(row.upheld), n(row.decided), n(upheld), n(decided));
                out.push(Test { contest: at, side: row.side.clone(), by_time: false, p });
            }
            let of = |side: &str| {
                let found = times.iter().find(|s| s.set_id == row.set_id && s.side == side);
                found.map_or(&[][..], |s| &s.seconds)
            };
            let rest: Vec<i32> = others().flat_map(|o| of(&o.side)).copied().collect();
            let enough = |values: &[i32]| i64::try_from(values.len()).is_ok_and(|n| n >= ENOUGH);
            if enough(of(&row.side)) && enough(&rest) {
                out.push(Test {
                    contest: at,
                    side: row.side.clone(),
                    by_time: true,
                    p: mann_whitney(of(&row.side), &rest),
                });
            }
        }
    }
    let raised = holm(&out.iter().map(|test| test.p).collect::<Vec<_>>());
    out.iter_mut().zip(raised).for_each(|(test, p)| test.p = p);
    out
}

/// Figures of one contest, or of the parties of one.
pub struct ContestFigures {
    /// The list.
    pub set: String,
    /// Parties that stand alone, not contestants.
    pub parties: bool,
    /// Side by side.
    pub sides: Vec<SideFigures>,
    /// Hits that name several sides.
    pub several: Option<i64>,
    /// What stands out.
    pub warnings: Vec<Warning>,
    /// There is enough of something to compare.
    pub compared: bool,
}

/// Figures of one side, as counted: whoever shows them leaves out what is few.
pub struct SideFigures {
    /// Hits, what was decided, what was upheld.
    pub row: SideRow,
    /// Median of the seconds that a first reading took, with its interval; `None` where there are few.
    pub time: Option<(i32, i32, i32)>,
}

/// A difference that is more than chance.
pub struct Warning {
    /// The side.
    pub side: String,
    /// In how long people read, else in how much they uphold.
    pub by_time: bool,
    /// The chance of such a difference, in hundredths; at least 0.1.
    pub percent: f64,
}

/// All contests; the look is in the ledger.
///
/// # Errors
/// [`Error::Unavailable`] when the database is away.
pub async fn contests(state: &AppState, user: &User) -> Result<Vec<ContestFigures>, Error> {
    let (rows, times) = (state.store.side_rows().await?, state.store.side_times().await?);
    state.store.record("parity.viewed", &user.login, "parity", &serde_json::json!({})).await?;
    // Contestants among contestants, parties among parties; hits that name several come with the contestants.
    let grouped: Vec<Vec<&SideRow>> = rows
        .chunk_by(|a, b| a.set_id == b.set_id && a.is_party == b.is_party)
        .map(|rows| rows.iter().collect())
        .collect();
    let tests = tests(&grouped, &times);
    let contest = |(at, rows): (usize, &Vec<&SideRow>)| {
        let first = rows.first()?;
        let here = || tests.iter().filter(|test| test.contest == at);
        let warning = |test: &Test| Warning {
            side: test.side.clone(),
            by_time: test.by_time,
            percent: (test.p * 100.0).max(0.1),
        };
        let sides = rows.iter().filter(|r| !r.side.is_empty());
        Some(ContestFigures {
            set: first.set_id.clone(),
            parties: first.is_party,
            sides: sides.map(|row| SideFigures { time: time(row, &times), row: (*row).clone() }).collect(),
            several: rows.iter().find(|r| r.side.is_empty()).map(|r| r.hits),
            warnings: here().filter(|test| test.p < ALARM).map(warning).collect(),
            compared: here().next().is_some(),
        })
    };
    Ok(grouped.iter().enumerate().filter_map(contest).collect())
}

fn time(row: &SideRow, times: &[SideTimes]) -> Option<(i32, i32, i32)> {
    let found = times.iter().find(|s| s.set_id == row.set_id && s.side == row.side)?;
    median(&found.seconds).filter(|_| i64::try_from(found.seconds.len()).is_ok_and(|n| n >= SMALLEST_CELL))
}

fn time_words(time: Option<(i32, i32, i32)>, t: Text) -> String {
    let Some((middle, low, high)) = time else { return t.s("share-few") };
    let words = |s: i32| duration(f64::from(s), t);
    format!("{} ({})", words(middle), t.xy("time-between", words(low), words(high)))
}

/// `GET /keseimbangan`
pub async fn show(State(state): State<AppState>, visit: Visit) -> Result<Html<String>, Error> {
    let f = visit.frame(&state, "parity-title", "/keseimbangan");
    let t = f.t;
    let lists = state.lists_now();
    let unknown = SetWords::default();
    let contest = |c: ContestFigures| {
        let words = lists.sets.get(&c.set).unwrap_or(&unknown);
        let name = |side: &str| words.sides.get(side).cloned().unwrap_or_else(|| side.to_owned());
        let title = if words.title.is_empty() { c.set.clone() } else { words.title.clone() };
        let line = |s: &SideFigures| Line {
            title: name(&s.row.side),
            hits: count(s.row.hits, t),
            upheld: share(s.row.upheld, s.row.decided, t),
            time: time_words(s.time, t),
        };
        let warning = |w: &Warning| {
            let key = if w.by_time { "parity-warn-time" } else { "parity-warn-upheld" };
            t.xy(key, name(&w.side), chance(w.percent, t))
        };
        Contest {
            title: if c.parties { t.x("parity-parties", &title) } else { title },
            lines: c.sides.iter().map(line).collect(),
            several: c.several.map(|hits| t.x("parity-several", count(hits, t))),
            warnings: c.warnings.iter().map(warning).collect(),
            compared: c.compared,
        }
    };
    let contests = contests(&state, &visit.user).await?;
    html(&Page { contests: contests.into_iter().map(contest).collect(), t, f })
}

/// "one in a thousand" as a share in hundredths: 0,1 %.
fn chance(percent: f64, t: Text) -> String {
    let shown = format!("{percent:.1}");
    if t.tag() == "id" { shown.replace('.', ",") } else { shown }
}

#[cfg(test)]
mod tests_of_parity {
    use super::*;

    fn row(side: &str, decided: i64, upheld: i64) -> SideRow {
        SideRow { set_id: "s".into(), side: side.into(), is_party: false, hits: decided, decided, upheld }
    }

    #[test]
    fn a_side_that_is_treated_differently_stands_out_and_chance_does_not() {
        let times = [
            SideTimes { set_id: "s".into(), side: "a".into(), seconds: (30..60).collect() },
            SideTimes { set_id: "s".into(), side: "b".into(), seconds: (200..240).collect() },
        ];
        let (a, b, c) = (row("a", 40, 30), row("b", 40, 8), row("", 50, 50));
        let found = tests(&[vec![&a, &b, &c]], &times);
        assert_eq!(found.len(), 2, "two sides are one comparison for each thing that is compared");
        assert!(found.iter().all(|test| test.p < 0.001), "{found:?}");

        let (a, b) = (row("a", 40, 20), row("b", 40, 17));
        assert!(tests(&[vec![&a, &b]], &[]).iter().all(|test| test.p > 0.5));
        let (a, b) = (row("a", 19, 19), row("b", 400, 0));
        assert_eq!(tests(&[vec![&a, &b]], &[]), [], "too few to say anything");
    }
}
