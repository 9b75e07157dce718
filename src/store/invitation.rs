//! Links by which the people of one unit declare and object, and the notice that they read there.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{Store, StoreError, ledger};
use crate::model::{PersonId, ProgramId, UnitId};

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Id.
    pub invitation_id: Uuid,
    /// The unit.
    pub unit_id: UnitId,
    /// Its name.
    pub unit: String,
    /// The secret part of the link.
    pub token: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it opens.
    pub expires_at: Timestamp,
    /// Since when it does not.
    pub revoked_at: Option<Timestamp>,
    /// Declarations that came over it.
    pub declarations: i64,
}

/// What the notice says of the program (UU 27/2022 Art 21).
#[derive(Clone, Debug)]
pub struct Notice {
    /// The program.
    pub program_id: ProgramId,
    /// Its title.
    pub title: String,
    /// Decree or circular.
    pub legal_basis: String,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// Days that a post without a hit is kept.
    pub rescan_days: i32,
    /// Days that the content of a dismissed hit is kept.
    pub dismissed_days: i32,
    /// Where the whole notice stands.
    pub url: Option<String>,
}

macro_rules! invitation {
    ($r:expr) => {
        Invitation {
            invitation_id: $r.invitation_id,
            unit_id: $r.unit_id.into(),
            unit: $r.unit,
            token: $r.token,
            created_by: $r.created_by,
            created_at: $r.created_at.to_jiff(),
            expires_at: $r.expires_at.to_jiff(),
            revoked_at: $r.revoked_at.map(jiff_sqlx::Timestamp::to_jiff),
            declarations: $r.declarations,
        }
    };
}

impl Store {
    /// Makes an invitation that opens for `lifetime`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `invitation_unit_id_fkey` when there is no such unit.
    pub async fn invite(
        &self,
        unit: UnitId,
        token: &str,
        lifetime: SignedDuration,
        actor: &str,
    ) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into invitation (invitation_id, unit_id, token, created_by, expires_at)
             values ($1, $2, $3, $4, now() + make_interval(secs => $5))",
            id,
            unit.0,
            token,
            actor,
            lifetime.as_secs_f64()
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "unit": unit.0, "days": lifetime.as_hours() / 24 });
        ledger::append(&mut tx, "invitation.made", actor, &format!("invitation/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The latest invitations, those that still open first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn invitations(&self, limit: i64) -> Result<Vec<Invitation>, StoreError> {
        let rows = sqlx::query!(
            r#"select i.invitation_id, i.unit_id, u.name as unit, i.token, i.created_by, i.created_at, i.expires_at, i.revoked_at,
                      (select count(*) from declaration d where d.invitation_id = i.invitation_id) as "declarations!"
               from invitation i join unit u using (unit_id)
               order by i.revoked_at is not null or i.expires_at < now(), i.created_at desc limit $1"#,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| invitation!(r)).collect())
    }

    /// One invitation, whether it opens or not.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn invitation(&self, id: Uuid) -> Result<Option<Invitation>, StoreError> {
        let row = sqlx::query!(
            r#"select i.invitation_id, i.unit_id, u.name as unit, i.token, i.created_by, i.created_at, i.expires_at, i.revoked_at,
                      (select count(*) from declaration d where d.invitation_id = i.invitation_id) as "declarations!"
               from invitation i join unit u using (unit_id) where i.invitation_id = $1"#,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| invitation!(r)))
    }

    /// The invitation that a token opens now.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn open_invitation(&self, token: &str) -> Result<Option<Invitation>, StoreError> {
        let row = sqlx::query!(
            r#"select i.invitation_id, i.unit_id, u.name as unit, i.token, i.created_by, i.created_at, i.expires_at, i.revoked_at,
                      0::bigint as "declarations!"
               from invitation i join unit u using (unit_id)
               where i.token = $1 and i.revoked_at is null and i.expires_at > now()"#,
            token
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| invitation!(r)))
    }

    /// Closes an invitation at once; false if it is closed already or there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn revoke_invitation(&self, id: Uuid, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update invitation set revoked_by = $2, revoked_at = now() where invitation_id = $1 and revoked_at is null",
            id,
            actor
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            ledger::append(&mut tx, "invitation.revoked", actor, &format!("invitation/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whom a NIP or code names within a unit, with the name in the register to hold the signature against.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn signer(&self, unit: UnitId, number: &str) -> Result<Option<(PersonId, String)>, StoreError> {
        let row = sqlx::query!(
            "select person_id, name from person where unit_id = $1 and (nip = $2 or lower(code) = lower($2))
             order by nip = $2 desc nulls last, code = $2 desc, person_id limit 1",
            unit.0,
            number
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| (r.person_id.into(), r.name)))
    }

    /// What is to be read before anybody declares anything; `None` where no approved program runs.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn notice(&self) -> Result<Option<Notice>, StoreError> {
        let row = sqlx::query!(
            "select program_id, title, legal_basis, starts_on, ends_on, rescan_days, dismissed_days, notice_url from program
             where approved_at is not null and (now() at time zone timezone)::date between starts_on and ends_on
             order by starts_on desc, program_id limit 1"
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| Notice {
            program_id: r.program_id.into(),
            title: r.title,
            legal_basis: r.legal_basis,
            starts_on: r.starts_on.to_jiff(),
            ends_on: r.ends_on.to_jiff(),
            rescan_days: r.rescan_days,
            dismissed_days: r.dismissed_days,
            url: r.notice_url,
        }))
    }
}
