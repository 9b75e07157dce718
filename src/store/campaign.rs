//! Campaign accounts that are read from the other side: which ones, who reads them, and who of those that react to them is
//! in the register.

use std::collections::HashMap;

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Failure, Store, StoreError, Then};
use crate::model::Account;

/// A campaign account of a live list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CampaignRef {
    /// The platform.
    pub platform: String,
    /// Handle, lower case, without `@`.
    pub handle: String,
    /// The platform's own id, where the list gives it.
    pub external_id: Option<String>,
}

/// One campaign account that is due, leased to one worker.
#[derive(Clone, Debug)]
pub struct CampaignWork {
    /// Which.
    pub campaign: CampaignRef,
    /// The source's position; empty when nothing was read yet.
    pub cursor: String,
    /// Failures in a row so far.
    pub failures: u32,
    /// Holder of the lease.
    pub worker: Uuid,
}

impl Store {
    /// Takes over the campaign accounts of the lists that are live now: new ones are due at once, those of the platforms in
    /// `read` that no list names any more are not read again.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn follow_campaigns(&self, campaigns: &[CampaignRef], read: &[String]) -> Result<(), StoreError> {
        let platforms: Vec<_> = campaigns.iter().map(|c| c.platform.clone()).collect();
        let handles: Vec<_> = campaigns.iter().map(|c| c.handle.clone()).collect();
        let ids: Vec<_> = campaigns.iter().map(|c| c.external_id.clone()).collect();
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into campaign_state as c (platform, handle, external_id)
             select * from unnest($1::text[], $2::text[], $3::text[])
             on conflict (platform, handle) do update set external_id = excluded.external_id, retired_at = null
             where c.external_id is distinct from excluded.external_id or c.retired_at is not null",
            &platforms,
            &handles,
            &ids as _
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "update campaign_state c set retired_at = now()
             where retired_at is null and c.platform = any($3) and not exists (
                 select 1 from unnest($1::text[], $2::text[]) n(platform, handle)
                 where n.platform = c.platform and n.handle = c.handle)",
            &platforms,
            &handles,
            read
        )
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Leases one due campaign account of these platforms (those without a pause and, where `needs_ground`, with a ground).
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn lease_campaign(
        &self,
        worker: Uuid,
        platforms: &[String],
        needs_ground: &[bool],
        lease: SignedDuration,
    ) -> Result<Option<CampaignWork>, StoreError> {
        let row = sqlx::query!(
            "with due as (
                 select c.platform, c.handle from campaign_state c
                 join unnest($2::text[], $3::bool[]) as w(platform, needs_ground) using (platform)
                 left join source_state s using (platform)
                 where c.due_at <= now() and c.retired_at is null and (c.leased_until is null or c.leased_until <= now())
                   and (s.paused_until is null or s.paused_until <= now()) and s.switched_off_at is null
                   and (not w.needs_ground or exists (
                       select 1 from source_ground g where g.platform = c.platform and g.ended_at is null))
                 order by c.due_at limit 1 for update of c skip locked)
             update campaign_state c set leased_by = $1, leased_until = now() + make_interval(secs => $4)
             from due where c.platform = due.platform and c.handle = due.handle
             returning c.platform, c.handle, c.external_id, c.cursor, c.failures",
            worker,
            platforms,
            needs_ground,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| CampaignWork {
            campaign: CampaignRef { platform: r.platform, handle: r.handle, external_id: r.external_id },
            cursor: r.cursor,
            failures: u32::try_from(r.failures).unwrap_or(0),
            worker,
        }))
    }

    /// Keeps a campaign account's lease alive; false when it was lost.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn extend_campaign(&self, work: &CampaignWork, lease: SignedDuration) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "update campaign_state c set leased_until = now() + make_interval(secs => $4)
             where platform = $1 and handle = $2 and leased_by = $3 and leased_until > now()
               and not exists (select 1 from source_state o where o.platform = c.platform and o.switched_off_at is not null)",
            work.campaign.platform,
            work.campaign.handle,
            work.worker,
            lease.as_secs_f64()
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives back everything that a stopping worker still holds.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; the leases then run out by themselves.
    pub async fn release_campaigns(&self, worker: Uuid) -> Result<(), StoreError> {
        sqlx::query!("update campaign_state set leased_by = null, leased_until = null where leased_by = $1", worker)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes down a failure and gives the lease back.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn campaign_failed(&self, work: &CampaignWork, failure: &Failure) -> Result<(), StoreError> {
        // A campaign account is never given up: its list says how long it counts. One that fails for good waits a day.
        let (after, counts) = match failure.then {
            Then::Retry { after, counts } => (after, counts),
            Then::Park => (SignedDuration::from_hours(24), true),
        };
        sqlx::query!(
            "update campaign_state set due_at = now() + make_interval(secs => $4), last_error = coalesce($5, last_error),
                 last_error_at = case when $5::text is null then last_error_at else now() end,
                 failures = failures + case when $6 then 1 else 0 end, leased_by = null, leased_until = null
             where platform = $1 and handle = $2 and leased_by = $3",
            work.campaign.platform,
            work.campaign.handle,
            work.worker,
            after.as_secs_f64(),
            failure.error,
            counts
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Those of `names` (platform ids or handles) that are approved, running accounts of the register. The others are
    /// nobody's: they are not written anywhere, not even in the database's log of this statement's failure.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn registered(&self, platform: &str, names: &[String]) -> Result<HashMap<String, Account>, StoreError> {
        let rows = sqlx::query!(
            r#"select n.name as "name!", a.account_id, a.person_id, a.platform, a.handle, a.external_id, a.valid_from, a.valid_to
               from unnest($2::text[]) as n(name)
               cross join lateral (
                   select * from account a
                   where a.platform = $1 and (a.external_id = n.name or handle_key(a.platform, a.handle) = handle_key($1, n.name))
                     and a.approved_at is not null and a.stopped_at is null
                   order by a.external_id = n.name desc limit 1) a"#,
            platform,
            names
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| {
                let account = Account {
                    account_id: r.account_id.into(),
                    person_id: r.person_id.into(),
                    platform: r.platform,
                    handle: r.handle,
                    external_id: r.external_id,
                    valid_from: r.valid_from.to_jiff(),
                    valid_to: r.valid_to.map(jiff_sqlx::Date::to_jiff),
                };
                (r.name, account)
            })
            .collect())
    }
}
