//! Scattering transform: moduli of wavelet coefficients of first and second order, averaged over small shifts.
//!
//! The features equal those of Kymatio's `Scattering2D` on the pixels divided by 255, image by image in the order
//! channel, row, column:
//! - Order 0, one channel: the image behind a Gaussian low-pass filter of scale `2^J`, subsampled by `2^J`.
//! - Order 1, one channel per scale and angle of a wavelet: the moduli of the image behind the wavelet, smoothed and
//!   subsampled in the same way.
//! - Order 2, one channel per pair of wavelets of increasing scale: the same, of the moduli of order 1 behind the second wavelet.
//!
//! `morlet.rs` has the filters, `network.rs` applies them to one image, and `fourier.rs` transforms images to spectra and back.
//!
//! A side of `n` pixels is padded by reflection to `(n / 2^J + 2) * 2^J` pixels, with whole division, as in Kymatio. The first
//! and the last feature of each row and column lie in the padding and are left out.
//!
//! Everything is computed in `f64`; `f32` would save an eighth of the time at `J = 2`, and three tenths at `J = 3`. Kymatio 0.3.0
//! keeps its filters in `f32`: features of 100 images of Fashion-MNIST and of MNIST differ from its own by at most 2e-7.
//!
//! # References
//! - Bruna and Mallat (2013), Invariant Scattering Convolution Networks.
//! - Andreux et al. (2020), Kymatio: Scattering Transforms in Python.

mod fourier;
mod method;
mod morlet;
mod network;

pub use method::Scattering;
