//! The sample file in every format, and the summary in the README.

use report::board::MNIST_SHA256;
use report::input::Status;

use crate::support::{Place, row, text_of};

#[test]
fn the_sample_in_every_format() {
    let place = Place::with_sample();
    for format in ["markdown", "csv", "json"] {
        let outcome = place.report(&["--format", format]);
        outcome.ends(0, &[]);
        insta::assert_snapshot!(format, outcome.stdout);
    }
    assert!(
        !place.has("results/published/leaderboard.md"),
        "`--format` must not write a file"
    );
    assert_eq!(place.read("README.md"), crate::support::README);
}

#[test]
fn the_sample_in_the_readme() {
    let place = Place::with_sample();
    place
        .report(&[])
        .ends(0, &["wrote README.md", "wrote results/published/leaderboard.md"]);
    insta::assert_snapshot!("readme", place.read("README.md"));
    assert_eq!(
        place.read("results/published/leaderboard.md"),
        place.report(&["--format", "markdown"]).stdout
    );
}

#[test]
fn pages_without_results_say_so() {
    let place = Place::new();
    place.report(&[]).ends(0, &[]);
    for page in [
        place.read("README.md"),
        place.read("results/published/leaderboard.md"),
    ] {
        assert!(
            page.contains("No results on Fashion-MNIST or MNIST yet"),
            "{page}"
        );
        assert!(!page.contains("| Rank |"), "{page}");
    }
    assert_eq!(place.report(&["--format", "csv"]).stdout, "");
}

#[test]
fn a_folder_without_results_files_empties_no_page_that_has_a_table() {
    let place = Place::with_sample();
    std::fs::create_dir(place.path("other")).unwrap();
    let place = place.write("other/machines.csv", "");
    place.report(&[]).ends(0, &[]);
    let (readme, peers) = (place.read("README.md"), place.read("docs/peers.md"));
    for args in [&["--results", "other"][..], &["--results", "other", "--check"]] {
        place.report(args).ends(
            2,
            &[
                "no results file is in the folder `other`",
                "README.md",
                "--results DIR",
            ],
        );
    }
    assert_eq!(
        (place.read("README.md"), place.read("docs/peers.md")),
        (readme, peers)
    );
    assert!(!place.has("other/leaderboard.md"));
}

#[test]
fn hostile_text_is_safe_in_every_format() {
    let text = "<script>alert(1)</script> a | b `d` *e* [f](g) <!-- leaderboard:end -->";
    let row = row()
        .set(|row| {
            row.engine = text.to_owned();
            row.dataset = format!("=HYPERLINK(\"x\") {text}");
            row.machine = format!("+1 {text}");
            row.revision = format!("@x {text}");
            row.warning = format!("not-converged: {text}");
        })
        .params(r"a=\;b\=c;k=\n| x \u{1b}[2J")
        .build();
    let bad = row.clone();
    let mut failed = bad.clone();
    (failed.status, failed.accuracy, failed.error) = (Status::Failed, None, text.to_owned());
    failed.cell_id = "00000000000000ff".to_owned();
    let place = Place::new().write("results/published/x.csv", &text_of(&[row, failed]));
    for (args, is_csv) in [
        (&["--format", "markdown"][..], false),
        (&["show", "results/published/x.csv"], false),
        (
            &["show", "results/published/x.csv", "--format", "markdown"],
            false,
        ),
        (&["--format", "csv"], true),
        (&["show", "results/published/x.csv", "--format", "csv"], true),
        (&["show", "results/published/x.csv", "--format", "json"], true),
    ] {
        let outcome = place.report(args);
        outcome.ends(0, &[]);
        let shown = &outcome.stdout;
        assert!(shown.len() > 200, "{args:?}: {shown}");
        assert!(!shown.contains('\u{1b}'), "{args:?}: {shown}");
        if args.contains(&"markdown") {
            assert!(
                !shown.contains("<script>") && !shown.contains("<!--"),
                "{args:?}: {shown}"
            );
            assert!(
                shown.contains(r"a \| b \`d\` \*e\* \[f\](g)"),
                "{args:?}: {shown}"
            );
            assert!(
                shown.contains("a=;b=c; k= | x") || shown.contains(r"a=;b=c; k= \| x"),
                "{args:?}: {shown}"
            );
        }
        if is_csv && args.contains(&"csv") {
            let mut reader = csv::Reader::from_reader(shown.as_bytes());
            for record in reader.records() {
                for field in record.unwrap().iter() {
                    let is_number = field.parse::<f64>().is_ok();
                    assert!(
                        is_number || !field.starts_with(['=', '+', '-', '@', '\t', '\r']),
                        "{field}"
                    );
                }
            }
        }
    }
    place.report(&[]).ends(0, &["wrote README.md"]);
    place.report(&["--check"]).ends(0, &[]);
}

/// The text of the README with these rows, on one line.
fn readme(rows: &[report::input::Row]) -> String {
    let place = Place::new().write("results/published/x.csv", &text_of(rows));
    place.report(&[]).ends(0, &["wrote README.md"]);
    place.report(&["--check"]).ends(0, &[]);
    place
        .read("README.md")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_times_of_fits_that_ran_alone_count_where_there_are_some() {
    let fit = |cell: u64, repeat: u32, seconds: f64| {
        let builder = row()
            .cell(cell)
            .of("SVC", "native")
            .params("C=10;gamma=auto;kernel=rbf");
        builder.on("aaaaaaaa").set(move |row| {
            row.repeat = repeat;
            row.fit_s = Some(seconds);
            row.threads = Some(1);
        })
    };
    let beside_others = fit(1, 0, 40.0).set(|row| row.concurrent = Some(2)).build();
    let disturbed = fit(2, 1, 60.0).set(|row| row.foreign_cores = Some(1.0)).build();
    let text = readme(&[beside_others.clone(), disturbed.clone()]);
    assert!(text.contains("| 50.0 s"), "{text}");
    let alone = fit(3, 2, 30.0).build();
    let text = readme(&[beside_others.clone(), disturbed.clone(), alone.clone()]);
    assert!(
        text.contains("| 30.0 s |") && text.contains("with 1 thread,"),
        "{text}"
    );
    let on_two = fit(4, 3, 15.0).set(|row| row.threads = Some(2)).build();
    let text = readme(&[beside_others, disturbed, alone, on_two]);
    assert!(
        text.contains("| 15.0 s |") && text.contains("with 2 threads,"),
        "{text}"
    );
}

#[test]
fn the_readme_answers_with_the_times_of_one_machine_or_says_that_there_is_none() {
    let svc = |cell: u64, machine: &str, seconds: f64| {
        row()
            .cell(cell)
            .of("SVC", "native")
            .params("C=10;gamma=auto;kernel=rbf")
            .on(machine)
            .set(|row| row.fit_s = Some(seconds))
    };
    let mnist = |builder: crate::support::Builder| builder.data("mnist", MNIST_SHA256).accuracy(0.97);
    // Most cells are of a machine that did not time the answer.
    let other = |cell: u64| {
        row()
            .cell(cell)
            .params(&format!("C={cell}"))
            .on("bbbbbbbb")
            .build()
    };
    let mut rows = vec![other(1), other(2), other(3), svc(4, "aaaaaaaa", 20.0).build()];
    // Without a score on MNIST there is no answer.
    assert!(!readme(&rows).contains("A plain SVM"));
    rows.push(mnist(svc(5, "bbbbbbbb", 40.0)).build());
    let text = readme(&rows);
    for said in [
        "A plain SVM reaches an accuracy of 0.9000 on Fashion-MNIST and 0.9700 on MNIST.",
        "A fit with 1 thread takes 20.0 s on Fashion-MNIST on machine aaaaaaaa; MNIST has no time on this machine yet.",
        "has 0.897 and 0.973 for this point",
    ] {
        assert!(text.contains(said), "no `{said}` in {text}");
    }
    rows.push(mnist(svc(6, "aaaaaaaa", 30.0)).build());
    let text = readme(&rows);
    assert!(
        text.contains(
            "A fit with 1 thread takes 20.0 s on Fashion-MNIST and 30.0 s on MNIST on machine aaaaaaaa."
        ),
        "{text}"
    );
    // Times of no machine are comparable with none.
    let untimed = |builder: crate::support::Builder| builder.on("").build();
    let rows = [
        untimed(svc(1, "aaaaaaaa", 20.0)),
        untimed(mnist(svc(2, "aaaaaaaa", 30.0))),
    ];
    let text = readme(&rows);
    assert!(text.contains("It has no time on this machine yet."), "{text}");
    assert!(text.contains("No fit has a time yet."), "{text}");
}

#[test]
fn the_table_of_the_readme_has_one_line_per_family_of_the_built_in_engines() {
    let point = |cell: u64, family: &str, engine: &str, preprocessing: &str, accuracy: f64| {
        row()
            .cell(cell)
            .of(family, engine)
            .accuracy(accuracy)
            .set(|row| row.preprocessing = preprocessing.to_owned())
            .build()
    };
    let mut rows = vec![
        point(1, "SVC", "scikit-learn", "standard", 0.99),
        point(2, "SVC", "native", "hog(orientations=9)", 0.98),
        point(3, "SVC", "linfa", "standard", 0.97),
        point(4, "GaussianNB", "linfa", "pca(50)", 0.96),
    ];
    let text = readme(&rows);
    for said in [
        "| 1 | SVC on HOG features | 0.9800 | – | 1.00 s | native |",
        "| 2 | GaussianNB on 50 principal components | 0.9600 | – | 1.00 s | linfa |",
        "ranks all 4 points",
    ] {
        assert!(text.contains(said), "no `{said}` in {text}");
    }
    assert!(
        !text.contains("| scikit-learn |") && !text.contains("0.9700"),
        "{text}"
    );
    rows.extend((10..30).map(|at| point(at, &format!("Family{at}"), "native", "none", 0.5)));
    let text = readme(&rows);
    assert_eq!(
        text.matches("| native |").count() + text.matches("| linfa |").count(),
        10
    );
    assert!(
        text.contains("The ten best families, each by the best point"),
        "{text}"
    );
    // Equal accuracies are a tie.
    assert_eq!(text.matches("| 3–10 | Family").count(), 8, "{text}");
}

#[test]
fn warnings_are_counted_by_kind_family_and_engine() {
    let rows: Vec<_> = (0..5)
        .map(|at| {
            let warning = match at {
                0 => String::new(),
                4 => "chance: as the share of the majority class; not-converged: last".to_owned(),
                _ => format!("not-converged: after {at} steps; tol 1e-{at}."),
            };
            row()
                .cell(at)
                .params(&format!("C={at}"))
                .accuracy(0.9 - at as f64 / 100.0)
                .set(|row| row.warning = warning)
                .build()
        })
        .collect();
    let place = Place::new().write("results/published/x.csv", &text_of(&rows));
    let page = place.report(&["--format", "markdown"]).stdout;
    let (_, section) = page.split_once("## Warnings").unwrap();
    let (section, _) = section.split_once("##").unwrap();
    let section = section.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        section.contains(
            "- **SVC, linfa**: 4 of 5 scores: a solver did not converge. For example C=1 on fashion-mnist, 60,000 training \
             rows: after 1 steps; tol 1e-1. - **SVC, linfa**: 1 of 5 scores: no better than the share"
        ),
        "{section}"
    );
}
