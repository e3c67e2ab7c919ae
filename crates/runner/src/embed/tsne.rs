//! t-distributed stochastic neighbour embedding, with repulsion by interpolation on a grid (FIt-SNE), from exact neighbours.
//!
//! `bhtsne` does the descent, in one thread: its sums depend on the number of threads. Perplexity 30, 90 neighbours, early exaggeration 12 for 250 of 750 iterations, learning rate a twelfth of the
//! number of images, start at the first two principal components with a standard deviation of 0.0001, as openTSNE does by default.
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
const ITERATIONS: usize = 750;

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
    let start: Vec<f32> = start.0.iter().flatten().copied().collect();
    let rate = (rows.len() as f32 / EXAGGERATION).max(50.0);
    let descend = || {
        tSNE::<f32, u32, 2>::new(&rows)
            .perplexity(PERPLEXITY)
            .epochs(ITERATIONS)
            .early_exaggeration(EXAGGERATION)
            .stop_lying_epoch(EXAGGERATED_ITERATIONS)
            .momentum_switch_epoch(EXAGGERATED_ITERATIONS)
            .learning_rate(rate)
            .initial_embedding(start)
            .fit_sne_with_neighbors(&table)
            .embedding()
    };
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let points = match one_thread {
        Ok(pool) => pool.install(descend),
        Err(_) => descend(),
    };
    Layout2d(points.chunks_exact(2).map(|point| [point[0], point[1]]).collect())
}
