//! Work on many items on all cores; where no thread can be started, the work is done in this one.

use std::thread;

/// Most threads: each may decode an image of half a gigabyte.
const MOST_THREADS: usize = 8;

/// The results of `work` for every item, in the order of the items.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let work = &work;
    let n_cores = thread::available_parallelism().map_or(1, usize::from);
    let n_per_thread = items.len().div_ceil(n_cores.min(MOST_THREADS)).max(1);
    thread::scope(|threads| {
        let running: Vec<_> = items
            .chunks(n_per_thread)
            .map(|items| {
                let all = move || items.iter().map(work).collect::<Vec<R>>();
                (items, thread::Builder::new().spawn_scoped(threads, all))
            })
            .collect();
        let results = running.into_iter().flat_map(|(items, thread)| match thread {
            Ok(thread) => thread.join().expect("the work catches panics"),
            Err(_) => items.iter().map(work).collect(),
        });
        results.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for n in [0, 1, 7, 8, 9, 100] {
            let items: Vec<usize> = (0..n).collect();
            let expected: Vec<usize> = (0..n).map(|i| i * i).collect();
            assert_eq!(map(&items, |i| i * i), expected);
        }
    }
}
