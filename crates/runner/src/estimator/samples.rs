//! Rows in the one layout that a classifier asks for, converted before the clock starts.

use std::sync::Arc;

use loader::{ImageBuffer, Images, Transform};
use ndarray::{Array2, CowArray, Ix2};

/// The form in which a classifier takes its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The bytes of the file, 0 to 255, where each feature is made of one pixel: the classifier accounts for the preprocessing
    /// itself. [`Layout::F32`] elsewhere.
    BytesOrF32,
    /// `n_rows × n_features` of `f32`, preprocessed.
    F32,
    /// `n_rows × n_features` of `f64`, preprocessed.
    F64,
}

/// Rows in one layout. They hold nothing else: no bytes beside floats.
pub struct Samples {
    n_features: usize,
    rows: Rows,
}

enum Rows {
    Bytes {
        images: ImageBuffer,
        transform: Arc<Transform>,
    },
    F32(Array2<f32>),
    F64(Array2<f64>),
}

impl Samples {
    /// Converts images into a layout, normally into [`Classifier::layout`](super::classifier::Classifier::layout).
    ///
    /// # Panics
    /// If the images are of another size than those that the transform was fitted on.
    pub fn new(images: ImageBuffer, transform: &Arc<Transform>, layout: Layout) -> Samples {
        let is_of_pixels = transform.is_of_pixels();
        let rows = match layout {
            Layout::BytesOrF32 if is_of_pixels => Rows::Bytes {
                images,
                transform: Arc::clone(transform),
            },
            Layout::BytesOrF32 | Layout::F32 => Rows::F32(transform.to_f32(images.view())),
            Layout::F64 => Rows::F64(transform.to_f64(images.view())),
        };
        Samples {
            n_features: transform.n_features(),
            rows,
        }
    }

    /// Rows of features that are floats already, `n_rows × n_features`: the layout [`Layout::F32`].
    pub fn from_f32(values: Array2<f32>) -> Samples {
        let is_by_row = values.is_standard_layout();
        Samples {
            n_features: values.ncols(),
            rows: Rows::F32(if is_by_row {
                values
            } else {
                values.as_standard_layout().into_owned()
            }),
        }
    }

    /// Rows of features that are floats already, `n_rows × n_features`, in the layout that a classifier asks for.
    pub fn from_floats(values: Array2<f32>, layout: Layout) -> Samples {
        match layout {
            Layout::BytesOrF32 | Layout::F32 => Samples::from_f32(values),
            Layout::F64 => Samples::from_f64(values.mapv(f64::from)),
        }
    }

    /// Rows of features that are floats already, `n_rows × n_features`: the layout [`Layout::F64`].
    pub fn from_f64(values: Array2<f64>) -> Samples {
        Samples {
            n_features: values.ncols(),
            rows: Rows::F64(values),
        }
    }

    /// Whether a classifier that asks for this layout can read the rows.
    pub fn has_layout(&self, layout: Layout) -> bool {
        match &self.rows {
            Rows::Bytes { .. } => layout == Layout::BytesOrF32,
            Rows::F32(_) => matches!(layout, Layout::F32 | Layout::BytesOrF32),
            Rows::F64(_) => layout == Layout::F64,
        }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        match &self.rows {
            Rows::Bytes { images, .. } => images.view().n_rows(),
            Rows::F32(values) => values.nrows(),
            Rows::F64(values) => values.nrows(),
        }
    }

    /// Number of features of one row.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// The bytes and their transform, where the rows are kept as bytes.
    pub fn as_bytes(&self) -> Option<(Images<'_>, &Transform)> {
        match &self.rows {
            Rows::Bytes { images, transform } => Some((images.view(), transform)),
            Rows::F32(_) | Rows::F64(_) => None,
        }
    }

    /// The bytes as they are in the file.
    ///
    /// # Panics
    /// If the rows are kept as floats.
    pub fn bytes(&self) -> Images<'_> {
        self.as_bytes().expect("rows that are kept as bytes").0
    }

    /// The transform that makes features of the bytes.
    ///
    /// # Panics
    /// If the rows are kept as floats.
    pub fn transform(&self) -> &Transform {
        self.as_bytes().expect("rows that are kept as bytes").1
    }

    /// The preprocessed rows in single precision.
    ///
    /// # Panics
    /// If the rows are kept as bytes, or in another layout.
    pub fn f32(&self) -> &Array2<f32> {
        match &self.rows {
            Rows::F32(values) => values,
            Rows::Bytes { .. } | Rows::F64(_) => panic!("rows in the layout F32"),
        }
    }

    /// The preprocessed rows in single precision; bytes are converted for it.
    ///
    /// # Panics
    /// If the rows are in the layout [`Layout::F64`].
    pub(crate) fn to_f32(&self) -> CowArray<'_, f32, Ix2> {
        match self.as_bytes() {
            Some((images, transform)) => transform.to_f32(images).into(),
            None => self.f32().view().into(),
        }
    }

    /// The preprocessed rows in double precision.
    ///
    /// # Panics
    /// If the rows are in another layout.
    pub fn f64(&self) -> &Array2<f64> {
        match &self.rows {
            Rows::F64(values) => values,
            Rows::Bytes { .. } | Rows::F32(_) => panic!("rows in the layout F64"),
        }
    }
}
