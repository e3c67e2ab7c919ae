//! A CSV or TSV table with a column of labels; all other columns are features.

use std::path::Path;

use command_line::thousands;
use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::class_names::ClassNames;
use super::error::ImportError;
use super::format::{Format, Rows, Source, SourceRows, count, fault, input};
use super::line_reader::{LineBudget, LineReader};
use super::options::Options;
use super::places::Places;
use super::values::{Values, reserve};
use crate::source::{catalog, regular_file};

/// Names of the label column where none is given, in the order of preference.
const LABEL_NAMES: [&str; 4] = ["label", "class", "target", "y"];
/// Most columns: those of an image of 1024 x 1024 pixels and its label.
const MOST_COLUMNS: usize = (1 << 20) + 1;
/// How many columns a message names.
const MOST_NAMED: usize = 20;
/// Longest name that is compared with a wrong one, in bytes: the comparison takes the product of two lengths.
const MOST_COMPARED: usize = 200;

pub(super) const FORMAT: Format = Format {
    what: "a CSV table",
    known: "a .csv or .tsv table with a column of labels",
    options: &["--shape", "--label", "--no-header"],
    is_at: |path| is_tsv(path) || has_extension(path, "csv"),
    read,
};

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

fn is_tsv(path: &Path) -> bool {
    has_extension(path, "tsv")
}

/// The records of a table.
struct Table<'a> {
    path: &'a Path,
    reader: Reader<LineReader>,
    /// What the current line may still take.
    budget: LineBudget,
    /// The first line of the last record, from 1.
    line: u64,
    n_fields: Option<usize>,
}

impl Table<'_> {
    fn open(path: &Path) -> Result<Table<'_>, ImportError> {
        let file = regular_file::open(path).map_err(|source| ImportError::Read {
            path: path.to_owned(),
            source,
        })?;
        let (file, budget) = LineReader::new(file);
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .delimiter(if is_tsv(path) { b'\t' } else { b',' })
            // The lengths are checked below, with the right line.
            .flexible(true)
            .from_reader(file);
        Ok(Table {
            path,
            reader,
            budget,
            line: 0,
            n_fields: None,
        })
    }

    /// Reads the next record; `false` at the end.
    fn next(&mut self, record: &mut StringRecord) -> Result<bool, ImportError> {
        self.budget.renew();
        let path = self.path;
        let found = self.reader.read_record(record);
        // After the record and its line end; empty lines before it were skipped.
        let next_line = self.reader.position().line();
        let found = found.map_err(|error| match error.into_kind() {
            ErrorKind::Io(source) => ImportError::Read {
                path: path.to_owned(),
                source,
            },
            ErrorKind::Utf8 { .. } => {
                let line = next_line.saturating_sub(1).max(1);
                input(path, format!("line {line} is not UTF-8"), "save it as UTF-8")
            }
            other => input(path, format!("{other:?}"), "save it as CSV"),
        })?;
        if !found {
            return Ok(false);
        }
        let n_inner = record.as_slice().bytes().filter(|&byte| byte == b'\n').count() as u64;
        self.line = next_line.saturating_sub(1 + n_inner).max(1);
        let expected = *self.n_fields.get_or_insert(record.len());
        if record.len() != expected {
            let fields = count(record.len(), "field");
            let fault = format!(
                "line {} has {fields}, the first line {}",
                self.line,
                thousands(expected as u64)
            );
            return Err(input(path, fault, "every line has one field per column"));
        }
        Ok(true)
    }
}

fn read(options: &Options, notes: &mut Vec<String>) -> Result<Source, ImportError> {
    let path = &options.path;
    let mut table = Table::open(path)?;
    let mut record = StringRecord::new();
    if !table.next(&mut record)? {
        return Err(input(
            path,
            "the file is empty",
            "expected a header and one line per row",
        ));
    }
    if record.len() > MOST_COLUMNS {
        let fault = format!("has {}", count(record.len(), "column"));
        return Err(input(
            path,
            fault,
            format!("at most {} are read", thousands(MOST_COLUMNS as u64)),
        ));
    }
    let columns = columns(options, &record)?;
    let label = label_column(options, &columns)?;
    if !options.no_header && options.label.is_none() {
        notes.push(format!("labels are those of column `{}`", columns[label]));
    }
    if columns.len() < 2 {
        return Err(input(
            path,
            "the labels are the only column",
            separator_help(path),
        ));
    }
    let mut has_row = options.no_header || table.next(&mut record)?;
    let mut rows = TableRows::new(path, columns, label)?;
    while has_row {
        rows.push(&record, table.line)?;
        has_row = table.next(&mut record)?;
    }
    rows.source()
}

fn separator_help(path: &Path) -> &'static str {
    if is_tsv(path) {
        "the fields of a .tsv file are separated by tabs"
    } else {
        "the fields of a .csv file are separated by commas,\nthose of a .tsv file by tabs"
    }
}

/// The names of the columns: those of the first line, or their numbers from 1.
fn columns(options: &Options, first: &StringRecord) -> Result<Vec<String>, ImportError> {
    let path = &options.path;
    if options.no_header {
        return Ok((1..=first.len()).map(|number| number.to_string()).collect());
    }
    if first.iter().all(|field| field.trim().parse::<f64>().is_ok()) {
        let help = "add a line with the names of the columns, or say\n--no-header --label NUMBER";
        return Err(input(path, "has no header: its first line is all numbers", help));
    }
    if let Some(column) = first.iter().position(|field| field.trim().is_empty()) {
        let help = "a column of row numbers is no feature: leave it out, in pandas with\n\
                    to_csv(…, index=False); or give the column a name";
        return Err(input(path, format!("column {} has no name", column + 1), help));
    }
    Ok(first.iter().map(|field| field.trim().to_owned()).collect())
}

/// The position of the column with the labels.
fn label_column(options: &Options, columns: &[String]) -> Result<usize, ImportError> {
    let path = &options.path;
    let listed = listed(columns);
    let positions = |wanted: &str| -> Vec<usize> {
        let columns = columns.iter().enumerate();
        columns
            .filter(|(_, name)| *name == wanted)
            .map(|(i, _)| i)
            .collect()
    };
    let one = |wanted: &str| match positions(wanted)[..] {
        [] => Ok(None),
        [position] => Ok(Some(position)),
        _ => Err(input(
            path,
            format!("has several columns `{wanted}`"),
            "rename the others, so that only the column of the labels has this name",
        )),
    };
    match &options.label {
        Some(wanted) => one(wanted)?.ok_or_else(|| {
            let help = format!(
                "{}columns: {listed}{}",
                nearest(wanted, columns),
                no_header(options, columns)
            );
            input(path, format!("no column is called `{wanted}`"), help)
        }),
        None if options.no_header => Err(input(
            path,
            "no header names the column of the labels",
            format!("give its number with --label, from 1 to {}", columns.len()),
        )),
        None => {
            for name in LABEL_NAMES {
                if let Some(position) = one(name)? {
                    return Ok(position);
                }
            }
            let fault = "no column is called `label`, `class`, `target` or `y`";
            let separator = match columns {
                [_] => format!("; {}", separator_help(path)),
                _ => String::new(),
            };
            let help = format!(
                "name the column of the labels with --label;\ncolumns: {listed}{separator}{}",
                no_header(options, columns)
            );
            Err(input(path, fault, help))
        }
    }
}

/// A question with the column whose name is nearest to a wrong one, if one is near.
fn nearest(wanted: &str, columns: &[String]) -> String {
    let is_short = |name: &&str| name.len() <= MOST_COMPARED;
    let columns: Vec<&str> = columns.iter().map(String::as_str).filter(is_short).collect();
    let nearest = Some(wanted)
        .filter(is_short)
        .and_then(|wanted| catalog::nearest_of(wanted, &columns));
    nearest.map_or(String::new(), |nearest| format!("did you mean `{nearest}`?\n"))
}

/// What to do if the first line is a row: one of its fields is a number, as the names of columns seldom are.
fn no_header(options: &Options, columns: &[String]) -> String {
    let has_number = columns.iter().any(|name| name.parse::<f64>().is_ok());
    if has_number && !options.no_header {
        ";\nif the file has no header, say --no-header --label NUMBER".to_owned()
    } else {
        String::new()
    }
}

fn listed(columns: &[String]) -> String {
    let shown = &columns[..columns.len().min(MOST_NAMED)];
    let more = match columns.len() - shown.len() {
        0 => String::new(),
        n => format!(" and {} more", thousands(n as u64)),
    };
    shown.join(", ") + &more
}

/// The rows of a table so far.
struct TableRows<'a> {
    path: &'a Path,
    /// Position of the label column.
    label: usize,
    names: ClassNames,
    label_name: String,
    values: Values,
    labels: Vec<u16>,
    lines: Vec<u64>,
    /// Names of the features.
    columns: Vec<String>,
}

impl<'a> TableRows<'a> {
    fn new(path: &'a Path, mut columns: Vec<String>, label: usize) -> Result<TableRows<'a>, ImportError> {
        let label_name = columns.remove(label);
        Ok(TableRows {
            path,
            label,
            names: ClassNames::default(),
            label_name,
            values: Values::with_capacity(0).map_err(|found| fault(path, found, 0.0, String::new))?,
            labels: Vec::new(),
            lines: Vec::new(),
            columns,
        })
    }

    fn push(&mut self, record: &StringRecord, line: u64) -> Result<(), ImportError> {
        let path = self.path;
        let place = |column: &str| format!("line {line}, column `{column}`");
        let label = record.get(self.label).unwrap_or_default().trim();
        if label.is_empty() {
            let help = "every row has a label";
            return Err(input(path, format!("{} is empty", place(&self.label_name)), help));
        }
        let index = self.names.index(label).map_err(|_| ImportError::ManyClasses {
            path: path.to_owned(),
            help: format!(
                "is `{}` the column of the labels? --label names another",
                self.label_name
            ),
        })?;
        let no_memory = |found| fault(path, found, 0.0, String::new);
        if self.labels.len() == self.labels.capacity() {
            let more = self.labels.len().max(1024) as u64;
            reserve(&mut self.labels, more).map_err(no_memory)?;
            reserve(&mut self.lines, more).map_err(no_memory)?;
        }
        self.labels.push(index);
        self.lines.push(line);
        let fields = record
            .iter()
            .enumerate()
            .filter(|(position, _)| *position != self.label);
        for ((_, field), column) in fields.zip(&self.columns) {
            let field = field.trim();
            let value: f64 = field.parse().map_err(|_| {
                let found = if field.is_empty() {
                    "is empty".to_owned()
                } else {
                    let start: String = field.chars().take(40).collect();
                    format!("is `{}`, not a number", start.escape_debug())
                };
                let help = "all columns but that of the labels are numbers;\n\
                            --label names the column of the labels";
                input(path, format!("{} {found}", place(column)), help)
            })?;
            let pushed = self.values.push(value);
            pushed.map_err(|found| {
                fault(path, found, value, || {
                    format!("{} of `{}`", place(column), path.display())
                })
            })?;
        }
        Ok(())
    }

    fn source(self) -> Result<Source, ImportError> {
        if self.labels.is_empty() {
            return Err(input(
                self.path,
                "has no rows",
                "expected one line per row after the header",
            ));
        }
        let width = self.columns.len();
        Ok(Source {
            height: 1,
            width,
            is_flat: true,
            names: self.names,
            rows: SourceRows::All(Rows {
                values: self.values,
                labels: self.labels,
                places: Places::Table {
                    path: self.path.to_owned(),
                    lines: self.lines,
                    columns: self.columns,
                },
            }),
        })
    }
}
