//! Hits on their way into the database: found when an activity is collected, or when the window is read again.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ListFrame, Program, StoreError};
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
    keywords: BTreeSet<&'a str>,
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

/// Keeps hits of activities that are there already, and counts their keywords; see `keep_hits` in `migrations/0019_page.sql`.
pub(super) async fn insert_hits(
    tx: &mut PgConnection,
    frame: &ListFrame,
    program: &Program,
    hits: &[HitRecord<'_>],
) -> Result<(), StoreError> {
    let page = json!({ "zone": program.timezone, "caps": caps(frame, hits), "hits": hits });
    let apart =
        sqlx::query_scalar!(r#"select apart as "apart!" from keep_hits($1::text::jsonb, null)"#, page.to_string())
            .fetch_one(tx)
            .await?;
    warn_of_noise(apart);
    Ok(())
}

/// One noisy keyword must not bury the queue; somebody is to look at it.
pub(super) fn warn_of_noise(apart: i64) {
    if apart > 0 {
        tracing::warn!(hits = apart, "keywords over their daily cap: hits wait apart");
    }
}

/// How often a keyword of these hits may be in one on one day, where that is bounded.
pub(super) fn caps(frame: &ListFrame, hits: &[HitRecord<'_>]) -> Vec<serde_json::Value> {
    if frame.caps.is_empty() {
        return Vec::new();
    }
    let keywords: BTreeSet<_> = hits.iter().flat_map(|h| h.keywords.iter().map(|k| (h.set_id, *k))).collect();
    let cap = |(set, keyword): (&str, &str)| {
        // One too large for the column bounds nothing.
        let cap = i32::try_from(*frame.caps.get(&(set.to_owned(), keyword.to_owned()))?).ok()?;
        Some(json!({ "set_id": set, "keyword": keyword, "cap": cap }))
    };
    keywords.into_iter().filter_map(cap).collect()
}
