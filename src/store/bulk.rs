//! Copies of one text, dismissed by one person at one stroke, and taken back within the minute. Each hit keeps a decision of
//! its own, with every rule that holds for one.

use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use super::decide::{Held, UNDO, settle, take_back};
use super::group::MEMBERS;
use super::{DecisionDraft, ReviewConfig, Store, StoreError, UndoOutcome, User, ledger};
use crate::model::{HitId, Outcome, ReasonCode, Step, UserId};

/// What became of closing many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkClose {
    /// The stroke.
    pub bulk_id: Uuid,
    /// Hits that were decided.
    pub hits: usize,
    /// Hits that were asked for and are left: somebody took them, or they are not alike any more.
    pub left: usize,
}

impl Store {
    /// Dismisses those of `wanted` that are copies of the group's text, wait for this reader, and may be closed together:
    /// one decision each, in one transaction. `None` where none is left, or the reason is not one for *bukan dugaan*.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then nothing was written.
    pub async fn close_group(
        &self,
        user: &User,
        group: Uuid,
        wanted: &[HitId],
        reason_code: ReasonCode,
        rules: ReviewConfig,
    ) -> Result<Option<BulkClose>, StoreError> {
        if reason_code.outcome() != Outcome::NotSuspected {
            return Ok(None);
        }
        let members = self.group_members(group, user.user_id).await?;
        let together: Vec<Uuid> =
            members.iter().filter(|m| m.apart.is_none() && wanted.contains(&m.hit_id)).map(|m| m.hit_id.0).collect();
        let mut tx = self.begin().await?;
        let locked = sqlx::query!(
            r#"select account_id, hit_id, is_weak(verb, matches) as "weak!" from hit
               where hit_id = any($1) and group_id = $2 and state = 'open' and step = 'first' and round = 1
                 and (claimed_until is null or claimed_until <= now() or claimed_by = $3)
                 and may_judge(account_id, hit_id, round, step, referred_to, rests_until, $3)
               order by hit_id limit $4 for update skip locked"#,
            &together,
            group,
            user.user_id.0,
            MEMBERS
        )
        .fetch_all(&mut *tx)
        .await?;
        let Ok(hits @ 1..) = i32::try_from(locked.len()) else { return Ok(None) };
        let bulk_id = Uuid::now_v7();
        sqlx::query!(
            "insert into bulk_close (bulk_id, group_id, user_id, reason_code, hits) values ($1, $2, $3, $4, $5)",
            bulk_id,
            group,
            user.user_id.0,
            reason_code.as_str(),
            hits
        )
        .execute(&mut *tx)
        .await?;
        for row in &locked {
            let hit = HitId(row.hit_id);
            let draft =
                DecisionDraft { hit, outcome: Outcome::NotSuspected, clause: None, reason_code, note: String::new() };
            let held = Held {
                account_id: row.account_id,
                step: Step::First,
                round: 1,
                weak: row.weak,
                // Nobody read this one by itself: it says nothing about how long a reading takes.
                seconds: None,
                bulk: Some(bulk_id),
            };
            settle(&mut tx, user, &draft, &held, rules).await?;
        }
        let detail =
            json!({ "group": group, "reason": reason_code.as_str(), "hits": locked.len(), "asked": wanted.len() });
        ledger::append(&mut tx, "group.closed", &user.login, &format!("bulk/{bulk_id}"), &detail).await?;
        tx.commit().await?;
        Ok(Some(BulkClose { bulk_id, hits: locked.len(), left: wanted.len().saturating_sub(locked.len()) }))
    }

    /// This reader's last stroke in a group, while it can be taken back: its id, and how many hits it closed.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn bulk_to_undo(&self, group: Uuid, user: UserId) -> Result<Option<(Uuid, i32)>, StoreError> {
        let row = sqlx::query!(
            "select b.bulk_id, b.hits from bulk_close b
             where b.group_id = $1 and b.user_id = $2 and b.closed_at >= now() - make_interval(secs => $3)
               and exists (select 1 from decision d where d.bulk_id = b.bulk_id and not exists (
                   select 1 from decision_undo u where u.account_id = d.account_id and u.decision_id = d.decision_id))
             order by b.closed_at desc limit 1",
            group,
            user.0,
            UNDO.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| (r.bulk_id, r.hits)))
    }

    /// Takes back every decision of a stroke that nobody has gone on from: how many, and how many are left.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then nothing was taken back.
    pub async fn undo_bulk(&self, user: &User, bulk: Uuid) -> Result<(usize, usize), StoreError> {
        let mut tx = self.begin().await?;
        let hits = sqlx::query_scalar!(
            "select d.hit_id from bulk_close b join decision d on d.bulk_id = b.bulk_id
             where b.bulk_id = $1 and b.user_id = $2 and b.closed_at >= now() - make_interval(secs => $3) order by d.hit_id",
            bulk,
            user.user_id.0,
            UNDO.as_secs_f64()
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut undone = 0;
        for hit in &hits {
            let outcome = take_back(&mut tx, user, HitId(*hit), None::<SignedDuration>).await?;
            undone += usize::from(outcome == UndoOutcome::Undone);
        }
        if undone > 0 {
            let detail = json!({ "hits": undone, "left": hits.len() - undone });
            ledger::append(&mut tx, "group.reopened", &user.login, &format!("bulk/{bulk}"), &detail).await?;
            tx.commit().await?;
        }
        Ok((undone, hits.len() - undone))
    }
}
