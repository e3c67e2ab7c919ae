//! Work on the four files in four threads; where no thread can be started, the work is done in this one.

use std::thread;

use super::part::Part;

/// The results of `work` for the indexes 0 to 3, in the order of [`Part::ALL`].
pub(crate) fn for_each_part<T: Send>(work: impl Fn(usize) -> T + Sync) -> [T; 4] {
    let work = &work;
    thread::scope(|threads| {
        let mut index = 0;
        let running = Part::ALL.map(|_| {
            let i = index;
            index += 1;
            (i, thread::Builder::new().spawn_scoped(threads, move || work(i)))
        });
        running.map(|(i, thread)| match thread {
            Ok(thread) => thread.join().expect("reading and hashing do not panic"),
            Err(_) => work(i),
        })
    })
}
