//! Made-up data in bulk: what collectors and people would have written over months, in minutes. For measuring, and for
//! looking around; only ever into a database without a register.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::activity::Row;
use super::hit_insert::{HitRecord, record};
use super::page::{Sheet, end, keep};
use super::raw::Packer;
use super::{NewActivity, Program, Receipt, Store, StoreError, User, ledger};
use crate::evidence::ledger::hex;
use crate::model::verdict::{Next, next};
use crate::model::{AccountId, ActivityId, Answer, Hit, HitId, Kind, Outcome, ReasonCode, Step, Verb, Verdict};

/// Days that a person has for answering a question, in made-up data.
const ANSWER_DAYS: i64 = 5;

/// An account that acts in made-up data.
#[derive(Clone, Debug)]
pub struct SeededAccount {
    /// Its id.
    pub account_id: AccountId,
    /// Platform.
    pub platform: String,
    /// Handle.
    pub handle: String,
    /// Whose it is.
    pub name: String,
}

/// An activity with what became of it.
#[derive(Debug)]
pub struct SeededActivity {
    /// Its id.
    pub activity_id: ActivityId,
    /// The activity; at most its first hit counts.
    pub new: NewActivity,
    /// How people dealt with its hit.
    pub course: Option<Course>,
}

/// What people did with a hit.
#[derive(Debug)]
pub struct Course {
    /// Id of the hit.
    pub hit_id: HitId,
    /// When it was queued.
    pub created_at: Timestamp,
    /// What they said, in order; what follows is [`next`]'s business.
    pub decisions: Vec<SeededDecision>,
    /// What they did instead.
    pub mark: Option<SeededMark>,
    /// What the person answered, where two people suspected them.
    pub answer: Option<Answer>,
}

/// One decision.
#[derive(Debug)]
pub struct SeededDecision {
    /// By whom.
    pub user: User,
    /// What.
    pub outcome: Outcome,
    /// Why.
    pub reason: ReasonCode,
    /// In words.
    pub note: &'static str,
    /// When.
    pub at: Timestamp,
}

/// A hit that was passed to a colleague or put aside.
#[derive(Debug)]
pub enum SeededMark {
    /// By the first, to the second.
    Referred(User, User),
    /// By whom, until when.
    Resting(User, Timestamp),
}

/// A hit as `jsonb_to_recordset` takes it apart, with where it stands.
#[derive(Serialize)]
struct Standing<'a> {
    #[serde(flatten)]
    record: HitRecord<'a>,
    created_at: Timestamp,
    step: Step,
    verdict: Option<Verdict>,
    closed_at: Option<Timestamp>,
    referred_to: Option<Uuid>,
    rests_until: Option<Timestamp>,
}

impl Store {
    /// Whether made-up data may come in: nobody is registered, nothing is collected.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn is_without_register(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select not (exists (select 1 from unit) or exists (select 1 from person) or exists (select 1 from account)
                           or exists (select 1 from activity)) as "free!""#
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Whether this database user may switch triggers off.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn is_superuser(&self) -> Result<bool, StoreError> {
        let row = sqlx::query_scalar!(r#"select rolsuper as "is!" from pg_roles where rolname = current_user"#);
        Ok(row.fetch_optional(&self.pool).await?.unwrap_or(false))
    }

    /// Every account, in the order of their platform's ids.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn seeded_accounts(&self) -> Result<Vec<SeededAccount>, StoreError> {
        let rows = sqlx::query!(
            "select a.account_id, a.platform, a.handle, p.name from account a join person p using (person_id)
             where a.approved_at is not null order by a.platform, a.external_id"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| SeededAccount {
                account_id: r.account_id.into(),
                platform: r.platform,
                handle: r.handle,
                name: r.name,
            })
            .collect())
    }

    /// No collector looks for accounts that nobody has.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn park_all(&self, why: &str) -> Result<(), StoreError> {
        sqlx::query!("update collector_state set parked_at = now(), last_error = $1, last_error_at = now()", why)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes a page of one platform's activities, their hits and what people did, with the ledger's row, in one
    /// transaction. `bulk` leaves the triggers out, which only a superuser may, and which [`Store::seed_faults`] makes good.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the rule that the data breaks.
    pub async fn seed(
        &self,
        program: &Program,
        platform: &str,
        page: &[SeededActivity],
        bulk: bool,
    ) -> Result<(), StoreError> {
        let rows: Vec<_> = page.iter().map(row).collect();
        let mut standings = Vec::new();
        for seeded in page {
            if let (Some(course), Some(hit)) = (&seeded.course, seeded.new.hits.first()) {
                standings.push((stand(seeded, course, hit), course, hit));
            }
        }
        let mut tx = self.begin().await?;
        if bulk {
            triggers(&mut tx, false).await?;
        }
        let sheet = Sheet::new(program, platform);
        let kept = keep(&mut tx, &sheet, &rows).await?.rows;
        if kept != rows.len() as u64 {
            return Err(StoreError::Conflict { constraint: "activity_external_key".to_owned() });
        }
        insert_standings(&mut tx, &standings).await?;
        insert_courses(&mut tx, &standings).await?;
        if bulk {
            triggers(&mut tx, true).await?;
        }
        let receipt = Receipt { kept, hits: standings.len() as u64, ..Receipt::default() };
        let evidence: Vec<_> =
            rows.iter().filter(|r| !r.new.hits.is_empty()).map(|r| (r.id.0, hex(&r.sha256))).collect();
        end(&mut tx, &sheet, receipt, &evidence).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What stands at the end: the keywords' days, figures for the planner, and a line in the ledger that says what this is.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn finish_seed(&self, activities: u64, hits: u64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into keyword_day (set_id, keyword, day, version, hits)
             select h.set_id, k.keyword, (h.created_at at time zone 'Asia/Jakarta')::date, h.set_version, count(*)
             from hit h
             cross join lateral (select distinct m ->> 'keyword' as keyword from jsonb_array_elements(h.matches) m
                                 where m ->> 'kind' not in ('cue', 'allow')) k
             group by 1, 2, 3, 4"
        )
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "activities": activities, "hits": hits });
        ledger::append(&mut tx, "demo.seeded", "system", "demo", &detail).await?;
        tx.commit().await?;
        sqlx::raw_sql("vacuum (analyze)").execute(&self.pool).await?;
        Ok(())
    }

    /// How many rows a trigger would have refused, had it been asked: hits without their activity, activities of nobody in
    /// the register or outside the program, decisions on nothing, verdicts without two people.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn seed_faults(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select (select count(*) from hit h where not exists (
                           select 1 from activity a where a.account_id = h.account_id and a.activity_id = h.activity_id))
                    + (select count(*) from activity n
                       join program p using (program_id)
                       left join account a on a.account_id = n.account_id and a.approved_at is not null and a.stopped_at is null
                            and (coalesce(n.happened_at, n.posted_at, n.seen_at) at time zone p.timezone)::date
                                between a.valid_from and coalesce(a.valid_to, 'infinity'::date)
                       where a.account_id is null or p.approved_at is null
                          or (n.seen_at at time zone p.timezone)::date not between p.starts_on and p.ends_on)
                    + (select count(*) from decision d where not exists (
                           select 1 from hit h where h.account_id = d.account_id and h.hit_id = d.hit_id))
                    + (select count(*) from hit h where h.verdict in ('dugaan', 'pendukung') and (
                           select count(distinct d.user_id) from standing_decision d
                           where d.account_id = h.account_id and d.hit_id = h.hit_id and d.round = h.round
                             and d.outcome = 'dugaan') < 2) as "faults!""#
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

fn row(seeded: &SeededActivity) -> Row<'_> {
    let new = &seeded.new;
    Row {
        id: seeded.activity_id,
        new,
        external_id: Cow::Borrowed(&*new.activity.id),
        edition_of: None,
        compressed: Packer::new().pack(&new.raw),
        sha256: Sha256::digest(&new.raw).into(),
    }
}

/// As the function of the same name in the schema says it (P07).
fn is_weak(hit: &Hit) -> bool {
    matches!(hit.verb, Verb::Like | Verb::Follow | Verb::Join)
        || hit.matches.iter().all(|m| matches!(m.kind, Kind::Gesture | Kind::Cue | Kind::Allow))
}

/// Where a hit stands after what people said, by the same table as in `decide`.
fn stand<'a>(seeded: &'a SeededActivity, course: &Course, hit: &'a Hit) -> Standing<'a> {
    let mut record = record(seeded.new.account_id, seeded.activity_id, hit, "live");
    record.hit_id = course.hit_id.0;
    let mut standing = Standing {
        record,
        created_at: course.created_at,
        step: Step::First,
        verdict: None,
        closed_at: None,
        referred_to: None,
        rests_until: None,
    };
    let mut earlier = Vec::new();
    for decision in &course.decisions {
        match next(&earlier, decision.outcome, false, is_weak(hit)) {
            Next::Look(step) => standing.step = step,
            Next::Ask => standing.record.state = "asked",
            Next::Close(verdict) => {
                let waits = verdict == Verdict::Suspected && course.answer.is_none();
                standing.record.state = if waits { "asked" } else { "decided" };
                standing.verdict = Some(verdict);
                standing.closed_at = (!waits).then_some(decision.at);
            }
        }
        earlier.push(decision.outcome);
    }
    match &course.mark {
        Some(SeededMark::Referred(_, to)) => standing.referred_to = Some(to.user_id.0),
        Some(SeededMark::Resting(_, until)) => standing.rests_until = Some(*until),
        None => {}
    }
    standing
}

async fn triggers(tx: &mut PgConnection, on: bool) -> Result<(), StoreError> {
    let role = if on { "origin" } else { "replica" };
    sqlx::query_scalar!("select set_config('session_replication_role', $1, true)", role).fetch_one(tx).await?;
    Ok(())
}

type Written<'a> = (Standing<'a>, &'a Course, &'a Hit);

async fn insert_standings(tx: &mut PgConnection, standings: &[Written<'_>]) -> Result<(), StoreError> {
    let rows: Vec<_> = standings.iter().map(|(standing, ..)| standing).collect();
    sqlx::query!(
        "insert into hit (account_id, hit_id, activity_id, set_id, set_version, clause, also, stage, verb, level, score,
                          severity, created_at, urgent_at, sides, stance, parties, matches, parts, reason, counter, state, origin,
                          step, verdict, closed_at, referred_to, rests_until)
         select account_id, hit_id, activity_id, set_id, set_version, clause, also, stage, verb, level, score,
                severity, created_at, created_at - head_start(severity, score), sides, stance, parties, matches, parts, reason,
                counter, state, origin, step, verdict, closed_at, referred_to, rests_until
         from jsonb_to_recordset($1::text::jsonb) as h(account_id uuid, hit_id uuid, activity_id uuid, set_id text,
              set_version text, clause text, also text[], stage text, verb text, level text, score smallint,
              severity smallint, sides text[], stance jsonb, parties text[], matches jsonb, parts jsonb, reason text,
              counter text[], state text, origin text, created_at timestamptz, step text, verdict text, closed_at timestamptz,
              referred_to uuid, rests_until timestamptz)",
        json!(rows).to_string()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Decisions, what the lists learn of them, questions and answers, marks.
async fn insert_courses(tx: &mut PgConnection, standings: &[Written<'_>]) -> Result<(), StoreError> {
    let (mut decisions, mut learned, mut asked, mut marks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (standing, course, hit) in standings {
        let account = standing.record.account_id;
        let keywords: std::collections::BTreeSet<_> = hit.matches.iter().map(|m| &*m.keyword).collect();
        let mut last = None;
        let steps = ["first", "second", "lead"];
        for (decision, step) in course.decisions.iter().zip(steps) {
            let id = Uuid::now_v7();
            let clause = (decision.outcome != Outcome::NotSuspected).then_some(&hit.clause);
            decisions.push(json!({ "account_id": account, "decision_id": id, "hit_id": course.hit_id, "user_id": decision.user.user_id,
                                   "outcome": decision.outcome, "clause": clause, "reason_code": decision.reason,
                                   "note": decision.note, "decided_at": decision.at, "step": step }));
            for keyword in &keywords {
                learned.push(json!({ "set_id": hit.set, "keyword": keyword, "version": hit.version,
                                     "outcome": decision.outcome, "decided_at": decision.at }));
            }
            last = Some((id, decision));
        }
        let is_asked = standing.record.state == "asked" || standing.verdict == Some(Verdict::Suspected);
        if let Some((id, decision)) = last.filter(|_| is_asked) {
            let answered = course.answer.filter(|_| standing.record.state == "decided");
            let due = decision.at + SignedDuration::from_hours(24 * ANSWER_DAYS);
            let by = answered.map(|_| &decision.user.login);
            asked.push(json!({ "clarification_id": Uuid::now_v7(), "account_id": account, "hit_id": course.hit_id,
                               "decision_id": id, "opened_at": decision.at, "due_on": due.strftime("%F").to_string(),
                               "letter": answered.map(|_| "005/K/contoh"), "by": by, "at": answered.map(|_| decision.at),
                               "outcome": answered, "answer": answered.map_or("", |_| "Diakui, unggahan dihapus.") }));
        }
        let (by, kind, to, until) = match &course.mark {
            Some(SeededMark::Referred(by, to)) => (by, "refer", Some(to.user_id), None),
            Some(SeededMark::Resting(by, until)) => (by, "rest", None, Some(*until)),
            None => continue,
        };
        marks.push(
            json!({ "account_id": account, "hit_id": course.hit_id, "user_id": by.user_id, "kind": kind, "to_user": to,
                           "until": until, "at": course.created_at }),
        );
    }
    if !decisions.is_empty() {
        sqlx::query!(
            "insert into decision (account_id, decision_id, hit_id, user_id, outcome, clause, reason_code, note, decided_at, step, seconds)
             select account_id, decision_id, hit_id, user_id, outcome, clause, reason_code, note, decided_at, step, 45
             from jsonb_to_recordset($1::text::jsonb) as d(account_id uuid, decision_id uuid, hit_id uuid, user_id uuid,
                  outcome text, clause text, reason_code text, note text, decided_at timestamptz, step text)",
            json!(decisions).to_string()
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into keyword_outcome (outcome_id, set_id, keyword, version, outcome, decided_at)
             select gen_random_uuid(), set_id, keyword, version, outcome, decided_at
             from jsonb_to_recordset($1::text::jsonb) as k(set_id text, keyword text, version text, outcome text, decided_at timestamptz)",
            json!(learned).to_string()
        )
        .execute(&mut *tx)
        .await?;
    }
    if !asked.is_empty() {
        sqlx::query!(
            "insert into clarification (clarification_id, account_id, hit_id, decision_id, opened_at, due_on, letter, sent_by,
                                        sent_at, outcome, answer, settled_by, settled_at)
             select clarification_id, account_id, hit_id, decision_id, opened_at, due_on, letter, by, at, outcome, answer, by, at
             from jsonb_to_recordset($1::text::jsonb) as c(clarification_id uuid, account_id uuid, hit_id uuid, decision_id uuid,
                  opened_at timestamptz, due_on date, letter text, by text, at timestamptz, outcome text, answer text)",
            json!(asked).to_string()
        )
        .execute(&mut *tx)
        .await?;
    }
    if !marks.is_empty() {
        sqlx::query!(
            r#"insert into hit_mark (account_id, hit_id, mark_id, user_id, kind, why, to_user, until, at)
               select account_id, hit_id, gen_random_uuid(), user_id, kind, 'data rekaan', to_user, until, at
               from jsonb_to_recordset($1::text::jsonb) as m(account_id uuid, hit_id uuid, user_id uuid, kind text, to_user uuid,
                    until timestamptz, at timestamptz)"#,
            json!(marks).to_string()
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}
