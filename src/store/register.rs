//! The register: units, persons and the accounts that may be read.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{Store, StoreError, account, ledger};
use crate::model::{Account, PersonId, PersonStatus, Proof, UnitId};

/// A unit as a register file names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewUnit {
    /// The regency's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Dinas, badan, kecamatan …
    pub kind: String,
}

/// A person as a register file names them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPerson {
    /// The regency's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Standing.
    pub status: PersonStatus,
    /// NIP or NI PPPK.
    pub nip: Option<String>,
    /// Jabatan.
    pub position: String,
    /// Golongan.
    pub grade: String,
}

/// An account as a register file names it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewAccount {
    /// Name of the platform.
    pub platform: String,
    /// Handle.
    pub handle: String,
    /// The platform's own stable id.
    pub external_id: String,
    /// How the link was shown.
    pub proof: Proof,
    /// Where the proof is kept.
    pub proof_note: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
}

/// One row of a register file: a person in a unit, with at most one account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterRow {
    /// The unit.
    pub unit: NewUnit,
    /// The person.
    pub person: NewPerson,
    /// The account, where the row has one.
    pub account: Option<NewAccount>,
}

/// What a register import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// Units that were not there before.
    pub units: u64,
    /// Persons that were not there before.
    pub persons: u64,
    /// Accounts that were not there before; they wait for a second person's approval.
    pub accounts: u64,
    /// Rows that changed nothing.
    pub known: u64,
}

/// One line of the register page.
#[derive(Clone, Debug)]
pub struct RegisterSummary {
    /// Code of the unit.
    pub unit_code: String,
    /// Its name.
    pub unit_name: String,
    /// Persons in it.
    pub persons: i64,
    /// Accounts that are read.
    pub active: i64,
    /// Accounts that wait for approval.
    pub waiting: i64,
    /// Accounts stopped by an objection.
    pub stopped: i64,
}

impl Store {
    /// Takes in a whole register file in one transaction: all of it, or, where one row breaks a rule, nothing.
    ///
    /// # Errors
    /// The index of the row (from 0) and what refused it.
    pub async fn import_register(&self, rows: &[RegisterRow], actor: &str) -> Result<Linked, (usize, StoreError)> {
        let mut tx = self.begin().await.map_err(|e| (0, e))?;
        let linked = import_rows(&mut tx, rows, actor).await?;
        tx.commit().await.map_err(|e| (rows.len(), e.into()))?;
        Ok(linked)
    }

    /// What an import of these rows would do, without doing it: the figures, and every row that a rule refuses by its
    /// index (from 0) and the rule's name.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn try_register(
        &self,
        rows: &[RegisterRow],
        actor: &str,
    ) -> Result<(Linked, Vec<(usize, String)>), StoreError> {
        let mut tx = self.begin().await?;
        let (mut linked, mut units, mut refused) = (Linked::default(), HashMap::new(), Vec::new());
        for (index, row) in rows.iter().enumerate() {
            let mut savepoint = tx.begin().await?;
            match import_row(&mut savepoint, row, actor, (&mut linked, &mut units)).await {
                Ok(()) => savepoint.commit().await?,
                Err(StoreError::Conflict { constraint }) => {
                    savepoint.rollback().await?;
                    units.clear();
                    refused.push((index, constraint));
                }
                Err(error) => return Err(error),
            }
        }
        tx.rollback().await?;
        Ok((linked, refused))
    }

    /// The approved, running account that a platform's handle or id names; `None` is turned away (P01). Tips come in by hand
    /// and two people alone, never under a name in a file.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn find_account(&self, platform: &str, name: &str) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query!(
            "select account_id, person_id, platform, handle, external_id, valid_from, valid_to from account
             where platform = $1 and (external_id = $2 or handle_key(platform, handle) = handle_key($1, $2))
               and approved_at is not null and stopped_at is null and platform <> 'tip'
             order by external_id = $2 desc, valid_to desc nulls first, account_id limit 1",
            platform,
            name
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| Account {
            account_id: r.account_id.into(),
            person_id: r.person_id.into(),
            platform: r.platform,
            handle: r.handle,
            external_id: r.external_id,
            valid_from: r.valid_from.to_jiff(),
            valid_to: r.valid_to.map(jiff_sqlx::Date::to_jiff),
        }))
    }

    /// The register by unit, in figures.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn register_summary(&self) -> Result<Vec<RegisterSummary>, StoreError> {
        Ok(sqlx::query_as!(
            RegisterSummary,
            r#"select u.code as unit_code, u.name as unit_name, count(distinct p.person_id) as "persons!",
                      count(a.account_id) filter (where a.approved_at is not null and a.stopped_at is null) as "active!",
                      count(a.account_id) filter (where a.approved_at is null and a.stopped_at is null) as "waiting!",
                      count(a.account_id) filter (where a.stopped_at is not null) as "stopped!"
               from unit u left join person p using (unit_id)
                    left join account a on a.person_id = p.person_id and a.platform <> 'tip' and a.unlinked_at is null
               group by u.unit_id order by u.name"#
        )
        .fetch_all(&self.pool)
        .await?)
    }
}

/// Units that this import has seen, by code: most rows name the one of the row before.
type Units = HashMap<String, UnitId>;

/// Takes rows in inside the caller's transaction, and says so in the ledger.
pub(super) async fn import_rows(
    tx: &mut PgConnection,
    rows: &[RegisterRow],
    actor: &str,
) -> Result<Linked, (usize, StoreError)> {
    let mut linked = Linked::default();
    let mut units = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        import_row(tx, row, actor, (&mut linked, &mut units)).await.map_err(|e| (index, e))?;
    }
    let detail = json!({ "units": linked.units, "persons": linked.persons, "accounts": linked.accounts });
    ledger::append(tx, "register.imported", actor, "register", &detail).await.map_err(|e| (rows.len(), e))?;
    Ok(linked)
}

async fn import_row(
    tx: &mut PgConnection,
    row: &RegisterRow,
    actor: &str,
    (linked, units): (&mut Linked, &mut Units),
) -> Result<(), StoreError> {
    let mut now = *linked;
    let unit = match units.get(&row.unit.code) {
        Some(unit) => *unit,
        None => insert_unit(tx, &row.unit, &mut now).await?,
    };
    let person = insert_person(tx, unit, &row.person, &mut now).await?;
    if let Some(account) = &row.account {
        insert_account(tx, person, account, actor, &mut now).await?;
    }
    if now == *linked {
        now.known += 1;
    }
    *linked = now;
    units.insert(row.unit.code.clone(), unit);
    Ok(())
}

async fn insert_unit(tx: &mut PgConnection, unit: &NewUnit, linked: &mut Linked) -> Result<UnitId, StoreError> {
    let inserted = sqlx::query_scalar!(
        "insert into unit (unit_id, code, name, kind) values ($1, $2, $3, $4) on conflict (code) do nothing returning unit_id",
        UnitId::new().0,
        unit.code,
        unit.name,
        unit.kind
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(id) = inserted {
        linked.units += 1;
        return Ok(id.into());
    }
    let id = sqlx::query_scalar!("select unit_id from unit where code = $1", unit.code).fetch_one(tx).await?;
    Ok(id.into())
}

async fn insert_person(
    tx: &mut PgConnection,
    unit: UnitId,
    person: &NewPerson,
    linked: &mut Linked,
) -> Result<PersonId, StoreError> {
    let inserted = sqlx::query_scalar!(
        "insert into person (person_id, unit_id, code, name, status, nip, position, grade)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (code) do nothing returning person_id",
        PersonId::new().0,
        unit.0,
        person.code,
        person.name,
        person.status.as_str(),
        person.nip,
        person.position,
        person.grade
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(id) = inserted {
        linked.persons += 1;
        return Ok(id.into());
    }
    let id = sqlx::query_scalar!("select person_id from person where code = $1", person.code).fetch_one(tx).await?;
    Ok(id.into())
}

/// The ledger has one row for the whole file: it is locked from its first row on to the end of the transaction.
async fn insert_account(
    tx: &mut PgConnection,
    person: PersonId,
    new: &NewAccount,
    actor: &str,
    linked: &mut Linked,
) -> Result<(), StoreError> {
    let known = sqlx::query_scalar!(
        "select person_id from account where platform = $1 and external_id = $2",
        new.platform,
        new.external_id
    )
    .fetch_optional(&mut *tx)
    .await?;
    match known {
        Some(owner) if owner == person.0 => return Ok(()),
        // One account cannot be two people's: the row is refused, not silently given to the first.
        Some(_) => return Err(StoreError::Conflict { constraint: "account_external_key".to_owned() }),
        None => {}
    }
    account::insert(tx, person, new, actor).await?;
    linked.accounts += 1;
    Ok(())
}
