//! Two-dimensional fast Fourier transforms of complex images of one size.

use std::fmt;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

/// Transforms between images of `height` rows of `width` values and their spectra.
///
/// A spectrum is stored transposed: `width` rows, one per frequency along columns, of `height` values. So each direction
/// transposes once. Neither direction divides by the number of values.
#[derive(Clone)]
pub(super) struct Fourier {
    height: usize,
    width: usize,
    forward: Along,
    inverse: Along,
}

/// One-dimensional transforms of the rows of an image, and of its columns.
#[derive(Clone)]
struct Along {
    rows: Arc<dyn Fft<f64>>,
    columns: Arc<dyn Fft<f64>>,
}

impl Fourier {
    /// Transforms for images of `height` × `width` values, both at least 1.
    pub(super) fn new(height: usize, width: usize) -> Fourier {
        let mut planner = FftPlanner::new();
        Fourier {
            height,
            width,
            forward: Along {
                rows: planner.plan_fft_forward(width),
                columns: planner.plan_fft_forward(height),
            },
            inverse: Along {
                rows: planner.plan_fft_inverse(width),
                columns: planner.plan_fft_inverse(height),
            },
        }
    }

    /// Rows of an image.
    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// Values per row of an image.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Number of values of an image, and of its spectrum.
    pub(super) fn len(&self) -> usize {
        self.height * self.width
    }

    /// Length of the scratch space of [`Fourier::forward`] and [`Fourier::inverse`].
    pub(super) fn scratch_len(&self) -> usize {
        let plans = [&self.forward, &self.inverse].map(|along| [&along.rows, &along.columns]);
        let lengths = plans
            .as_flattened()
            .iter()
            .map(|plan| plan.get_inplace_scratch_len());
        lengths.max().unwrap_or(0)
    }

    /// The spectrum of an image, which is overwritten. All slices are exactly as long as [`Fourier`] says.
    pub(super) fn forward(
        &self,
        image: &mut [Complex<f64>],
        spectrum: &mut [Complex<f64>],
        scratch: &mut [Complex<f64>],
    ) {
        self.forward.rows.process_with_scratch(image, scratch);
        transpose(image, spectrum, self.width);
        self.forward.columns.process_with_scratch(spectrum, scratch);
    }

    /// The image of a spectrum, which is overwritten, times the number of its values.
    pub(super) fn inverse(
        &self,
        spectrum: &mut [Complex<f64>],
        image: &mut [Complex<f64>],
        scratch: &mut [Complex<f64>],
    ) {
        self.inverse.columns.process_with_scratch(spectrum, scratch);
        transpose(spectrum, image, self.height);
        self.inverse.rows.process_with_scratch(image, scratch);
    }
}

impl fmt::Debug for Fourier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fourier({}x{})", self.height, self.width)
    }
}

/// Copies a matrix with rows of `width` values into `to`, column by column.
fn transpose<T: Copy>(from: &[T], to: &mut [T], width: usize) {
    let height = from.len() / width;
    for (column, values) in to.chunks_exact_mut(height).enumerate() {
        for (value, row) in values.iter_mut().zip(from.chunks_exact(width)) {
            *value = row[column];
        }
    }
}
