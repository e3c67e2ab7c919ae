//! Tests on the real datasets, if `HEMLINE_DATA` contains them.

use std::env;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use loader::{LoadError, Source, catalog};

use crate::sandbox::*;

/// The folder that contains both datasets; `None`, with a message, if it is missing.
fn data() -> Option<PathBuf> {
    let data = env::var_os("HEMLINE_DATA").map(PathBuf::from);
    let data = data.filter(|data| catalog::KNOWN.iter().all(|known| data.join(known.name).is_dir()));
    if data.is_none() {
        println!("skipped: HEMLINE_DATA does not contain fashion-mnist and mnist");
    }
    data
}

fn known(name: &str) -> Source {
    Source::Known(catalog::known(name).unwrap())
}

#[test]
fn both_datasets_have_the_checksums_of_the_catalog() {
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
fn a_file_of_mnist_under_the_name_fashion_mnist_is_reported_as_mnist() {
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
fn a_folder_with_the_files_of_a_known_dataset_opens_with_a_note() {
    let Some(data) = data() else { return };
    let sandbox = Sandbox::new();
    let (dataset, log) = sandbox.open_logged(&folder_source(&data.join("mnist")));
    assert_eq!((dataset.name.as_str(), dataset.n_classes), ("mine", 10));
    assert!(log.contains("the files are those of mnist"), "{log}");
}
