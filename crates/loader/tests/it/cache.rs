//! The decompressed copy: written once, verified on every opening, replaced when its source changes.

use std::fs;
use std::time::{Duration, SystemTime};

use loader::{LoadError, Source, read_cached};

use crate::sandbox::*;

#[test]
fn the_second_opening_reads_the_cache_and_gives_the_same_dataset() {
    let sandbox = Sandbox::new();
    let source = folder_source(&sandbox.folder("mine"));
    let (first, log) = sandbox.open_logged(&source);
    assert!(!log.contains("cached"), "{log}");
    let (second, log) = sandbox.open_logged(&source);
    assert!(log.contains("from the cache"), "{log}");
    assert_eq!((&first.train, &first.test), (&second.train, &second.test));
    assert_eq!(
        (first.sha256, first.origin, first.cache),
        (second.sha256, second.origin, second.cache)
    );
}

#[test]
fn a_limited_read_gives_the_first_rows_of_each_split() {
    let sandbox = Sandbox::new();
    let all = sandbox
        .open("mine", &folder_source(&sandbox.folder("mine")))
        .unwrap();
    let part = read_cached(&all.cache, 7, 2).unwrap();
    assert_eq!((part.train, part.test), (rows(7), rows(2)));
    assert_eq!(
        (part.name, part.sha256, part.n_classes),
        (all.name, all.sha256, 3)
    );
    let unlimited = read_cached(&all.cache, usize::MAX, 5).unwrap();
    assert_eq!((unlimited.train, unlimited.test), (rows(20), rows(5)));
}

#[test]
fn a_damaged_copy_is_rebuilt_by_opening_and_refused_by_reading() {
    let sandbox = Sandbox::new();
    let source = folder_source(&sandbox.folder("mine"));
    let (dataset, _) = sandbox.open_logged(&source);
    let good = fs::read(&dataset.cache).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let damages = [
        ("nothing", vec![]),
        ("cut", good[..good.len() - 1].to_vec()),
        ("longer", [good.as_slice(), b"x"].concat()),
        ("magic", flipped(0)),
        ("header length", flipped(15)),
        ("header", flipped(100)),
        ("pixel", flipped(good.len() - 60)),
    ];
    for (what, bytes) in damages {
        fs::write(&dataset.cache, bytes).unwrap();
        // Reading the first rows does not verify the checksums of the rows.
        let refused = matches!(
            read_cached(&dataset.cache, 9, 9),
            Err(LoadError::CacheFile { .. })
        );
        assert_eq!(refused, what != "pixel", "{what}");
        let (again, log) = sandbox.open_logged(&source);
        assert!(log.contains("it is rebuilt"), "{what}: {log}");
        assert_eq!(again.train, rows(20), "{what}");
        assert_eq!(fs::read(&dataset.cache).unwrap(), good, "{what}");
    }
    let missing = read_cached(&sandbox.path("missing"), 1, 1);
    assert!(matches!(missing, Err(LoadError::Read { .. })));
}

#[test]
fn a_changed_source_is_read_again_and_its_old_copy_removed() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    let old = sandbox.open("mine", &folder_source(&folder)).unwrap().cache;
    let other = sandbox.open("other", &folder_source(&folder)).unwrap();
    write_folder(&folder, 30);
    let later = SystemTime::now() + Duration::from_secs(5);
    let touched = fs::File::options()
        .append(true)
        .open(folder.join(format!("{TEST_LABELS}.gz")))
        .unwrap();
    touched.set_modified(later).unwrap();
    let new = sandbox.open("mine", &folder_source(&folder)).unwrap();
    assert_eq!(new.train, rows(30));
    assert_ne!(new.cache, old);
    assert!(!old.exists() && other.cache.exists());
}

#[test]
fn what_a_killed_process_was_writing_is_removed_after_a_day() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("cache/decompressed");
    fs::create_dir_all(folder.join(".old.part/inner")).unwrap();
    for name in [".old-file.part", ".new-file.part"] {
        fs::write(folder.join(name), b"").unwrap();
    }
    let before = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    for name in [".old.part", ".old-file.part"] {
        let file = fs::File::open(folder.join(name)).unwrap();
        file.set_modified(before).unwrap();
    }
    let source = folder_source(&sandbox.folder("mine"));
    let mut expected = [
        sandbox.open("mine", &source).unwrap().cache,
        folder.join(".new-file.part"),
    ];
    expected.sort();
    let mut found = sandbox.cached_files();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn different_names_or_labels_have_separate_copies() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("mine");
    let labels = Some(["a", "b", "c"].map(str::to_owned).to_vec());
    sandbox.open("mine", &folder_source(&folder)).unwrap();
    let named = sandbox
        .open(
            "mine",
            &Source::Folder {
                path: folder.clone(),
                labels,
            },
        )
        .unwrap();
    assert_eq!(named.label_names, ["a", "b", "c"]);
    let odd = sandbox.open("../odd/näme", &folder_source(&folder)).unwrap();
    assert_eq!(odd.cache.parent(), named.cache.parent());
}

#[test]
fn synthetic_rows_do_not_depend_on_the_number_of_rows() {
    let sandbox = Sandbox::new();
    let few = sandbox
        .open(
            "synthetic",
            &Source::Synthetic {
                train: 50,
                test: 10,
                seed: 1,
            },
        )
        .unwrap();
    let many = sandbox
        .open(
            "synthetic",
            &Source::Synthetic {
                train: 80,
                test: 20,
                seed: 1,
            },
        )
        .unwrap();
    assert!(few.cache.exists() && many.cache.exists());
    let first = read_cached(&many.cache, 50, 10).unwrap();
    assert_eq!((first.train, first.test), (few.train, few.test));
    assert_eq!((many.n_classes, many.train.images.view().n_features()), (10, 784));
}

#[test]
fn if_a_cache_folder_is_not_writable_the_next_one_is_used() {
    let sandbox = Sandbox::new();
    let source = folder_source(&sandbox.folder("mine"));
    fs::write(sandbox.path("cache"), b"a file where the folder should be").unwrap();
    let mut search = sandbox.search();
    search.cache_dirs.push(sandbox.path("second"));
    let mut log = String::new();
    let dataset = loader::open("mine", &source, &search, &mut |line| log += line).unwrap();
    assert!(dataset.cache.starts_with(sandbox.path("second")));
    assert!(log.contains("cache folder is not writable"), "{log}");
    search.cache_dirs.pop();
    let error = loader::open("mine", &source, &search, &mut |_| {}).unwrap_err();
    let LoadError::CacheFolder { tried } = error else {
        panic!("{error:?}")
    };
    assert!(
        tried.contains(&sandbox.path("cache").display().to_string()),
        "{tried}"
    );
}

#[test]
fn concurrent_openings_all_get_the_whole_dataset() {
    let sandbox = Sandbox::new();
    let source = folder_source(&sandbox.folder("mine"));
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                let dataset = sandbox.open("mine", &source).unwrap();
                assert_eq!(read_cached(&dataset.cache, 20, 5).unwrap().train, rows(20));
            });
        }
    });
    assert_eq!(sandbox.cached_files().len(), 1, "{:?}", sandbox.cached_files());
}
