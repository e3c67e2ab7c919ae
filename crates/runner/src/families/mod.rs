//! The registry of classifier families. Each family declares its parameters and maps them to the settings of engines.

pub(crate) mod choices;
pub(crate) mod defaults_of_2017;
pub mod engine;
pub mod family;
pub mod growth;
pub mod method_kind;

use family::Family;

/// Declares the modules of the families and lists them. A new classifier is one new file and one line here, sorted.
macro_rules! families {
    ($($module:ident),* $(,)?) => {
        $(pub(crate) mod $module;)*

        /// Every family, in the order of its file names.
        pub const FAMILIES: &[Family] = &[$($module::FAMILY),*];

        /// The file names of the families, in the same order.
        #[cfg(test)]
        const FAMILY_FILES: &[&str] = &[$(stringify!($module)),*];
    };
}

families! {
    ada_boost,
    bagging,
    bernoulli_nb,
    decision_tree,
    dummy,
    extra_tree,
    extra_trees,
    gaussian_nb,
    gaussian_process,
    gradient_boosting,
    hist_gradient_boosting,
    k_neighbors,
    linear_discriminant_analysis,
    linear_svc,
    logistic_regression,
    mlp,
    multinomial_nb,
    nearest_centroid,
    passive_aggressive,
    perceptron,
    quadratic_discriminant_analysis,
    random_forest,
    ridge,
    sgd,
    svc,
}

/// The family of this name.
pub fn find(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// The family of this name, whatever the case of its letters: for what people type.
pub(crate) fn named(name: &str) -> Option<&'static Family> {
    FAMILIES
        .iter()
        .find(|family| family.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_registry_lines_and_family_names_agree() {
        for (family, file) in FAMILIES.iter().zip(FAMILY_FILES) {
            assert_eq!(family.file_stem(), *file, "{}", family.name);
        }
        assert!(FAMILY_FILES.is_sorted(), "registry lines are sorted");
    }

    #[test]
    fn no_family_lists_a_parameter_twice() {
        for family in FAMILIES {
            let mut names: Vec<_> = family.params.iter().map(|spec| spec.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), family.params.len(), "{}", family.name);
        }
    }

    #[test]
    fn every_default_passes_its_own_check() {
        for family in FAMILIES {
            for spec in family.params {
                assert!(
                    spec.check(&(spec.default)()).is_ok(),
                    "{} {}",
                    family.name,
                    spec.name
                );
            }
        }
    }
}
