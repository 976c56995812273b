//! The Markdown of one index: what every contender costs to lock, and lockit's share of that.

use std::fmt::Write as _;
use std::time::Duration;

use super::contender::Contender;
use super::judge::Judge;
use super::measure::Cost;

/// What one contender costs, with a warm or a cold cache.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Of the process.
    pub(crate) cost: Cost,
    /// How long its work took, where a program starts slowly and says what comes after that.
    pub(crate) work: Option<Duration>,
}

/// The figures of one contender on one index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) contender: Contender,
    pub(crate) warm: Figures,
    pub(crate) cold: Figures,
}

/// What lockit may cost at most, as a share of a contender's figure: its process of the other's process, its process of
/// the other's own work, and its memory above what the other has when it does nothing.
#[derive(Default)]
struct Limits {
    process: Option<f64>,
    work: Option<f64>,
    peak: Option<f64>,
}

fn limits(other: Contender, cold: bool) -> Limits {
    match other {
        // With a cold cache most of the work is that of the network and of unpacking, which is the same for both.
        Contender::PyRattler => Limits {
            process: Some(if cold { 0.7 } else { 0.6 }),
            work: Some(if cold { 0.85 } else { 0.65 }),
            peak: Some(0.9),
        },
        Contender::Baseline => Limits { process: Some(1.0), ..Limits::default() },
        Contender::Pixi | Contender::Lockit => Limits::default(),
    }
}

/// One table, and the ratios if lockit is in it. `idle` is what an interpreter costs that does nothing.
pub(crate) fn render(title: &str, rows: &[Row], idle: Option<Cost>, judge: &mut Judge) -> String {
    let mut text = format!("### {title}\n\n");
    text.push_str("| | warm | its work | CPU | peak | cold | its work | CPU | peak |\n");
    text.push_str("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for row in rows {
        let (name, warm, cold) = (row.contender.name(), cells(row.warm), cells(row.cold));
        let _ = writeln!(text, "| {name} | {warm} | {cold} |");
    }
    if let Some(idle) = idle {
        let _ = writeln!(
            text,
            "| idle interpreter | {} | | {} | {} MiB | | | | |",
            millis(idle.wall),
            millis(idle.cpu),
            idle.peak >> 20
        );
    }
    let find = |wanted| rows.iter().find(|row| row.contender == wanted);
    let Some(lockit) = find(Contender::Lockit) else {
        return text;
    };
    text.push_str("\n| lockit / | warm | of its work | peak | cold | of its work | peak |\n");
    text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
    for other in [Contender::PyRattler, Contender::Baseline, Contender::Pixi] {
        let Some(row) = find(other) else { continue };
        // An interpreter has memory before it does anything.
        let before = idle.filter(|_| other == Contender::PyRattler).map_or(0, |idle| idle.peak);
        let _ = write!(text, "| {}", other.name());
        for (ours, theirs, cold) in [(lockit.warm, row.warm, false), (lockit.cold, row.cold, true)]
        {
            let limits = limits(other, cold);
            let seconds = ours.cost.wall.as_secs_f64();
            let process = judge.ratio(seconds, theirs.cost.wall.as_secs_f64(), limits.process);
            let work = theirs.work.map_or_else(String::new, |work| {
                judge.ratio(seconds, work.as_secs_f64(), limits.work)
            });
            let peak = judge.peaks(ours.cost, theirs.cost, before, limits.peak);
            let _ = write!(text, " | {process} | {work} | {peak}");
        }
        text.push_str(" |\n");
    }
    text
}

fn cells(figures: Figures) -> String {
    let Figures { cost, work } = figures;
    let work = work.map_or_else(String::new, millis);
    format!("{} | {work} | {} | {} MiB", millis(cost.wall), millis(cost.cpu), cost.peak >> 20)
}

/// CPU, wall time and peak, as cells of a table.
pub(crate) fn cost(cost: Cost) -> String {
    format!("{} | {} | {} MiB", millis(cost.cpu), millis(cost.wall), cost.peak >> 20)
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_and_the_memory_of_an_interpreter_are_judged_without_its_start() {
        let figures = |millis, work: Option<u64>, peak| Figures {
            cost: Cost { wall: Duration::from_millis(millis), cpu: Duration::ZERO, peak },
            work: work.map(Duration::from_millis),
        };
        let row = |contender, figures| Row { contender, warm: figures, cold: figures };
        let rows = [
            row(Contender::Lockit, figures(50, None, 60 << 20)),
            row(Contender::PyRattler, figures(100, Some(70), 140 << 20)),
        ];
        let idle = Cost { peak: 40 << 20, ..Cost::default() };
        let mut judge = Judge::default();
        let text = render("plain", &rows, Some(idle), &mut judge);
        let warm = "0.50 (at most 0.6) | **0.71** (more than 0.65) | 0.60 (at most 0.9)";
        let cold = "0.50 (at most 0.7) | 0.71 (at most 0.85) | 0.60 (at most 0.9)";
        assert_eq!(text.lines().last(), Some(&*format!("| py-rattler | {warm} | {cold} |")));
        assert_eq!(judge.over(), 1);
    }
}
