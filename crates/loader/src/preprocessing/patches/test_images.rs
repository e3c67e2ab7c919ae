//! Images of a formula, the same as in `scripts/patches-reference`.

pub(super) const HEIGHT: usize = 10;
pub(super) const WIDTH: usize = 9;

/// The bytes of `n` images.
pub(super) fn pixels(n: usize) -> Vec<u8> {
    let byte = |i: usize| {
        let (image, row, column) = (i / (HEIGHT * WIDTH), i / WIDTH % HEIGHT, i % WIDTH);
        (row * row * 7 + column * column * 13 + row * column * image + image * 29) % 256
    };
    let bytes = (0..n * HEIGHT * WIDTH).map(byte);
    bytes.map(|byte| u8::try_from(byte).unwrap()).collect()
}
