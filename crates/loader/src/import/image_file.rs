//! One image file, decoded to shades of gray within limits on its size.

use std::fs::File;
use std::io::{self, BufReader};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use image::error::LimitErrorKind;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageError, ImageReader, Limits};

use crate::source::regular_file;

/// The formats that are read, for messages.
pub(super) const FORMATS: &str = "PNG, JPEG, BMP, GIF, PNM, TIFF, WebP";

/// Longest side in pixels.
const MOST_SIDE: u32 = 1 << 15;
/// Most bytes of a file, and of a decoded image.
const MOST_BYTES: u64 = 512 << 20;

/// Reads an image. Colour becomes luma, and what is transparent becomes black. The error is the reason.
///
/// An orientation in the file's EXIF data is applied. Of an animation, the first image is read.
pub(super) fn read(path: &Path) -> Result<GrayImage, String> {
    let file = regular_file::open(path).map_err(|error| error.to_string())?;
    // Some decoders read the whole file first.
    if file.metadata().map_err(|error| error.to_string())?.len() > MOST_BYTES {
        return Err(too_large());
    }
    let mut reader = ImageReader::new(BufReader::new(file))
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    reader.limits(limits());
    // A decoder that panics on a damaged file shall not end the program.
    let decoded = panic::catch_unwind(AssertUnwindSafe(|| decode(reader)));
    match decoded {
        Ok(decoded) => decoded.map_err(|error| reason(&error)),
        Err(_) => Err("its decoder failed".to_owned()),
    }
}

fn decode(reader: ImageReader<BufReader<File>>) -> Result<GrayImage, ImageError> {
    let mut decoder = reader.into_decoder()?;
    let mut limits = limits();
    let (width, height) = decoder.dimensions();
    limits.check_dimensions(width, height)?;
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(gray(image))
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    limits
}

fn gray(image: DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.into_luma8();
    }
    let image = image.into_luma_alpha8();
    GrayImage::from_fn(image.width(), image.height(), |x, y| {
        let [luma, alpha] = image.get_pixel(x, y).0.map(u16::from);
        let over_black = (luma * alpha + 127) / 255;
        image::Luma([u8::try_from(over_black).unwrap_or(u8::MAX)])
    })
}

fn too_large() -> String {
    format!("larger than {} MiB", MOST_BYTES >> 20)
}

fn reason(error: &ImageError) -> String {
    match error {
        ImageError::Unsupported(_) => "no known image format".to_owned(),
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError => format!("a side is longer than {MOST_SIDE} pixels"),
            _ => too_large(),
        },
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the file is cut off".to_owned()
        }
        // Some messages of decoders have several lines.
        other => other.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}
