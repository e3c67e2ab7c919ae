//! Puts the git revision into the program, for the `revision` column of its results.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=HEMLINE_REVISION");
    for watched in [
        "../../.git/HEAD",
        "../../.git/index",
        "src",
        "../loader/src",
        "../../Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let given = std::env::var("HEMLINE_REVISION")
        .ok()
        .filter(|revision| !revision.is_empty());
    let revision = given.or_else(revision).unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=HEMLINE_REVISION={revision}");
    let compiler = std::env::var("RUSTC")
        .ok()
        .and_then(|rustc| said(&rustc, &["--version"]));
    println!(
        "cargo::rustc-env=HEMLINE_COMPILER={}",
        compiler.unwrap_or_else(|| "unknown".into())
    );
    let lock = std::fs::read_to_string("../../Cargo.lock").unwrap_or_default();
    println!("cargo::rustc-env=HEMLINE_LOCKED_CRATES={}", locked_crates(&lock));
}

/// Every package of `Cargo.lock` with its version, in the order of the file: `linfa 0.8.1;ndarray 0.16.1`.
fn locked_crates(lock: &str) -> String {
    let packages = lock.split("[[package]]").filter_map(|package| {
        let field = |name: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim_start_matches(" = ").trim_matches('"'))
        };
        Some(format!("{} {}", field("name")?, field("version")?))
    });
    packages.collect::<Vec<_>>().join(";")
}

fn revision() -> Option<String> {
    let head = git(&["rev-parse", "--short=12", "HEAD"])?;
    // What decides a result: the sources and the versions of the libraries.
    let changed = git(&[
        "status",
        "--porcelain",
        "--",
        "../../crates",
        "../../Cargo.toml",
        "../../Cargo.lock",
    ])?;
    Some(if changed.is_empty() {
        head
    } else {
        format!("{head}+")
    })
}

fn git(arguments: &[&str]) -> Option<String> {
    said("git", arguments)
}

/// What a program writes to standard output, if it ends well.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
