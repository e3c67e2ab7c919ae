//! Benchmarks of reading datasets and of converting bytes to floats.
//!
//! They use Fashion-MNIST if `HEMLINE_DATA` contains it, or else the generated dataset of the same size.

use std::env;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use divan::Bencher;
use flate2::{Compression, write::GzEncoder};
use loader::{Dataset, Preprocessing, Search, Source, Transform, catalog, idx};
use tempfile::TempDir;

fn main() {
    divan::main();
}

/// A dataset, the folder of its compressed files, and a folder for caches.
struct Setting {
    temp: TempDir,
    folder: PathBuf,
    dataset: Dataset,
}

static SETTING: LazyLock<Setting> = LazyLock::new(|| {
    let temp = tempfile::tempdir().expect("a folder for temporary files");
    let real = env::var_os("HEMLINE_DATA").map(|data| PathBuf::from(data).join("fashion-mnist"));
    let cache = temp.path().join("warm");
    if let Some(folder) = real.filter(|folder| folder.is_dir()) {
        let dataset = open(&folder, &cache);
        return Setting {
            temp,
            folder,
            dataset,
        };
    }
    let source = Source::Synthetic {
        train: 60_000,
        test: 10_000,
        seed: 0,
    };
    let made = loader::open(catalog::SYNTHETIC, &source, &search(&cache), &mut |_| {})
        .expect("the dataset is generated");
    let folder = temp.path().join("synthetic");
    write(&folder, &made);
    let dataset = open(&folder, &cache);
    Setting {
        temp,
        folder,
        dataset,
    }
});

fn search(cache: &Path) -> Search {
    Search {
        cache_dirs: vec![cache.to_owned()],
        ..Search::from_env(None)
    }
}

fn open(folder: &Path, cache: &Path) -> Dataset {
    let source = Source::Folder {
        path: folder.to_owned(),
        labels: None,
    };
    loader::open("bench", &source, &search(cache), &mut |_| {}).expect("the folder is complete")
}

fn write(folder: &Path, dataset: &Dataset) {
    std::fs::create_dir_all(folder).expect("the folder can be created");
    for (file, split) in [("train", &dataset.train), ("t10k", &dataset.test)] {
        let images = (
            format!("{file}-images-idx3-ubyte.gz"),
            idx::write_images(split.images.view()),
        );
        let labels = (
            format!("{file}-labels-idx1-ubyte.gz"),
            idx::write_labels(&split.labels),
        );
        for (name, bytes) in [images, labels] {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&bytes).expect("writing to memory succeeds");
            std::fs::write(
                folder.join(name),
                encoder.finish().expect("writing to memory succeeds"),
            )
            .expect("the disk has space");
        }
    }
}

#[divan::bench]
fn idx_images_60000x784(bencher: Bencher) {
    let file = idx::write_images(SETTING.dataset.train.images.view());
    bencher.bench(|| idx::read_images(black_box(&file)).map(|images| images.n_rows()));
}

#[divan::bench]
fn idx_labels_60000(bencher: Bencher) {
    let file = idx::write_labels(&SETTING.dataset.train.labels);
    bencher.bench(|| idx::read_labels(black_box(&file), 10));
}

/// Decompresses, hashes, checks, writes to the cache and syncs.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn open_gz_70000x784(bencher: Bencher) {
    let cold = || tempfile::tempdir_in(SETTING.temp.path()).expect("a fresh cache folder");
    bencher
        .with_inputs(cold)
        .bench_refs(|cache| open(&SETTING.folder, cache.path()));
}

/// Reads and hashes.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn open_cached_70000x784(bencher: Bencher) {
    let cache = SETTING.temp.path().join("warm");
    open(&SETTING.folder, &cache);
    bencher.bench(|| open(&SETTING.folder, &cache));
}

#[divan::bench(args = [1_000, 60_000], sample_count = 20, sample_size = 1)]
fn read_cached_nx784(bencher: Bencher, n_train: usize) {
    let path = &SETTING.dataset.cache;
    bencher.bench(|| loader::read_cached(path, n_train, n_train.min(10_000)));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn synthetic_70000x784(bencher: Bencher) {
    let cold = || tempfile::tempdir_in(SETTING.temp.path()).expect("a fresh cache folder");
    let source = Source::Synthetic {
        train: 60_000,
        test: 10_000,
        seed: 0,
    };
    bencher
        .with_inputs(cold)
        .bench_refs(|cache| loader::open(catalog::SYNTHETIC, &source, &search(cache.path()), &mut |_| {}));
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn fit_standard_60000x784(bencher: Bencher) {
    let images = SETTING.dataset.train.images.view();
    bencher.bench(|| Transform::fit(Preprocessing::STANDARD, black_box(images)));
}

/// The preprocessings that take seconds; the others have benches of their own.
fn quick() -> impl Iterator<Item = &'static Preprocessing> {
    let all = Preprocessing::EXAMPLES.iter();
    all.filter(|preprocessing| !preprocessing.is_costly())
}

#[divan::bench(args = quick(), sample_count = 5, sample_size = 1)]
fn to_f32_60000x784(bencher: Bencher, preprocessing: &Preprocessing) {
    let images = SETTING.dataset.train.images.view();
    let transform = Transform::fit(*preprocessing, images);
    bencher.bench(|| transform.to_f32(black_box(images)));
}

#[divan::bench(args = quick(), sample_count = 5, sample_size = 1)]
fn to_f64_60000x784(bencher: Bencher, preprocessing: &Preprocessing) {
    let images = SETTING.dataset.train.images.view();
    let transform = Transform::fit(*preprocessing, images);
    bencher.bench(|| transform.to_f64(black_box(images)));
}
