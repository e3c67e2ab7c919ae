//! Benchmarks of the preprocessing `patches`, and the share of the peak of the matrix product that it reaches.
//!
//! They use Fashion-MNIST if `HEMLINE_DATA` contains it, or else generated images of the same size. One thread.

use std::env;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use divan::Bencher;
use loader::{Dataset, ImageBuffer, Preprocessing, Search, Source, Transform, catalog};
use ndarray::Array2;
use ndarray::linalg::general_mat_mul;
use tempfile::TempDir;

const N_IMAGES: usize = 1_000;

/// Multiplications and additions per image and centre: 23 × 23 positions of 6 × 6 pixels.
const OPERATIONS: usize = 2 * 23 * 23 * 36;

/// Side of the square matrices whose product is the peak.
const SIDE: usize = 1024;

const CENTRES: [usize; 2] = [400, 1_600];

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    pool.expect("no pool has been built before");
    divan::main();
    if env::args().any(|argument| argument == "--bench") {
        print_shares();
    }
}

static DATASET: LazyLock<Dataset> = LazyLock::new(|| {
    let temp: TempDir = tempfile::tempdir().expect("a folder for temporary files");
    let real = env::var_os("HEMLINE_DATA").map(|data| PathBuf::from(data).join("fashion-mnist"));
    let (name, source) = match real.filter(|folder| folder.is_dir()) {
        Some(path) => ("bench", Source::Folder { path, labels: None }),
        None => (
            catalog::SYNTHETIC,
            Source::Synthetic {
                train: 60_000,
                test: 10_000,
                seed: 0,
            },
        ),
    };
    let mut search = Search::from_env(None);
    search.cache_dirs = vec![temp.path().to_owned()];
    loader::open(name, &source, &search, &mut |_| {}).expect("the dataset is complete")
});

fn images() -> ImageBuffer {
    let rows: Vec<usize> = (0..N_IMAGES).collect();
    DATASET.train.images.select(&rows)
}

fn patches(centres: usize) -> Preprocessing {
    let text = format!("patches(centres={centres}, standardise=false)");
    text.parse().expect("a preprocessing")
}

#[divan::bench(args = CENTRES, sample_count = 2, sample_size = 1)]
fn fit_patches_400000(bencher: Bencher, centres: usize) {
    let images = DATASET.train.images.view();
    bencher.bench(|| Transform::fit(patches(centres), black_box(images)));
}

#[divan::bench(args = CENTRES, sample_count = 5, sample_size = 1)]
fn patches_to_f32_1000x784(bencher: Bencher, centres: usize) {
    let images = images();
    let transform = Transform::fit(patches(centres), images.view());
    bencher.bench(|| transform.to_f32(black_box(images.view())));
}

/// The shortest of several runs.
fn shortest(mut run: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..10).map(time).min().expect("several runs")
}

#[expect(clippy::cast_precision_loss, reason = "a rate is approximate")]
fn rate(operations: usize, time: Duration) -> f64 {
    operations as f64 / time.as_secs_f64() / 1e9
}

fn print_shares() {
    let factor = Array2::<f32>::from_elem((SIDE, SIDE), 0.5);
    let mut product = Array2::zeros((SIDE, SIDE));
    let time = shortest(|| general_mat_mul(1.0, black_box(&factor), &factor, 0.0, &mut product));
    let peak = rate(2 * SIDE * SIDE * SIDE, time);
    println!("\nproduct of {SIDE} × {SIDE} matrices in f32: {peak:.0} billion operations per second");
    let images = images();
    for centres in CENTRES {
        let transform = Transform::fit(patches(centres), images.view());
        let time = shortest(|| {
            black_box(transform.to_f32(images.view()));
        });
        let reached = rate(OPERATIONS * N_IMAGES * centres, time);
        let share = 100.0 * reached / peak;
        println!("patches, {centres} centres: {reached:.0} billion, {share:.0} % of it");
    }
}
