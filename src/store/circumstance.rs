//! What may turn a hit into something allowed: unpaid leave, a spouse who runs, a committee's permit.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use uuid::Uuid;

use super::{Store, StoreError, ledger};
use crate::model::{AccountId, CircumstanceKind, PersonId};

/// A circumstance to be noted.
#[derive(Clone, Debug)]
pub struct NewCircumstance {
    /// Which.
    pub kind: CircumstanceKind,
    /// The contest that it belongs to; needed for a candidate's spouse.
    pub contest: String,
    /// Number of the letter or decree.
    pub document: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
}

/// A circumstance that was noted.
#[derive(Clone, Debug)]
pub struct Circumstance {
    /// Id.
    pub circumstance_id: Uuid,
    /// What it says.
    pub what: NewCircumstance,
    /// Who noted it.
    pub noted_by: String,
}

impl Circumstance {
    /// Whether it held on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.what.valid_from <= day && self.what.valid_to.is_none_or(|last| day <= last)
    }
}

impl Store {
    /// A person's circumstances, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn circumstances(&self, person: PersonId) -> Result<Vec<Circumstance>, StoreError> {
        let rows = sqlx::query!(
            "select circumstance_id, kind, contest, document, valid_from, valid_to, noted_by
             from circumstance where person_id = $1 order by valid_from desc, circumstance_id",
            person.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(Circumstance {
                    circumstance_id: r.circumstance_id,
                    what: NewCircumstance {
                        kind: r.kind.parse().map_err(|_| StoreError::Stored { what: "circumstance" })?,
                        contest: r.contest,
                        document: r.document,
                        valid_from: r.valid_from.to_jiff(),
                        valid_to: r.valid_to.map(jiff_sqlx::Date::to_jiff),
                    },
                    noted_by: r.noted_by,
                })
            })
            .collect()
    }

    /// The circumstances of an account's owner; none where the account turned out to be somebody else's.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn circumstances_behind(&self, account: AccountId) -> Result<Vec<Circumstance>, StoreError> {
        let owner = sqlx::query_scalar!(
            "select person_id from account where account_id = $1 and unlinked_at is null",
            account.0
        );
        match owner.fetch_optional(&self.pool).await? {
            Some(person) => self.circumstances(PersonId(person)).await,
            None => Ok(Vec::new()),
        }
    }

    /// Notes a circumstance.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the rule that is not met.
    pub async fn note_circumstance(
        &self,
        person: PersonId,
        new: &NewCircumstance,
        actor: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into circumstance (circumstance_id, person_id, kind, contest, document, valid_from, valid_to, noted_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            Uuid::now_v7(),
            person.0,
            new.kind.as_str(),
            new.contest,
            new.document,
            new.valid_from.to_sqlx(),
            new.valid_to.map(ToSqlx::to_sqlx),
            actor
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "kind": new.kind });
        ledger::append(&mut tx, "circumstance.noted", actor, &format!("person/{person}"), &detail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a circumstance's last day; returns whose it is, `None` if there is none of that id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `circumstance_validity_check` when the day lies before the first.
    pub async fn end_circumstance(&self, id: Uuid, last: Date, actor: &str) -> Result<Option<PersonId>, StoreError> {
        let mut tx = self.begin().await?;
        let person = sqlx::query_scalar!(
            "update circumstance set valid_to = $2 where circumstance_id = $1 returning person_id",
            id,
            last.to_sqlx()
        )
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(person) = person {
            let detail = json!({ "valid_to": last });
            ledger::append(&mut tx, "circumstance.ended", actor, &format!("person/{person}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(person.map(PersonId))
    }
}
