//! The known datasets: their sizes, checksums, class names and mirrors.
//!
//! Checksums are those of the decompressed files, because distributions recompress the files.

use crate::data::Part;

/// A dataset known by name.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// Name of the dataset and of its folder.
    pub name: &'static str,
    /// Class names, in the order of the labels.
    pub label_names: [&'static str; 10],
    /// Size in bytes and SHA-256 of each decompressed file, in the order of [`Part::ALL`].
    pub files: [(u64, &'static str); 4],
    /// URLs of folders that contain the four compressed files.
    pub mirrors: &'static [&'static str],
    /// Debian package that contains the dataset in `/usr/share/datasets/NAME`.
    pub debian_package: Option<&'static str>,
}

/// Name of the generated dataset.
pub const SYNTHETIC: &str = "synthetic";

/// Names that need no declaration in a grid: the known datasets and [`SYNTHETIC`].
pub const NAMES: [&str; 3] = [KNOWN[0].name, KNOWN[1].name, SYNTHETIC];

/// The known datasets.
pub const KNOWN: &[Known] = &[FASHION_MNIST, MNIST];

const FASHION_MNIST: Known = Known {
    name: "fashion-mnist",
    label_names: [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    files: [
        (
            47_040_016,
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        (
            60_008,
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        (
            7_840_016,
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        (
            10_008,
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ],
    mirrors: &[
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
    ],
    debian_package: Some("dataset-fashion-mnist"),
};

const MNIST: Known = Known {
    name: "mnist",
    label_names: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    files: [
        (
            47_040_016,
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        (
            60_008,
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        (
            7_840_016,
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        (
            10_008,
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ],
    mirrors: &[
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    ],
    debian_package: None,
};

/// The known dataset with this name; `None` for [`SYNTHETIC`], which has no files.
pub fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// The known name most similar to a misspelled one, if any is similar enough.
pub fn nearest(name: &str) -> Option<&'static str> {
    nearest_of(name, &NAMES)
}

/// The name in `names` most similar to a misspelled one, if any is similar enough.
pub fn nearest_of<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let scored = names
        .iter()
        .map(|&known| (strsim::jaro_winkler(&name, known), known));
    scored
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Size in bytes of the largest decompressed file of a known dataset.
pub(crate) fn largest_file() -> u64 {
    let sizes = KNOWN.iter().flat_map(|known| known.files).map(|(bytes, _)| bytes);
    sizes.max().unwrap_or(0)
}

/// The known dataset with a file of this checksum, and which file it is.
pub(crate) fn owner_of(sha256: &str) -> Option<(&'static Known, Part)> {
    KNOWN.iter().find_map(|known| {
        let position = known.files.iter().position(|(_, sum)| *sum == sha256)?;
        Some((known, Part::ALL[position]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::checksum::data_sha256;

    #[test]
    fn dataset_checksums_equal_those_of_the_sha256sum_tool() {
        // sha256sum train-images-… train-labels-… t10k-images-… t10k-labels-… | sha256sum
        let expected = [
            "5cf0562c46b89a77940b86f40a9a4325e7bed59d53ec555c4d14f0bed41ca53a",
            "d0a3eec1f5a454401d758fdbf15b9b0163a7034963586d671960c180b97e2c1a",
        ];
        for (known, expected) in KNOWN.iter().zip(expected) {
            assert_eq!(
                data_sha256(&known.files.map(|(_, sum)| sum.to_owned())),
                expected,
                "{}",
                known.name
            );
        }
    }

    #[test]
    fn every_checksum_identifies_its_dataset_and_file() {
        for known in KNOWN {
            for ((_, sum), part) in known.files.iter().zip(Part::ALL) {
                assert_eq!(owner_of(sum), Some((known, part)));
            }
        }
        assert_eq!(owner_of(&"0".repeat(64)), None);
    }

    #[test]
    fn a_misspelled_name_finds_the_most_similar_one() {
        assert_eq!(nearest("fashon-mnist"), Some("fashion-mnist"));
        assert_eq!(nearest("fashion_mnist"), Some("fashion-mnist"));
        assert_eq!(nearest("MNST"), Some("mnist"));
        assert_eq!(nearest("syntetic"), Some("synthetic"));
        assert_eq!(nearest("cifar10"), None);
    }
}
