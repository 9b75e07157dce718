//! The server's clock: whether it leapt, and what is put right when it did.

use jiff::SignedDuration;
use serde_json::json;

use super::{Store, StoreError, ledger};

/// A step back shorter than this delays nothing that matters.
const STEP: &str = "10 seconds";

/// What a look at the clock showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// It went on as clocks do.
    Steady,
    /// It stands further ahead than any pause of the services explains, or they stood still for as long.
    Ahead(SignedDuration),
    /// It was set back by so much; what waited for the later time was moved with it.
    Back(SignedDuration),
}

impl Store {
    /// Looks at the database's clock, which all times in netral come from, and compares it with the look before.
    ///
    /// Where it was set back, whatever is due, paused or leased at a time that will not come for as long as the clock went
    /// back is moved with it: without that, collection would stand still until then. A lease then ends after `lease` at the
    /// latest. Where it leapt ahead by more than two days, nothing is forgotten for a day, so that a wrong clock can be
    /// put right before windows close by it.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn look_at_clock(&self, lease: SignedDuration) -> Result<Tick, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!("insert into clock (seen_at) values (now()) on conflict do nothing").execute(&mut *tx).await?;
        let seen = sqlx::query!(
            r#"select extract(epoch from clock_timestamp() - seen_at)::float8 as "passed!",
                      clock_timestamp() < seen_at - $1::text::interval as "back!",
                      clock_timestamp() > seen_at + interval '2 days' as "ahead!",
                      case when clock_timestamp() between back_at and back_at + interval '1 minute' then back_by end as lately
               from clock for update"#,
            STEP
        )
        .fetch_one(&mut *tx)
        .await?;
        let passed = SignedDuration::try_from_secs_f64(seen.passed).unwrap_or_default();
        let tick = match (seen.back, seen.ahead) {
            (true, _) => Tick::Back(-passed),
            (_, true) => Tick::Ahead(passed),
            _ => Tick::Steady,
        };
        let lease = lease.as_secs_f64();
        match (tick, seen.lately) {
            (Tick::Back(by), _) => set_back(&mut tx, by.as_secs_f64(), 0.0, lease).await?,
            // What was under way when it was set back still wrote the time from before.
            (Tick::Steady, Some(by)) => set_back(&mut tx, by, by / 2.0, lease).await?,
            _ => {}
        }
        sqlx::query!(
            "update clock set seen_at = clock_timestamp(),
                 doubted_until = case when $1 then null when $2 then clock_timestamp() + interval '1 day' else doubted_until end,
                 back_at = case when $1 then clock_timestamp() else back_at end, back_by = case when $1 then $3 else back_by end",
            seen.back,
            seen.ahead,
            -seen.passed
        )
        .execute(&mut *tx)
        .await?;
        let noted = match tick {
            Tick::Steady => None,
            Tick::Ahead(by) => Some(("clock.ahead", by)),
            Tick::Back(by) => Some(("clock.back", by)),
        };
        if let Some((kind, by)) = noted {
            ledger::append(&mut tx, kind, "system", "clock", &json!({ "seconds": by.as_secs() })).await?;
        }
        tx.commit().await?;
        Ok(tick)
    }

    /// Whether the clock leapt ahead within the last day, so that what windows are measured by is in doubt.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn doubts_clock(&self) -> Result<bool, StoreError> {
        let doubted = sqlx::query_scalar!(
            r#"select exists (select 1 from clock where doubted_until > now() or seen_at + interval '2 days' < now()) as "doubted!""#
        );
        Ok(doubted.fetch_one(&self.pool).await?)
    }
}

/// Moves by `by` seconds what was written for a time more than `beyond` seconds ahead. Being early costs nothing: limits and
/// cursors hold as before.
async fn set_back(tx: &mut sqlx::PgConnection, by: f64, beyond: f64, lease: f64) -> Result<(), StoreError> {
    for table in ["collector_state", "campaign_state"] {
        let text = format!(
            "update {table} set due_at = case when due_at > now() + make_interval(secs => $2) then due_at - make_interval(secs => $1) else due_at end,
                 leased_until = case when leased_until > now() + make_interval(secs => $3) then now() + make_interval(secs => $3) else leased_until end
             where due_at > now() + make_interval(secs => $2) or leased_until > now() + make_interval(secs => $3)"
        );
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(by).bind(beyond).bind(lease).execute(&mut *tx).await?;
    }
    sqlx::query!(
        "update source_state set paused_until = paused_until - make_interval(secs => $1)
         where paused_until > now() + make_interval(secs => $2)",
        by,
        beyond
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update source_bucket set full_at = full_at - make_interval(secs => $1) where full_at > now() + make_interval(secs => $2)",
        by,
        beyond
    )
    .execute(&mut *tx)
    .await?;
    for table in ["stream_state", "rescan", "backtest"] {
        let text = format!(
            "update {table} set leased_until = least(leased_until, now() + make_interval(secs => $1)) where leased_until > now()"
        );
        sqlx::query(sqlx::AssertSqlSafe(text)).bind(lease).execute(&mut *tx).await?;
    }
    // A reader keeps what they hold, for as long as a claim lasts.
    sqlx::query!(
        "update hit set claimed_until = least(claimed_until, now() + interval '30 minutes') where claimed_until > now()"
    )
    .execute(tx)
    .await?;
    Ok(())
}
