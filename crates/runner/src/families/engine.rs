//! The engines that are built in. A new one is a constant here and its line in [`ENGINES`].

use crate::native::kernels::simd::Simd;

/// An engine that is built in.
#[derive(Debug, PartialEq, Eq)]
pub struct Engine {
    /// Its name in grids and results.
    pub name: &'static str,
    /// The crates whose versions decide what it computes, as `machines.csv` names them; none where it is our own.
    pub crates: &'static [&'static str],
}

/// Our own engine, [`crate::native`].
pub const NATIVE: Engine = Engine {
    name: "native",
    crates: &[],
};

/// linfa's classifiers, behind `linfa_adapters`.
pub const LINFA: Engine = Engine {
    name: "linfa",
    crates: &["linfa", "ndarray"],
};

/// Every engine that is built in.
pub const ENGINES: &[&Engine] = &[&NATIVE, &LINFA];

/// Name and version of every crate in `Cargo.lock`, in its order: `linfa 0.8.1;ndarray 0.16.1`.
const LOCKED_CRATES: &str = env!("HEMLINE_LOCKED_CRATES");

impl Engine {
    /// The engine of this name.
    pub fn find(name: &str) -> Option<&'static Engine> {
        ENGINES.iter().copied().find(|engine| engine.name == name)
    }

    /// The version for the column `engine_version`: that of its first crate, or of this program if it has none.
    pub fn version(&self) -> &'static str {
        let versions = LOCKED_CRATES
            .split(';')
            .filter_map(|locked| locked.split_once(' '));
        let own = self.crates.first();
        own.and_then(|own| versions.clone().find(|(name, _)| name == own))
            .map_or(env!("CARGO_PKG_VERSION"), |(_, version)| version)
    }

    /// Its crates with their versions: `linfa 0.8.1; ndarray 0.16.1`.
    pub fn libraries(&self) -> String {
        let is_own = |locked: &&str| {
            let name = locked.split(' ').next();
            name.is_some_and(|name| self.crates.contains(&name))
        };
        let own: Vec<&str> = LOCKED_CRATES.split(';').filter(is_own).collect();
        own.join("; ")
    }
}

/// The name of the SIMD level that the native engine uses on this machine: `avx2`, `avx512-vnni`, …
pub(crate) fn simd_level() -> &'static str {
    Simd::detect().name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_names_the_versions_of_its_crates() {
        let libraries = LINFA.libraries();
        let named: Vec<&str> = libraries.split("; ").collect();
        assert_eq!(named.len(), LINFA.crates.len(), "{libraries}");
        for (named, name) in named.iter().zip(LINFA.crates) {
            assert!(named.starts_with(&format!("{name} ")), "{libraries}");
        }
        assert_eq!(NATIVE.libraries(), "");
    }

    #[test]
    fn engines_are_found_by_name() {
        assert_eq!(Engine::find("linfa"), Some(&LINFA));
        assert_eq!(Engine::find("scikit-learn"), None);
    }
}
