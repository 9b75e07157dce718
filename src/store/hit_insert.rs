//! Hits on their way into the database: found when an activity is collected, or when the window is read again.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::model::{AccountId, Activity, ActivityId, Hit, HitId, Kind, Level};

/// The hit as `jsonb_to_recordset` takes it apart.
#[derive(Serialize)]
pub(super) struct HitRecord<'a> {
    pub(super) account_id: Uuid,
    pub(super) hit_id: Uuid,
    activity_id: Option<Uuid>,
    score: i16,
    severity: i16,
    pub(super) level: Level,
    pub(super) state: &'a str,
    origin: Option<&'a str>,
    pub(super) set_id: &'a str,
    pub(super) set_version: &'a str,
    clause: &'a str,
    also: &'a [String],
    stage: &'a str,
    verb: &'a str,
    sides: &'a [String],
    stance: serde_json::Value,
    parties: &'a [String],
    matches: serde_json::Value,
    parts: serde_json::Value,
    reason: &'a str,
    counter: &'a [String],
    /// What the search knows of it; left to the database where the activity is not at hand.
    pub(super) words: Option<String>,
    /// Those that a daily cap counts: not cues, which stand in every list.
    #[serde(skip)]
    pub(super) keywords: BTreeSet<&'a str>,
}

/// A new hit, found when the activity was collected (`live`) or when the window was read again (`rescan`).
pub(super) fn record<'a>(account: AccountId, activity: ActivityId, hit: &'a Hit, origin: &'a str) -> HitRecord<'a> {
    HitRecord { activity_id: Some(activity.0), origin: Some(origin), ..record_again(account, HitId::new(), hit) }
}

/// A hit that is there already, as it is now.
pub(super) fn record_again(account: AccountId, hit_id: HitId, hit: &Hit) -> HitRecord<'_> {
    HitRecord {
        account_id: account.0,
        hit_id: hit_id.0,
        activity_id: None,
        score: hit.score.0,
        severity: hit.severity.0,
        level: hit.level,
        state: if hit.level == Level::Review { "open" } else { "background" },
        origin: None,
        set_id: &hit.set,
        set_version: &hit.version,
        clause: &hit.clause,
        also: &hit.also,
        stage: &hit.stage,
        verb: hit.verb.as_str(),
        sides: &hit.sides,
        stance: json!(hit.stance),
        parties: &hit.parties,
        matches: json!(hit.matches),
        parts: json!(hit.parts),
        reason: &hit.reason,
        counter: &hit.counter,
        words: None,
        keywords: hit
            .matches
            .iter()
            .filter(|m| !matches!(m.kind, Kind::Cue | Kind::Allow))
            .map(|m| &*m.keyword)
            .collect(),
    }
}

/// The words that a search finds a hit by: the post's, and those of what it reacts to. The same as `hit_takes_words`.
pub(super) fn words(activity: &Activity) -> String {
    let target = activity.target.as_ref().and_then(|t| t.text.as_deref()).unwrap_or_default();
    format!("{} {target}", activity.text).chars().take(20_000).collect()
}

/// Inserts hits; their activities are there already.
pub(super) async fn insert_hits(tx: &mut PgConnection, hits: &[HitRecord<'_>]) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into hit (account_id, hit_id, activity_id, set_id, set_version, clause, also, stage, verb, level, score,
                          severity, urgent_at, sides, stance, parties, matches, parts, reason, counter, state, origin, words)
         select account_id, hit_id, activity_id, set_id, set_version, clause, also, stage, verb, level, score,
                severity, now() - head_start(severity, score), sides, stance, parties, matches, parts, reason, counter, state, origin,
                case when level = 'review' then to_tsvector('simple', words) end
         from jsonb_to_recordset($1::text::jsonb) as h(account_id uuid, hit_id uuid, activity_id uuid, set_id text,
              set_version text, clause text, also text[], stage text, verb text, level text, score smallint,
              severity smallint, sides text[], stance jsonb, parties text[], matches jsonb, parts jsonb, reason text, counter text[], state text, origin text, words text)",
        json!(hits).to_string()
    )
    .execute(tx)
    .await?;
    Ok(())
}
