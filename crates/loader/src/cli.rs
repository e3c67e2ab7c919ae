//! The command line: its arguments, and the run of each subcommand.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use loader::{Dataset, ImageBuffer, LoadError, Search, Source, catalog, sprite};
use miette::{IntoDiagnostic, Report, WrapErr};

use crate::check;

/// Finds, checks and draws datasets.
#[derive(Parser)]
#[command(name = "loader", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Put datasets into the cache and print the paths of the cached files
    Fetch(Named),
    /// Print a dataset's location, checksums, class counts, duplicates and train/test overlap
    Check(Named),
    /// Draw a dataset to a PNG file: three rows of images per class
    Sprite {
        #[command(flatten)]
        named: Named,
        /// PNG file to write [default: NAME.png]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[derive(Args)]
struct Named {
    /// fashion-mnist, mnist, synthetic, or a folder with the four IDX files (a path with a slash: ./mine)
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Folder with one subfolder per dataset; searched before all other places
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(cli: &Cli) -> Result<(), Report> {
    match &cli.command {
        Command::Fetch(named) => each(named, |dataset| {
            write_out(&format!("{}\n", dataset.cache.display()))
        }),
        Command::Check(named) => each(named, |dataset| write_out(&check::describe(dataset))),
        Command::Sprite { named, out } => {
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
                write_png(&path, &sprite::draw(&dataset.train, dataset.n_classes))
                    .into_diagnostic()
                    .wrap_err_with(fault)?;
                write_out(&format!("{}\n", path.display()))
            })
        }
    }
}

fn each(named: &Named, act: impl Fn(&Dataset) -> Result<(), Report>) -> Result<(), Report> {
    let sources: Vec<_> = named
        .names
        .iter()
        .map(|name| source(name))
        .collect::<Result<_, _>>()?;
    let search = Search::from_env(named.data_dir.clone());
    for (name, source) in sources {
        act(&loader::open(&name, &source, &search, &mut |line| {
            eprintln!("{line}")
        })?)?;
    }
    Ok(())
}

/// The name and source of a command-line argument: an argument with a slash is a folder, and its last part the name.
fn source(name: &str) -> Result<(String, Source), LoadError> {
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
    let mut help =
        catalog::nearest(name).map_or(String::new(), |nearest| format!("did you mean `{nearest}`?\n"));
    help += &format!(
        "known datasets: {}; for a folder write a path with a slash: ./{name}",
        catalog::NAMES.join(", ")
    );
    Err(LoadError::UnknownName {
        name: name.to_owned(),
        help,
    })
}

/// Prints text. A closed pipe (`| head`) is not an error.
fn write_out(text: &str) -> Result<(), Report> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).into_diagnostic(),
        _ => Ok(()),
    }
}

fn write_png(path: &Path, image: &ImageBuffer) -> Result<(), png::EncodingError> {
    let view = image.view();
    let too_large = |_| png::EncodingError::from(io::Error::other("the image is larger than PNG allows"));
    let [width, height] = [view.width(), view.height()].map(u32::try_from);
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, width.map_err(too_large)?, height.map_err(too_large)?);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(view.pixels())?;
    writer.finish()
}
