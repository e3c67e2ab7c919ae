//! `runner embed`: the coordinates, the same ones for any number of threads, and what it says of bad input.

use loader::{ImageBuffer, Label, idx};
use serde_json::Value;

use crate::support::{Ended, Folder};

/// A folder with the dataset `mine` in `data`: 200 + 100 images of 4 × 4 pixels in three groups.
fn folder() -> Folder {
    let folder = Folder::new();
    for (part, n_rows, start) in [("train", 200_usize, 0_usize), ("t10k", 100, 200)] {
        let byte = |i: usize| {
            let (row, pixel) = (start + i / 16, i % 16);
            let is_bright = pixel % 3 == row % 3;
            let noise = (row * 7919 + pixel * 104_729) % 60;
            u8::try_from(noise + if is_bright { 190 } else { 0 }).unwrap()
        };
        let pixels = (0..n_rows * 16).map(byte).collect();
        let labels: Vec<Label> = (0..n_rows)
            .map(|row| Label(u8::try_from((start + row) % 3).unwrap()))
            .collect();
        let images = idx::write_images(ImageBuffer::new(pixels, 4, 4).view());
        folder.write(&format!("data/mine/{part}-images-idx3-ubyte"), images);
        folder.write(
            &format!("data/mine/{part}-labels-idx1-ubyte"),
            idx::write_labels(&labels),
        );
    }
    folder
}

fn embed(folder: &Folder, arguments: &[&str]) -> Ended {
    folder.run(&[&["embed", "mine"], arguments].concat())
}

fn text(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path(name)).unwrap()
}

#[test]
fn every_method_places_every_image_and_the_threads_change_nothing() {
    let folder = folder();
    let ended = embed(&folder, &["--threads", "1"]).code(0);
    for method in ["pca", "tsne", "umap"] {
        assert!(
            ended.out.contains(&format!("mine {method}: 300 images")),
            "{}",
            ended.out
        );
        let name = format!("results/embeddings/mine-{method}.csv");
        let table = text(&folder, &name);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!((lines.len(), lines[0]), (301, "split,row,label,x,y"));
        assert!(
            lines[1].starts_with("train,0,0,") && lines[201].starts_with("test,0,2,"),
            "{table}"
        );
        let figures: Value =
            serde_json::from_str(&text(&folder, &format!("results/embeddings/mine-{method}.json"))).unwrap();
        assert!(figures["trustworthiness"].as_f64().unwrap() > 0.9, "{figures}");
        embed(
            &folder,
            &["--method", method, "--threads", "3", "--results", "again"],
        )
        .code(0);
        let again = text(&folder, &format!("again/embeddings/mine-{method}.csv"));
        assert!(
            again == table,
            "{method}: three threads give other points than one"
        );
    }
}

#[test]
fn groups_are_groups_in_the_picture() {
    let folder = folder();
    embed(&folder, &["--method", "umap"]).code(0);
    let mut reader = csv::Reader::from_path(folder.path("results/embeddings/mine-umap.csv")).unwrap();
    let points: Vec<(String, usize, usize, f64, f64)> =
        reader.deserialize().map(|point| point.unwrap()).collect();
    let is_own = |at: usize| {
        let distance = |other: &usize| {
            let (dx, dy) = (points[at].3 - points[*other].3, points[at].4 - points[*other].4);
            dx * dx + dy * dy
        };
        let others = (0..points.len()).filter(|other| *other != at);
        let nearest = others.min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
        points[nearest].2 == points[at].2
    };
    let n_own = (0..points.len()).filter(|at| is_own(*at)).count();
    assert!(n_own >= 290, "{n_own} of 300 have a nearest point of their class");
}

#[test]
fn coordinates_of_another_program_are_judged() {
    let folder = folder();
    embed(&folder, &["--method", "pca"]).code(0);
    let ended = embed(&folder, &["--judge", "results/embeddings/mine-pca.csv"]).code(0);
    assert!(ended.out.contains("trustworthiness 0."), "{}", ended.out);
    folder.write("few.csv", "x,y\n1,2\n");
    embed(&folder, &["--judge", "few.csv"])
        .code(2)
        .stderr_has(&["it has 1 points, but mine has 300 images"]);
    folder.write("odd.csv", "x,z\n1,2\n");
    embed(&folder, &["--judge", "odd.csv"])
        .code(2)
        .stderr_has(&["it has no column y"]);
    folder.write("nan.csv", "x,y\n1,NaN\n");
    embed(&folder, &["--judge", "nan.csv"])
        .code(2)
        .stderr_has(&["image 0 has no finite coordinate"]);
}

#[test]
fn what_cannot_be_embedded_is_a_message() {
    let folder = folder();
    folder
        .run(&["embed", "mime"])
        .code(2)
        .stderr_has(&["unknown dataset `mime`", "mine"]);
    embed(&folder, &["--method", "tsnee"])
        .code(2)
        .stderr_has(&["tsne"]);
    folder.write("taken", "a file");
    embed(&folder, &["--method", "pca", "--results", "taken"])
        .code(2)
        .stderr_has(&["cannot write", "--results"]);
}
