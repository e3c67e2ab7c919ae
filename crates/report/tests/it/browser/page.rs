//! What a reader does with the page.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use report::board::MNIST_SHA256;
use serde_json::Value;
use thirtyfour::Key;

use super::driver::{Browser, axe};
use super::sample::{NASTY, page};
use crate::support::{Place, row, text_of};

/// The texts of a column of the table.
fn column(browser: &Browser, name: &str) -> Vec<String> {
    browser.run(&format!(
        "const at = [...document.querySelectorAll('#head th')].findIndex((own) => own.querySelector('button')?.dataset.sort === '{name}');
         return [...document.querySelectorAll('#rows tr[data-id]')].map((row) => row.children[at].textContent);"
    ))
}

fn hash(browser: &Browser) -> String {
    browser.run("return location.hash")
}

fn sort_of(browser: &Browser, name: &str) -> String {
    browser.run(&format!(
        "return document.querySelector('[data-sort=\"{name}\"]').closest('th').getAttribute('aria-sort')"
    ))
}

#[test]
fn the_page_sorts_searches_filters_and_keeps_its_state_in_the_address() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let (_place, path) = page();
    browser.open(&path, "");

    // The best accuracy is first; a click on another column sorts by it, a second one the other way round.
    let accuracies = column(&browser, "accuracy");
    assert_eq!(accuracies.len(), 15);
    assert!(accuracies.is_sorted_by(|a, b| a >= b), "{accuracies:?}");
    assert_eq!(sort_of(&browser, "accuracy"), "descending");
    browser.click("[data-sort=classifier]");
    let names = column(&browser, "classifier");
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(
        (
            sort_of(&browser, "classifier").as_str(),
            sort_of(&browser, "accuracy").as_str()
        ),
        ("ascending", "none")
    );
    browser.click("[data-sort=classifier]");
    assert!(column(&browser, "classifier").is_sorted_by(|a, b| a >= b));

    // With shift, a further key.
    browser.shift_click("[data-sort=accuracy]");
    let rows: Vec<(String, String)> = column(&browser, "classifier")
        .into_iter()
        .zip(column(&browser, "accuracy"))
        .collect();
    assert!(rows.is_sorted_by(|a, b| (&a.0, &a.1) >= (&b.0, &b.1)), "{rows:?}");

    // Search and filters.
    browser.click("#search");
    browser.keys("gaussian");
    assert_eq!(column(&browser, "classifier"), ["GaussianNB"; 3]);
    assert!(hash(&browser).contains("q=gaussian"));
    browser.click("#reset");
    browser.click("[data-menu=engine] summary");
    browser.click("[data-menu=engine] input[value=linfa]");
    assert_eq!(column(&browser, "engine"), ["linfa"; 3]);
    let own = hash(&browser);
    assert!(own.contains("engine=linfa"), "{own}");

    // Times are those of one machine; the other one's are chosen.
    assert!(column(&browser, "fit").iter().all(|text| text == "–"));
    browser.run::<Value>("const own = document.querySelector('#machine'); own.value = 'bbbbbbbb'; own.dispatchEvent(new Event('change')); return null");
    assert!(column(&browser, "fit").iter().all(|text| text.contains('s')));

    // The address alone gives the same page.
    let (address, before) = (hash(&browser), column(&browser, "accuracy"));
    browser.open(&path, &address);
    assert_eq!((hash(&browser), column(&browser, "accuracy")), (address, before));
    assert_eq!(
        browser.run::<String>("return document.querySelector('#machine').value"),
        "bbbbbbbb"
    );

    // One family alone shows only the parameters that differ.
    browser.open(&path, "#family=NearestCentroid");
    assert_eq!(column(&browser, "parameters"), ["C=100", "C=10", "C=1"]);
    let status: String = browser.run("return document.querySelector('#status').textContent");
    assert!(status.contains("all of them have gamma=auto"), "{status}");

    assert_eq!(browser.console(), Vec::<String>::new());
    let asked: Vec<String> =
        browser.run("return performance.getEntriesByType('resource').map((own) => own.name)");
    assert_eq!(asked, Vec::<String>::new());
}

#[test]
fn datasets_stand_side_by_side_rows_open_and_two_rows_are_compared() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let (_place, path) = page();
    browser.open(&path, "#view=side-by-side");
    let (fashion, mnist) = (column(&browser, "accuracy.0"), column(&browser, "accuracy.1"));
    assert_eq!((fashion.len(), fashion[0].as_str()), (15, "0.9230"));
    assert!(mnist.iter().all(|text| text.starts_with("0.")), "{mnist:?}");
    browser.click("[data-sort='accuracy.1']");
    assert!(column(&browser, "accuracy.1").is_sorted_by(|a, b| a >= b));

    browser.open(&path, "");
    let first: String = browser.run("return document.querySelector('#rows tr').dataset.id");
    browser.click(&format!("[data-open='{first}']"));
    let text: String = browser.run("return document.querySelector('#rows tr.open').textContent");
    for said in [
        "cargo run -p runner -- GRID.toml --only 'fashion-mnist SVC scikit-learn C=100;gamma=auto'",
        "Confusion matrix",
        "T-shirt/top",
        "Fits of SVC",
        "Recall",
    ] {
        assert!(text.contains(said), "no `{said}` in {text}");
    }
    let expanded: String =
        browser.run("return document.querySelector('[data-open]').getAttribute('aria-expanded')");
    assert_eq!(expanded, "true");

    // The two best: 77 and 84 of 1,000 rows are wrong, 7 of them in both.
    browser.click("#rows tr:nth-of-type(1) [data-pick]");
    browser.click("#rows tr[data-id]:nth-of-type(3) [data-pick]");
    let text: String = browser.run("return document.querySelector('#compare').textContent");
    for said in [
        "Two rows compared",
        "Paired difference",
        "95 % interval",
        "McNemar",
        "times as fast",
    ] {
        assert!(text.contains(said), "no `{said}` in {text}");
    }
    let address = hash(&browser);
    assert!(
        address.matches("pick=").count() == 2 && address.contains("open="),
        "{address}"
    );

    // One fit had two threads, the other one.
    let dummy: String = browser.run(
        "return [...document.querySelectorAll('#rows tr[data-id]')].find((row) => row.textContent.includes('Dummy')).dataset.id",
    );
    browser.open(&path, &format!("#pick={first}&pick={dummy}"));
    let text: String = browser.run("return document.querySelector('#compare').textContent");
    assert!(
        text.contains("Times do not compare") && !text.contains("times as fast"),
        "{text}"
    );
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn the_parts_of_an_open_row_are_in_sight_or_scroll_inside_their_own_box() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let (_place, path) = page();
    for width in [1400, 1280, 900] {
        browser.size(width, 1000);
        browser.open(&path, "");
        browser.click("[data-open]");
        let cut: Vec<String> = browser.run(
            "const edge = document.querySelector('#board-live > .scroll').getBoundingClientRect().right;
             return [...document.querySelectorAll('.detail, .detail > *')]
                .filter((own) => own.getBoundingClientRect().right > edge).map((own) => own.className)",
        );
        assert_eq!(cut, Vec::<String>::new(), "{width} pixels");
        let is_whole: bool = browser.run(
            "const matrix = document.querySelector('.detail .matrix');
             return matrix.scrollWidth <= matrix.parentElement.clientWidth",
        );
        assert!(is_whole, "the matrix is cut at {width} pixels");
    }
}

#[test]
fn a_printed_page_repeats_the_head_of_the_table_opens_its_parts_and_keeps_a_matrix_whole() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let (_place, path) = page();
    browser.open(&path, "");
    let is_seen = "return [...document.querySelectorAll('details:not(.menu) .scroll')]
        .map((own) => own.checkVisibility({ contentVisibilityAuto: true }))";
    let seen: Vec<bool> = browser.run(is_seen);
    assert!(
        !seen.is_empty() && seen.iter().all(|is_seen| !is_seen),
        "{seen:?}"
    );
    browser.print_styles();
    // The browser opens the parts with the next picture that it draws.
    let started = Instant::now();
    loop {
        let seen: Vec<bool> = browser.run(is_seen);
        if seen.iter().all(|is_seen| *is_seen) {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{seen:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    // Chromium repeats no head with the box of a button in it.
    let display: String =
        browser.run("return getComputedStyle(document.querySelector('#head button')).display");
    assert_eq!(display, "contents");
    let inside: String =
        browser.run("return getComputedStyle(document.querySelector('.matrix')).breakInside");
    assert_eq!(inside, "avoid");
}

#[test]
fn the_page_works_with_the_keyboard_alone() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let (_place, path) = page();
    browser.open(&path, "");
    let reach = |css: &str| {
        for _ in 0..400 {
            browser.keys(Key::Tab);
            if browser.run::<bool>(&format!("return document.activeElement.matches(\"{css}\")")) {
                return;
            }
        }
        panic!("the key Tab does not reach {css}");
    };
    reach("#search");
    reach("[data-sort=engine]");
    browser.keys(Key::Enter);
    assert_eq!(sort_of(&browser, "engine"), "ascending");
    assert!(
        browser.run::<bool>("return document.activeElement.matches('[data-sort=engine]')"),
        "the focus is lost"
    );
    reach("[data-sort=accuracy]");
    browser.shift(Key::Enter);
    assert_eq!(sort_of(&browser, "accuracy"), "descending");
    assert_eq!(sort_of(&browser, "engine"), "ascending");
    reach("[data-open]");
    browser.keys(Key::Enter);
    assert!(browser.run::<bool>("return document.querySelector('#rows tr.open') !== null"));
    browser.keys(Key::Tab);
    browser.keys(" ");
    assert!(hash(&browser).contains("pick="));
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn markup_in_names_is_text() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let (_place, path) = page();
    let html = fs::read_to_string(&path).unwrap();
    assert!(
        !html.contains("<script>alert") && !html.contains('\u{202e}'),
        "markup of a name is in the page"
    );
    browser.open(&path, "");
    let views: Vec<String> =
        browser.run("return [...document.querySelectorAll('#view option')].map((own) => own.value)");
    let nasty = views.iter().find(|view| view.contains("alert")).unwrap();
    browser.run::<Value>(&format!(
        "const own = document.querySelector('#view'); own.value = {}; own.dispatchEvent(new Event('change')); return null",
        serde_json::to_string(nasty).unwrap()
    ));
    let shown = column(&browser, "classifier");
    assert!(
        shown[0].contains("<script>alert(1)</script>"),
        "{shown:?} {NASTY}"
    );
    browser.click("[data-open]");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn the_charts_follow_the_filters() {
    let Some(browser) = Browser::start(false) else {
        return;
    };
    let (_place, path) = page();
    browser.open(&path, "");
    let marks = "return document.querySelectorAll('figure .mark[data-line]:not(.off)').length";
    let all: usize = browser.run(marks);
    assert!(all > 10, "{all}");
    browser.open(&path, "#family=SVC");
    let few: usize = browser.run(marks);
    assert!(few > 0 && few < all, "{few} of {all}");
    let title: String = browser.run("return document.querySelector('figure .mark title').textContent");
    assert!(title.contains("accuracy"), "{title}");
}

#[test]
fn axe_finds_no_violation_in_either_theme() {
    let Some(axe) = axe() else { return };
    for is_dark in [false, true] {
        let Some(browser) = Browser::start(is_dark) else {
            return;
        };
        let (_place, path) = page();
        browser.open(&path, "");
        browser.click("[data-open]");
        browser.click("#rows tr:nth-of-type(1) [data-pick]");
        browser.run::<Value>(&format!("document.querySelectorAll('details').forEach((own) => {{ own.open = true; }}); {axe}; return null"));
        let found = browser.run_async(
            "const done = arguments[arguments.length - 1];
             axe.run(document).then((found) => done(found.violations.map((own) => `${own.id}: ${own.help}: ${own.nodes.slice(0, 3).map((node) => node.html).join(' ')}`)))
                .catch((error) => done([String(error)]));",
        );
        assert_eq!(found, Value::Array(Vec::new()), "dark: {is_dark}");
    }
}

/// Prints how long the page of 10,000 rows takes, five repeats of 1,000 points on both datasets, and keeps pictures where
/// `HEMLINE_SCREENSHOTS` names a folder.
#[test]
fn ten_thousand_rows_are_written_opened_and_sorted() {
    let rows: Vec<_> = (0..10_000_u64)
        .map(|at| {
            let (point, repeat) = (at / 10, u32::try_from(at % 5).unwrap());
            let builder = row()
                .repeat(repeat)
                .cell(at)
                .params(&format!("C={point};kernel=rbf"));
            let builder = match at % 10 {
                0..5 => builder,
                _ => builder.data("mnist", MNIST_SHA256),
            };
            builder.accuracy((at * 7919 % 10_000) as f64 / 10_000.0).build()
        })
        .collect();
    let place = Place::new().write("results/mine.csv", &text_of(&rows));
    let start = Instant::now();
    let outcome = place.report(&["show", "--format", "html"]);
    let bytes = outcome.stdout.len();
    println!(
        "10,000 rows: the page of {bytes} bytes is written in {:?}",
        start.elapsed()
    );
    outcome.ends(0, &[]);
    let path = place.path("board.html");
    fs::write(&path, outcome.stdout).unwrap();
    let Some(browser) = Browser::start(false) else {
        return;
    };
    browser.open(&path, "");
    let opened: f64 = browser.run("return performance.getEntriesByType('navigation')[0].loadEventEnd");
    let sorted: f64 = browser.run(
        "const start = performance.now(); document.querySelector('[data-sort=parameters]').click();
         document.body.offsetHeight; return performance.now() - start;",
    );
    println!("10,000 rows: it opens in {opened:.0} ms and sorts in {sorted:.0} ms");
    assert_eq!(column(&browser, "accuracy").len(), 50, "the first rows are shown");
    screenshots(&browser);
}

fn screenshots(browser: &Browser) {
    let Some(folder) = std::env::var_os("HEMLINE_SCREENSHOTS") else {
        return;
    };
    let (_place, path) = page();
    for (name, width) in [("wide", 1400), ("phone", 400)] {
        browser.size(width, 1000);
        browser.open(&path, "");
        browser.screenshot(&Path::new(&folder).join(format!("{name}.png")));
    }
}
