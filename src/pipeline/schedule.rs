//! When to read an account again. Pure: randomness and durations come in, a duration comes out.

use std::time::Duration;

/// Shortest pause after a failure.
const FIRST_RETRY: Duration = Duration::from_secs(30);

/// Longest pause after a failure.
const LONGEST_RETRY: Duration = Duration::from_secs(6 * 3600);

/// The pause after the `failures`-th failure in a row (from 1): doubling from 30 s to 6 h, give or take a quarter, and
/// never shorter than the service asked for.
///
/// `dice` is uniform in 0..1.
pub(super) fn after_failure(failures: u32, asked: Option<Duration>, dice: f64) -> Duration {
    let doubled = FIRST_RETRY.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_RETRY);
    let own = doubled.mul_f64(0.75 + 0.5 * dice.clamp(0.0, 1.0));
    own.max(asked.unwrap_or_default().min(LONGEST_RETRY * 4))
}

/// An account's own rhythm: the interval halves when a pass finds something new and grows by a quarter when it does not,
/// within its bounds. Whoever posts all day is read often, whoever is silent seldom, and nobody has to set anything.
pub(super) fn rhythm(previous: Duration, found: bool, shortest: Duration, longest: Duration) -> Duration {
    let next = if found { previous / 2 } else { previous.saturating_mul(5) / 4 };
    next.clamp(shortest, longest)
}

/// The pause after a whole pass: the interval, give or take a tenth so that accounts drift apart, and never shorter than
/// the service asked for (a feed's ttl, a rate limit), up to a day.
pub(super) fn after_success(interval: Duration, asked: Option<Duration>, dice: f64) -> Duration {
    let own = interval.mul_f64(0.9 + 0.2 * dice.clamp(0.0, 1.0));
    own.max(asked.unwrap_or_default().min(Duration::from_secs(86_400)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_back_off_and_stop_growing() {
        let pauses: Vec<_> = (1..=20).map(|n| after_failure(n, None, 0.5)).collect();
        assert_eq!(pauses[0], FIRST_RETRY);
        assert!(pauses.windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(pauses[19], LONGEST_RETRY);
        assert_eq!(after_failure(u32::MAX, None, 0.5), LONGEST_RETRY);
    }

    #[test]
    fn an_account_is_read_as_often_as_it_posts_within_bounds() {
        let (shortest, longest) = (Duration::from_secs(300), Duration::from_secs(21_600));
        let mut interval = Duration::from_secs(900);
        for _ in 0..30 {
            interval = rhythm(interval, false, shortest, longest);
        }
        assert_eq!(interval, longest);
        interval = rhythm(interval, true, shortest, longest);
        assert_eq!(interval, longest / 2);
        for _ in 0..30 {
            interval = rhythm(interval, true, shortest, longest);
        }
        assert_eq!(interval, shortest);
    }

    #[test]
    fn the_service_is_given_the_pause_it_asks_for_but_not_any_pause() {
        assert_eq!(after_failure(1, Some(Duration::from_secs(900)), 0.0), Duration::from_secs(900));
        assert_eq!(after_failure(1, Some(Duration::MAX), 0.0), LONGEST_RETRY * 4);
        assert_eq!(after_success(Duration::from_secs(60), Some(Duration::MAX), 0.0), Duration::from_secs(86_400));
    }

    #[test]
    fn jitter_stays_within_its_bounds() {
        for dice in [0.0, 0.3, 1.0, f64::NAN.max(0.0)] {
            let pause = after_success(Duration::from_secs(1000), None, dice);
            assert!((900..=1100).contains(&pause.as_secs()), "{pause:?}");
        }
    }
}
