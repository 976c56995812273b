//! `cargo xtask fuzz`: every reader under libFuzzer.
//!
//! Needs cargo-fuzz (`cargo install cargo-fuzz`) and no nightly: coverage is asked of the compiler of this workspace, and
//! sanitizers would find nothing, as there is no unsafe code. Inputs start from what the tests read, so that no seed is kept twice.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Run the readers on inputs that libFuzzer makes up
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Targets [default: all]
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// A target, and which files of the tests it starts from.
struct Target {
    name: &'static str,
    takes: fn(&Path) -> bool,
    /// Inputs that no file of the tests has.
    texts: &'static [&'static str],
}

const TARGETS: [Target; 11] = [
    Target { name: "environment_file", takes: |path| ends_in(path, &["yml", "yaml"]), texts: &[] },
    Target { name: "manifest", takes: |path| ends_in(path, &["toml"]), texts: &[] },
    Target { name: "recipe", takes: |path| ends_in(path, &["yml", "yaml"]), texts: &[] },
    Target { name: "requirements", takes: |path| ends_in(path, &["txt", "in"]), texts: &[] },
    Target { name: "settings", takes: |path| ends_in(path, &["toml"]), texts: &[] },
    Target { name: "explicit", takes: is_lock, texts: &[] },
    Target { name: "conda_lock", takes: is_lock, texts: &[] },
    Target { name: "pixi_lock", takes: is_lock, texts: &[] },
    Target { name: "rendered_env", takes: is_lock, texts: &[] },
    Target {
        name: "repodata_scan",
        takes: |path| path.ends_with("repodata.json"),
        texts: &[
            r#"{"info":{},"packages":{"a-1-0.tar.bz2":{}},"packages.conda":{},"removed":["b-1-0.conda"]}"#,
        ],
    },
    Target {
        name: "address",
        takes: |_| false,
        texts: &[
            "https://${USER}:${PASSWORD}@host.example/channel",
            "x @ http:other.example/a+b https://x:${TOKEN}@host.example/c",
            "https://host.example:8080/t/${TOKEN}/channel/linux-64/a-1-0.conda#0",
            "t/${TOKEN}/channel",
            "https://host.example/t/%7E/${TOKEN}/../x?a=${TOKEN}#b",
            "git+ssh://git@host.example/x@v1 http://x:${TOKEN}@[::1]/",
        ],
    },
];

/// Larger seeds make every run slow and are no better.
const LARGEST_SEED: u64 = 64 * 1024;

fn ends_in(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|end| extensions.iter().any(|one| end == *one))
}

fn is_lock(path: &Path) -> bool {
    ends_in(path, &["lock", "snap"]) || path.to_string_lossy().contains("lock.yml")
}

#[expect(clippy::print_stdout, reason = "a chore talks to the person who runs it")]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let unknown =
        arguments.targets.iter().find(|name| TARGETS.iter().all(|one| one.name != **name));
    if let Some(unknown) = unknown {
        let names = TARGETS.map(|target| target.name).join(", ");
        return Err(format!("there is no target `{unknown}`; there are {names}").into());
    }
    let mut found = 0;
    println!(
        "| target | seeds | executions | per second | coverage | finding |\n|---|---:|---:|---:|---:|---|"
    );
    for target in &TARGETS {
        if arguments.targets.is_empty() || arguments.targets.iter().any(|name| name == target.name)
        {
            let row = Fuzz { workspace: &workspace, target, seconds: arguments.seconds }.run()?;
            found += usize::from(row.finding.is_some());
            let finding = row.finding.as_deref().unwrap_or("none");
            println!(
                "| {} | {} | {} | {} | {} | {finding} |",
                target.name,
                row.seeds,
                row.executions,
                row.executions / arguments.seconds.max(1),
                row.coverage
            );
        }
    }
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Fuzz<'a> {
    workspace: &'a Path,
    target: &'a Target,
    seconds: u64,
}

/// What a target came to.
#[derive(Default)]
struct Row {
    seeds: usize,
    executions: u64,
    coverage: u64,
    /// The input that broke it, and how.
    finding: Option<String>,
}

impl Fuzz<'_> {
    fn run(&self) -> Result<Row, Box<dyn Error>> {
        let name = self.target.name;
        let folder = self.workspace.join("target/fuzz");
        let (corpus, seeds) = (folder.join("corpus").join(name), folder.join("seeds").join(name));
        fs_err::create_dir_all(&corpus)?;
        let count = self.gather(&seeds)?;
        let output = Command::new(env!("CARGO"))
            .current_dir(self.workspace)
            .args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir", "fuzz", "--target-dir"])
            .arg(folder.join("build"))
            .arg(name)
            .args([&corpus, &seeds])
            .arg("--")
            .arg(format!("-max_total_time={}", self.seconds))
            // Bounds of the readers are part of what is tested.
            .args(["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536", "-print_final_stats=1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| format!("cargo cannot be started: {error}"))?;
        let told = String::from_utf8_lossy(&output.stderr);
        if !told.contains("INFO: seed corpus") {
            return Err(format!("{name} was not run (is cargo-fuzz installed?):\n{told}").into());
        }
        let mut row = read(&told);
        row.seeds = count;
        if row.finding.is_none() && !output.status.success() {
            row.finding = Some(format!("ended with {}", output.status));
        }
        Ok(row)
    }

    /// Puts the seeds into a folder of their own.
    fn gather(&self, folder: &Path) -> Result<usize, Box<dyn Error>> {
        if folder.exists() {
            fs_err::remove_dir_all(folder)?;
        }
        fs_err::create_dir_all(folder)?;
        let mut seeds: Vec<Vec<u8>> =
            self.target.texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        for top in ["test-data", "snapshots"] {
            let mut files = Vec::new();
            files_below(&self.workspace.join(top), &mut files)?;
            files.sort();
            for path in files.into_iter().filter(|path| (self.target.takes)(path)) {
                if fs_err::metadata(&path)?.len() <= LARGEST_SEED {
                    let bytes = fs_err::read(&path)?;
                    seeds.push(without_head(&path, bytes));
                }
            }
        }
        for (number, bytes) in seeds.iter().enumerate() {
            fs_err::write(folder.join(number.to_string()), bytes)?;
        }
        Ok(seeds.len())
    }
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files_below(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The text of a snapshot is what follows its head.
fn without_head(path: &Path, bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes);
    match text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")) {
        Some((_, body)) if ends_in(path, &["snap"]) => body.as_bytes().to_vec(),
        _ => bytes,
    }
}

/// Reads what libFuzzer says.
fn read(told: &str) -> Row {
    let number = |key: &str| {
        told.lines().rev().find_map(|line| {
            let (_, rest) = line.split_once(key)?;
            rest.split_whitespace().next()?.parse().ok()
        })
    };
    let why = told.lines().find(|line| {
        line.contains("panicked at") || line.starts_with("==") && line.contains("ERROR")
    });
    let input = told
        .lines()
        .find_map(|line| line.split_once("Test unit written to ").map(|(_, path)| path.trim()));
    Row {
        seeds: 0,
        executions: number("stat::number_of_executed_units:").unwrap_or_default(),
        coverage: number("cov:").unwrap_or_default(),
        finding: input.map(|path| {
            let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
            format!("`{name}`: {}", why.unwrap_or_default().trim())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_becomes_a_row() {
        let row = read(
            "#2\tINITED cov: 10 ft: 3 corp: 1/1b\n#9\tNEW    cov: 12 ft: 4 corp: 2/2b\nDone 9 runs in 1 second(s)\n\
             stat::number_of_executed_units: 9\n",
        );
        assert_eq!((row.executions, row.coverage, row.finding), (9, 12, None));
        let row = read(
            "thread '<unnamed>' panicked at src/x.rs:3:4:\n#2 cov: 1\n\
             artifact_prefix='x/'; Test unit written to x/crash-1\nstat::number_of_executed_units: 2\n",
        );
        assert_eq!(
            row.finding.as_deref(),
            Some("`crash-1`: thread '<unnamed>' panicked at src/x.rs:3:4:")
        );
    }

    #[test]
    fn every_target_of_the_manifest_is_known() {
        let manifest = fs_err::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/Cargo.toml"),
        )
        .unwrap();
        let named: Vec<&str> = manifest
            .split("[[bin]]\nname = \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(named, TARGETS.map(|target| target.name));
    }
}
