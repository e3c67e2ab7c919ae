//! The sample file in every format, and the summary in the README.

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
