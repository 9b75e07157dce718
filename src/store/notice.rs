//! The outbox: what is to be told to the outside, written in the transaction that notices it, sent by whichever worker is
//! free, tried again with growing pauses, and given up after a day. It holds counts and ids, never names or texts.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AT_FAULT, Store, StoreError};
use crate::model::{NoticeChannel, NoticeKind};

/// How events are looked for.
#[derive(Clone, Debug)]
pub struct Watch {
    /// A hit is urgent whose weight moves it forward in the queue by at least so many hours.
    pub urgent_hours: u16,
    /// What is younger is left to the next look: a transaction that began before it may not have ended yet.
    pub settle: Duration,
    /// The office's time zone, by its name.
    pub zone: &'static str,
}

/// A notice that this worker holds and is to send.
#[derive(Clone, Debug)]
pub struct OutgoingNotice {
    /// Id; the same on every try, so that a receiver can tell what it has.
    pub notice_id: Uuid,
    /// Which way.
    pub channel: NoticeChannel,
    /// What it tells.
    pub kind: NoticeKind,
    /// The figures, as JSON.
    pub body: Value,
    /// When it was written.
    pub made_at: Timestamp,
    /// How often it was tried, this time included.
    pub tries: i32,
}

/// What happened since the last look.
struct Found {
    count: i64,
    ids: Vec<String>,
}

impl Store {
    /// Looks for events since the last look and writes a notice for each kind that has some; returns how many. Only one
    /// worker looks at a time, and what it finds and how far it looked commit together.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then the next look finds the same.
    pub async fn notice_events(&self, channel: NoticeChannel, watch: &Watch) -> Result<u64, StoreError> {
        let mut written = 0;
        for kind in [NoticeKind::UrgentHit, NoticeKind::ClarificationDue, NoticeKind::ProposalWaits] {
            written += u64::from(self.look(kind, channel, watch).await?);
        }
        Ok(written + u64::from(self.look_at_sources(channel).await?))
    }

    async fn look(&self, kind: NoticeKind, channel: NoticeChannel, watch: &Watch) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("insert into notice_mark (kind) values ($1) on conflict do nothing", kind.as_str())
            .execute(&mut *tx)
            .await?;
        // After a long silence only the last day is told: the rest is in the digest and on the pages.
        let frame = sqlx::query!(
            r#"select greatest(until, now() - interval '1 day') as "from!", now() - make_interval(secs => $2) as "to!"
               from notice_mark where kind = $1 for update skip locked"#,
            kind.as_str(),
            watch.settle.as_secs_f64()
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(frame) = frame else { return Ok(false) };
        let (from, to) = (frame.from.to_jiff(), frame.to.to_jiff());
        if to <= from {
            tx.commit().await?;
            return Ok(false);
        }
        let found = match kind {
            NoticeKind::UrgentHit => urgent_hits(&mut tx, (from, to), watch.urgent_hours).await?,
            NoticeKind::ClarificationDue => due_clarifications(&mut tx, (from, to), watch.zone).await?,
            _ => waiting_proposals(&mut tx, (from, to)).await?,
        };
        let told = found.count > 0;
        if told {
            write(&mut tx, channel, kind, &json!({ "count": found.count, "ids": found.ids })).await?;
        }
        let until = jiff_sqlx::Timestamp::from(to);
        sqlx::query!("update notice_mark set until = $2 where kind = $1", kind.as_str(), until as _)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(told)
    }

    /// Sources that stand still now and did not at the last look. A pause that is about to be renewed does not end that.
    async fn look_at_sources(&self, channel: NoticeChannel) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "delete from stopped_source t where not exists (
                 select 1 from source_state s where s.platform = t.platform
                 and (s.switched_off_at is not null or s.failures >= $1
                      or (s.paused_why = 'denied' and s.paused_until > now() - interval '1 hour')))",
            AT_FAULT
        )
        .execute(&mut *tx)
        .await?;
        // Whoever inserts the row tells of it; a second worker waits for the first one's commit and inserts nothing.
        let stopped = sqlx::query_scalar!(
            "insert into stopped_source (platform)
             select s.platform from source_state s
             where s.switched_off_at is not null or s.failures >= $1
                or (s.paused_why = 'denied' and s.paused_until > now() - interval '1 hour')
             order by s.platform
             on conflict do nothing returning 'source/' || platform as \"id!\"",
            AT_FAULT
        )
        .fetch_all(&mut *tx)
        .await?;
        if !stopped.is_empty() {
            let body = json!({ "count": stopped.len(), "ids": stopped });
            write(&mut tx, channel, NoticeKind::SourceStopped, &body).await?;
        }
        tx.commit().await?;
        Ok(!stopped.is_empty())
    }

    /// Takes the notice that is due for longest, for at most `lease`; nobody else sends it meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn claim_notice(
        &self,
        channels: &[NoticeChannel],
        lease: Duration,
    ) -> Result<Option<OutgoingNotice>, StoreError> {
        let channels: Vec<String> = channels.iter().map(|c| c.as_str().to_owned()).collect();
        let row = sqlx::query!(
            "with next as (
                 select notice_id from notice
                 where sent_at is null and dead_at is null and due_at <= now() and (leased_until is null or leased_until <= now())
                   and channel = any($1)
                 order by due_at, notice_id limit 1 for update skip locked)
             update notice n set leased_until = now() + make_interval(secs => $2), tries = n.tries + 1
             from next where n.notice_id = next.notice_id
             returning n.notice_id, n.channel, n.kind, n.body::text as \"body!\", n.made_at, n.tries",
            &channels,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|r| {
            Ok(OutgoingNotice {
                notice_id: r.notice_id,
                channel: r.channel.parse().map_err(|_| StoreError::Stored { what: "notice" })?,
                kind: r.kind.parse().map_err(|_| StoreError::Stored { what: "notice" })?,
                body: serde_json::from_str(&r.body).map_err(|_| StoreError::Stored { what: "notice" })?,
                made_at: r.made_at.to_jiff(),
                tries: r.tries,
            })
        })
        .transpose()
    }

    /// Notes that a notice went out.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then it goes out once more, under the same id.
    pub async fn notice_sent(&self, id: Uuid) -> Result<(), StoreError> {
        sqlx::query!(
            "update notice set sent_at = now(), leased_until = null, last_error = null where notice_id = $1 and dead_at is null",
            id
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that a notice did not go out: it is tried again after `wait`, or given up where it is older than `lifetime`.
    /// Returns whether it was given up.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn notice_failed(
        &self,
        id: Uuid,
        error: &str,
        wait: Duration,
        lifetime: SignedDuration,
    ) -> Result<bool, StoreError> {
        let error: String = error.chars().take(500).collect();
        Ok(sqlx::query_scalar!(
            r#"update notice set leased_until = null, last_error = $2, due_at = now() + make_interval(secs => $3),
                      dead_at = case when made_at < now() - make_interval(secs => $4) then now() end
               where notice_id = $1 and sent_at is null returning dead_at is not null as "dead!""#,
            id,
            error,
            wait.as_secs_f64(),
            lifetime.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?
        .unwrap_or(false))
    }

    /// How many notices wait to go out, and how many were given up within the last week.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn notices_waiting(&self) -> Result<(i64, i64), StoreError> {
        let row = sqlx::query!(
            r#"select (select count(*) from notice where sent_at is null and dead_at is null) as "waiting!",
                      (select count(*) from notice where dead_at > now() - interval '7 days') as "dead!""#
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.waiting, row.dead))
    }
}

/// Writes a notice into the outbox, in the caller's transaction.
pub(super) async fn write(
    tx: &mut PgConnection,
    channel: NoticeChannel,
    kind: NoticeKind,
    body: &Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into notice (notice_id, channel, kind, body) values ($1, $2, $3, $4::text::jsonb)",
        Uuid::now_v7(),
        channel.as_str(),
        kind.as_str(),
        body.to_string()
    )
    .execute(tx)
    .await?;
    Ok(())
}

type Frame = (Timestamp, Timestamp);

fn edges((from, to): Frame) -> (jiff_sqlx::Timestamp, jiff_sqlx::Timestamp) {
    (from.into(), to.into())
}

async fn urgent_hits(tx: &mut PgConnection, frame: Frame, hours: u16) -> Result<Found, StoreError> {
    let (from, to) = edges(frame);
    Ok(sqlx::query_as!(
        Found,
        r#"select count(*) as "count!", coalesce((array_agg('hit/' || hit_id order by created_at))[1:100], '{}') as "ids!"
           from hit where state = 'open' and created_at > $1 and created_at <= $2
             and created_at - urgent_at >= make_interval(hours => $3)"#,
        from as _,
        to as _,
        i32::from(hours)
    )
    .fetch_one(tx)
    .await?)
}

async fn due_clarifications(tx: &mut PgConnection, frame: Frame, zone: &str) -> Result<Found, StoreError> {
    let (from, to) = edges(frame);
    Ok(sqlx::query_as!(
        Found,
        r#"select count(*) as "count!",
                  coalesce((array_agg('clarification/' || clarification_id order by due_on))[1:100], '{}') as "ids!"
           from clarification
           where settled_at is null
             and greatest(opened_at, due_on::timestamp at time zone $3) > $1
             and greatest(opened_at, due_on::timestamp at time zone $3) <= $2"#,
        from as _,
        to as _,
        zone
    )
    .fetch_one(tx)
    .await?)
}

/// Whatever waits for a second person and came in since: users' roles, tips, declarations, objections.
async fn waiting_proposals(tx: &mut PgConnection, frame: Frame) -> Result<Found, StoreError> {
    let (from, to) = edges(frame);
    Ok(sqlx::query_as!(
        Found,
        r#"with waiting as (
               select 'user_proposal/' || proposal_id as id, proposed_at as at from user_proposal where state = 'open'
               union all select 'tip/' || tip_id, entered_at from tip where confirmed_at is null
               union all select 'declaration/' || declaration_id, sent_at from declaration where state = 'waiting'
               union all select 'objection/' || objection_id, raised_at from objection where state = 'open')
           select count(*) as "count!", coalesce((array_agg(id order by at))[1:100], '{}') as "ids!"
           from waiting where at > $1 and at <= $2"#,
        from as _,
        to as _
    )
    .fetch_one(tx)
    .await?)
}
