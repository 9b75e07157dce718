//! Holding a hit: a short lease, renewed while somebody works, given back, passed on or put aside.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::{Store, StoreError, User, ledger};
use crate::model::{HitId, UserId};

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Mine until then.
    Held {
        /// End of the lease.
        until: Timestamp,
    },
    /// Somebody else's until then.
    HeldByOther {
        /// Their name.
        name: String,
        /// End of their lease.
        until: Timestamp,
    },
    /// Waits, but not for this reader: decided in this round, passed on, put aside, or somebody near.
    NotForYou,
    /// Decided, or not a hit at all.
    Gone,
}

/// What somebody does with a hit instead of deciding on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Passes it on to whoever comes next; it does not come back to this reader.
    Skip {
        /// This reader is near to the person: none of that person's hits come again.
        conflict: bool,
    },
    /// Gives it to a colleague.
    Refer(UserId),
    /// Puts it aside until then.
    Rest(Timestamp),
    /// Looks at who it is before deciding; everybody can read that in the ledger.
    Unmask,
}

impl Mark {
    fn kind(&self) -> &'static str {
        match self {
            Self::Skip { .. } => "skip",
            Self::Refer(_) => "refer",
            Self::Rest(_) => "rest",
            Self::Unmask => "unmask",
        }
    }

    fn event(&self) -> &'static str {
        match self {
            Self::Skip { .. } => "hit.skipped",
            Self::Refer(_) => "hit.referred",
            Self::Rest(_) => "hit.put_aside",
            Self::Unmask => "hit.unmasked",
        }
    }
}

impl Store {
    /// Leases the most urgent waiting hit that nobody holds and that is for this reader; the lease is short and the work
    /// happens outside the transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn claim_next(&self, user: &User, lease: SignedDuration) -> Result<Option<HitId>, StoreError> {
        let claimed: Option<Uuid> = sqlx::query_scalar!(
            // The queue is walked in its order, and only as far as the first hit that can be had: whether one is for this reader
            // is asked hit by hit. `offset 0` and the lock inside keep it so.
            "with waiting as (
                 select account_id, hit_id, round, step, referred_to, rests_until from (
                     select account_id, hit_id, round, step, referred_to, rests_until, claimed_until from hit
                     where state = 'open' order by urgent_at, hit_id offset 0) w
                 where (claimed_until is null or claimed_until <= now())
                   and may_judge(account_id, hit_id, round, step, referred_to, rests_until, $1)
                 limit 200),
             next as (
                 select h.account_id, h.hit_id from waiting w
                 cross join lateral (
                     select account_id, hit_id from hit
                     where account_id = w.account_id and hit_id = w.hit_id and state = 'open'
                       and (claimed_until is null or claimed_until <= now())
                       -- Still as it was when `may_judge` was asked: whoever had the lock before may have moved it.
                       and round = w.round and step = w.step and referred_to is not distinct from w.referred_to
                       and rests_until is not distinct from w.rests_until
                     for update skip locked) h
                 limit 1)
             update hit h set claimed_by = $1, claimed_until = now() + make_interval(secs => $2), claimed_at = now()
             from next where h.account_id = next.account_id and h.hit_id = next.hit_id
             returning h.hit_id",
            user.user_id.0,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(claimed.map(HitId))
    }

    /// Leases one hit to a user; claiming what one holds extends the lease.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn claim_hit(&self, hit: HitId, user: &User, lease: SignedDuration) -> Result<Claim, StoreError> {
        let claimed = sqlx::query_scalar!(
            r#"update hit set claimed_at = case when claimed_by = $2 then claimed_at else now() end,
                      claimed_by = $2, claimed_until = now() + make_interval(secs => $3)
               where hit_id = $1 and state = 'open' and (claimed_until is null or claimed_until <= now() or claimed_by = $2)
                 and may_judge(account_id, hit_id, round, step, referred_to, rests_until, $2)
               returning claimed_until as "until!""#,
            hit.0,
            user.user_id.0,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        if let Some(until) = claimed {
            return Ok(Claim::Held { until: until.to_jiff() });
        }
        let now = sqlx::query!(
            r#"select u.name as "name?", h.claimed_until from hit h
               left join app_user u on u.user_id = h.claimed_by and h.claimed_until > now() and h.claimed_by <> $2
               where h.hit_id = $1 and h.state = 'open'"#,
            hit.0,
            user.user_id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(match now {
            Some(h) => match (h.name, h.claimed_until) {
                (Some(name), Some(until)) => Claim::HeldByOther { name, until: until.to_jiff() },
                _ => Claim::NotForYou,
            },
            None => Claim::Gone,
        })
    }

    /// Renews a lease that this user still holds, and nothing else; `None` where it is lost.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn renew_claim(
        &self,
        hit: HitId,
        user: UserId,
        lease: SignedDuration,
    ) -> Result<Option<Timestamp>, StoreError> {
        let until = sqlx::query_scalar!(
            r#"update hit set claimed_until = greatest(claimed_until, now() + make_interval(secs => $3))
               where hit_id = $1 and claimed_by = $2 and claimed_until > now() returning claimed_until as "until!""#,
            hit.0,
            user.0,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(until.map(jiff_sqlx::Timestamp::to_jiff))
    }

    /// Gives a hit back to the queue; false if the user did not hold it.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn release_hit(&self, hit: HitId, user: &User) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update hit set claimed_by = null, claimed_until = null, claimed_at = null where hit_id = $1 and claimed_by = $2",
            hit.0,
            user.user_id.0
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Writes down what somebody did with a hit instead of deciding on it; all but a look at the person give it back.
    /// False where the user does not hold it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `hit_mark_why_check` without a reason.
    pub async fn mark_hit(&self, user: &User, hit: HitId, mark: &Mark, why: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let held = sqlx::query_scalar!(
            "select account_id from hit where hit_id = $1 and state = 'open' and claimed_by = $2 and claimed_until > now() for update",
            hit.0,
            user.user_id.0
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(account) = held else { return Ok(false) };
        let (to, until) = match mark {
            Mark::Refer(to) => (Some(to.0), None),
            Mark::Rest(until) => (None, Some(*until)),
            Mark::Skip { .. } | Mark::Unmask => (None, None),
        };
        let until_sql = until.map(jiff_sqlx::Timestamp::from);
        sqlx::query!(
            "insert into hit_mark (account_id, hit_id, mark_id, user_id, kind, why, to_user, until) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            account,
            hit.0,
            Uuid::now_v7(),
            user.user_id.0,
            mark.kind(),
            why,
            to,
            until_sql as _
        )
        .execute(&mut *tx)
        .await?;
        if *mark != Mark::Unmask {
            // Whoever passes a hit on that was given to them gives it to everybody.
            sqlx::query!(
                "update hit set claimed_by = null, claimed_until = null, claimed_at = null, referred_to = $3, rests_until = $4
                 where account_id = $1 and hit_id = $2",
                account,
                hit.0,
                to,
                until_sql as _
            )
            .execute(&mut *tx)
            .await?;
        }
        if *mark == (Mark::Skip { conflict: true }) {
            sqlx::query!(
                "insert into conflict_of_interest (conflict_id, user_id, person_id, why, noted_by)
                 select $1, $2, a.person_id, $3, $4 from account a where a.account_id = $5
                 on conflict (user_id, person_id) where ended_at is null do nothing",
                Uuid::now_v7(),
                user.user_id.0,
                why,
                user.login,
                account
            )
            .execute(&mut *tx)
            .await?;
        }
        let detail = json!({ "conflict": *mark == (Mark::Skip { conflict: true }), "until": until, "to": to });
        ledger::append(&mut tx, mark.event(), &user.login, &format!("hit/{hit}"), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Those to whom a hit may be referred: everybody who decides, is active and is not near to the person; name and id.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn colleagues_for(&self, hit: HitId, user: UserId) -> Result<Vec<(UserId, String)>, StoreError> {
        let rows = sqlx::query!(
            "select u.user_id, u.name from app_user u join hit h on h.hit_id = $1
             where u.role in ('reviewer', 'verifier', 'lead') and u.disabled_at is null and u.user_id <> $2
               and may_judge(h.account_id, h.hit_id, h.round, h.step, null, null, u.user_id)
             order by u.name",
            hit.0,
            user.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|r| (r.user_id.into(), r.name)).collect())
    }
}
