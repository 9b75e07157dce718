//! Programs: the approved frame outside which nothing runs (P03, P04, P11).

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde_json::json;

use super::{Store, StoreError, ledger};
use crate::model::ProgramId;

/// An approved program that runs today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Id.
    pub program_id: ProgramId,
    /// Title as in the decree.
    pub title: String,
    /// IANA time zone in which its days are counted.
    pub timezone: String,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// How many days an activity without a hit lives; 0 = never kept.
    pub rescan_days: i32,
}

/// A program to be proposed.
#[derive(Debug)]
pub struct NewProgram<'a> {
    /// Title as in the decree.
    pub title: &'a str,
    /// Decree or circular number.
    pub legal_basis: &'a str,
    /// IANA time zone.
    pub timezone: &'a str,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// Days that an activity without a hit lives.
    pub rescan_days: i32,
    /// SHA-256 of the impact assessment.
    pub dpia_sha256: Option<[u8; 32]>,
    /// Where staff can read the notice, once it is published.
    pub notice_url: Option<&'a str>,
}

impl Store {
    /// Proposes a program; it runs only once somebody else approves it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the rule that is not met.
    pub async fn propose_program(&self, new: &NewProgram<'_>, actor: &str) -> Result<ProgramId, StoreError> {
        let id = ProgramId::new();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into program (program_id, title, legal_basis, timezone, starts_on, ends_on, rescan_days, dpia_sha256, notice_url, notice_at, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text, case when $9::text is not null then now() end, $10)",
            id.0,
            new.title,
            new.legal_basis,
            new.timezone,
            new.starts_on.to_sqlx(),
            new.ends_on.to_sqlx(),
            new.rescan_days,
            new.dpia_sha256.as_ref().map(<[u8; 32]>::as_slice),
            new.notice_url,
            actor
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "legal_basis": new.legal_basis });
        ledger::append(&mut tx, "program.proposed", actor, &format!("program/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Approves a program; the schema refuses it without legal basis, impact assessment, notice and a second person.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `program_approved_is_complete` or `program_four_eyes`.
    pub async fn approve_program(&self, id: ProgramId, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query!(
            "update program set approved_by = $2, approved_at = now() where program_id = $1 and approved_at is null",
            id.0,
            actor
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            > 0;
        if changed {
            ledger::append(&mut tx, "program.approved", actor, &format!("program/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// The program that runs today, the latest begun where there are several; `None` stops every collector.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn active_program(&self) -> Result<Option<Program>, StoreError> {
        let row = sqlx::query!(
            "select program_id, title, timezone, starts_on, ends_on, rescan_days from program
             where approved_at is not null and (now() at time zone timezone)::date between starts_on and ends_on
             order by starts_on desc, program_id limit 1"
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| Program {
            program_id: r.program_id.into(),
            title: r.title,
            timezone: r.timezone,
            starts_on: r.starts_on.to_jiff(),
            ends_on: r.ends_on.to_jiff(),
            rescan_days: r.rescan_days,
        }))
    }

    /// Every program with whether it is approved, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn programs(&self) -> Result<Vec<(Program, bool)>, StoreError> {
        let rows = sqlx::query!(
            r#"select program_id, title, timezone, starts_on, ends_on, rescan_days, approved_at is not null as "approved!"
               from program order by starts_on desc, program_id"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| {
                let program = Program {
                    program_id: r.program_id.into(),
                    title: r.title,
                    timezone: r.timezone,
                    starts_on: r.starts_on.to_jiff(),
                    ends_on: r.ends_on.to_jiff(),
                    rescan_days: r.rescan_days,
                };
                (program, r.approved)
            })
            .collect())
    }
}
