//! Filters of the scattering transform: Morlet wavelets at several scales and angles, and the Gaussian low-pass filter.
//!
//! Shapes and constants are those of Kymatio 0.3, in `f64`; Kymatio keeps its filters in `f32`.

use std::f64::consts::PI;

use ndarray::Array2;
use rustfft::num_complex::Complex;

use super::fourier::Fourier;

/// π in Kymatio's norms of the filters. The exact value would make features smaller by 3e-5 of their size.
#[expect(clippy::approx_constant, reason = "Kymatio's value")]
const ROUNDED_PI: f64 = 3.1415;

/// Periods on each side of the image over which a filter is summed.
const PERIODS: isize = 2;

/// Below this exponent an envelope is taken as 0: exp(-60) is 1e-26.
const LEAST_EXPONENT: f64 = -60.0;

/// The spectrum of the wavelet of scale `2^j` and angle number `angle` of `n_angles`, for images of `height` × `width` pixels.
///
/// It is real, and stored transposed as [`Fourier`] has it: `width` rows of `height` values.
#[expect(clippy::cast_precision_loss, reason = "angles and scales are small numbers")]
pub(super) fn wavelet(j: usize, angle: usize, n_angles: usize, [height, width]: [usize; 2]) -> Array2<f64> {
    let scale = 2f64.powf(j as f64);
    let sigma = 0.8 * scale;
    let frequency = 0.75 * PI / scale;
    let slant = 4.0 / n_angles as f64;
    let direction = ((n_angles / 2).saturating_sub(1) as f64 - angle as f64) * PI / n_angles as f64;
    let (sin, cos) = direction.sin_cos();

    let halved = 1.0 / (2.0 * sigma * sigma);
    let across = slant * slant;
    let in_rows = (cos * cos + across * sin * sin) * halved;
    let in_both = 2.0 * cos * sin * (1.0 - across) * halved;
    let in_columns = (sin * sin + across * cos * cos) * halved;
    let norm = 2.0 * ROUNDED_PI * sigma * sigma / slant;

    let mut envelope = vec![0.0; height * width];
    let mut wave = vec![Complex::new(0.0, 0.0); height * width];
    for (y, row) in periodic(height) {
        for (x, column) in periodic(width) {
            let exponent = -(in_rows * y * y + in_both * y * x + in_columns * x * x);
            if exponent > LEAST_EXPONENT {
                let size = exponent.exp() / norm;
                envelope[row * width + column] += size;
                wave[row * width + column] += Complex::from_polar(size, frequency * (y * cos + x * sin));
            }
        }
    }
    // Without the envelope's share, a constant image would not give 0.
    let share = wave.iter().sum::<Complex<f64>>() / envelope.iter().sum::<f64>();
    for (value, envelope) in wave.iter_mut().zip(envelope) {
        *value -= share * envelope;
    }

    let fourier = Fourier::new(height, width);
    let mut spectrum = vec![Complex::new(0.0, 0.0); height * width];
    let mut scratch = vec![Complex::new(0.0, 0.0); fourier.scratch_len()];
    fourier.forward(&mut wave, &mut spectrum, &mut scratch);
    let values = spectrum.into_iter().map(|value| value.re).collect();
    Array2::from_shape_vec((width, height), values).expect("one value per pixel")
}

/// The spectrum of a filter for images subsampled by `2^level`: its lowest frequencies.
pub(super) fn lowest_frequencies(spectrum: &Array2<f64>, level: usize) -> Array2<f64> {
    let (from_rows, from_columns) = spectrum.dim();
    let (rows, columns) = (from_rows >> level, from_columns >> level);
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        spectrum[[
            lowest(row, rows, from_rows),
            lowest(column, columns, from_columns),
        ]]
    })
}

/// The low-pass filter of scale `2^scale` along one side of an image of `n_pixels` pixels, subsampled by `2^level`.
///
/// The filter is a product of one such filter per side. Row `i` of the matrix holds the weights of all samples in sample
/// `i + 1` of the smoothed image, subsampled by `2^scale`. The first and last sample are left out: they lie in the padding.
#[expect(clippy::cast_precision_loss, reason = "sides of images")]
pub(super) fn low_pass(scale: usize, level: usize, n_pixels: usize) -> Array2<f64> {
    let sigma = 0.4 * 2f64.powf(scale as f64);
    let mut gaussian = vec![0.0; n_pixels];
    for (x, place) in periodic(n_pixels) {
        gaussian[place] += (-x * x / (2.0 * sigma * sigma)).exp() / ((2.0 * ROUNDED_PI).sqrt() * sigma);
    }
    let spectrum = cosines(&gaussian);
    let n_samples = n_pixels >> level;
    let lowest: Vec<f64> = (0..n_samples)
        .map(|i| spectrum[lowest(i, n_samples, n_pixels)])
        .collect();
    let filter: Vec<f64> = cosines(&lowest)
        .into_iter()
        .map(|value| value / n_samples as f64)
        .collect();
    let step = 1 << (scale - level);
    Array2::from_shape_fn((n_samples / step - 2, n_samples), |(row, sample)| {
        filter[((row + 1) * step + n_samples - sample) % n_samples]
    })
}

/// Offsets from the centre of a filter, each with its place in a period of `n` pixels.
#[expect(clippy::cast_precision_loss, reason = "sides of images")]
fn periodic(n: usize) -> impl Iterator<Item = (f64, usize)> + Clone {
    (-PERIODS..=PERIODS).flat_map(move |period| (0..n).map(move |i| (period as f64 * n as f64 + i as f64, i)))
}

/// The place among `from` frequencies of frequency `i` of the lowest `n`, where the upper half is negative.
fn lowest(i: usize, n: usize, from: usize) -> usize {
    if i < n / 2 { i } else { i + from - n }
}

/// The real part of the discrete Fourier transform of real values.
#[expect(clippy::cast_precision_loss, reason = "sides of images")]
fn cosines(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let cosine: Vec<f64> = (0..n).map(|i| (2.0 * PI * i as f64 / n as f64).cos()).collect();
    let at = |frequency: usize| {
        let terms = values
            .iter()
            .enumerate()
            .map(|(i, value)| value * cosine[i * frequency % n]);
        terms.sum()
    };
    (0..n).map(at).collect()
}
