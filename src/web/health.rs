//! Probes: alive, and ready to serve.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Extension, IntoResponse};

use super::auth::ForMachines;
use super::state::AppState;
use crate::store::StoreError;

/// A database that takes longer is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process answers.
pub async fn live() -> impl IntoResponse {
    (Extension(ForMachines), "ok\n")
}

/// `GET /readyz`: the database answers and its schema is the one that this binary knows.
pub async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let asked = async {
        state.store.ping().await?;
        state.store.require_current_schema().await
    };
    let (status, text) = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(StoreError::Schema(_))) => {
            (StatusCode::SERVICE_UNAVAILABLE, "schema is not current: run `netral migrate`\n")
        }
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database does not answer\n"),
    };
    (status, Extension(ForMachines), text)
}
