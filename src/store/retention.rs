//! Forgetting: what netral need not know any more goes, and a minute in the ledger says so (P08, P20).

use serde::Serialize;
use serde_json::json;

use super::{Store, StoreError, ledger};

/// Rows of one statement, so that no sweep holds locks for long.
const CHUNK: i64 = 2000;

/// Days after which a declaration that nobody settled is given up.
const DECLARED_DAYS: i32 = 90;

/// What one sweep removed; the minute in the ledger holds these figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// Activities without a hit that outlived the rescan window, whole.
    pub activities: u64,
    /// Dismissed hits whose activity lost text, media, target, address and raw bytes.
    pub dismissed: u64,
    /// Unreadable items that outlived the rescan window.
    pub quarantined: u64,
    /// Tips that nobody confirmed within the rescan window.
    pub tips: u64,
    /// Declarations that nobody settled within ninety days.
    pub declarations: u64,
    /// What people wrote freely in declarations and objections that have been settled long enough.
    pub texts: u64,
}

impl Forgotten {
    /// Whether there was anything to forget.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// Removes what has outlived its program's windows. Context hits live as long as an activity without a hit; the rows
    /// of dismissed hits stay, because decisions and what a list learned from them stay, but nothing of the post does.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; what was removed before that has its minute.
    pub async fn forget(&self, actor: &str) -> Result<Forgotten, StoreError> {
        let mut total = Forgotten::default();
        loop {
            let swept = self.forget_some(actor).await?;
            total.activities += swept.activities;
            total.dismissed += swept.dismissed;
            total.quarantined += swept.quarantined;
            total.tips += swept.tips;
            total.declarations += swept.declarations;
            total.texts += swept.texts;
            if swept.is_empty() {
                return Ok(total);
            }
        }
    }

    async fn forget_some(&self, actor: &str) -> Result<Forgotten, StoreError> {
        let mut tx = self.begin().await?;
        let activities = sqlx::query!(
            "with old as (
                 select a.account_id, a.activity_id from activity a join program p using (program_id)
                 where a.seen_at < now() - make_interval(days => p.rescan_days)
                   and not exists (select 1 from hit h where h.account_id = a.account_id
                                   and h.activity_id = a.activity_id and h.state not in ('background', 'withdrawn'))
                   -- A post that a later version changed goes with that version, else it would be read anew.
                   and not exists (select 1 from activity e where e.account_id = a.account_id and e.edition_of = a.external_id)
                 limit $1)
             delete from activity a using old where a.account_id = old.account_id and a.activity_id = old.activity_id",
            CHUNK
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let dismissed = forget_dismissed(&mut tx).await?;
        let quarantined = sqlx::query!(
            "delete from quarantine where at < now() - make_interval(days => (select coalesce(max(rescan_days), 14) from program))"
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        // A tip that nobody confirmed has no activity to go with.
        let tips = sqlx::query!(
            "delete from tip where confirmed_at is null
                 and entered_at < now() - make_interval(days => (select greatest(coalesce(max(rescan_days), 14), 1) from program))"
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        sqlx::query!("delete from register_import where proposed_at < now() - interval '1 day'")
            .execute(&mut *tx)
            .await?;
        // What a draft was tried against is gone by then; its figures mean nothing any more.
        sqlx::query!("delete from backtest where requested_at < now() - interval '30 days'").execute(&mut *tx).await?;
        forget_machines(&mut tx).await?;
        let (declarations, texts) = forget_declared(&mut tx, actor).await?;
        let swept = Forgotten { activities, dismissed, quarantined, tips, declarations, texts };
        if !swept.is_empty() {
            ledger::append(&mut tx, "retention.swept", actor, "retention", &json!(swept)).await?;
        }
        tx.commit().await?;
        Ok(swept)
    }
}

/// What machines needed for a while: answers to repeated requests, notices that went out or were given up, tokens that ended.
async fn forget_machines(tx: &mut sqlx::PgConnection) -> Result<(), StoreError> {
    sqlx::query!("delete from api_answer where begun_at < now() - interval '1 day'").execute(&mut *tx).await?;
    sqlx::query!("delete from notice where coalesce(sent_at, dead_at) < now() - interval '30 days'")
        .execute(&mut *tx)
        .await?;
    sqlx::query!("delete from digest_day where day < current_date - 30").execute(&mut *tx).await?;
    sqlx::query!("delete from api_token where least(revoked_at, expires_at) < now() - interval '90 days'")
        .execute(tx)
        .await?;
    Ok(())
}

/// Gives up declarations that nobody settled, and empties what people wrote in those, and in objections, that have been
/// settled for as long as the content of dismissed hits lives. What two people wrote to settle an objection stays: it says
/// why the account is read, or is not.
async fn forget_declared(tx: &mut sqlx::PgConnection, actor: &str) -> Result<(u64, u64), StoreError> {
    let expired = sqlx::query!(
        "update declaration set state = 'expired', settled_by = $1, settled_at = now(), signed_name = '', accounts = '[]'
         where state = 'waiting' and sent_at < now() - make_interval(days => $2)",
        actor,
        DECLARED_DAYS
    )
    .execute(&mut *tx)
    .await?;
    let refused = sqlx::query!(
        "update declaration set reason = '' where reason <> ''
             and settled_at < now() - make_interval(days => (select coalesce(max(dismissed_days), 30) from program))"
    )
    .execute(&mut *tx)
    .await?;
    let objected = sqlx::query!(
        "update objection set reason = '' where reason <> ''
             and settled_at < now() - make_interval(days => (select coalesce(max(dismissed_days), 30) from program))"
    )
    .execute(tx)
    .await?;
    Ok((expired.rows_affected(), refused.rows_affected() + objected.rows_affected()))
}

/// Empties the activities all of whose hits were dismissed long enough ago, and the surfaces on their hits.
async fn forget_dismissed(tx: &mut sqlx::PgConnection) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        r#"with dismissed as (
               select a.account_id, a.activity_id
               from activity a
               join program p using (program_id)
               join hit h on h.account_id = a.account_id and h.activity_id = a.activity_id
               where octet_length(a.raw) > 0
               group by a.account_id, a.activity_id, p.dismissed_days
               having bool_and(coalesce(h.state in ('background', 'withdrawn') or h.verdict = 'bukan_dugaan', false))
                  and max(h.closed_at) < now() - make_interval(days => p.dismissed_days)
               limit $1),
           emptied as (
               update activity a set text = '', url = null, media = '[]', target = null, hashtags = '[]', mentions = '[]', raw = ''
               from dismissed x where a.account_id = x.account_id and a.activity_id = x.activity_id)
           update hit h
           set matches = (select jsonb_agg(m || '{"surface": "", "start": 0, "end": 0}') from jsonb_array_elements(h.matches) m),
               reason = '(isi sudah dihapus)', counter = '{}', group_id = h.hit_id
           from dismissed x where h.account_id = x.account_id and h.activity_id = x.activity_id"#,
        CHUNK
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
