//! The macro that turns registry lines into the type `Preprocessing`.

/// Declares the module of each line, `Preprocessing` with one variant per line, and the type of fitted methods.
macro_rules! preprocessings {
    ($($file:ident: $Method:ident,)+) => {
        $(
            mod $file;
            pub use $file::$Method;
        )+

        /// How pixels become the features that a classifier sees.
        ///
        /// `Display` and `FromStr` are the written form of a grid: `standard`, `pca(50)`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Preprocessing {
            $(
                #[doc = concat!("`", stringify!($file), "`, see [`", stringify!($Method), "`].")]
                $Method($Method),
            )+
        }

        impl Preprocessing {
            /// Every registered preprocessing once, with usual parameters, in the order of the registry.
            pub const EXAMPLES: &'static [Preprocessing] =
                &[$(Preprocessing::$Method(<$Method as method::Method>::EXAMPLE)),+];

            /// The names, in the order of the registry.
            pub const NAMES: &'static [&'static str] = &[$(<$Method as method::Method>::NAME),+];

            /// The names with their required parameters, for messages.
            pub(crate) const SYNTAX: &'static [&'static str] = &[$(<$Method as method::Method>::SYNTAX),+];

            /// The files of the registry lines.
            #[cfg(test)]
            pub(crate) const FILES: &'static [&'static str] = &[$(stringify!($file)),+];

            /// Reads the parameters of the method with this name; `None` for an unknown name.
            pub(crate) fn parse(name: &str, parameters: Option<&str>) -> Option<Result<Preprocessing, String>> {
                $(
                    if name == <$Method as method::Method>::NAME {
                        let method = <$Method as method::Method>::parse(parameters);
                        return Some(method.map(Preprocessing::$Method));
                    }
                )+
                None
            }

            /// The word that the written form begins with.
            pub fn name(self) -> &'static str {
                match self {
                    $(Preprocessing::$Method(_) => <$Method as method::Method>::NAME,)+
                }
            }

            /// The text between the parentheses of the written form; empty without parameters.
            pub(crate) fn parameters(self) -> String {
                match self {
                    $(Preprocessing::$Method(method) => method::Method::parameters(method),)+
                }
            }

            /// The reason why it cannot be fitted to `n_train` images of this size in pixels; `None` if it can.
            pub fn misfit(self, height: usize, width: usize, n_train: usize) -> Option<String> {
                let reason = match self {
                    $(Preprocessing::$Method(method) => method::Method::misfit(method, height, width, n_train),)+
                };
                reason.map(|reason| format!("{self}: {reason}"))
            }

            /// Features per image of this size in pixels.
            pub fn n_features(self, height: usize, width: usize) -> usize {
                match self {
                    $(Preprocessing::$Method(method) => method::Method::n_features(method, height, width),)+
                }
            }

            /// Whether no feature is ever below 0.
            pub fn is_non_negative(self) -> bool {
                match self {
                    $(Preprocessing::$Method(method) => method::Method::is_non_negative(method),)+
                }
            }

            /// Whether feature `i` is an increasing linear function of pixel `i` alone, so that an engine may work on the bytes.
            pub fn is_of_pixels(self) -> bool {
                match self {
                    $(Preprocessing::$Method(method) => method::Method::is_of_pixels(method),)+
                }
            }

            /// Whether it takes minutes on a dataset of 70,000 images: compute it once per dataset and keep the features.
            pub fn is_costly(self) -> bool {
                match self {
                    $(Preprocessing::$Method(method) => method::Method::is_costly(method),)+
                }
            }

            /// Version of its features, for those who keep them.
            pub fn version(self) -> u32 {
                match self {
                    $(Preprocessing::$Method(_) => <$Method as method::Method>::VERSION,)+
                }
            }

            /// Takes the statistics of the training rows.
            pub(crate) fn fit(self, train: $crate::data::Images<'_>) -> FittedMethod {
                match self {
                    $(Preprocessing::$Method(method) => FittedMethod::$Method(method::Method::fit(method, train)),)+
                }
            }

            /// Takes the statistics of the training rows, and converts the same rows.
            pub(crate) fn fit_convert<T: Copy + Send>(
                self,
                train: $crate::data::Images<'_>,
                round: impl Fn(f64) -> T + Sync,
            ) -> (FittedMethod, Vec<T>) {
                match self {
                    $(
                        Preprocessing::$Method(method) => {
                            let (fitted, values) = method::Method::fit_convert(method, train, round);
                            (FittedMethod::$Method(fitted), values)
                        }
                    )+
                }
            }
        }

        /// A fitted method: one branch per batch, none per pixel.
        #[derive(Clone, Debug)]
        pub(crate) enum FittedMethod {
            $($Method(<$Method as method::Method>::Fitted),)+
        }

        impl method::Fitted for FittedMethod {
            fn convert<T: Copy + Send>(&self, images: $crate::data::Images<'_>, round: impl Fn(f64) -> T + Sync) -> Vec<T> {
                match self {
                    $(FittedMethod::$Method(fitted) => fitted.convert(images, round),)+
                }
            }

            fn value(&self, pixel: usize, byte: u8) -> Option<f64> {
                match self {
                    $(FittedMethod::$Method(fitted) => fitted.value(pixel, byte),)+
                }
            }

            fn step(&self, pixel: usize) -> Option<f64> {
                match self {
                    $(FittedMethod::$Method(fitted) => fitted.step(pixel),)+
                }
            }
        }
    };
}

pub(super) use preprocessings;

#[cfg(test)]
mod tests {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{RngCore, SeedableRng};

    use crate::data::Images;
    use crate::preprocessing::{Preprocessing, Transform};

    const SIDE: usize = 8;
    const N_ROWS: usize = 60;

    fn random_pixels(seed: u64) -> Vec<u8> {
        let mut pixels = vec![0; N_ROWS * SIDE * SIDE];
        Xoshiro256PlusPlus::seed_from_u64(seed).fill_bytes(&mut pixels);
        pixels
    }

    #[test]
    fn names_are_unique_and_equal_the_file_names() {
        let mut names = Preprocessing::NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Preprocessing::NAMES.len());
        assert_eq!(Preprocessing::NAMES, Preprocessing::FILES);
        for (example, syntax) in Preprocessing::EXAMPLES.iter().zip(Preprocessing::SYNTAX) {
            assert!(syntax.starts_with(example.name()), "{syntax}");
        }
    }

    #[test]
    fn written_forms_are_read_back() {
        for example in Preprocessing::EXAMPLES {
            let written = example.to_string();
            assert!(written.starts_with(example.name()), "{written}");
            assert_eq!(written.parse(), Ok(*example));
        }
    }

    #[test]
    fn n_features_is_the_width_of_the_converted_matrix() {
        let pixels = random_pixels(0);
        let images = Images::new(&pixels, SIDE, SIDE);
        for &example in Preprocessing::EXAMPLES {
            assert_eq!(example.misfit(SIDE, SIDE, N_ROWS), None);
            let transform = Transform::fit(example, images);
            let n_features = example.n_features(SIDE, SIDE);
            assert_eq!(transform.n_features(), n_features, "{example}");
            assert_eq!(transform.to_f64(images).dim(), (N_ROWS, n_features), "{example}");
        }
    }

    #[test]
    fn single_precision_is_double_precision_rounded() {
        let pixels = random_pixels(1);
        let images = Images::new(&pixels, SIDE, SIDE);
        for &example in Preprocessing::EXAMPLES {
            let transform = Transform::fit(example, images);
            let rounded = transform.to_f64(images).mapv(|value| value as f32);
            assert_eq!(transform.to_f32(images), rounded, "{example}");
        }
    }

    #[test]
    fn is_non_negative_holds_on_random_rows() {
        let (train, test) = (random_pixels(2), random_pixels(3));
        for &example in Preprocessing::EXAMPLES {
            let transform = Transform::fit(example, Images::new(&train, SIDE, SIDE));
            let values = transform.to_f64(Images::new(&test, SIDE, SIDE));
            // A feature that can be negative need not be so on these rows.
            let holds = values.iter().all(|value| *value >= 0.0);
            assert!(holds || !example.is_non_negative(), "{example}");
        }
    }

    #[test]
    fn features_of_one_pixel_equal_value_and_grow_by_steps() {
        let (train, test) = (random_pixels(4), random_pixels(5));
        for &example in Preprocessing::EXAMPLES
            .iter()
            .filter(|example| example.is_of_pixels())
        {
            let transform = Transform::fit(example, Images::new(&train, SIDE, SIDE));
            let images = Images::new(&test, SIDE, SIDE);
            let (values, steps) = (transform.to_f64(images), transform.steps());
            assert!(transform.is_of_pixels() && steps.len() == transform.n_features());
            for ((row, pixel), value) in values.indexed_iter() {
                assert_eq!(
                    transform.value(pixel, images.row(row)[pixel]),
                    *value,
                    "{example}"
                );
                let step = transform.value(pixel, 1) - transform.value(pixel, 0);
                assert!((step - steps[pixel]).abs() < 1e-15, "{example}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "combines several pixels")]
    fn a_feature_of_several_pixels_has_no_value_per_pixel() {
        let pixels = random_pixels(6);
        let combining = Preprocessing::EXAMPLES
            .iter()
            .find(|example| !example.is_of_pixels());
        Transform::fit(*combining.unwrap(), Images::new(&pixels, SIDE, SIDE)).value(0, 0);
    }
}
