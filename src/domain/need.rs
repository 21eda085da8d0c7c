//! A need (诉求) somebody told of, in one line: heard, and later resolved, or resolved on the spot.

use jiff::Timestamp;

use super::id::{NeedId, SessionId, VisitId};

/// Longest need, and longest outcome, characters.
pub const NEED_CHARS: usize = 200;
/// The most needs of one session.
pub const SESSION_MAX: u64 = 3_000;

/// A need as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The id the device made.
    pub id: NeedId,
    /// Where it was heard.
    pub session: Option<SessionId>,
    /// At which visit.
    pub visit: Option<VisitId>,
    /// The need, in one line.
    pub text: String,
    /// When it was heard.
    pub recorded_at: Timestamp,
    /// When it was resolved; none while open.
    pub resolved_at: Option<Timestamp>,
    /// How; empty while open.
    pub outcome: String,
}

impl Need {
    /// Whether it still waits.
    pub fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// Resolved where it was heard.
    pub fn is_on_the_spot(&self) -> bool {
        self.resolved_at == Some(self.recorded_at)
    }
}

/// How long needs took from being heard to being resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DaysToResolve {
    /// How many were resolved.
    pub needs: i64,
    /// Days on average.
    pub average: f64,
    /// Half of them took at most so many days.
    pub median: f64,
}

const DAY_SECONDS: f64 = 86_400.0;

/// Days from hearing to resolving over `spans` (heard, resolved). What was resolved before it was written down took no time. None without any.
pub fn days_to_resolve(spans: &[(Timestamp, Timestamp)]) -> Option<DaysToResolve> {
    let mut days: Vec<f64> = spans
        .iter()
        .map(|(heard, resolved)| (resolved.duration_since(*heard).as_secs_f64() / DAY_SECONDS).max(0.0))
        .collect();
    days.sort_by(f64::total_cmp);
    let middle = days.len() / 2;
    let median = match (
        days.get(middle),
        middle.checked_sub(1).and_then(|before| days.get(before)),
    ) {
        (Some(upper), Some(lower)) if days.len().is_multiple_of(2) => f64::midpoint(*lower, *upper),
        (Some(one), _) => *one,
        (None, _) => return None,
    };
    Some(DaysToResolve {
        needs: i64::try_from(days.len()).unwrap_or(i64::MAX),
        average: days.iter().sum::<f64>() / days.len() as f64,
        median,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn days_run_from_hearing_to_resolving() {
        let heard = at("2026-11-01T10:00:00Z");
        let span = |text: &str| (heard, at(text));
        assert_eq!(days_to_resolve(&[]), None);
        let three = days_to_resolve(&[
            span("2026-11-01T10:00:00Z"),
            span("2026-11-02T10:00:00Z"),
            span("2026-11-06T10:00:00Z"),
        ])
        .expect("some");
        assert_eq!((three.needs, three.average, three.median), (3, 2.0, 1.0));
        let two = days_to_resolve(&[span("2026-11-02T10:00:00Z"), span("2026-11-04T10:00:00Z")]).expect("some");
        assert_eq!((two.needs, two.median), (2, 2.0));
        let early = days_to_resolve(&[span("2026-10-01T10:00:00Z")]).expect("some");
        assert_eq!((early.average, early.median), (0.0, 0.0), "typed in late");
    }
}
