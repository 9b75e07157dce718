//! What waits and what came of it, in figures: for the home page. No row names anybody.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;

use super::{Store, StoreError};
use crate::model::{UserId, Verdict};

/// Hits that wait for somebody's decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// All of them.
    pub open: i64,
    /// Past the day by which they should have been decided.
    pub overdue: i64,
    /// Due within a day.
    pub due_soon: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
}

/// What waits beside the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errands {
    /// Passed on to this user by a colleague.
    pub referred: i64,
    /// Questions to people that have no answer yet.
    pub asked: i64,
    /// Of these, whose letter has not been sent.
    pub unsent: i64,
    /// Of these, past their day.
    pub asked_late: i64,
    /// Proposals about users that wait for a second person.
    pub users: i64,
    /// Keywords over their daily cap, whose hits wait apart.
    pub keywords: i64,
}

/// Hits that came in on one day, of one clause and stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayHits {
    /// The day, in the office's zone.
    pub day: Date,
    /// Clause.
    pub clause: String,
    /// Election's set, to which the stage belongs.
    pub set_id: String,
    /// Stage.
    pub stage: String,
    /// How many.
    pub hits: i64,
}

/// How long open hits have waited: under a day, under 3, 7, 14 days, longer.
pub type Ages = [i64; 5];

/// How hits ended within a quarter of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub verdict: Verdict,
    /// How many.
    pub hits: i64,
}

/// The figures behind the home page's charts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The last thirty days.
    pub days: Vec<DayHits>,
    /// Open hits by age.
    pub ages: Ages,
    /// What was closed in the last ninety days.
    pub endings: Vec<Ending>,
}

impl Store {
    /// What waits in the queue; a hit should be decided within `deadline_days`.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn backlog(&self, deadline_days: i32) -> Result<Backlog, StoreError> {
        let r = sqlx::query!(
            r#"select count(*) as "open!",
                      count(*) filter (where created_at <= now() - make_interval(days => $1)) as "overdue!",
                      count(*) filter (where created_at > now() - make_interval(days => $1)
                                         and created_at <= now() - make_interval(days => $1) + interval '1 day') as "soon!",
                      min(created_at) as oldest
               from hit where state = 'open'"#,
            deadline_days
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Backlog {
            open: r.open,
            overdue: r.overdue,
            due_soon: r.soon,
            oldest: r.oldest.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }

    /// What waits beside the queue, on `today` in the office's zone.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn errands(&self, me: UserId, today: Date) -> Result<Errands, StoreError> {
        Ok(sqlx::query_as!(
            Errands,
            r#"select (select count(*) from hit where state = 'open' and referred_to = $1) as "referred!",
                      (select count(*) from clarification where settled_at is null) as "asked!",
                      (select count(*) from clarification where settled_at is null and sent_at is null) as "unsent!",
                      (select count(*) from clarification where settled_at is null and due_on < $2) as "asked_late!",
                      (select count(*) from user_proposal where state = 'open') as "users!",
                      (select count(*) from keyword_quarantine q join keyword_set s using (set_id, version)
                       where q.released_at is null and s.retired_at is null) as "keywords!""#,
            me.0,
            today.to_sqlx() as _
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// The figures behind the charts; `offset_seconds` is the office's distance from UTC, in which days begin.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn figures(&self, offset_seconds: i32) -> Result<Figures, StoreError> {
        let days = sqlx::query!(
            r#"select (created_at at time zone 'UTC' + make_interval(secs => $1::int))::date as "day!", clause, set_id, stage,
                      count(*) as "hits!"
               from hit where level = 'review' and created_at >= now() - interval '30 days'
               group by 1, 2, 3, 4 order by 1, 2, 3, 4"#,
            offset_seconds
        )
        .fetch_all(&self.pool)
        .await?;
        let ages = sqlx::query!(
            r#"select count(*) filter (where age < interval '1 day') as "a!",
                      count(*) filter (where age >= interval '1 day' and age < interval '3 days') as "b!",
                      count(*) filter (where age >= interval '3 days' and age < interval '7 days') as "c!",
                      count(*) filter (where age >= interval '7 days' and age < interval '14 days') as "d!",
                      count(*) filter (where age >= interval '14 days') as "e!"
               from (select now() - created_at as age from hit where state = 'open') waiting"#
        )
        .fetch_one(&self.pool)
        .await?;
        let endings = sqlx::query!(
            r#"select verdict as "verdict!", count(*) as "hits!" from hit
               where verdict is not null and closed_at >= now() - interval '90 days' group by 1 order by 2 desc, 1"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Figures {
            days: days
                .into_iter()
                .map(|r| DayHits {
                    day: r.day.to_jiff(),
                    clause: r.clause,
                    set_id: r.set_id,
                    stage: r.stage,
                    hits: r.hits,
                })
                .collect(),
            ages: [ages.a, ages.b, ages.c, ages.d, ages.e],
            endings: endings
                .into_iter()
                .map(|r| {
                    let verdict = r.verdict.parse().map_err(|_| StoreError::Stored { what: "verdict" })?;
                    Ok(Ending { verdict, hits: r.hits })
                })
                .collect::<Result<_, StoreError>>()?,
        })
    }
}
