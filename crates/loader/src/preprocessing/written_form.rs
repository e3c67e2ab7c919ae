//! The written form of a preprocessing in a grid and in results: `name` or `name(parameters)`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::Preprocessing;

/// Why a text is not a preprocessing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PreprocessingError {
    /// The first word is not in [`Preprocessing::NAMES`].
    #[error("unknown preprocessing `{name}`; known: {known}", known = Preprocessing::SYNTAX.join(", "))]
    Unknown {
        /// The first word.
        name: String,
    },
    /// The parameters in parentheses are wrong.
    #[error("preprocessing `{text}`: {reason}")]
    Parameters {
        /// The whole text.
        text: String,
        /// What is wrong, and what is expected.
        reason: String,
    },
}

impl fmt::Display for Preprocessing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters();
        if parameters.is_empty() {
            f.pad(self.name())
        } else {
            f.pad(&format!("{}({parameters})", self.name()))
        }
    }
}

impl Preprocessing {
    /// The written form with only the parameters that differ from their default: `hog`, `patches(pooling=3)`.
    pub fn brief(self) -> String {
        let Some(Ok(default)) = Preprocessing::parse(self.name(), None) else {
            return self.to_string();
        };
        let (parameters, defaults) = (self.parameters(), default.parameters());
        let defaults: Vec<&str> = defaults.split(", ").collect();
        let differing: Vec<&str> = parameters
            .split(", ")
            .filter(|parameter| !defaults.contains(parameter))
            .collect();
        match differing.as_slice() {
            [] => self.name().to_owned(),
            differing => format!("{}({})", self.name(), differing.join(", ")),
        }
    }
}

impl FromStr for Preprocessing {
    type Err = PreprocessingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason: String| PreprocessingError::Parameters {
            text: text.to_owned(),
            reason,
        };
        let (name, parameters) = match text.split_once('(') {
            None => (text, None),
            Some((name, rest)) => {
                let inner = rest.strip_suffix(')');
                (
                    name,
                    Some(inner.ok_or_else(|| wrong("missing `)` at the end".into()))?),
                )
            }
        };
        match Preprocessing::parse(name, parameters) {
            Some(parsed) => parsed.map_err(wrong),
            None => Err(PreprocessingError::Unknown {
                name: name.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_one_written_form() {
        for (text, written) in [
            ("none", "none"),
            ("unit", "unit"),
            ("standard", "standard"),
            ("pca(50)", "pca(50)"),
            ("pca( 50 )", "pca(50)"),
            ("hog", "hog(orientations=9, pixels_per_cell=4, cells_per_block=2)"),
            (
                "hog()",
                "hog(orientations=9, pixels_per_cell=4, cells_per_block=2)",
            ),
            (
                "hog(cells_per_block=3,orientations = 12)",
                "hog(orientations=12, pixels_per_cell=4, cells_per_block=3)",
            ),
            (
                "scattering",
                "scattering(J=2, L=8, max_order=2, standardise=false)",
            ),
            (
                "scattering( max_order=1,J = 3 )",
                "scattering(J=3, L=8, max_order=1, standardise=false)",
            ),
            (
                "patches(encoding=triangle, centres=50, contrast=10.50)",
                "patches(size=6, centres=50, pooling=2, encoding=triangle, contrast=10.5, regulariser=0.1, \
                 square_root=false, standardise=true, max_patches=400000, iterations=20, seed=0)",
            ),
        ] {
            let read: Preprocessing = text.parse().unwrap();
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse(), Ok(read));
        }
    }

    #[test]
    fn a_brief_form_leaves_defaults_out_and_is_read_back() {
        for (text, brief) in [
            ("standard", "standard"),
            ("pca(50)", "pca(50)"),
            ("hog", "hog"),
            ("hog(orientations=9, pixels_per_cell=5)", "hog(pixels_per_cell=5)"),
        ] {
            let read: Preprocessing = text.parse().unwrap();
            assert_eq!(read.brief(), brief);
            assert_eq!(brief.parse(), Ok(read));
        }
        for example in Preprocessing::EXAMPLES {
            assert_eq!(example.brief().parse(), Ok(*example));
        }
    }

    #[test]
    fn a_wrong_text_gets_a_reason() {
        for (text, reason) in [
            (
                "Unit",
                "unknown preprocessing `Unit`; known: none, unit, standard, pca(N), hog, patches, scattering",
            ),
            ("pcb(3)", "unknown preprocessing `pcb`"),
            ("unit(2)", "unit has no parameters"),
            ("pca", "a number of components of at least 1"),
            ("pca(0)", "a number of components of at least 1"),
            ("pca(1.5)", "a number of components of at least 1"),
            ("pca(50", "missing `)`"),
            ("hog(9)", "`9`: expected `name=value`"),
            (
                "hog(orientation=9)",
                "no parameter `orientation`; it has orientations, pixels_per_cell, cells_per_block",
            ),
            (
                "hog(orientations=9, orientations=8)",
                "`orientations` is given twice",
            ),
            (
                "hog(pixels_per_cell=0)",
                "`pixels_per_cell`: expected a whole number of at least 1",
            ),
            (
                "hog(orientations=500)",
                "`orientations`: expected a whole number from 1 to 180",
            ),
            (
                "scattering(j=3)",
                "scattering has no parameter `j`; it has J, L, max_order",
            ),
            (
                "scattering(J=0)",
                "`J`: expected a whole number of at least 1, found `0`",
            ),
            (
                "scattering(L=181)",
                "`L`: expected a whole number from 1 to 180, found `181`",
            ),
            (
                "scattering(max_order=0)",
                "`max_order`: expected a whole number from 1 to 2, found `0`",
            ),
        ] {
            let error = text.parse::<Preprocessing>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_method_that_does_not_fit_the_images_gives_its_reason() {
        let misfit = |text: &str| text.parse::<Preprocessing>().unwrap().misfit(28, 20, 100);
        assert_eq!(misfit("standard"), None);
        assert_eq!(misfit("pca(100)"), None);
        assert!(misfit("pca(101)").unwrap().contains("at most 100 components"));
        assert_eq!(misfit("hog(pixels_per_cell=10)"), None);
        let reason = misfit("hog(pixels_per_cell=11)").unwrap();
        assert!(
            reason.contains("2 × 1 cells") && reason.contains("2 × 2"),
            "{reason}"
        );
    }
}
