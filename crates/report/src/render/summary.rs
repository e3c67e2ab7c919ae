//! The block of the README: what a plain SVM reaches, and the best point of ten families.

use std::collections::{HashMap, HashSet};

use crate::board::{Board, Line, Point, Score, Tier, tiers};
use crate::cells::{self, MISSING, escaped, markdown_table, optional};
use crate::input::engines::{BUILT_IN, NATIVE};
use crate::input::families::ASKED_FOR;
use crate::input::{Machine, Row};
use crate::prose;
use crate::splice::Block;

/// The marker lines around it.
pub const BLOCK: Block = Block {
    begin: "<!-- leaderboard:begin -->",
    end: "<!-- leaderboard:end -->",
};

/// The text of a board without results.
pub(super) const NO_RESULTS: &str = "No results on Fashion-MNIST or MNIST yet. \
    Run `cargo run -p runner -- configs/quickstart.toml`, then `cargo run -p report`.\n";

/// The table has one line for each of the best families.
const FAMILIES: usize = 10;

/// The board of some files with the times of the machine that timed the answer and, among such machines, most lines of the
/// table. `board` has the times of any machine; it is returned if no other is better.
pub fn board_of_most_times<F: AsRef<[Row]>>(
    files: &[F],
    machines: &HashMap<String, Machine>,
    board: Board,
) -> Board {
    let names = board.origin.machines.clone();
    let boards = names
        .iter()
        .filter_map(|name| Board::on(files, Some(name), machines).ok());
    // Of equal machines the first: `max_by_key` takes the last of equal ones.
    let best = boards.collect::<Vec<_>>().into_iter().rev().max_by_key(times);
    match best {
        Some(best) if times(&best) > times(&board) => best,
        _ => board,
    }
}

/// How many scores of the answer have a time, and how many lines of the table.
fn times(board: &Board) -> (usize, usize) {
    let has_time = |score: &Option<Score>| score.as_ref().is_some_and(|score| score.fit_s.is_some());
    let answer = answer(board).map_or(0, |line| {
        usize::from(has_time(&line.fashion_mnist)) + usize::from(has_time(&line.mnist))
    });
    let lines = best_families(board);
    (
        answer,
        lines.iter().filter(|line| has_time(&line.fashion_mnist)).count(),
    )
}

/// The block; `full` is the address of the page with all points, `headline` a sentence about the whole grid.
pub fn summary(board: &Board, full: &str, headline: Option<&str>) -> String {
    let lines = best_families(board);
    if lines.is_empty() {
        return format!("\n{NO_RESULTS}\n");
    }
    let mut out = String::from("\n");
    if let Some(line) = answer(board) {
        out.push_str(&prose::paragraph(&answer_text(line, board.machine.as_ref())));
        out.push('\n');
    }
    if let Some(sentence) = headline {
        out.push_str(&prose::paragraph(sentence));
        out.push('\n');
    }
    let which = if lines.len() == FAMILIES {
        "The ten best families, each by the"
    } else {
        "Every family by the"
    };
    out.push_str(&prose::paragraph(&format!(
        "{which} best point that Hemline trains by itself on all rows:"
    )));
    out.push('\n');
    out.push_str(&table(&lines));
    out.push('\n');
    out.push_str(&prose::paragraph(&notes(board, &lines, full)));
    out.push('\n');
    out
}

/// The best plain SVM of the native engine with a score on both datasets.
pub(super) fn answer(board: &Board) -> Option<&Line> {
    let (family, kernel) = ASKED_FOR;
    board.lines.iter().find(|line| {
        let point = &line.point;
        let scores = [line.fashion_mnist.as_ref(), line.mnist.as_ref()];
        line.rank.is_some()
            && (point.classifier.as_str(), point.engine.as_str()) == (family, NATIVE)
            && point.is_on_pixels()
            && point.params.get("kernel").is_none_or(|own| own == kernel)
            && scores
                .iter()
                .all(|score| score.is_some_and(|score| !score.not_converged))
    })
}

fn answer_text(line: &Line, machine: Option<&Machine>) -> String {
    let scores = [line.fashion_mnist.as_ref(), line.mnist.as_ref()];
    let [fashion, mnist] = scores.map(|score| mean(score, false));
    let mut text = format!(
        "**A plain SVM reaches an accuracy of {fashion} on Fashion-MNIST and {mnist} on MNIST.** It is {} with {}, trained by \
         engine {} on all {} rows with preprocessing {}.",
        escaped(&line.point.classifier),
        cells::parameters(&line.point.params),
        escaped(&line.point.engine),
        cells::count(line.point.n_train),
        escaped(&line.point.preprocessing)
    );
    let [on_fashion, on_mnist] = scores.map(|score| score.and_then(|score| Some((score.fit_s?, score))));
    let time = |(seconds, score): (f64, &Score)| cells::time(seconds, score.zero_is_rounded);
    let place = machine.map_or(String::new(), |machine| {
        format!(" on machine {}", cells::escaped_machine(machine))
    });
    let timed = [on_fashion, on_mnist].into_iter().flatten();
    let threads = cells::with_threads(timed.filter_map(|(_, score)| score.threads));
    text += &match (on_fashion, on_mnist) {
        (Some(fashion), Some(mnist)) => format!(
            " A fit{threads} takes {} on Fashion-MNIST and {} on MNIST{place}.",
            time(fashion),
            time(mnist)
        ),
        (Some(fashion), None) => format!(
            " A fit{threads} takes {} on Fashion-MNIST{place}; MNIST has no time on this machine yet.",
            time(fashion)
        ),
        (None, Some(mnist)) => format!(
            " A fit{threads} takes {} on MNIST{place}; Fashion-MNIST has no time on this machine yet.",
            time(mnist)
        ),
        (None, None) => " It has no time on this machine yet.".to_owned(),
    };
    let is_shared = |timed: Option<(f64, &Score)>| timed.is_some_and(|(_, score)| score.shared_machine);
    if is_shared(on_fashion) || is_shared(on_mnist) {
        text += " Other work, or another cell of the same run, used the machine meanwhile, so the times are upper bounds.";
    }
    if let Some(row) = line.published {
        let [fashion, mnist] = [row.fashion_accuracy, row.mnist_accuracy].map(|own| cells::decimals(own, 3));
        text += &format!(
            " The Fashion-MNIST paper (2017, scikit-learn 0.19) has {fashion} and {mnist} for this point."
        );
    }
    text
}

/// The best ranked line of each family on a built-in engine, best first.
fn best_families(board: &Board) -> Vec<&Line> {
    let mut seen = HashSet::new();
    let ranked = board.lines.iter().filter(|line| {
        line.rank.is_some()
            && BUILT_IN.contains(&line.point.engine.as_str())
            && seen.insert(&line.point.classifier)
    });
    ranked.take(FAMILIES).collect()
}

fn table(lines: &[&Line]) -> String {
    let titles = [
        "> Rank",
        "Classifier",
        "> Fashion-MNIST",
        "> MNIST",
        "> Fit time",
        "Engine",
    ];
    let rows = lines.iter().zip(places(lines)).map(|(line, place)| {
        let fashion = line.fashion_mnist.as_ref();
        let seconds = fashion.and_then(|score| Some((score.fit_s?, score)));
        vec![
            place,
            format!("{}{}", escaped(&line.point.classifier), features(&line.point)),
            mean(fashion, true),
            mean(line.mnist.as_ref(), true),
            optional(seconds, |(seconds, score)| {
                let mark = if score.shared_machine { cells::SHARED } else { "" };
                cells::time(seconds, score.zero_is_rounded) + mark
            }),
            escaped(&line.point.engine),
        ]
    });
    markdown_table(&titles, rows)
}

/// The places of each line among the others on Fashion-MNIST, from 1.
fn places(lines: &[&Line]) -> Vec<String> {
    let scores: Vec<&Score> = lines
        .iter()
        .filter_map(|line| line.fashion_mnist.as_ref())
        .collect();
    tiers(&scores).into_iter().map(Tier::ranks).collect()
}

/// What a classifier trains on, if it is not single pixels: ` on HOG features`.
fn features(point: &Point) -> String {
    let preprocessing = point.preprocessing.as_str();
    let (name, settings) = preprocessing.split_once('(').unwrap_or((preprocessing, ""));
    match (name, settings.trim_end_matches(')')) {
        _ if point.is_on_pixels() => String::new(),
        ("hog", _) => " on HOG features".to_owned(),
        ("pca", n) => format!(" on {} principal components", escaped(n)),
        ("patches", _) => " on learned patches".to_owned(),
        ("scattering", _) => " on scattering coefficients".to_owned(),
        _ => format!(" on {} features", escaped(preprocessing)),
    }
}

/// A mean accuracy, with its mark if that is wanted.
fn mean(score: Option<&Score>, is_marked: bool) -> String {
    optional(score, |score| {
        let mark = if score.not_converged && is_marked {
            cells::UNCONVERGED
        } else {
            ""
        };
        cells::accuracy(score.accuracy.mean) + mark
    })
}

/// What the columns mean, and the marks that the lines have.
fn notes(board: &Board, lines: &[&Line], full: &str) -> String {
    let ranked = board.lines.iter().filter(|line| line.rank.is_some()).count();
    let mut text = format!(
        "Accuracy on all test rows. Rank: place among these families on Fashion-MNIST; a range is a tie, which McNemar's test on the \
         same test rows does not resolve. The [full table]({full}) ranks all {}, with parameters, standard deviations, other engines and \
         what the paper printed.",
        cells::counted(ranked, "point")
    );
    let timed = |line: &&Line| {
        line.fashion_mnist
            .as_ref()
            .is_some_and(|score| score.fit_s.is_some())
    };
    if let Some(machine) = board.machine.as_ref().filter(|_| lines.iter().any(timed)) {
        let fashion = lines.iter().filter_map(|line| line.fashion_mnist.as_ref());
        let with_time = fashion.filter(|score| score.fit_s.is_some());
        text += &format!(
            " Fit time: mean wall time of a fit on Fashion-MNIST{}, without preprocessing and prediction, machine {}.",
            cells::with_threads(with_time.filter_map(|score| score.threads)),
            cells::escaped_machine(machine)
        );
        if !lines.iter().all(timed) {
            text += &format!(" {MISSING}: not measured yet, for a time on this machine.");
        }
    } else {
        text += " No fit has a time yet.";
    }
    let scores = || {
        lines
            .iter()
            .flat_map(|line| line.fashion_mnist.iter().chain(&line.mnist))
    };
    if scores().any(|score| score.not_converged) {
        text += &format!("{} {}", cells::UNCONVERGED, cells::UNCONVERGED_MEANS);
    }
    let is_shared = |line: &&Line| {
        let score = line.fashion_mnist.as_ref();
        score.is_some_and(|score| score.shared_machine && score.fit_s.is_some())
    };
    if lines.iter().any(is_shared) {
        text += &format!("{} {}", cells::SHARED, cells::SHARED_MEANS);
    }
    text
}
