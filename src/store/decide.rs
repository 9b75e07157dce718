//! Deciding on a hit, and taking a decision back within its minute.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, StoreError, User, ledger};
use crate::model::verdict::{Next, next};
use crate::model::{DecisionId, HitId, Outcome, ReasonCode, Step, UserId, Verdict};

/// For this long a decision can be taken back by whoever made it.
pub const UNDO: SignedDuration = SignedDuration::from_secs(60);

/// `[review]` of the configuration: what the office has agreed on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct ReviewConfig {
    /// Days after a hit was found within which it must be settled, for the order of the queue and its reminders (Perpu
    /// 1/2014 Art 134(4) and UU 7/2017 Art 454: seven).
    pub deadline_days: u16,
    /// Days that a person has for answering a clarification.
    pub clarification_days: u16,
    /// Of a hundred hits that one person dismissed, how many a second person reads, without either knowing.
    pub reread_percent: u8,
}

impl Default for ReviewConfig {
    fn default() -> Self {
        Self { deadline_days: 7, clarification_days: 5, reread_percent: 5 }
    }
}

/// A decision as a reviewer sends it.
#[derive(Clone, Debug)]
pub struct DecisionDraft {
    /// On which hit.
    pub hit: HitId,
    /// What.
    pub outcome: Outcome,
    /// Under which clause; none for *bukan dugaan*.
    pub clause: Option<String>,
    /// Why, as a code of that outcome.
    pub reason_code: ReasonCode,
    /// Why, in words: at least ten characters unless *bukan dugaan*.
    pub note: String,
}

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecideOutcome {
    /// Written; and what follows.
    Decided(DecisionId, Next),
    /// The user does not hold the hit, or the lease ran out.
    NotClaimed,
    /// Somebody else holds it.
    HeldByOther,
    /// Somebody else was faster.
    AlreadyDecided,
    /// There is no such hit.
    NoSuchHit,
}

/// What became of taking a decision back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndoOutcome {
    /// The hit is this user's again, as before the decision.
    Undone,
    /// There is nothing of this user's to take back, or its minute is over.
    TooLate,
    /// Somebody is reading it already, or has decided since.
    MovedOn,
}

/// A hit as a decision finds it, locked.
pub(super) struct Held {
    pub(super) account_id: Uuid,
    pub(super) step: Step,
    pub(super) round: i16,
    pub(super) weak: bool,
    /// From the claim to now.
    pub(super) seconds: Option<i32>,
    /// It is one of many that are closed at one stroke.
    pub(super) bulk: Option<Uuid>,
}

impl Store {
    /// Writes a decision and what follows from it: one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `decision_reason_check`, `decision_clause_check` or `decision_note_check` when the draft
    /// breaks the form's rules.
    pub async fn decide(
        &self,
        user: &User,
        draft: &DecisionDraft,
        rules: ReviewConfig,
    ) -> Result<DecideOutcome, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            r#"select account_id, state, step, round, claimed_by, coalesce(claimed_until > now(), false) as "held!",
                      is_weak(verb, matches) as "weak!", extract(epoch from now() - claimed_at)::int as seconds
               from hit where hit_id = $1 for update"#,
            draft.hit.0
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(DecideOutcome::NoSuchHit) };
        if row.state != "open" {
            return Ok(DecideOutcome::AlreadyDecided);
        }
        match row.claimed_by {
            Some(holder) if row.held && holder != user.user_id.0 => return Ok(DecideOutcome::HeldByOther),
            Some(holder) if row.held && holder == user.user_id.0 => {}
            _ => return Ok(DecideOutcome::NotClaimed),
        }
        let step = row.step.parse().map_err(|_| StoreError::Stored { what: "step" })?;
        let held = Held {
            account_id: row.account_id,
            step,
            round: row.round,
            weak: row.weak,
            seconds: row.seconds.map(|s| s.max(0)),
            bulk: None,
        };
        let (id, next) = settle(&mut tx, user, draft, &held, rules).await?;
        tx.commit().await?;
        Ok(DecideOutcome::Decided(id, next))
    }

    /// Whether this user's last decision on a hit is young enough to be taken back.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn may_undo(&self, hit: HitId, user: UserId) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select 1 from hit h join standing_decision d on d.account_id = h.account_id and d.hit_id = h.hit_id
                              where h.hit_id = $1 and d.user_id = $2 and d.decided_at >= now() - make_interval(secs => $3)) as "may!""#,
            hit.0,
            user.0,
            UNDO.as_secs_f64()
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Takes back this user's last decision on a hit, if it is not older than [`UNDO`] and nobody has gone on from it. The
    /// decision stays, and a further row says that it no longer holds.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn undo(&self, user: &User, hit: HitId, lease: SignedDuration) -> Result<UndoOutcome, StoreError> {
        let mut tx = self.begin().await?;
        let outcome = take_back(&mut tx, user, hit, Some(lease)).await?;
        if outcome == UndoOutcome::Undone {
            tx.commit().await?;
        }
        Ok(outcome)
    }
}

/// Writes a decision on a locked hit, what follows from it, and its row in the ledger.
pub(super) async fn settle(
    tx: &mut PgConnection,
    user: &User,
    draft: &DecisionDraft,
    held: &Held,
    rules: ReviewConfig,
) -> Result<(DecisionId, Next), StoreError> {
    let earlier = earlier(tx, held, draft.hit).await?;
    let id = write(tx, user, draft, held).await?;
    let next = next(&earlier, draft.outcome, in_sample(draft.hit, rules.reread_percent), held.weak);
    go_on(tx, held, draft.hit, id, next, rules).await?;
    let detail = json!({ "decision": id, "outcome": draft.outcome.as_str(), "reason": draft.reason_code.as_str(),
                         "step": held.step.as_str(), "round": held.round, "together": held.bulk });
    ledger::append(tx, "hit.decided", &user.login, &format!("hit/{}", draft.hit), &detail).await?;
    Ok((id, next))
}

async fn go_on(
    tx: &mut PgConnection,
    held: &Held,
    hit: HitId,
    decision: DecisionId,
    next: Next,
    rules: ReviewConfig,
) -> Result<(), StoreError> {
    // Two people's suspicion goes no further before the person was asked (P10); what stands for nothing alone goes nowhere.
    let asks = matches!(next, Next::Ask | Next::Close(Verdict::Suspected));
    let (state, step, verdict) = match next {
        Next::Look(step) => ("open", step, None),
        Next::Ask => ("asked", held.step, None),
        Next::Close(Verdict::Suspected) => ("asked", held.step, Some(Verdict::Suspected)),
        Next::Close(verdict) => ("decided", held.step, Some(verdict)),
    };
    sqlx::query!(
        "update hit set state = $3, step = $4, verdict = $5, closed_at = case when $3 = 'decided' then now() end,
                claimed_by = null, claimed_until = null, claimed_at = null, referred_to = null, rests_until = null
         where account_id = $1 and hit_id = $2",
        held.account_id,
        hit.0,
        state,
        step.as_str(),
        verdict.map(Verdict::as_str)
    )
    .execute(&mut *tx)
    .await?;
    if asks {
        sqlx::query!(
            "insert into clarification (clarification_id, account_id, hit_id, decision_id, due_on)
             values ($1, $2, $3, $4, (now() at time zone 'Asia/Jakarta')::date + $5::int)",
            Uuid::now_v7(),
            held.account_id,
            hit.0,
            decision.0,
            i32::from(rules.clarification_days)
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Takes back this user's last decision on a hit. With a lease the hit is theirs again, without one everybody's.
pub(super) async fn take_back(
    tx: &mut PgConnection,
    user: &User,
    hit: HitId,
    lease: Option<SignedDuration>,
) -> Result<UndoOutcome, StoreError> {
    let now = sqlx::query!(
        r#"select account_id, state, coalesce(claimed_until > now(), false) as "held!" from hit where hit_id = $1 for update"#,
        hit.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(now) = now else { return Ok(UndoOutcome::TooLate) };
    let last = sqlx::query!(
        r#"select decision_id as "decision_id!", user_id as "user_id!", step as "step!", round as "round!", outcome as "outcome!", decided_at >= now() - make_interval(secs => $3) as "fresh!"
           from standing_decision where account_id = $1 and hit_id = $2 order by decided_at desc limit 1"#,
        now.account_id,
        hit.0,
        UNDO.as_secs_f64()
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(last) = last else { return Ok(UndoOutcome::TooLate) };
    if last.user_id != user.user_id.0 {
        return Ok(UndoOutcome::MovedOn);
    }
    if !last.fresh {
        return Ok(UndoOutcome::TooLate);
    }
    let asked = sqlx::query_scalar!(
        "delete from clarification where account_id = $1 and decision_id = $2 and sent_at is null and settled_at is null
         returning clarification_id",
        now.account_id,
        last.decision_id
    )
    .fetch_optional(&mut *tx)
    .await?;
    if now.held || (now.state == "asked" && asked.is_none()) || !matches!(&*now.state, "open" | "asked" | "decided") {
        return Ok(UndoOutcome::MovedOn);
    }
    sqlx::query!(
        "insert into decision_undo (account_id, decision_id, user_id) values ($1, $2, $3)",
        now.account_id,
        last.decision_id,
        user.user_id.0
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update hit set state = 'open', step = $3, round = $4, verdict = null, closed_at = null,
                claimed_by = $5, claimed_at = case when $5::uuid is null then null else now() end, claimed_until = now() + make_interval(secs => $6)
         where account_id = $1 and hit_id = $2",
        now.account_id,
        hit.0,
        last.step,
        last.round,
        lease.map(|_| user.user_id.0),
        lease.map(|l| l.as_secs_f64())
    )
    .execute(&mut *tx)
    .await?;
    // Rows of one keyword and outcome are alike: one of them goes.
    sqlx::query!(
        "delete from keyword_outcome where outcome_id in (
             select (select o.outcome_id from keyword_outcome o
                     where o.set_id = h.set_id and o.keyword = k.keyword and o.outcome = $3
                     order by o.decided_at desc limit 1)
             from hit h
             cross join lateral (select distinct m ->> 'keyword' as keyword from jsonb_array_elements(h.matches) m) k
             where h.account_id = $1 and h.hit_id = $2)",
        now.account_id,
        hit.0,
        last.outcome
    )
    .execute(&mut *tx)
    .await?;
    let detail = json!({ "decision": last.decision_id });
    ledger::append(tx, "hit.decision_undone", &user.login, &format!("hit/{hit}"), &detail).await?;
    Ok(UndoOutcome::Undone)
}

/// What others said of the hit in this round.
async fn earlier(tx: &mut PgConnection, held: &Held, hit: HitId) -> Result<Vec<Outcome>, StoreError> {
    let rows = sqlx::query_scalar!(
        r#"select outcome as "outcome!" from standing_decision
           where account_id = $1 and hit_id = $2 and round = $3 order by decided_at"#,
        held.account_id,
        hit.0,
        held.round
    )
    .fetch_all(tx)
    .await?;
    rows.iter().map(|o| o.parse().map_err(|_| StoreError::Stored { what: "outcome" })).collect()
}

async fn write(
    tx: &mut PgConnection,
    user: &User,
    draft: &DecisionDraft,
    held: &Held,
) -> Result<DecisionId, StoreError> {
    let id = DecisionId::new();
    // Whoever has seen the person before, here or in a decision since taken back, no longer decides blind.
    sqlx::query!(
        "insert into decision (account_id, decision_id, hit_id, user_id, outcome, clause, reason_code, note, step, round,
                               seconds, bulk_id, attempt, blind)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                (select count(*) + 1 from decision d
                 where d.account_id = $1 and d.hit_id = $3 and d.user_id = $4 and d.round = $10)::smallint,
                not exists (select 1 from decision d where d.account_id = $1 and d.hit_id = $3 and d.user_id = $4)
                and not exists (select 1 from hit_mark m where m.account_id = $1 and m.hit_id = $3 and m.user_id = $4
                                and m.kind = 'unmask')",
        held.account_id,
        id.0,
        draft.hit.0,
        user.user_id.0,
        draft.outcome.as_str(),
        draft.clause,
        draft.reason_code.as_str(),
        draft.note,
        held.step.as_str(),
        held.round,
        held.seconds,
        held.bulk
    )
    .execute(&mut *tx)
    .await?;
    // What the list learns outlives the hit: no account, no hit.
    sqlx::query!(
        "insert into keyword_outcome (outcome_id, set_id, keyword, version, outcome)
         select gen_random_uuid(), h.set_id, k.keyword, h.set_version, $3 from hit h
         cross join lateral (select distinct m ->> 'keyword' as keyword from jsonb_array_elements(h.matches) m) k
         where h.account_id = $1 and h.hit_id = $2",
        held.account_id,
        draft.hit.0,
        draft.outcome.as_str()
    )
    .execute(tx)
    .await?;
    Ok(id)
}

/// Whether a dismissed hit is read a second time: by its id, so that asking twice gives one answer and nobody chooses.
fn in_sample(hit: HitId, percent: u8) -> bool {
    let [.., high, low] = hit.0.into_bytes();
    u32::from(u16::from_be_bytes([high, low])) * 100 < u32::from(percent) * 65_536
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_as_large_as_asked_for() {
        let hits: Vec<HitId> = (0..4000).map(|_| HitId::new()).collect();
        let of = |percent| hits.iter().filter(|h| in_sample(**h, percent)).count();
        assert_eq!((of(0), of(100)), (0, 4000));
        assert!((120..280).contains(&of(5)), "{}", of(5));
    }
}
