//! Scores that people submitted to the Fashion-MNIST repository, as a Markdown table.

use crate::board::reference::{Submitted, submitted};
use crate::cells::{self, escaped, markdown_table, or_missing};

/// What the table is.
pub(super) const CLAIMS: &str = "The named people submitted these scores to the Fashion-MNIST repository. Hemline has not run these \
    models and does not rank them with the measured points.";

/// Every submitted score, best first.
pub(super) fn submitted_table() -> String {
    let mut claims: Vec<&Submitted> = submitted().iter().collect();
    claims.sort_by(|a, b| b.fashion_accuracy.cmp(&a.fashion_accuracy)); // text order is numeric order: every value starts with `0.`
    let rows = claims.into_iter().map(|claim| {
        let links: Vec<String> = claim.code_url.split_whitespace().map(cells::link).collect();
        let preprocessing = claim.preprocessing.trim_end_matches('.');
        vec![
            escaped(&claim.classifier),
            if matches!(preprocessing, "None" | "-") {
                "none".to_owned()
            } else {
                escaped(preprocessing)
            },
            or_missing(&claim.fashion_accuracy),
            or_missing(&claim.mnist_accuracy),
            escaped(&claim.submitter),
            or_missing(&links.join("<br>")),
        ]
    });
    markdown_table(
        &[
            "Classifier",
            "Preprocessing",
            "> Fashion-MNIST",
            "> MNIST",
            "Submitter",
            "Code",
        ],
        rows,
    )
}
