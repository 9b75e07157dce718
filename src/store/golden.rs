//! Hits whose answer is known, read again for practice. A reading is no decision: it touches neither hit nor person.

use serde_json::json;
use uuid::Uuid;

use super::{Store, StoreError, User};
use crate::model::{HitId, Outcome, UserId};

/// What became of marking a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoldenEnd {
    /// It is practised with from now on.
    Marked,
    /// It is not closed, people disagreed about it, or it is marked already.
    NotFit,
}

/// One known answer, for a reader.
#[derive(Clone, Debug)]
pub struct GoldenItem {
    /// Id.
    pub golden_id: Uuid,
    /// The hit that is read.
    pub hit_id: HitId,
    /// The known answer.
    pub outcome: Outcome,
    /// What a reader should have seen.
    pub why: String,
    /// What this reader said, once they have.
    pub said: Option<Outcome>,
}

/// One known answer, for who keeps them.
#[derive(Clone, Debug)]
pub struct GoldenLine {
    /// Id.
    pub golden_id: Uuid,
    /// The hit.
    pub hit_id: HitId,
    /// Its clause.
    pub clause: String,
    /// The known answer.
    pub outcome: Outcome,
    /// What a reader should have seen.
    pub why: String,
    /// How many have read it.
    pub readings: i64,
    /// How many of these said the same.
    pub right: i64,
}

fn outcome(word: &str) -> Result<Outcome, StoreError> {
    word.parse().map_err(|_| StoreError::Stored { what: "outcome" })
}

impl Store {
    /// Marks a closed, undisputed hit as one whose answer is known.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `golden_item_why_check` without a reason.
    pub async fn mark_golden(&self, user: &User, hit: HitId, why: &str) -> Result<GoldenEnd, StoreError> {
        let mut tx = self.begin().await?;
        let made = sqlx::query!(
            "insert into golden_item (golden_id, account_id, hit_id, outcome, why, marked_by)
             select $1, h.account_id, h.hit_id, case when h.verdict = 'bukan_dugaan' then 'bukan_dugaan' else 'dugaan' end, $3, $4
             from hit h join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
             where h.hit_id = $2 and h.state = 'decided' and octet_length(a.raw) > 0
             on conflict (account_id, hit_id) do update set retired_at = null, why = excluded.why, marked_by = excluded.marked_by
                 where golden_item.retired_at is not null
             returning golden_id",
            Uuid::now_v7(),
            hit.0,
            why,
            user.user_id.0
        )
        .fetch_optional(&mut *tx)
        .await;
        let made = match made.map_err(StoreError::from) {
            Ok(Some(made)) => made.golden_id,
            Ok(None) => return Ok(GoldenEnd::NotFit),
            Err(StoreError::Conflict { constraint }) if constraint == "golden_item_undisputed" => {
                return Ok(GoldenEnd::NotFit);
            }
            Err(other) => return Err(other),
        };
        let detail = json!({ "golden": made });
        super::ledger::append(&mut tx, "golden.marked", &user.login, &format!("hit/{hit}"), &detail).await?;
        tx.commit().await?;
        Ok(GoldenEnd::Marked)
    }

    /// Takes a hit out of practice; what was read stays. False where it was out already.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn retire_golden(&self, user: &User, golden: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update golden_item set retired_at = now() where golden_id = $1 and retired_at is null",
            golden
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if done > 0 {
            super::ledger::append(&mut tx, "golden.retired", &user.login, &format!("golden/{golden}"), &json!({}))
                .await?;
            tx.commit().await?;
        }
        Ok(done > 0)
    }

    /// A hit to practise with: one that this reader has neither decided nor practised with nor marked, of nobody near to
    /// them, and of which the post is still kept. In an order of the reader's own.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn next_golden(&self, reader: UserId) -> Result<Option<Uuid>, StoreError> {
        Ok(sqlx::query_scalar!(
            "select g.golden_id from golden_item g
             join hit h on h.account_id = g.account_id and h.hit_id = g.hit_id
             join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
             where g.retired_at is null and g.marked_by <> $1 and octet_length(a.raw) > 0
               and not exists (select 1 from golden_reading r where r.golden_id = g.golden_id and r.user_id = $1)
               and not exists (select 1 from decision d where d.account_id = g.account_id and d.hit_id = g.hit_id and d.user_id = $1)
               and not has_conflict(g.account_id, $1)
             order by md5(g.golden_id::text || $1::text) limit 1",
            reader.0
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// One known answer for a reader who may practise with it, or has.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn golden_item(&self, golden: Uuid, reader: UserId) -> Result<Option<GoldenItem>, StoreError> {
        let row = sqlx::query!(
            r#"select g.hit_id, g.outcome, g.why, r.outcome as "said?"
               from golden_item g
               join hit h on h.account_id = g.account_id and h.hit_id = g.hit_id
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               left join golden_reading r on r.golden_id = g.golden_id and r.user_id = $2
               where g.golden_id = $1 and octet_length(a.raw) > 0 and not has_conflict(g.account_id, $2)
                 and (r.outcome is not null or (g.retired_at is null and g.marked_by <> $2 and not exists (
                     select 1 from decision d where d.account_id = g.account_id and d.hit_id = g.hit_id and d.user_id = $2)))"#,
            golden,
            reader.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        Ok(Some(GoldenItem {
            golden_id: golden,
            hit_id: r.hit_id.into(),
            outcome: outcome(&r.outcome)?,
            why: r.why,
            said: r.said.as_deref().map(outcome).transpose()?,
        }))
    }

    /// Keeps what a reader says of a known answer; the first word counts.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn read_golden(&self, user: &User, golden: Uuid, said: Outcome) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "insert into golden_reading (reading_id, golden_id, user_id, outcome) values ($1, $2, $3, $4)
             on conflict on constraint golden_reading_once_key do nothing",
            Uuid::now_v7(),
            golden,
            user.user_id.0,
            said.as_str()
        )
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() > 0 {
            super::ledger::append(&mut tx, "golden.read", &user.login, &format!("golden/{golden}"), &json!({})).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// All hits that are practised with.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn golden_items(&self) -> Result<Vec<GoldenLine>, StoreError> {
        let rows = sqlx::query!(
            r#"select g.golden_id, g.hit_id, h.clause, g.outcome, g.why,
                      (select count(*) from golden_reading r where r.golden_id = g.golden_id) as "readings!",
                      (select count(*) from golden_reading r where r.golden_id = g.golden_id and r.outcome = g.outcome) as "right!"
               from golden_item g join hit h on h.account_id = g.account_id and h.hit_id = g.hit_id
               where g.retired_at is null order by g.marked_at desc limit 200"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(GoldenLine {
                    golden_id: r.golden_id,
                    hit_id: r.hit_id.into(),
                    clause: r.clause,
                    outcome: outcome(&r.outcome)?,
                    why: r.why,
                    readings: r.readings,
                    right: r.right,
                })
            })
            .collect()
    }
}
