//! How many accounts are read at once: as many as the configuration allows, fewer while the database is slow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Back-pressure: halved by a slow commit, widened by one after a run of quick ones.
#[derive(Debug)]
pub(super) struct Width {
    most: usize,
    slow: Duration,
    now: AtomicUsize,
    quick: AtomicUsize,
}

impl Width {
    pub(super) fn new(most: usize, slow: Duration) -> Self {
        let most = most.max(1);
        Self { most, slow, now: AtomicUsize::new(most), quick: AtomicUsize::new(0) }
    }

    pub(super) fn now(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    /// Takes note of how long a page took to be written. Two threads that do so at once may count one of the two twice or
    /// not at all, which only shifts the width by a moment.
    pub(super) fn note(&self, took: Duration) {
        let now = self.now();
        if took > self.slow {
            self.quick.store(0, Ordering::Relaxed);
            self.now.store((now / 2).max(1), Ordering::Relaxed);
            if now > 1 {
                tracing::info!(width = (now / 2).max(1), "the database is slow; fewer accounts are read at once");
            }
        } else if now < self.most && self.quick.fetch_add(1, Ordering::Relaxed) >= now {
            self.quick.store(0, Ordering::Relaxed);
            self.now.store(now + 1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_database_narrows_and_a_quick_one_widens_again() {
        let width = Width::new(8, Duration::from_secs(1));
        width.note(Duration::from_secs(2));
        width.note(Duration::from_secs(2));
        assert_eq!(width.now(), 2);
        for _ in 0..10 {
            width.note(Duration::from_secs(2));
        }
        assert_eq!(width.now(), 1, "never none");
        for _ in 0..100 {
            width.note(Duration::from_millis(5));
        }
        assert_eq!(width.now(), 8);
    }
}
