//! The solver as rattler runs it, but for its explanation, which has an end.
//!
//! resolvo tells a conflict as a tree, and what is asked for on many ways is told on each of them: some hundred records
//! that somebody has arranged so make a text of gigabytes. Nobody reads more than its beginning.

use std::fmt::{self, Write};

use rattler_conda_types::RepoDataRecord;
use resolvo::{Solver, UnsolvableOrCancelled};

use crate::problem::{Task, chosen, pose};

/// As much of an explanation as is kept, in bytes. What is shown of it are some lines.
const LONGEST: usize = 256 * 1024;

/// The records that were chosen, or why there are none; `None` for a task that only rattler can pose.
pub(crate) fn solve(task: &Task<'_>) -> Option<Result<Vec<RepoDataRecord>, String>> {
    let (provider, problem) = pose(task)?;
    let mut solver = Solver::new(provider);
    match solver.solve(problem) {
        Ok(ids) => Some(Ok(chosen(solver.provider(), ids))),
        Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
            let mut beginning = Beginning { text: String::new(), most: LONGEST };
            // It fails where it is cut.
            let _ = write!(beginning, "{}", conflict.display_user_friendly(&solver));
            Some(Err(beginning.text))
        }
        // Nobody has a way to cancel it.
        Err(UnsolvableOrCancelled::Cancelled(_)) => None,
    }
}

/// Takes text until there is enough of it.
struct Beginning {
    text: String,
    most: usize,
}

impl Write for Beginning {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.text.len() + more.len() > self.most {
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut() {
        let mut beginning = Beginning { text: String::new(), most: 8 };
        assert!(write!(beginning, "1234{}", 5678).is_ok());
        assert!(write!(beginning, "9").is_err());
        assert_eq!(beginning.text, "12345678");
    }
}
