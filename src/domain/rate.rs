//! How often a channel may be used: a bucket of tokens that fills by itself, kept as one instant.
//!
//! A bucket holds `burst` tokens and gets one every interval. All that has to be remembered is when it will be full again (the generic cell rate
//! algorithm, ITU-T I.371 annex A), so two instances of the program share a bucket by sharing one row. In any span of time at most `burst` plus
//! one per whole interval are taken: [`Spec::most_in`].

use jiff::{SignedDuration, Timestamp};

/// How large a bucket is and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    burst: i64,
    interval_us: i64,
}

impl Spec {
    /// A bucket of `burst` tokens that gets `refill` tokens in every `window_seconds`. What is not at least one counts as one.
    pub const fn new(burst: u32, refill: u32, window_seconds: u32) -> Self {
        let refill = if refill == 0 { 1 } else { refill as i64 };
        let window_us = if window_seconds == 0 { 1 } else { window_seconds as i64 } * 1_000_000;
        Self {
            burst: if burst == 0 { 1 } else { burst as i64 },
            // Rounded up: never faster than asked.
            interval_us: (window_us + refill - 1) / refill,
        }
    }

    /// The most that can be taken in any span of that length, its two ends included.
    pub fn most_in(self, span: SignedDuration) -> i64 {
        let span_us = i64::try_from(span.as_micros()).unwrap_or(i64::MAX).max(0);
        self.burst.saturating_add(span_us / self.interval_us)
    }
}

/// What came of asking for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// It was there and is taken.
    Taken,
    /// There is none before this instant.
    WaitUntil(Timestamp),
}

/// Asks a bucket that will be full at `full_at` (none: it is full) for a token. Gives the instant at which it will be full afterwards.
///
/// # Errors
/// The instant at which there will be a token.
pub fn take(full_at: Option<Timestamp>, spec: Spec, now: Timestamp) -> Result<Timestamp, Timestamp> {
    let instant = |us: i64| Timestamp::from_microsecond(us).unwrap_or(Timestamp::MAX);
    let now_us = now.as_microsecond();
    let whole_us = spec.burst.saturating_mul(spec.interval_us);
    // An instant further ahead than an empty bucket needs is left over from a clock that went backwards: it counts as empty.
    let full_us = full_at.map_or(now_us, |at| {
        at.as_microsecond().clamp(now_us, now_us.saturating_add(whole_us))
    });
    let after_us = full_us.saturating_add(spec.interval_us);
    let free_us = after_us.saturating_sub(whole_us);
    if free_us <= now_us {
        Ok(instant(after_us))
    } else {
        Err(instant(free_us))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROBOT: Spec = Spec::new(5, 15, 60);

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_764_000_000_000 + ms).expect("an instant")
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_per_interval() {
        let mut full = None;
        for _ in 0..5 {
            full = Some(take(full, ROBOT, at(0)).expect("a token"));
        }
        assert_eq!(take(full, ROBOT, at(0)), Err(at(4_000)));
        assert_eq!(take(full, ROBOT, at(3_999)), Err(at(4_000)));
        let full = take(full, ROBOT, at(4_000)).expect("a token again");
        assert_eq!(take(Some(full), ROBOT, at(4_000)), Err(at(8_000)));
        assert_eq!(ROBOT.most_in(SignedDuration::from_secs(60)), 20);
    }

    #[test]
    fn a_clock_that_goes_back_two_hours_does_not_stop_the_channel_for_two_hours() {
        let mut full = None;
        for _ in 0..5 {
            full = Some(take(full, ROBOT, at(7_200_000)).expect("a token"));
        }
        let wait = take(full, ROBOT, at(0)).expect_err("it counts as empty");
        assert_eq!(wait, at(4_000));
    }

    proptest! {
        #[test]
        fn never_more_than_its_most_in_any_span(
            burst in 1..30_u32, refill in 1..200_u32, window in 1..3600_u32,
            steps in prop::collection::vec(0..20_000_i64, 1..200), span_ms in 0..120_000_i64,
        ) {
            let spec = Spec::new(burst, refill, window);
            let (mut now, mut full, mut taken) = (0, None, Vec::new());
            for step in steps {
                now += step;
                match take(full, spec, at(now)) {
                    Ok(after) => { full = Some(after); taken.push(now); }
                    Err(free) => {
                        prop_assert!(free > at(now));
                        // Exactly then there is one.
                        prop_assert!(take(full, spec, free).is_ok());
                    }
                }
            }
            let most = spec.most_in(SignedDuration::from_millis(span_ms));
            for (i, first) in taken.iter().enumerate() {
                let inside = taken[i..].iter().take_while(|at| **at - first <= span_ms).count();
                prop_assert!(i64::try_from(inside).expect("a count") <= most);
            }
        }
    }
}
