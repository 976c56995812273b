//! Whether lockit costs more than it may. Every limit is a ratio of two figures of the same run.

use super::measure::Cost;

/// Counts what is over its limit.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    over: usize,
}

impl Judge {
    /// The ratio as it is printed, with its limit. One that is over stands out, and is counted.
    pub(crate) fn ratio(&mut self, ours: f64, theirs: f64, limit: Option<f64>) -> String {
        let ratio = ours / theirs;
        match limit {
            // What cannot be told is not fine.
            Some(limit) if ratio.is_nan() || ratio > limit => {
                self.over += 1;
                format!("**{ratio:.2}** (more than {limit})")
            }
            Some(limit) => format!("{ratio:.2} (at most {limit})"),
            None => format!("{ratio:.2}"),
        }
    }

    /// The same of peaks of memory, above what a program has that does nothing.
    pub(crate) fn peaks(
        &mut self,
        ours: Cost,
        theirs: Cost,
        idle: u64,
        limit: Option<f64>,
    ) -> String {
        #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
        let figures = (ours.peak as f64, theirs.peak.saturating_sub(idle) as f64);
        self.ratio(figures.0, figures.1, limit)
    }

    /// How many ratios were over their limits.
    pub(crate) fn over(&self) -> usize {
        self.over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_its_limit_stands_out_and_counts() {
        let mut judge = Judge::default();
        assert_eq!(judge.ratio(80.0, 100.0, Some(0.8)), "0.80 (at most 0.8)");
        assert_eq!(judge.ratio(9.0, 1.0, None), "9.00");
        assert_eq!(judge.over(), 0);
        assert_eq!(judge.ratio(81.0, 100.0, Some(0.8)), "**0.81** (more than 0.8)");
        judge.ratio(0.0, 0.0, Some(0.8));
        assert_eq!(judge.over(), 2);
    }

    #[test]
    fn memory_counts_above_that_of_an_idle_program() {
        let peak = |peak| Cost { peak, ..Cost::default() };
        let mut judge = Judge::default();
        assert_eq!(judge.peaks(peak(60), peak(140), 40, Some(0.5)), "**0.60** (more than 0.5)");
    }
}
