//! Preprocessings as the column of a table shows them: without the parameters that all of one name have.

use std::collections::{BTreeMap, BTreeSet};

/// The parameters that every preprocessing of a name has, in some rows.
#[derive(Debug, Clone, Default)]
pub struct Preprocessings<'a> {
    shared: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Preprocessings<'a> {
    /// Those of some rows, as their texts: `hog(orientations=9, pixels_per_cell=4)`.
    pub fn of(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut shared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for text in texts.into_iter().collect::<BTreeSet<_>>() {
            let (name, parameters) = parts(text);
            // A number without a name, as in `pca(50)`, stays where it is.
            let named = || {
                parameters
                    .iter()
                    .copied()
                    .filter(|parameter| parameter.contains('='))
            };
            shared
                .entry(name)
                .and_modify(|shared| shared.retain(|parameter| parameters.contains(parameter)))
                .or_insert_with(|| named().collect());
        }
        Self { shared }
    }

    /// A preprocessing without the parameters that all of its name have.
    pub fn brief(&self, text: &str) -> String {
        let (name, parameters) = parts(text);
        let shared = self.shared.get(name).map_or(&[][..], Vec::as_slice);
        let own: Vec<&str> = parameters
            .into_iter()
            .filter(|parameter| !shared.contains(parameter))
            .collect();
        match own.as_slice() {
            [] => name.to_owned(),
            own => format!("{name}({})", own.join(", ")),
        }
    }

    /// The names whose parameters [`brief`](Self::brief) leaves out, with these parameters.
    pub fn shared(&self) -> impl Iterator<Item = (&'a str, String)> {
        let shared = self
            .shared
            .iter()
            .filter(|(_, parameters)| !parameters.is_empty());
        shared.map(|(name, parameters)| (*name, parameters.join(", ")))
    }
}

/// The name of a preprocessing without its parameters.
pub fn preprocessing_name(text: &str) -> &str {
    parts(text).0
}

/// Name and parameters of a preprocessing.
fn parts(text: &str) -> (&str, Vec<&str>) {
    match text.split_once('(') {
        None => (text, Vec::new()),
        Some((name, rest)) => (name, rest.trim_end_matches(')').split(", ").collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_of_one_name_have_is_said_once() {
        let all = [
            "none",
            "pca(50)",
            "hog(a=1, b=2)",
            "hog(a=1, b=3)",
            "patches(c=4)",
        ];
        let preprocessings = Preprocessings::of(all);
        let brief: Vec<String> = all.iter().map(|text| preprocessings.brief(text)).collect();
        assert_eq!(brief, ["none", "pca(50)", "hog(b=2)", "hog(b=3)", "patches"]);
        let shared: Vec<_> = preprocessings.shared().collect();
        assert_eq!(shared, [("hog", "a=1".to_owned()), ("patches", "c=4".to_owned())]);
    }
}
