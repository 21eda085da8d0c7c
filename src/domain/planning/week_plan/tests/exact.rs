//! The best weight there is, found by trying everything: a branch and bound with nothing of the planner's.

use jiff::Timestamp;

use super::super::Problem;
use super::naive::{Span, Standing, all_starts, fixed, same_leader, same_venue, span, standing};

struct Exact<'a> {
    problem: &'a Problem,
    /// The possible starts of each activity, beside what is fixed.
    starts: Vec<Vec<Span>>,
    /// The weight of the activities from here on that have a start at all.
    rest: Vec<i64>,
    /// In which order activities are tried.
    order: Vec<usize>,
    best: i64,
}

/// The greatest weight that can be placed, and the weight of everything that could be placed by itself.
pub(super) fn best_weight(problem: &Problem) -> (i64, i64) {
    let stands = fixed(problem);
    let all: Vec<(crate::domain::id::VenueId, Timestamp)> = all_starts(problem);
    let starts: Vec<Vec<Span>> = problem
        .activities
        .iter()
        .map(|activity| {
            all.iter()
                .filter(|(venue, from)| standing(problem, activity, *venue, *from) == Standing::Open)
                .map(|(venue, from)| span(problem, activity, *venue, *from))
                .filter(|one| {
                    !stands
                        .iter()
                        .any(|busy| same_venue(one, busy) || same_leader(one, busy))
                })
                .collect()
        })
        .collect();
    let mut order: Vec<usize> = (0..starts.len()).filter(|at| !starts[*at].is_empty()).collect();
    order.sort_by_key(|at| (-problem.activities[*at].priority.weight(), starts[*at].len()));
    let weight = |at: &usize| problem.activities[*at].priority.weight();
    let rest = (0..=order.len())
        .map(|from| order[from..].iter().map(weight).sum())
        .collect();
    let mut exact = Exact {
        problem,
        starts,
        rest,
        order,
        best: 0,
    };
    exact.descend(0, 0, &mut Vec::new());
    (exact.best, exact.rest[0])
}

impl Exact<'_> {
    fn descend(&mut self, depth: usize, weight: i64, placed: &mut Vec<(usize, Span)>) {
        self.best = self.best.max(weight);
        if depth == self.order.len() || weight + self.rest[depth] <= self.best {
            return;
        }
        let at = self.order[depth];
        let activity = &self.problem.activities[at];
        let full = activity.partner_id.is_some_and(|partner| {
            let terms = &self.problem.partners[&partner];
            let same = |(other, _): &&(usize, Span)| self.problem.activities[*other].partner_id == Some(partner);
            let count = placed.iter().filter(same).count() + terms.already;
            terms.per_week().is_some_and(|most| count >= most)
        });
        if !full {
            for n in 0..self.starts[at].len() {
                let one = self.starts[at][n].clone();
                if placed
                    .iter()
                    .any(|(_, other)| same_venue(&one, other) || same_leader(&one, other))
                {
                    continue;
                }
                placed.push((at, one));
                self.descend(depth + 1, weight + activity.priority.weight(), placed);
                placed.pop();
                if weight + self.rest[depth] <= self.best {
                    return;
                }
            }
        }
        self.descend(depth + 1, weight, placed);
    }
}
