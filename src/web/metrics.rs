//! `/metrics`: a few numbers as Prometheus reads them. Numbers of work, never of persons.

use std::fmt::Write as _;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Extension, IntoResponse, Response};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::address;
use super::auth::ForMachines;
use super::error::Error;
use super::state::AppState;

/// `GET /metrics`
pub async fn show(State(state): State<AppState>, request: Request) -> Result<Response, Error> {
    if !may_read(&state, &request) {
        return Ok((StatusCode::FORBIDDEN, Extension(ForMachines), "loopback or bearer token only\n").into_response());
    }
    let queue = state.store.queue_counts().await?;
    let mut out = String::new();
    gauge(&mut out, "netral_queue_open_hits", "Hits that wait for a decision.", queue.open);
    gauge(&mut out, "netral_queue_claimed_hits", "Hits that somebody holds now.", queue.claimed);
    gauge(&mut out, "netral_decided_today_hits", "Hits decided since midnight.", queue.decided_today);
    let (waiting, dead) = state.store.notices_waiting().await?;
    gauge(&mut out, "netral_notices_waiting", "Notices that wait to go out.", waiting);
    gauge(&mut out, "netral_notices_given_up", "Notices given up within a week.", dead);
    let coverage = state.recent_coverage().await?;
    for (name, help, value) in [
        ("netral_source_accounts", "Accounts read.", (|c| c.accounts) as fn(&crate::store::CoverageRow) -> i64),
        ("netral_source_failing_accounts", "Accounts whose last reading failed.", |c| c.failing),
        ("netral_source_parked_accounts", "Accounts given up until an operator looks.", |c| c.parked),
    ] {
        labelled(&mut out, name, "gauge", help, coverage.iter().map(|c| (c.platform.as_str(), "", value(c))));
    }
    let intake = coverage.iter().flat_map(|c| {
        let p = c.platform.as_str();
        [(p, "kept", c.kept), (p, "known", c.known), (p, "turned_away", c.turned_away), (p, "rejected", c.rejected)]
    });
    labelled(&mut out, "netral_intake_activities_total", "counter", "Activities by what became of them.", intake);
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    Ok((Extension(ForMachines), [kind], out).into_response())
}

fn may_read(state: &AppState, request: &Request) -> bool {
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    match (&state.config.metrics_token, given) {
        // Hashes are compared, so that the time taken says nothing of the token.
        (Some(token), Some(given)) => Sha256::digest(token.expose_secret()) == Sha256::digest(given),
        _ => address::is_local(request.extensions(), request.headers()),
    }
}

fn gauge(out: &mut String, name: &str, help: &str, value: i64) {
    line(out, format_args!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n"));
}

fn labelled<'a>(
    out: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    rows: impl Iterator<Item = (&'a str, &'a str, i64)>,
) {
    line(out, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    for (platform, result, value) in rows {
        let result = if result.is_empty() { String::new() } else { format!(",result=\"{result}\"") };
        // The database lets a platform's name be only `[a-z0-9_-]`, so nothing needs escaping.
        line(out, format_args!("{name}{{platform=\"{platform}\"{result}}} {value}\n"));
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok());
}
