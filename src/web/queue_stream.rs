//! `GET /antrean/aliran`: the counts as they change, as server-sent events, for the script that keeps them fresh.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream;
use serde::Serialize;

use super::auth::Visit;
use super::error::Error;
use super::state::AppState;

/// So often the counts are looked at; nothing is sent while they stand still.
const LOOK: Duration = Duration::from_secs(2);
/// After so many looks the stream ends and the browser asks anew: then the session is checked again.
const LOOKS: u32 = 150;

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
struct Counts {
    open: i64,
    claimed: i64,
    mine: i64,
    decided_today: i64,
}

/// `GET /antrean/aliran`
pub async fn stream(State(state): State<AppState>, visit: Visit) -> Result<impl IntoResponse, Error> {
    let user = visit.user.user_id;
    let events = stream::unfold((state, None, 0), move |(state, said, mut looks)| async move {
        loop {
            if looks > 0 {
                tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    () = state.closing() => return None,
                }
            }
            looks += 1;
            // A database that is away for a moment ends nothing: the next look tries again.
            let counts = state.queue_counts(user).await.ok().map(|c| Counts {
                open: c.open,
                claimed: c.claimed,
                mine: c.mine,
                decided_today: c.decided_today,
            });
            if looks > LOOKS {
                return None;
            }
            if counts.is_some() && counts != said {
                let event = Event::default().event("jumlah").json_data(counts).unwrap_or_default();
                return Some((Ok::<_, Infallible>(event), (state, counts, looks)));
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))))
}
