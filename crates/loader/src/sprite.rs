//! Draws a dataset as one image: three rows of images per class, dark on light as in the README of Fashion-MNIST.

use crate::data::{ImageBuffer, Split};

const ROWS_PER_CLASS: usize = 3;
const COLUMNS: usize = 30;
const MOST_PIXELS: usize = 1 << 30;

/// Draws the first 90 images of each class, 30 per row.
///
/// The place of a missing image stays white. The result is `3 * n_classes` images high and 30 images wide.
///
/// `None` if the picture has more than 1 GiB.
///
/// # Panics
/// If a label is not below `n_classes`.
pub fn draw(split: &Split, n_classes: usize) -> Option<ImageBuffer> {
    let images = split.images.view();
    let (height, width) = (images.height(), images.width());
    let picture_width = COLUMNS.checked_mul(width)?;
    let picture_height = n_classes.checked_mul(ROWS_PER_CLASS)?.checked_mul(height)?;
    let n_pixels = picture_width.checked_mul(picture_height)?;
    if n_pixels > MOST_PIXELS {
        return None;
    }
    let mut picture = vec![u8::MAX; n_pixels];
    let mut drawn = vec![0; n_classes];
    for (image, label) in images.rows().zip(&split.labels) {
        let place = &mut drawn[label.index()];
        if *place == ROWS_PER_CLASS * COLUMNS {
            continue;
        }
        let top = (label.index() * ROWS_PER_CLASS + *place / COLUMNS) * height;
        let left = *place % COLUMNS * width;
        *place += 1;
        for (y, row) in image.chunks_exact(width).enumerate() {
            let start = (top + y) * picture_width + left;
            for (to, from) in picture[start..start + width].iter_mut().zip(row) {
                *to = u8::MAX - from;
            }
        }
    }
    Some(ImageBuffer::new(picture, picture_height, picture_width))
}
