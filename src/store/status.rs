//! What the coverage page and the metrics say: how each platform is doing, in figures.

use jiff::Timestamp;

use super::{Store, StoreError};

/// One platform.
#[derive(Clone, Debug)]
pub struct CoverageRow {
    /// Its name.
    pub platform: String,
    /// Accounts that are read.
    pub accounts: i64,
    /// Last time that any of them was read to the end.
    pub last_ok_at: Option<Timestamp>,
    /// Accounts whose last try failed.
    pub failing: i64,
    /// Accounts given up until an operator looks.
    pub parked: i64,
    /// Accounts that are due but not read yet.
    pub overdue: i64,
    /// The latest failure in words.
    pub last_error: Option<String>,
    /// Activities kept since the program began.
    pub kept: i64,
    /// Activities that were there already.
    pub known: i64,
    /// Activities of accounts outside the register.
    pub turned_away: i64,
    /// Items that could not be read or stored.
    pub rejected: i64,
}

impl Store {
    /// Every platform that has accounts or intake.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn coverage(&self) -> Result<Vec<CoverageRow>, StoreError> {
        let rows = sqlx::query!(
            r#"with account_state as (
                   select a.platform, count(*) as accounts, max(s.last_ok_at) as last_ok_at,
                          count(*) filter (where s.failures > 0) as failing,
                          count(*) filter (where s.parked_at is not null) as parked,
                          count(*) filter (where s.due_at < now() - interval '1 minute' and s.parked_at is null) as overdue,
                          (array_agg(s.last_error order by s.last_error_at desc nulls last))[1] as last_error
                   from account a left join collector_state s using (account_id)
                   where a.approved_at is not null and a.stopped_at is null and a.platform <> 'tip' group by a.platform),
               came_in as (
                   select platform, sum(kept)::bigint as kept, sum(known)::bigint as known,
                          sum(turned_away)::bigint as turned_away, sum(rejected)::bigint as rejected
                   from intake group by platform)
               select coalesce(a.platform, i.platform) as "platform!", coalesce(a.accounts, 0) as "accounts!", a.last_ok_at as "last_ok_at?",
                      coalesce(a.failing, 0) as "failing!", coalesce(a.parked, 0) as "parked!", coalesce(a.overdue, 0) as "overdue!",
                      a.last_error as "last_error?", coalesce(i.kept, 0) as "kept!", coalesce(i.known, 0) as "known!",
                      coalesce(i.turned_away, 0) as "turned_away!", coalesce(i.rejected, 0) as "rejected!"
               from account_state a full join came_in i on a.platform = i.platform order by 1"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|r| CoverageRow {
                platform: r.platform,
                accounts: r.accounts,
                last_ok_at: r.last_ok_at.map(jiff_sqlx::Timestamp::to_jiff),
                failing: r.failing,
                parked: r.parked,
                overdue: r.overdue,
                last_error: r.last_error,
                kept: r.kept,
                known: r.known,
                turned_away: r.turned_away,
                rejected: r.rejected,
            })
            .collect())
    }
}
