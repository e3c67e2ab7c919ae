//! Files that are changed after they were verified, and files that are handed out read-only.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use loader::{Dataset, ExportedFiles, FileStamp, LoadError, read_cached_checked};

use crate::sandbox::*;

/// A user who has no special rights.
const NOBODY: u32 = 65534;

fn opened(sandbox: &Sandbox) -> Dataset {
    let source = folder_source(&sandbox.folder("mine"));
    sandbox.open("mine", &source).unwrap()
}

fn exported(sandbox: &Sandbox, dataset: &Dataset) -> ExportedFiles {
    loader::export(dataset, &sandbox.search(), &mut |_| {}).unwrap()
}

/// Changes one byte and restores the modification time, as only root can in a read-only file.
fn flip_last_byte(path: &Path) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let mode = fs::metadata(path).unwrap().permissions();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let mut bytes = fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path, bytes).unwrap();
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    fs::set_permissions(path, mode).unwrap();
}

fn touch(path: &Path) {
    let later = SystemTime::now() + Duration::from_secs(5);
    File::open(path).unwrap().set_modified(later).unwrap();
}

fn read(dataset: &Dataset) -> Result<Dataset, LoadError> {
    read_cached_checked(&dataset.cache, 7, 2, &dataset.stamp, &dataset.sha256)
}

#[test]
fn a_copy_that_is_touched_or_copied_is_verified_again_and_accepted() {
    let sandbox = Sandbox::new();
    let dataset = opened(&sandbox);
    assert_eq!(FileStamp::of(&dataset.cache).unwrap(), dataset.stamp);
    assert_eq!(read(&dataset).unwrap().train, rows(7));
    touch(&dataset.cache);
    assert_ne!(FileStamp::of(&dataset.cache).unwrap(), dataset.stamp);
    let again = read(&dataset).unwrap();
    assert_eq!((again.train, again.test), (rows(7), rows(2)));
    fs::copy(&dataset.cache, sandbox.path("copy")).unwrap();
    fs::rename(sandbox.path("copy"), &dataset.cache).unwrap();
    assert_eq!(read(&dataset).unwrap().train, rows(7));
}

#[test]
fn a_changed_byte_is_noticed_even_with_the_old_modification_time() {
    let sandbox = Sandbox::new();
    let dataset = opened(&sandbox);
    // The last byte is a test label, which a read of two test rows does not see.
    flip_last_byte(&dataset.cache);
    let error = read(&dataset).unwrap_err();
    assert!(matches!(error, LoadError::Changed { .. }), "{error:?}");
    assert!(
        error.to_string().contains("was changed since it was verified: "),
        "{error}"
    );
}

#[test]
fn a_copy_of_another_dataset_in_the_same_place_is_refused() {
    let sandbox = Sandbox::new();
    let dataset = opened(&sandbox);
    write_folder(&sandbox.path("other"), 30);
    let other = sandbox
        .open("mine", &folder_source(&sandbox.path("other")))
        .unwrap();
    fs::copy(&other.cache, &dataset.cache).unwrap();
    let error = read(&dataset).unwrap_err().to_string();
    assert!(error.contains("states a dataset with SHA-256"), "{error}");
}

#[test]
fn an_export_is_three_read_only_files_without_test_labels() {
    let sandbox = Sandbox::new();
    let dataset = opened(&sandbox);
    let files = exported(&sandbox, &dataset);
    let folder = files.paths()[0].parent().unwrap().to_owned();
    let names = files.paths().map(|path| path.file_name().unwrap().to_owned());
    assert_eq!(
        names,
        [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES].map(std::ffi::OsString::from)
    );
    assert_eq!(files_in(&folder).len(), 3);
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!(mode(&folder), 0o555);
    for ((path, bytes), file) in files.paths().iter().zip(idx_files(20)).zip(&files.files) {
        assert_eq!((fs::read(path).unwrap(), mode(path)), (bytes, 0o444));
        assert_eq!(FileStamp::of(path).unwrap(), file.stamp);
    }
    assert_eq!(exported(&sandbox, &dataset), files, "kept");
    let json = serde_json::to_string(&files).unwrap();
    assert_eq!(serde_json::from_str::<ExportedFiles>(&json).unwrap(), files);
    let others = sandbox.cached_files();
    let is_temporary =
        |path: &&std::path::PathBuf| path.extension().is_some_and(|extension| extension == "part");
    assert_eq!(others.iter().find(is_temporary), None);
}

#[test]
fn a_folder_with_other_contents_is_replaced() {
    let sandbox = Sandbox::new();
    let dataset = opened(&sandbox);
    let files = exported(&sandbox, &dataset);
    let folder = files.paths()[0].parent().unwrap().to_owned();
    let open_up = || fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let damages: [(&str, &dyn Fn()); 5] = [
        ("a changed byte", &|| flip_last_byte(&files.paths()[2])),
        ("a fourth file", &|| {
            open_up();
            fs::write(folder.join(TEST_LABELS), b"labels").unwrap();
        }),
        ("a missing file", &|| {
            open_up();
            fs::remove_file(&files.paths()[1]).unwrap();
        }),
        ("a writable folder", &open_up),
        ("a file instead of the folder", &|| {
            open_up();
            fs::remove_dir_all(&folder).unwrap();
            fs::write(&folder, b"").unwrap();
        }),
    ];
    for (what, damage) in damages {
        damage();
        let again = exported(&sandbox, &dataset);
        assert_eq!(again.paths(), files.paths(), "{what}");
        assert_eq!(files_in(&folder).len(), 3, "{what}");
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o555, "{what}");
        again.check().unwrap();
    }
    assert_eq!(sandbox.cached_files().len(), 2, "{:?}", sandbox.cached_files());
}

#[test]
fn a_changed_exported_file_is_noticed() {
    let sandbox = Sandbox::new();
    let dataset = opened(&sandbox);
    let files = exported(&sandbox, &dataset);
    files.check().unwrap();
    touch(&files.paths()[0]);
    files.check().unwrap();
    flip_last_byte(&files.paths()[1]);
    let error = files.check().unwrap_err();
    assert!(error.to_string().contains(TRAIN_LABELS), "{error}");
    let files = exported(&sandbox, &dataset);
    fs::set_permissions(
        files.paths()[2].parent().unwrap(),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    fs::remove_file(&files.paths()[2]).unwrap();
    let error = files.check().unwrap_err().to_string();
    assert!(
        error.ends_with("was changed since it was verified: it was removed"),
        "{error}"
    );
}

#[test]
fn the_owner_of_the_exported_files_cannot_write_them_by_mistake() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root can become another user");
        return;
    }
    let sandbox = Sandbox::new();
    let files = exported(&sandbox, &opened(&sandbox));
    fs::set_permissions(sandbox.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    let folder = files.paths()[0].parent().unwrap().to_owned();
    for path in files.paths().iter().chain([&folder]) {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let works = |script: &str| {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(script).arg("sh").args(files.paths());
        let output = shell.uid(NOBODY).gid(NOBODY).current_dir("/").output().unwrap();
        output.status.success()
    };
    assert!(works("cat \"$@\""), "everybody may read");
    for script in [
        "echo x > $1",
        "echo x >> $2",
        "mv $3 $3.old",
        "rm -f $1",
        "echo x > $1.labels",
    ] {
        assert!(!works(script), "{script}");
    }
    let contents = files.paths().map(|path| fs::read(path).unwrap());
    assert_eq!(contents.as_slice(), &idx_files(20)[..3]);
    files.check().unwrap();
}
