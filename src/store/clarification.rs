//! Asking the person: a question through the unit, the answer, and what follows from it (P10).

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::tip::Picture;
use super::{Place, Store, StoreError, User, ledger};
use crate::model::{AccountId, Answer, HitId, Verdict};

/// A question to a person about one hit. Whoever reads it sees who the person is: the letter goes to them.
#[derive(Clone, Debug)]
pub struct Clarification {
    /// Its page.
    pub clarification_id: Uuid,
    /// About which hit.
    pub hit_id: HitId,
    /// Of which account.
    pub account_id: AccountId,
    /// Two people already suspect a breach; the answer is awaited before it goes on.
    pub upheld: bool,
    /// Clause that the asking decision names.
    pub clause: String,
    /// The keyword set that made the hit: the live lists know by it how the circular is cited.
    pub set_id: String,
    /// Its id.
    pub circular: String,
    /// Where, and what was done.
    pub platform: String,
    /// Handle of the account.
    pub handle: String,
    /// When the act was posted.
    pub posted_at: Option<Timestamp>,
    /// Its address.
    pub url: Option<String>,
    /// The person.
    pub person: String,
    /// NIP, where the person has one.
    pub nip: Option<String>,
    /// Jabatan.
    pub position: String,
    /// The unit that the letter goes to.
    pub unit: String,
    /// When the question came up.
    pub opened_at: Timestamp,
    /// By when an answer is awaited.
    pub due_on: Date,
    /// Number of the letter, once it is sent; when and by whom.
    pub sent: Option<(String, Timestamp, String)>,
    /// What came of it.
    pub outcome: Option<Answer>,
    /// The answer's words.
    pub answer: String,
    /// Something came with the answer.
    pub has_attachment: bool,
    /// Who wrote the answer down, and when.
    pub settled: Option<(String, Timestamp)>,
}

impl Clarification {
    /// Its place in the list that it stands in: by the day on which an answer is awaited, or by when it was settled.
    #[must_use]
    pub fn place(&self) -> Place {
        let due = || self.due_on.to_zoned(jiff::tz::TimeZone::UTC).map(|at| at.timestamp()).unwrap_or(self.opened_at);
        Place { at: self.settled.as_ref().map_or_else(due, |(_, at)| *at), id: self.clarification_id }
    }
}

/// Which questions to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClarificationFilter {
    /// Those without an outcome, the most urgent first.
    Waiting,
    /// Those with one, the latest first.
    Settled,
}

/// An answer, as it is written down.
#[derive(Debug)]
pub struct Settlement {
    /// What came of it.
    pub outcome: Answer,
    /// In the person's words or a summary of them.
    pub answer: String,
    /// A scan of the letter, for example.
    pub attachment: Option<Picture>,
}

impl Store {
    /// A page of questions; the look is in the ledger, because it names people.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_clarifications(
        &self,
        filter: ClarificationFilter,
        after: Option<Place>,
        limit: i64,
        actor: &str,
    ) -> Result<Vec<Clarification>, StoreError> {
        let found = self.clarifications(Some(filter == ClarificationFilter::Waiting), None, after, limit).await?;
        self.record("clarification.listed", actor, "clarification", &json!({ "rows": found.len() })).await?;
        Ok(found)
    }

    /// One question; the look is in the ledger. Whoever may decide on its hit no longer decides blind.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn view_clarification(&self, id: Uuid, user: &User) -> Result<Option<Clarification>, StoreError> {
        let Some(found) = self.clarifications(None, Some(id), None, 1).await?.pop() else { return Ok(None) };
        let mut tx = self.begin().await?;
        if user.role.decides() {
            sqlx::query!(
                "insert into hit_mark (account_id, hit_id, mark_id, user_id, kind, why)
                 select $1, $2, $3, $4, 'unmask', 'clarification'
                 where not exists (select 1 from hit_mark m where m.account_id = $1 and m.hit_id = $2 and m.user_id = $4
                                   and m.kind = 'unmask')",
                found.account_id.0,
                found.hit_id.0,
                Uuid::now_v7(),
                user.user_id.0
            )
            .execute(&mut *tx)
            .await?;
        }
        ledger::append(&mut tx, "clarification.viewed", &user.login, &format!("clarification/{id}"), &json!({}))
            .await?;
        tx.commit().await?;
        Ok(Some(found))
    }

    async fn clarifications(
        &self,
        waiting: Option<bool>,
        id: Option<Uuid>,
        after: Option<Place>,
        limit: i64,
    ) -> Result<Vec<Clarification>, StoreError> {
        let begins = after.map(|place| jiff_sqlx::Timestamp::from(place.at));
        let rows = sqlx::query!(
            r#"select c.clarification_id, c.hit_id, c.account_id, h.verdict is not null as "upheld!", coalesce(d.clause, h.clause) as "clause!",
                      h.set_id, s.circular, r.platform, r.handle, a.posted_at, a.url, p.name as person, p.nip, p.position, t.name as unit,
                      c.opened_at, c.due_on, c.letter, c.sent_by, c.sent_at, c.outcome, c.answer,
                      c.attachment is not null as "has_attachment!", c.settled_by, c.settled_at
               from clarification c
               join hit h on h.account_id = c.account_id and h.hit_id = c.hit_id
               join activity a on a.account_id = h.account_id and a.activity_id = h.activity_id
               join decision d on d.account_id = c.account_id and d.decision_id = c.decision_id
               join keyword_set s on s.set_id = h.set_id and s.version = h.set_version
               join account r on r.account_id = c.account_id
               join person p using (person_id)
               join unit t using (unit_id)
               where r.unlinked_at is null and ($1::bool is null or (c.settled_at is null) = $1) and ($2::uuid is null or c.clarification_id = $2)
                 and ($4::timestamptz is null
                      or case when $1 then (c.due_on::timestamp at time zone 'UTC', c.clarification_id) > ($4, $5)
                              else (c.settled_at, c.clarification_id) < ($4, $5) end)
               order by case when $1 then c.due_on end, case when $1 then c.clarification_id end,
                        c.settled_at desc, c.clarification_id desc
               limit $3"#,
            waiting,
            id,
            limit,
            begins as _,
            after.map(|place| place.id)
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|r| {
                let outcome = r.outcome.as_deref().map(str::parse).transpose();
                Ok(Clarification {
                    clarification_id: r.clarification_id,
                    hit_id: r.hit_id.into(),
                    account_id: r.account_id.into(),
                    upheld: r.upheld,
                    clause: r.clause,
                    set_id: r.set_id,
                    circular: r.circular,
                    platform: r.platform,
                    handle: r.handle,
                    posted_at: r.posted_at.map(jiff_sqlx::Timestamp::to_jiff),
                    url: r.url,
                    person: r.person,
                    nip: r.nip,
                    position: r.position,
                    unit: r.unit,
                    opened_at: r.opened_at.to_jiff(),
                    due_on: r.due_on.to_jiff(),
                    sent: match (r.letter, r.sent_at, r.sent_by) {
                        (Some(letter), Some(at), Some(by)) => Some((letter, at.to_jiff(), by)),
                        _ => None,
                    },
                    outcome: outcome.map_err(|_: String| StoreError::Stored { what: "clarification" })?,
                    answer: r.answer,
                    has_attachment: r.has_attachment,
                    settled: r.settled_by.zip(r.settled_at.map(jiff_sqlx::Timestamp::to_jiff)),
                })
            })
            .collect()
    }

    /// Whether there is such a question; nothing of it is seen.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn has_clarification(&self, id: Uuid) -> Result<bool, StoreError> {
        let there = sqlx::query_scalar!(
            r#"select exists (select 1 from clarification where clarification_id = $1) as "there!""#,
            id
        );
        Ok(there.fetch_one(&self.pool).await?)
    }

    /// What came with an answer; the look is in the ledger.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn clarification_attachment(&self, id: Uuid, actor: &str) -> Result<Option<Picture>, StoreError> {
        let row = sqlx::query!(
            r#"select attachment as "bytes!", attachment_type as "kind!" from clarification
               where clarification_id = $1 and attachment is not null"#,
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        self.record("clarification.viewed", actor, &format!("clarification/{id}"), &json!({ "attachment": true }))
            .await?;
        Ok(Some(Picture { kind: row.kind, bytes: row.bytes }))
    }

    /// Notes the letter to the unit; false where it is noted already or the question is settled.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn send_clarification(&self, id: Uuid, letter: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update clarification set letter = $2, sent_by = $3, sent_at = now()
             where clarification_id = $1 and sent_at is null and settled_at is null",
            id,
            letter,
            actor
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if done == 1 {
            ledger::append(&mut tx, "clarification.sent", actor, &format!("clarification/{id}"), &json!({})).await?;
        }
        tx.commit().await?;
        Ok(done == 1)
    }

    /// Writes an answer down, and lets its hit go on: back to the queue where the answer says something new or a person
    /// asked for it, else to the verdict that awaited it. False where somebody else did so before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `clarification_sent_check` for *tidak menjawab* without a letter sent,
    /// `clarification_answer_check` for an answer without words.
    pub async fn settle_clarification(&self, id: Uuid, settled: &Settlement, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query!(
            "update clarification set outcome = $2, answer = $3, attachment = $4, attachment_type = $5, settled_by = $6, settled_at = now()
             where clarification_id = $1 and settled_at is null returning account_id, hit_id",
            id,
            settled.outcome.as_str(),
            settled.answer,
            settled.attachment.as_ref().map(|a| a.bytes.as_slice()),
            settled.attachment.as_ref().map(|a| a.kind.as_str()),
            actor
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(false) };
        let verdict = sqlx::query_scalar!(
            "select verdict from hit where account_id = $1 and hit_id = $2 for update",
            row.account_id,
            row.hit_id
        )
        .fetch_one(&mut *tx)
        .await?;
        if verdict.as_deref() == Some(Verdict::Suspected.as_str()) && !settled.outcome.reopens() {
            sqlx::query!(
                "update hit set state = 'decided', closed_at = now() where account_id = $1 and hit_id = $2 and state = 'asked'",
                row.account_id,
                row.hit_id
            )
            .execute(&mut *tx)
            .await?;
        } else {
            sqlx::query!(
                "update hit set state = 'open', step = 'first', round = round + 1, verdict = null
                 where account_id = $1 and hit_id = $2 and state = 'asked'",
                row.account_id,
                row.hit_id
            )
            .execute(&mut *tx)
            .await?;
        }
        let detail = json!({ "outcome": settled.outcome.as_str(), "hit": row.hit_id });
        ledger::append(&mut tx, "clarification.settled", actor, &format!("clarification/{id}"), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }
}
