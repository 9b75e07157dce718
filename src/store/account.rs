//! Accounts of a person: added by one, approved by another, ended when their time is over.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{NewAccount, Store, StoreError, ledger};
use crate::model::{AccountId, PersonId};

/// An account as the pages show it.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// Id.
    pub account_id: AccountId,
    /// Whose.
    pub person_id: PersonId,
    /// Their name.
    pub person: String,
    /// Their unit.
    pub unit: String,
    /// Platform.
    pub platform: String,
    /// Handle.
    pub handle: String,
    /// The platform's own stable id.
    pub external_id: String,
    /// How the link was shown, as the database has it.
    pub proof: String,
    /// Where the proof is kept.
    pub proof_note: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
    /// Why it lies in the past, where somebody set it so.
    pub end_why: String,
    /// Who linked it.
    pub linked_by: String,
    /// When.
    pub linked_at: Timestamp,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Since when it stands still.
    pub stopped_at: Option<Timestamp>,
    /// It turned out to be somebody else's.
    pub unlinked: bool,
}

/// A link as an approver saw it: whoever changes the person's name or number links anew, and what was seen before counts no
/// more. Written `<account>@<microseconds since 1970>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenLink {
    /// The account.
    pub account: AccountId,
    /// When it was linked, in microseconds since 1970.
    pub linked_at: i64,
}

impl fmt::Display for SeenLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.account, self.linked_at)
    }
}

impl FromStr for SeenLink {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let (account, linked_at) = s.split_once('@').ok_or("no `@`")?;
        Ok(Self {
            account: account.parse().map_err(|e| format!("account: {e}"))?,
            linked_at: linked_at.parse().map_err(|e| format!("time: {e}"))?,
        })
    }
}

impl AccountRow {
    /// The link as it stands.
    #[must_use]
    pub fn seen(&self) -> SeenLink {
        SeenLink { account: self.account_id, linked_at: self.linked_at.as_microsecond() }
    }
}

/// Rows of one shape from several queries.
macro_rules! account_row {
    ($r:expr) => {
        AccountRow {
            account_id: $r.account_id.into(),
            person_id: $r.person_id.into(),
            person: $r.person,
            unit: $r.unit,
            platform: $r.platform,
            handle: $r.handle,
            external_id: $r.external_id,
            proof: $r.proof,
            proof_note: $r.proof_note,
            valid_from: $r.valid_from.to_jiff(),
            valid_to: $r.valid_to.map(jiff_sqlx::Date::to_jiff),
            end_why: $r.end_why,
            linked_by: $r.linked_by,
            linked_at: $r.linked_at.to_jiff(),
            approved_by: $r.approved_by,
            stopped_at: $r.stopped_at.map(jiff_sqlx::Timestamp::to_jiff),
            unlinked: $r.unlinked,
        }
    };
}

impl Store {
    /// A person's accounts, oldest first; tips are no accounts that anybody reads.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn accounts_of(&self, person: PersonId) -> Result<Vec<AccountRow>, StoreError> {
        let rows = sqlx::query!(
            r#"select a.account_id, a.person_id, p.name as person, u.name as unit, a.platform, a.handle, a.external_id, a.proof,
                      a.proof_note, a.valid_from, a.valid_to, a.end_why, a.linked_by, a.linked_at, a.approved_by, a.stopped_at,
                      a.unlinked_at is not null as "unlinked!"
               from account a join person p using (person_id) join unit u using (unit_id)
               where a.person_id = $1 and a.platform <> 'tip' order by a.linked_at, a.account_id"#,
            person.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| account_row!(r)).collect())
    }

    /// Accounts that wait for a second person, oldest first, and how many there are in all. The view is in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_waiting_accounts(&self, limit: i64, actor: &str) -> Result<(Vec<AccountRow>, i64), StoreError> {
        let rows = sqlx::query!(
            r#"select a.account_id, a.person_id, p.name as person, u.name as unit, a.platform, a.handle, a.external_id, a.proof,
                      a.proof_note, a.valid_from, a.valid_to, a.end_why, a.linked_by, a.linked_at, a.approved_by, a.stopped_at,
                      false as "unlinked!", count(*) over () as "total!"
               from account a join person p using (person_id) join unit u using (unit_id)
               where a.approved_at is null and a.stopped_at is null order by a.linked_at, a.account_id limit $1"#,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let total = rows.first().map_or(0, |r| r.total);
        let accounts: Vec<_> = rows.into_iter().map(|r| account_row!(r)).collect();
        self.record("account.listed", actor, "register", &json!({ "shown": accounts.len() })).await?;
        Ok((accounts, total))
    }

    /// Whose account this is.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn owner_of(&self, account: AccountId) -> Result<Option<PersonId>, StoreError> {
        let owner = sqlx::query_scalar!("select person_id from account where account_id = $1", account.0);
        Ok(owner.fetch_optional(&self.pool).await?.map(PersonId))
    }

    /// Links an account to a person; it is read once somebody else approves it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `account_external_key` when it is linked already, to them or to somebody else,
    /// `account_person_id_fkey` when there is no such person.
    pub async fn add_account(&self, person: PersonId, new: &NewAccount, actor: &str) -> Result<AccountId, StoreError> {
        let mut tx = self.begin().await?;
        let id = link(&mut tx, person, new, actor).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Approves every account that somebody else linked and nobody objected to; returns how many. From now on they are read.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn approve_accounts(&self, actor: &str) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let approved = sqlx::query_scalar!(
            "update account set approved_by = $1, approved_at = now()
             where approved_at is null and stopped_at is null and linked_by <> $1 returning account_id",
            actor
        )
        .fetch_all(&mut *tx)
        .await?;
        start_reading(&mut tx, &approved).await?;
        let detail = json!({ "accounts": approved.len() });
        ledger::append(&mut tx, "register.approved", actor, "register", &detail).await?;
        tx.commit().await?;
        Ok(approved.len() as u64)
    }

    /// Approves those of these accounts that wait as they were seen, are not stopped, and were linked by somebody else;
    /// returns how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn approve_some(&self, seen: &[SeenLink], actor: &str) -> Result<u64, StoreError> {
        let (accounts, times): (Vec<_>, Vec<_>) = seen.iter().map(|s| (s.account.0, s.linked_at)).unzip();
        let mut tx = self.begin().await?;
        let approved = sqlx::query_scalar!(
            "update account a set approved_by = $1, approved_at = now()
             from unnest($2::uuid[], $3::bigint[]) as seen(account_id, linked_at)
             where a.account_id = seen.account_id and (extract(epoch from a.linked_at) * 1000000)::bigint = seen.linked_at
               and a.approved_at is null and a.stopped_at is null and a.linked_by <> $1
             returning a.account_id",
            actor,
            &accounts,
            &times
        )
        .fetch_all(&mut *tx)
        .await?;
        start_reading(&mut tx, &approved).await?;
        for id in &approved {
            ledger::append(&mut tx, "account.approved", actor, &format!("account/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(approved.len() as u64)
    }

    /// Sets an account's last day, never a later one than it has; false where nothing changed. A day in the past takes back
    /// what was read after it, so the pages ask why; the ledger says only that they did.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `account_validity_check` when the day lies before the first.
    pub async fn end_account(
        &self,
        account: AccountId,
        last: Date,
        why: &str,
        actor: &str,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update account set valid_to = $2, end_why = $3
             where account_id = $1 and unlinked_at is null and platform <> 'tip' and (valid_to is null or valid_to > $2)",
            account.0,
            last.to_sqlx(),
            why
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            let detail = json!({ "valid_to": last, "why": !why.is_empty() });
            ledger::append(&mut tx, "account.ended", actor, &format!("account/{account}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Links an account inside the caller's transaction, with a row of its own in the ledger.
pub(super) async fn link(
    tx: &mut PgConnection,
    person: PersonId,
    new: &NewAccount,
    actor: &str,
) -> Result<AccountId, StoreError> {
    let id = insert(tx, person, new, actor).await?;
    let detail = json!({ "platform": new.platform, "person": person.0 });
    ledger::append(tx, "account.linked", actor, &format!("account/{id}"), &detail).await?;
    Ok(id)
}

/// The row of an account that waits for a second person.
pub(super) async fn insert(
    tx: &mut PgConnection,
    person: PersonId,
    new: &NewAccount,
    actor: &str,
) -> Result<AccountId, StoreError> {
    let id = AccountId::new();
    sqlx::query!(
        "insert into account (account_id, person_id, platform, handle, external_id, proof, proof_note, valid_from, valid_to, linked_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        person.0,
        new.platform,
        new.handle,
        new.external_id,
        new.proof.as_str(),
        new.proof_note,
        new.valid_from.to_sqlx(),
        new.valid_to.map(ToSqlx::to_sqlx),
        actor
    )
    .execute(tx)
    .await?;
    Ok(id)
}

/// Where the collectors find approved accounts.
async fn start_reading(tx: &mut PgConnection, approved: &[Uuid]) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into collector_state (account_id) select * from unnest($1::uuid[]) on conflict do nothing",
        approved
    )
    .execute(tx)
    .await?;
    Ok(())
}
