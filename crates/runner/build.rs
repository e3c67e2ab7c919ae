//! Exports the git revision, the compiler and the locked crates as environment variables of the build.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=HEMLINE_REVISION");
    for path in [
        "../../.git/HEAD",
        "../../.git/index",
        "src",
        "../loader/src",
        "../../Cargo.lock",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    let configured = std::env::var("HEMLINE_REVISION")
        .ok()
        .filter(|revision| !revision.is_empty());
    let revision = configured.or_else(revision).unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=HEMLINE_REVISION={revision}");
    let compiler = std::env::var("RUSTC")
        .ok()
        .and_then(|rustc| output_of(&rustc, &["--version"]));
    println!(
        "cargo::rustc-env=HEMLINE_COMPILER={}",
        compiler.unwrap_or_else(|| "unknown".into())
    );
    let lock = std::fs::read_to_string("../../Cargo.lock").unwrap_or_default();
    println!("cargo::rustc-env=HEMLINE_LOCKED_CRATES={}", locked_crates(&lock));
}

/// Name and version of every package of `Cargo.lock`, in its order: `linfa 0.8.1;ndarray 0.16.1`.
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

/// The commit, with a trailing `+` if tracked files differ; `None` outside git.
fn revision() -> Option<String> {
    let head = git(&["rev-parse", "--short=12", "HEAD"])?;
    // Only sources and library versions change results.
    let changes = git(&[
        "status",
        "--porcelain",
        "--",
        "../../crates",
        "../../Cargo.toml",
        "../../Cargo.lock",
    ])?;
    Some(if changes.is_empty() {
        head
    } else {
        format!("{head}+")
    })
}

fn git(arguments: &[&str]) -> Option<String> {
    output_of("git", arguments)
}

/// The standard output of a program; `None` if it fails.
fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
