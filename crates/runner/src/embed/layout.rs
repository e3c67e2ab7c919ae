//! Points in the plane, one for each image.

/// The coordinates of some points.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layout2d(pub(crate) Vec<[f32; 2]>);

impl Layout2d {
    /// The points, moved and stretched so that the standard deviation of the first coordinate is `deviation`.
    pub(crate) fn with_deviation(&self, deviation: f32) -> Layout2d {
        let n = self.0.len().max(1) as f64;
        let mean = |axis: usize| self.0.iter().map(|point| f64::from(point[axis])).sum::<f64>() / n;
        let means = [mean(0), mean(1)];
        let squares: f64 = self
            .0
            .iter()
            .map(|point| (f64::from(point[0]) - means[0]).powi(2))
            .sum();
        let own = (squares / n).sqrt();
        let factor = if own > 0.0 {
            f64::from(deviation) / own
        } else {
            1.0
        };
        let moved =
            |point: &[f32; 2]| [0, 1].map(|axis| ((f64::from(point[axis]) - means[axis]) * factor) as f32);
        Layout2d(self.0.iter().map(moved).collect())
    }

    /// The points, each coordinate stretched to the range from 0 to `most`.
    pub(crate) fn in_range(&self, most: f32) -> Layout2d {
        let ends = |axis: usize| {
            let values = self.0.iter().map(|point| point[axis]);
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let ends = [ends(0), ends(1)];
        let stretch = |point: &[f32; 2]| {
            [0, 1].map(|axis| {
                let (low, high) = ends[axis];
                if high > low {
                    most * (point[axis] - low) / (high - low)
                } else {
                    most / 2.0
                }
            })
        };
        Layout2d(self.0.iter().map(stretch).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_moved_and_stretched() {
        let layout = Layout2d(vec![[1.0, 5.0], [3.0, 5.0]]);
        assert_eq!(layout.with_deviation(2.0).0, [[-2.0, 0.0], [2.0, 0.0]]);
        assert_eq!(layout.in_range(10.0).0, [[0.0, 5.0], [10.0, 5.0]]);
        assert_eq!(Layout2d::default().with_deviation(1.0), Layout2d::default());
    }
}
