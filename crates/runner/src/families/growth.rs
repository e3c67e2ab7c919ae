//! How what a fit takes grows with the number of its training rows.

/// Time grows as `n^p` and memory as `a + b · n^p`, with `n` the number of training rows. Fits on few rows tell the rest.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// The least and the largest exponent of the time of a fit.
    pub fit: [f64; 2],
    /// Likewise, of predicting a fixed number of rows.
    pub predict: [f64; 2],
    /// The exponent of the memory.
    pub memory: f64,
    /// Bytes that each pixel of a training row adds to the memory, at least.
    pub bytes_per_pixel: f64,
}

impl Growth {
    /// Where nothing is known of the method.
    pub const UNKNOWN: Growth = Growth {
        fit: [0.8, 2.0],
        predict: [0.0, 1.0],
        memory: 1.0,
        // The rows as they are read, and in the order of the seed.
        bytes_per_pixel: 2.0,
    };

    /// The same with the exponents of a fit in this range.
    pub const fn with_fit(self, least: f64, most: f64) -> Growth {
        Growth {
            fit: [least, most],
            ..self
        }
    }

    /// The same with predictions that visit every training row.
    pub const fn with_linear_predictions(self) -> Growth {
        Growth {
            predict: [0.9, 1.1],
            ..self
        }
    }

    /// The same with this exponent of the memory.
    pub const fn with_memory(self, exponent: f64) -> Growth {
        Growth {
            memory: exponent,
            ..self
        }
    }

    /// The same with at least this many bytes for each pixel of a training row, where fits on few rows do not need them yet.
    pub const fn with_bytes_per_pixel(self, bytes: f64) -> Growth {
        Growth {
            bytes_per_pixel: bytes,
            ..self
        }
    }
}
