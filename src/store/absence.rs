//! Who is away, and who confirms in their place.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde_json::json;
use uuid::Uuid;

use super::user::release_claims;
use super::{Store, StoreError, ledger};
use crate::model::UserId;

/// An absence to be noted.
#[derive(Clone, Copy, Debug)]
pub struct NewAbsence<'a> {
    /// Who confirms meanwhile.
    pub stand_in: Option<&'a str>,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
}

/// An absence as its page shows it.
#[derive(Clone, Debug)]
pub struct Absence {
    /// Id.
    pub absence_id: Uuid,
    /// Who confirms meanwhile.
    pub stand_in: Option<String>,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
    /// Who noted it.
    pub noted_by: String,
}

impl Store {
    /// Notes that a user is away, and frees what they hold; how many hits that was. `None` where there is no such user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `absence_dates_check`, `absence_self_check`, or `absence_four_eyes`: nobody names
    /// themselves as somebody's stand-in.
    pub async fn note_absence(
        &self,
        user: UserId,
        absence: &NewAbsence<'_>,
        actor: &str,
    ) -> Result<Option<u64>, StoreError> {
        let mut tx = self.begin().await?;
        let login = sqlx::query_scalar!("select login from app_user where user_id = $1", user.0)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(login) = login else { return Ok(None) };
        sqlx::query!(
            "insert into absence (absence_id, login, stand_in, valid_from, valid_to, noted_by) values ($1, $2, $3, $4, $5, $6)",
            Uuid::now_v7(),
            login,
            absence.stand_in,
            absence.valid_from.to_sqlx() as _,
            absence.valid_to.to_sqlx() as _,
            actor
        )
        .execute(&mut *tx)
        .await?;
        let freed = release_claims(&mut tx, &login).await?;
        let detail = json!({
            "from": absence.valid_from, "to": absence.valid_to, "stand_in": absence.stand_in, "freed": freed
        });
        ledger::append(&mut tx, "user.absent", actor, &format!("user/{login}"), &detail).await?;
        tx.commit().await?;
        Ok(Some(freed))
    }

    /// A user's absences that are not over on that day, first one first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn absences(&self, user: UserId, today: Date) -> Result<Vec<Absence>, StoreError> {
        let rows = sqlx::query!(
            r#"select absence_id, stand_in, valid_from as "valid_from: jiff_sqlx::Date",
                      valid_to as "valid_to: jiff_sqlx::Date", noted_by
               from absence join app_user using (login)
               where user_id = $1 and ended_at is null and valid_to >= $2 order by valid_from"#,
            user.0,
            today.to_sqlx() as _
        )
        .fetch_all(&self.pool)
        .await?;
        let absence = rows.into_iter().map(|r| Absence {
            absence_id: r.absence_id,
            stand_in: r.stand_in,
            valid_from: r.valid_from.to_jiff(),
            valid_to: r.valid_to.to_jiff(),
            noted_by: r.noted_by,
        });
        Ok(absence.collect())
    }

    /// Somebody is back; whose absence it was, `None` where it is over already.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn end_absence(&self, id: Uuid, actor: &str) -> Result<Option<UserId>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            "update absence a set ended_at = now() from app_user u
             where a.absence_id = $1 and a.ended_at is null and u.login = a.login returning u.user_id, u.login",
            id
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        ledger::append(&mut tx, "user.back", actor, &format!("user/{}", row.login), &json!({})).await?;
        tx.commit().await?;
        Ok(Some(row.user_id.into()))
    }

    /// Whether somebody is named, on that day, for a colleague who is away and who confirms changes of users.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn confirms_for_absent(&self, login: &str, today: Date) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select 1 from absence a join app_user u on u.login = a.login
                              where a.stand_in = $1 and a.ended_at is null and $2 between a.valid_from and a.valid_to
                                and u.role in ('user_admin', 'lead') and u.disabled_at is null) as "named!""#,
            login,
            today.to_sqlx() as _
        )
        .fetch_one(&self.pool)
        .await?)
    }
}
