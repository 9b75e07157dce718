//! When the posts of the made-up world are published: most in the past days, the rest while one looks on.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// How busy each hour of the day is in Indonesia's west (WIB, UTC+7): morning roll call, noon break, evening.
const WEIGHT_BY_HOUR: [u32; 24] = [0, 0, 0, 0, 1, 3, 7, 8, 5, 4, 4, 6, 8, 5, 4, 4, 5, 7, 8, 10, 9, 6, 2, 1];

const HOUR: i64 = 3_600;
const WIB_OFFSET: i64 = 7 * HOUR;

/// When things happen.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// The moment at which the replay begins.
    pub start: Timestamp,
    /// Over how many days before `start` the past posts are spread.
    pub past_days: u16,
    /// Hundredths of the posts that lie in the past.
    pub past_percent: u8,
    /// Time between two of the others.
    pub live_every: Duration,
}

impl Schedule {
    /// The usual schedule: 85 of 100 in the last ten days, then one each three seconds.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self { start, past_days: 10, past_percent: 85, live_every: Duration::from_secs(3) }
    }

    /// The moments of `count` posts, in order; those up to `start` are there from the beginning.
    #[must_use]
    pub fn moments(&self, count: usize) -> Vec<Timestamp> {
        let past = count * usize::from(self.past_percent.min(100)) / 100;
        let live_every = SignedDuration::try_from(self.live_every).unwrap_or(SignedDuration::from_secs(3));
        let live = (1..).scan(self.start, |at, _: u64| {
            *at = at.saturating_add(live_every).unwrap_or(Timestamp::MAX);
            Some(*at)
        });
        self.past(past).into_iter().chain(live).take(count).collect()
    }

    /// `count` moments in order, dense in busy hours, none at night; always the same for the same start.
    fn past(&self, count: usize) -> Vec<Timestamp> {
        // Whole hours, so that an hour's weight holds for all of it.
        let end = self.start.as_second().div_euclid(HOUR) * HOUR;
        let begin = end - i64::from(self.past_days.max(1)) * 24 * HOUR + HOUR;
        let hours: Vec<(i64, u64)> = (begin..end).step_by(3_600).map(|hour| (hour, weight(hour))).collect();
        let total: u64 = hours.iter().map(|(_, weight)| weight * SLICES).sum();
        let (mut hour, mut before) = (0, 0);
        let mut moments = Vec::with_capacity(count);
        for index in 0..count as u64 {
            // Even steps through the weighted hours, each shaken a little so that no two days look alike.
            let place = (index * 1_000 + shake(index) % 1_000) * total / (count as u64 * 1_000);
            while let Some((_, weight)) = hours.get(hour).filter(|(_, weight)| place >= before + weight * SLICES) {
                before += weight * SLICES;
                hour += 1;
            }
            let Some((begins, weight)) = hours.get(hour) else { break };
            let micros = (place - before) * 3_600_000_000 / (weight * SLICES).max(1) + index % 1_000;
            let at = Timestamp::from_second(*begins).ok().zip(i64::try_from(micros).ok());
            let at = at.and_then(|(at, micros)| at.checked_add(SignedDuration::from_micros(micros)).ok());
            moments.push(at.unwrap_or(self.start).min(self.start));
        }
        moments.sort_unstable();
        moments
    }
}

/// Parts of an hour, so that places are fine enough.
const SLICES: u64 = 1_000_000;

fn weight(second: i64) -> u64 {
    let hour = (second + WIB_OFFSET).rem_euclid(24 * HOUR) / HOUR;
    usize::try_from(hour).ok().and_then(|hour| WEIGHT_BY_HOUR.get(hour)).copied().map_or(0, u64::from)
}

/// A number that looks random and is not.
fn shake(index: u64) -> u64 {
    index.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_spread_over_waking_hours_and_then_drip() {
        let start: Timestamp = "2029-10-20T02:17:00Z".parse().unwrap();
        let moments = Schedule::new(start).moments(600);
        assert_eq!(moments.len(), 600);
        assert!(moments.is_sorted());
        let (past, live) = moments.split_at(510);
        assert!(past.iter().all(|at| *at <= start && at.as_second() >= start.as_second() - 10 * 86_400));
        assert!(past.iter().all(|at| (4..24).contains(&((at.as_second() + WIB_OFFSET).rem_euclid(86_400) / HOUR))));
        let days: std::collections::BTreeSet<_> =
            past.iter().map(|at| (at.as_second() + WIB_OFFSET) / 86_400).collect();
        assert!(days.len() >= 10, "{} days", days.len());
        assert_eq!(live.first().map(|at| at.as_second() - start.as_second()), Some(3));
        assert_eq!(live.last().map(|at| at.as_second() - start.as_second()), Some(270));
        assert_eq!(moments, Schedule::new(start).moments(600), "always the same");
    }

    #[test]
    fn odd_schedules_do_not_fail() {
        let start: Timestamp = "2029-10-20T19:00:00Z".parse().unwrap();
        assert!(Schedule::new(start).moments(0).is_empty());
        assert_eq!(Schedule { past_percent: 100, past_days: 0, ..Schedule::new(start) }.moments(7).len(), 7);
        assert_eq!(Schedule { past_percent: 0, ..Schedule::new(start) }.moments(2).len(), 2);
        assert_eq!(Schedule { live_every: Duration::MAX, ..Schedule::new(start) }.moments(20).len(), 20);
    }
}
