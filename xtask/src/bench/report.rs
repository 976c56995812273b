//! The Markdown that is printed.

use std::fmt::Write as _;
use std::time::Duration;

use super::contender::Contender;
use super::measure::Cost;

/// The figures of one contender on one index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) contender: Contender,
    pub(crate) warm: Cost,
    pub(crate) cold: Cost,
}

/// What lockit may cost at most, as a share of a contender's figure (issue 2).
const WALL_OF_PY_RATTLER: f64 = 0.8;
const PEAK_OF_PY_RATTLER: f64 = 0.7;
const WALL_OF_FLOOR: f64 = 1.15;

/// One table, and the ratios if lockit is in it.
pub(crate) fn render(title: &str, rows: &[Row]) -> String {
    let mut text = format!("### {title}\n\n");
    text.push_str("| | warm wall | warm CPU | warm peak | cold wall | cold CPU | cold peak |\n");
    text.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            row.contender.name(),
            cells(row.warm),
            cells(row.cold)
        );
    }
    let find = |wanted| rows.iter().find(|row| row.contender == wanted);
    let Some(lockit) = find(Contender::Lockit) else {
        return text;
    };
    text.push_str("\n| lockit / | warm wall | warm peak | cold wall | cold peak |\n");
    text.push_str("|---|---:|---:|---:|---:|\n");
    for (other, wall, peak) in [
        (Contender::PyRattler, Some(WALL_OF_PY_RATTLER), Some(PEAK_OF_PY_RATTLER)),
        (Contender::Floor, Some(WALL_OF_FLOOR), None),
        (Contender::Pixi, None, None),
    ] {
        let Some(other) = find(other) else { continue };
        let walls = |ours: Cost, theirs: Cost| {
            verdict(ours.wall.as_secs_f64() / theirs.wall.as_secs_f64(), wall)
        };
        #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
        let peaks = |ours: Cost, theirs: Cost| verdict(ours.peak as f64 / theirs.peak as f64, peak);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            other.contender.name(),
            walls(lockit.warm, other.warm),
            peaks(lockit.warm, other.warm),
            walls(lockit.cold, other.cold),
            peaks(lockit.cold, other.cold),
        );
    }
    text
}

fn cells(cost: Cost) -> String {
    format!("{} | {} | {} MiB", millis(cost.wall), millis(cost.cpu), cost.peak >> 20)
}

pub(crate) fn millis(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}

fn verdict(ratio: f64, limit: Option<f64>) -> String {
    match limit {
        Some(limit) if ratio > limit => format!("**{ratio:.2}** (more than {limit})"),
        Some(limit) => format!("{ratio:.2} (at most {limit})"),
        None => format!("{ratio:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_over_its_limit_stands_out() {
        let row = |contender, millis, peak| {
            let cost = Cost { wall: Duration::from_millis(millis), cpu: Duration::ZERO, peak };
            Row { contender, warm: cost, cold: cost }
        };
        let text = render(
            "plain",
            &[row(Contender::Lockit, 90, 60 << 20), row(Contender::PyRattler, 100, 100 << 20)],
        );
        let last = text.lines().last();
        let expected = "| py-rattler | **0.90** (more than 0.8) | 0.60 (at most 0.7) \
                        | **0.90** (more than 0.8) | 0.60 (at most 0.7) |";
        assert_eq!(last, Some(expected));
    }
}
