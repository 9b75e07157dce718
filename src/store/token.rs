//! Tokens of the API: made and revoked by the user they act for, looked up by hash, and drawn from with each request.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::user::user;
use super::{Flow, Store, StoreError, User, ledger};
use crate::model::{Scope, UnitId, UserId};

/// Tokens that one user may have at a time.
pub const MOST_TOKENS: i64 = 20;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// What its owner calls it.
    pub name: &'a str,
    /// What it may be used for; at least one.
    pub scopes: &'a [Scope],
    /// How long it lasts, at most 366 days.
    pub lifetime: SignedDuration,
    /// The log-in in which it is made is one that the provider vouched for.
    pub by_provider: bool,
}

/// A token as its owner sees it.
#[derive(Clone, Debug)]
pub struct TokenLine {
    /// Id.
    pub token_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Last use.
    pub last_used_at: Option<Timestamp>,
}

/// Whoever a token acts for, and what was drawn from its bucket.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// Id of the token.
    pub token_id: Uuid,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whom it acts for.
    pub user: User,
    /// The user's password is one that somebody else chose.
    pub initial: bool,
    /// The token was made in a log-in that the provider vouched for.
    pub by_provider: bool,
    /// The user has a second factor.
    pub second_factor: bool,
    /// This request was drawn; otherwise the bucket was empty and nothing was.
    pub drawn: bool,
    /// Seconds until the bucket is full.
    pub full_in: f64,
}

impl Store {
    /// Makes a token for a user; `None` where they have [`MOST_TOKENS`] already.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `api_token_name_check`, `api_token_scopes_check` or `api_token_expiry_check`.
    pub async fn make_token(
        &self,
        user: &User,
        new: &NewToken<'_>,
        token_sha256: [u8; 32],
    ) -> Result<Option<Uuid>, StoreError> {
        let mut tx = self.begin().await?;
        // The user's row is locked, so that two forms at once do not both make the last one.
        sqlx::query!("select 1 as one from app_user where user_id = $1 for update", user.user_id.0)
            .fetch_one(&mut *tx)
            .await?;
        let scopes: Vec<String> = new.scopes.iter().map(|s| s.as_str().to_owned()).collect();
        let id = sqlx::query_scalar!(
            "insert into api_token (token_id, user_id, token_sha256, name, scopes, by_provider, expires_at)
             select $1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7)
             where (select count(*) from api_token t where t.user_id = $2 and t.revoked_at is null and t.expires_at > now()) < $8
             returning token_id",
            Uuid::now_v7(),
            user.user_id.0,
            token_sha256.as_slice(),
            new.name,
            &scopes,
            new.by_provider,
            new.lifetime.as_secs_f64(),
            MOST_TOKENS
        )
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(id) = id {
            let detail = json!({ "scopes": scopes, "days": new.lifetime.as_hours() / 24 });
            ledger::append(&mut tx, "token.made", &user.login, &format!("token/{id}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Ends one of a user's own tokens; false where it is not theirs or has ended.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn revoke_token(&self, user: &User, id: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update api_token set revoked_at = now() where token_id = $1 and user_id = $2 and revoked_at is null",
            id,
            user.user_id.0
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if done == 1 {
            ledger::append(&mut tx, "token.revoked", &user.login, &format!("token/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(done == 1)
    }

    /// A user's tokens that hold, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn tokens(&self, user: UserId) -> Result<Vec<TokenLine>, StoreError> {
        let rows = sqlx::query!(
            "select token_id, name, scopes, made_at, expires_at, last_used_at from api_token
             where user_id = $1 and revoked_at is null and expires_at > now() order by made_at desc, token_id",
            user.0
        )
        .fetch_all(&self.pool)
        .await?;
        let line = rows.into_iter().map(|r| TokenLine {
            token_id: r.token_id,
            name: r.name,
            scopes: scopes(&r.scopes),
            made_at: r.made_at.to_jiff(),
            expires_at: r.expires_at.to_jiff(),
            last_used_at: r.last_used_at.map(jiff_sqlx::Timestamp::to_jiff),
        });
        Ok(line.collect())
    }

    /// Whom a token acts for, having drawn one request from its bucket where there was one; `None` where it is unknown,
    /// revoked or over, or its user is shut out. One statement: looked up by hash, so that the time taken says nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn bearer(&self, token_sha256: [u8; 32], flow: Flow) -> Result<Option<Bearer>, StoreError> {
        let row = sqlx::query!(
            r#"with found as (
                   select t.token_id, t.name as token_name, t.scopes, t.expires_at, t.by_provider, t.full_at,
                          u.user_id, u.login, u.name, u.role, u.unit_id, u.language,
                          u.initial_until is not null as initial, f.user_id is not null as second_factor
                   from api_token t join app_user u using (user_id)
                   left join second_factor f on f.user_id = u.user_id and f.confirmed_at is not null
                   where t.token_sha256 = $1 and t.revoked_at is null and t.expires_at > now()
                     and u.disabled_at is null and u.activated_at is not null),
               drawn as (
                   update api_token b
                   set full_at = greatest(b.full_at, clock_timestamp()) + make_interval(secs => $2), last_used_at = now()
                   from found f
                   where b.token_id = f.token_id
                     and greatest(b.full_at, clock_timestamp()) + make_interval(secs => $2)
                         <= clock_timestamp() + make_interval(secs => $3)
                   returning b.token_id, b.full_at)
               select f.token_id as "token_id!", f.token_name as "token_name!", f.scopes as "scopes!",
                      f.expires_at as "expires_at!", f.by_provider as "by_provider!", f.user_id as "user_id!",
                      f.login as "login!", f.name as "name!", f.role as "role!", f.unit_id, f.language as "language!",
                      f.initial as "initial!", f.second_factor as "second_factor!", d.token_id is not null as "drawn!",
                      greatest(extract(epoch from coalesce(d.full_at, f.full_at) - clock_timestamp())::float8, 0) as "full_in!"
               from found f left join drawn d on d.token_id = f.token_id"#,
            token_sha256.as_slice(),
            flow.emission.as_secs_f64(),
            flow.tolerance.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|r| {
            Ok(Bearer {
                token_id: r.token_id,
                name: r.token_name,
                scopes: scopes(&r.scopes),
                expires_at: r.expires_at.to_jiff(),
                initial: r.initial,
                by_provider: r.by_provider,
                second_factor: r.second_factor,
                drawn: r.drawn,
                full_in: r.full_in,
                user: user!(r),
            })
        })
        .transpose()
    }
}

/// Ends every token of a user, together with their log-ins.
pub(super) async fn revoke_tokens(connection: &mut PgConnection, login: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "update api_token t set revoked_at = now() from app_user u
         where u.user_id = t.user_id and u.login = $1 and t.revoked_at is null",
        login
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Scopes that this version knows; a word of a later one allows nothing here.
fn scopes(words: &[String]) -> Vec<Scope> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}
