//! The command line: its arguments, and the run of each subcommand.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand};
use command_line::{MAX_WIDTH, Made, Manual, print, tell};
use loader::{Dataset, ImageBuffer, LoadError, Search, Source, catalog, local, sprite};
use miette::{IntoDiagnostic, Report, WrapErr};

use super::help;
use super::import::{self, ImportArgs};
use super::output::{print_path, print_text, written};
use super::png_file;
use crate::check;

/// At most this many chosen images are drawn.
const MOST_CHOSEN: usize = 10_000;

/// Finds, checks, imports and draws datasets.
#[derive(Parser)]
#[command(name = "loader", version, after_help = help::EXAMPLES, max_term_width = MAX_WIDTH)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Put datasets into the cache and print the paths of the cached files
    #[command(after_help = help::FETCH)]
    Fetch(Named),
    /// Print a dataset's location, checksums, class counts, duplicates and train/test overlap
    #[command(after_help = help::CHECK)]
    Check(Named),
    /// Make a dataset of a folder of images, an .npz file or a CSV table
    #[command(after_help = help::IMPORT)]
    Import(ImportArgs),
    /// Draw a dataset to a PNG file: three rows of images per class
    #[command(after_help = help::SPRITE)]
    Sprite {
        #[command(flatten)]
        named: Named,
        /// PNG file to write [default: NAME.png]
        #[arg(long, value_name = "FILE", help_heading = help::OUTPUT)]
        out: Option<PathBuf>,
        /// Test images to draw instead, numbered from 0: eight in a row, 84 pixels each
        #[arg(long, value_name = "N,N", value_delimiter = ',', help_heading = help::INPUT)]
        test_rows: Vec<usize>,
    },
    #[command(flatten)]
    Manual(Manual),
}

#[derive(Args)]
struct Named {
    /// fashion-mnist, mnist, synthetic, a dataset in the data folders, or a folder of IDX files (a path with a slash: ./mine)
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Folder with one subfolder per dataset; searched before all other places
    #[arg(long, value_name = "DIR", help_heading = help::INPUT)]
    data_dir: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(cli: &Cli) -> Result<(), Report> {
    match &cli.command {
        Command::Fetch(named) => each(named, |dataset| Ok(print_path(&dataset.cache)?)),
        Command::Import(arguments) => import::run(arguments),
        Command::Check(named) => each(named, |dataset| Ok(print_text(&check::describe(dataset))?)),
        Command::Manual(manual) => {
            match manual.make(Cli::command())? {
                Made::Script(script) => written(print(&script))?,
                Made::Pages(line) => tell(&line),
            }
            Ok(())
        }
        Command::Sprite {
            named,
            out,
            test_rows,
        } => {
            if out.is_some() && named.names.len() > 1 {
                return Err(miette::miette!(
                    help = "leave out --out to write NAME.png for each dataset",
                    "--out names one file, but {} datasets are given",
                    named.names.len()
                ));
            }
            each(named, |dataset| {
                let path = out
                    .clone()
                    .unwrap_or_else(|| PathBuf::from(format!("{}.png", dataset.name)));
                let fault = || format!("cannot write `{}`", path.display());
                let picture = picture(dataset, test_rows)?;
                png_file::write(&path, &picture)
                    .into_diagnostic()
                    .wrap_err_with(fault)?;
                Ok(print_path(&path)?)
            })
        }
    }
}

/// The first images of each class, or chosen test images.
fn picture(dataset: &Dataset, test_rows: &[usize]) -> Result<ImageBuffer, Report> {
    if test_rows.is_empty() {
        return sprite::draw(&dataset.train, dataset.n_classes).ok_or_else(|| {
            miette::miette!(
                help = "a picture has 90 images per class",
                "the picture of {} classes of {} is too large",
                dataset.n_classes,
                dataset.name
            )
        });
    }
    let n_rows = dataset.test.n_rows();
    match test_rows.iter().find(|row| **row >= n_rows) {
        Some(row) => Err(miette::miette!(
            help = "rows are numbered from 0",
            "{} has {n_rows} test images, so there is no row {row}",
            dataset.name
        )),
        None if test_rows.len() > MOST_CHOSEN => Err(miette::miette!(
            "--test-rows has {} rows; at most {MOST_CHOSEN} are drawn",
            test_rows.len()
        )),
        None => Ok(sprite::draw_rows(&dataset.test, test_rows)),
    }
}

fn each(named: &Named, act: impl Fn(&Dataset) -> Result<(), Report>) -> Result<(), Report> {
    let search = Search::from_env(named.data_dir.clone());
    search.check()?;
    let sources: Vec<_> = named
        .names
        .iter()
        .map(|name| source(name, &search))
        .collect::<Result<_, _>>()?;
    for (name, source) in sources {
        act(&loader::open(&name, &source, &search, &mut tell)?)?;
    }
    Ok(())
}

/// The name and source of a command-line argument: an argument with a slash is a folder, and its last part the name. Any
/// other one is a known dataset or one in the data folders.
fn source(name: &str, search: &Search) -> Result<(String, Source), LoadError> {
    if let Some(known) = catalog::known(name) {
        return Ok((name.to_owned(), Source::Known(known)));
    }
    if name == catalog::SYNTHETIC {
        return Ok((
            name.to_owned(),
            Source::Synthetic {
                train: 60_000,
                test: 10_000,
                seed: 0,
            },
        ));
    }
    let path = Path::new(name);
    if name.contains('/') {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let last = real
            .file_name()
            .map_or("folder".into(), |last| last.to_string_lossy().into_owned());
        return Ok((
            last,
            Source::Folder {
                path: path.to_owned(),
                labels: None,
            },
        ));
    }
    let found = local::find(name, search).ok_or_else(|| local::unknown(name, search))?;
    Ok((name.to_owned(), found))
}
