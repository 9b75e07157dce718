//! What happens to users through the pages: who is there, and what one person asks for and another confirms.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::user::{end_sessions, insert, release_claims, user};
use super::{NewUser, Store, StoreError, User, ledger};
use crate::model::{Role, UnitId, UserId};

/// A user as their administrator sees them.
#[derive(Clone, Debug)]
pub struct UserLine {
    /// Who.
    pub user: User,
    /// A unit head's own unit.
    pub unit: Option<String>,
    /// Last log-in.
    pub last_login_at: Option<Timestamp>,
    /// Shut out.
    pub disabled: bool,
    /// Waits for a second person.
    pub waiting: bool,
    /// Has not chosen a password yet; until when the initial one can be used.
    pub initial_until: Option<Timestamp>,
    /// A second factor is set up.
    pub second_factor: bool,
    /// Logs in through the provider.
    pub bound: bool,
}

/// What a proposal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserWish {
    /// Let a new user in, with this role.
    New(Role),
    /// Give this role.
    Role(Role),
    /// Take away a second factor that is lost.
    SecondFactor,
}

/// A proposal that waits for a second person.
#[derive(Clone, Debug)]
pub struct UserProposal {
    /// Id.
    pub proposal_id: Uuid,
    /// For whom.
    pub user_id: UserId,
    /// Their log-in.
    pub login: String,
    /// Their name.
    pub name: String,
    /// What.
    pub wish: UserWish,
    /// Why.
    pub why: String,
    /// Who asks.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserChange {
    /// It is in force.
    Done,
    /// It waits for a second person.
    Proposed,
    /// It was turned down, or taken back.
    Refused,
    /// Nobody changes their own role, and nobody confirms what they asked for.
    SamePerson,
    /// There is no such user or open proposal, or nothing to change.
    Gone,
}

impl Store {
    /// All users as their administrator sees them, by log-in.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn user_lines(&self) -> Result<Vec<UserLine>, StoreError> {
        self.lines(None).await
    }

    /// One user as their administrator sees them.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn user_line(&self, id: UserId) -> Result<Option<UserLine>, StoreError> {
        Ok(self.lines(Some(id)).await?.pop())
    }

    async fn lines(&self, id: Option<UserId>) -> Result<Vec<UserLine>, StoreError> {
        let rows = sqlx::query!(
            r#"select u.user_id, u.login, u.name, u.role, u.unit_id, u.language, n.name as "unit?", u.last_login_at,
                      u.disabled_at is not null as "disabled!", u.activated_at is null as "waiting!", u.initial_until,
                      u.oidc_subject is not null as "bound!",
                      exists (select 1 from second_factor f
                              where f.user_id = u.user_id and f.confirmed_at is not null) as "second_factor!"
               from app_user u left join unit n using (unit_id)
               where $1::uuid is null or u.user_id = $1 order by u.login"#,
            id.map(|id| id.0)
        )
        .fetch_all(&self.pool)
        .await?;
        let line = rows.into_iter().map(|r| {
            Ok(UserLine {
                unit: r.unit,
                last_login_at: r.last_login_at.map(|at| at.to_jiff()),
                disabled: r.disabled,
                waiting: r.waiting,
                initial_until: r.initial_until.map(|at| at.to_jiff()),
                second_factor: r.second_factor,
                bound: r.bound,
                user: user!(r),
            })
        });
        line.collect()
    }

    /// Makes a user with an initial password. A role that takes two people waits for the second before the user gets in.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] as [`Store::add_user`], and `user_proposal_why_check` when the reason is too short.
    pub async fn propose_user(
        &self,
        user: &NewUser<'_>,
        lifetime: SignedDuration,
        why: &str,
        actor: &str,
    ) -> Result<(UserId, UserChange), StoreError> {
        let mut tx = self.begin().await?;
        let waits = user.role.needs_second_person();
        let id = insert(&mut tx, user, Some(lifetime), !waits).await?;
        if waits {
            propose(&mut tx, user.login, ("new", Some(user.role)), why, actor).await?;
        } else {
            let detail = json!({ "role": user.role.as_str() });
            ledger::append(&mut tx, "user.added", actor, &format!("user/{}", user.login), &detail).await?;
        }
        tx.commit().await?;
        Ok((id, if waits { UserChange::Proposed } else { UserChange::Done }))
    }

    /// Gives a user another role or unit: at once, or, where the role takes two people, once a second one confirms.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `user_proposal_open` when such a proposal waits already, `user_proposal_why_check` when
    /// the reason is too short, `app_user_unit_check` when a unit head has no unit.
    pub async fn change_role(
        &self,
        id: UserId,
        role: Role,
        unit: Option<UnitId>,
        why: &str,
        actor: &str,
    ) -> Result<UserChange, StoreError> {
        let mut tx = self.begin().await?;
        let now = sqlx::query!(
            "select login, role, unit_id from app_user where user_id = $1 and activated_at is not null for update",
            id.0
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(now) = now else { return Ok(UserChange::Gone) };
        let login = now.login;
        if login == actor {
            return Ok(UserChange::SamePerson);
        }
        if now.role == role.as_str() && now.unit_id == unit.map(|u| u.0) {
            return Ok(UserChange::Gone);
        }
        if role.needs_second_person() && now.role != role.as_str() {
            propose(&mut tx, &login, ("role", Some(role)), why, actor).await?;
            tx.commit().await?;
            return Ok(UserChange::Proposed);
        }
        // Whatever was asked for before is overtaken.
        sqlx::query!(
            "update user_proposal set state = 'refused', settled_by = $2, settled_at = now()
             where login = $1 and kind = 'role' and state = 'open'",
            login,
            actor
        )
        .execute(&mut *tx)
        .await?;
        give_role(&mut tx, &login, role, Some(unit)).await?;
        let detail = json!({ "role": role.as_str(), "before": now.role });
        ledger::append(&mut tx, "user.role", actor, &format!("user/{login}"), &detail).await?;
        tx.commit().await?;
        Ok(UserChange::Done)
    }

    /// Asks that a lost second factor be taken away.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `user_proposal_open` when that is asked for already, `user_proposal_why_check` when the
    /// reason is too short.
    pub async fn propose_factor_reset(&self, id: UserId, why: &str, actor: &str) -> Result<UserChange, StoreError> {
        let mut tx = self.begin().await?;
        let login = sqlx::query_scalar!(
            "select u.login from app_user u join second_factor f using (user_id)
             where u.user_id = $1 and f.confirmed_at is not null",
            id.0
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(login) = login else { return Ok(UserChange::Gone) };
        if login == actor {
            return Ok(UserChange::SamePerson);
        }
        propose(&mut tx, &login, ("second_factor", None), why, actor).await?;
        tx.commit().await?;
        Ok(UserChange::Proposed)
    }

    /// Takes a second factor away at once, as the machine's owner does; false if there is none. The sessions end.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn reset_factor(&self, login: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let taken = take_factor(&mut tx, login).await?;
        if taken {
            let detail = json!({ "by": "command" });
            ledger::append(&mut tx, "user.factor_reset", actor, &format!("user/{login}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// What waits for a second person, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn user_proposals(&self) -> Result<Vec<UserProposal>, StoreError> {
        let rows = sqlx::query!(
            "select p.proposal_id, u.user_id, p.login, u.name, p.kind, p.role, p.why, p.proposed_by, p.proposed_at
             from user_proposal p join app_user u using (login) where p.state = 'open' order by p.proposed_at"
        )
        .fetch_all(&self.pool)
        .await?;
        let proposal = rows.into_iter().map(|r| {
            Ok(UserProposal {
                proposal_id: r.proposal_id,
                user_id: r.user_id.into(),
                wish: wish(&r.kind, r.role.as_deref())?,
                login: r.login,
                name: r.name,
                why: r.why,
                proposed_by: r.proposed_by,
                proposed_at: r.proposed_at.to_jiff(),
            })
        });
        proposal.collect()
    }

    /// A second person's word on a proposal. Whoever asked may take it back, but never confirm it.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn settle_user_proposal(&self, id: Uuid, confirm: bool, actor: &str) -> Result<UserChange, StoreError> {
        let mut tx = self.begin().await?;
        let open = sqlx::query!(
            "select login, kind, role, proposed_by from user_proposal where proposal_id = $1 and state = 'open' for update",
            id
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(open) = open else { return Ok(UserChange::Gone) };
        if confirm && (open.proposed_by == actor || open.login == actor) {
            return Ok(UserChange::SamePerson);
        }
        let wish = wish(&open.kind, open.role.as_deref())?;
        sqlx::query!(
            "update user_proposal set state = $2, settled_by = $3, settled_at = now() where proposal_id = $1",
            id,
            if confirm { "confirmed" } else { "refused" },
            actor
        )
        .execute(&mut *tx)
        .await?;
        match (wish, confirm) {
            (UserWish::New(_), true) => {
                sqlx::query!("update app_user set activated_at = now() where login = $1", open.login)
                    .execute(&mut *tx)
                    .await?;
            }
            // Whoever never got in leaves no row; the ledger keeps that they were asked for.
            (UserWish::New(_), false) => {
                sqlx::query!("delete from app_user where login = $1 and activated_at is null", open.login)
                    .execute(&mut *tx)
                    .await?;
            }
            (UserWish::Role(role), true) => give_role(&mut tx, &open.login, role, None).await?,
            (UserWish::SecondFactor, true) => {
                take_factor(&mut tx, &open.login).await?;
            }
            (UserWish::Role(_) | UserWish::SecondFactor, false) => {}
        }
        let kind = if confirm { "user.confirmed" } else { "user.refused" };
        let detail = json!({ "what": open.kind, "role": open.role, "proposed_by": open.proposed_by });
        ledger::append(&mut tx, kind, actor, &format!("user/{}", open.login), &detail).await?;
        tx.commit().await?;
        Ok(if confirm { UserChange::Done } else { UserChange::Refused })
    }
}

fn wish(kind: &str, role: Option<&str>) -> Result<UserWish, StoreError> {
    let unreadable = StoreError::Stored { what: "proposal" };
    match (kind, role.map(str::parse)) {
        ("new", Some(Ok(role))) => Ok(UserWish::New(role)),
        ("role", Some(Ok(role))) => Ok(UserWish::Role(role)),
        ("second_factor", None) => Ok(UserWish::SecondFactor),
        _ => Err(unreadable),
    }
}

async fn propose(
    connection: &mut PgConnection,
    login: &str,
    (kind, role): (&str, Option<Role>),
    why: &str,
    actor: &str,
) -> Result<(), StoreError> {
    let role = role.map(Role::as_str);
    sqlx::query!(
        "insert into user_proposal (proposal_id, login, kind, role, why, proposed_by) values ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        login,
        kind,
        role,
        why,
        actor
    )
    .execute(&mut *connection)
    .await?;
    let detail = json!({ "what": kind, "role": role });
    ledger::append(connection, "user.proposed", actor, &format!("user/{login}"), &detail).await
}

/// Gives a role, and a unit or none; without either of these the unit stays as it is.
async fn give_role(
    connection: &mut PgConnection,
    login: &str,
    role: Role,
    unit: Option<Option<UnitId>>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update app_user set role = $2, unit_id = case when $4 then $3 else unit_id end where login = $1",
        login,
        role.as_str(),
        unit.flatten().map(|u| u.0),
        unit.is_some()
    )
    .execute(&mut *connection)
    .await?;
    if !role.decides() {
        release_claims(connection, login).await?;
    }
    Ok(())
}

async fn take_factor(connection: &mut PgConnection, login: &str) -> Result<bool, StoreError> {
    sqlx::query!("delete from recovery_code c using app_user u where u.user_id = c.user_id and u.login = $1", login)
        .execute(&mut *connection)
        .await?;
    let taken = sqlx::query!(
        "delete from second_factor f using app_user u where u.user_id = f.user_id and u.login = $1",
        login
    )
    .execute(&mut *connection)
    .await?
    .rows_affected()
        > 0;
    end_sessions(connection, login).await?;
    Ok(taken)
}
