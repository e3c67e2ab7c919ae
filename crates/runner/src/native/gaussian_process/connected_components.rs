//! Islands: sets of rows with no similarity worth counting from one to another, so that each has a covariance of its own.

use ndarray::Array2;
use rayon::prelude::*;

use crate::native::gaussian_process::squared_distances::NormedRows;

/// Rows whose distances to as many others are computed at once: 8 MB a thread.
const TILE: usize = 1024;

/// Tiles of which the links are found before any is followed.
const GROUP: usize = 16;

/// Rows as they hang together: two rows are linked if their squared distance is at most `reach`, and an island is all that links lead to.
/// Islands are in the order of their first rows, rows ascending.
pub(crate) fn islands(table: &NormedRows, reach: f64) -> Vec<Vec<usize>> {
    let n_rows = table.n_rows();
    let n_tiles = n_rows.div_ceil(TILE);
    let tiles: Vec<(usize, usize)> = (0..n_tiles)
        .flat_map(|first| (first..n_tiles).map(move |second| (first * TILE, second * TILE)))
        .collect();
    let mut forest = UnionFind::new(n_rows);
    for group in tiles.chunks(GROUP) {
        let links = group.par_iter().map(|&tile| links(table, tile, reach));
        for (one, other) in links.collect::<Vec<_>>().into_iter().flatten() {
            forest.join(one, other);
        }
        if forest.n_trees == 1 {
            break;
        }
    }
    forest.trees()
}

/// Links of two tiles that join all that theirs do, and no more than it takes.
fn links(table: &NormedRows, (first, second): (usize, usize), reach: f64) -> Vec<(usize, usize)> {
    let (rows, others) = (table.span(first, TILE), table.span(second, TILE));
    let mut apart = Array2::zeros((rows.n_rows(), others.n_rows()));
    rows.apart(others, apart.view_mut());
    let mut forest = UnionFind::new(rows.n_rows() + others.n_rows());
    let mut links = Vec::new();
    for (row, apart) in apart.rows().into_iter().enumerate() {
        for (other, &apart) in apart.iter().enumerate() {
            if apart <= reach && first + row != second + other && forest.join(row, rows.n_rows() + other) {
                links.push((first + row, second + other));
            }
        }
    }
    links
}

/// Trees of rows that hang together: every row knows one nearer to the root, which is the lowest.
struct UnionFind {
    parents: Vec<usize>,
    n_trees: usize,
}

impl UnionFind {
    fn new(n_rows: usize) -> UnionFind {
        UnionFind {
            parents: (0..n_rows).collect(),
            n_trees: n_rows,
        }
    }

    fn root(&mut self, mut row: usize) -> usize {
        while self.parents[row] != row {
            self.parents[row] = self.parents[self.parents[row]];
            row = self.parents[row];
        }
        row
    }

    /// Makes one tree of two rows' trees; whether they were two.
    fn join(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.parents[one.max(other)] = one.min(other);
            self.n_trees -= 1;
        }
        one != other
    }

    fn trees(mut self) -> Vec<Vec<usize>> {
        let n_rows = self.parents.len();
        let mut decision_classes = vec![0; n_rows];
        let mut trees: Vec<Vec<usize>> = Vec::with_capacity(self.n_trees);
        for row in 0..n_rows {
            let root = self.root(row);
            if root == row {
                decision_classes[row] = trees.len();
                trees.push(Vec::new());
            }
            trees[decision_classes[root]].push(row);
        }
        trees
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chains_of_links_make_an_island_and_far_rows_are_alone() {
        let decision_classes = [0.0, 10.0, 1.0, 20.0, 2.0, 11.0];
        let table = NormedRows::new(Array2::from_shape_fn((6, 1), |(row, _)| decision_classes[row]));
        assert_eq!(islands(&table, 1.0), [vec![0, 2, 4], vec![1, 5], vec![3]]);
        assert_eq!(islands(&table, 0.9).len(), 6);
        assert_eq!(islands(&table, 81.0), [[0, 1, 2, 3, 4, 5]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn islands_on_a_line_lie_between_its_gaps(steps in proptest::collection::vec(0u32..40, 1000..2600)) {
            // Rows shuffled over several tiles: a row's place is the sum of the steps up to it.
            let n = steps.len();
            let at = |row: usize| row * 7919 % n;
            prop_assume!(n % 7919 != 0);
            let sums: Vec<u32> = steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }).collect();
            let table = NormedRows::new(Array2::from_shape_fn((n, 1), |(row, _)| f64::from(sums[at(row)])));
            let found = islands(&table, 38.0 * 38.0 + 0.5);
            let n_gaps = steps[1..].iter().filter(|&&step| step == 39).count();
            prop_assert_eq!(found.len(), n_gaps + 1);
            let mut all: Vec<usize> = found.concat();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..n));
            for island in found {
                let mut decision_classes: Vec<u32> = island.iter().map(|&row| sums[at(row)]).collect();
                decision_classes.sort_unstable();
                prop_assert!(decision_classes.windows(2).all(|pair| pair[1] - pair[0] < 39));
            }
        }
    }
}
