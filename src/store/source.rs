//! What all workers know of a source together: how much of its limits is used up, whether it is paused, at fault or switched
//! off, and on what ground it may be read.

use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use uuid::Uuid;

use super::{AT_FAULT, Store, StoreError, ledger};

/// Why a source is left alone for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseWhy {
    /// It asked for a pause, or its limit is used up.
    Rate,
    /// It fails for every account.
    Fault,
    /// It refuses netral: somebody has to look after the key, the contract or the money.
    Denied,
}

impl PauseWhy {
    fn as_str(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Fault => "fault",
            Self::Denied => "denied",
        }
    }
}

/// How a bucket that fills up again is drawn from (GCRA): after `tolerance` of draws at once, one unit per `emission`.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Time in which one unit comes back.
    pub emission: Duration,
    /// How far ahead of that one may draw.
    pub tolerance: Duration,
}

/// A source's ground, as the coverage page shows it.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The platform.
    pub platform: String,
    /// Contract, consent, permission.
    pub ground: String,
    /// Where the paper is kept.
    pub document: String,
    /// Who recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Timestamp,
}

/// How a source is, for the coverage page.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// The platform.
    pub platform: String,
    /// Left alone until then, and why (`rate`, `fault`).
    pub paused: Option<(Timestamp, String)>,
    /// Failures in a row over all accounts.
    pub failures: i32,
    /// The latest failure of the service, in words.
    pub last_error: Option<String>,
    /// Who switched it off, and when.
    pub switched_off: Option<(String, Timestamp)>,
}

/// How much of a day's quota is used up.
#[derive(Clone, Debug)]
pub struct Quota {
    /// The platform.
    pub platform: String,
    /// The limit's name.
    pub bucket: String,
    /// The day, in the service's time zone.
    pub day: Date,
    /// Units used on it.
    pub used: i64,
    /// Units that it has.
    pub most: i64,
}

impl Store {
    /// Draws `units` from a bucket; else says after which time there will be enough.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn draw(
        &self,
        platform: &str,
        bucket: &str,
        units: u32,
        flow: Flow,
    ) -> Result<Result<(), Duration>, StoreError> {
        let cost = flow.emission.as_secs_f64() * f64::from(units);
        let ahead = flow.tolerance.as_secs_f64().max(cost);
        let drawn = sqlx::query!(
            "insert into source_bucket as b (platform, bucket, full_at)
             values ($1, $2, clock_timestamp() + make_interval(secs => $3))
             on conflict (platform, bucket) do update
             set full_at = greatest(b.full_at, clock_timestamp()) + make_interval(secs => $3)
             where greatest(b.full_at, clock_timestamp()) + make_interval(secs => $3) <= clock_timestamp() + make_interval(secs => $4)",
            platform,
            bucket,
            cost,
            ahead
        )
        .execute(&self.pool)
        .await?;
        if drawn.rows_affected() == 1 {
            return Ok(Ok(()));
        }
        let wait = sqlx::query_scalar!(
            r#"select extract(epoch from full_at - clock_timestamp())::float8 + $3 - $4 as "wait!" from source_bucket
               where platform = $1 and bucket = $2"#,
            platform,
            bucket,
            cost,
            ahead
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Err(Duration::from_secs_f64(wait.clamp(0.01, 86_400.0))))
    }

    /// Draws `units` of a day's `most`; false when the day has no more.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn draw_of_day(
        &self,
        platform: &str,
        bucket: &str,
        units: u32,
        most: u32,
        day: Date,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "insert into source_bucket as b (platform, bucket, day, used, most) values ($1, $2, $3, $4, $5)
             on conflict (platform, bucket) do update
             set day = excluded.day, most = excluded.most, used = case when b.day = excluded.day then b.used else 0 end + excluded.used
             where case when b.day = excluded.day then b.used else 0 end + excluded.used <= $5",
            platform,
            bucket,
            day.to_sqlx() as _,
            i64::from(units),
            i64::from(most)
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Leaves a source alone for `wait`, unless it is left alone for longer already.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn pause_source(&self, platform: &str, wait: SignedDuration, why: PauseWhy) -> Result<(), StoreError> {
        sqlx::query!(
            "insert into source_state as s (platform, paused_until, paused_why)
             values ($1, now() + make_interval(secs => $2), $3)
             on conflict (platform) do update set paused_until = excluded.paused_until, paused_why = excluded.paused_why
             where s.paused_until is null or s.paused_until < excluded.paused_until",
            platform,
            wait.as_secs_f64(),
            why.as_str()
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes a fault of the service itself; from the fifth in a row on it is left alone for a while that doubles from half
    /// a minute to half an hour. Returns the faults in a row.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn source_failed(&self, platform: &str, error: &str) -> Result<i32, StoreError> {
        Ok(sqlx::query_scalar!(
            "insert into source_state as s (platform, failures, last_error, last_error_at) values ($1, 1, $2, now())
             on conflict (platform) do update
             set failures = s.failures + 1, last_error = excluded.last_error, last_error_at = now(),
                 paused_until = case when s.failures + 1 < $3 then s.paused_until
                     else greatest(s.paused_until, now() + make_interval(secs => 30 * 2 ^ least(s.failures + 1 - $3, 6))) end,
                 paused_why = case when s.failures + 1 < $3 then s.paused_why else $4 end
             returning failures",
            platform,
            error,
            AT_FAULT,
            PauseWhy::Fault.as_str()
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Notes that the service answers again.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn source_answers(&self, platform: &str) -> Result<(), StoreError> {
        sqlx::query!(
            "update source_state set failures = 0,
                 paused_until = case when paused_why = 'fault' then null else paused_until end,
                 paused_why = case when paused_why = 'fault' then null else paused_why end
             where platform = $1 and failures > 0",
            platform
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Records on what ground a source may be read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `source_ground_live` where there is one already, `source_ground_text_check` for empty words.
    pub async fn record_ground(
        &self,
        platform: &str,
        ground: &str,
        document: &str,
        actor: &str,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let id = Uuid::now_v7();
        sqlx::query!(
            "insert into source_ground (ground_id, platform, ground, document, recorded_by) values ($1, $2, $3, $4, $5)",
            id,
            platform,
            ground,
            document,
            actor
        )
        .execute(&mut *tx)
        .await?;
        ledger::append(
            &mut tx,
            "source.ground_recorded",
            actor,
            &format!("source/{platform}"),
            &json!({ "ground": id }),
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// Ends the ground of a source; it is not read any more from this moment on. False where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn end_ground(&self, platform: &str, actor: &str) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let ended = sqlx::query_scalar!(
            "update source_ground set ended_by = $2, ended_at = now() where platform = $1 and ended_at is null
             returning ground_id",
            platform,
            actor
        )
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(id) = ended {
            let detail = json!({ "ground": id });
            ledger::append(&mut tx, "source.ground_ended", actor, &format!("source/{platform}"), &detail).await?;
        }
        tx.commit().await?;
        Ok(ended.is_some())
    }

    /// Switches a source off, or on again.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn switch_source(&self, platform: &str, on: bool, actor: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query!(
            "insert into source_state (platform, switched_off_by, switched_off_at)
             values ($1, case when not $3 then $2 end, case when not $3 then now() end)
             on conflict (platform) do update
             set switched_off_by = excluded.switched_off_by, switched_off_at = excluded.switched_off_at",
            platform,
            actor,
            on
        )
        .execute(&mut *tx)
        .await?;
        let kind = if on { "source.switched_on" } else { "source.switched_off" };
        ledger::append(&mut tx, kind, actor, &format!("source/{platform}"), &json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// The grounds that hold now.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn grounds(&self) -> Result<Vec<Ground>, StoreError> {
        let rows = sqlx::query!(
            "select platform, ground, document, recorded_by, recorded_at from source_ground where ended_at is null order by 1"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Ground {
                platform: r.platform,
                ground: r.ground,
                document: r.document,
                recorded_by: r.recorded_by,
                recorded_at: r.recorded_at.to_jiff(),
            })
            .collect())
    }

    /// Every source that was ever paused, failed or switched.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        let rows = sqlx::query!(
            "select platform, paused_until, paused_why, failures, last_error, switched_off_by, switched_off_at
             from source_state order by 1"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| SourceState {
                platform: r.platform,
                paused: r.paused_until.map(jiff_sqlx::Timestamp::to_jiff).zip(r.paused_why),
                failures: r.failures,
                last_error: r.last_error,
                switched_off: r.switched_off_by.zip(r.switched_off_at.map(jiff_sqlx::Timestamp::to_jiff)),
            })
            .collect())
    }

    /// The daily quotas.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn quotas(&self) -> Result<Vec<Quota>, StoreError> {
        let rows = sqlx::query!(
            r#"select platform, bucket, day as "day!", used, most as "most!" from source_bucket where day is not null and most is not null and day >= current_date - 1 order by 1, 2"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| Quota { platform: r.platform, bucket: r.bucket, day: r.day.to_jiff(), used: r.used, most: r.most })
            .collect())
    }
}
