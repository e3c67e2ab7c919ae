//! How far classic methods go: what the parts of a pipeline add on validation rows, and the chosen pipelines on the test rows.

use std::collections::BTreeMap;

use super::rounds::{alone, by_point, is_unconverged, mean, peak_rss_mib, zero_is_rounded};
use super::table::{
    Source, Table, Takes, marks_footnotes, no_results, shared_mark, threads_footnote, unconverged_mark,
};
use crate::board::reference::submitted;
use crate::board::{FASHION_MNIST, Preprocessings, is_benchmark, preprocessing_name};
use crate::cells::{self, escaped, markdown_table, optional};
use crate::input::Row;
use crate::prose;
use crate::splice::Block;

pub(super) const TABLE: Table = Table {
    name: "frontier",
    about: "Compare preprocessings, and the pipelines that were chosen",
    page: "frontier.md",
    block: Block {
        begin: "<!-- frontier:begin -->",
        end: "<!-- frontier:end -->",
    },
    takes: Takes::Stems(|stem| matches!(stem, "frontier" | "frontier_choice")),
    ranked: true,
    has_baseline: false,
    markdown,
    csv: None,
};

/// The column `augment` of rows as they are.
const NO_AUGMENT: &str = "none";

/// A pipeline on one dataset: preprocessing, copies of the training rows, classifier.
struct Line<'a> {
    row: &'a Row,
    accuracy: f64,
    fit_s: Option<f64>,
    predict_s: Option<f64>,
    zero_is_rounded: bool,
    peak_rss_mib: Option<f64>,
    is_shared: bool,
    is_unconverged: bool,
}

fn markdown(source: &Source<'_>) -> String {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for file in source.files {
        for engines in by_point(file.as_ref(), |_| true).into_values() {
            for rounds in engines.into_values() {
                let alone = alone(&rounds);
                let time = |of: fn(&Row) -> Option<f64>| mean(alone.iter().filter_map(|row| of(row)));
                let accuracy = mean(rounds.values().filter_map(|row| row.accuracy));
                let first = rounds.values().next().copied();
                lines.extend(first.zip(accuracy).map(|(row, accuracy)| Line {
                    row,
                    accuracy,
                    fit_s: time(|row| row.fit_s),
                    predict_s: time(|row| row.predict_s),
                    zero_is_rounded: zero_is_rounded(&alone),
                    peak_rss_mib: peak_rss_mib(&rounds),
                    is_shared: alone.iter().any(|row| row.is_shared()),
                    is_unconverged: is_unconverged(&rounds),
                }));
            }
        }
    }
    if lines.is_empty() {
        return no_results("frontier.toml --jobs 1 --threads 2");
    }
    let (test, validation): (Vec<Line<'_>>, Vec<Line<'_>>) =
        lines.into_iter().partition(|line| is_benchmark(line.row));
    let best = conclusion(&test);
    let parts = [("Test rows", test), ("Validation rows", validation)];
    let parts = parts.into_iter().filter(|(_, lines)| !lines.is_empty());
    let parts: Vec<String> = best
        .into_iter()
        .chain(parts.map(|(title, lines)| section(title, lines)))
        .collect();
    parts.join("\n")
}

/// The best pipeline on each dataset, and its place among the scores that people submitted; `None` without lines.
fn conclusion(lines: &[Line<'_>]) -> Option<String> {
    let mut best: BTreeMap<&str, &Line<'_>> = BTreeMap::new();
    for line in lines {
        let known = best.entry(&line.row.dataset).or_insert(line);
        if line.accuracy > known.accuracy {
            *known = line;
        }
    }
    let items = best.into_iter().map(|(dataset, line)| {
        let name = preprocessing_name(&line.row.preprocessing);
        let claims = submitted().iter().filter_map(|claim| {
            let claimed = if dataset == FASHION_MNIST {
                &claim.fashion_accuracy
            } else {
                &claim.mnist_accuracy
            };
            claimed.parse::<f64>().ok()
        });
        let claims: Vec<f64> = claims.collect();
        let n_higher = claims.iter().filter(|claimed| **claimed > line.accuracy).count();
        prose::item(&format!(
            "**{}**: {} on {name} reaches {}. Of {} scores that people submitted, {n_higher} {} higher.",
            escaped(dataset),
            escaped(&line.row.classifier),
            cells::accuracy(line.accuracy),
            claims.len(),
            if n_higher == 1 { "is" } else { "are" },
        ))
    });
    let items: String = items.collect();
    (!items.is_empty()).then_some(items)
}

fn section(title: &str, mut lines: Vec<Line<'_>>) -> String {
    lines.sort_by(|a, b| {
        a.row
            .dataset
            .cmp(&b.row.dataset)
            .then(b.accuracy.total_cmp(&a.accuracy))
            .then_with(|| a.row.preprocessing.cmp(&b.row.preprocessing))
            .then_with(|| a.row.cell_id.cmp(&b.row.cell_id))
    });
    let preprocessings = Preprocessings::of(lines.iter().map(|line| line.row.preprocessing.as_str()));
    let titles = [
        "Dataset",
        "Preprocessing",
        "Copies",
        "Classifier",
        "Parameters",
        "> Training rows",
        "> Features",
        "> Accuracy",
        "> Preprocessing time",
        "> Fit",
        "> Predict",
        "> Peak MiB",
    ];
    let rows = lines.iter().map(|line| {
        let row = line.row;
        let time = |seconds| optional(seconds, |seconds| cells::time(seconds, line.zero_is_rounded));
        let mark = shared_mark(line.is_shared);
        let copies = match row.augment.as_str() {
            NO_AUGMENT => "–".to_owned(),
            augment => escaped(augment),
        };
        vec![
            escaped(&row.dataset),
            escaped(&preprocessings.brief(&row.preprocessing)),
            copies,
            escaped(&row.classifier),
            cells::parameters(&row.params),
            cells::count(row.n_train),
            optional(row.n_features, cells::count),
            cells::accuracy(line.accuracy) + unconverged_mark(line.is_unconverged),
            optional(row.transform_s, cells::duration),
            time(line.fit_s) + mark,
            time(line.predict_s) + mark,
            optional(line.peak_rss_mib, cells::mib),
        ]
    });
    let constant: String = preprocessings
        .shared()
        .map(|(name, parameters)| prose::item(&format!("All `{name}`: {parameters}.")))
        .collect();
    format!(
        "### {title}\n\n{}\n{}{}{}{}{}",
        markdown_table(&titles, rows),
        prose::item(
            "Preprocessing time: its fit, and the features of all training and test rows. Features that were kept have the time that they took."
        ),
        constant,
        untimed_footnote(&lines),
        threads_footnote(lines.iter().filter_map(|line| line.row.threads)),
        marks_footnotes(
            lines.iter().any(|line| line.is_unconverged),
            lines.iter().any(|line| line.is_shared)
        )
    )
}

/// Why some lines have no times.
fn untimed_footnote(lines: &[Line<'_>]) -> String {
    if lines.iter().all(|line| line.fit_s.is_some()) {
        return String::new();
    }
    prose::item(
        "No time (–): no fit ran alone; `--jobs 1` runs one at a time. An accuracy is the mean over all fits.",
    )
}
