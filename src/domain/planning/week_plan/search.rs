//! The search: a first plan, room for what has none, then better times.

use super::chance::Chance;
use super::model::Model;
use super::state::State;

/// Starts looked at in one step of making room; with fewer, all are.
const MOST_LOOKED_AT: usize = 400;
/// How many steps back the plan may be compared with.
const MEMORY: usize = 300;
/// Steps of the search for each step of making room, which looks at many starts.
const STEPS_PER_ROOM: u32 = 20;

/// The best plan that so many steps find.
pub(super) fn search(model: &Model, seed: u64, effort: u32) -> State<'_> {
    let mut chance = Chance::new(seed);
    let first = greedy(model);
    let roomy = make_room(model, first, &mut chance, effort / STEPS_PER_ROOM);
    let mut best = improve(model, roomy, &mut chance, effort);
    fill(model, &mut best);
    best
}

/// Those with the fewest possible starts first, each at its cheapest.
fn greedy(model: &Model) -> State<'_> {
    let mut order: Vec<usize> = (0..model.len()).collect();
    order.sort_by_key(|activity| (model.candidates[*activity].len(), -model.weights[*activity], *activity));
    let mut state = State::empty(model);
    for activity in order {
        if let Some(at) = state.best_free(activity) {
            state.put(activity, at);
        }
    }
    state
}

/// Whatever can be put in without pushing anything out, the more important first.
fn fill(model: &Model, state: &mut State<'_>) {
    let mut order: Vec<usize> = (0..model.len())
        .filter(|activity| state.chosen(*activity).is_none())
        .collect();
    order.sort_by_key(|activity| (-model.weights[*activity], *activity));
    for activity in order {
        if let Some(at) = state.best_free(activity) {
            state.put(activity, at);
        }
    }
}

/// Puts in what has no place where the least is pushed out. What is pushed out becomes dearer each time.
fn make_room<'a>(model: &'a Model, state: State<'a>, chance: &mut Chance, steps: u32) -> State<'a> {
    let mut best = state.clone();
    let mut state = state;
    // What pushing each out costs.
    let mut dear: Vec<i64> = vec![0; model.len()];
    let mut blockers = Vec::new();
    for _ in 0..steps {
        let waiting: Vec<usize> = (0..model.len())
            .filter(|activity| state.chosen(*activity).is_none() && !model.candidates[*activity].is_empty())
            .collect();
        let Some(&activity) = chance.pick(&waiting) else {
            break;
        };
        let all = &model.candidates[activity];
        let looked_at = all.len().min(MOST_LOOKED_AT);
        let from = chance.below(all.len());
        let mut cheapest: Option<(i64, i64, usize, Vec<usize>)> = None;
        let price = |others: &[usize], dear: &[i64]| -> i64 {
            others
                .iter()
                .map(|other| model.weights[*other] * (4 + dear[*other]))
                .sum()
        };
        for n in 0..looked_at {
            // All of them when there are few, else a sample spread over the week.
            let at = (from + n * all.len() / looked_at) % all.len();
            let cheapest_mate =
                |mates: &[usize]| mates.iter().copied().min_by_key(|mate| (price(&[*mate], &dear), *mate));
            state.blockers(activity, &all[at], cheapest_mate, &mut blockers);
            let key = (price(&blockers, &dear), state.cost_at(activity, &all[at]));
            if cheapest.as_ref().is_none_or(|(price, cost, ..)| key < (*price, *cost)) {
                cheapest = Some((key.0, key.1, at, blockers.clone()));
            }
        }
        let Some((_, _, at, out)) = cheapest else { continue };
        for other in &out {
            state.take(*other);
            dear[*other] += 1;
        }
        if !out.is_empty() {
            dear[activity] += 1;
        }
        state.put(activity, at);
        // What was pushed out finds another place, where there is one.
        for other in out {
            if let Some(at) = state.best_free(other) {
                state.put(other, at);
            }
        }
        if state.beats(&best) {
            best = state.clone();
        }
        shake(model, &mut state, chance);
    }
    best
}

/// Moves one session somewhere else that is free, so that the next step finds other gaps.
fn shake(model: &Model, state: &mut State<'_>, chance: &mut Chance) {
    let activity = chance.below(model.len());
    if state.chosen(activity).is_none() {
        return;
    }
    for _ in 0..4 {
        let at = chance.below(model.candidates[activity].len());
        if state.is_free(activity, &model.candidates[activity][at]) {
            state.take(activity);
            state.put(activity, at);
            return;
        }
    }
}

/// Moves and swaps sessions as long as the plan is no worse than before, or than some steps before.
fn improve<'a>(model: &'a Model, state: State<'a>, chance: &mut Chance, steps: u32) -> State<'a> {
    let mut best = state.clone();
    let mut state = state;
    let movable: Vec<usize> = (0..model.len())
        .filter(|activity| !model.candidates[*activity].is_empty())
        .collect();
    let mut memory = vec![(state.weight, -state.cost); MEMORY];
    let mut blockers = Vec::new();
    for step in 0..steps as usize {
        let Some(&activity) = chance.pick(&movable) else {
            break;
        };
        let at = chance.below(model.candidates[activity].len());
        if state.chosen(activity) == Some(at) {
            continue;
        }
        let before = (state.weight, -state.cost);
        let candidate = model.candidate(activity, at);
        state.blockers(activity, candidate, |mates| mates.first().copied(), &mut blockers);
        if blockers.len() > 1 {
            continue;
        }
        let was = state.take(activity);
        let other = blockers.first().map(|other| (*other, state.take(*other)));
        state.put(activity, at);
        if let Some((other, _)) = other {
            // The one pushed out takes the place that has become free, or else any.
            let exchange = was.and_then(|was| same_place(model, activity, was, other));
            let free = exchange.filter(|at| state.is_free(other, &model.candidates[other][*at]));
            if let Some(at) = free.or_else(|| some_free(model, &state, chance, other)) {
                state.put(other, at);
            }
        }
        let after = (state.weight, -state.cost);
        let slot = step % MEMORY;
        if after >= before || after >= memory[slot] {
            if state.beats(&best) {
                best = state.clone();
            }
        } else {
            state.take(activity);
            if let Some((other, was)) = other {
                state.take(other);
                if let Some(was) = was {
                    state.put(other, was);
                }
            }
            if let Some(was) = was {
                state.put(activity, was);
            }
        }
        memory[slot] = memory[slot].max((state.weight, -state.cost));
    }
    best
}

/// The start of `other` at the time and venue that `activity` had.
fn same_place(model: &Model, activity: usize, was: usize, other: usize) -> Option<usize> {
    let place = model.candidate(activity, was);
    let key = (place.starts, place.venue);
    model.candidates[other]
        .binary_search_by_key(&key, |candidate| (candidate.starts, candidate.venue))
        .ok()
}

/// One of a few starts drawn by lot that is free.
fn some_free(model: &Model, state: &State<'_>, chance: &mut Chance, activity: usize) -> Option<usize> {
    let all = &model.candidates[activity];
    (0..8)
        .map(|_| chance.below(all.len()))
        .find(|at| all.get(*at).is_some_and(|candidate| state.is_free(activity, candidate)))
}
