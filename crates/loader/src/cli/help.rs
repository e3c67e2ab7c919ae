//! Texts of `--help`: examples and the headings of options.

/// The heading of the options that choose what is read.
pub(super) const INPUT: &str = "Input";

/// The heading of the options that choose what is written.
pub(super) const OUTPUT: &str = "Output";

pub(super) const EXAMPLES: &str = "\
Examples:
  loader fetch fashion-mnist mnist    download, verify and cache both
  loader check fashion-mnist          checksums, classes, duplicates, overlap
  loader import photos/ pets          a dataset of a folder of images

Exit codes: 0 done; 1 standard output cannot be written; 2 usage or data error.";

pub(super) const FETCH: &str = "\
Examples:
  loader fetch fashion-mnist mnist
  loader fetch mine --data-dir ~/datasets
  loader fetch ./mine                 the IDX files of a folder";

pub(super) const CHECK: &str = "\
Examples:
  loader check fashion-mnist
  loader check mine --data-dir ~/datasets
  loader check ./mine                 the IDX files of a folder";

pub(super) const IMPORT: &str = "\
Examples:
  loader import photos/ pets --size 32             one subfolder per class
  loader import digits.npz digits --scale auto     arrays of numpy
  loader import iris.csv iris --label species --scale auto";

pub(super) const SPRITE: &str = "\
Examples:
  loader sprite fashion-mnist
  loader sprite fashion-mnist mnist
  loader sprite mine --data-dir ~/datasets --out classes.png";
