//! The list of tests that were skipped. Tests are many processes, so it is a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What one run of `cargo test` skipped.
///
/// Cargo's test processes have their parent in common, and the file is named by that. The last of them lists it.
#[derive(Debug)]
pub struct Skipped {
    file: PathBuf,
}

impl Skipped {
    /// The list of the run that this process belongs to.
    pub fn of_this_run() -> Self {
        // target/debug/deps/it-0123456789abcdef
        let binary = std::env::current_exe().unwrap_or_default();
        let folder = binary.ancestors().nth(2).unwrap_or(Path::new("."));
        Self { file: folder.join("skipped-tests").join(run()) }
    }

    /// Writes down that the test in this thread ends here for want of something, and says so to those who watch.
    pub(crate) fn add(&self, need: &str, reason: &str) {
        let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        self.append(need, reason, &format!("{package} {test}"));
    }

    #[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
    fn append(&self, need: &str, reason: &str, test: &str) {
        eprintln!("skipped: {reason}");
        let line = format!("{need}: {reason}\t{test}\n");
        let written = self.file.parent().map_or(Ok(()), fs_err::create_dir_all).and_then(|()| {
            let mut options = fs_err::OpenOptions::new();
            // One write, so that lines of several processes do not mix.
            options.create(true).append(true).open(&self.file)?.write_all(line.as_bytes())
        });
        // Nobody would learn of it.
        written.expect("what is skipped can be written down");
    }

    /// The list as people read it, which is then forgotten. Empty when no test was skipped.
    ///
    /// # Errors
    /// When it cannot be read or removed.
    pub fn take(self) -> io::Result<String> {
        let lines = match fs_err::read_to_string(&self.file) {
            Ok(lines) => lines,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
            Err(error) => return Err(error),
        };
        fs_err::remove_file(self.file)?;
        Ok(listed(&lines))
    }
}

fn listed(lines: &str) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (reason, test) in lines.lines().filter_map(|line| line.split_once('\t')) {
        by_reason.entry(reason).or_default().push(test);
    }
    let count: usize = by_reason.values().map(Vec::len).sum();
    let mut text = format!("skipped {count} test{}\n", if count == 1 { "" } else { "s" });
    for (reason, mut tests) in by_reason {
        tests.sort_unstable();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {reason}");
        for test in tests {
            let _ = writeln!(text, "    {test}");
        }
    }
    text
}

/// What tells this run from others: the process that starts the tests, and when it began where the system says that,
/// since in a container it may well have the same number every time.
#[cfg(unix)]
fn run() -> String {
    let parent = std::os::unix::process::parent_id();
    let stat = fs_err::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
    // The name of the program stands in brackets and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    format!("{parent}-{}", fields.split_whitespace().nth(19).unwrap_or("0"))
}

#[cfg(not(unix))]
fn run() -> String {
    "run".to_owned()
}

#[cfg(test)]
mod tests {
    use super::Skipped;

    #[test]
    fn a_list_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let list = || Skipped { file: folder.path().join("new/1-2") };
        assert_eq!(list().take().unwrap(), "");
        list().append("strace", "strace is absent", "lockit files::killed");
        list().append("peers", "no Python", "lockit peers::b");
        list().append("peers", "no Python", "lockit peers::a");
        insta::assert_snapshot!(list().take().unwrap(), @"
        skipped 3 tests
          peers: no Python
            lockit peers::a
            lockit peers::b
          strace: strace is absent
            lockit files::killed
        ");
        assert_eq!(list().take().unwrap(), "");
    }

    #[test]
    fn processes_of_one_run_write_into_one_list() {
        let file = Skipped::of_this_run().file;
        assert_eq!(file, Skipped::of_this_run().file);
        assert!(file.starts_with(std::env::current_exe().unwrap().ancestors().nth(2).unwrap()));
    }
}
