//! `Datasets`: the datasets that a grid may name: known ones, those that it declares, and those in the data folders.

use loader::{Search, Source, catalog, local};
use std::collections::BTreeMap;

use crate::grid::declared_datasets::SYNTHETIC;
use crate::grid::diagnostic::suggestion;

/// The datasets that a grid may name.
#[derive(Default)]
pub(crate) struct Datasets {
    /// Every `[datasets.NAME]`.
    pub(super) declared: BTreeMap<String, Source>,
    /// Where other names are looked up; `None`: nowhere.
    pub(super) search: Option<Search>,
}

impl Datasets {
    /// The known datasets, and those that a search finds.
    pub(crate) fn of_search(search: Search) -> Datasets {
        Datasets {
            declared: BTreeMap::new(),
            search: Some(search),
        }
    }

    /// The source of a dataset; `None` for an unknown name. A declaration comes before a folder of the same name.
    pub(crate) fn source(&self, name: &str) -> Option<Source> {
        let synthetic = (name == catalog::SYNTHETIC).then_some(SYNTHETIC);
        let known = || catalog::known(name).map(Source::Known);
        let local = || local::find(name, self.search.as_ref()?);
        let declared = self.declared.get(name).cloned();
        declared.or(synthetic).or_else(known).or_else(local)
    }

    /// Help for an unknown name.
    pub(crate) fn help(&self, name: &str) -> String {
        let names = self.names();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        format!(
            "{}; `loader import PATH NAME` makes one of images, numpy arrays or a table: docs/own-data.md",
            suggestion(name, &known)
        )
    }

    /// The names that [`Datasets::source`] knows.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = catalog::NAMES.map(str::to_owned).to_vec();
        names.extend(self.declared.keys().cloned());
        let local = self.search.as_ref().map(local::names).unwrap_or_default();
        names.extend(local.into_iter().filter(|name| !self.declared.contains_key(name)));
        names
    }
}
