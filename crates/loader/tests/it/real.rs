//! The real datasets, where `HEMLINE_DATA` has them.

use std::env;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use loader::{LoadError, Source, catalog};

use crate::sandbox::*;

/// The folder that holds both, or nothing and a word about it.
fn data() -> Option<PathBuf> {
    let data = env::var_os("HEMLINE_DATA").map(PathBuf::from);
    let data = data.filter(|data| catalog::KNOWN.iter().all(|known| data.join(known.name).is_dir()));
    if data.is_none() {
        println!("skipped: HEMLINE_DATA does not hold fashion-mnist and mnist");
    }
    data
}

fn known(name: &str) -> Source {
    Source::Known(catalog::known(name).unwrap())
}

#[test]
fn both_datasets_open_with_the_sums_that_the_catalog_says() {
    let Some(data) = data() else { return };
    let sandbox = Sandbox::new();
    symlink(data, sandbox.path("env")).unwrap();
    for (name, pixel_sum) in [("fashion-mnist", 3_431_114_169_u64), ("mnist", 1_567_298_545)] {
        let dataset = sandbox.open(name, &known(name)).unwrap();
        assert_eq!(
            (dataset.train.n_rows(), dataset.test.n_rows(), dataset.n_classes),
            (60_000, 10_000, 10)
        );
        let sums = dataset.file_sums().map(|file| (file.bytes as u64, file.sha256));
        let expected = catalog::known(name)
            .unwrap()
            .files
            .map(|(bytes, sum)| (bytes, sum.to_owned()));
        assert_eq!(sums, expected);
        let sum: u64 = dataset
            .train
            .images
            .view()
            .pixels()
            .iter()
            .map(|&pixel| u64::from(pixel))
            .sum();
        assert_eq!(sum, pixel_sum);
    }
}

#[test]
fn fashion_mnist_s_name_with_any_file_of_mnist_is_refused_as_what_it_is() {
    let Some(data) = data() else { return };
    for swapped in [&FILES[..], &FILES[1..2], &FILES[3..]] {
        let sandbox = Sandbox::new();
        let folder = sandbox.path("data/fashion-mnist");
        std::fs::create_dir_all(&folder).unwrap();
        for file in FILES {
            let from = if swapped.contains(&file) {
                "mnist"
            } else {
                "fashion-mnist"
            };
            let file = format!("{file}.gz");
            symlink(data.join(from).join(&file), folder.join(&file)).unwrap();
        }
        let error = sandbox
            .open("fashion-mnist", &known("fashion-mnist"))
            .unwrap_err();
        let LoadError::Mistaken { is, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*is, format!("{} of mnist", swapped[0]));
        assert!(sandbox.cached_files().is_empty());
    }
}

#[test]
fn a_folder_with_the_bytes_of_a_known_dataset_is_taken_and_said_to_be_so() {
    let Some(data) = data() else { return };
    let sandbox = Sandbox::new();
    let (dataset, log) = sandbox.open_logged(&folder_source(&data.join("mnist")));
    assert_eq!((dataset.name.as_str(), dataset.n_classes), ("mine", 10));
    assert!(log.contains("these are the bytes of mnist"), "{log}");
}
