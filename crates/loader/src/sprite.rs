//! Draws a dataset as one image: three rows of images per class, dark on light as in the README of Fashion-MNIST.

use crate::data::{ImageBuffer, Split};

const ROWS_PER_CLASS: usize = 3;
const COLUMNS: usize = 30;
const MOST_PIXELS: usize = 1 << 30;

/// The side of a chosen image, in pixels, and how many are in a row.
const SIDE: usize = 84;
const CHOSEN_COLUMNS: usize = 8;

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

/// Draws chosen images, eight in a row, each stretched to a square of 84 pixels without smoothing.
///
/// # Panics
/// If a row is out of range.
pub fn draw_rows(split: &Split, rows: &[usize]) -> ImageBuffer {
    let images = split.images.view();
    let (height, width) = (images.height(), images.width());
    let columns = CHOSEN_COLUMNS.min(rows.len()).max(1);
    let picture_width = columns * SIDE;
    let picture_height = rows.len().div_ceil(columns).max(1) * SIDE;
    let mut picture = vec![u8::MAX; picture_width * picture_height];
    for (place, row) in rows.iter().enumerate() {
        let image = images.row(*row);
        let (top, left) = (place / columns * SIDE, place % columns * SIDE);
        for y in 0..SIDE {
            for x in 0..SIDE {
                let pixel = image[y * height / SIDE * width + x * width / SIDE];
                picture[(top + y) * picture_width + left + x] = u8::MAX - pixel;
            }
        }
    }
    ImageBuffer::new(picture, picture_height, picture_width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Label;

    #[test]
    fn chosen_images_are_stretched_to_squares() {
        let images = ImageBuffer::new(vec![10, 20, 30, 40, 50, 60, 70, 80], 2, 2);
        let split = Split {
            images,
            labels: vec![Label(0), Label(1)],
        };
        let picture = draw_rows(&split, &[1, 0, 1]);
        let view = picture.view();
        assert_eq!((view.height(), view.width()), (SIDE, 3 * SIDE));
        let pixel = |y: usize, x: usize| u8::MAX - view.pixels()[y * view.width() + x];
        assert_eq!((pixel(0, 0), pixel(41, 42), pixel(83, 83)), (50, 60, 80));
        assert_eq!((pixel(0, SIDE), pixel(83, 2 * SIDE)), (10, 70));
    }
}
