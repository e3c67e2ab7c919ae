//! Connected components of rows: rows of different components are so far apart that their covariance is negligible.

use ndarray::Array2;
use rayon::prelude::*;

use crate::native::gaussian_process::squared_distances::NormedRows;

/// Rows of a tile of distances: 8 MB per thread.
const TILE: usize = 1024;

/// Tiles whose edges are found before they are merged.
const TILES_PER_GROUP: usize = 16;

/// The connected components of the graph whose edges join rows with a squared distance of at most `max_squared_distance`.
/// Components are in the order of their first rows, and their rows are ascending.
pub(crate) fn connected_components(rows: &NormedRows, max_squared_distance: f64) -> Vec<Vec<usize>> {
    let n_rows = rows.n_rows();
    let n_tiles = n_rows.div_ceil(TILE);
    let tiles: Vec<(usize, usize)> = (0..n_tiles)
        .flat_map(|first| (first..n_tiles).map(move |second| (first * TILE, second * TILE)))
        .collect();
    let mut components = UnionFind::new(n_rows);
    for group in tiles.chunks(TILES_PER_GROUP) {
        let edges = (group.par_iter()).map(|&tile| spanning_edges(rows, tile, max_squared_distance));
        for (one, other) in edges.collect::<Vec<_>>().into_iter().flatten() {
            components.union(one, other);
        }
        if components.n_components == 1 {
            break;
        }
    }
    components.into_components()
}

/// A spanning forest of the edges between two tiles: it connects the same rows with the fewest edges.
fn spanning_edges(
    rows: &NormedRows,
    (first, second): (usize, usize),
    max_squared_distance: f64,
) -> Vec<(usize, usize)> {
    let (tile, others) = (rows.span(first, TILE), rows.span(second, TILE));
    let mut distances = Array2::zeros((tile.n_rows(), others.n_rows()));
    tile.squared_distances(others, distances.view_mut());
    let mut components = UnionFind::new(tile.n_rows() + others.n_rows());
    let mut edges = Vec::new();
    for (row, distances) in distances.rows().into_iter().enumerate() {
        for (other, &distance) in distances.iter().enumerate() {
            if distance <= max_squared_distance
                && first + row != second + other
                && components.union(row, tile.n_rows() + other)
            {
                edges.push((first + row, second + other));
            }
        }
    }
    edges
}

/// Disjoint sets of rows. Parents lead to the root of a set, which is its lowest row.
struct UnionFind {
    parents: Vec<usize>,
    n_components: usize,
}

impl UnionFind {
    fn new(n_rows: usize) -> UnionFind {
        UnionFind {
            parents: (0..n_rows).collect(),
            n_components: n_rows,
        }
    }

    fn root(&mut self, mut row: usize) -> usize {
        while self.parents[row] != row {
            self.parents[row] = self.parents[self.parents[row]];
            row = self.parents[row];
        }
        row
    }

    /// Merges the sets of two rows and returns whether they were different.
    fn union(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.parents[one.max(other)] = one.min(other);
            self.n_components -= 1;
        }
        one != other
    }

    fn into_components(mut self) -> Vec<Vec<usize>> {
        let n_rows = self.parents.len();
        let mut component_of_root = vec![0; n_rows];
        let mut components: Vec<Vec<usize>> = Vec::with_capacity(self.n_components);
        for row in 0..n_rows {
            let root = self.root(row);
            if root == row {
                component_of_root[row] = components.len();
                components.push(Vec::new());
            }
            components[component_of_root[root]].push(row);
        }
        components
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chains_of_edges_make_a_component_and_distant_rows_are_alone() {
        let positions = [0.0, 10.0, 1.0, 20.0, 2.0, 11.0];
        let rows = NormedRows::new(Array2::from_shape_fn((6, 1), |(row, _)| positions[row]));
        assert_eq!(
            connected_components(&rows, 1.0),
            [vec![0, 2, 4], vec![1, 5], vec![3]]
        );
        assert_eq!(connected_components(&rows, 0.9).len(), 6);
        assert_eq!(connected_components(&rows, 81.0), [[0, 1, 2, 3, 4, 5]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn components_on_a_line_end_at_its_gaps(gaps in proptest::collection::vec(0u32..40, 1000..2600)) {
            // Rows shuffled over several tiles: a row's position is the sum of the gaps up to it.
            let n = gaps.len();
            let shuffled = |row: usize| row * 7919 % n;
            prop_assume!(n % 7919 != 0);
            let positions: Vec<u32> = gaps.iter().scan(0, |sum, gap| { *sum += gap; Some(*sum) }).collect();
            let coordinate = |(row, _): (usize, usize)| f64::from(positions[shuffled(row)]);
            let rows = NormedRows::new(Array2::from_shape_fn((n, 1), coordinate));
            let found = connected_components(&rows, 38.0 * 38.0 + 0.5);
            let n_wide_gaps = gaps[1..].iter().filter(|&&gap| gap == 39).count();
            prop_assert_eq!(found.len(), n_wide_gaps + 1);
            let mut all: Vec<usize> = found.concat();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..n));
            for component in found {
                let mut own: Vec<u32> = component.iter().map(|&row| positions[shuffled(row)]).collect();
                own.sort_unstable();
                prop_assert!(own.windows(2).all(|pair| pair[1] - pair[0] < 39));
            }
        }
    }
}
