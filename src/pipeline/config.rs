//! `[collect]` of the configuration.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

/// How the collectors work; `[collect]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CollectConfig {
    /// Accounts read at the same time by one process.
    pub concurrency: usize,
    /// Seconds between two readings of an account at first; then its own rhythm counts.
    pub interval_seconds: u64,
    /// No account is read more often than this, in seconds.
    pub shortest_interval_seconds: u64,
    /// No account is read less often than this, in seconds, unless its service asks for more.
    pub longest_interval_seconds: u64,
    /// How much longer the intervals are on days outside every stage of the live lists.
    pub off_stage_factor: f64,
    /// Seconds between two readings of what people do with a campaign account.
    pub campaign_interval_seconds: u64,
    /// Seconds for which a worker holds an account; a dead worker's accounts are free again after that.
    pub lease_seconds: u64,
    /// Pages of one account in one pass; the rest comes in the next pass.
    pub pages_per_pass: usize,
    /// When writing a page takes longer than this, in milliseconds, fewer accounts are read at the same time.
    pub slow_commit_ms: u64,
}

impl Default for CollectConfig {
    fn default() -> Self {
        Self {
            concurrency: 8,
            interval_seconds: 900,
            shortest_interval_seconds: 300,
            longest_interval_seconds: 21_600,
            off_stage_factor: 2.0,
            campaign_interval_seconds: 3600,
            lease_seconds: 300,
            pages_per_pass: 200,
            slow_commit_ms: 2_000,
        }
    }
}

impl CollectConfig {
    /// For how long a worker holds an account.
    #[must_use]
    pub fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::try_from(self.lease_seconds).unwrap_or(300).max(5))
    }

    /// The longest that one answer may take: a worker lets go before its lease ends, so that no two read one account.
    pub(super) fn longest_fetch(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.max(5)).mul_f64(0.8)
    }

    /// The interval to begin with, and the shortest and longest one.
    pub(super) fn intervals(&self) -> (Duration, Duration, Duration) {
        let first = Duration::from_secs(self.interval_seconds.max(1));
        let shortest = Duration::from_secs(self.shortest_interval_seconds.max(1)).min(first);
        (first, shortest, Duration::from_secs(self.longest_interval_seconds).max(first))
    }
}
