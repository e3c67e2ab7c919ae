//! Growth with the rows as text: the table of `docs/scaling.md`.

use super::peers_table;
use super::scaling::{Scaling, ScalingLine};
use crate::cells::{self, NOTHING, escaped, table};

/// The table as Markdown, with what its columns mean.
pub fn markdown(scaling: &Scaling) -> String {
    if scaling.lines.is_empty() {
        return "No results yet: `cargo run -p runner -- configs/scaling.toml --jobs 1` makes them.\n"
            .to_owned();
    }
    let sizes: Vec<String> = scaling
        .sizes
        .iter()
        .map(|&n| format!("> {} rows", cells::count(n)))
        .collect();
    let mut titles = vec!["Dataset", "Classifier", "Parameters", "Engine", "> Threads"];
    titles.extend(sizes.iter().map(String::as_str));
    titles.extend(["> Exponent", "> Against one thread"]);
    let mut out = table(
        &titles,
        scaling.lines.iter().map(|line| cells(line, &scaling.sizes)),
    );
    out.push_str(
        "\n- Each column of rows: wall time of a fit, and the most memory of its process. Means over rounds, each measured alone.\n\
         - Exponent: the power of the rows with which the time grows, the slope of a straight line through the logarithms.\n\
         - Against one thread: its time over this one's, at the most rows.\n",
    );
    if scaling.lines.iter().any(|line| line.beside_others) {
        out.push_str(peers_table::BUSY);
    }
    out
}

fn cells(line: &ScalingLine, sizes: &[u64]) -> Vec<String> {
    let mut cells = vec![
        escaped(&line.dataset),
        escaped(&line.point.classifier),
        cells::parameters(&line.point.params),
        escaped(&line.point.engine),
        line.threads.map_or(NOTHING.to_owned(), |n| n.to_string()),
    ];
    cells.extend(sizes.iter().map(|n| {
        line.sizes.get(n).map_or(NOTHING.to_owned(), |size| {
            let memory = size
                .peak_rss_mib
                .map_or(String::new(), |peak| format!(", {} MiB", cells::mib(peak)));
            format!("{}{memory}", cells::time(size.fit_s))
        })
    }));
    let mark = if line.beside_others { " ‡" } else { "" };
    cells.push(
        line.exponent
            .map_or(NOTHING.to_owned(), |exponent| format!("{exponent:.2}{mark}")),
    );
    cells.push(line.gain.map_or(NOTHING.to_owned(), |gain| format!("{gain:.2}×")));
    cells
}
