//! What one process cost.

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4 as _;

/// What one run cost, or the median of several, figure by figure.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// User and system time of the process and of the children it waited for.
    pub(crate) cpu: Duration,
    /// Bytes of resident memory at the highest point, of the largest process.
    ///
    /// Never less than what the harness itself has, some MiB: Linux counts from before `exec`.
    pub(crate) peak: u64,
}

/// Runs a command to its end. One that fails is an error, with what it said.
pub(crate) fn measure(command: &mut Command) -> Result<Cost, Box<dyn Error>> {
    measure_ending(command, &[0])
}

/// Runs a command that may end with any of some exit codes.
pub(crate) fn measure_ending(command: &mut Command, fine: &[i32]) -> Result<Cost, Box<dyn Error>> {
    measure_into(command, fine, Stdio::null())
}

/// The same with a place for what it prints.
pub(crate) fn measure_into(
    command: &mut Command,
    fine: &[i32],
    printed: Stdio,
) -> Result<Cost, Box<dyn Error>> {
    let said = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stdout(printed).stderr(said.try_clone()?);
    let start = Instant::now();
    let end = command.spawn()?.wait4()?;
    let wall = start.elapsed();
    if !end.status.code().is_some_and(|code| fine.contains(&code)) {
        let mut said = said;
        std::io::Seek::rewind(&mut said)?;
        let text = std::io::read_to_string(said)?;
        let program = command.get_program().to_string_lossy().into_owned();
        return Err(format!("`{program}` failed ({}):\n{text}", end.status).into());
    }
    let usage = end.rusage;
    Ok(Cost { wall, cpu: usage.utime + usage.stime, peak: usage.maxrss })
}

/// Runs a command to its end, and gives what it printed as well.
pub(crate) fn measure_printing(command: &mut Command) -> Result<(Cost, String), Box<dyn Error>> {
    let printed = tempfile::NamedTempFile::new()?;
    let cost = measure_into(command, &[0], Stdio::from(printed.reopen()?))?;
    Ok((cost, fs_err::read_to_string(printed.path())?))
}

/// The median of each figure; `None` without runs.
pub(crate) fn median(runs: &[Cost]) -> Option<Cost> {
    fn middle<T: Ord + Copy>(runs: &[Cost], figure: impl Fn(&Cost) -> T) -> Option<T> {
        let mut figures: Vec<T> = runs.iter().map(figure).collect();
        figures.sort_unstable();
        figures.get(figures.len() / 2).copied()
    }
    Some(Cost {
        wall: middle(runs, |cost| cost.wall)?,
        cpu: middle(runs, |cost| cost.cpu)?,
        peak: middle(runs, |cost| cost.peak)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(millis: u64, peak: u64) -> Cost {
        Cost { wall: Duration::from_millis(millis), cpu: Duration::from_millis(millis), peak }
    }

    #[test]
    fn each_figure_has_its_own_median() {
        let middle = median(&[cost(9, 10), cost(1, 30), cost(5, 20)]).unwrap();
        assert_eq!((middle.wall.as_millis(), middle.peak), (5, 20));
        assert!(median(&[]).is_none());
    }
}
