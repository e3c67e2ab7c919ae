//! The order of cells that run several at once, and their wall time.

use std::cmp::Ordering;

/// Long cells may take this many times what is expected of them.
const MARGIN: f64 = 1.25;

/// Wall seconds until the last of these cells has ended, if they start in this order, at most `jobs` at once.
pub(crate) fn wall_seconds(seconds: impl IntoIterator<Item = f64>, jobs: usize) -> f64 {
    let mut ends = vec![0.0_f64; jobs.max(1)];
    for seconds in seconds {
        // The next cell starts where one ends first.
        let first = first_end(&ends);
        ends[first] += seconds;
    }
    ends.into_iter().fold(0.0, f64::max)
}

/// The order in which cells start, as positions: the first round first, and in it the cheapest, so that there are results early. A cell
/// that would end last if it waited any longer, even if it takes [`MARGIN`] times what is expected, starts at once, so that no place is
/// empty at the end. Each cell has its round and the seconds that it is expected to take; cells of equal cost keep their order.
pub(crate) fn order(cells: &[(usize, f64)], jobs: usize) -> Vec<usize> {
    let seconds = |at: usize| cells[at].1.max(0.0);
    let mut cheapest: Vec<usize> = (0..cells.len()).collect();
    cheapest.sort_by(|a, b| {
        let rounds = cells[*a].0.cmp(&cells[*b].0);
        rounds.then(seconds(*a).total_cmp(&seconds(*b)))
    });
    if jobs < 2 {
        return cheapest;
    }
    let mut longest: Vec<usize> = (0..cells.len()).collect();
    longest.sort_by(|a, b| match seconds(*b).total_cmp(&seconds(*a)) {
        // Of equally long cells the one of the first round.
        Ordering::Equal => cells[*a].0.cmp(&cells[*b].0),
        unequal => unequal,
    });
    let (mut cheapest, mut longest) = (cheapest.into_iter(), longest.into_iter());
    let mut is_started = vec![false; cells.len()];
    let mut not_started: f64 = (0..cells.len()).map(seconds).sum();
    let mut next_longest = longest.next();
    let mut ends = vec![0.0_f64; jobs];
    let mut order = Vec::with_capacity(cells.len());
    while order.len() < cells.len() {
        let free = first_end(&ends);
        let now = ends[free];
        let running: f64 = ends.iter().map(|end| end - now).sum();
        while next_longest.is_some_and(|at| is_started[at]) {
            next_longest = longest.next();
        }
        let must_start = |at: &usize| MARGIN * seconds(*at) >= share(not_started + running, jobs);
        let next = next_longest
            .filter(must_start)
            .or_else(|| cheapest.find(|at| !is_started[*at]));
        let Some(next) = next else { break };
        is_started[next] = true;
        not_started -= seconds(next);
        ends[free] += seconds(next);
        order.push(next);
    }
    order
}

#[expect(clippy::cast_precision_loss, reason = "a number of cells that run at once")]
fn share(seconds: f64, jobs: usize) -> f64 {
    seconds / jobs as f64
}

/// The position of the smallest of these numbers, at least one.
fn first_end(ends: &[f64]) -> usize {
    let ends = ends.iter().enumerate();
    ends.min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cheap_cells_come_first_and_long_ones_early_enough() {
        let one_round = |seconds: &[f64]| seconds.iter().map(|seconds| (0, *seconds)).collect::<Vec<_>>();
        let cells = one_round(&[5.0, 1.0, 1.0, 1.0, 2.0]);
        assert_eq!(order(&cells, 1), [1, 2, 3, 4, 0]);
        assert_eq!(order(&cells, 2), [0, 1, 2, 3, 4]);
        let cells = one_round(&[4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0]);
        assert_eq!(order(&cells, 2), [1, 2, 0, 3, 4, 6, 5]);
        assert_eq!(order(&one_round(&[2.0; 4]), 3), [0, 1, 2, 3]);
        assert_eq!(order(&[(1, 1.0), (0, 9.0), (0, 2.0)], 1), [2, 1, 0]);
        assert!(order(&[], 2).is_empty());
    }

    proptest! {
        #[test]
        fn the_last_place_is_empty_for_no_longer_than_a_cheap_cell(
            mut seconds in prop::collection::vec(0.01_f64..10.0, 1..80),
            jobs in 1usize..5,
        ) {
            // One cell must not be longer than all others together.
            seconds.extend(vec![10.0; jobs]);
            let cells: Vec<(usize, f64)> = seconds.iter().map(|seconds| (0, *seconds)).collect();
            let order = order(&cells, jobs);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..cells.len()).collect::<Vec<_>>());
            let wall = wall_seconds(order.iter().map(|at| seconds[*at]), jobs);
            let least = (seconds.iter().sum::<f64>() / jobs as f64).max(10.0);
            // What any order without gaps guarantees (Graham 1966).
            prop_assert!(wall <= least + 10.0);
        }
    }

    #[test]
    fn cells_start_where_one_ends_first() {
        assert_eq!(wall_seconds([3.0, 1.0, 1.0, 1.0], 2), 3.0);
        assert_eq!(wall_seconds([1.0, 1.0, 1.0, 3.0], 2), 4.0);
        assert_eq!(wall_seconds([1.0, 2.0], 1), 3.0);
        assert_eq!(wall_seconds([], 4), 0.0);
        assert_eq!(wall_seconds([2.0], 0), 2.0);
    }
}
