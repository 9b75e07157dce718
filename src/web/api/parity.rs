//! `/parity`: are the sides treated alike? Hits, what people said of them and how long they read, side by side. A warning says
//! that a difference is more than chance, not where it comes from.

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;
use super::quality::Share;
use super::route::{Asked, Call};
use crate::store::PARITY_DAYS;
use crate::web::parity_show::{self, ContestFigures, SideFigures};
use crate::web::share;
use crate::web::state::{Lists, SetWords};

/// One side.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Side {
    /// Its id in the list, or the party's word.
    id: String,
    /// Title; empty where the live lists no longer know it.
    title: String,
    /// Hits that came to people; null: fewer than five.
    hits: Option<i64>,
    /// Of those that were decided: upheld by two; null: fewer than five.
    upheld: Option<Share>,
    /// How long a first reading took; null: fewer than five.
    seconds: Option<Median>,
}

/// A median with its 95 % interval, in seconds; from a minute and a half on in whole minutes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Median {
    /// Half took longer.
    middle: i64,
    /// The interval's lower end.
    low: i64,
    /// Its upper end.
    high: i64,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// How much was upheld.
    Upheld,
    /// How long people read.
    Seconds,
}

/// A difference between a side and all others that is more than chance.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ParityWarning {
    /// The side.
    side: String,
    /// In what.
    by: Compared,
    /// The chance of such a difference in hundredths, corrected for how much was compared; at least 0.1.
    percent: f64,
}

/// One contest, or the parties of one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Contest {
    /// The election's list.
    set: String,
    /// Title; empty where the live lists no longer know it.
    title: String,
    /// Parties that stand alone, not contestants.
    parties: bool,
    /// Side by side.
    sides: Vec<Side>,
    /// Hits that name several sides; null: none, or fewer than five.
    several: Option<i64>,
    /// There is enough of something to compare.
    compared: bool,
    /// What stands out.
    warnings: Vec<ParityWarning>,
}

impl Contest {
    fn new(c: ContestFigures, lists: &Lists) -> Self {
        let unknown = SetWords::default();
        let words = lists.sets.get(&c.set).unwrap_or(&unknown);
        let seconds = |n: i32| share::rounded(f64::from(n));
        let side = |s: SideFigures| Side {
            title: words.sides.get(&s.row.side).cloned().unwrap_or_default(),
            hits: share::shown(s.row.hits),
            upheld: Share::of(s.row.upheld, s.row.decided),
            seconds: s.time.map(|(middle, low, high)| Median {
                middle: seconds(middle),
                low: seconds(low),
                high: seconds(high),
            }),
            id: s.row.side,
        };
        let warning = |w: parity_show::Warning| ParityWarning {
            by: if w.by_time { Compared::Seconds } else { Compared::Upheld },
            percent: (w.percent * 10.0).round() / 10.0,
            side: w.side,
        };
        Self {
            title: words.title.clone(),
            parties: c.parties,
            sides: c.sides.into_iter().map(side).collect(),
            several: c.several.and_then(share::shown),
            compared: c.compared,
            warnings: c.warnings.into_iter().map(warning).collect(),
            set: c.set,
        }
    }
}

/// The sides of every contest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Parity {
    /// So many days back.
    days: i32,
    /// Contest by contest.
    items: Vec<Contest>,
}

/// `GET /parity`
pub async fn show(call: Call, _: Asked) -> Result<Json<Parity>, Problem> {
    let lists = call.state.lists_now();
    let found = parity_show::contests(&call.state, call.user()).await?;
    Ok(Json(Parity { days: PARITY_DAYS, items: found.into_iter().map(|c| Contest::new(c, &lists)).collect() }))
}
