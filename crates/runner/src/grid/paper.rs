//! What the Fashion-MNIST paper printed for a point: table 3, scikit-learn 0.19 on standardized pixels.

use loader::{Augment, Preprocessing, catalog};
use serde::Deserialize;
use std::sync::LazyLock;

use crate::families::family::Family;
use crate::grid::point::PlannedPoint;
use crate::grid::trainer::FamilyRef;
use crate::params::column::read_params_column;
use crate::params::spec::Settings;

/// A row of the table.
#[derive(Deserialize)]
struct Printed {
    classifier: String,
    /// The printed parameters and the defaults of 2017, with today's names.
    parameters_today: String,
    fashion_accuracy: String,
    mnist_accuracy: String,
}

static PRINTED: LazyLock<Vec<Printed>> = LazyLock::new(|| {
    let text = include_str!("../../../../reference/published.csv");
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.collect::<Result<_, _>>()
        .expect("a test reads the embedded file")
});

/// The accuracy that the paper printed for this point; `None` if it has no such point.
pub(crate) fn printed(point: &PlannedPoint) -> Option<&'static str> {
    let FamilyRef::Registry(family) = &point.family else {
        return None;
    };
    let is_whole = (point.n_train, point.n_test) == (point.data.n_train, point.data.n_test);
    if point.preprocessing != Preprocessing::STANDARD || point.augment != Augment::NONE || !is_whole {
        return None;
    }
    let ours = point.family.effective_settings(&point.settings);
    let mut rows = PRINTED.iter().filter(|row| row.classifier == family.name);
    let row = rows.find(|row| {
        settings(family, row).is_some_and(|theirs| point.family.effective_settings(&theirs) == ours)
    })?;
    let name = point.data.name.as_str();
    if name == catalog::KNOWN[0].name {
        Some(&row.fashion_accuracy)
    } else if name == catalog::KNOWN[1].name {
        Some(&row.mnist_accuracy)
    } else {
        None
    }
}

/// The settings of a row in their canonical form; `None` if the family does not have them.
fn settings(family: &Family, row: &Printed) -> Option<Settings> {
    let settings = read_params_column(&row.parameters_today)?;
    let canonical = settings.into_iter().map(|(name, value)| {
        let spec = family.params.iter().find(|spec| spec.name == name)?;
        Some((name, spec.check(&value).ok()?))
    });
    canonical.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::families;

    #[test]
    fn every_row_of_the_paper_has_a_family_that_knows_its_parameters() {
        assert_eq!(PRINTED.len(), 126);
        for row in PRINTED.iter() {
            let family = families::find(&row.classifier).unwrap();
            assert!(
                settings(family, row).is_some(),
                "{} {}",
                row.classifier,
                row.parameters_today
            );
        }
    }
}
