//! Benchmarks of the scattering transform on generated images, on one thread.
//!
//! The time does not depend on the pixels. Multiply that of 1,000 images by 70 for all rows of Fashion-MNIST.

use std::hint::black_box;

use divan::Bencher;
use loader::{Images, Preprocessing, Transform};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};
use rayon::{ThreadPool, ThreadPoolBuilder};

const SIDE: usize = 28;

fn main() {
    divan::main();
}

fn pixels(n: usize) -> Vec<u8> {
    let mut pixels = vec![0; n * SIDE * SIDE];
    Xoshiro256PlusPlus::seed_from_u64(0).fill_bytes(&mut pixels);
    pixels
}

fn one_thread() -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread can be started")
}

fn preprocessing(text: &str) -> Preprocessing {
    text.parse().expect("a preprocessing")
}

const SETTINGS: [&str; 3] = [
    "scattering(J=2)",
    "scattering(J=3)",
    "scattering(J=2, max_order=1)",
];

#[divan::bench(args = SETTINGS, sample_count = 10, sample_size = 1)]
fn scattering_1000x784(bencher: Bencher, setting: &str) {
    let pixels = pixels(1_000);
    let images = Images::new(&pixels, SIDE, SIDE);
    let transform = Transform::fit(preprocessing(setting), images);
    let pool = one_thread();
    bencher.bench(|| pool.install(|| transform.to_f32(black_box(images))));
}

/// Computes the filters.
#[divan::bench(args = SETTINGS, sample_count = 10, sample_size = 1)]
fn fit_scattering_28x28(bencher: Bencher, setting: &str) {
    let pixels = pixels(1);
    let images = Images::new(&pixels, SIDE, SIDE);
    bencher.bench(|| Transform::fit(preprocessing(setting), black_box(images)));
}
