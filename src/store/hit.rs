//! One hit: reading it whole, holding it, and deciding on it.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Store, StoreError, User, ledger};
use crate::model::{
    AccountId, Activity, DecisionId, Hit, HitId, Level, Outcome, PersonStatus, ReasonCode, Score, UserId,
};

/// Where a hit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitState {
    /// Waits for a decision.
    Open,
    /// Somebody has decided.
    Decided,
    /// Only background, never queued.
    Background,
    /// Left the queue: its keywords are gone from the list.
    Withdrawn,
    /// Waits apart: its keyword is over its daily cap.
    Quarantined,
}

/// The person behind a hit; shown only after one's own decision.
#[derive(Clone, Debug)]
pub struct PersonLine {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Standing.
    pub status: PersonStatus,
    /// Jabatan.
    pub position: String,
    /// Handle of the account.
    pub handle: String,
}

/// What somebody decided.
#[derive(Clone, Debug)]
pub struct DecisionRow {
    /// Who.
    pub user_id: UserId,
    /// Their name.
    pub user_name: String,
    /// What.
    pub outcome: Outcome,
    /// Under which clause.
    pub clause: Option<String>,
    /// Why, as a code.
    pub reason_code: ReasonCode,
    /// Why, in words.
    pub note: String,
    /// When.
    pub decided_at: Timestamp,
}

/// The versions of a list that had a hand in a hit, by number of publication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitVersions {
    /// The one that made it as it stands.
    pub made: i32,
    /// It was found when the window was read again, not when it was collected.
    pub from_rescan: bool,
    /// The one that had first made it, where a later one explains it anew.
    pub earlier: Option<i32>,
    /// The one in which its keywords are gone.
    pub withdrawn: Option<i32>,
}

/// Everything that a hit's page may need.
#[derive(Clone, Debug)]
pub struct HitPage {
    /// The hit.
    pub hit_id: HitId,
    /// Whose account.
    pub account_id: AccountId,
    /// Platform of the account.
    pub platform: String,
    /// What the matcher said.
    pub hit: Hit,
    /// The activity as it was; `account` is left out, so that a blinded page cannot leak it.
    pub activity: Activity,
    /// Where it stands.
    pub state: HitState,
    /// Title of the set that made it.
    pub set_title: String,
    /// Which versions of that set had a hand in it.
    pub versions: HitVersions,
    /// Id of that set's circular.
    pub circular: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Who holds it now.
    pub claimed_by: Option<UserId>,
    /// That colleague's name.
    pub claimed_by_name: Option<String>,
    /// Until when.
    pub claimed_until: Option<Timestamp>,
    /// All decisions, oldest first.
    pub decisions: Vec<DecisionRow>,
    /// The person; none where the account turned out to be somebody else's.
    pub person: Option<PersonLine>,
}

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
    /// Decided, or not a hit at all.
    Gone,
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
    /// Written.
    Decided(DecisionId),
    /// The user does not hold the hit, or the lease ran out.
    NotClaimed,
    /// Somebody else holds it.
    HeldByOther,
    /// Somebody else was faster.
    AlreadyDecided,
    /// There is no such hit.
    NoSuchHit,
}

/// A hit from the columns that its queries select; JSON as text.
macro_rules! hit_from {
    ($r:expr) => {{
        let stored = |what| move |_| StoreError::Stored { what };
        Hit {
            set: $r.set_id.clone().into(),
            version: $r.set_version.clone().into(),
            clause: $r.clause.clone(),
            also: $r.also.clone(),
            stage: $r.stage.clone(),
            verb: $r.verb.parse().map_err(|_| StoreError::Stored { what: "verb" })?,
            level: if $r.level == Level::Review.as_str() { Level::Review } else { Level::Context },
            score: Score($r.score),
            sides: $r.sides.clone(),
            stance: serde_json::from_str(&$r.stance).map_err(stored("stance"))?,
            parties: $r.parties.clone(),
            matches: serde_json::from_str(&$r.matches).map_err(stored("matches"))?,
            parts: serde_json::from_str(&$r.parts).map_err(stored("parts"))?,
            reason: $r.reason.clone(),
            counter: $r.counter.clone(),
            more_matches: 0,
        }
    }};
}
pub(super) use hit_from;

impl Store {
    /// One hit with its activity, person and decisions.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn hit_page(&self, hit: HitId) -> Result<Option<HitPage>, StoreError> {
        let row = sqlx::query!(
            r#"select h.account_id, h.set_id, h.set_version, h.clause, h.also, h.stage, h.verb, h.level, h.score, h.sides,
                      h.stance::text as "stance!", h.parties, h.matches::text as "matches!", h.parts::text as "parts!",
                      h.reason, h.counter, h.state, h.created_at,
                      case when h.claimed_until > now() then h.claimed_by end as claimed_by,
                      case when h.claimed_until > now() then u.name end as claimed_by_name,
                      case when h.claimed_until > now() then h.claimed_until end as claimed_until,
                      a.external_id, a.text, a.url, a.happened_at, a.posted_at, a.seen_at, a.media::text as "media!",
                      a.target::text as target, a.hashtags::text as "hashtags!", a.mentions::text as "mentions!",
                      r.platform, r.handle, s.title as set_title, s.circular, s.number as set_number, h.origin,
                      (select e.number from keyword_set e where e.set_id = h.set_id and e.version = h.earlier_version) as earlier_number,
                      (select w.number from keyword_set w where w.set_id = h.set_id and w.version = h.withdrawn_version) as withdrawn_number,
                      p.name as person_name, p.status, p.position, t.name as unit_name, r.unlinked_at is not null as "unlinked!"
               from hit h
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               join account r on r.account_id = h.account_id
               join person p using (person_id)
               join unit t using (unit_id)
               join keyword_set s on s.set_id = h.set_id and s.version = h.set_version
               left join app_user u on u.user_id = h.claimed_by
               where h.hit_id = $1"#,
            hit.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(None) };
        let decisions = self.decisions_of(r.account_id.into(), hit).await?;
        let stored = |what| move |_| StoreError::Stored { what };
        let hit_value: Hit = hit_from!(r);
        let verb = hit_value.verb;
        let activity = Activity {
            id: r.external_id,
            platform: Some(r.platform.clone()),
            account: None,
            verb,
            text: r.text,
            happened_at: r.happened_at.map(jiff_sqlx::Timestamp::to_jiff),
            posted_at: r.posted_at.map(jiff_sqlx::Timestamp::to_jiff),
            seen_at: Some(r.seen_at.to_jiff()),
            url: r.url,
            media: serde_json::from_str(&r.media).map_err(stored("media"))?,
            target: r.target.map(|t| serde_json::from_str(&t)).transpose().map_err(stored("target"))?,
            hashtags: serde_json::from_str(&r.hashtags).map_err(stored("hashtags"))?,
            mentions: serde_json::from_str(&r.mentions).map_err(stored("mentions"))?,
        };
        Ok(Some(HitPage {
            hit_id: hit,
            account_id: r.account_id.into(),
            platform: r.platform,
            hit: hit_value,
            activity,
            state: match r.state.as_str() {
                "open" => HitState::Open,
                "decided" => HitState::Decided,
                "withdrawn" => HitState::Withdrawn,
                "quarantined" => HitState::Quarantined,
                _ => HitState::Background,
            },
            set_title: r.set_title,
            versions: HitVersions {
                made: r.set_number,
                from_rescan: r.origin == "rescan",
                earlier: r.earlier_number,
                withdrawn: r.withdrawn_number,
            },
            circular: r.circular,
            created_at: r.created_at.to_jiff(),
            claimed_by: r.claimed_by.map(UserId),
            claimed_by_name: r.claimed_by_name,
            claimed_until: r.claimed_until.map(jiff_sqlx::Timestamp::to_jiff),
            decisions,
            person: if r.unlinked {
                None
            } else {
                Some(PersonLine {
                    name: r.person_name,
                    unit: r.unit_name,
                    status: r.status.parse().map_err(|_| StoreError::Stored { what: "status" })?,
                    position: r.position,
                    handle: r.handle,
                })
            },
        }))
    }

    async fn decisions_of(&self, account: AccountId, hit: HitId) -> Result<Vec<DecisionRow>, StoreError> {
        let rows = sqlx::query!(
            "select d.user_id, u.name as user_name, d.outcome, d.clause, d.reason_code, d.note, d.decided_at
             from decision d join app_user u using (user_id)
             where d.account_id = $1 and d.hit_id = $2 order by d.decided_at",
            account.0,
            hit.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                Ok(DecisionRow {
                    user_id: r.user_id.into(),
                    user_name: r.user_name,
                    outcome: r.outcome.parse().map_err(|_| StoreError::Stored { what: "outcome" })?,
                    clause: r.clause,
                    reason_code: r.reason_code.parse().map_err(|_| StoreError::Stored { what: "reason" })?,
                    note: r.note,
                    decided_at: r.decided_at.to_jiff(),
                })
            })
            .collect()
    }

    /// Leases one hit to a user; claiming what one holds extends the lease.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn claim_hit(&self, hit: HitId, user: &User, lease: SignedDuration) -> Result<Claim, StoreError> {
        let claimed = sqlx::query_scalar!(
            r#"update hit set claimed_by = $2, claimed_until = now() + make_interval(secs => $3)
               where hit_id = $1 and state = 'open' and (claimed_until is null or claimed_until <= now() or claimed_by = $2)
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
        let holder = sqlx::query!(
            r#"select u.name, h.claimed_until as "until!" from hit h join app_user u on u.user_id = h.claimed_by
               where h.hit_id = $1 and h.state = 'open'"#,
            hit.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(match holder {
            Some(h) => Claim::HeldByOther { name: h.name, until: h.until.to_jiff() },
            None => Claim::Gone,
        })
    }

    /// Gives a hit back to the queue; false if the user did not hold it.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn release_hit(&self, hit: HitId, user: &User) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update hit set claimed_by = null, claimed_until = null where hit_id = $1 and claimed_by = $2",
            hit.0,
            user.user_id.0
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Writes down that a user looked at a hit (P18).
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then the page must not be shown.
    pub async fn record_view(&self, user: &User, hit: HitId) -> Result<(), StoreError> {
        self.record("hit.viewed", &user.login, &format!("hit/{hit}"), &json!({})).await
    }

    /// Writes a decision, closes the hit and gives the claim back: one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `decision_reason_check`, `decision_clause_check` or `decision_note_check` when the draft
    /// breaks the form's rules.
    pub async fn decide(&self, user: &User, draft: &DecisionDraft) -> Result<DecideOutcome, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            r#"select account_id, state, claimed_by, coalesce(claimed_until > now(), false) as "held!" from hit where hit_id = $1 for update"#,
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
        let id = DecisionId::new();
        sqlx::query!(
            "insert into decision (account_id, decision_id, hit_id, user_id, outcome, clause, reason_code, note)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            row.account_id,
            id.0,
            draft.hit.0,
            user.user_id.0,
            draft.outcome.as_str(),
            draft.clause,
            draft.reason_code.as_str(),
            draft.note
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "update hit set state = 'decided', claimed_by = null, claimed_until = null where account_id = $1 and hit_id = $2",
            row.account_id,
            draft.hit.0
        )
        .execute(&mut *tx)
        .await?;
        // What the list learns outlives the hit: no account, no hit.
        sqlx::query!(
            "insert into keyword_outcome (outcome_id, set_id, keyword, version, outcome)
             select gen_random_uuid(), h.set_id, k.keyword, h.set_version, $3 from hit h
             cross join lateral (select distinct m ->> 'keyword' as keyword from jsonb_array_elements(h.matches) m) k
             where h.account_id = $1 and h.hit_id = $2",
            row.account_id,
            draft.hit.0,
            draft.outcome.as_str()
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "decision": id, "outcome": draft.outcome.as_str(), "reason": draft.reason_code.as_str() });
        ledger::append(&mut tx, "hit.decided", &user.login, &format!("hit/{}", draft.hit), &detail).await?;
        tx.commit().await?;
        Ok(DecideOutcome::Decided(id))
    }
}
