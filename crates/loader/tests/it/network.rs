//! Downloads from a local test server, and packages from a fake `apt-get`.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use loader::catalog::Known;
use loader::{Dataset, LoadError, Search, Source};
use sha2::{Digest, Sha256};

use crate::sandbox::*;

/// A dataset of 20 rows that is known by its checksums, as the real datasets are.
fn known(mirrors: &[&str], debian_package: Option<&'static str>) -> &'static Known {
    let files = idx_files(20).map(|bytes| {
        let sum: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        (bytes.len() as u64, &*sum.leak())
    });
    let mirrors: Vec<&'static str> = mirrors.iter().map(|&url| &*url.to_owned().leak()).collect();
    let label_names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    Box::leak(Box::new(Known {
        name: "small",
        label_names,
        files,
        mirrors: mirrors.leak(),
        debian_package,
    }))
}

/// Serves one body per path, and 404 for other paths. Returns the URL and the list of requested paths.
fn server(answers: HashMap<String, Vec<u8>>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requested = Arc::new(Mutex::new(Vec::new()));
    let recorded = requested.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let path = request_path(&stream);
            recorded.lock().unwrap().push(path.clone());
            let (status, body) = answers
                .get(&path)
                .map_or((404, &[][..]), |body| (200, body.as_slice()));
            let head = format!(
                "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(body))
                .ok();
        }
    });
    (url, requested)
}

fn request_path(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map(|line| line.unwrap());
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    head[0].split(' ').nth(1).unwrap().to_owned()
}

fn good_answers(folder: &str) -> HashMap<String, Vec<u8>> {
    FILES
        .iter()
        .zip(idx_files(20))
        .map(|(name, bytes)| (format!("{folder}/{name}.gz"), gzip(&bytes)))
        .collect()
}

/// Addresses that refuse connections: no program listens on these ports, and no test gets one of them for its server.
const DEAD: [&str; 2] = ["http://127.0.0.1:1", "http://127.0.0.1:2"];

fn open(known: &'static Known, search: &Search) -> (Result<Dataset, LoadError>, String) {
    let mut log = String::new();
    let result = loader::open(known.name, &Source::Known(known), search, &mut |line| {
        log += line;
        log += "\n";
    });
    (result, log)
}

fn online(sandbox: &Sandbox) -> Search {
    Search {
        public_mirrors: true,
        ..sandbox.search()
    }
}

#[test]
fn a_download_is_cached_and_not_repeated() {
    let sandbox = Sandbox::new();
    let (url, requested) = server(good_answers(""));
    let known = known(&[&url], None);
    let dataset = open(known, &online(&sandbox)).0.unwrap();
    assert_eq!(dataset.train, rows(20));
    let mut names: Vec<_> = files_in(&sandbox.path("cache/small"))
        .iter()
        .map(|path| path.file_name().unwrap().to_owned())
        .collect();
    names.sort();
    let mut expected = FILES.map(|name| std::ffi::OsString::from(format!("{name}.gz")));
    expected.sort();
    assert_eq!(names, expected, "no .part file remains");
    assert!(open(known, &online(&sandbox)).1.contains("from the cache"));
    assert_eq!(requested.lock().unwrap().len(), 4);
}

#[test]
fn a_dead_mirror_is_tried_once_and_the_next_one_serves_all_files() {
    let sandbox = Sandbox::new();
    let (dead, (url, _)) = (DEAD[0], server(good_answers("")));
    let (dataset, log) = open(known(&[dead, &url], None), &online(&sandbox));
    assert_eq!(dataset.unwrap().train, rows(20));
    assert_eq!(log.matches(&format!("downloading {dead}")).count(), 1, "{log}");
}

#[test]
fn the_mirror_of_the_environment_is_tried_first() {
    let sandbox = Sandbox::new();
    let ((url, requested), public) = (server(good_answers("/sub/small")), DEAD[0]);
    let search = Search {
        mirror: Some(format!("{url}/sub/")),
        ..online(&sandbox)
    };
    let (dataset, log) = open(known(&[public], None), &search);
    assert_eq!(dataset.unwrap().train, rows(20));
    assert_eq!(requested.lock().unwrap().len(), 4);
    assert!(!log.contains(public), "{log}");
}

#[test]
fn wrong_bytes_never_get_the_final_name() {
    let wrong = [
        ("SHA-256 of the response is", gzip(&idx_files(19)[0])),
        ("not usable", b"<html>please log in</html>".to_vec()),
        ("not usable", gzip(&idx_files(20)[0])[..40].to_vec()),
        ("more than", gzip(&vec![0; 5000])),
        ("response is longer than", vec![0; 5000]),
    ];
    for (reason, bytes) in wrong {
        let sandbox = Sandbox::new();
        let mut answers = good_answers("");
        answers.insert(format!("/{TRAIN_IMAGES}.gz"), bytes);
        let (url, _) = server(answers);
        let (result, _) = open(known(&[&url], None), &online(&sandbox));
        let error = result.unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(files_in(&sandbox.path("cache/small")).is_empty());
    }
}

#[test]
fn a_broken_transfer_is_tried_again_once() {
    let sandbox = Sandbox::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let answers = good_answers("");
        for (i, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let body = &answers[&request_path(&stream)];
            let sent = if i == 0 { &body[..30] } else { body };
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(sent))
                .unwrap();
        }
    });
    assert_eq!(
        open(known(&[&url], None), &online(&sandbox)).0.unwrap().train,
        rows(20)
    );
}

#[test]
fn valid_files_in_the_cache_are_kept_and_damaged_files_replaced() {
    let sandbox = Sandbox::new();
    let (url, requested) = server(good_answers(""));
    let cache = sandbox.folder("cache/small");
    fs::write(
        cache.join(TRAIN_LABELS),
        b"damaged, and plain, so that it takes precedence",
    )
    .unwrap();
    let (dataset, log) = open(known(&[&url], None), &online(&sandbox));
    assert_eq!(dataset.unwrap().train, rows(20));
    assert!(log.contains("will be downloaded again"), "{log}");
    assert_eq!(*requested.lock().unwrap(), [format!("/{TRAIN_LABELS}.gz")]);
}

#[test]
fn damage_outside_the_cache_stops_the_search() {
    let sandbox = Sandbox::new();
    let (url, requested) = server(good_answers(""));
    let folder = sandbox.folder("env/small");
    replace(&folder, TEST_LABELS, b"damaged");
    let error = open(known(&[&url], None), &online(&sandbox)).0.unwrap_err();
    assert!(matches!(error, LoadError::Idx { .. }), "{error:?}");
    assert!(requested.lock().unwrap().is_empty());
}

#[test]
fn folders_are_searched_in_order_and_incomplete_ones_are_skipped() {
    let sandbox = Sandbox::new();
    for place in ["system", "data", "env", "data-dir"] {
        sandbox.folder(&format!("{place}/small"));
        let (dataset, _) = open(known(&[], None), &sandbox.search());
        assert_eq!(
            dataset.unwrap().origin,
            sandbox.path(&format!("{place}/small")).display().to_string()
        );
    }
    fs::remove_file(sandbox.path(&format!("data-dir/small/{TEST_IMAGES}.gz"))).unwrap();
    let (dataset, log) = open(known(&[], None), &sandbox.search());
    assert_eq!(
        dataset.unwrap().origin,
        sandbox.path("env/small").display().to_string()
    );
    assert!(
        log.contains(&format!("incomplete: missing {TEST_IMAGES}")),
        "{log}"
    );
}

#[test]
fn other_bytes_under_a_known_name_are_refused_with_both_checksums() {
    let sandbox = Sandbox::new();
    write_folder(&sandbox.path("data/small"), 21);
    let known = known(&[], None);
    let error = open(known, &sandbox.search()).0.unwrap_err();
    let LoadError::UnknownBytes { expected, found, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(expected, known.files[0].1);
    assert_ne!(expected, found);
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(help.contains("[datasets.NAME]\npath = "), "{help}");
}

#[test]
fn the_decompressed_copy_is_used_after_its_source_is_removed() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder("data/small");
    let first = open(known(&[], None), &sandbox.search()).0.unwrap();
    fs::remove_dir_all(folder).unwrap();
    let (second, log) = open(known(&[], None), &sandbox.search());
    assert_eq!(second.unwrap().cache, first.cache);
    assert!(log.contains("small, from the cache"), "{log}");
}

#[test]
fn if_nothing_works_all_attempts_are_listed_within_seconds() {
    let sandbox = Sandbox::new();
    let [first, second] = DEAD;
    let started = Instant::now();
    let search = Search {
        mirror: Some(first.to_owned()),
        ..online(&sandbox)
    };
    let error = open(known(&[second], Some("dataset-small")), &search)
        .0
        .unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(10));
    let text = error.to_string();
    let places = [
        "--data-dir ",
        "HEMLINE_DATA ",
        "working folder ",
        "system ",
        "cache ",
        first,
        second,
        "dataset-small",
    ];
    for place in places {
        assert!(text.contains(place), "{text:?} does not contain {place}");
    }
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    for way in [
        "HEMLINE_DATA",
        "install Debian's package dataset-small",
        "synthetic",
    ] {
        assert!(help.contains(way), "{help}");
    }
    assert!(!sandbox.path("cache/small").exists(), "no empty folder remains");
}

/// A PATH with two fake programs of the given shell scripts; `$SOURCE` is the folder of the packaged files.
fn programs(sandbox: &Sandbox, apt_get: &str, dpkg_deb: &str) -> Search {
    let bin = sandbox.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let source = sandbox.path("packaged");
    for (name, text) in [("apt-get", apt_get), ("dpkg-deb", dpkg_deb)] {
        let path = bin.join(name);
        fs::write(
            &path,
            format!("#!/bin/sh\nSOURCE='{}'\n{text}\n", source.display()),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    Search {
        programs: Some(bin.into()),
        ..sandbox.search()
    }
}

const UNPACK: &str = r#"mkdir -p "$3/usr/share/datasets" && cp -r "$SOURCE" "$3/usr/share/datasets/small""#;

fn packaged(sandbox: &Sandbox, n_train: usize) {
    write_folder(Path::new(&sandbox.path("packaged")), n_train);
}

#[test]
fn the_debian_package_is_used_if_no_mirror_works() {
    let sandbox = Sandbox::new();
    packaged(&sandbox, 20);
    let search = programs(&sandbox, "touch small_1.deb", UNPACK);
    let (dataset, log) = open(known(&[], Some("dataset-small")), &search);
    assert_eq!(dataset.unwrap().train, rows(20));
    assert!(
        log.contains("downloading Debian's package dataset-small"),
        "{log}"
    );
    assert_eq!(files_in(&sandbox.path("cache/small")).len(), 4);
}

#[test]
fn missing_package_lists_are_downloaded() {
    let sandbox = Sandbox::new();
    packaged(&sandbox, 20);
    let apt_get = r#"case "$*" in *update*) touch updated ;;
        *download*) [ -e updated ] && touch small_1.deb || { echo "E: Unable to locate package" >&2; exit 100; } ;; esac"#;
    let search = programs(&sandbox, apt_get, UNPACK);
    assert_eq!(
        open(known(&[], Some("dataset-small")), &search).0.unwrap().train,
        rows(20)
    );
}

#[test]
fn a_package_that_fails_or_contains_other_bytes_is_refused() {
    let sandbox = Sandbox::new();
    packaged(&sandbox, 19);
    let cases = [
        (
            "touch small_1.deb",
            UNPACK,
            "SHA-256 of its train-images-idx3-ubyte is",
        ),
        (
            "touch small_1.deb",
            "mkdir $3",
            "does not contain /usr/share/datasets/small",
        ),
        (
            "touch small_1.deb",
            "echo 'dpkg-deb: error: no archive' >&2; exit 2",
            "no archive",
        ),
        ("true", UNPACK, "downloaded no package"),
        ("echo 'E: no network' >&2; exit 100", UNPACK, "E: no network"),
    ];
    for (apt_get, dpkg_deb, reason) in cases {
        let search = programs(&sandbox, apt_get, dpkg_deb);
        let error = open(known(&[], Some("dataset-small")), &search)
            .0
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!sandbox.path("cache/small").exists());
    }
}
