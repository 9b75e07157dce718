//! The pages on which people decide.
//!
//! Handlers are named `entity_action`: the list of files is the list of routes, and [`access`] holds whom each serves.
//! Every page works without JavaScript; the script only adds keys and live counts.

mod absence_note;
mod access;
mod account_approve;
mod account_link;
mod address;
mod api;
mod asset_get;
mod attachment;
mod auth;
mod backtest_show;
mod cells;
mod chart;
mod circumstance_note;
mod clarification_list;
mod clarification_show;
mod clock;
mod code_enter;
mod config;
mod conflict_list;
mod csrf;
mod declaration_settle;
mod declaration_sign;
mod error;
mod factor_check;
mod factor_show;
mod fields;
mod golden_mark;
mod golden_read;
mod group_close;
mod group_show;
mod headers;
mod health;
mod help_show;
mod highlight;
mod hit_claim;
mod hit_decide;
mod hit_move;
mod hit_release;
mod hit_seen;
mod hit_show;
mod hit_standing;
mod hit_undo;
mod hit_view;
mod home_show;
mod i18n;
mod invitation_list;
mod keyword_edit;
mod language_set;
mod ledger_list;
mod live_lists;
mod metrics;
mod objection_raise;
mod objection_settle;
mod oidc_open;
mod own_show;
mod page;
mod parity_show;
pub mod password;
mod person_edit;
mod person_list;
mod person_show;
mod quality_show;
mod queue_list;
mod queue_next;
mod queue_stream;
mod queue_view;
mod register_frame;
mod register_import;
mod register_show;
mod said;
mod seal;
mod search_show;
mod session_close;
mod session_open;
mod set_check;
mod set_diff;
mod set_download;
mod set_frame;
mod set_list;
mod set_problems;
mod set_proposal;
mod set_publish;
mod set_show;
mod set_stages;
mod share;
mod signing;
mod source_list;
mod source_show;
mod source_state;
mod stand_in_list;
mod state;
mod text_size;
mod text_try;
mod throttle;
mod tip_list;
mod tip_show;
mod token_make;
mod totp;
mod typed;
mod unit_list;
mod unit_show;
mod user_frame;
mod user_list;
mod user_settle;
mod user_show;
mod veil;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

pub use access::{TABLE, Who};
pub use api::{ApiRow, BASE as API_BASE, document as api_document, table as api_table};
pub use clock::Zone;
pub use config::{ApiConfig, SecondFactorRule, WebConfig};
use error::Error;
pub use i18n::Text;
pub use seal::Keyring;
pub use state::{AppState, ClauseWords, Find, Lists, LiveLists, ReferenceWords, SetWords, StageWords};

/// A page that takes longer is given up; the browser gets a page that says so.
const TIMEOUT: Duration = Duration::from_secs(20);

/// All routes, each behind its row of [`TABLE`] or of the API's table, with the headers, limits and checks that hold for all.
pub fn router(state: AppState) -> Router {
    let routes = access::routes().fold(Router::new(), |router, (path, handler)| router.route(path, handler));
    // The last layer is the outermost: headers on everything, then who asks, then what may stop a request early. The API comes
    // after the check of the cookie, which it does not know, and of where a form was sent from.
    routes
        .fallback(async || Error::NotFound)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(from_fn(csrf::same_origin))
        .layer(from_fn_with_state(state.clone(), auth::identify))
        .nest(api::BASE, api::router(&state))
        .layer(from_fn_with_state(state.clone(), headers::harden))
        .with_state(state)
}

/// Serves the pages until `shutdown` ends, then lets running requests finish.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let closing = state.clone();
    let shutdown = async move {
        shutdown.await;
        closing.close();
    };
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}

/// The panic's message may quote data, so it stays where the panic hook wrote it.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Error::Internal.into_response()
}
