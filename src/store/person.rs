//! Persons of the register. The ledger names them by id alone.

use serde_json::json;
use sqlx::PgConnection;

use super::{NewPerson, Store, StoreError, ledger};
use crate::model::{PersonId, PersonStatus, UnitId};

/// Whom to list.
#[derive(Clone, Debug, Default)]
pub struct PersonFilter {
    /// Part of a name, code or handle, or a whole NIP; empty: everybody.
    pub text: String,
    /// Only this unit.
    pub unit: Option<UnitId>,
}

/// One line of the list of persons.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Id.
    pub person_id: PersonId,
    /// The regency's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Standing.
    pub status: PersonStatus,
    /// Jabatan.
    pub position: String,
    /// Unit.
    pub unit: String,
    /// Accounts that are read.
    pub active: i64,
    /// Accounts that wait for approval.
    pub waiting: i64,
    /// Accounts that stand still.
    pub stopped: i64,
}

/// One person.
#[derive(Clone, Debug)]
pub struct Person {
    /// Id.
    pub person_id: PersonId,
    /// Unit.
    pub unit_id: UnitId,
    /// Its name.
    pub unit: String,
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

fn status(word: &str) -> Result<PersonStatus, StoreError> {
    word.parse().map_err(|_| StoreError::Stored { what: "status" })
}

impl Store {
    /// Persons by name, `limit` of them after the first `skip`, and how many there are in all. A ledger row says that
    /// somebody listed them, not what was searched for.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn persons(
        &self,
        filter: &PersonFilter,
        (skip, limit): (i64, i64),
        actor: &str,
    ) -> Result<(Vec<PersonRow>, i64), StoreError> {
        self.listed(filter, (None, skip, limit), actor).await
    }

    /// Persons by name, `limit` of them after one of them, with a row in the ledger. `None` where there is no such person to
    /// go on from.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn persons_after(
        &self,
        filter: &PersonFilter,
        after: Option<PersonId>,
        limit: i64,
        actor: &str,
    ) -> Result<Option<Vec<PersonRow>>, StoreError> {
        if let Some(after) = after
            && self.person(after).await?.is_none()
        {
            return Ok(None);
        }
        Ok(Some(self.listed(filter, (after, 0, limit), actor).await?.0))
    }

    /// Persons whose name, code, NIP or handle is looked for, and how many there are in all behind `after`.
    async fn listed(
        &self,
        filter: &PersonFilter,
        (after, skip, limit): (Option<PersonId>, i64, i64),
        actor: &str,
    ) -> Result<(Vec<PersonRow>, i64), StoreError> {
        let rows = sqlx::query!(
            r#"with found as (
                   select p.*, u.name as unit_name, count(*) over () as total
                   from person p join unit u using (unit_id)
                   where ($1 = '' or strpos(lower(p.name), lower($1)) > 0 or strpos(lower(p.code), lower($1)) > 0 or p.nip = $1
                          or exists (select 1 from account h where h.person_id = p.person_id and h.unlinked_at is null
                                     and h.platform <> 'tip' and strpos(lower(h.handle), lower($1)) > 0))
                     and ($2::uuid is null or p.unit_id = $2)
                     and ($3::uuid is null
                          or (p.name, p.person_id) > (select k.name, k.person_id from person k where k.person_id = $3))
                   order by p.name, p.person_id offset $4 limit $5)
               select f.person_id, f.code, f.name, f.status, f.position, f.unit_name, f.total as "total!",
                      count(a.account_id) filter (where a.approved_at is not null and a.stopped_at is null) as "active!",
                      count(a.account_id) filter (where a.approved_at is null and a.stopped_at is null) as "waiting!",
                      count(a.account_id) filter (where a.stopped_at is not null) as "stopped!"
               from found f
               left join account a on a.person_id = f.person_id and a.platform <> 'tip' and a.unlinked_at is null
               group by f.person_id, f.code, f.name, f.status, f.position, f.unit_name, f.total
               order by f.name, f.person_id"#,
            filter.text,
            filter.unit.map(|u| u.0),
            after.map(|p| p.0),
            skip,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        let total = rows.first().map_or(0, |r| r.total);
        let persons = rows
            .into_iter()
            .map(|r| {
                Ok(PersonRow {
                    person_id: r.person_id.into(),
                    code: r.code,
                    name: r.name,
                    status: status(&r.status)?,
                    position: r.position,
                    unit: r.unit_name,
                    active: r.active,
                    waiting: r.waiting,
                    stopped: r.stopped,
                })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let detail = json!({ "shown": persons.len(), "searched": !filter.text.is_empty() });
        self.record("person.listed", actor, "register", &detail).await?;
        Ok((persons, total))
    }

    /// One person, with the view in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then the person is not shown either.
    pub async fn view_person(&self, id: PersonId, actor: &str) -> Result<Option<Person>, StoreError> {
        let person = self.person(id).await?;
        if person.is_some() {
            self.record("person.viewed", actor, &format!("person/{id}"), &json!({})).await?;
        }
        Ok(person)
    }

    /// Whom a NIP or code names in the whole register, by NIP first. Where one person's NIP is another's code, both: whom it
    /// means, only whoever wrote it knows.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn persons_by_number(&self, number: &str) -> Result<Vec<PersonId>, StoreError> {
        let ids = sqlx::query_scalar!(
            "select person_id from person where nip = $1 or code = $1 order by nip = $1 desc nulls last",
            number
        );
        Ok(ids.fetch_all(&self.pool).await?.into_iter().map(PersonId).collect())
    }

    /// One person, without a row in the ledger: for what shows nobody.
    async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query!(
            "select p.person_id, p.unit_id, u.name as unit, p.code, p.name, p.status, p.nip, p.position, p.grade
             from person p join unit u using (unit_id) where p.person_id = $1",
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        Ok(Some(Person {
            person_id: r.person_id.into(),
            unit_id: r.unit_id.into(),
            unit: r.unit,
            code: r.code,
            name: r.name,
            status: status(&r.status)?,
            nip: r.nip,
            position: r.position,
            grade: r.grade,
        }))
    }

    /// Adds a person to a unit.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the rule: `person_code_key`, `person_nip_key`, `person_unit_id_fkey` …
    pub async fn add_person(&self, unit: UnitId, new: &NewPerson, actor: &str) -> Result<PersonId, StoreError> {
        let id = PersonId::new();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into person (person_id, unit_id, code, name, status, nip, position, grade)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            id.0,
            unit.0,
            new.code,
            new.name,
            new.status.as_str(),
            new.nip,
            new.position,
            new.grade
        )
        .execute(&mut *tx)
        .await?;
        ledger::append(&mut tx, "person.added", actor, &format!("person/{id}"), &json!({})).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes a person; `None` if there is none of that id. The code stays: register files name it. The ledger says which
    /// columns changed, never what stands in them.
    ///
    /// Under another name or number, whoever approved the person's accounts approved something else: they wait for a second
    /// person anew, as linked by whoever changed it. How many do so now is returned.
    ///
    /// # Errors
    /// As [`Store::add_person`].
    pub async fn edit_person(
        &self,
        id: PersonId,
        unit: UnitId,
        new: &NewPerson,
        actor: &str,
    ) -> Result<Option<u64>, StoreError> {
        let mut tx = self.begin().await?;
        let reopened = take_approvals_back(&mut tx, id, new, actor).await?;
        let changed = sqlx::query_scalar!(
            r#"with before as (select * from person where person_id = $1 for update)
               update person p set unit_id = $2, name = $3, status = $4, nip = $5, position = $6, grade = $7
               from before b where p.person_id = b.person_id
               returning array_remove(array[
                   case when b.unit_id <> $2 then 'unit' end, case when b.name <> $3 then 'name' end,
                   case when b.status <> $4 then 'status' end, case when b.nip is distinct from $5 then 'nip' end,
                   case when b.position <> $6 then 'position' end, case when b.grade <> $7 then 'grade' end], null) as "changed!""#,
            id.0,
            unit.0,
            new.name,
            new.status.as_str(),
            new.nip,
            new.position,
            new.grade
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(changed) = changed else { return Ok(None) };
        if !changed.is_empty() {
            let detail = json!({ "changed": changed });
            ledger::append(&mut tx, "person.edited", actor, &format!("person/{id}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(Some(reopened))
    }
}

/// Where name or number change: the person's accounts are nobody's approval any more, and the page that is being read of
/// one of them is not stored. Returns how many had been approved.
async fn take_approvals_back(
    tx: &mut PgConnection,
    person: PersonId,
    new: &NewPerson,
    actor: &str,
) -> Result<u64, StoreError> {
    let known = sqlx::query!("select name, nip from person where person_id = $1 for update", person.0)
        .fetch_optional(&mut *tx)
        .await?;
    if known.is_none_or(|known| known.name == new.name && known.nip == new.nip) {
        return Ok(0);
    }
    let approved = sqlx::query_scalar!(
        "select account_id from account
         where person_id = $1 and approved_at is not null and unlinked_at is null and platform <> 'tip' for update",
        person.0
    )
    .fetch_all(&mut *tx)
    .await?;
    // Those that wait, too: whoever changed the name must not be the one to approve them.
    sqlx::query!(
        "update account set approved_by = null, approved_at = null, linked_by = $2, linked_at = now()
         where person_id = $1 and unlinked_at is null and platform <> 'tip'",
        person.0,
        actor
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update collector_state set leased_by = null, leased_until = null where account_id = any($1)",
        &approved
    )
    .execute(&mut *tx)
    .await?;
    for account in &approved {
        ledger::append(tx, "account.reopened", actor, &format!("account/{account}"), &json!({ "person": person.0 }))
            .await?;
    }
    Ok(approved.len() as u64)
}
