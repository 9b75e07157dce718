//! What people declare of their own accounts, and what an operator makes of it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::account::link;
use super::{NewAccount, Store, StoreError, ledger};
use crate::model::{Language, PersonId, ProgramId};

/// Declarations of one person that may wait at the same time.
const WAITING: i64 = 5;

/// An account as its owner names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredAccount {
    /// Platform.
    pub platform: String,
    /// Handle or address.
    pub handle: String,
}

/// A declared account that an operator took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedAccount {
    /// Its place among the declared ones, from 0.
    pub declared: usize,
    /// What became of it.
    pub account: Uuid,
}

/// A declaration to be stored.
#[derive(Debug)]
pub struct NewDeclaration<'a> {
    /// Over which invitation.
    pub invitation: Uuid,
    /// By whom.
    pub person: PersonId,
    /// Whose notice was read.
    pub program: ProgramId,
    /// In which language.
    pub language: Language,
    /// The name as signed.
    pub signed_name: &'a str,
    /// The day as signed.
    pub signed_on: Date,
    /// The accounts; empty: none at all.
    pub accounts: &'a [DeclaredAccount],
}

/// A declaration as an operator sees it.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Id.
    pub declaration_id: Uuid,
    /// Whose.
    pub person_id: PersonId,
    /// Their name in the register.
    pub person: String,
    /// Their unit.
    pub unit: String,
    /// The name as signed; empty once refused.
    pub signed_name: String,
    /// The day as signed.
    pub signed_on: Date,
    /// What they declare; without a handle where the account turned out to be somebody else's.
    pub accounts: Vec<DeclaredAccount>,
    /// Which of them an operator took.
    pub accepted: Vec<AcceptedAccount>,
    /// When it came in.
    pub sent_at: Timestamp,
    /// `waiting`, `accepted`, `refused` or `expired`.
    pub state: String,
    /// Who settled it.
    pub settled_by: Option<String>,
    /// Why it was refused.
    pub reason: String,
}

macro_rules! declaration {
    ($r:expr) => {
        Ok(Declaration {
            declaration_id: $r.declaration_id,
            person_id: $r.person_id.into(),
            person: $r.person,
            unit: $r.unit,
            signed_name: $r.signed_name,
            signed_on: $r.signed_on.to_jiff(),
            accounts: serde_json::from_str(&$r.accounts).map_err(|_| StoreError::Stored { what: "declaration" })?,
            accepted: serde_json::from_str(&$r.accepted).map_err(|_| StoreError::Stored { what: "declaration" })?,
            sent_at: $r.sent_at.to_jiff(),
            state: $r.state,
            settled_by: $r.settled_by,
            reason: $r.reason,
        })
    };
}

impl Store {
    /// Takes a declaration in; false where too many of this person wait already.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn declare(&self, new: &NewDeclaration<'_>) -> Result<bool, StoreError> {
        let id = Uuid::now_v7();
        let mut tx = self.begin().await?;
        // One after the other for one person, so that the count is right.
        sqlx::query!("select 1 as one from person where person_id = $1 for update", new.person.0)
            .fetch_optional(&mut *tx)
            .await?;
        let waiting = sqlx::query_scalar!(
            r#"select count(*) as "n!" from declaration where person_id = $1 and state = 'waiting'"#,
            new.person.0
        )
        .fetch_one(&mut *tx)
        .await?;
        if waiting >= WAITING {
            return Ok(false);
        }
        sqlx::query!(
            "insert into declaration (declaration_id, invitation_id, person_id, program_id, language, signed_name, signed_on, accounts)
             values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb)",
            id,
            new.invitation,
            new.person.0,
            new.program.0,
            new.language.as_str(),
            new.signed_name,
            new.signed_on.to_sqlx(),
            json!(new.accounts).to_string()
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "accounts": new.accounts.len(), "person": new.person.0, "invitation": new.invitation });
        ledger::append(&mut tx, "declaration.signed", "person", &format!("declaration/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Declarations that wait, oldest first, with the view in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_declarations(&self, limit: i64, actor: &str) -> Result<Vec<Declaration>, StoreError> {
        let rows = sqlx::query!(
            r#"select d.declaration_id, d.person_id, p.name as person, u.name as unit, d.signed_name, d.signed_on,
                      d.accounts::text as "accounts!", coalesce(d.accepted, '[]')::text as "accepted!", d.sent_at, d.state, d.settled_by, d.reason
               from declaration d join person p using (person_id) join unit u using (unit_id)
               where d.state = 'waiting' order by d.sent_at, d.declaration_id limit $1"#,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let found: Result<Vec<Declaration>, StoreError> = rows.into_iter().map(|r| declaration!(r)).collect();
        let found = found?;
        self.record("declaration.listed", actor, "register", &json!({ "shown": found.len() })).await?;
        Ok(found)
    }

    /// One declaration, with the view in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_declaration(&self, id: Uuid, actor: &str) -> Result<Option<Declaration>, StoreError> {
        let row = sqlx::query!(
            r#"select d.declaration_id, d.person_id, p.name as person, u.name as unit, d.signed_name, d.signed_on,
                      d.accounts::text as "accounts!", coalesce(d.accepted, '[]')::text as "accepted!", d.sent_at, d.state, d.settled_by, d.reason
               from declaration d join person p using (person_id) join unit u using (unit_id)
               where d.declaration_id = $1"#,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        let found: Result<Declaration, StoreError> = declaration!(r);
        self.record("declaration.viewed", actor, &format!("declaration/{id}"), &json!({})).await?;
        found.map(Some)
    }

    /// Makes the person's accounts of those that were declared, each with its place among them; they wait for a second person
    /// like any other. What was declared stays as it was signed. False where it does not wait any more.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `account_external_key` when one of them is linked already; then nothing was written.
    pub async fn accept_declaration(
        &self,
        id: Uuid,
        accounts: &[(usize, NewAccount)],
        actor: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let person = sqlx::query_scalar!(
            "select person_id from declaration where declaration_id = $1 and state = 'waiting' for update",
            id
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(person) = person else { return Ok(false) };
        let mut accepted = Vec::new();
        for (declared, account) in accounts {
            let account = link(&mut tx, PersonId(person), account, actor).await?;
            accepted.push(AcceptedAccount { declared: *declared, account: account.0 });
        }
        sqlx::query!(
            "update declaration set state = 'accepted', settled_by = $2, settled_at = now(), accepted = $3::text::jsonb
             where declaration_id = $1",
            id,
            actor,
            json!(accepted).to_string()
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "accounts": accounts.len() });
        ledger::append(&mut tx, "declaration.accepted", actor, &format!("declaration/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Refuses a declaration; what it said is erased, why it was refused stays. False where it does not wait any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn refuse_declaration(&self, id: Uuid, reason: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update declaration set state = 'refused', settled_by = $2, settled_at = now(), reason = $3, signed_name = '', accounts = '[]'
             where declaration_id = $1 and state = 'waiting'",
            id,
            actor,
            reason
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            ledger::append(&mut tx, "declaration.refused", actor, &format!("declaration/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}
