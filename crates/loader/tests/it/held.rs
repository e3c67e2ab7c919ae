//! Copies in use: another opening of the same source removes neither the copy nor what was exported from it.

use std::fs;
use std::path::Path;

use loader::{Dataset, FileStamp, Source, read_cached_checked};

use crate::sandbox::*;

fn labelled(folder: &Path, prefix: &str) -> Source {
    let labels = (0..3).map(|class| format!("{prefix}{class}")).collect();
    Source::Folder {
        path: folder.to_owned(),
        labels: Some(labels),
    }
}

#[test]
fn a_copy_in_use_stays_when_the_labels_change() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    let first = sandbox.open("mine", &labelled(&folder, "a")).unwrap();
    let files = loader::export(&first, &sandbox.search(), &mut |_| {}).unwrap();
    // What a run keeps: paths, stamp and the hold, not the rows.
    let (cache, stamp, sha256, hold) = (
        first.cache.clone(),
        first.stamp,
        first.sha256.clone(),
        first.hold(),
    );
    drop(first);
    let second = sandbox.open("mine", &labelled(&folder, "b")).unwrap().cache;
    assert!(cache.exists(), "a run uses it");
    assert_eq!(
        read_cached_checked(&cache, 20, 5, &stamp, &sha256).unwrap().train,
        rows(20)
    );
    files.check().unwrap();
    drop(hold);
    let third = sandbox.open("mine", &labelled(&folder, "c")).unwrap();
    assert_eq!(
        sandbox.cached_files(),
        [third.cache],
        "nobody uses the others any more"
    );
    assert!(!cache.exists() && !second.exists() && !files.paths()[0].exists());
}

#[test]
fn a_copy_that_is_replaced_while_it_is_damaged_is_held_too() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    let damaged = sandbox.open("mine", &labelled(&folder, "a")).unwrap();
    fs::write(&damaged.cache, b"damaged").unwrap();
    let whole = sandbox.open("mine", &labelled(&folder, "a")).unwrap();
    drop(damaged);
    sandbox.open("mine", &labelled(&folder, "b")).unwrap();
    assert!(whole.cache.exists());
}

#[test]
fn a_copy_that_two_processes_write_at_once_is_held_by_both() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    let mut faster = None;
    // The line comes after the files are read and before the copy is written.
    let slower = loader::open("mine", &labelled(&folder, "a"), &sandbox.search(), &mut |_| {
        faster = Some(sandbox.open("mine", &labelled(&folder, "a")).unwrap());
    });
    let (slower, faster) = (slower.unwrap(), faster.unwrap());
    assert_eq!((&slower.cache, slower.stamp), (&faster.cache, faster.stamp));
    drop(slower);
    sandbox.open("mine", &labelled(&folder, "b")).unwrap();
    assert_eq!(FileStamp::of(&faster.cache).unwrap(), faster.stamp);
}

#[test]
fn openings_that_remove_each_others_copies_never_lose_one_in_use() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    let (sandbox, folder) = (&sandbox, &folder);
    std::thread::scope(|threads| {
        for prefix in ["a", "a", "b", "c"] {
            threads.spawn(move || {
                for _ in 0..50 {
                    let Dataset { cache, .. } = &sandbox.open("mine", &labelled(folder, prefix)).unwrap();
                    assert!(cache.exists(), "not held");
                    let dataset = sandbox.open("mine", &labelled(folder, prefix)).unwrap();
                    let files = loader::export(&dataset, &sandbox.search(), &mut |_| {}).unwrap();
                    std::thread::yield_now();
                    let read = read_cached_checked(&dataset.cache, 20, 5, &dataset.stamp, &dataset.sha256);
                    assert_eq!(read.unwrap().train, rows(20));
                    files.check().unwrap();
                }
            });
        }
    });
}
