//! Rows as the engines take them: the bytes, or floats after preprocessing, made once and before the clock starts.

use loader::{ImageBuffer, Images, Scaler};
use ndarray::{Array2, Axis, CowArray, Ix2};
use std::sync::{Arc, OnceLock};

/// The form in which an engine takes the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As they are in the file, 0 to 255; the engine does its own preprocessing, and cannot where a float is made of several bytes.
    Bytes,
    /// As they are in the file where a float is made of one byte, and else as `F32`: the engine works on either.
    Rows,
    /// `n_rows × n_features` of `f32`, preprocessed.
    F32,
    /// `n_rows × n_features` of `f64`, preprocessed.
    F64,
}

/// Images with the preprocessing that applies to them.
pub struct Samples {
    images: ImageBuffer,
    scaler: Arc<Scaler>,
    single: OnceLock<Array2<f32>>,
    double: OnceLock<Array2<f64>>,
}

impl Samples {
    /// Puts images and their preprocessing together; nothing is converted yet.
    pub fn new(images: ImageBuffer, scaler: Arc<Scaler>) -> Samples {
        Samples {
            images,
            scaler,
            single: OnceLock::new(),
            double: OnceLock::new(),
        }
    }

    /// Converts now, so that no engine's time holds it.
    pub fn prepare(&self, layout: Layout) {
        match layout {
            Layout::Bytes => {}
            Layout::Rows if self.scaler.is_of_pixels() => {}
            Layout::Rows | Layout::F32 => drop(self.f32()),
            Layout::F64 => drop(self.f64()),
        }
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.bytes().n_rows()
    }

    /// Floats of one row.
    pub fn n_features(&self) -> usize {
        self.scaler.n_features()
    }

    /// The bytes as they are in the file.
    pub fn bytes(&self) -> Images<'_> {
        self.images.view()
    }

    /// What is done to a byte to make it a float.
    pub fn scaler(&self) -> &Scaler {
        &self.scaler
    }

    /// The preprocessed rows in single precision.
    pub fn f32(&self) -> &Array2<f32> {
        self.single.get_or_init(|| self.scaler.to_f32(self.bytes()))
    }

    /// The preprocessed rows in single precision, of [`Layout::Rows`]: made anew of bytes, and not kept.
    pub(crate) fn all(&self) -> CowArray<'_, f32, Ix2> {
        if self.scaler.is_of_pixels() {
            self.scaler.to_f32(self.bytes()).into()
        } else {
            self.f32().view().into()
        }
    }

    /// Some of them.
    pub(crate) fn select(&self, rows: &[usize]) -> Array2<f32> {
        if self.scaler.is_of_pixels() {
            self.scaler.to_f32(self.images.select(rows).view())
        } else {
            self.f32().select(Axis(0), rows)
        }
    }

    /// Some of the preprocessed rows in double precision, made anew.
    pub(crate) fn select_f64(&self, rows: &[usize]) -> Array2<f64> {
        self.scaler.to_f64(self.images.select(rows).view())
    }

    /// The preprocessed rows in double precision.
    pub fn f64(&self) -> &Array2<f64> {
        self.double.get_or_init(|| self.scaler.to_f64(self.bytes()))
    }
}
