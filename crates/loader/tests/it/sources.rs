//! Files that tests import: images, tables, and arrays as numpy writes them.

use std::fs;
use std::io::Write;
use std::path::Path;

use image::{DynamicImage, GrayImage, Luma};
use loader::{Dataset, local};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::program::loader;
use crate::sandbox::Sandbox;

/// An array of an `.npz` file: its name without `.npy`, and the bytes of its file.
pub(crate) type Npy = (&'static str, Vec<u8>);

/// The bytes of a `.npy` file: `dtype` as `<f4`, the shape as Python writes it.
pub(crate) fn npy(dtype: &str, is_fortran: bool, shape: &str, elements: &[u8]) -> Vec<u8> {
    let order = if is_fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}");
    npy_of_header(&header, elements)
}

/// The bytes of a `.npy` file with any text as header.
pub(crate) fn npy_of_header(header: &str, elements: &[u8]) -> Vec<u8> {
    let mut text = header.to_owned();
    text += &" ".repeat(63 - (10 + text.len()) % 64);
    text += "\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(elements);
    bytes
}

/// Bytes of little-endian numbers.
macro_rules! le {
    ($kind:ty: $($number:expr),* $(,)?) => { [$(<$kind>::to_le_bytes($number as $kind).to_vec()),*].concat() };
}
pub(crate) use le;

/// An `.npz` file, compressed as by `np.savez_compressed`.
pub(crate) fn write_npz(path: &Path, arrays: &[Npy]) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// An image of one shade of gray.
pub(crate) fn write_image(path: &Path, width: u32, height: u32, gray: u8) {
    let image = GrayImage::from_pixel(width, height, Luma([gray]));
    write_any_image(path, &DynamicImage::ImageLuma8(image));
}

/// An image in the format of the file's extension.
pub(crate) fn write_any_image(path: &Path, image: &DynamicImage) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save(path).unwrap();
}

/// Imports, and returns what the program printed on both streams.
#[track_caller]
pub(crate) fn import(sandbox: &Sandbox, arguments: &str) -> String {
    let mut command = loader(sandbox);
    command.arg("import").args(arguments.split_whitespace());
    let output = command.assert().success().get_output().clone();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// Imports, which is refused with exit code 2, one message with these texts, and without files.
#[track_caller]
pub(crate) fn refused(sandbox: &Sandbox, arguments: &str, texts: &[&str]) {
    let mut command = loader(sandbox);
    command.arg("import").args(arguments.split_whitespace());
    let output = command.assert().code(2).stdout("").get_output().clone();
    let says = on_one_line(&String::from_utf8(output.stderr).unwrap());
    for text in texts {
        assert!(says.contains(text), "{text:?} is not in: {says}");
    }
    assert!(!says.contains("panicked"), "{says}");
    let left = fs::read_dir(sandbox.path("data")).into_iter().flatten();
    assert_eq!(left.count(), 0, "{says}");
}

/// A message without the line breaks and the frame that fit it into a terminal.
pub(crate) fn on_one_line(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().filter(|word| *word != "│").collect();
    words.join(" ")
}

/// The dataset `mine`.
#[track_caller]
pub(crate) fn mine(sandbox: &Sandbox) -> Dataset {
    let found = local::find("mine", &sandbox.search()).unwrap();
    sandbox.open("mine", &found).unwrap()
}

/// Rows of a split as (label, pixels), sorted.
pub(crate) fn sorted(split: &loader::Split) -> Vec<(u8, Vec<u8>)> {
    let mut rows = in_order(split);
    rows.sort();
    rows
}

/// Rows of a split as (label, pixels).
pub(crate) fn in_order(split: &loader::Split) -> Vec<(u8, Vec<u8>)> {
    let rows = split.images.view().rows().zip(&split.labels);
    rows.map(|(pixels, label)| (label.0, pixels.to_vec())).collect()
}
