//! The index that contenders work against, unpacked once into a cache folder.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A form in which a channel offers its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `repodata.json` and `repodata.json.zst`.
    Plain,
    /// CEP 16 shards as well.
    Sharded,
}

impl Form {
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::Sharded];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Sharded => "sharded",
        }
    }
}

/// Returns a folder to serve, which holds `conda-forge`; makes it if it is not there yet.
///
/// `source` is the folder with the packed index and the scripts that come with it.
pub(crate) fn prepare(
    source: &Path,
    cache: &Path,
    form: Form,
    scaled: bool,
) -> Result<PathBuf, Box<dyn Error>> {
    let unpacked = cache.join(form.name());
    if !complete(&unpacked) {
        unpack(source, &unpacked, form)?;
    }
    if !scaled {
        return Ok(unpacked);
    }
    let target = cache.join(format!("scaled-{}", form.name()));
    if !complete(&target) {
        let channel = target.join("conda-forge");
        script(source, "scale.py", &[&unpacked.join("conda-forge"), &channel])?;
        if form == Form::Sharded {
            script(source, "shard.py", &[&channel])?;
        }
        fs_err::write(target.join(MARK), "")?;
    }
    Ok(target)
}

/// Written last: a folder that has it is whole.
const MARK: &str = "complete";

fn complete(folder: &Path) -> bool {
    folder.join(MARK).exists()
}

/// Lets the index's own server unpack it, then stops that server: it is not the one to measure with.
fn unpack(source: &Path, target: &Path, form: Form) -> Result<(), Box<dyn Error>> {
    fs_err::create_dir_all(target)?;
    let mut command = python(source, "serve.py");
    command.arg("--port").arg("0").arg("--dir").arg(target).stdout(Stdio::piped());
    if form == Form::Sharded {
        command.arg("--sharded");
    }
    let mut server = command.spawn()?;
    let stdout = server.stdout.take().ok_or("the server has no output")?;
    let started = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        // Earlier lines may come from the script that makes shards.
        .any(|line| line.starts_with("rattler configuration"));
    // It may have ended by itself, which is the error reported below.
    let _ = server.kill();
    server.wait()?;
    if !started {
        return Err(format!("`{}/serve.py` did not unpack the index", source.display()).into());
    }
    fs_err::write(target.join(MARK), "")?;
    Ok(())
}

fn python(source: &Path, name: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(source.join(name));
    command
}

fn script(source: &Path, name: &str, arguments: &[&Path]) -> Result<(), Box<dyn Error>> {
    let status = python(source, name).args(arguments).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("`{name}` failed: {status}").into()) }
}
