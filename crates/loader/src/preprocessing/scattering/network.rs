//! The scattering transform of one image: up to two layers of wavelets and moduli, and a low-pass filter behind each.
//!
//! Wavelets are applied in the Fourier domain. A result is subsampled there, by summing its spectrum over periods, so that
//! the inverse transform is as small as the scale allows. The low-pass filter is the product of one filter for rows and one
//! for columns. Few of its samples are kept, so two matrix products cost less than its transform.

use std::mem;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use rustfft::num_complex::Complex;

use super::fourier::Fourier;
use super::morlet::{low_pass, lowest_frequencies, wavelet};

/// The filters of a scattering transform for images of one size.
#[derive(Clone, Debug)]
pub(super) struct Network {
    n_angles: usize,
    has_second_order: bool,
    /// Width of an image in pixels.
    width: usize,
    /// The row of the image under each row of the padded image, and the column under each column.
    padded: [Vec<usize>; 2],
    /// One per scale of the wavelets: images of that scale are subsampled by `2^level`.
    levels: Vec<Level>,
    /// By scale, then angle.
    wavelets: Vec<Wavelet>,
}

/// What acts on images that are subsampled by `2^level`.
#[derive(Clone, Debug)]
struct Level {
    fourier: Fourier,
    /// Low-pass filter over rows: one row per feature, one column per sample.
    smooth_rows: Array2<f64>,
    /// Low-pass filter over columns: one row per sample, one column per feature.
    smooth_columns: Array2<f64>,
}

/// The spectra of a wavelet, one per level of the images that it acts on, divided by the number of their samples.
///
/// The real and the imaginary part hold the same number: the product with a spectrum is then one of plain floats.
#[derive(Clone, Debug)]
struct Wavelet {
    spectra: Vec<Vec<Complex<f64>>>,
}

/// Memory for the transform of one image.
#[derive(Clone, Debug)]
pub(super) struct Workspace {
    buffers: Buffers,
    /// Spectrum of the padded image.
    spectrum: Vec<Complex<f64>>,
    /// Spectra of two images of the first layer.
    pair: [Vec<Complex<f64>>; 2],
    /// Moduli of the first layer, for all angles: row by row of an image, angle by angle within a row.
    first: Vec<f64>,
    /// Moduli of the second layer, likewise.
    second: Vec<f64>,
    smoothed: [Vec<f64>; 2],
}

/// Memory for one Fourier transform.
#[derive(Clone, Debug)]
struct Buffers {
    image: Vec<Complex<f64>>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

/// The features that are not yet written, channel by channel.
struct Channels<'a> {
    rest: &'a mut [f64],
    /// Features per channel.
    len: usize,
}

impl Network {
    /// Filters for images of `height` × `width` pixels, both at least `2^scale` and at least 2.
    pub(super) fn new(scale: usize, n_angles: usize, max_order: usize, size: [usize; 2]) -> Network {
        let padded = size.map(|n_pixels| reflected(n_pixels, scale));
        let padded_size = [padded[0].len(), padded[1].len()];
        let has_second_order = max_order > 1;
        let wavelets = (0..scale).flat_map(|j| {
            (0..n_angles).map(move |angle| {
                let spectrum = wavelet(j, angle, n_angles, padded_size);
                let n_levels = if has_second_order { j.max(1) } else { 1 };
                Wavelet::new(&spectrum, n_levels)
            })
        });
        Network {
            n_angles,
            has_second_order,
            width: size[1],
            levels: (0..scale)
                .map(|level| Level::new(scale, level, padded_size))
                .collect(),
            wavelets: wavelets.collect(),
            padded,
        }
    }

    /// Memory for [`Network::transform`].
    pub(super) fn workspace(&self) -> Workspace {
        let n = self.levels[0].fourier.len();
        let values = || vec![Complex::default(); n];
        let moduli = || vec![0.0; n * self.n_angles];
        let scratch = self.levels.iter().map(|level| level.fourier.scratch_len());
        Workspace {
            buffers: Buffers {
                image: values(),
                spectrum: values(),
                scratch: vec![Complex::default(); scratch.max().unwrap_or(0)],
            },
            spectrum: values(),
            pair: [values(), values()],
            first: moduli(),
            second: moduli(),
            smoothed: [moduli(), moduli()],
        }
    }

    /// Writes the features of an image, in the order channel, row, column.
    pub(super) fn transform(&self, pixels: &[u8], work: &mut Workspace, features: &mut [f64]) {
        let (n_scales, n_angles) = (self.levels.len(), self.n_angles);
        let whole = &self.levels[0];
        self.pad(pixels, &mut work.first, &mut work.buffers.image);
        let mut channels = Channels {
            rest: features,
            len: whole.n_features(),
        };
        whole.smooth(&work.first, 1, &mut work.smoothed, channels.next(1));
        let Buffers { image, scratch, .. } = &mut work.buffers;
        whole.fourier.forward(image, &mut work.spectrum, scratch);

        let mut first_order = Channels {
            rest: channels.next(n_scales * n_angles),
            len: channels.len,
        };
        for (j, level) in self.levels.iter().enumerate() {
            for (angle, wavelet) in self.wavelets_of(j).iter().enumerate() {
                wavelet.filter(0, &work.spectrum, whole, level, &mut work.buffers.spectrum);
                level.moduli(&mut work.buffers, &mut work.first, angle, n_angles);
            }
            level.smooth(
                &work.first,
                n_angles,
                &mut work.smoothed,
                first_order.next(n_angles),
            );
            if self.has_second_order && j + 1 < n_scales {
                for angle in (0..n_angles).step_by(2) {
                    self.second_order(j, angle, work, &mut channels);
                }
            }
        }
    }

    /// The second order of the images `angle` and `angle + 1` of scale `j`. One complex transform serves both.
    fn second_order(&self, j: usize, angle: usize, work: &mut Workspace, channels: &mut Channels<'_>) {
        let n_angles = self.n_angles;
        let from = &self.levels[j];
        let (width, n) = (from.fourier.width(), from.fourier.len());
        let last = (angle + 1).min(n_angles - 1);
        let Buffers {
            image,
            spectrum,
            scratch,
        } = &mut work.buffers;
        let lines = image[..n].chunks_exact_mut(width);
        for (line, moduli) in lines.zip(work.first.chunks_exact(width * n_angles)) {
            let [one, other] = [angle, last].map(|angle| &moduli[angle * width..][..width]);
            for ((value, &one), &other) in line.iter_mut().zip(one).zip(other) {
                *value = Complex::new(one, other);
            }
        }
        from.fourier.forward(&mut image[..n], &mut spectrum[..n], scratch);
        split(&spectrum[..n], from.fourier.height(), &mut work.pair);
        for spectrum in &work.pair[..=last - angle] {
            for (larger, level) in self.levels.iter().enumerate().skip(j + 1) {
                for (angle, wavelet) in self.wavelets_of(larger).iter().enumerate() {
                    wavelet.filter(j, spectrum, from, level, &mut work.buffers.spectrum);
                    level.moduli(&mut work.buffers, &mut work.second, angle, n_angles);
                }
                level.smooth(
                    &work.second,
                    n_angles,
                    &mut work.smoothed,
                    channels.next(n_angles),
                );
            }
        }
    }

    /// The wavelets of one scale, by angle.
    fn wavelets_of(&self, scale: usize) -> &[Wavelet] {
        &self.wavelets[scale * self.n_angles..][..self.n_angles]
    }

    /// Pads an image by reflection, its bytes divided by 255.
    fn pad(&self, pixels: &[u8], reals: &mut [f64], image: &mut [Complex<f64>]) {
        let [rows, columns] = &self.padded;
        let places = rows
            .iter()
            .flat_map(|row| columns.iter().map(move |column| row * self.width + column));
        for ((real, value), place) in reals.iter_mut().zip(image).zip(places) {
            *real = f64::from(pixels[place]) / 255.0;
            *value = Complex::new(*real, 0.0);
        }
    }
}

impl<'a> Channels<'a> {
    /// The next `n` channels.
    fn next(&mut self, n: usize) -> &'a mut [f64] {
        let (channels, rest) = mem::take(&mut self.rest).split_at_mut(n * self.len);
        self.rest = rest;
        channels
    }
}

impl Level {
    fn new(scale: usize, level: usize, padded_size: [usize; 2]) -> Level {
        let [height, width] = padded_size;
        Level {
            fourier: Fourier::new(height >> level, width >> level),
            smooth_rows: low_pass(scale, level, height),
            smooth_columns: low_pass(scale, level, width).reversed_axes(),
        }
    }

    /// Features per channel.
    fn n_features(&self) -> usize {
        self.smooth_rows.nrows() * self.smooth_columns.ncols()
    }

    /// Moduli of the image whose spectrum the buffers hold. They become image `angle` of `n_angles` of a layer.
    fn moduli(&self, buffers: &mut Buffers, layer: &mut [f64], angle: usize, n_angles: usize) {
        let (width, n) = (self.fourier.width(), self.fourier.len());
        let image = &mut buffers.image[..n];
        self.fourier
            .inverse(&mut buffers.spectrum[..n], image, &mut buffers.scratch);
        let lines = layer.chunks_exact_mut(width * n_angles);
        for (line, values) in lines.zip(image.chunks_exact(width)) {
            for (modulus, value) in line[angle * width..].iter_mut().zip(values) {
                *modulus = value.norm_sqr().sqrt();
            }
        }
    }

    /// Smooths and subsamples the `n` images of a layer; each becomes one channel.
    fn smooth(&self, layer: &[f64], n: usize, smoothed: &mut [Vec<f64>; 2], channels: &mut [f64]) {
        let [height, width] = [self.fourier.height(), self.fourier.width()];
        let [down, across] = [self.smooth_rows.nrows(), self.smooth_columns.ncols()];
        let [rows, both] = smoothed;
        let rows = &mut rows[..down * n * width];
        let both = &mut both[..down * n * across];
        let layer = matrix(&layer[..height * n * width], n * width);
        general_mat_mul(
            1.0,
            &self.smooth_rows,
            &layer,
            0.0,
            &mut matrix_mut(rows, n * width),
        );
        let lines = matrix(rows, width);
        general_mat_mul(
            1.0,
            &lines,
            &self.smooth_columns,
            0.0,
            &mut matrix_mut(both, across),
        );
        for (row, lines) in both.chunks_exact(n * across).enumerate() {
            for (channel, line) in lines.chunks_exact(across).enumerate() {
                channels[(channel * down + row) * across..][..across].copy_from_slice(line);
            }
        }
    }
}

impl Wavelet {
    #[expect(clippy::cast_precision_loss, reason = "samples of an image")]
    fn new(spectrum: &Array2<f64>, n_levels: usize) -> Wavelet {
        let spectra = (0..n_levels).map(|level| {
            let lowest = lowest_frequencies(spectrum, level);
            let n_samples = lowest.len() as f64;
            let values = lowest.iter().map(|value| value / n_samples);
            values.map(|value| Complex::new(value, value)).collect()
        });
        Wavelet {
            spectra: spectra.collect(),
        }
    }

    /// The spectrum of an image at `level` behind the wavelet, subsampled from the size of `from` to that of `to`.
    fn filter(
        &self,
        level: usize,
        spectrum: &[Complex<f64>],
        from: &Level,
        to: &Level,
        filtered: &mut [Complex<f64>],
    ) {
        let (from, to) = (&from.fourier, &to.fourier);
        let step = from.height() / to.height();
        let products = |row: usize, column: usize| {
            let range = row * from.height() + column..row * from.height() + column + to.height();
            let pairs = spectrum[range.clone()].iter().zip(&self.spectra[level][range]);
            pairs.map(|(value, wavelet)| Complex::new(value.re * wavelet.re, value.im * wavelet.im))
        };
        let rows = filtered.chunks_exact_mut(to.height()).take(to.width());
        for (row, sums) in rows.enumerate() {
            for (sum, product) in sums.iter_mut().zip(products(row, 0)) {
                *sum = product;
            }
            for period in 1..step * step {
                let [period_row, period_column] = [period / step, period % step];
                let products = products(row + period_row * to.width(), period_column * to.height());
                for (sum, product) in sums.iter_mut().zip(products) {
                    *sum += product;
                }
            }
        }
    }
}

/// The pixel under each place of a line of `n_pixels`, padded on both sides by reflection for a filter of scale `2^scale`.
fn reflected(n_pixels: usize, scale: usize) -> Vec<usize> {
    let step = 1 << scale;
    let padded = (n_pixels / step + 2) * step;
    let period = 2 * (n_pixels - 1);
    let before = (padded - n_pixels) / 2;
    let places = (0..padded).map(|place| {
        let offset = (place + before.next_multiple_of(period) - before) % period;
        offset.min(period - offset)
    });
    places.collect()
}

/// Splits the spectrum of `a + ib` into those of the real images `a` and `b`; it has rows of `height` values.
fn split(spectrum: &[Complex<f64>], height: usize, parts: &mut [Vec<Complex<f64>>; 2]) {
    let n_rows = spectrum.len() / height;
    let [one, other] = parts;
    for row in 0..n_rows {
        let values = &spectrum[row * height..][..height];
        let mirrored = &spectrum[(n_rows - row) % n_rows * height..][..height];
        let one = &mut one[row * height..][..height];
        let other = &mut other[row * height..][..height];
        for (column, ((value, one), other)) in values.iter().zip(one).zip(other).enumerate() {
            let mirrored = mirrored[(height - column) % height].conj();
            let [sum, difference] = [value + mirrored, value - mirrored];
            *one = sum * 0.5;
            *other = Complex::new(difference.im, -difference.re) * 0.5;
        }
    }
}

fn matrix(values: &[f64], n_columns: usize) -> ArrayView2<'_, f64> {
    ArrayView2::from_shape((values.len() / n_columns, n_columns), values).expect("whole rows")
}

fn matrix_mut(values: &mut [f64], n_columns: usize) -> ArrayViewMut2<'_, f64> {
    ArrayViewMut2::from_shape((values.len() / n_columns, n_columns), values).expect("whole rows")
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    type Complexes = Array2<Complex<f64>>;

    /// The transform by its definition: plain Fourier transforms of full size, in `f64`, then every `2^j`-th sample.
    fn by_definition(pixels: &Array2<f64>, scale: usize, n_angles: usize, max_order: usize) -> Vec<f64> {
        let image = pad(pixels, scale);
        let size = image.dim();
        let low_pass = gabor(size, 0.4 * power(scale), 0.0, 0.0, 1.0);
        let low_pass = fourier(&low_pass, -1.0);
        let smooth = |image: &Complexes, level: usize| {
            let smoothed = behind(image, &low_pass, level, scale);
            let (height, width) = smoothed.dim();
            let inner = (1..height - 1).flat_map(|row| (1..width - 1).map(move |column| (row, column)));
            inner.map(|place| smoothed[place].re).collect::<Vec<f64>>()
        };
        let wavelets: Vec<(usize, Complexes)> = (0..scale)
            .flat_map(|j| (0..n_angles).map(move |angle| (j, morlet(size, j, angle, n_angles))))
            .collect();
        let (mut features, mut second_order) = (smooth(&image, 0), Vec::new());
        for (j, wavelet) in &wavelets {
            let first = behind(&image, wavelet, 0, *j).mapv(|value| Complex::new(value.norm(), 0.0));
            features.extend(smooth(&first, *j));
            for (larger, wavelet) in wavelets.iter().filter(|(larger, _)| larger > j && max_order > 1) {
                let second = behind(&first, wavelet, *j, *larger);
                second_order.extend(smooth(
                    &second.mapv(|value| Complex::new(value.norm(), 0.0)),
                    *larger,
                ));
            }
        }
        features.extend(second_order);
        features
    }

    fn power(scale: usize) -> f64 {
        2f64.powi(i32::try_from(scale).unwrap())
    }

    fn pad(pixels: &Array2<f64>, scale: usize) -> Complexes {
        let bounced = |mut place: isize, n: isize| {
            while !(0..n).contains(&place) {
                place = if place < 0 { -place } else { 2 * (n - 1) - place };
            }
            place as usize
        };
        let (height, width) = pixels.dim();
        let size = [height, width].map(|n| ((n + (1 << scale)) / (1 << scale) + 1) * (1 << scale));
        let before = [(size[0] - height) / 2, (size[1] - width) / 2];
        Array2::from_shape_fn(size, |(row, column)| {
            let row = bounced(row as isize - before[0] as isize, height as isize);
            let column = bounced(column as isize - before[1] as isize, width as isize);
            Complex::new(pixels[[row, column]], 0.0)
        })
    }

    /// A Gaussian envelope times a wave, summed over five periods per side.
    #[expect(clippy::approx_constant, reason = "Kymatio's value")]
    fn gabor(
        (height, width): (usize, usize),
        sigma: f64,
        angle: f64,
        frequency: f64,
        slant: f64,
    ) -> Complexes {
        let periods = || (0..5).map(|period| f64::from(period) - 2.0);
        Array2::from_shape_fn((height, width), |(row, column)| {
            let mut sum = Complex::new(0.0, 0.0);
            for (down, across) in periods().flat_map(|down| periods().map(move |across| (down, across))) {
                let y = row as f64 + down * height as f64;
                let x = column as f64 + across * width as f64;
                let along = y * angle.cos() + x * angle.sin();
                let aside = y * angle.sin() - x * angle.cos();
                let square = along * along + slant * slant * aside * aside;
                sum += Complex::from_polar((-square / (2.0 * sigma * sigma)).exp(), frequency * along);
            }
            sum * slant / (2.0 * 3.1415 * sigma * sigma)
        })
    }

    fn morlet(size: (usize, usize), j: usize, angle: usize, n_angles: usize) -> Complexes {
        let (sigma, slant) = (0.8 * power(j), 4.0 / n_angles as f64);
        let half = n_angles as f64 / 2.0 - 1.0;
        let angle = (half.trunc() - angle as f64) * PI / n_angles as f64;
        let wave = gabor(size, sigma, angle, 0.75 * PI / power(j), slant);
        let envelope = gabor(size, sigma, angle, 0.0, slant);
        let share = wave.sum() / envelope.sum();
        fourier(&(wave - envelope * share), -1.0).mapv(|value| Complex::new(value.re, 0.0))
    }

    /// An image that was subsampled by `2^level` behind a filter of full size, then subsampled to `2^to` in all.
    fn behind(image: &Complexes, filter: &Complexes, level: usize, to: usize) -> Complexes {
        let (height, width) = image.dim();
        let mut spectrum = fourier(image, -1.0);
        for ((row, column), value) in spectrum.indexed_iter_mut() {
            let row = if row < height / 2 {
                row
            } else {
                row + filter.nrows() - height
            };
            let column = if column < width / 2 {
                column
            } else {
                column + filter.ncols() - width
            };
            *value *= filter[[row, column]];
        }
        let step = 1 << (to - level);
        let filtered = fourier(&spectrum, 1.0) / Complex::new((height * width) as f64, 0.0);
        Array2::from_shape_fn((height / step, width / step), |(row, column)| {
            filtered[[row * step, column * step]]
        })
    }

    fn fourier(values: &Complexes, sign: f64) -> Complexes {
        let along = |n: usize| {
            let angle = move |i: usize, j: usize| sign * 2.0 * PI * (i * j % n) as f64 / n as f64;
            Array2::from_shape_fn((n, n), |(i, j)| Complex::from_polar(1.0, angle(i, j)))
        };
        along(values.nrows()).dot(values).dot(&along(values.ncols()))
    }

    #[test]
    fn features_equal_the_definition() {
        for ([height, width], [scale, n_angles, max_order]) in [
            ([8, 8], [2, 8, 2]),
            ([8, 8], [3, 8, 2]),
            ([8, 8], [3, 3, 1]),
            ([5, 9], [2, 5, 2]),
            ([4, 4], [2, 1, 2]),
            ([2, 3], [1, 2, 2]),
            ([7, 4], [2, 12, 2]),
        ] {
            let byte = |i: usize| u8::try_from((i * i * 37 + i * 101 + 5) % 251).unwrap();
            let pixels: Vec<u8> = (0..height * width).map(byte).collect();
            let network = Network::new(scale, n_angles, max_order, [height, width]);
            let image = Array2::from_shape_fn((height, width), |(row, column)| {
                f64::from(pixels[row * width + column]) / 255.0
            });
            let expected = by_definition(&image, scale, n_angles, max_order);
            let mut found = vec![f64::NAN; expected.len()];
            network.transform(&pixels, &mut network.workspace(), &mut found);
            for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
                let difference = (found - expected).abs();
                assert!(
                    difference < 1e-12,
                    "{height} {width} {scale} {n_angles} {i}: {found} {expected}"
                );
            }
        }
    }
}
