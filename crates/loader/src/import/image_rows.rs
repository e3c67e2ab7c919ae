//! Images of any size, collected as rows of one size.

use image::GrayImage;
use image::imageops::{self, FilterType};

use super::options::Size;
use super::values::{Fault, reserve};

/// Images up to this side keep their size, if all have the same.
const MOST_KEPT_SIDE: usize = 64;
/// The size otherwise.
pub(super) const DEFAULT_SIZE: Size = Size {
    width: 28,
    height: 28,
};

/// An image that is no larger than it must be.
pub(super) struct Prepared {
    image: GrayImage,
    is_scaled: bool,
    /// It was too large to keep its size, so that all images are scaled.
    is_large: bool,
}

impl Prepared {
    /// Scales an image to the size that is given, or a large one to [`DEFAULT_SIZE`].
    pub(super) fn new(image: GrayImage, size: Option<Size>) -> Prepared {
        let own = size_of(&image);
        let is_large = size.is_none() && own.width.max(own.height) > MOST_KEPT_SIDE;
        let wanted = size.or(is_large.then_some(DEFAULT_SIZE));
        match wanted.filter(|size| *size != own) {
            None => Prepared {
                image,
                is_scaled: false,
                is_large,
            },
            Some(size) => Prepared {
                image: scaled(&image, size),
                is_scaled: true,
                is_large,
            },
        }
    }
}

/// Images of one size, image after image.
pub(super) struct ImageRows {
    pixels: Vec<u8>,
    size: State,
    n_scaled: usize,
}

enum State {
    /// No image was met, and no size is given.
    Unknown,
    /// All images so far have this size, and no size is given.
    Same(Size),
    /// Every image is scaled to this size.
    Fixed(Size),
}

impl ImageRows {
    /// Without images; `None` for the size is the size of all images, or [`DEFAULT_SIZE`].
    pub(super) fn new(size: Option<Size>) -> ImageRows {
        ImageRows {
            pixels: Vec::new(),
            size: size.map_or(State::Unknown, State::Fixed),
            n_scaled: 0,
        }
    }

    /// Appends an image.
    pub(super) fn push(&mut self, prepared: &Prepared) -> Result<(), Fault> {
        let image = &prepared.image;
        let own = size_of(image);
        match self.size {
            State::Unknown if !prepared.is_large => self.size = State::Same(own),
            State::Unknown => self.size = State::Fixed(DEFAULT_SIZE),
            State::Same(size) if size != own || prepared.is_large => self.scale_all(size)?,
            State::Same(_) | State::Fixed(_) => {}
        }
        match self.size {
            State::Fixed(size) if size != own => {
                self.n_scaled += 1;
                append(&mut self.pixels, scaled(image, size).as_raw())
            }
            _ => {
                self.n_scaled += usize::from(prepared.is_scaled);
                append(&mut self.pixels, image.as_raw())
            }
        }
    }

    /// The size of every image; `None` without images.
    pub(super) fn size(&self) -> Option<Size> {
        match self.size {
            State::Unknown => None,
            State::Same(size) | State::Fixed(size) => Some(size),
        }
    }

    /// How many images were scaled.
    pub(super) fn n_scaled(&self) -> usize {
        self.n_scaled
    }

    /// The pixels of all images.
    pub(super) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Scales the images so far, which all have the size `from`, to [`DEFAULT_SIZE`].
    fn scale_all(&mut self, from: Size) -> Result<(), Fault> {
        self.size = State::Fixed(DEFAULT_SIZE);
        if from == DEFAULT_SIZE {
            return Ok(());
        }
        let mut pixels = Vec::new();
        for image in self.pixels.chunks_exact(from.width * from.height) {
            self.n_scaled += 1;
            let image = image_of(image, from);
            append(&mut pixels, scaled(&image, DEFAULT_SIZE).as_raw())?;
        }
        self.pixels = pixels;
        Ok(())
    }
}

/// Linear interpolation; every pixel of a larger image counts. The ratio of the sides is not kept.
fn scaled(image: &GrayImage, size: Size) -> GrayImage {
    let [width, height] = [size.width, size.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    imageops::resize(image, width, height, FilterType::Triangle)
}

fn size_of(image: &GrayImage) -> Size {
    Size {
        width: image.width() as usize,
        height: image.height() as usize,
    }
}

fn image_of(pixels: &[u8], size: Size) -> GrayImage {
    let [width, height] = [size.width, size.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    GrayImage::from_raw(width, height, pixels.to_vec()).unwrap_or_default()
}

fn append(pixels: &mut Vec<u8>, more: &[u8]) -> Result<(), Fault> {
    if pixels.capacity() - pixels.len() < more.len() {
        reserve(pixels, pixels.len().max(more.len()) as u64)?;
    }
    pixels.extend_from_slice(more);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_after(images: &[(u32, u32)], size: Option<Size>) -> (usize, usize, usize, usize) {
        let mut rows = ImageRows::new(size);
        for &(width, height) in images {
            rows.push(&Prepared::new(GrayImage::new(width, height), size))
                .unwrap();
        }
        let size = rows.size().unwrap();
        let n_scaled = rows.n_scaled();
        (size.width, size.height, n_scaled, rows.into_pixels().len())
    }

    #[test]
    fn small_images_of_one_size_keep_it_and_others_become_28_by_28() {
        assert_eq!(size_after(&[(8, 9), (8, 9)], None), (8, 9, 0, 144));
        assert_eq!(size_after(&[(64, 64)], None), (64, 64, 0, 4096));
        assert_eq!(size_after(&[(65, 1)], None), (28, 28, 1, 784));
        assert_eq!(size_after(&[(8, 9), (8, 9), (9, 8)], None), (28, 28, 3, 3 * 784));
        assert_eq!(size_after(&[(8, 9), (65, 9), (8, 9)], None), (28, 28, 3, 3 * 784));
        assert_eq!(size_after(&[(28, 28), (70, 70)], None), (28, 28, 1, 2 * 784));
        assert_eq!(size_after(&[(28, 28), (9, 8)], None), (28, 28, 1, 2 * 784));
        let size = Some(Size { width: 5, height: 4 });
        assert_eq!(size_after(&[(5, 4), (9, 8)], size), (5, 4, 1, 40));
    }

    #[test]
    fn an_image_that_becomes_smaller_keeps_its_mean() {
        let stripes = GrayImage::from_fn(64, 64, |x, _| image::Luma([if x % 2 == 0 { 0 } else { 200 }]));
        let small = scaled(&stripes, Size { width: 8, height: 8 });
        assert!(
            small.pixels().all(|pixel| pixel.0[0].abs_diff(100) <= 7),
            "{small:?}"
        );
    }
}
