//! Near names for typos.

/// How many suggestions a message can carry without becoming noise.
const MOST: usize = 3;

/// The candidates that are most like `name`, best first, at most three.
///
/// Case and the choice between `-`, `_` and `.` do not count as difference; swapped letters count
/// once. A candidate is near when at most a quarter of its letters differ (one in short names), or
/// when one of the two starts with the other. Candidates much worse than the best are left out.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = fold(name);
    let length = folded.chars().count();
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| !candidate.is_empty() && *candidate != name)
        .filter_map(|candidate| {
            let other = fold(candidate);
            let longer = length.max(other.chars().count());
            // The distance is at least the difference in length; this skips most of a large index.
            let shorter = length.min(other.chars().count());
            let prefix = shorter >= 3 && (folded.starts_with(&other) || other.starts_with(&folded));
            let allowed = (longer / 4).max(1);
            if longer - shorter > allowed && !prefix {
                return None;
            }
            let distance = strsim::damerau_levenshtein(&folded, &other);
            (distance <= allowed || (prefix && longer - shorter <= 4))
                .then_some((distance, candidate))
        })
        .collect();
    // Among equally near ones, the one of about the same length.
    near.sort_unstable_by_key(|(distance, candidate)| {
        (*distance, candidate.len().abs_diff(name.len()), *candidate)
    });
    near.dedup();
    let best = near.first().map_or(0, |(distance, _)| *distance);
    near.retain(|(distance, _)| *distance <= best + 1);
    near.into_iter().take(MOST).map(|(_, candidate)| candidate).collect()
}

/// `did you mean …?` for the nearest names, or `None` when nothing is near.
pub fn did_you_mean<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let near = nearest(name, candidates);
    let (last, first) = near.split_last()?;
    Some(if first.is_empty() {
        format!("did you mean `{last}`?")
    } else {
        format!("did you mean `{}` or `{last}`?", first.join("`, `"))
    })
}

fn fold(name: &str) -> String {
    name.chars()
        .map(|c| if matches!(c, '_' | '.') { '-' } else { c.to_ascii_lowercase() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_and_other_spellings_are_near() {
        let names = ["scikit-learn", "scikit-image", "pandas", "panda", "setuptools-scm", "numpy"];
        assert_eq!(nearest("scikit_learn", names), ["scikit-learn"]);
        assert_eq!(nearest("pandsa", names), ["pandas", "panda"]);
        assert_eq!(nearest("Setuptools_SCM", names), ["setuptools-scm"]);
        assert_eq!(nearest("zebra", names), Vec::<&str>::new());
    }

    #[test]
    fn a_short_name_is_near_only_by_one_letter() {
        assert_eq!(nearest("pip", ["pop", "zip2", "py", "pipx"]), ["pop", "pipx"]);
        assert_eq!(did_you_mean("chanels", ["channels"]), Some("did you mean `channels`?".into()));
        assert_eq!(did_you_mean("x", ["channels"]), None);
    }
}
