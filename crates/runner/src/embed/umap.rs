//! UMAP: attracts neighbours of the fuzzy graph and repels random other images, by stochastic gradient descent in a fixed order.
//!
//! 15 neighbours, the image itself included, minimum distance 0.1, five repulsions for each attraction, learning rate 1 falling to 0, 200
//! epochs above 10,000 images and 500 below, the defaults of umap-learn; the start is at the first two principal components, its option
//! `init="pca"`. One thread does the descent, because threads that update shared points give another picture each time.
//!
//! # Reference
//! McInnes, Healy and Melville (2018), UMAP: uniform manifold approximation and projection, section 4.2.

use loader::ImageBuffer;
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fuzzy_graph::FuzzyGraph;
use super::layout::Layout2d;
use super::method::Method;
use super::neighbors::Neighbors;
use super::pca;

pub(super) const METHOD: Method = Method {
    name: "umap",
    about: "UMAP, keeps neighbours together",
    min_rows: 16,
    embed,
};

/// Without the image itself.
const N_NEIGHBORS: usize = 14;

/// The curve 1 / (1 + a d^2b) nearest to a plateau up to the minimum distance 0.1 that falls off with spread 1.
const A: f32 = 1.576_943_5;
const B: f32 = 0.895_060_9;

/// No coordinate moves further in a step, before the learning rate.
const CLIP: f32 = 4.0;

/// Repulsions for each attraction.
const REPULSIONS: f32 = 5.0;

/// The range of the coordinates at the start.
const RANGE: f32 = 10.0;

fn embed(images: &ImageBuffer, seed: u64) -> Layout2d {
    let neighbors = Neighbors::exact(images, N_NEIGHBORS);
    let graph = FuzzyGraph::of(&neighbors);
    let n_epochs = if neighbors.n_rows() > 10_000 { 200 } else { 500 };
    let start = pca::embed(images).in_range(RANGE);
    descend(&graph, start, n_epochs, seed)
}

/// An edge and when it is due: an edge of weight w is drawn in a share w of the epochs, the strongest one in each.
struct Due {
    from: usize,
    to: usize,
    every: f32,
    next: f32,
    next_repulsion: f32,
}

fn descend(graph: &FuzzyGraph, start: Layout2d, n_epochs: u32, seed: u64) -> Layout2d {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut points = start.0;
    let most = graph.edges.iter().map(|edge| edge.weight).fold(0.0, f32::max);
    let least = most / n_epochs as f32;
    let drawn = graph.edges.iter().filter(|edge| edge.weight >= least);
    let mut edges: Vec<Due> = drawn
        .map(|edge| {
            let every = most / edge.weight;
            Due {
                from: edge.from as usize,
                to: edge.to as usize,
                every,
                next: every,
                next_repulsion: every / REPULSIONS,
            }
        })
        .collect();
    for epoch in 0..n_epochs {
        let rate = 1.0 - epoch as f32 / n_epochs as f32;
        for edge in &mut edges {
            if edge.next > epoch as f32 {
                continue;
            }
            attract(&mut points, edge.from, edge.to, rate);
            edge.next += edge.every;
            let every = edge.every / REPULSIONS;
            let due = (epoch as f32 - edge.next_repulsion) / every;
            let n_repulsions = if due > 0.0 { due as u32 } else { 0 };
            for _ in 0..n_repulsions {
                let other = uniform(&mut random, points.len());
                repel(&mut points, edge.from, other, rate);
            }
            edge.next_repulsion += n_repulsions as f32 * every;
        }
    }
    Layout2d(points)
}

/// A row number; the bias of the product is below 2^-32 of a row's share.
fn uniform(random: &mut Xoshiro256PlusPlus, n: usize) -> usize {
    let high = random.next_u64() >> 32;
    ((high * n as u64) >> 32) as usize
}

fn attract(points: &mut [[f32; 2]], from: usize, to: usize, rate: f32) {
    let (own, other) = (points[from], points[to]);
    let square = squared_distance(own, other);
    if square <= 0.0 {
        return;
    }
    let power = square.powf(B);
    let slope = -2.0 * A * B * (power / square) / (A * power + 1.0);
    for axis in 0..2 {
        let step = (slope * (own[axis] - other[axis])).clamp(-CLIP, CLIP) * rate;
        points[from][axis] += step;
        points[to][axis] -= step;
    }
}

fn repel(points: &mut [[f32; 2]], from: usize, other: usize, rate: f32) {
    if from == other {
        return;
    }
    let (own, other) = (points[from], points[other]);
    let square = squared_distance(own, other);
    if square <= 0.0 {
        return;
    }
    let slope = 2.0 * B / ((0.001 + square) * (A * square.powf(B) + 1.0));
    for axis in 0..2 {
        points[from][axis] += (slope * (own[axis] - other[axis])).clamp(-CLIP, CLIP) * rate;
    }
}

fn squared_distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::fuzzy_graph::Edge;

    /// Two groups of ten images, each complete, without an edge between them.
    fn two_groups() -> FuzzyGraph {
        let mut edges = Vec::new();
        for from in 0..20_u32 {
            for to in (0..20).filter(|to| *to != from && (*to < 10) == (from < 10)) {
                edges.push(Edge {
                    from,
                    to,
                    weight: 1.0,
                });
            }
        }
        FuzzyGraph { edges }
    }

    #[test]
    fn groups_without_an_edge_part_and_the_seed_decides() {
        let start = || {
            Layout2d(
                (0..20_u8)
                    .map(|at| [f32::from(at % 7), f32::from(at % 5)])
                    .collect(),
            )
        };
        let found = descend(&two_groups(), start(), 300, 1);
        let center = |rows: std::ops::Range<usize>| {
            let sum = found.0[rows]
                .iter()
                .fold([0.0, 0.0], |sum, point| [sum[0] + point[0], sum[1] + point[1]]);
            sum.map(|value| value / 10.0)
        };
        let (a, b) = (center(0..10), center(10..20));
        let between = squared_distance(a, b).sqrt();
        for (row, point) in found.0.iter().enumerate() {
            let own = if row < 10 { a } else { b };
            assert!(squared_distance(*point, own).sqrt() < between / 2.0, "{found:?}");
        }
        assert_eq!(descend(&two_groups(), start(), 300, 1), found);
        assert_ne!(descend(&two_groups(), start(), 300, 2), found);
    }
}
