//! Rows of equal length by number, as many as there is room for: the least recently used make room for others.

/// No slot.
const NONE: u32 = u32::MAX;

/// Fewest rows that a store has room for, whatever its bytes: a step needs two, which must outlive the block that the second comes with.
const FEWEST: usize = 4 * crate::native::kernel_svm::options::BLOCK;

/// Of a full store, one row in so many makes room at once.
const DROPPED: usize = 8;

pub(crate) struct LruRows {
    width: usize,
    bytes: usize,
    /// Of every number the slot of its row, or [`NONE`].
    slots: Vec<u32>,
    rows: Vec<Row>,
    free: Vec<u32>,
    clock: u64,
}

struct Row {
    values: Vec<f32>,
    owner: u32,
    used: u64,
}

impl LruRows {
    /// For rows numbered up to `n_numbers`, in so many bytes.
    pub(crate) fn new(n_numbers: usize, width: usize, bytes: usize) -> LruRows {
        LruRows {
            width,
            bytes,
            slots: vec![NONE; n_numbers],
            rows: Vec::new(),
            free: Vec::new(),
            clock: 0,
        }
    }

    /// Forgets all rows; those that come have another length.
    pub(crate) fn restart(&mut self, width: usize) {
        self.width = width;
        self.slots.fill(NONE);
        self.rows = Vec::new();
        self.free = Vec::new();
    }

    pub(crate) fn has(&self, number: usize) -> bool {
        self.slots[number] != NONE
    }

    /// Notes that a row is used, if it is here.
    pub(crate) fn touch(&mut self, number: usize) -> bool {
        self.clock += 1;
        let slot = self.slots[number];
        if slot != NONE {
            self.rows[slot as usize].used = self.clock;
        }
        slot != NONE
    }

    /// A row that is here.
    pub(crate) fn row(&self, number: usize) -> &[f32] {
        &self.rows[self.slots[number] as usize].values
    }

    /// Room for a row that is not here.
    pub(crate) fn insert(&mut self, number: usize) -> &mut [f32] {
        self.clock += 1;
        let most = (self.bytes / (4 * self.width.max(1))).max(FEWEST);
        if self.free.is_empty() && self.rows.len() >= most {
            self.drop_oldest(most / DROPPED);
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

    fn drop_oldest(&mut self, n: usize) {
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
    fn the_least_recently_used_rows_make_room() {
        let n = FEWEST + 10;
        let mut store = LruRows::new(n, 2, 0);
        for number in 0..FEWEST {
            store.insert(number).fill(number as f32);
        }
        assert!(store.touch(0));
        store.insert(FEWEST).fill(-1.0);
        assert!(store.has(0) && !store.has(1) && store.has(FEWEST));
        assert_eq!(store.row(0), [0.0, 0.0]);
        assert_eq!(store.row(FEWEST), [-1.0, -1.0]);
        assert!(!store.touch(1));
        assert_eq!(store.rows.len(), FEWEST);
        store.restart(3);
        assert!(!store.has(0));
        assert_eq!(store.insert(0).len(), 3);
    }
}
