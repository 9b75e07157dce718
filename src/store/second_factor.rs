//! Second factors: sealed secrets, used steps and recovery codes. What is sealed is opened elsewhere.

use serde_json::json;

use super::{Store, StoreError, User, ledger};
use crate::model::UserId;

/// A user's second factor as the database keeps it.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// The shared secret, sealed.
    pub sealed: Vec<u8>,
    /// A code of it has been shown.
    pub confirmed: bool,
    /// Recovery codes that have not been used.
    pub codes_left: i64,
}

impl Store {
    /// A user's second factor, also one that is being set up.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn second_factor(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let row = sqlx::query!(
            r#"select sealed, confirmed_at is not null as "confirmed!",
                      (select count(*) from recovery_code c where c.user_id = f.user_id and c.used_at is null) as "codes_left!"
               from second_factor f where user_id = $1"#,
            user.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| SecondFactor { sealed: r.sealed, confirmed: r.confirmed, codes_left: r.codes_left }))
    }

    /// Begins to set a second factor up, unless that has begun or one is there already; the stored one counts.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn begin_factor(&self, user: UserId, sealed: &[u8]) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into second_factor (user_id, sealed) values ($1, $2) on conflict (user_id) do nothing",
            user.0,
            sealed
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The first code was right: from now on the log-in asks for one. False where there is nothing being set up.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn confirm_factor(&self, user: &User, step: i64, codes: &[[u8; 32]]) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let set = sqlx::query!(
            "update second_factor set confirmed_at = now(), last_step = $2 where user_id = $1 and confirmed_at is null",
            user.user_id.0,
            step
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if set == 0 {
            return Ok(false);
        }
        replace_codes(&mut tx, user.user_id, codes).await?;
        ledger::append(&mut tx, "user.factor_set", &user.login, &format!("user/{}", user.login), &json!({})).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Uses up the step of a right code; false where it, or a later one, has been used. Two requests with one code: one wins.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn use_step(&self, user: UserId, step: i64) -> Result<bool, StoreError> {
        let used = sqlx::query!(
            "update second_factor set last_step = $2 where user_id = $1 and confirmed_at is not null and last_step < $2",
            user.0,
            step
        )
        .execute(&self.pool)
        .await?;
        Ok(used.rows_affected() == 1)
    }

    /// Uses up a recovery code; false where it is none, or used.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn use_recovery_code(&self, user: &User, code: [u8; 32]) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let used = sqlx::query!(
            "update recovery_code set used_at = now() where user_id = $1 and code_hmac = $2 and used_at is null",
            user.user_id.0,
            code.as_slice()
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if used == 1 {
            let subject = format!("user/{}", user.login);
            ledger::append(&mut tx, "user.recovery_code", &user.login, &subject, &json!({})).await?;
        }
        tx.commit().await?;
        Ok(used == 1)
    }

    /// New recovery codes; the old ones are void.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn renew_recovery_codes(&self, user: &User, codes: &[[u8; 32]]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        replace_codes(&mut tx, user.user_id, codes).await?;
        let subject = format!("user/{}", user.login);
        ledger::append(&mut tx, "user.recovery_renewed", &user.login, &subject, &json!({})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A user takes their own second factor away; their other sessions go on.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn remove_factor(&self, user: &User) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        replace_codes(&mut tx, user.user_id, &[]).await?;
        let removed = sqlx::query!("delete from second_factor where user_id = $1", user.user_id.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if removed == 1 {
            let subject = format!("user/{}", user.login);
            ledger::append(&mut tx, "user.factor_removed", &user.login, &subject, &json!({})).await?;
        }
        tx.commit().await?;
        Ok(removed == 1)
    }
}

async fn replace_codes(
    connection: &mut sqlx::PgConnection,
    user: UserId,
    codes: &[[u8; 32]],
) -> Result<(), StoreError> {
    let codes: Vec<_> = codes.iter().map(|c| c.to_vec()).collect();
    sqlx::query!("delete from recovery_code where user_id = $1", user.0).execute(&mut *connection).await?;
    sqlx::query!(
        "insert into recovery_code (user_id, code_hmac) select $1, * from unnest($2::bytea[])",
        user.0,
        &codes
    )
    .execute(connection)
    .await?;
    Ok(())
}
