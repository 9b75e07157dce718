//! The figures of a day's digest: what waits, how old it is, what is due. It names nobody.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::{Store, StoreError, notice};
use crate::model::{NoticeChannel, NoticeKind};

/// A source that is not read as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTrouble {
    /// The platform.
    pub platform: String,
    /// `off`, `denied`, `fault`, `rate`, or `accounts` where only some of its accounts fail.
    pub why: String,
    /// Accounts that fail or were given up.
    pub accounts: i64,
}

/// What waits, how old, what is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestFigures {
    /// The day it is written for.
    pub day: Date,
    /// Hits that wait for people.
    pub open: i64,
    /// When the oldest of them was found.
    pub oldest_at: Option<Timestamp>,
    /// Those past their deadline.
    pub late: i64,
    /// Those whose deadline lies within a day.
    pub due: i64,
    /// Questions whose letter is not sent.
    pub unsent: i64,
    /// Questions that wait for an answer.
    pub awaited: i64,
    /// Of these, those whose day has come.
    pub overdue: i64,
    /// Users' roles and second factors that wait for a second person.
    pub proposals: i64,
    /// Tips that wait for a second person.
    pub tips: i64,
    /// Declarations that nobody has settled.
    pub declarations: i64,
    /// Objections that are open.
    pub objections: i64,
    /// Accounts that wait for approval.
    pub accounts: i64,
    /// Sources in trouble.
    pub troubled: Vec<SourceTrouble>,
}

impl Store {
    /// Writes the digest of a day for each channel, unless somebody has; returns whether it was this call.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then the day has no digest yet.
    pub async fn write_digest(
        &self,
        day: Date,
        channels: &[NoticeChannel],
        deadline_days: u16,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let first = sqlx::query!("insert into digest_day (day) values ($1) on conflict do nothing", day.to_sqlx() as _)
            .execute(&mut *tx)
            .await?
            .rows_affected()
            == 1;
        if first {
            let figures = figures(&mut tx, day, deadline_days).await?;
            for channel in channels {
                notice::write(&mut tx, *channel, NoticeKind::Digest, &json!(figures)).await?;
            }
        }
        tx.commit().await?;
        Ok(first)
    }

    /// Whether a day's digest is written.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn has_digest(&self, day: Date) -> Result<bool, StoreError> {
        let there = sqlx::query_scalar!(
            r#"select exists (select 1 from digest_day where day = $1) as "there!""#,
            day.to_sqlx() as _
        );
        Ok(there.fetch_one(&self.pool).await?)
    }
}

async fn figures(tx: &mut PgConnection, day: Date, deadline_days: u16) -> Result<DigestFigures, StoreError> {
    let row = sqlx::query!(
        r#"select h.open as "open!", h.oldest_at, h.late as "late!", h.due as "due!",
                  c.unsent as "unsent!", c.awaited as "awaited!", c.overdue as "overdue!",
                  (select count(*) from user_proposal where state = 'open') as "proposals!",
                  (select count(*) from tip where confirmed_at is null) as "tips!",
                  (select count(*) from declaration where state = 'waiting') as "declarations!",
                  (select count(*) from objection where state = 'open') as "objections!",
                  (select count(*) from account where approved_at is null and stopped_at is null) as "accounts!"
           from (select count(*) as open, min(created_at) as oldest_at,
                        count(*) filter (where created_at <= now() - make_interval(days => $1)) as late,
                        count(*) filter (where created_at > now() - make_interval(days => $1)
                                         and created_at <= now() - make_interval(days => $1) + interval '1 day') as due
                 from hit where state = 'open') h,
                (select count(*) filter (where sent_at is null) as unsent,
                        count(*) filter (where sent_at is not null) as awaited,
                        count(*) filter (where sent_at is not null and due_on <= $2) as overdue
                 from clarification where settled_at is null) c"#,
        i32::from(deadline_days),
        day.to_sqlx() as _
    )
    .fetch_one(&mut *tx)
    .await?;
    let troubled = sqlx::query!(
        r#"with reading as (
               select a.platform, count(*) filter (where s.failures > 0 or s.parked_at is not null) as failing
               from account a join collector_state s using (account_id)
               where a.approved_at is not null and a.stopped_at is null group by a.platform)
           select coalesce(r.platform, s.platform) as "platform!",
                  case when s.switched_off_at is not null then 'off'
                       when s.paused_until > now() then s.paused_why
                       else 'accounts' end as "why!",
                  coalesce(r.failing, 0) as "accounts!"
           from reading r full join source_state s on s.platform = r.platform
           where s.switched_off_at is not null or s.paused_until > now() or r.failing > 0
           order by 1"#
    )
    .fetch_all(tx)
    .await?;
    Ok(DigestFigures {
        day,
        open: row.open,
        oldest_at: row.oldest_at.map(jiff_sqlx::Timestamp::to_jiff),
        late: row.late,
        due: row.due,
        unsent: row.unsent,
        awaited: row.awaited,
        overdue: row.overdue,
        proposals: row.proposals,
        tips: row.tips,
        declarations: row.declarations,
        objections: row.objections,
        accounts: row.accounts,
        troubled: troubled
            .into_iter()
            .map(|r| SourceTrouble { platform: r.platform, why: r.why, accounts: r.accounts })
            .collect(),
    })
}
