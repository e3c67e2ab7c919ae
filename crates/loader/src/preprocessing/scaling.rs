//! Mean and deviation of each feature over the training rows, and the features scaled by them.

/// Sums over rows, in `f64`. They are taken of differences from the first row, so that a constant feature has variance 0.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    first: Vec<f64>,
    sums: Vec<f64>,
    squares: Vec<f64>,
    n_rows: usize,
}

impl Moments {
    pub(super) fn new(n_features: usize) -> Moments {
        Moments {
            first: vec![0.0; n_features],
            sums: vec![0.0; n_features],
            squares: vec![0.0; n_features],
            n_rows: 0,
        }
    }

    /// Adds whole rows of features, one after the other.
    pub(super) fn add(&mut self, rows: &[f32]) {
        for row in rows.chunks_exact(self.first.len()) {
            if self.n_rows == 0 {
                self.first = row.iter().map(|value| f64::from(*value)).collect();
            }
            let sums = self.sums.iter_mut().zip(&mut self.squares);
            for (((sum, square), first), value) in sums.zip(&self.first).zip(row) {
                let difference = f64::from(*value) - first;
                *sum += difference;
                *square += difference * difference;
            }
            self.n_rows += 1;
        }
    }

    /// The scale of each feature. One whose deviation is `noise × (1 + mean)` or less counts as constant.
    #[expect(clippy::cast_precision_loss, reason = "row counts are small")]
    pub(super) fn scales(self, noise: f64) -> Vec<Scale> {
        let n_rows = self.n_rows.max(1) as f64;
        let sums = self.first.iter().zip(&self.sums).zip(&self.squares);
        sums.map(|((first, sum), square)| {
            let mean = sum / n_rows;
            let deviation = (square / n_rows - mean * mean).max(0.0).sqrt();
            let mean = first + mean;
            let is_constant = deviation <= noise * (1.0 + mean.abs());
            Scale {
                mean,
                divisor: if is_constant { f64::INFINITY } else { deviation },
            }
        })
        .collect()
    }
}

/// Scales one feature to mean 0 and variance 1 over the training rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    mean: f64,
    /// The population standard deviation, or infinity for a constant feature.
    divisor: f64,
}

impl Scale {
    /// Keeps every feature as it is.
    pub(super) const NONE: Scale = Scale {
        mean: 0.0,
        divisor: 1.0,
    };

    pub(super) fn apply(self, feature: f32) -> f64 {
        (f64::from(feature) - self.mean) / self.divisor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_mean_and_population_deviation() {
        // (rows - rows.mean(0)) / rows.std(0) by numpy, for the columns that vary.
        let rows = [1.0, 0.1, 1e6, 2.0, 0.1, 1e6 + 1.0, 4.0, 0.1, 1e6 + 5.0];
        let mut moments = Moments::new(3);
        moments.add(&rows[..3]);
        moments.add(&rows[3..]);
        let scales = moments.scales(1e-9);
        let found: Vec<f64> = rows
            .iter()
            .zip(scales.iter().cycle())
            .map(|(value, scale)| scale.apply(*value))
            .collect();
        let expected = [
            -1.0690449676496978,
            0.0,
            -0.9258200997725514,
            -0.26726124191242445,
            0.0,
            -0.4629100498862757,
            1.3363062095621219,
            0.0,
            1.3887301496588271,
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(scales[1].apply(7.0), 0.0);
        assert_eq!(Scale::NONE.apply(0.3), f64::from(0.3_f32));
    }
}
