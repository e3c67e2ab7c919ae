//! t-distributed stochastic neighbour embedding, with repulsion by interpolation on a grid (FIt-SNE), from exact neighbours.
//!
//! `bhtsne` does the descent, in one thread: its sums depend on the number of threads. Perplexity 30, 90 neighbours, 250 iterations with
//! exaggeration 12 and then 500 without, each with a learning rate of the number of images divided by the exaggeration, momentum 0.8, start
//! at the first two principal components with a standard deviation of 0.0001, as openTSNE does by default.
//!
//! # Reference
//! van der Maaten and Hinton (2008), Visualizing data using t-SNE; Linderman et al. (2019), Fast interpolation-based t-SNE; Kobak and
//! Berens (2019), The art of using t-SNE for single-cell transcriptomics, for the defaults.

use bhtsne::{Neighbor, tSNE};
use loader::ImageBuffer;

use super::layout::Layout2d;
use super::method::Method;
use super::neighbors::Neighbors;
use super::pca;

pub(super) const METHOD: Method = Method {
    name: "tsne",
    about: "t-SNE, keeps neighbours together",
    min_rows: 92,
    embed: |images, _| embed(images),
};

const PERPLEXITY: f32 = 30.0;
const N_NEIGHBORS: usize = 90;
const EXAGGERATION: f32 = 12.0;
const EXAGGERATED_ITERATIONS: usize = 250;
const ITERATIONS: usize = 500;
const MOMENTUM: f32 = 0.8;

/// Standard deviation of the first coordinate at the start.
const START: f32 = 1e-4;

fn embed(images: &ImageBuffer) -> Layout2d {
    let neighbors = Neighbors::exact(images, N_NEIGHBORS);
    let start = pca::embed(images).with_deviation(START);
    let table: Vec<Vec<Neighbor<f32>>> = (0..neighbors.n_rows())
        .map(|row| {
            let own = neighbors.of(row).iter();
            own.map(|(index, distance)| Neighbor {
                index: *index as usize,
                distance: *distance,
            })
            .collect()
        })
        .collect();
    let rows: Vec<u32> = (0..).take(neighbors.n_rows()).collect();
    let n_rows = rows.len() as f32;
    // Each phase begins without momentum, as in openTSNE.
    let descend = |start: Vec<f32>, exaggeration: f32, iterations: usize| {
        tSNE::<f32, u32, 2>::new(&rows)
            .perplexity(PERPLEXITY)
            .epochs(iterations)
            .early_exaggeration(exaggeration)
            .stop_lying_epoch(iterations + 1)
            .momentum(MOMENTUM)
            .final_momentum(MOMENTUM)
            .learning_rate((n_rows / exaggeration).max(50.0))
            .initial_embedding(start)
            .fit_sne_with_neighbors(&table)
            .embedding()
    };
    let descend = || {
        let start: Vec<f32> = start.0.iter().flatten().copied().collect();
        let exaggerated = descend(start, EXAGGERATION, EXAGGERATED_ITERATIONS);
        descend(exaggerated, 1.0, ITERATIONS)
    };
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let points = match one_thread {
        Ok(pool) => pool.install(descend),
        Err(_) => descend(),
    };
    Layout2d(points.chunks_exact(2).map(|point| [point[0], point[1]]).collect())
}
