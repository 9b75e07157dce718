//! `/statistics`: figures of the whole, in cells of five or more; never of persons, and no order of people.

use std::collections::BTreeMap;

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::Problem;
use super::route::{Asked, Call};
use crate::web::cells;

/// One cell. Null: fewer than five, or left out so that no such cell can be told from the others.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cell {
    /// What is counted.
    key: String,
    /// How many.
    count: Option<i64>,
}

/// Figures of hits and decisions.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Statistics {
    /// Smallest cell that is shown.
    smallest: i64,
    /// Hits by state.
    hits_by_state: Vec<Cell>,
    /// Hits by clause.
    hits_by_clause: Vec<Cell>,
    /// Decisions that hold, by outcome.
    decisions_by_outcome: Vec<Cell>,
}

/// `GET /statistics`
pub async fn show(call: Call, _: Asked) -> Result<Json<Statistics>, Problem> {
    let hits = call.state.store.hit_counts().await?;
    let decisions = call.state.store.outcome_counts().await?;
    let (mut states, mut clauses) = (BTreeMap::new(), BTreeMap::new());
    for hit in hits {
        *states.entry(hit.state).or_insert(0) += hit.count;
        *clauses.entry(hit.clause).or_insert(0) += hit.count;
    }
    Ok(Json(Statistics {
        smallest: cells::SMALLEST,
        hits_by_state: table(states),
        hits_by_clause: table(clauses),
        decisions_by_outcome: table(decisions.into_iter().map(|d| (d.outcome, d.count))),
    }))
}

fn table(rows: impl IntoIterator<Item = (String, i64)>) -> Vec<Cell> {
    let shown = cells::table(rows.into_iter().collect());
    shown.into_iter().map(|(key, count)| Cell { key, count }).collect()
}
