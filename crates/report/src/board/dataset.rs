//! Fashion-MNIST and MNIST, recognized by name and checksum.
//!
//! Other data may have the same name. The board shows it as another dataset.

use crate::input::{Row, Status};

/// Name of Fashion-MNIST in results files.
pub const FASHION_MNIST: &str = "fashion-mnist";

/// Name of MNIST in results files.
pub const MNIST: &str = "mnist";

/// `data_sha256` of Fashion-MNIST.
pub const FASHION_MNIST_SHA256: &str = "5cf0562c46b89a77940b86f40a9a4325e7bed59d53ec555c4d14f0bed41ca53a";

/// `data_sha256` of MNIST.
pub const MNIST_SHA256: &str = "d0a3eec1f5a454401d758fdbf15b9b0163a7034963586d671960c180b97e2c1a";

/// The names of the classes of Fashion-MNIST, by label.
pub const FASHION_MNIST_CLASSES: [&str; 10] = [
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
];

/// The dataset of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Dataset {
    FashionMnist,
    Mnist,
    /// `label` is the name with the first digits of the checksum.
    Other {
        name: String,
        label: String,
    },
}

impl Dataset {
    /// The dataset of a row.
    pub(super) fn of(row: &Row) -> Self {
        match (row.dataset.as_str(), row.data_sha256.as_str()) {
            (FASHION_MNIST, FASHION_MNIST_SHA256) => Self::FashionMnist,
            (MNIST, MNIST_SHA256) => Self::Mnist,
            // A cell that failed before it read the data lacks the checksum. It has no score, so it cannot mislead.
            (FASHION_MNIST, "") if row.status != Status::Ok => Self::FashionMnist,
            (MNIST, "") if row.status != Status::Ok => Self::Mnist,
            (name, sha) => {
                let start: String = sha.chars().take(8).collect();
                let label = match start.as_str() {
                    "" if [FASHION_MNIST, MNIST].contains(&name) => format!("{name} (unknown data)"),
                    "" => name.to_owned(),
                    start => format!("{name} ({start})"),
                };
                Self::Other {
                    name: name.to_owned(),
                    label,
                }
            }
        }
    }

    /// The name that a table shows.
    pub(super) fn label(&self) -> &str {
        match self {
            Self::FashionMnist => FASHION_MNIST,
            Self::Mnist => MNIST,
            Self::Other { label, .. } => label,
        }
    }
}

/// Whether a row is of Fashion-MNIST or MNIST. Other data, whatever their name, are in no table of these two.
pub(crate) fn is_benchmark(row: &Row) -> bool {
    !matches!(Dataset::of(row), Dataset::Other { .. })
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// `data_sha256` as `docs/results-format.md` defines it, from the checksums of the four decompressed files.
    fn identity(sums: [&str; 4]) -> String {
        let files = [
            "train-images-idx3",
            "train-labels-idx1",
            "t10k-images-idx3",
            "t10k-labels-idx1",
        ];
        let lines: String = sums
            .iter()
            .zip(files)
            .map(|(sum, file)| format!("{sum}  {file}-ubyte\n"))
            .collect();
        Sha256::digest(lines)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    #[test]
    fn data_sha256_follows_from_the_checksums_of_the_four_files() {
        let fashion = identity([
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ]);
        let mnist = identity([
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ]);
        assert_eq!(
            (fashion.as_str(), mnist.as_str()),
            (FASHION_MNIST_SHA256, MNIST_SHA256)
        );
    }
}
