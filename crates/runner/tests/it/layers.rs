//! The layers: what each folder may import, and what only one folder or file may contain.

use std::collections::{BTreeMap, BTreeSet};

use runner::families::FAMILIES;
use runner::families::engine::ENGINES;

use crate::source::{SourceFile, source_files};

/// Folders of `runner` and the folders that each may import, besides itself.
const RUNNER: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "embed",
            "estimate",
            "run",
            "run/system",
            "results",
            "grid",
            "families",
        ],
    ),
    ("estimate", &["results", "grid"]),
    ("embed", &["estimator", "native"]),
    (
        "run",
        &["run/system", "results", "grid", "families", "estimator", "params"],
    ),
    ("run/system", &[]),
    ("grid", &["families", "params"]),
    ("families", &["params", "estimator", "native", "linfa_adapters"]),
    ("linfa_adapters", &["estimator"]),
    ("results", &[]),
    ("params", &[]),
    ("estimator", &[]),
    ("native/kernels", &[]),
    ("native/linalg", &[]),
    ("native/optim", &["native/linalg", "native/kernels"]),
    ("native/data", &["native/kernels", "estimator"]),
    (
        "native/linear",
        &[
            "native/optim",
            "native/linalg",
            "native/data",
            "native/kernels",
            "estimator",
        ],
    ),
    (
        "native/linear_svm",
        &[
            "native/linear",
            "native/linalg",
            "native/data",
            "native/kernels",
            "estimator",
        ],
    ),
    (
        "native/kernel_svm",
        &["native/linear_svm", "native/data", "native/kernels", "estimator"],
    ),
    ("native/tree", &["native/data", "native/kernels", "estimator"]),
    (
        "native/boosting",
        &["native/tree", "native/data", "native/kernels", "estimator"],
    ),
    ("native/neighbors", &["native/kernels", "estimator"]),
    (
        "native/generative",
        &["native/linear", "native/linalg", "native/data", "estimator"],
    ),
    ("native/gaussian_process", &["native/linalg", "estimator"]),
    (
        "native/neural_network",
        &["native/optim", "native/data", "native/kernels", "estimator"],
    ),
    ("native/dummy", &["native/data", "estimator"]),
    ("native", &["estimator"]),
    ("fuzzing", &["grid", "results", "run"]),
];

const LOADER: &[(&str, &[&str])] = &[
    (
        "cli",
        &["check", "data", "error", "preprocessing", "source", "sprite"],
    ),
    ("check", &["data", "error", "preprocessing", "source"]),
    ("import", &["data", "source"]),
    ("sprite", &["data"]),
    ("augment", &["data"]),
    ("source", &["data", "error"]),
    ("preprocessing", &["data"]),
    ("error", &["data"]),
    ("data", &[]),
    ("fuzzing", &["source"]),
];

const COMMAND_LINE: &[(&str, &[&str])] = &[
    ("arguments", &["manual", "output", "text"]),
    ("errors", &["text"]),
    ("output", &["text", "wrap"]),
    ("manual", &[]),
    ("numbers", &[]),
    ("text", &[]),
    ("wrap", &[]),
];

const REPORT: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "atomic_file",
            "board",
            "cells",
            "charts",
            "error",
            "input",
            "page",
            "render",
            "splice",
            "tables",
        ],
    ),
    ("page", &["board", "cells", "charts", "input"]),
    ("charts", &["board", "cells", "input", "tables"]),
    ("tables", &["cells", "board", "input", "prose", "splice"]),
    ("render", &["cells", "board", "input", "prose", "splice"]),
    ("cells", &["board", "input"]),
    ("board", &["input", "statistics"]),
    ("statistics", &[]),
    ("input", &["error"]),
    ("atomic_file", &["error", "input"]),
    ("error", &["splice"]),
    ("prose", &[]),
    ("splice", &[]),
    ("fuzzing", &["input"]),
];

/// The folder of a path from the crate's root: `native/tree`, `families`.
fn folder(path: &[String]) -> String {
    match path {
        [native, inner, ..] if native == "native" && inner.starts_with(char::is_lowercase) => {
            format!("native/{inner}")
        }
        [first, ..] => first.clone(),
        [] => String::new(),
    }
}

/// Every import of one folder by another, as (importing file, its folder, imported folder).
fn imports(files: &[SourceFile]) -> Vec<(&SourceFile, String, String)> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !file.module.is_empty()) {
        let own = folder(&file.module);
        for path in file.crate_paths() {
            let other = folder(&path);
            if other != own && other.starts_with(char::is_lowercase) {
                found.push((file, own.clone(), other));
            }
        }
    }
    found
}

#[test]
fn folders_import_only_what_their_layer_may() {
    for (name, rules) in [
        ("runner", RUNNER),
        ("loader", LOADER),
        ("report", REPORT),
        ("command_line", COMMAND_LINE),
    ] {
        let rules: BTreeMap<&str, &[&str]> = rules.iter().copied().collect();
        let files = source_files(name);
        let mut wrong = BTreeSet::new();
        for file in files.iter().filter(|file| !file.module.is_empty()) {
            let own = folder(&file.module);
            if !rules.contains_key(own.as_str()) {
                wrong.insert(format!("{}: folder `{own}` has no rule", file.name));
            }
            for path in file.crate_paths() {
                let first = path.first().map_or("", String::as_str);
                let is_known = rules.keys().any(|known| known.split('/').next() == Some(first));
                if !is_known {
                    let path = path.join("::");
                    wrong.insert(format!("{}: `{path}` goes through the crate's root", file.name));
                }
            }
        }
        for (file, own, other) in imports(&files) {
            let allowed = rules.get(own.as_str()).copied().unwrap_or_default();
            let is_native = other.starts_with("native") && allowed.contains(&"native");
            // What `native/mod.rs` re-exports stands in its own folders.
            let is_reexport = own == "native" && other.starts_with("native/");
            if !allowed.contains(&other.as_str()) && !is_native && !is_reexport {
                wrong.insert(format!("{}: `{own}` may not import `{other}`", file.name));
            }
        }
        let wrong: Vec<String> = wrong.into_iter().collect();
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn no_folders_import_each_other_in_a_circle() {
    for name in ["runner", "loader", "report", "command_line"] {
        let files = source_files(name);
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, own, other) in imports(&files) {
            if own != "native" {
                edges.entry(own).or_default().insert(other);
            }
        }
        let edges = circle(edges);
        assert!(edges.is_empty(), "{name} has a circle among {edges:?}");
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for name in ["runner", "loader", "report", "command_line"] {
        let files = source_files(name);
        // A `mod.rs` declares its files and re-exports from them; it takes part in no circle.
        let files: Vec<&SourceFile> = files
            .iter()
            .filter(|file| !file.name.ends_with("mod.rs"))
            .collect();
        let modules: BTreeSet<&[String]> = files.iter().map(|file| file.module.as_slice()).collect();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in &files {
            for path in file.crate_paths() {
                let imported = (1..=path.len())
                    .rev()
                    .find(|length| modules.contains(&path[..*length]));
                if let Some(length) = imported.filter(|length| path[..*length] != file.module) {
                    let imported = path[..length].join("::");
                    edges.entry(file.module.join("::")).or_default().insert(imported);
                }
            }
        }
        let circle = circle(edges);
        assert!(circle.is_empty(), "{name} has a circle among {circle:?}");
    }
}

/// What is left of a graph after every node that imports nothing left is removed: its circles, and what leads to them.
fn circle(mut edges: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let known: BTreeSet<String> = edges.keys().cloned().collect();
        edges.retain(|_, others| {
            others.retain(|other| known.contains(other));
            !others.is_empty()
        });
        if edges.len() == known.len() {
            return edges;
        }
    }
}

#[test]
fn files_import_their_siblings_by_module() {
    for name in ["runner", "loader", "report", "command_line"] {
        let files = source_files(name);
        let modules: BTreeSet<&[String]> = files.iter().map(|file| file.module.as_slice()).collect();
        let mut wrong = BTreeSet::new();
        for file in &files {
            let is_mod = file.name.ends_with("mod.rs") || file.module.len() < 2;
            // The registry's macro makes the enum of preprocessings in its own `mod.rs`.
            if is_mod || file.name.starts_with("preprocessing/") {
                continue;
            }
            let parent = &file.module[..file.module.len() - 1];
            for path in file.crate_paths() {
                let is_own = path.len() > parent.len() && path.starts_with(parent);
                if is_own && !modules.contains(&path[..=parent.len()]) {
                    wrong.insert(format!("{}: {}", file.name, path.join("::")));
                }
            }
        }
        let wrong: Vec<String> = wrong.into_iter().collect();
        assert!(
            wrong.is_empty(),
            "{name}: imports through mod.rs:\n{}",
            wrong.join("\n")
        );
    }
}

/// Fails for every file in which `is_found` holds, except below the folders `allowed`.
fn only_in(crate_name: &str, what: &str, allowed: &[&str], is_found: impl Fn(&SourceFile) -> bool) {
    let files = source_files(crate_name);
    let wrong: Vec<&str> = files
        .iter()
        .filter(|file| !allowed.iter().any(|allowed| file.name.starts_with(allowed)) && is_found(file))
        .map(|file| file.name.as_str())
        .collect();
    assert!(
        wrong.is_empty(),
        "{crate_name}: {what} outside {allowed:?}: {wrong:?}"
    );
    let stale = allowed
        .iter()
        .find(|allowed| !files.iter().any(|file| file.name.starts_with(*allowed)));
    assert_eq!(stale, None, "no such file in {crate_name}");
}

#[test]
fn paths_are_spelled_so_that_these_tests_can_read_them() {
    let spellings = [
        "crate::*",
        "crate::{*",
        "super::*",
        "use crate as",
        "extern crate",
        "include!(",
        "#[path",
    ];
    for name in ["runner", "loader", "report", "command_line"] {
        only_in(name, "a hidden import", &[], |file| {
            spellings.iter().any(|spelling| file.code.contains(spelling))
        });
    }
}

#[test]
fn unsafe_code_is_in_the_kernels_alone() {
    only_in("runner", "unsafe code", &["native/kernels/"], |file| {
        file.has_word("unsafe")
    });
    only_in("loader", "unsafe code", &[], |file| file.has_word("unsafe"));
    only_in("report", "unsafe code", &[], |file| file.has_word("unsafe"));
    only_in("command_line", "unsafe code", &[], |file| file.has_word("unsafe"));
}

#[test]
fn the_processor_is_asked_for_its_instructions_in_one_file() {
    only_in(
        "runner",
        "feature detection",
        &["native/kernels/simd.rs"],
        |file| file.has_word("is_x86_feature_detected"),
    );
}

#[test]
fn linfa_is_used_by_its_adapters_alone() {
    only_in("runner", "a crate of linfa", &["linfa_adapters/"], |file| {
        let is_part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut words = file.code.split(|letter: char| !is_part_of_word(letter));
        let is_crate =
            |word: &str| word.starts_with("linfa_") && word != "linfa_linalg" && word != "linfa_adapters";
        words.any(is_crate) || file.code.contains(" linfa::")
    });
}

#[test]
fn the_loader_is_unknown_where_numbers_are_just_numbers() {
    for folder in [
        "params/",
        "results/",
        "native/kernels/",
        "native/linalg/",
        "native/optim/",
    ] {
        let files = source_files("runner");
        let wrong: Vec<&str> = files
            .iter()
            .filter(|file| file.name.starts_with(folder) && file.has_word("loader"))
            .map(|file| file.name.as_str())
            .collect();
        assert!(wrong.is_empty(), "{wrong:?} name the crate loader");
    }
}

#[test]
fn names_of_engines_and_families_have_one_home() {
    let is_engine = |text: &String| ENGINES.iter().any(|engine| engine.name == text);
    only_in(
        "runner",
        "the name of an engine",
        &["families/engine.rs"],
        |file| file.strings.iter().any(is_engine),
    );
    only_in("report", "the name of an engine", &["input/engines.rs"], |file| {
        file.strings
            .iter()
            .any(|text| is_engine(text) || text == "scikit-learn")
    });
    only_in("report", "the name of a family", &["input/families.rs"], |file| {
        let is_family = |text: &String| FAMILIES.iter().any(|family| family.name == text);
        file.strings.iter().any(is_family)
    });
    only_in("runner", "the name of a family", &["families/"], |file| {
        let is_family = |text: &String| FAMILIES.iter().any(|family| family.name == text);
        file.strings.iter().any(is_family)
    });
}

#[test]
fn registries_are_walked_by_the_command_line_alone() {
    for registry in ["TABLES", "RENDERERS"] {
        let allowed = ["cli.rs", "cli/", "tables/mod.rs", "render/mod.rs"];
        only_in("report", registry, &allowed, |file| file.has_word(registry));
    }
}
