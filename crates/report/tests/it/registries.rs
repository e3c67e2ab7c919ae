//! The registries of tables and formats: names, files, blocks and the results files that each table reads.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use report::board::{Board, Changes, OwnBoard};
use report::input::{Results, ResultsFile};
use report::render::{RENDERERS, Render, Rendered, summary};
use report::tables::{TABLES, ranked};

use crate::support::Place;

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The stems of the files in a source folder that declare `constant`, sorted.
fn declaring(folder: &str, constant: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let mut stems: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && fs::read_to_string(path).unwrap().contains(constant))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    stems.sort();
    stems
}

#[test]
fn every_format_has_the_name_of_its_file_and_the_list_is_sorted() {
    let names: Vec<&str> = RENDERERS.iter().map(|renderer| renderer.name).collect();
    assert_eq!(names, declaring("render", "const RENDERER: Renderer"));
}

/// The help of a command names the formats that can render what it prints, and the command prints them.
fn prints_its_formats<T: Rendered>(place: &Place, args: &[&str], command: &[&str]) {
    let able: Vec<_> = RENDERERS
        .iter()
        .filter_map(|renderer| Some((renderer.name, T::render(renderer)?)))
        .collect();
    let names: Vec<&str> = able.iter().map(|(name, _)| *name).collect();
    let help = place.report(&[command, &["--help"]].concat()).stdout;
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let listed = format!("[possible values: {}]", names.join(", "));
    assert!(words.contains(&listed), "no {listed} in {help}");
    for (name, render) in able {
        let print = || place.report(&[command, args, &["--format", name]].concat());
        if !matches!(render, Render::Bytes(_)) {
            let printed = print();
            printed.ends(0, &[]);
            assert!(printed.stdout.contains("SVC"), "{name}: {printed:?}");
        } else if !cfg!(feature = "parquet") {
            print().ends(
                2,
                &["is not built into this program", "csv, ", "json, latex, markdown"],
            );
        }
    }
}

#[test]
fn every_command_names_and_prints_the_formats_of_the_registry() {
    let place = Place::with_sample();
    let file = "results/published/sample.csv";
    prints_its_formats::<Board>(&place, &[], &[]);
    prints_its_formats::<OwnBoard>(&place, &[file], &["show"]);
    prints_its_formats::<Changes>(&place, &[file, file], &["compare"]);
}

#[test]
fn every_table_has_the_name_of_its_file_and_the_list_is_sorted() {
    let names: Vec<String> = TABLES.iter().map(|table| table.name.replace('-', "_")).collect();
    assert_eq!(names, declaring("tables", "const TABLE: Table"));
}

#[test]
fn names_blocks_and_pages_of_tables_are_unique() {
    let names: BTreeSet<&str> = TABLES.iter().map(|table| table.name).collect();
    assert_eq!(names.len(), TABLES.len());
    let blocks = TABLES.iter().map(|table| table.block).chain([summary::BLOCK]);
    let markers: BTreeSet<&str> = blocks.flat_map(|block| [block.begin, block.end]).collect();
    assert_eq!(markers.len(), 2 * (TABLES.len() + 1));
    for table in TABLES {
        assert!(
            !table.about.is_empty() && !table.about.ends_with('.'),
            "{}",
            table.name
        );
    }
}

#[test]
fn every_table_is_a_subcommand_with_its_own_options() {
    let place = Place::new();
    for table in TABLES {
        let help = place.report(&[table.name, "--help"]);
        help.ends(0, &[]);
        let first = help.stdout.lines().next().unwrap();
        assert!(table.about.starts_with(first), "{first}");
        assert_eq!(
            help.stdout.contains("--baseline"),
            table.has_baseline,
            "{}",
            table.name
        );
        assert_eq!(
            help.stdout.contains("--format"),
            table.csv.is_some(),
            "{}",
            table.name
        );
        place.report(&[table.name]).ends(0, &[]);
    }
}

#[test]
fn every_page_exists_and_has_the_markers_of_its_table() {
    for table in TABLES {
        let path = repository().join("docs").join(table.page);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            table.block.is_in(&text),
            "no block of {} in {}",
            table.name,
            path.display()
        );
    }
}

#[test]
fn the_name_of_a_file_decides_which_tables_read_it() {
    let stems = [
        "boosting_choice",
        "parity_trees",
        "peers",
        "scaling",
        "scaling_threads",
        "speed",
        "trees",
    ];
    let results = Results {
        files: stems
            .map(|stem| ResultsFile {
                path: Path::new(stem).with_extension("csv"),
                stem: stem.to_owned(),
                rows: Vec::new(),
            })
            .into(),
        ..Results::default()
    };
    let names = |files: Vec<&ResultsFile>| {
        let stems: Vec<&str> = files.iter().map(|file| file.stem.as_str()).collect();
        stems.join(" ")
    };
    let read_by = |name: &str| {
        let table = TABLES.iter().find(|table| table.name == name).unwrap();
        names(table.files(&results, TABLES))
    };
    assert_eq!(names(ranked(&results, TABLES)), "peers speed trees");
    assert_eq!(read_by("peers"), "peers trees");
    assert_eq!(read_by("parity"), "parity_trees");
    assert_eq!(read_by("speed"), "speed");
    assert_eq!(read_by("scaling"), "scaling scaling_threads");
}

#[test]
fn every_help_text_fits_80_columns_says_what_the_command_does_and_has_examples() {
    let place = Place::new();
    let commands = TABLES
        .iter()
        .map(|table| table.name)
        .chain(["show", "compare", "completions", "man"]);
    for command in commands.map(|name| vec![name]).chain([vec![]]) {
        for flag in ["-h", "--help"] {
            let help = place.report(&[&command[..], &[flag]].concat()).stdout;
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{command:?}: {line}");
            }
            assert!(!help.lines().next().unwrap().is_empty(), "{command:?}");
            let (_, examples) = help.split_once("\nExamples:\n").unwrap();
            let shown = examples
                .lines()
                .filter(|line| line.contains("  report ") || line.contains(" sudo report "));
            assert_eq!(shown.count(), 3, "{command:?}: {help}");
        }
    }
}
