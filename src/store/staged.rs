//! Register files that somebody looks at before they go in, and what waits on the register's pages.

use serde_json::json;
use uuid::Uuid;

use super::{RegisterRow, Store, StoreError};

/// How much waits, for the register's own navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegisterWaiting {
    /// Accounts for a second person.
    pub accounts: i64,
    /// Declarations.
    pub declarations: i64,
    /// Open objections.
    pub objections: i64,
    /// Tips for a second person.
    pub tips: i64,
}

impl Store {
    /// Keeps the rows of a register file until its author says yes; what others left for a day is removed.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn stage_import(&self, origin: &str, rows: &[RegisterRow], actor: &str) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "delete from register_import where proposed_at < now() - interval '1 day' or proposed_by = $1",
            actor
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into register_import (import_id, origin, rows, proposed_by) values ($1, $2, $3, $4)",
            id,
            origin,
            json!(rows).to_string(),
            actor
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes the rows out again; `None` where there are none of that id by that author.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away or the rows can't be read any more.
    pub async fn take_staged(&self, id: Uuid, actor: &str) -> Result<Option<Vec<RegisterRow>>, StoreError> {
        let rows = sqlx::query_scalar!(
            "delete from register_import where import_id = $1 and proposed_by = $2 returning rows",
            id,
            actor
        )
        .fetch_optional(&self.pool)
        .await?;
        rows.map(|rows| serde_json::from_str(&rows).map_err(|_| StoreError::Stored { what: "register file" }))
            .transpose()
    }

    /// How much waits.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn register_waiting(&self) -> Result<RegisterWaiting, StoreError> {
        Ok(sqlx::query_as!(
            RegisterWaiting,
            r#"select (select count(*) from account where approved_at is null and stopped_at is null) as "accounts!",
                      (select count(*) from declaration where state = 'waiting') as "declarations!",
                      (select count(*) from objection where state = 'open') as "objections!",
                      (select count(*) from tip where confirmed_at is null) as "tips!""#
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
