//! The exact nearest neighbours of every image among the others, by euclidean distance of the pixels, 0 to 255.

use std::sync::Arc;

use loader::{ImageBuffer, Preprocessing, Transform};

use crate::estimator::samples::{Layout, Samples};
use crate::native::neighbors::Metric;
use crate::native::neighbors::byte_distance::ByteDistance;
use crate::native::neighbors::index::NeighborIndex;

/// The nearest neighbours of each image, nearest first; of equal distances the lower row is nearer. No image is its own neighbour.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Neighbors {
    /// Neighbours of each image.
    pub(crate) k: usize,
    /// Row and distance, image after image.
    pub(crate) all: Vec<(u32, f32)>,
}

impl Neighbors {
    /// The `k` nearest neighbours; `k` is below the number of images.
    pub(crate) fn exact(images: &ImageBuffer, k: usize) -> Neighbors {
        assert!(
            k < images.view().n_rows(),
            "{k} neighbours of {} rows",
            images.view().n_rows()
        );
        let transform = Arc::new(Transform::fit(Preprocessing::NONE, images.view()));
        let rows = Samples::new(images.clone(), &transform, Layout::BytesOrF32);
        let distance = ByteDistance::new(Metric::Euclidean, &rows);
        let index = NeighborIndex::new(&rows, &distance);
        let nearest = index.nearest(&rows, k + 1, &distance);
        let mut all = Vec::with_capacity(nearest.len() * k);
        for (own, nearest) in nearest.iter().enumerate() {
            // Among equal images the own one may lie anywhere, or beyond the k + 1 nearest.
            let others = nearest.rows().iter().filter(|(_, row)| *row as usize != own);
            let distance = |reduced: f64| Metric::Euclidean.to_distance(reduced) as f32;
            all.extend(others.take(k).map(|(reduced, row)| (*row, distance(*reduced))));
        }
        Neighbors { k, all }
    }

    /// The neighbours of an image.
    pub(crate) fn of(&self, row: usize) -> &[(u32, f32)] {
        &self.all[row * self.k..(row + 1) * self.k]
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.all.len() / self.k.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_not_its_own_neighbour_even_among_equal_ones() {
        let images = ImageBuffer::new(vec![5, 5, 5, 5, 9, 200], 1, 1);
        let neighbors = Neighbors::exact(&images, 2);
        assert_eq!(neighbors.n_rows(), 6);
        for row in 0..6 {
            assert!(neighbors.of(row).iter().all(|(other, _)| *other as usize != row));
        }
        let rows: Vec<u32> = neighbors.of(4).iter().map(|(row, _)| *row).collect();
        assert_eq!(rows, [0, 1]);
        assert!((neighbors.of(4)[0].1 - 4.0).abs() < 1e-6);
    }
}
