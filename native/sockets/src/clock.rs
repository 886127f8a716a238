//! From the library's microseconds to seconds on the caller's monotonic clock.
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

/// A drift that is no measuring error: the library holds its clock back when the process was stopped for a while.
const JUMP_US: i64 = 1000;

/// Ties three clocks: the caller's seconds, Rust's `Instant` (the same hardware clock) and the library's microseconds.
#[derive(Debug)]
pub struct Clock {
    /// The caller's clock and ours, read at the same moment.
    caller: f64,
    ours: Instant,
    /// Microseconds to add to the library's time to get those since `ours`. Kept as it is until it is off by more than a millisecond,
    /// so that two messages keep the order and the distance of their arrival.
    offset: AtomicI64,
}

impl Clock {
    /// `caller` is the caller's clock now, `library` the library's.
    pub fn new(caller: f64, library: i64) -> Self {
        Self { caller, ours: Instant::now(), offset: AtomicI64::new(-library) }
    }

    /// Looks whether the library's clock still runs with ours; `library` is its time now.
    pub fn check(&self, library: i64) {
        let elapsed = i64::try_from(self.ours.elapsed().as_micros()).unwrap_or(i64::MAX);
        let offset = elapsed.saturating_sub(library);
        if (offset - self.offset.load(Ordering::Relaxed)).abs() > JUMP_US {
            self.offset.store(offset, Ordering::Relaxed);
        }
    }

    /// The library's time `library` in seconds on the caller's clock.
    pub fn seconds(&self, library: i64) -> f64 {
        self.caller + (library + self.offset.load(Ordering::Relaxed)) as f64 * 1e-6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_of_tying_is_the_same_on_both_clocks() {
        let clock = Clock::new(100.0, 5_000_000);
        assert!((clock.seconds(5_000_000) - 100.0).abs() < 1e-9);
        assert!((clock.seconds(5_250_000) - 100.25).abs() < 1e-9);
    }

    #[test]
    fn a_clock_that_was_held_back_is_tied_anew() {
        let clock = Clock::new(100.0, 5_000_000);
        clock.check(2_000_000); // the library says three seconds less than it should
        assert!((clock.seconds(2_000_000) - 100.0).abs() < 0.5);
    }

    #[test]
    fn measuring_errors_do_not_move_it() {
        let clock = Clock::new(100.0, 5_000_000);
        let before = clock.seconds(6_000_000);
        clock.check(5_000_100);
        assert!((clock.seconds(6_000_000) - before).abs() < 1e-9);
    }
}
