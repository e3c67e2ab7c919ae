//! The parameters of `patches`: their ranges, defaults and written form.

use crate::preprocessing::parameters::{Decimal, Parameters};

/// Learned patches; each parameter has the value of the paper beside its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Patches {
    /// Side of a patch in pixels, at least 2. Paper: 6.
    pub size: usize,
    /// Number of k-means centres, at least 1. Paper: 100 to 4,000.
    pub centres: usize,
    /// The image is divided into `pooling` × `pooling` cells, at least 1; a feature is a sum over one cell. Paper: 2.
    pub pooling: usize,
    /// How the products of a patch and the centres become features.
    pub encoding: PatchEncoding,
    /// Added to the variance of a patch, in squared gray values of 0 to 255, before its root divides the patch. Paper: 10.
    pub contrast: Decimal,
    /// Added to each variance of the normalized patches (about 1 per pixel) before whitening divides by its root. Paper: 0.1.
    pub regulariser: Decimal,
    /// Whether each sum over a cell is replaced by its square root. Not in the papers.
    pub square_root: bool,
    /// Whether each feature has mean 0 and variance 1 over the training rows. Paper: true.
    pub standardise: bool,
    /// Training patches that the centres are learned from, at least 1; all patches where there are fewer. Paper: 400,000.
    pub max_patches: usize,
    /// Iterations of k-means, at least 1; fewer once no patch changes its centre. Paper: about 10.
    pub iterations: usize,
    /// Seed of the sample and of the first centres.
    pub seed: u64,
}

/// How the products of a patch and the centres become features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatchEncoding {
    /// Two features per centre: `max(0, product - threshold)`, and the same of the negative product (Coates and Ng, 2011).
    Rectified {
        /// At least 0, in standard deviations of a whitened pixel. Paper: 0.25.
        threshold: Decimal,
    },
    /// One feature per centre: how far its distance to the patch is below the mean of all distances, or 0 (Coates, Lee and
    /// Ng, 2011).
    Triangle,
}

impl PatchEncoding {
    /// Features per centre and pooling cell.
    pub(super) fn n_signs(self) -> usize {
        match self {
            PatchEncoding::Rectified { .. } => 2,
            PatchEncoding::Triangle => 1,
        }
    }
}

const NAMES: [&str; 12] = [
    "size",
    "centres",
    "pooling",
    "encoding",
    "threshold",
    "contrast",
    "regulariser",
    "square_root",
    "standardise",
    "max_patches",
    "iterations",
    "seed",
];

impl Patches {
    /// The value of a parameter that is left out.
    pub const DEFAULT: Patches = Patches {
        size: 6,
        centres: 400,
        pooling: 2,
        encoding: PatchEncoding::Rectified {
            threshold: Decimal::new(0.25),
        },
        contrast: Decimal::new(10.0),
        regulariser: Decimal::new(0.1),
        square_root: false,
        standardise: true,
        max_patches: 400_000,
        iterations: 20,
        seed: 0,
    };

    /// Reads `name=value`, separated by commas.
    pub(super) fn read(parameters: Option<&str>) -> Result<Patches, String> {
        let given = Parameters::read("patches", &NAMES, parameters)?;
        let default = Patches::DEFAULT;
        let is_rectified = given.word("encoding", true, &[("rectified", true), ("triangle", false)])?;
        if !is_rectified && given.text("threshold").is_some() {
            return Err("`threshold` has no effect with encoding=triangle; leave it out".into());
        }
        let encoding = if is_rectified {
            PatchEncoding::Rectified {
                threshold: given.decimal("threshold", Decimal::new(0.25), 0.0..=1e6)?,
            }
        } else {
            PatchEncoding::Triangle
        };
        Ok(Patches {
            size: given.whole("size", default.size, 2..)?,
            centres: given.whole("centres", default.centres, 1..)?,
            pooling: given.whole("pooling", default.pooling, 1..)?,
            encoding,
            contrast: given.decimal("contrast", default.contrast, 1e-3..=1e6)?,
            regulariser: given.decimal("regulariser", default.regulariser, 1e-6..=1e6)?,
            square_root: given.boolean("square_root", default.square_root)?,
            standardise: given.boolean("standardise", default.standardise)?,
            max_patches: given.whole("max_patches", default.max_patches, 1..)?,
            iterations: given.whole("iterations", default.iterations, 1..)?,
            seed: given.whole("seed", default.seed, 0..)?,
        })
    }

    /// Every parameter that has an effect, in the order of the fields.
    pub(super) fn written(self) -> String {
        let Patches {
            size,
            centres,
            pooling,
            encoding,
            contrast,
            regulariser,
            square_root,
            standardise,
            max_patches,
            iterations,
            seed,
        } = self;
        let encoding = match encoding {
            PatchEncoding::Rectified { threshold } => format!("rectified, threshold={threshold}"),
            PatchEncoding::Triangle => "triangle".to_owned(),
        };
        format!(
            "size={size}, centres={centres}, pooling={pooling}, encoding={encoding}, contrast={contrast}, \
             regulariser={regulariser}, square_root={square_root}, standardise={standardise}, \
             max_patches={max_patches}, iterations={iterations}, seed={seed}"
        )
    }

    /// Positions of a patch down and across an image; 0 where the image is smaller than the patch.
    pub(super) fn positions(self, height: usize, width: usize) -> [usize; 2] {
        [height, width].map(|pixels| (pixels + 1).saturating_sub(self.size))
    }

    /// Features per image; `None` where their number exceeds `usize`.
    pub(super) fn checked_n_features(self) -> Option<usize> {
        (self.pooling.checked_mul(self.pooling)?)
            .checked_mul(self.centres)?
            .checked_mul(self.encoding.n_signs())
    }

    /// Why the parameters cannot be fitted to `n_train` images of this size in pixels; `None` if they can.
    pub(super) fn reason_against(self, height: usize, width: usize, n_train: usize) -> Option<String> {
        let Patches {
            size,
            centres,
            pooling,
            max_patches,
            ..
        } = self;
        let [down, across] = self.positions(height, width);
        let n_patches = n_train.saturating_mul(down * across);
        if down == 0 || across == 0 {
            return Some(format!(
                "images of {height} × {width} pixels are smaller than a patch of {size} × {size}"
            ));
        }
        if pooling > down.min(across) {
            return Some(format!(
                "a patch has {down} × {across} positions in an image, fewer than {pooling} × {pooling} pooling cells"
            ));
        }
        if centres > n_patches {
            return Some(format!(
                "{n_train} images have {n_patches} patches, fewer than {centres} centres"
            ));
        }
        if centres > max_patches {
            return Some(format!(
                "{centres} centres cannot be learned from max_patches={max_patches}"
            ));
        }
        let n_bytes = self.checked_n_features().and_then(|n_features| {
            n_features
                .checked_mul(n_train.max(1))?
                .checked_mul(size_of::<f64>())
        });
        if n_bytes.is_none_or(|n_bytes| isize::try_from(n_bytes).is_err()) {
            return Some(format!(
                "{centres} centres and {pooling} × {pooling} pooling cells give more features than memory can address"
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(parameters: &str) -> String {
        Patches::read(Some(parameters)).unwrap_err()
    }

    #[test]
    fn the_written_form_is_read_back() {
        assert_eq!(
            Patches::DEFAULT.written(),
            "size=6, centres=400, pooling=2, encoding=rectified, threshold=0.25, contrast=10, regulariser=0.1, \
             square_root=false, standardise=true, max_patches=400000, iterations=20, seed=0"
        );
        for parameters in [
            "",
            "centres=1600, threshold=0.3333333333333333, seed=18446744073709551615",
            "encoding=triangle, size=8, pooling=4, square_root=true, standardise=false",
            "contrast=0.001, regulariser=1e-6, max_patches=1000, iterations=1, centres=7",
        ] {
            let patches = Patches::read(Some(parameters)).unwrap();
            assert_eq!(
                Patches::read(Some(&patches.written())),
                Ok(patches),
                "{parameters}"
            );
        }
        assert_eq!(Patches::read(None), Ok(Patches::DEFAULT));
    }

    #[test]
    fn a_wrong_parameter_gets_a_reason() {
        assert!(error("centers=5").starts_with("patches has no parameter `centers`; it has size, centres,"));
        assert!(error("size=1").contains("`size`: expected a whole number of at least 2"));
        assert!(error("encoding=soft").contains("expected rectified or triangle, found `soft`"));
        assert!(error("threshold=-1").contains("expected a number from 0 to 1000000"));
        assert!(error("regulariser=0").contains("`regulariser`: expected a number from 0.000001"));
        assert!(error("threshold=0.25, encoding=triangle").contains("no effect with encoding=triangle"));
    }

    #[test]
    fn images_that_do_not_fit_get_a_reason() {
        let reason = |parameters: &str, [height, width, n_train]: [usize; 3]| {
            let patches = Patches::read(Some(parameters)).unwrap();
            patches.reason_against(height, width, n_train).unwrap_or_default()
        };
        assert_eq!(reason("", [28, 28, 1]), "");
        assert_eq!(reason("centres=1, pooling=1", [6, 6, 1]), "");
        assert_eq!(
            reason("", [1, 1, 1000]),
            "images of 1 × 1 pixels are smaller than a patch of 6 × 6"
        );
        assert_eq!(
            reason("size=8", [28, 7, 1000]),
            "images of 28 × 7 pixels are smaller than a patch of 8 × 8"
        );
        assert_eq!(
            reason("", [28, 6, 1000]),
            "a patch has 23 × 1 positions in an image, fewer than 2 × 2 pooling cells"
        );
        assert_eq!(
            reason("centres=1600", [28, 28, 3]),
            "3 images have 1587 patches, fewer than 1600 centres"
        );
        assert_eq!(
            reason("max_patches=300", [28, 28, 3]),
            "400 centres cannot be learned from max_patches=300"
        );
        let many = format!("centres={0}, max_patches={0}", usize::MAX);
        assert!(reason(&many, [28, 28, usize::MAX / 400]).contains("more features than memory can address"));
    }
}
