//! Log-ins that have not ended.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::user::user;
use super::{Store, StoreError, User, ledger};
use crate::model::{SessionId, UnitId, UserId};

/// How long a log-in may wait for the code of a second factor.
const AWAITS_CODE: SignedDuration = SignedDuration::from_mins(10);

/// How somebody got in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'a> {
    /// Browser and system in two words.
    pub agent: &'a str,
    /// The provider showed who it is, not a password.
    pub by_provider: bool,
}

/// A log-in that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Id, for the page on which its owner ends it.
    pub session_id: SessionId,
    /// Whose.
    pub user: User,
    /// The password is one that somebody else chose.
    pub initial: bool,
    /// The provider showed who it is, not a password.
    pub by_provider: bool,
    /// A second factor is set up.
    pub second_factor: bool,
}

/// A log-in as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// Id.
    pub session_id: SessionId,
    /// Since when.
    pub created_at: Timestamp,
    /// Last use, to the minute.
    pub seen_at: Timestamp,
    /// Browser and system in two words.
    pub agent: String,
}

impl Store {
    /// Opens a session and clears away those that have run out.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn open_session(
        &self,
        user: &User,
        token_sha256: [u8; 32],
        lifetime: SignedDuration,
        entry: Entry<'_>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("delete from session where expires_at < now()").execute(&mut *tx).await?;
        sqlx::query!(
            "insert into session (token_sha256, user_id, expires_at, agent, by_provider)
             values ($1, $2, now() + make_interval(secs => $3), $4, $5)",
            token_sha256.as_slice(),
            user.user_id.0,
            lifetime.as_secs_f64(),
            entry.agent,
            entry.by_provider
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("update app_user set last_login_at = now() where user_id = $1", user.user_id.0)
            .execute(&mut *tx)
            .await?;
        let detail = if entry.by_provider { json!({ "by": "provider" }) } else { json!({}) };
        ledger::append(&mut tx, "user.login", &user.login, &format!("user/{}", user.login), &detail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Remembers for ten minutes that somebody has shown who they are and now owes a code. It opens no page.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn await_code(&self, user: &User, token_sha256: [u8; 32], entry: Entry<'_>) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into session (token_sha256, user_id, expires_at, awaits_code, by_provider)
             values ($1, $2, now() + make_interval(secs => $3), true, $4)",
            token_sha256.as_slice(),
            user.user_id.0,
            AWAITS_CODE.as_secs_f64(),
            entry.by_provider
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Who owes a code under this token, and whether the provider showed who it is.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn awaiting_code(&self, token_sha256: [u8; 32]) -> Result<Option<(User, bool)>, StoreError> {
        let row = sqlx::query!(
            "select u.user_id, u.login, u.name, u.role, u.unit_id, u.language, s.by_provider
             from session s join app_user u using (user_id)
             where s.token_sha256 = $1 and s.awaits_code and s.expires_at > now()
               and u.disabled_at is null and u.activated_at is not null",
            token_sha256.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|r| Ok((user!(r), r.by_provider))).transpose()
    }

    /// Whose session this is; `None` when it has run out, was idle for longer than `idle`, owes a code, or the user is
    /// shut out. The session's last use is written at most once a minute, so that reading pages costs no write each.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn session(&self, token_sha256: [u8; 32], idle: SignedDuration) -> Result<Option<Session>, StoreError> {
        let row = sqlx::query!(
            r#"select u.user_id, u.login, u.name, u.role, u.unit_id, u.language, s.session_id, s.by_provider,
                      u.initial_until is not null as "initial!", f.user_id is not null as "second_factor!",
                      s.seen_at < now() - interval '1 minute' as "stale!"
               from session s join app_user u using (user_id)
               left join second_factor f on f.user_id = u.user_id and f.confirmed_at is not null
               where s.token_sha256 = $1 and s.expires_at > now() and not s.awaits_code
                 and u.disabled_at is null and u.activated_at is not null
                 and s.seen_at > now() - make_interval(secs => $2)"#,
            token_sha256.as_slice(),
            idle.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        if r.stale {
            sqlx::query!("update session set seen_at = now() where token_sha256 = $1", token_sha256.as_slice())
                .execute(&self.pool)
                .await?;
        }
        let session_id = r.session_id.into();
        let (initial, by_provider, second_factor) = (r.initial, r.by_provider, r.second_factor);
        Ok(Some(Session { session_id, initial, by_provider, second_factor, user: user!(r) }))
    }

    /// A user's log-ins, the latest used first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn sessions(&self, user: UserId, idle: SignedDuration) -> Result<Vec<SessionLine>, StoreError> {
        let rows = sqlx::query!(
            "select session_id, created_at, seen_at, agent from session
             where user_id = $1 and not awaits_code and expires_at > now()
               and seen_at > now() - make_interval(secs => $2)
             order by seen_at desc, session_id",
            user.0,
            idle.as_secs_f64()
        )
        .fetch_all(&self.pool)
        .await?;
        let line = rows.into_iter().map(|r| SessionLine {
            session_id: r.session_id.into(),
            created_at: r.created_at.to_jiff(),
            seen_at: r.seen_at.to_jiff(),
            agent: r.agent,
        });
        Ok(line.collect())
    }

    /// Ends one of a user's sessions, or all but `kept`; returns how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn end_own_sessions(
        &self,
        user: &User,
        one: Option<SessionId>,
        kept: Option<SessionId>,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let ended = sqlx::query!(
            "delete from session where user_id = $1 and ($2::uuid is null or session_id = $2)
             and ($3::uuid is null or session_id <> $3)",
            user.user_id.0,
            one.map(|id| id.0),
            kept.map(|id| id.0)
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if ended > 0 {
            let detail = json!({ "ended": ended });
            let subject = format!("user/{}", user.login);
            ledger::append(&mut tx, "user.sessions_ended", &user.login, &subject, &detail).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends a session; nothing happens if it has ended already.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn close_session(&self, token_sha256: [u8; 32]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let closed = sqlx::query!(
            "delete from session s using app_user u where s.token_sha256 = $1 and u.user_id = s.user_id
             returning u.login, s.awaits_code",
            token_sha256.as_slice()
        )
        .fetch_optional(&mut *tx)
        .await?;
        // Whoever never got in does not go out.
        if let Some(row) = closed.filter(|row| !row.awaits_code) {
            let login = row.login;
            ledger::append(&mut tx, "user.logout", &login, &format!("user/{login}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
