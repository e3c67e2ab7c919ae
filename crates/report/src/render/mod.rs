//! Board → text, one file a format. A new format is one new file and one line in the registry below.

mod renderer;

pub use renderer::Renderer;

/// Declares the modules and lists their renderers, so that neither can be forgotten.
macro_rules! renderers {
    ($($name:ident),* $(,)?) => {
        $(pub mod $name;)*

        /// Every format, sorted by name.
        pub const RENDERERS: &[Renderer] = &[$($name::RENDERER),*];
    };
}

renderers! {
    csv,
    json,
    markdown,
}

/// The renderer of that name.
pub fn find(name: &str) -> Option<&'static Renderer> {
    RENDERERS.iter().find(|renderer| renderer.name == name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_and_registry_name_the_same_formats_in_order() {
        let mut stems: Vec<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/render"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .filter(|stem| stem != "mod" && stem != "renderer")
            .collect();
        stems.sort();
        assert_eq!(
            RENDERERS.iter().map(|renderer| renderer.name).collect::<Vec<_>>(),
            stems
        );
    }
}
