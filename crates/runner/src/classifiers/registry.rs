//! Finding a family by its name.

use super::{FAMILIES, Family};

/// The family of this name.
pub fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// The file name that a family's name asks for: the same words in snake case, without `Classifier`.
pub fn family_of_file(name: &str) -> String {
    let stem = name.strip_suffix("Classifier").unwrap_or(name);
    let letters: Vec<char> = stem.chars().collect();
    let mut file = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let after_small = i > 0 && letters[i - 1].is_lowercase();
        let before_small = i > 0 && letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_small || before_small) {
            file.push('_');
        }
        file.extend(letter.to_lowercase());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifiers::FAMILY_FILES;

    #[test]
    fn file_names_registry_lines_and_family_names_agree() {
        for (family, file) in FAMILIES.iter().zip(FAMILY_FILES) {
            assert_eq!(family_of_file(family.name), *file, "{}", family.name);
        }
        assert!(FAMILY_FILES.is_sorted(), "registry lines are sorted");
    }

    #[test]
    fn family_names_become_snake_case_without_classifier() {
        assert_eq!(family_of_file("KNeighborsClassifier"), "k_neighbors");
        assert_eq!(family_of_file("SVC"), "svc");
        assert_eq!(family_of_file("LinearSVC"), "linear_svc");
        assert_eq!(family_of_file("GaussianNB"), "gaussian_nb");
        assert_eq!(family_of_file("MLPClassifier"), "mlp");
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
