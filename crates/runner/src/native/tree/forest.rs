//! One tree or many of them on the native engine: their rows drawn, grown in parallel, their class shares averaged.

use loader::Label;
use rayon::prelude::*;

use crate::estimator::classifier::{Classifier, FitContext, Model};
use crate::estimator::error::FitError;
use crate::estimator::labels::EncodedLabels;
use crate::estimator::samples::{Layout, Samples};
use crate::estimator::subset_size::SubsetSize;
use crate::native::kernels::node_rows::Matrix;
use crate::native::tree::bootstrap::BootstrapSample;
use crate::native::tree::builder::TreeBuilder;
use crate::native::tree::decision_tree::{Tree, TreeSettings, mean_shares};
use crate::native::tree::transpose::columns;

/// A forest before it is grown.
pub(crate) struct NativeForest {
    pub(crate) tree: TreeSettings,
    pub(crate) n_estimators: usize,
    /// Rows drawn for a tree with replacement; without, a tree has every row once.
    pub(crate) bootstrap: Option<SubsetSize>,
}

impl NativeForest {
    /// A single tree on all rows.
    pub(crate) fn single(tree: TreeSettings) -> NativeForest {
        NativeForest {
            tree,
            n_estimators: 1,
            bootstrap: None,
        }
    }
}

struct Forest {
    classes: EncodedLabels,
    trees: Vec<Tree>,
}

impl Classifier for NativeForest {
    fn layout(&self) -> Layout {
        Layout::Bytes
    }

    fn fit<'a>(
        &self,
        train: &'a Samples,
        labels: &'a [Label],
        context: &FitContext,
    ) -> Result<Box<dyn Model + 'a>, FitError> {
        let classes = EncodedLabels::new(labels);
        let n_rows = train.n_rows();
        let columns = columns(train.bytes().pixels(), train.bytes().n_features());
        let n_drawn = self.bootstrap.map_or(n_rows, |fraction| fraction.of(n_rows));
        let matrix = Matrix::new(train.bytes().pixels(), &columns, n_rows);
        let grower = TreeBuilder::new(&self.tree, matrix, &classes.codes, classes.n_classes(), n_drawn);
        let grow = |tree: u64| {
            // Two seeds a tree, none shared with another tree or with the next repeat's.
            let seed = context.seed.rotate_left(32) ^ (2 * tree);
            let drawn = match self.bootstrap {
                Some(_) => BootstrapSample::bootstrap(n_rows, n_drawn, seed + 1),
                None => BootstrapSample::all(n_rows),
            };
            grower.grow(drawn, seed)
        };
        let trees = (0..self.n_estimators as u64).into_par_iter().map(grow).collect();
        Ok(Box::new(Forest { classes, trees }))
    }
}

impl Model for Forest {
    fn predict(&self, samples: &Samples) -> Result<Vec<Label>, FitError> {
        let n_classes = self.classes.n_classes();
        let shares = mean_shares(&self.trees, samples.bytes(), n_classes);
        let rows = shares.chunks_exact(n_classes);
        Ok(rows
            .map(|shares| self.classes.argmax(shares.iter().copied()))
            .collect())
    }
}
