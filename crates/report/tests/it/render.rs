//! The sample file in every format, and the summary in the README.

use crate::support::Place;

#[test]
fn the_sample_in_every_format() {
    let place = Place::with_sample();
    for format in ["markdown", "csv", "json"] {
        let outcome = place.report(&["--format", format]);
        outcome.ends(0, &[]);
        insta::assert_snapshot!(format, outcome.stdout);
    }
    assert!(
        !place.has("results/leaderboard.md"),
        "`--format` must not write a file"
    );
    assert_eq!(place.read("README.md"), crate::support::README);
}

#[test]
fn the_sample_in_the_readme() {
    let place = Place::with_sample();
    place
        .report(&[])
        .ends(0, &["wrote README.md", "wrote results/leaderboard.md"]);
    insta::assert_snapshot!("readme", place.read("README.md"));
    assert_eq!(
        place.read("results/leaderboard.md"),
        place.report(&["--format", "markdown"]).stdout
    );
}

#[test]
fn pages_without_results_say_so() {
    let place = Place::new();
    place.report(&[]).ends(0, &[]);
    for page in [place.read("README.md"), place.read("results/leaderboard.md")] {
        assert!(
            page.contains("No results on Fashion-MNIST or MNIST yet"),
            "{page}"
        );
        assert!(!page.contains("| Rank |"), "{page}");
    }
    assert_eq!(place.report(&["--format", "csv"]).stdout, "");
}

#[test]
fn markup_in_the_csv_is_escaped() {
    let csv = crate::support::sample().replace("no end after 2h", "a | b <b>c</b> `d`");
    let place = Place::new().write("results/x.csv", &csv);
    let page = place.report(&["--format", "markdown"]).stdout;
    assert!(page.contains(r"a \| b &lt;b&gt;c&lt;/b&gt; \`d\` |"), "{page}");
}
