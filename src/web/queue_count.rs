//! `GET /antrean/jumlah`: the counts, for the script that keeps them fresh.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;

#[derive(Serialize)]
struct Counts {
    open: i64,
    claimed: i64,
    mine: i64,
    decided_today: i64,
}

/// `GET /antrean/jumlah`
pub async fn count(State(state): State<AppState>, visit: Visit) -> Result<impl IntoResponse, Error> {
    let c = state.store.queue_counts(visit.user.user_id).await?;
    Ok(Json(Counts { open: c.open, claimed: c.claimed, mine: c.mine, decided_today: c.decided_today }))
}
