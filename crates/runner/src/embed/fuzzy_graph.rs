//! The fuzzy graph of UMAP: how strongly each image belongs to the neighbourhood of another.
//!
//! # Reference
//! McInnes, Healy and Melville (2018), UMAP: uniform manifold approximation and projection, sections 3.1 and 4.1.

use super::neighbors::Neighbors;

/// Steps of the search for a bandwidth, and its tolerance.
const STEPS: usize = 64;
const TOLERANCE: f64 = 1e-5;

/// The least bandwidth, as a share of the mean distance.
const LEAST_BANDWIDTH: f64 = 1e-3;

/// The edges of the graph, each in both directions: sorted by image, then by neighbour.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FuzzyGraph {
    pub(super) edges: Vec<Edge>,
}

/// One direction of an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    /// From 0 to 1.
    pub(super) weight: f32,
}

impl FuzzyGraph {
    /// The graph of some neighbours: the memberships of both directions, united by a + b − ab.
    pub(super) fn of(neighbors: &Neighbors) -> FuzzyGraph {
        let n = neighbors.n_rows();
        let mean_of_all = mean(neighbors.all.iter().map(|(_, distance)| f64::from(*distance)));
        let mut directed: Vec<Edge> = Vec::with_capacity(2 * neighbors.all.len());
        for row in 0..n {
            let own = neighbors.of(row);
            for ((to, _), weight) in own.iter().zip(memberships(own, mean_of_all)) {
                let from = row as u32;
                directed.push(Edge {
                    from,
                    to: *to,
                    weight,
                });
                // The other direction, with a weight below 0 as its mark until both are united.
                directed.push(Edge {
                    from: *to,
                    to: from,
                    weight: -weight,
                });
            }
        }
        directed.sort_unstable_by(|a, b| {
            (a.from, a.to)
                .cmp(&(b.from, b.to))
                .then(a.weight.total_cmp(&b.weight))
        });
        let edges = directed
            .chunk_by(|a, b| (a.from, a.to) == (b.from, b.to))
            .map(|same| {
                let weight = match same {
                    [one] => one.weight.abs(),
                    [a, b, ..] => a.weight.abs() + b.weight.abs() - a.weight.abs() * b.weight.abs(),
                    [] => 0.0,
                };
                Edge { weight, ..same[0] }
            });
        FuzzyGraph {
            edges: edges.filter(|edge| edge.weight > 0.0).collect(),
        }
    }
}

/// How strongly an image belongs to each of its neighbours: 1 for the nearest, falling with the distance beyond it, so that the sum is
/// the logarithm of the number of neighbours, the image itself included.
fn memberships(neighbors: &[(u32, f32)], mean_of_all: f64) -> Vec<f32> {
    let distances: Vec<f64> = neighbors
        .iter()
        .map(|(_, distance)| f64::from(*distance))
        .collect();
    let target = ((neighbors.len() + 1) as f64).log2();
    let nearest = distances
        .iter()
        .copied()
        .find(|distance| *distance > 0.0)
        .unwrap_or(0.0);
    let sum = |bandwidth: f64| -> f64 {
        let beyond = distances.iter().map(|distance| distance - nearest);
        beyond
            .map(|d| if d > 0.0 { (-d / bandwidth).exp() } else { 1.0 })
            .sum()
    };
    let (mut low, mut high, mut bandwidth) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..STEPS {
        let difference = sum(bandwidth) - target;
        if difference.abs() < TOLERANCE {
            break;
        }
        if difference > 0.0 {
            high = bandwidth;
            bandwidth = f64::midpoint(low, high);
        } else {
            low = bandwidth;
            bandwidth = if high.is_infinite() {
                bandwidth * 2.0
            } else {
                f64::midpoint(low, high)
            };
        }
    }
    let scale = if nearest > 0.0 {
        // The image itself, at distance 0, counts too.
        distances.iter().sum::<f64>() / (distances.len() + 1) as f64
    } else {
        mean_of_all
    };
    let bandwidth = bandwidth.max(LEAST_BANDWIDTH * scale);
    let beyond = distances.iter().map(|distance| distance - nearest);
    beyond
        .map(|d| {
            if d > 0.0 {
                (-d / bandwidth).exp() as f32
            } else {
                1.0
            }
        })
        .collect()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    if n > 0.0 { sum / n } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memberships_sum_to_the_logarithm_of_the_neighbours() {
        let neighbors: Vec<(u32, f32)> = (1..=14_u8)
            .map(|at| (u32::from(at), f32::from(at) * 0.3))
            .collect();
        let found = memberships(&neighbors, 1.0);
        assert_eq!(found[0], 1.0);
        assert!(found.windows(2).all(|pair| pair[0] > pair[1]));
        let sum: f32 = found.iter().sum();
        assert!((sum - 15.0_f32.log2()).abs() < 1e-3, "{sum}");
    }

    #[test]
    fn both_directions_of_an_edge_are_united() {
        let neighbors = Neighbors {
            k: 1,
            all: vec![(1, 1.0), (0, 1.0), (0, 2.0)],
        };
        let graph = FuzzyGraph::of(&neighbors);
        let ends: Vec<(u32, u32)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        assert_eq!(ends, [(0, 1), (0, 2), (1, 0), (2, 0)]);
        assert!(graph.edges.iter().all(|edge| edge.weight == 1.0), "{graph:?}");
    }
}
