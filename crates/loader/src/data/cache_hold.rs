//! The hold on a decompressed copy: while it lives, no process removes the file or the folder that was exported from it.

use std::fs::File;
use std::sync::Arc;

/// A shared lock on the decompressed copy of a dataset. All clones share one lock; the last one releases it.
///
/// Keep it for as long as the path [`crate::Dataset::cache`] or the paths of [`crate::ExportedFiles`] are used. On a file
/// system without locks it holds nothing, and nothing is removed there.
#[derive(Clone, Debug)]
pub struct CacheHold {
    _file: Arc<File>,
}

impl CacheHold {
    /// Keeps an open file, and with it the lock.
    pub(crate) fn new(file: File) -> CacheHold {
        CacheHold {
            _file: Arc::new(file),
        }
    }
}
