//! The subcommand `import`: its arguments and its summary.

use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use command_line::{invocation, tell, thousands};
use loader::import::{self, Imported, Options, Scale, Shape, Size};
use loader::{Search, Source, local};
use miette::Report;

use super::help::{INPUT, OUTPUT};
use super::output::print_text;

/// Lines of the table of classes.
const MOST_CLASSES: usize = 20;
/// Longest name of a class in the table, in characters.
const MOST_NAME: usize = 48;

#[derive(Args)]
pub(super) struct ImportArgs {
    /// A folder of images with one subfolder per class, an .npz file, or a .csv or .tsv table
    path: PathBuf,
    /// Name of the dataset: letters, digits, `-`, `_` and `.`
    name: String,
    /// Rows and columns of an image that is stored as one row of features [default: 1 row]
    #[arg(long, value_name = "RxC", help_heading = INPUT)]
    shape: Option<Shape>,
    /// Column of the labels; its number with --no-header [default: label, class, target or y]
    #[arg(long, value_name = "COLUMN", help_heading = INPUT)]
    label: Option<String>,
    /// The first line of the table is a row
    #[arg(long, help_heading = INPUT)]
    no_header: bool,
    /// Folder in which the folder NAME is made
    #[arg(long, value_name = "DIR", default_value = "data", help_heading = OUTPUT)]
    to: PathBuf,
    /// Size of images, N or WIDTHxHEIGHT [default: their own, if all have the same of at most 64x64, else 28]
    #[arg(long, value_name = "N|WxH", help_heading = OUTPUT)]
    size: Option<Size>,
    /// Range of the values that becomes 0 to 255; `auto`: that of the training rows [default: values are 0 to 255]
    #[arg(long, value_name = "MIN,MAX|auto", allow_hyphen_values = true, help_heading = OUTPUT)]
    scale: Option<Scale>,
    /// Share of rows to test in each class, where the data has no test rows [default: 0.2]
    #[arg(long, value_name = "SHARE", help_heading = OUTPUT)]
    test_share: Option<f64>,
    /// Seed of the split and of the order of rows
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = OUTPUT)]
    seed: u64,
    /// Replace a dataset of this name
    #[arg(long, help_heading = OUTPUT)]
    force: bool,
}

/// Imports and prints the summary.
pub(super) fn run(arguments: &ImportArgs) -> Result<(), Report> {
    let options = Options {
        path: arguments.path.clone(),
        name: arguments.name.clone(),
        to: arguments.to.clone(),
        size: arguments.size,
        shape: arguments.shape,
        label: arguments.label.clone(),
        no_header: arguments.no_header,
        scale: arguments.scale,
        test_share: arguments.test_share,
        seed: arguments.seed,
        force: arguments.force,
    };
    let imported = import::run(&options)?;
    for note in &imported.notes {
        tell(&format!("note: {note}"));
    }
    Ok(print_text(&summary(&options, &imported))?)
}

fn summary(options: &Options, imported: &Imported) -> String {
    let classes = &imported.classes;
    let rows = |of: fn(&(String, usize, usize)) -> usize| classes.iter().map(of).sum::<usize>();
    let name = &options.name;
    let search = data_dir(options, imported);
    let hidden = match classes.len().saturating_sub(MOST_CLASSES) {
        0 => String::new(),
        n => format!(" and {n} more\n"),
    };
    format!(
        "{name}: {} train, {} test, {}x{} pixels, {} classes\n\n{}\n{hidden}\n{}\n\nnext:\n  \
         {} sprite {name}{search}\n  \
         {} configs/baseline.toml --datasets {name}{search}\n",
        thousands(rows(|class| class.1) as u64),
        thousands(rows(|class| class.2) as u64),
        imported.height,
        imported.width,
        classes.len(),
        table(classes),
        imported.folder.display(),
        invocation("loader"),
        invocation("runner"),
    )
}

/// The option with which other commands find the dataset, if they do not find it without.
fn data_dir(options: &Options, imported: &Imported) -> String {
    let found = local::find(&options.name, &Search::from_env(None));
    let is_found = matches!(found, Some(Source::Folder { path, .. })
        if path.canonicalize().ok() == imported.folder.canonicalize().ok());
    if is_found {
        String::new()
    } else {
        format!(" --data-dir {}", quoted(&options.to.display().to_string()))
    }
}

/// A word that a shell reads as it is, or one in quotes.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn table(classes: &[(String, usize, usize)]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["label", "class", "train", "test"]);
    for column in [0, 2, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for (label, (name, train, test)) in classes.iter().take(MOST_CLASSES).enumerate() {
        table.add_row([
            label.to_string(),
            shortened(name),
            thousands(*train as u64),
            thousands(*test as u64),
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MOST_NAME {
        return name.to_owned();
    }
    let start: String = name.chars().take(MOST_NAME - 1).collect();
    format!("{start}…")
}
