//! `/sources`: what is read, how well that works, and what cannot be seen at all.

use axum::Json;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{Code, Problem};
use super::route::{Asked, Call};
use super::schema::Moment;
use crate::model::{AccountId, Verb};
use crate::store::{CoverageRow, Ground, SourceState};

/// A platform and how it is doing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Source {
    /// The platform.
    platform: String,
    /// How each verb can be seen there.
    sight: Vec<VerbSight>,
    /// Its terms ask for a ground before an authority reads it.
    needs_ground: bool,
    /// Such a ground is recorded.
    has_ground: bool,
    /// Somebody switched it off.
    switched_off: bool,
    /// It is left alone until then.
    paused_until: Option<Moment>,
    /// Why: `rate`, `fault`, `denied`.
    paused_why: Option<String>,
    /// Accounts that are read.
    accounts: i64,
    /// Last time that any of them was read to the end.
    last_ok_at: Option<Moment>,
    /// Accounts whose last try failed.
    failing: i64,
    /// Accounts given up until an operator looks.
    parked: i64,
    /// Accounts that are due but not read yet.
    overdue: i64,
    /// How long the longest overdue one has been due, in seconds.
    lag_seconds: i64,
    /// Accounts that the service does not show.
    unavailable: i64,
    /// Activities kept.
    kept: i64,
    /// Activities that were there already.
    known: i64,
    /// Activities of accounts outside the register.
    turned_away: i64,
    /// Items that could not be read or stored.
    rejected: i64,
}

/// How a verb can be seen on a platform.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerbSight {
    /// What is done.
    verb: Verb,
    /// `read`, `audience`, `import` or `never`.
    sight: String,
}

/// Every platform that netral knows or has accounts of.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Sources {
    /// By name.
    items: Vec<Source>,
}

fn source(platform: &str, figures: Option<&CoverageRow>, state: Option<&SourceState>, grounded: bool) -> Source {
    let known = crate::pipeline::coverage().iter().find(|row| row.platform == platform);
    let paused = state.and_then(|s| s.paused.clone()).filter(|(until, _)| *until > Timestamp::now());
    let (paused_until, paused_why) = paused.unzip();
    let n = |pick: fn(&CoverageRow) -> i64| figures.map_or(0, pick);
    Source {
        platform: platform.to_owned(),
        sight: known.map_or_else(Vec::new, |row| {
            row.verbs().map(|(verb, sight)| VerbSight { verb, sight: sight.as_str().to_owned() }).collect()
        }),
        needs_ground: known.is_some_and(|row| row.needs_ground),
        has_ground: grounded,
        switched_off: state.is_some_and(|s| s.switched_off.is_some()),
        paused_until: paused_until.map(Into::into),
        paused_why,
        accounts: n(|c| c.accounts),
        last_ok_at: figures.and_then(|c| c.last_ok_at).map(Into::into),
        failing: n(|c| c.failing),
        parked: n(|c| c.parked),
        overdue: n(|c| c.overdue),
        lag_seconds: n(|c| c.lag_seconds),
        unavailable: n(|c| c.unavailable),
        kept: n(|c| c.kept),
        known: n(|c| c.known),
        turned_away: n(|c| c.turned_away),
        rejected: n(|c| c.rejected),
    }
}

async fn all(call: &Call) -> Result<Vec<Source>, Problem> {
    let store = &call.state.store;
    let (figures, states) = (store.coverage().await?, store.source_states().await?);
    let grounds: Vec<Ground> = store.grounds().await?;
    let mut names: Vec<&str> = crate::pipeline::coverage().iter().map(|row| row.platform).collect();
    names.extend(figures.iter().map(|row| row.platform.as_str()));
    names.sort_unstable();
    names.dedup();
    let one = |name: &&str| {
        let grounded = grounds.iter().any(|g| g.platform == **name);
        source(
            name,
            figures.iter().find(|c| c.platform == **name),
            states.iter().find(|s| s.platform == **name),
            grounded,
        )
    };
    Ok(names.iter().map(one).collect())
}

/// `GET /sources`
pub async fn list(call: Call, _: Asked) -> Result<Json<Sources>, Problem> {
    Ok(Json(Sources { items: all(&call).await? }))
}

/// Which platform.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcePath {
    /// Name of the platform.
    platform: String,
}

/// One platform, and what an operator should look at there.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SourceBody {
    /// How it is doing.
    source: Source,
    /// Accounts that fail, are given up, are not shown, or have another handle; at most 500.
    troubled: Vec<TroubledAccount>,
    /// Campaign accounts that are read from the other side.
    campaigns: Vec<Campaign>,
}

/// An account that an operator should look at.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TroubledAccount {
    /// Id.
    account_id: AccountId,
    /// Handle as registered.
    handle: String,
    /// Handle that the platform gives it today, where it is another one.
    seen_handle: Option<String>,
    /// Why the service does not show it, in one word.
    state: Option<String>,
    /// Latest failure in words.
    error: Option<String>,
    /// Failures in a row.
    failures: i32,
    /// Given up since then.
    parked_at: Option<Moment>,
    /// Last time it was read to the end.
    last_ok_at: Option<Moment>,
    /// When it is tried again.
    due_at: Moment,
}

/// A campaign account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Campaign {
    /// Its handle.
    handle: String,
    /// Last time its audience was read.
    last_ok_at: Option<Moment>,
    /// Latest failure in words.
    error: Option<String>,
    /// Acts of people outside the register, dropped and counted.
    strangers: i64,
}

/// `GET /sources/{platform}`
pub async fn show(call: Call, asked: Asked<SourcePath>) -> Result<Json<SourceBody>, Problem> {
    let platform = asked.path.platform;
    let source = all(&call).await?.into_iter().find(|s| s.platform == platform).ok_or(Code::NotFound)?;
    let troubled = call.state.store.troubled(&platform).await?.into_iter().map(|a| TroubledAccount {
        account_id: a.account_id.into(),
        handle: a.handle,
        seen_handle: a.seen_handle,
        state: a.state,
        error: a.error,
        failures: a.failures,
        parked_at: a.parked_at.map(Into::into),
        last_ok_at: a.last_ok_at.map(Into::into),
        due_at: a.due_at.into(),
    });
    let campaigns = call.state.store.campaigns(&platform).await?.into_iter().map(|c| Campaign {
        handle: c.handle,
        last_ok_at: c.last_ok_at.map(Into::into),
        error: c.error,
        strangers: c.strangers,
    });
    Ok(Json(SourceBody { source, troubled: troubled.collect(), campaigns: campaigns.collect() }))
}
