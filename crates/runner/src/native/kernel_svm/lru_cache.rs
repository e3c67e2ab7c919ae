//! Least-recently-used cache of rows of equal length.

use crate::native::kernel_svm::options::BLOCK;

/// No slot.
const NONE: u32 = u32::MAX;

/// Least capacity in rows. A step needs two rows, and the first must outlive the block that is computed with the second.
const MIN_CAPACITY: usize = 4 * BLOCK;

/// One in this many rows of a full cache is evicted at a time.
const EVICTED_DIVISOR: usize = 8;

/// The cache. Rows are numbered.
pub(crate) struct LruRows {
    width: usize,
    bytes: usize,
    /// The slot of every row, or [`NONE`].
    slots: Vec<u32>,
    rows: Vec<Row>,
    free: Vec<u32>,
    clock: u64,
}

/// A slot.
struct Row {
    values: Vec<f32>,
    owner: u32,
    used: u64,
}

impl LruRows {
    /// An empty cache for the rows `0..n_rows`, in about `bytes` bytes.
    pub(crate) fn new(n_rows: usize, width: usize, bytes: usize) -> LruRows {
        LruRows {
            width,
            bytes,
            slots: vec![NONE; n_rows],
            rows: Vec::new(),
            free: Vec::new(),
            clock: 0,
        }
    }

    /// Removes all rows, and sets the length of new ones.
    pub(crate) fn reset(&mut self, width: usize) {
        self.width = width;
        self.slots.fill(NONE);
        self.rows = Vec::new();
        self.free = Vec::new();
    }

    /// Whether a row is cached.
    pub(crate) fn has(&self, number: usize) -> bool {
        self.slots[number] != NONE
    }

    /// Marks a row as used now. Returns whether it is cached.
    pub(crate) fn touch(&mut self, number: usize) -> bool {
        self.clock += 1;
        let slot = self.slots[number];
        if slot != NONE {
            self.rows[slot as usize].used = self.clock;
        }
        slot != NONE
    }

    /// A cached row.
    pub(crate) fn row(&self, number: usize) -> &[f32] {
        &self.rows[self.slots[number] as usize].values
    }

    /// Space for a row that is not cached.
    pub(crate) fn insert(&mut self, number: usize) -> &mut [f32] {
        self.clock += 1;
        let capacity = (self.bytes / (4 * self.width.max(1))).max(MIN_CAPACITY);
        if self.free.is_empty() && self.rows.len() >= capacity {
            self.evict_oldest(capacity / EVICTED_DIVISOR);
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.rows.push(Row {
                values: vec![0.0; self.width],
                owner: 0,
                used: 0,
            });
            (self.rows.len() - 1) as u32
        });
        self.slots[number] = slot;
        let row = &mut self.rows[slot as usize];
        (row.owner, row.used) = (number as u32, self.clock);
        &mut row.values
    }

    /// Evicts the `n` least recently used rows.
    fn evict_oldest(&mut self, n: usize) {
        let mut slots: Vec<u32> = (0..self.rows.len() as u32).collect();
        slots.select_nth_unstable_by_key(n, |&slot| self.rows[slot as usize].used);
        slots.truncate(n);
        for &slot in &slots {
            self.slots[self.rows[slot as usize].owner as usize] = NONE;
        }
        self.free = slots;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_rows_are_evicted() {
        let n = MIN_CAPACITY + 10;
        let mut cache = LruRows::new(n, 2, 0);
        for number in 0..MIN_CAPACITY {
            cache.insert(number).fill(number as f32);
        }
        assert!(cache.touch(0));
        cache.insert(MIN_CAPACITY).fill(-1.0);
        assert!(cache.has(0) && !cache.has(1) && cache.has(MIN_CAPACITY));
        assert_eq!(cache.row(0), [0.0, 0.0]);
        assert_eq!(cache.row(MIN_CAPACITY), [-1.0, -1.0]);
        assert!(!cache.touch(1));
        assert_eq!(cache.rows.len(), MIN_CAPACITY);
        cache.reset(3);
        assert!(!cache.has(0));
        assert_eq!(cache.insert(0).len(), 3);
    }
}
