//! Reads embeddings: the coordinates that `runner embed` writes, and the figures beside them.

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::findings::Findings;
use super::regular_file;

/// The folder of the embeddings, in the folder of results.
pub const FOLDER: &str = "embeddings";

/// The images of a dataset as points of a plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// What is known of it.
    pub figures: Figures,
    /// Label and coordinates of each image.
    pub points: Vec<Point>,
}

/// An image.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Point {
    /// Its label.
    pub label: u64,
    /// Its coordinates.
    pub x: f64,
    /// Its coordinates.
    pub y: f64,
}

/// What is known of an embedding.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Figures {
    /// The dataset.
    pub dataset: String,
    /// The method.
    pub method: String,
    /// From 0 to 1.
    pub trustworthiness: Option<f64>,
    /// The share of nearest neighbours that the picture keeps.
    pub neighbours_preserved: Option<f64>,
    /// The number of nearest neighbours.
    #[serde(default)]
    pub k: u64,
}

/// Reads one file of coordinates and the figures beside it. What is wrong is among the findings.
pub fn of_file(path: &Path, findings: &mut Findings) -> Option<Embedding> {
    match read(path) {
        Ok(embedding) => Some(embedding),
        Err(problem) => {
            findings.problem_in(path, &problem);
            None
        }
    }
}

fn read(path: &Path) -> Result<Embedding, String> {
    let bytes = regular_file::read(path).map_err(|error| format!("cannot read it: {error}"))?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let points: Result<Vec<Point>, csv::Error> = reader.deserialize().collect();
    let points = points.map_err(|error| format!("it is no file of `runner embed`: {error}"))?;
    if points.is_empty() {
        return Err("it has no points".to_owned());
    }
    if points
        .iter()
        .any(|point| !point.x.is_finite() || !point.y.is_finite())
    {
        return Err("a coordinate is not finite".to_owned());
    }
    let beside = path.with_extension("json");
    let unusable =
        |error: &dyn std::fmt::Display| format!("{} beside it cannot be used: {error}", beside.display());
    let figures = match regular_file::read(&beside) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| unusable(&error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => named(path),
        Err(error) => return Err(unusable(&error)),
    };
    Ok(Embedding { figures, points })
}

/// What the name of a file without figures says: DATASET-METHOD.
fn named(path: &Path) -> Figures {
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let (dataset, method) = stem.rsplit_once('-').unwrap_or((&stem, ""));
    Figures {
        dataset: dataset.to_owned(),
        method: method.to_owned(),
        ..Figures::default()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn damaged_figures_are_a_problem_and_missing_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my-data-umap.csv");
        fs::write(&path, "split,row,label,x,y\ntrain,0,3,1.5,2\n").unwrap();
        let mut findings = Findings::default();
        let embedding = of_file(&path, &mut findings).unwrap();
        assert_eq!(
            (
                embedding.figures.dataset.as_str(),
                embedding.figures.method.as_str()
            ),
            ("my-data", "umap")
        );
        assert_eq!((embedding.points[0].label, embedding.points[0].x), (3, 1.5));
        fs::write(path.with_extension("json"), "{").unwrap();
        assert_eq!(of_file(&path, &mut findings), None);
        assert!(
            findings.problems[0].contains("my-data-umap.json beside it cannot be used"),
            "{findings:?}"
        );
    }
}
