//! A plan in the making: who stands where, what it weighs and costs. A change costs a few comparisons, not a new count.

use super::model::{Candidate, Model};
use super::score::{CROWDED, SAME_AUDIENCE, SAME_DAY};

/// A plan in the making.
#[derive(Clone)]
pub(super) struct State<'a> {
    model: &'a Model,
    /// The chosen start of each activity.
    chosen: Vec<Option<usize>>,
    /// Who stands at each venue.
    at_venue: Vec<Vec<usize>>,
    /// How many of each limited group are placed.
    in_group: Vec<usize>,
    /// Sessions per day, fixed ones included.
    per_day: [i64; 7],
    /// What is placed, by weight.
    pub(super) weight: i64,
    /// What it costs.
    pub(super) cost: i64,
}

impl<'a> State<'a> {
    /// Nothing is placed.
    pub(super) fn empty(model: &'a Model) -> Self {
        Self {
            model,
            chosen: vec![None; model.len()],
            at_venue: vec![Vec::new(); model.venues.len()],
            in_group: vec![0; model.limits.len()],
            per_day: model.per_day,
            weight: 0,
            cost: 0,
        }
    }

    /// The start an activity has.
    pub(super) fn chosen(&self, activity: usize) -> Option<usize> {
        self.chosen[activity]
    }

    /// What is placed, and at which start.
    pub(super) fn placed(&self) -> impl Iterator<Item = (usize, usize)> {
        self.chosen
            .iter()
            .enumerate()
            .filter_map(|(activity, candidate)| candidate.map(|candidate| (activity, candidate)))
    }

    fn standing(&self, activity: usize) -> Option<&'a Candidate> {
        self.chosen[activity].map(|candidate| self.model.candidate(activity, candidate))
    }

    /// Who stands in the way of an activity at a start, added to `found`. Itself never does. Where its group is full, `full` picks one of
    /// the group that would have to go.
    pub(super) fn blockers(
        &self,
        activity: usize,
        candidate: &Candidate,
        full: impl Fn(&[usize]) -> Option<usize>,
        found: &mut Vec<usize>,
    ) {
        found.clear();
        for other in &self.at_venue[candidate.venue] {
            if *other != activity && self.standing(*other).is_some_and(|theirs| candidate.crowds(theirs)) {
                found.push(*other);
            }
        }
        for other in &self.model.rivals[activity] {
            if self.standing(*other).is_some_and(|theirs| candidate.overlaps(theirs)) && !found.contains(other) {
                found.push(*other);
            }
        }
        let Some(group) = self.model.group[activity].filter(|_| self.chosen[activity].is_none()) else {
            return;
        };
        let mates: Vec<usize> = (0..self.model.len())
            .filter(|other| self.model.group[*other] == Some(group) && self.chosen[*other].is_some())
            .collect();
        let leaving = mates.iter().filter(|other| found.contains(other)).count();
        if mates.len() - leaving >= self.model.limits[group] {
            let staying: Vec<usize> = mates.into_iter().filter(|other| !found.contains(other)).collect();
            found.extend(full(&staying));
        }
    }

    /// Whether nothing stands in the way of an activity at a start.
    pub(super) fn is_free(&self, activity: usize, candidate: &Candidate) -> bool {
        let crowded = self.at_venue[candidate.venue]
            .iter()
            .any(|other| *other != activity && self.standing(*other).is_some_and(|theirs| candidate.crowds(theirs)));
        let busy = self.model.rivals[activity]
            .iter()
            .any(|other| self.standing(*other).is_some_and(|theirs| candidate.overlaps(theirs)));
        let full = self.chosen[activity].is_none()
            && self.model.group[activity].is_some_and(|group| self.in_group[group] >= self.model.limits[group]);
        !crowded && !busy && !full
    }

    /// What an activity costs at a start, given what else is placed; it must not be placed itself.
    pub(super) fn cost_at(&self, activity: usize, candidate: &Candidate) -> i64 {
        let met = self.model.sharing[activity]
            .iter()
            .filter(|other| self.standing(**other).is_some_and(|theirs| candidate.overlaps(theirs)))
            .count();
        let doubled = self.model.doubles[activity]
            .iter()
            .filter(|other| self.standing(**other).is_some_and(|theirs| candidate.day == theirs.day))
            .count();
        candidate.cost
            + met as i64 * SAME_AUDIENCE
            + doubled as i64 * SAME_DAY
            + (2 * self.per_day[candidate.day] + 1) * CROWDED
    }

    /// Places an activity that is not placed.
    pub(super) fn put(&mut self, activity: usize, at: usize) {
        let candidate = self.model.candidate(activity, at);
        self.cost += self.cost_at(activity, candidate);
        self.weight += self.model.weights[activity];
        self.chosen[activity] = Some(at);
        self.at_venue[candidate.venue].push(activity);
        self.per_day[candidate.day] += 1;
        if let Some(group) = self.model.group[activity] {
            self.in_group[group] += 1;
        }
    }

    /// Takes an activity out; the start it had.
    pub(super) fn take(&mut self, activity: usize) -> Option<usize> {
        let at = self.chosen[activity].take()?;
        let candidate = self.model.candidate(activity, at);
        self.at_venue[candidate.venue].retain(|other| *other != activity);
        self.per_day[candidate.day] -= 1;
        if let Some(group) = self.model.group[activity] {
            self.in_group[group] -= 1;
        }
        self.weight -= self.model.weights[activity];
        self.cost -= self.cost_at(activity, candidate);
        Some(at)
    }

    /// Whether this plan is better than another.
    pub(super) fn beats(&self, other: &Self) -> bool {
        (self.weight, -self.cost) > (other.weight, -other.cost)
    }

    /// The start with no obstacle that costs least, the earliest of those alike.
    pub(super) fn best_free(&self, activity: usize) -> Option<usize> {
        let all = &self.model.candidates[activity];
        all.iter()
            .enumerate()
            .filter(|(_, candidate)| self.is_free(activity, candidate))
            .min_by_key(|(at, candidate)| (self.cost_at(activity, candidate), *at))
            .map(|(at, _)| at)
    }
}
