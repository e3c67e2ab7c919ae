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
    let output = Command::new("git")
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
