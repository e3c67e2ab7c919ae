//! PNG files that appear whole: a full disk leaves the old file as it was.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use loader::ImageBuffer;

/// Writes an image in shades of gray.
pub(crate) fn write(path: &Path, image: &ImageBuffer) -> io::Result<()> {
    let bytes = encoded(image)?;
    match fs::symlink_metadata(path) {
        // A device, a pipe or a link keeps its place.
        Ok(metadata) if !metadata.is_file() => fs::write(path, bytes),
        _ => replace(path, &bytes),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut temp = tempfile::Builder::new()
        .prefix(".")
        .suffix(".part")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(parent.unwrap_or(Path::new(".")))
        .map_err(|error| io::Error::from(error.kind()))?;
    temp.write_all(bytes)?;
    temp.as_file().sync_all()?;
    temp.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn encoded(image: &ImageBuffer) -> io::Result<Vec<u8>> {
    let view = image.view();
    let too_large = |_| io::Error::other("the image is larger than PNG allows");
    let [width, height] = [view.width(), view.height()].map(u32::try_from);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width.map_err(too_large)?, height.map_err(too_large)?);
    encoder.set_color(png::ColorType::Grayscale);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(view.pixels())?;
        writer.finish()
    });
    written.map_err(io::Error::other)?;
    Ok(bytes)
}
