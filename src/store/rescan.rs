//! What a new version changes about what is stored: rescans that were ordered, leased, written page by page, and ended.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::hit_insert::{insert_hits, record, record_again};
use super::keyword::insist_on_lists;
use super::window::{Position, Stored, list, stored};
use super::{ListFrame, Program, Store, StoreError};
use crate::model::{AccountId, Activity, ActivityId, Hit, HitId, Level};

/// A rescan that was ordered.
#[derive(Clone, Debug)]
pub struct Rescan {
    /// Id.
    pub rescan_id: Uuid,
    /// The set.
    pub set_id: String,
    /// With which version.
    pub version: String,
    /// The version that was live before.
    pub earlier_version: Option<String>,
    /// Who published or asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// `open`, `done` or `superseded`.
    pub state: String,
    /// Activities to read; unknown until a worker begins.
    pub total: Option<i64>,
    /// Read so far.
    pub activities: i64,
    /// Hits that joined the queue.
    pub gained: i64,
    /// Open hits that left it.
    pub withdrawn: i64,
    /// Open hits that are explained differently now.
    pub remade: i64,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Where it stands.
    pub position: Position,
}

/// What a rescan changes about one activity.
#[derive(Clone, Debug)]
pub enum Change {
    /// A hit where there was none.
    Gain(AccountId, ActivityId, Box<Hit>),
    /// The same hit, explained by the new version.
    Remake(AccountId, HitId, Box<Hit>),
    /// An open hit whose keywords are gone.
    Withdraw(AccountId, HitId),
    /// Background that is none any more.
    Drop(AccountId, HitId),
    /// Somebody holds it: to be looked at again.
    Hold(AccountId, ActivityId),
}

/// The progress of one page; it commits with the page's changes.
#[derive(Clone, Copy, Debug)]
pub struct PageEnd {
    /// Place of the page's last activity.
    pub position: Position,
    /// How many activities it had.
    pub activities: u64,
}

impl Store {
    /// The activities that a rescan left because somebody held their hit, and that nobody holds any more.
    ///
    /// # Errors
    /// [`StoreError::Stored`] when a row is damaged.
    pub async fn held_page(&self, rescan: &Rescan, limit: i64) -> Result<Vec<Stored>, StoreError> {
        let rows = sqlx::query!(
            r#"select a.account_id, a.activity_id, a.seen_at, a.external_id, a.verb, a.text, a.url, a.happened_at,
                      a.posted_at, nullif(a.media, '[]')::text as media, a.target::text as target,
                      nullif(a.hashtags, '[]')::text as hashtags, nullif(a.mentions, '[]')::text as mentions,
                      octet_length(a.raw) = 0 as "emptied!"
               from rescan_held x join activity a on a.account_id = x.account_id and a.activity_id = x.activity_id
               where x.rescan_id = $1 and not exists (select 1 from hit h where h.account_id = x.account_id
                   and h.activity_id = x.activity_id and h.set_id = $2 and h.state = 'open' and h.claimed_until > now())
               limit $3"#,
            rescan.rescan_id,
            rescan.set_id,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|r| stored!(r)).collect()
    }

    /// Whether hits that somebody held are still to be looked at.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn any_held(&self, rescan: &Rescan) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select 1 from rescan_held x
                   join activity a on a.account_id = x.account_id and a.activity_id = x.activity_id
                   where x.rescan_id = $1) as "any!""#,
            rescan.rescan_id
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Takes an open rescan for a worker, the longest untouched first, so that one that waits for people holds up no other; a
    /// dead worker's is taken over when its lease ends.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn lease_rescan(&self, worker: Uuid, lease: SignedDuration) -> Result<Option<Rescan>, StoreError> {
        let id = sqlx::query_scalar!(
            "with next as (
                 select rescan_id from rescan
                 where state = 'open' and (leased_until is null or leased_until <= now() or leased_by = $1)
                 order by leased_until nulls first, requested_at limit 1 for update skip locked)
             update rescan r set leased_by = $1, leased_until = now() + make_interval(secs => $2)
             from next where r.rescan_id = next.rescan_id returning r.rescan_id",
            worker,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(id) = id else { return Ok(None) };
        Ok(self.rescans(None).await?.into_iter().find(|r| r.rescan_id == id))
    }

    /// Rescans of one set, or of all, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn rescans(&self, set_id: Option<&str>) -> Result<Vec<Rescan>, StoreError> {
        let rows = sqlx::query!(
            r#"select rescan_id, set_id, version, earlier_version, requested_by, requested_at, state, total, activities,
                      gained, withdrawn, remade, finished_at,
                      case when after_seen_at > '-infinity' then after_seen_at end as after_seen_at, after_activity
               from rescan where $1::text is null or set_id = $1 order by requested_at desc limit 200"#,
            set_id
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Rescan {
                rescan_id: r.rescan_id,
                set_id: r.set_id,
                version: r.version,
                earlier_version: r.earlier_version,
                requested_by: r.requested_by,
                requested_at: r.requested_at.to_jiff(),
                state: r.state,
                total: r.total,
                activities: r.activities,
                gained: r.gained,
                withdrawn: r.withdrawn,
                remade: r.remade,
                finished_at: r.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
                position: (
                    r.after_seen_at.map_or(Timestamp::UNIX_EPOCH, jiff_sqlx::Timestamp::to_jiff),
                    r.after_activity,
                ),
            })
            .collect())
    }

    /// Notes how much there is to read.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn set_rescan_total(&self, rescan: Uuid, total: i64) -> Result<(), StoreError> {
        sqlx::query!("update rescan set total = $2 where rescan_id = $1", rescan, total).execute(&self.pool).await?;
        Ok(())
    }

    /// Writes what a page changed, and how far the reading is, in one transaction. `end` is `None` for hits that had been
    /// held. Decided hits are never touched, whatever the page says: the statements themselves exclude them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `lists_changed` when another version is live by now, `rescan_lease_lost` when another
    /// worker has taken over or the rescan was superseded: nothing was written.
    pub async fn commit_rescan(
        &self,
        rescan: &Rescan,
        (worker, lease): (Uuid, SignedDuration),
        (frame, program): (&ListFrame, &Program),
        changes: &[Change],
        end: Option<PageEnd>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_steady().await?;
        insist_on_lists(&mut tx, frame).await?;
        let gained = gain(&mut tx, (frame, program), changes).await?;
        let remade = remake(&mut tx, rescan, changes).await?;
        let withdrawn = withdraw(&mut tx, rescan, changes).await?;
        drop_background(&mut tx, changes).await?;
        let n = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        if end.is_some() {
            hold(&mut tx, rescan, changes).await?;
        }
        let moved = sqlx::query!(
            "update rescan set after_seen_at = coalesce($3, after_seen_at), after_activity = coalesce($4, after_activity),
                 activities = activities + $5, gained = gained + $6, withdrawn = withdrawn + $7, remade = remade + $8,
                 leased_until = now() + make_interval(secs => $9)
             where rescan_id = $1 and leased_by = $2 and leased_until > now() and state = 'open'",
            rescan.rescan_id,
            worker,
            end.map(|e| e.position.0.to_sqlx()) as _,
            end.map(|e| e.position.1),
            end.map_or(0, |e| i64::try_from(e.activities).unwrap_or(i64::MAX)),
            n(gained),
            n(withdrawn.len()),
            n(remade),
            lease.as_secs_f64()
        )
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() != 1 {
            return Err(StoreError::Conflict { constraint: "rescan_lease_lost".to_owned() });
        }
        if gained + remade + withdrawn.len() > 0 {
            let detail = serde_json::json!({
                "rescan": rescan.rescan_id, "version": rescan.version, "earlier": rescan.earlier_version,
                "gained": gained, "remade": remade, "withdrawn": withdrawn });
            super::ledger::append(&mut tx, "rescan.page", "system", &format!("set/{}", rescan.set_id), &detail).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes activities off the list of those that were held.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn unhold(&self, rescan: &Rescan, page: &[Stored]) -> Result<(), StoreError> {
        let activities: Vec<_> = page.iter().map(|s| s.activity_id.0).collect();
        sqlx::query!(
            "delete from rescan_held where rescan_id = $1 and activity_id = any ($2)",
            rescan.rescan_id,
            &activities
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends a rescan that has read everything; false if it was superseded meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn finish_rescan(&self, rescan: &Rescan, worker: Uuid) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query!(
            "update rescan set state = 'done', finished_at = now(), leased_by = null, leased_until = null
             where rescan_id = $1 and leased_by = $2 and state = 'open' returning activities, gained, withdrawn, remade",
            rescan.rescan_id,
            worker
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(done) = done else { return Ok(false) };
        let detail = serde_json::json!({ "rescan": rescan.rescan_id, "version": rescan.version, "activities": done.activities,
            "gained": done.gained, "withdrawn": done.withdrawn, "remade": done.remade });
        super::ledger::append(&mut tx, "rescan.done", "system", &format!("set/{}", rescan.set_id), &detail).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a rescan back, so that another worker can go on at once.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn release_rescans(&self, worker: Uuid) -> Result<(), StoreError> {
        sqlx::query!("update rescan set leased_by = null, leased_until = null where leased_by = $1", worker)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether pages of collected activities were written within the last second: then background reading steps back.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn intake_is_busy(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select 1 from (select kind, at from ledger order by seq desc limit 30) l
                   where l.kind = 'intake.page' and l.at > clock_timestamp() - interval '1 second') as "busy!""#
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

async fn gain(
    tx: &mut PgConnection,
    (frame, program): (&ListFrame, &Program),
    changes: &[Change],
) -> Result<usize, StoreError> {
    let new: Vec<_> = changes
        .iter()
        .filter_map(|c| match c {
            Change::Gain(account, activity, hit) => Some((*account, *activity, hit.as_ref())),
            _ => None,
        })
        .collect();
    if new.is_empty() {
        return Ok(0);
    }
    let records: Vec<_> =
        new.iter().map(|(account, activity, hit)| record(*account, *activity, hit, "rescan")).collect();
    insert_hits(tx, frame, program, &records).await?;
    Ok(new.iter().filter(|(_, _, hit)| hit.level == Level::Review).count())
}

/// Hits that stand, in the new version's words. One that somebody took in the meantime is left to the second look.
async fn remake(tx: &mut PgConnection, rescan: &Rescan, changes: &[Change]) -> Result<usize, StoreError> {
    let records: Vec<_> = changes
        .iter()
        .filter_map(|c| match c {
            Change::Remake(account, hit_id, hit) => Some(record_again(*account, *hit_id, hit)),
            _ => None,
        })
        .collect();
    if records.is_empty() {
        return Ok(0);
    }
    let done = sqlx::query!(
        "with again as (
             select * from jsonb_to_recordset($2::text::jsonb) as h(account_id uuid, hit_id uuid, set_version text, clause text,
                  also text[], stage text, level text, score smallint, severity smallint, sides text[], stance jsonb, parties text[],
                  matches jsonb, parts jsonb, reason text, counter text[], state text)),
         made as (
             update hit h set earlier_version = coalesce(h.earlier_version, h.set_version), set_version = n.set_version,
                    clause = n.clause, also = n.also, stage = n.stage, level = n.level, score = n.score, severity = n.severity,
                    urgent_at = h.created_at - head_start(n.severity, n.score), sides = n.sides,
                    stance = n.stance, parties = n.parties, matches = n.matches, parts = n.parts, reason = n.reason,
                    counter = n.counter, state = n.state, withdrawn_version = null, claimed_by = null, claimed_until = null,
                    -- Other sides or another stance: other copies.
                    group_id = null
             from again n
             where h.account_id = n.account_id and h.hit_id = n.hit_id and h.state not in ('asked', 'decided')
               -- Whoever looks second sees what the first saw.
               and h.step = 'first' and (h.claimed_until is null or h.claimed_until <= now())
             returning h.account_id, h.hit_id),
         missed as (
             insert into rescan_held (rescan_id, account_id, activity_id)
             select $1, h.account_id, h.activity_id from again n
             join hit h on h.account_id = n.account_id and h.hit_id = n.hit_id
             where h.state = 'open' and h.step = 'first' and not exists (select 1 from made m where m.hit_id = n.hit_id)
             on conflict do nothing)
         select count(*) as \"n!\" from made",
        rescan.rescan_id,
        serde_json::json!(records).to_string()
    )
    .fetch_one(tx)
    .await?;
    Ok(usize::try_from(done.n).unwrap_or_default())
}

/// Open hits whose keywords are gone leave the queue and name the version in which they are.
async fn withdraw(tx: &mut PgConnection, rescan: &Rescan, changes: &[Change]) -> Result<Vec<Uuid>, StoreError> {
    let (accounts, hits) = ids(changes, |c| match c {
        Change::Withdraw(account, hit) => Some((account.0, hit.0)),
        _ => None,
    });
    if hits.is_empty() {
        return Ok(hits);
    }
    Ok(sqlx::query_scalar!(
        "with gone as (
             update hit h set state = 'withdrawn', withdrawn_version = $2, claimed_by = null, claimed_until = null
             from unnest($3::uuid[], $4::uuid[]) n(account_id, hit_id)
             where h.account_id = n.account_id and h.hit_id = n.hit_id and h.state in ('open', 'quarantined')
               and h.step = 'first' and (h.claimed_until is null or h.claimed_until <= now())
             returning h.hit_id),
         missed as (
             insert into rescan_held (rescan_id, account_id, activity_id)
             select $1, h.account_id, h.activity_id from unnest($3::uuid[], $4::uuid[]) n(account_id, hit_id)
             join hit h on h.account_id = n.account_id and h.hit_id = n.hit_id
             where h.state = 'open' and h.step = 'first' and not exists (select 1 from gone g where g.hit_id = n.hit_id)
             on conflict do nothing)
         select hit_id from gone",
        rescan.rescan_id,
        rescan.version,
        &accounts,
        &hits
    )
    .fetch_all(tx)
    .await?)
}

async fn drop_background(tx: &mut PgConnection, changes: &[Change]) -> Result<(), StoreError> {
    let (accounts, hits) = ids(changes, |c| match c {
        Change::Drop(account, hit) => Some((account.0, hit.0)),
        _ => None,
    });
    if !hits.is_empty() {
        sqlx::query!(
            "delete from hit h using unnest($1::uuid[], $2::uuid[]) n(account_id, hit_id)
             where h.account_id = n.account_id and h.hit_id = n.hit_id and h.state = 'background'",
            &accounts,
            &hits
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}

async fn hold(tx: &mut PgConnection, rescan: &Rescan, changes: &[Change]) -> Result<(), StoreError> {
    let (accounts, activities) = ids(changes, |c| match c {
        Change::Hold(account, activity) => Some((account.0, activity.0)),
        _ => None,
    });
    if !activities.is_empty() {
        sqlx::query!(
            "insert into rescan_held (rescan_id, account_id, activity_id)
             select $1, n.account_id, n.activity_id from unnest($2::uuid[], $3::uuid[]) n(account_id, activity_id)
             on conflict do nothing",
            rescan.rescan_id,
            &accounts,
            &activities
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}

fn ids(changes: &[Change], pick: impl Fn(&Change) -> Option<(Uuid, Uuid)>) -> (Vec<Uuid>, Vec<Uuid>) {
    changes.iter().filter_map(pick).unzip()
}
