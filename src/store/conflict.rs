//! Conflicts of interest: whose hits somebody must not judge (P05).

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Place, Store, StoreError, User, ledger};
use crate::model::{PersonId, UserId};

/// A named relation between a colleague and a person of the register.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Its id.
    pub conflict_id: Uuid,
    /// The colleague.
    pub user: String,
    /// The person.
    pub person: String,
    /// Which relation.
    pub why: String,
    /// Since when.
    pub noted_at: Timestamp,
}

impl Store {
    /// The standing conflicts of one user, or of everybody, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_conflicts(
        &self,
        of: Option<UserId>,
        after: Option<Place>,
        limit: i64,
        actor: &str,
    ) -> Result<Vec<Conflict>, StoreError> {
        let begins = after.map(|place| jiff_sqlx::Timestamp::from(place.at));
        let rows = sqlx::query!(
            "select c.conflict_id, u.name as user_name, p.name as person, c.why, c.noted_at
             from conflict_of_interest c join app_user u using (user_id) join person p using (person_id)
             where c.ended_at is null and ($1::uuid is null or c.user_id = $1)
               and ($2::timestamptz is null or (c.noted_at, c.conflict_id) < ($2, $3))
             order by c.noted_at desc, c.conflict_id desc limit $4",
            of.map(|u| u.0),
            begins as _,
            after.map(|place| place.id),
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        self.record("conflict.listed", actor, "conflict", &json!({ "rows": rows.len() })).await?;
        Ok(rows
            .into_iter()
            .map(|r| Conflict {
                conflict_id: r.conflict_id,
                user: r.user_name,
                person: r.person,
                why: r.why,
                noted_at: r.noted_at.to_jiff(),
            })
            .collect())
    }

    /// Notes a relation; what this user holds of that person goes back to the queue. False where it is noted already.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn note_conflict(&self, user: &User, person: PersonId, why: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let id = Uuid::now_v7();
        let done = sqlx::query!(
            "insert into conflict_of_interest (conflict_id, user_id, person_id, why, noted_by) values ($1, $2, $3, $4, $5)
             on conflict (user_id, person_id) where ended_at is null do nothing",
            id,
            user.user_id.0,
            person.0,
            why,
            user.login
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if done == 1 {
            sqlx::query!(
                "update hit h set claimed_by = null, claimed_until = null, claimed_at = null from account a
                 where a.account_id = h.account_id and a.person_id = $2 and h.claimed_by = $1",
                user.user_id.0,
                person.0
            )
            .execute(&mut *tx)
            .await?;
            ledger::append(&mut tx, "conflict.noted", &user.login, &format!("conflict/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(done == 1)
    }

    /// Ends a relation that holds no more; nobody ends their own. False where there is none to end.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn end_conflict(&self, id: Uuid, user: &User) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update conflict_of_interest set ended_by = $2, ended_at = now()
             where conflict_id = $1 and ended_at is null and user_id <> $3",
            id,
            user.login,
            user.user_id.0
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if done == 1 {
            ledger::append(&mut tx, "conflict.ended", &user.login, &format!("conflict/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(done == 1)
    }
}
