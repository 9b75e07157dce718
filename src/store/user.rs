//! Users of netral, their passwords, and the throttling of log-ins.

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sqlx::PgConnection;

use super::token::revoke_tokens;
use super::{Store, StoreError, ledger};
use crate::model::{Language, Role, UnitId, UserId};

/// Someone who is logged in, or may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub user_id: UserId,
    /// Lower-case log-in name, also the actor's name in the ledger.
    pub login: String,
    /// Name as shown to colleagues.
    pub name: String,
    /// What this user may do.
    pub role: Role,
    /// A unit head's own unit.
    pub unit_id: Option<UnitId>,
    /// Language of the pages.
    pub language: Language,
}

/// A user to be made.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// Log-in name, lower case.
    pub login: &'a str,
    /// Name as shown.
    pub name: &'a str,
    /// Role.
    pub role: Role,
    /// Code of the unit, for a unit head.
    pub unit_code: Option<&'a str>,
    /// Argon2id, PHC string.
    pub password_hash: &'a SecretString,
    /// Language of the pages.
    pub language: Language,
}

/// A user from the columns that every query here selects; words are parsed in one place.
macro_rules! user {
    ($row:expr) => {
        User {
            user_id: $row.user_id.into(),
            login: $row.login,
            name: $row.name,
            role: $row.role.parse().map_err(|_| StoreError::Stored { what: "role" })?,
            unit_id: $row.unit_id.map(UnitId),
            language: $row.language.parse().map_err(|_| StoreError::Stored { what: "language" })?,
        }
    };
}

pub(super) use user;

impl Store {
    /// Makes a user who may log in at once, as the machine's owner does; a ledger row says who did. The pages ask for more:
    /// [`Store::propose_user`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `app_user_login_key` when the log-in is taken, `app_user_unit_check` when a unit head
    /// has no (known) unit.
    pub async fn add_user(&self, user: &NewUser<'_>, actor: &str) -> Result<UserId, StoreError> {
        let mut tx = self.begin().await?;
        let user_id = insert(&mut tx, user, None, true).await?;
        let detail = json!({ "role": user.role.as_str() });
        ledger::append(&mut tx, "user.added", actor, &format!("user/{}", user.login), &detail).await?;
        tx.commit().await?;
        Ok(user_id)
    }

    /// Replaces a password and ends every session of that user; false if there is no such log-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn set_password(&self, login: &str, hash: &SecretString, actor: &str) -> Result<bool, StoreError> {
        self.replace_password(login, hash, actor, None, &[]).await
    }

    /// Gives a user an initial password, which opens only the page on which they choose their own, and only within
    /// `lifetime`. Their sessions end.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn reset_password(
        &self,
        login: &str,
        hash: &SecretString,
        lifetime: SignedDuration,
        actor: &str,
    ) -> Result<bool, StoreError> {
        self.replace_password(login, hash, actor, Some(lifetime), &[]).await
    }

    /// A user's own new password. The session in which they chose it goes on, all others end.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn choose_password(
        &self,
        login: &str,
        hash: &SecretString,
        session: [u8; 32],
    ) -> Result<bool, StoreError> {
        self.replace_password(login, hash, login, None, &session).await
    }

    async fn replace_password(
        &self,
        login: &str,
        hash: &SecretString,
        actor: &str,
        initial: Option<SignedDuration>,
        kept_session: &[u8],
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query!(
            "update app_user set password_hash = $2, initial_until = now() + make_interval(secs => $3) where login = $1",
            login,
            hash.expose_secret(),
            initial.map(|d| d.as_secs_f64()) as Option<f64>
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            > 0;
        if changed {
            sqlx::query!(
                "delete from session s using app_user u
                 where u.user_id = s.user_id and u.login = $1 and s.token_sha256 <> $2",
                login,
                kept_session
            )
            .execute(&mut *tx)
            .await?;
            revoke_tokens(&mut tx, login).await?;
            let detail = if initial.is_some() { json!({ "initial": true }) } else { json!({}) };
            ledger::append(&mut tx, "user.password", actor, &format!("user/{login}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Shuts a user out at once, or lets them in again; false if there is no such log-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn set_user_disabled(&self, login: &str, disabled: bool, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query!(
            "update app_user set disabled_at = case when $2 then coalesce(disabled_at, now()) end where login = $1",
            login,
            disabled
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            > 0;
        if changed {
            end_sessions(&mut tx, login).await?;
            release_claims(&mut tx, login).await?;
            let kind = if disabled { "user.disabled" } else { "user.enabled" };
            ledger::append(&mut tx, kind, actor, &format!("user/{login}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// All users with whether they are shut out, by log-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn users(&self) -> Result<Vec<(User, bool)>, StoreError> {
        let rows = sqlx::query!(
            r#"select user_id, login, name, role, unit_id, language, (disabled_at is not null or activated_at is null) as "disabled!" from app_user order by login"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|r| Ok((user!(r), r.disabled))).collect()
    }

    /// The user and password hash behind a log-in; `None` if unknown, shut out, waiting for a second person, or with an
    /// initial password that has run out.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn credentials(&self, login: &str) -> Result<Option<(User, SecretString)>, StoreError> {
        let row = sqlx::query!(
            "select user_id, login, name, role, unit_id, language, password_hash from app_user
             where login = $1 and disabled_at is null and activated_at is not null and coalesce(initial_until > now(), true)",
            login
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|r| Ok((user!(r), r.password_hash.into()))).transpose()
    }

    /// The user whom the provider's person was bound to, if they may log in.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn bound_user(&self, subject: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query!(
            "select user_id, login, name, role, unit_id, language from app_user
             where oidc_subject = $1 and disabled_at is null and activated_at is not null",
            subject
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|r| Ok(user!(r))).transpose()
    }

    /// Binds a user whom nobody is bound to yet to the provider's person. `None` where there is no such user, they may not
    /// log in, or somebody is bound already.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `app_user_oidc_key` when that person is bound to another user.
    pub async fn bind_user(&self, login: &str, subject: &str, actor: &str) -> Result<Option<User>, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            "update app_user set oidc_subject = $2
             where login = $1 and oidc_subject is null and disabled_at is null and activated_at is not null
             returning user_id, login, name, role, unit_id, language",
            login,
            subject
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        ledger::append(&mut tx, "user.bound", actor, &format!("user/{login}"), &json!({})).await?;
        tx.commit().await?;
        Ok(Some(user!(row)))
    }

    /// Unties a user from the provider's person; their sessions end. False where they were not bound.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn unbind_user(&self, login: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let untied = sqlx::query!(
            "update app_user set oidc_subject = null where login = $1 and oidc_subject is not null",
            login
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if untied == 1 {
            end_sessions(&mut tx, login).await?;
            ledger::append(&mut tx, "user.unbound", actor, &format!("user/{login}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(untied == 1)
    }

    /// Counts one failed attempt under each key (hash of the name tried, hash of the address). The names themselves are not
    /// written: people type passwords into the wrong field. The ledger's row has the given kind and subject.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn attempt_failed(&self, keys: &[[u8; 32]], kind: &str, subject: &str) -> Result<(), StoreError> {
        let keys: Vec<_> = keys.iter().map(|k| k.to_vec()).collect();
        let mut tx = self.begin().await?;
        sqlx::query!("delete from login_failure where at < now() - interval '1 day'").execute(&mut *tx).await?;
        sqlx::query!("insert into login_failure (key_sha256) select * from unnest($1::bytea[])", &keys)
            .execute(&mut *tx)
            .await?;
        ledger::append(&mut tx, kind, "system", subject, &json!({})).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Counts an attempt that did not fail under each key, for what must not be done often; it has its own row in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn attempt_counted(&self, keys: &[[u8; 32]]) -> Result<(), StoreError> {
        let keys: Vec<_> = keys.iter().map(|k| k.to_vec()).collect();
        sqlx::query!("insert into login_failure (key_sha256) select * from unnest($1::bytea[])", &keys)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Failed log-ins under a key within the last `within`.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn login_failures(&self, key: [u8; 32], within: SignedDuration) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "n!" from login_failure where key_sha256 = $1 and at > now() - make_interval(secs => $2)"#,
            key.as_slice(),
            within.as_secs_f64()
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Forgets the failures under a key, after a log-in that succeeded.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn clear_login_failures(&self, key: [u8; 32]) -> Result<(), StoreError> {
        sqlx::query!("delete from login_failure where key_sha256 = $1", key.as_slice()).execute(&self.pool).await?;
        Ok(())
    }

    /// Remembers in which language this user reads.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn set_language(&self, user: UserId, language: Language) -> Result<(), StoreError> {
        sqlx::query!("update app_user set language = $2 where user_id = $1", user.0, language.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Writes a user's row. With `initial`, the password is one that somebody else knows, and opens little, and not for long.
pub(super) async fn insert(
    connection: &mut PgConnection,
    user: &NewUser<'_>,
    initial: Option<SignedDuration>,
    active: bool,
) -> Result<UserId, StoreError> {
    let user_id = UserId::new();
    sqlx::query!(
        "insert into app_user
             (user_id, login, name, role, unit_id, password_hash, language, initial_until, activated_at)
         values ($1, $2, $3, $4, (select unit_id from unit where code = $5), $6, $7,
                 now() + make_interval(secs => $8), case when $9 then now() end)",
        user_id.0,
        user.login,
        user.name,
        user.role.as_str(),
        user.unit_code,
        user.password_hash.expose_secret(),
        user.language.as_str(),
        initial.map(|d| d.as_secs_f64()) as Option<f64>,
        active
    )
    .execute(connection)
    .await?;
    Ok(user_id)
}

/// Ends every log-in of a user, and every token.
pub(super) async fn end_sessions(connection: &mut PgConnection, login: &str) -> Result<(), StoreError> {
    sqlx::query!("delete from session s using app_user u where u.user_id = s.user_id and u.login = $1", login)
        .execute(&mut *connection)
        .await?;
    revoke_tokens(connection, login).await
}

/// Frees what somebody held who no longer decides, or is away.
pub(super) async fn release_claims(connection: &mut PgConnection, login: &str) -> Result<u64, StoreError> {
    let freed = sqlx::query!(
        "update hit h set claimed_by = null, claimed_until = null from app_user u where h.claimed_by = u.user_id and u.login = $1",
        login
    )
    .execute(connection)
    .await?;
    Ok(freed.rows_affected())
}
