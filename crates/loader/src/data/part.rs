//! The four files of a dataset, and their names.

use super::idx::Kind;

/// One of the four files that make up a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Training images.
    TrainImages,
    /// Training labels.
    TrainLabels,
    /// Test images.
    TestImages,
    /// Test labels.
    TestLabels,
}

impl Part {
    /// All four files, in the order in which they are hashed and stored.
    pub const ALL: [Part; 4] = [
        Part::TrainImages,
        Part::TrainLabels,
        Part::TestImages,
        Part::TestLabels,
    ];

    /// Name of the decompressed file.
    pub fn file_name(self) -> &'static str {
        match self {
            Part::TrainImages => "train-images-idx3-ubyte",
            Part::TrainLabels => "train-labels-idx1-ubyte",
            Part::TestImages => "t10k-images-idx3-ubyte",
            Part::TestLabels => "t10k-labels-idx1-ubyte",
        }
    }

    /// Name of the compressed file.
    pub(crate) fn gz_name(self) -> String {
        format!("{}.gz", self.file_name())
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Part::TrainImages | Part::TestImages => Kind::Images,
            Part::TrainLabels | Part::TestLabels => Kind::Labels,
        }
    }

    pub(crate) fn is_train(self) -> bool {
        matches!(self, Part::TrainImages | Part::TrainLabels)
    }
}
