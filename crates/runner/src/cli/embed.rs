//! `runner embed`: places the images of a dataset in a plane, and writes their coordinates as CSV.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use loader::{Dataset, ImageBuffer, Search};
use serde::Serialize;

use crate::cli::count::{count, thousands};
use crate::cli::error::{Exit, RunError};
use crate::cli::print::print;
use crate::cli::search::checked_search;
use crate::embed::{self, METHODS, Method, Quality};
use crate::grid::datasets::Datasets;
use crate::run::durations::duration;
use crate::run::tell::tell;

/// The folder of the embeddings, in the folder of results.
const FOLDER: &str = "embeddings";

/// Arguments of `embed`.
#[derive(Debug, Args)]
pub(crate) struct EmbedArgs {
    /// Dataset: fashion-mnist, mnist, synthetic, or one in the data folders.
    #[arg(value_name = "NAME")]
    dataset: String,
    /// Method; all of them if none is given.
    #[arg(long, value_name = "METHOD", value_parser = methods())]
    method: Option<String>,
    /// Judge the coordinates of a file instead, such as those of another program: CSV with columns x and y, one line for each image,
    /// training images first.
    #[arg(long, value_name = "FILE", conflicts_with = "method")]
    judge: Option<PathBuf>,
    /// Seed of the random numbers.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Threads [default: the cores]; they do not change the result.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Folder to search first for a dataset NAME, as DIR/NAME.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Folder of results; the coordinates go to embeddings/NAME-METHOD.csv in it.
    #[arg(long, value_name = "DIR", default_value = "results")]
    results: PathBuf,
}

/// The methods, each with its line in the help.
fn methods() -> PossibleValuesParser {
    let value = |method: &Method| PossibleValue::new(method.name).help(method.about);
    PossibleValuesParser::new(METHODS.iter().map(value))
}

/// What is known of an embedding, beside its coordinates.
#[derive(Serialize)]
struct Figures<'a> {
    dataset: &'a str,
    data_sha256: &'a str,
    method: &'a str,
    seed: u64,
    n_rows: usize,
    seconds: f64,
    trustworthiness: Option<f64>,
    neighbours_preserved: Option<f64>,
    /// The neighbourhood of both figures, and the number of images that they judge.
    k: usize,
    judged: usize,
}

/// Embeds the images, training rows first, with one method or all of them.
///
/// # Errors
/// The dataset is unknown or cannot be read, it is too small for the method, or a file cannot be written.
pub(crate) fn run(args: &EmbedArgs) -> Result<Exit, RunError> {
    let search = checked_search(args.data_dir.clone())?;
    let dataset = open(&args.dataset, search)?;
    if let Some(path) = &args.judge {
        return Ok(print(&judged(&dataset, path, args)?));
    }
    let methods: Vec<&Method> = METHODS
        .iter()
        .filter(|method| args.method.as_deref().is_none_or(|name| name == method.name))
        .collect();
    let n_rows = dataset.train.n_rows() + dataset.test.n_rows();
    if let Some(method) = methods.iter().find(|method| n_rows < method.min_rows) {
        return Err(RunError::TooFewImages {
            name: args.dataset.clone(),
            n_rows,
            method: method.name,
            least: method.min_rows,
        });
    }
    let threads = args.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| RunError::NoThreads {
        reason: error.to_string(),
    })?;
    let mut exit = Exit::Success;
    for method in methods {
        let line = pool.install(|| embedded(&dataset, method, args))?;
        exit = exit.max_of(print(&line));
    }
    Ok(exit)
}

fn open(name: &str, search: Search) -> Result<Dataset, RunError> {
    let datasets = Datasets::of_search(search.clone());
    let Some(source) = datasets.source(name) else {
        return Err(RunError::UnknownDataset {
            name: name.to_owned(),
            help: datasets.help(name),
        });
    };
    Ok(loader::open(name, &source, &search, &mut |line| tell(line))?)
}

/// Judges the coordinates of a file.
fn judged(dataset: &Dataset, path: &Path, args: &EmbedArgs) -> Result<String, RunError> {
    let images = all_images(dataset);
    let unusable = |reason: String| RunError::NoCoordinates {
        path: path.to_owned(),
        reason,
    };
    let layout = embed::read(path).map_err(|error| unusable(error.to_string()))?;
    let (n_rows, n_points) = (images.view().n_rows(), layout.0.len());
    if n_rows != n_points {
        return Err(unusable(format!(
            "it has {n_points} points, but {} has {n_rows} images",
            dataset.name
        )));
    }
    let quality = embed::quality(&images, &layout, args.seed);
    Ok(format!("{} {}{}\n", dataset.name, path.display(), said(quality)))
}

/// The figures of an embedding, after a comma.
fn said(quality: Option<Quality>) -> String {
    quality.map_or(String::new(), |own| {
        format!(
            ", trustworthiness {:.4}, {:.1} % of the {} nearest neighbours preserved",
            own.trustworthiness,
            own.preserved * 100.0,
            embed::K
        )
    })
}

/// Embeds with one method, writes both files, and says how it went.
fn embedded(dataset: &Dataset, method: &Method, args: &EmbedArgs) -> Result<String, RunError> {
    let images = all_images(dataset);
    let n_rows = images.view().n_rows();
    tell(&format!(
        "{}: {} of {}",
        dataset.name,
        method.name,
        count(n_rows, "image")
    ));
    let start = Instant::now();
    let layout = (method.embed)(&images, args.seed);
    let seconds = start.elapsed().as_secs_f64();
    let quality = embed::quality(&images, &layout, args.seed);
    let labels = dataset.train.labels.iter().chain(&dataset.test.labels);
    let labels: Vec<u64> = labels.map(|label| u64::from(label.0)).collect();
    let path = args
        .results
        .join(FOLDER)
        .join(format!("{}-{}.csv", dataset.name, method.name));
    let figures = Figures {
        dataset: &dataset.name,
        data_sha256: &dataset.sha256,
        method: method.name,
        seed: args.seed,
        n_rows,
        seconds,
        trustworthiness: quality.map(|own| own.trustworthiness),
        neighbours_preserved: quality.map(|own| own.preserved),
        k: embed::K,
        judged: n_rows.min(embed::JUDGED),
    };
    let written = embed::write(&path, &layout, &labels, dataset.train.n_rows());
    let written = written.and_then(|()| write_figures(&path.with_extension("json"), &figures));
    written.map_err(|source| RunError::EmbeddingNotWritten {
        path: path.clone(),
        source,
    })?;
    Ok(format!(
        "{} {}: {} images in {}{}: {}\n",
        dataset.name,
        method.name,
        thousands(n_rows),
        duration(seconds),
        said(quality),
        path.display()
    ))
}

fn write_figures(path: &Path, figures: &Figures<'_>) -> std::io::Result<()> {
    let mut text = serde_json::to_string_pretty(figures)?;
    text.push('\n');
    std::fs::write(path, text)
}

/// The training images, then the test images.
fn all_images(dataset: &Dataset) -> ImageBuffer {
    let (train, test) = (dataset.train.images.view(), dataset.test.images.view());
    ImageBuffer::new(
        [train.pixels(), test.pixels()].concat(),
        train.height(),
        train.width(),
    )
}
