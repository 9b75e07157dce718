//! Published keyword sets: the exact source text that made each hit.

use jiff::Timestamp;
use serde_json::json;

use super::{Store, StoreError, ledger};

/// A set to be published.
#[derive(Clone, Debug)]
pub struct PublishedSet {
    /// Id of the election's set.
    pub set_id: String,
    /// Fingerprint of the closure.
    pub version: String,
    /// Title.
    pub title: String,
    /// Id of its circular.
    pub circular: String,
    /// Every file of the closure: name and text.
    pub sources: Vec<(String, String)>,
}

/// A set that is live, as the pages list it.
#[derive(Clone, Debug)]
pub struct LiveSet {
    /// Id of the set.
    pub set_id: String,
    /// Fingerprint.
    pub version: String,
    /// Title.
    pub title: String,
    /// Id of its circular.
    pub circular: String,
    /// Since when.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

impl Store {
    /// Publishes a version and retires the one before; publishing what is live already changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn publish_set(&self, set: &PublishedSet, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        // One publisher at a time, so that two processes that start together agree on what is live.
        sqlx::query!("select pg_advisory_xact_lock(hashtext('keyword_set'))").fetch_one(&mut *tx).await?;
        let live =
            sqlx::query_scalar!("select version from keyword_set where set_id = $1 and retired_at is null", set.set_id)
                .fetch_optional(&mut *tx)
                .await?;
        if live.as_deref() == Some(set.version.as_str()) {
            return Ok(false);
        }
        sqlx::query!("update keyword_set set retired_at = now() where set_id = $1 and retired_at is null", set.set_id)
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "insert into keyword_set (set_id, version, title, circular, sources, published_by) values ($1, $2, $3, $4, $5, $6)
             on conflict (set_id, version) do update set retired_at = null",
            set.set_id,
            set.version,
            set.title,
            set.circular,
            json!(set.sources).to_string(),
            actor
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "version": set.version, "replaces": live });
        ledger::append(&mut tx, "keywords.published", actor, &format!("set/{}", set.set_id), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The live sets, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn live_sets(&self) -> Result<Vec<LiveSet>, StoreError> {
        let rows = sqlx::query!(
            "select set_id, version, title, circular, published_at, published_by from keyword_set where retired_at is null order by set_id"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| LiveSet {
                set_id: r.set_id,
                version: r.version,
                title: r.title,
                circular: r.circular,
                published_at: r.published_at.to_jiff(),
                published_by: r.published_by,
            })
            .collect())
    }

    /// Source text of the live sets: what a worker builds its matcher from.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn live_sources(&self) -> Result<Vec<Vec<(String, String)>>, StoreError> {
        let rows = sqlx::query_scalar!("select sources from keyword_set where retired_at is null order by set_id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|text| serde_json::from_str(text).map_err(|_| StoreError::Stored { what: "keyword set" }))
            .collect()
    }
}
