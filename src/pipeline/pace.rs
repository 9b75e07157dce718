//! The limits that services set, kept by all workers together.
//!
//! A limit of 900 requests in 15 minutes becomes a bucket in Postgres that is drawn from before each request (GCRA): a tenth
//! of the limit at once, the rest spread evenly, so that no stretch of that length ever holds more than the limit. A worker
//! draws about a second's worth at a time, so that not every request costs a statement; what it does not use within two
//! seconds is lost, which only ever makes netral slower than it may be. A day's quota is counted unit by unit, in the time
//! zone in which the service counts it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::source::http::{Charge, Pace};
use crate::source::{self, Http, Limit, Per, Source, SourcesConfig};
use crate::store::{Flow, Store};

/// A turn that is this near is waited for; a later one is the collector's business.
const NEAR: Duration = Duration::from_secs(2);

/// For how long drawn units may be used.
const FRESH: Duration = Duration::from_secs(2);

/// What lies between drawing a unit and its request's arrival at the service.
const SLACK: Duration = Duration::from_secs(3);

/// Pause when the database can't be asked.
const UNKNOWN: Duration = Duration::from_secs(1);

/// Every source that is switched on, each at the pace that its service allows to all workers together.
#[must_use]
pub fn paced_sources(config: &SourcesConfig, http: &Http, store: &Store) -> Vec<Arc<dyn Source>> {
    let paces: std::sync::Mutex<Vec<Arc<SharedPace>>> = std::sync::Mutex::default();
    let sources = source::build(config, &|platform| {
        let pace = Arc::new(SharedPace::unlimited(store.clone(), platform));
        let paced = http.paced(Arc::clone(&pace) as Arc<dyn Pace>);
        paces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(pace);
        paced
    });
    for pace in paces.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        let limits = sources.iter().find(|s| s.platform() == pace.platform).map(|s| s.limits());
        // Set once, here; nothing was sent before.
        drop(pace.limits.set(limits.unwrap_or_default()));
    }
    sources
}

/// The pace of one source, kept in the database.
pub struct SharedPace {
    store: Store,
    platform: &'static str,
    limits: OnceLock<Vec<Limit>>,
    drawn: std::sync::Mutex<HashMap<&'static str, Arc<Mutex<Option<Drawn>>>>>,
}

/// Units that this process has drawn and not used yet.
#[derive(Clone, Copy)]
struct Drawn {
    units: u32,
    until: Instant,
}

impl fmt::Debug for SharedPace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedPace").field("platform", &self.platform).finish_non_exhaustive()
    }
}

impl SharedPace {
    /// A pace with limits that are known; of all that keep one source's pace, any number may stand beside each other.
    #[must_use]
    pub fn new(store: Store, platform: &'static str, limits: Vec<Limit>) -> Self {
        Self { limits: limits.into(), ..Self::unlimited(store, platform) }
    }

    /// One whose limits are set once the source is built.
    fn unlimited(store: Store, platform: &'static str) -> Self {
        Self { store, platform, limits: OnceLock::new(), drawn: std::sync::Mutex::default() }
    }

    async fn window(&self, charge: Charge, units: u32, window: Duration) -> Result<(), Duration> {
        let (flow, ahead) = flow(units, window);
        let begun = Instant::now();
        let bucket = {
            let mut drawn = self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            Arc::clone(drawn.entry(charge.bucket).or_default())
        };
        loop {
            let mut drawn = bucket.lock().await;
            if let Some(left) = drawn.as_mut()
                && left.units >= charge.units
                && left.until > Instant::now()
            {
                left.units -= charge.units;
                return Ok(());
            }
            let per_second = 1.0 / flow.emission.as_secs_f64();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 50")]
            let second = per_second.clamp(0.0, 50.0) as u32;
            let batch = charge.units.max(second.min(ahead / 4));
            let wait = match self.store.draw(self.platform, charge.bucket, batch, flow).await {
                Ok(Ok(())) => {
                    let until = Instant::now() + FRESH;
                    *drawn = Some(Drawn { units: batch - charge.units, until });
                    return Ok(());
                }
                Ok(Err(wait)) => wait,
                Err(error) => {
                    tracing::warn!(error = %error, "the pace of a source can't be asked for");
                    return Err(UNKNOWN);
                }
            };
            // The others of this process need not ask in the meantime: they stand behind this one.
            if begun.elapsed() + wait > NEAR {
                return Err(wait);
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn day(&self, charge: Charge, units: u32, zone: &str) -> Result<(), Duration> {
        let now = Timestamp::now().to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC));
        match self.store.draw_of_day(self.platform, charge.bucket, charge.units, units, now.date()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(until_midnight(&now)),
            Err(error) => {
                tracing::warn!(error = %error, "the quota of a source can't be asked for");
                Err(UNKNOWN)
            }
        }
    }
}

#[async_trait]
impl Pace for SharedPace {
    async fn admit(&self, charge: Charge) -> Result<(), Duration> {
        for limit in self.limits.get().into_iter().flatten().filter(|l| l.bucket == charge.bucket) {
            match limit.per {
                Per::Window(window) => self.window(charge, limit.units, window).await?,
                Per::Day(zone) => self.day(charge, limit.units, zone).await?,
            }
        }
        Ok(())
    }
}

/// How to draw from a limit of `units` in `window`: a tenth at once, the rest evenly; and how many that tenth is.
fn flow(units: u32, window: Duration) -> (Flow, u32) {
    let ahead = (units / 10).max(1);
    let evenly = units.saturating_sub(ahead).max(1);
    let emission = (window + SLACK) / evenly;
    (Flow { emission, tolerance: emission * ahead }, ahead)
}

fn until_midnight(now: &jiff::Zoned) -> Duration {
    let midnight = now.tomorrow().and_then(|t| t.start_of_day());
    let left = midnight.map(|m| m.timestamp().duration_since(now.timestamp()));
    left.ok().and_then(|d| Duration::try_from(d).ok()).unwrap_or(Duration::from_secs(3600)).max(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_than_its_limit() {
        for (units, seconds) in [(1, 60), (2, 60), (15, 900), (75, 900), (300, 300), (900, 900), (10_000, 900)] {
            let window = Duration::from_secs(seconds);
            let (flow, ahead) = flow(units, window);
            // The most that GCRA lets through in a stretch: what may be drawn at once, and what comes back meanwhile.
            let most = f64::from(ahead) + window.as_secs_f64() / flow.emission.as_secs_f64();
            assert!(most <= f64::from(units).max(2.0), "{units} in {seconds} s: {most}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight_where_the_service_is() {
        let now: jiff::Zoned = "2029-10-01T23:30:00-07:00[America/Los_Angeles]".parse().unwrap();
        assert_eq!(until_midnight(&now), Duration::from_secs(1800));
    }
}
