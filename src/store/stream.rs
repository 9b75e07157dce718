//! Streams of live posts: who listens, from where, and for whom.

use jiff::SignedDuration;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::model::Account;

impl Store {
    /// Leases a stream to `worker`; `None` while another one listens, else its position (`Some(None)`: none yet).
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn lease_stream(
        &self,
        stream: &str,
        worker: Uuid,
        lease: SignedDuration,
    ) -> Result<Option<Option<i64>>, StoreError> {
        let row = sqlx::query!(
            "insert into stream_state as s (stream, leased_by, leased_until) values ($1, $2, now() + make_interval(secs => $3))
             on conflict (stream) do update set leased_by = $2, leased_until = now() + make_interval(secs => $3)
             where s.leased_until is null or s.leased_until <= now() or s.leased_by = $2
             returning cursor",
            stream,
            worker,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| r.cursor))
    }

    /// Gives a stream back, with what went wrong if anything did.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; the lease then runs out by itself.
    pub async fn leave_stream(&self, stream: &str, worker: Uuid, error: Option<&str>) -> Result<(), StoreError> {
        sqlx::query!(
            "update stream_state set leased_by = null, leased_until = null, last_error = coalesce($3, last_error),
                 last_error_at = case when $3::text is null then last_error_at else now() end
             where stream = $1 and leased_by = $2",
            stream,
            worker,
            error
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The approved, running accounts of a platform that a pass has read before (so it is known that they do not ask to be
    /// hidden), in an order that stays. Suspended ones stay among them: the stream says when they are back.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn shown_accounts(&self, platform: &str) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query!(
            "select a.account_id, a.person_id, a.platform, a.handle, a.external_id, a.valid_from, a.valid_to
             from account a join collector_state s using (account_id) left join source_state o on o.platform = a.platform
             where a.platform = $1 and a.approved_at is not null and a.stopped_at is null and s.last_ok_at is not null
               and coalesce(s.account_state, '') not in ('private', 'moved', 'moved_away')
               and o.switched_off_at is null
               and (now() at time zone 'Asia/Jakarta')::date between a.valid_from and coalesce(a.valid_to, 'infinity'::date)
             order by a.account_id",
            platform
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Account {
                account_id: r.account_id.into(),
                person_id: r.person_id.into(),
                platform: r.platform,
                handle: r.handle,
                external_id: r.external_id,
                valid_from: r.valid_from.to_jiff(),
                valid_to: r.valid_to.map(jiff_sqlx::Date::to_jiff),
            })
            .collect())
    }

    /// Notes what a stream said of an account: why it is not shown, or that it is shown again (and is due then).
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn note_account_state(&self, account: Uuid, state: Option<&str>) -> Result<(), StoreError> {
        sqlx::query!(
            "update collector_state set account_state = $2,
                 due_at = case when $2::text is null then now() else due_at end,
                 parked_at = case when $2::text is null then null else parked_at end,
                 failures = case when $2::text is null then 0 else failures end
             where account_id = $1 and account_state is distinct from $2",
            account,
            state
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
