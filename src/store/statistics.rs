//! Figures of the whole, never of persons. Whoever shows them leaves small cells out.

use super::{Store, StoreError};

/// Hits of one clause in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitCount {
    /// Clause.
    pub clause: String,
    /// Where they stand, as the database has it.
    pub state: String,
    /// How many.
    pub count: i64,
}

/// Decisions that hold, of one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeCount {
    /// Outcome, as the database has it.
    pub outcome: String,
    /// How many.
    pub count: i64,
}

impl Store {
    /// How many hits there are, by clause and state; background is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn hit_counts(&self) -> Result<Vec<HitCount>, StoreError> {
        Ok(sqlx::query_as!(
            HitCount,
            r#"select clause, state, count(*) as "count!" from hit where state <> 'background' group by 1, 2 order by 1, 2"#
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// How many decisions hold, by outcome.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn outcome_counts(&self) -> Result<Vec<OutcomeCount>, StoreError> {
        Ok(sqlx::query_as!(
            OutcomeCount,
            r#"select outcome as "outcome!", count(*) as "count!" from standing_decision group by 1 order by 1"#
        )
        .fetch_all(&self.pool)
        .await?)
    }
}
