//! Units (Perangkat Daerah) of the regency.

use serde_json::json;

use super::{NewUnit, Store, StoreError, ledger};
use crate::model::UnitId;

/// A unit as its page shows it.
#[derive(Clone, Debug)]
pub struct UnitLine {
    /// Id.
    pub unit_id: UnitId,
    /// The regency's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Dinas, badan, kecamatan …
    pub kind: String,
}

impl Store {
    /// All units, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn units(&self) -> Result<Vec<UnitLine>, StoreError> {
        Ok(sqlx::query_as!(UnitLine, "select unit_id, code, name, kind from unit order by name, code")
            .fetch_all(&self.pool)
            .await?)
    }

    /// Every unit's id and name, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn unit_names(&self) -> Result<Vec<(UnitId, String)>, StoreError> {
        let rows = sqlx::query!("select unit_id, name from unit order by name").fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|r| (r.unit_id.into(), r.name)).collect())
    }

    /// Adds a unit.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `unit_code_key` when the code is taken.
    pub async fn add_unit(&self, unit: &NewUnit, actor: &str) -> Result<UnitId, StoreError> {
        let id = UnitId::new();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into unit (unit_id, code, name, kind) values ($1, $2, $3, $4)",
            id.0,
            unit.code,
            unit.name,
            unit.kind
        )
        .execute(&mut *tx)
        .await?;
        ledger::append(&mut tx, "unit.added", actor, &format!("unit/{id}"), &json!({})).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives a unit another name or kind; false if there is none of that id. Its code stays: register files name it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `unit_name_check` when the name is empty or too long.
    pub async fn rename_unit(&self, id: UnitId, name: &str, kind: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!("update unit set name = $2, kind = $3 where unit_id = $1", id.0, name, kind)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 1 {
            ledger::append(&mut tx, "unit.renamed", actor, &format!("unit/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
