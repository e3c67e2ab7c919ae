//! How well an embedding keeps what is near: trustworthiness, and the share of neighbours preserved.
//!
//! # Reference
//! Venna and Kaski (2001), Neighborhood preservation in nonlinear projection methods; scikit-learn's `trustworthiness` has the formula.

use loader::{ImageBuffer, Images};
use rand::SeedableRng;
use rand::seq::index;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::layout::Layout2d;

/// The neighbourhood that is judged.
pub(crate) const K: usize = 15;

/// At most this many images are judged, drawn with a seed; each of them against all others.
pub(crate) const JUDGED: usize = 2000;

/// The figures of an embedding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quality {
    /// 1 if no image is among the nearest in the picture that is not in the data; each such one costs its rank in the data.
    pub(crate) trustworthiness: f64,
    /// The share of the nearest images in the data that are among the nearest in the picture.
    pub(crate) preserved: f64,
}

/// Judges an embedding of more than twice [`K`] images; `None` for fewer.
pub(crate) fn quality(images: &ImageBuffer, layout: &Layout2d, seed: u64) -> Option<Quality> {
    let n = layout.0.len();
    if n <= 2 * K {
        return None;
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut rows = index::sample(&mut random, n, JUDGED.min(n)).into_vec();
    rows.sort_unstable();
    let judged: Vec<(u64, u64)> = rows
        .par_iter()
        .map(|row| judge(images.view(), layout, *row))
        .collect();
    let (penalty, kept) = judged.iter().fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    let (m, n, k) = (rows.len() as f64, n as f64, K as f64);
    Some(Quality {
        trustworthiness: 1.0 - 2.0 / (m * k * (2.0 * n - 3.0 * k - 1.0)) * penalty as f64,
        preserved: kept as f64 / (m * k),
    })
}

/// What the false neighbours of an image cost, and how many true ones the picture keeps.
fn judge(images: Images<'_>, layout: &Layout2d, row: usize) -> (u64, u64) {
    let own = images.row(row);
    let in_data: Vec<u64> = images.rows().map(|other| squared(own, other)).collect();
    let point = layout.0[row];
    let square =
        |other: &[f32; 2]| f64::from(point[0] - other[0]).powi(2) + f64::from(point[1] - other[1]).powi(2);
    let in_picture: Vec<f64> = layout.0.iter().map(square).collect();
    let near_in_data = nearest(row, |a, b| in_data[a].cmp(&in_data[b]), in_data.len());
    let near_in_picture = nearest(
        row,
        |a, b| in_picture[a].total_cmp(&in_picture[b]),
        in_picture.len(),
    );
    let kept = near_in_picture
        .iter()
        .filter(|other| near_in_data.contains(other))
        .count();
    let penalty = near_in_picture
        .iter()
        .filter(|other| !near_in_data.contains(other))
        .map(|other| {
            let key = (in_data[*other], *other);
            let rank = (0..in_data.len())
                .filter(|at| *at != row && (in_data[*at], *at) <= key)
                .count();
            (rank - K) as u64
        });
    (penalty.sum(), kept as u64)
}

/// The [`K`] nearest others; of equal ones the lower row is nearer.
fn nearest(row: usize, compare: impl Fn(usize, usize) -> std::cmp::Ordering, n: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..n).filter(|at| *at != row).collect();
    others.select_nth_unstable_by(K - 1, |a, b| compare(*a, *b).then(a.cmp(b)));
    others.truncate(K);
    others
}

/// The squared distance of two images, exact.
fn squared(a: &[u8], b: &[u8]) -> u64 {
    let chunks = a.chunks(1 << 14).zip(b.chunks(1 << 14));
    chunks
        .map(|(a, b)| {
            let squares = a.iter().zip(b).map(|(a, b)| {
                let difference = i32::from(*a) - i32::from(*b);
                difference * difference
            });
            u64::from(squares.sum::<i32>().unsigned_abs())
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_data_itself_is_perfect_and_a_shuffled_one_is_not() {
        // Images of two pixels are points of a plane.
        let at = |row: usize| [(row * 37 % 256) as u8, (row * 101 % 241) as u8];
        let images = ImageBuffer::new((0..200).flat_map(at).collect(), 1, 2);
        let layout =
            |step: usize| Layout2d((0..200).map(|row| at(row * step % 200).map(f32::from)).collect());
        let perfect = quality(&images, &layout(1), 0).unwrap();
        assert_eq!((perfect.trustworthiness, perfect.preserved), (1.0, 1.0));
        let shuffled = quality(&images, &layout(7), 0).unwrap();
        assert!(
            shuffled.trustworthiness < 0.7 && shuffled.preserved < 0.3,
            "{shuffled:?}"
        );
        assert_eq!(quality(&images, &Layout2d(vec![[0.0, 0.0]; 30]), 0), None);
    }
}
