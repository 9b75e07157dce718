//! Register files that somebody looks at before they go in, and what waits on the register's pages.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::register::import_rows;
use super::{Linked, RegisterRow, Store, StoreError};

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

    /// Takes the rows into the register, all of them or none; `None` where there are none of that id by that author. What
    /// could not be taken in goes on waiting.
    ///
    /// # Errors
    /// The index of the row (from 0) and what refused it.
    pub async fn take_staged(&self, id: Uuid, actor: &str) -> Result<Option<Linked>, (usize, StoreError)> {
        let none = |e| (0, e);
        let mut tx = self.begin().await.map_err(none)?;
        let Some(rows) = unstage(&mut tx, id, actor).await.map_err(none)? else { return Ok(None) };
        let linked = import_rows(&mut tx, &rows, actor).await?;
        tx.commit().await.map_err(|e| (rows.len(), e.into()))?;
        Ok(Some(linked))
    }

    /// Forgets the rows; false where there are none of that id by that author.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn drop_staged(&self, id: Uuid, actor: &str) -> Result<bool, StoreError> {
        let done = sqlx::query!("delete from register_import where import_id = $1 and proposed_by = $2", id, actor);
        Ok(done.execute(&self.pool).await?.rows_affected() == 1)
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

/// The rows, out of where they waited.
async fn unstage(tx: &mut PgConnection, id: Uuid, actor: &str) -> Result<Option<Vec<RegisterRow>>, StoreError> {
    let rows = sqlx::query_scalar!(
        "delete from register_import where import_id = $1 and proposed_by = $2 returning rows",
        id,
        actor
    )
    .fetch_optional(tx)
    .await?;
    rows.map(|rows| serde_json::from_str(&rows).map_err(|_| StoreError::Stored { what: "register file" })).transpose()
}
