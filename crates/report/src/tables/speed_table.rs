//! Speed as text: the tables of `docs/speed.md`.

use super::peers_table;
use super::speed::{BoostedLine, Speed};
use crate::cells::{self, NOTHING, escaped, table};

/// Both tables as Markdown, with what their marks mean.
pub fn markdown(speed: &Speed) -> String {
    if speed.is_empty() {
        return "No results yet: `cargo run -p runner -- configs/speed.toml --jobs 1` makes them.\n"
            .to_owned();
    }
    let mut parts = Vec::new();
    if !speed.peers.lines.is_empty() {
        parts.push(peers_table::lines(&speed.peers, true));
    }
    if !speed.boosted.is_empty() {
        parts.push(boosted(&speed.boosted));
    }
    parts.join("\n")
}

fn boosted(lines: &[BoostedLine]) -> String {
    let titles = [
        "Dataset",
        "Preprocessing",
        "> Training rows",
        "Classifier",
        "Engine",
        "Parameters",
        "> Accuracy",
        "> Fit",
        "> Fit, processor time",
        "> Predict",
        "> Peak MiB",
    ];
    let time = |seconds: Option<f64>| seconds.map_or(NOTHING.to_owned(), cells::time);
    let rows = lines.iter().map(|line| {
        let mark = if line.beside_others { " ‡" } else { "" };
        vec![
            escaped(&line.dataset),
            escaped(&line.point.preprocessing),
            cells::count(line.point.n_train),
            escaped(&line.point.classifier),
            escaped(&line.point.engine),
            cells::parameters(&line.point.params),
            format!("{:.4}", line.accuracy),
            format!("{}{mark}", time(line.fit_s)),
            time(line.fit_cpu_s),
            time(line.predict_s),
            line.peak_rss_mib.map_or(NOTHING.to_owned(), cells::mib),
        ]
    });
    let mut out = format!("### Boosting libraries\n\n{}", table(&titles, rows));
    out.push_str(
        "\n- Means over rounds, each measured alone. The libraries name their parameters differently: compare lines on the \
         same rows by accuracy and time together.\n",
    );
    out.push_str(&peers_table::threads(
        lines.iter().filter_map(|line| line.threads),
    ));
    if lines.iter().any(|line| line.beside_others) {
        out.push_str(peers_table::BUSY);
    }
    out
}
