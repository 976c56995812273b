//! `when` of a spec (CEP 44): what must be there for a requirement to count.

use rattler_conda_types::{MatchSpec, MatchSpecCondition};

/// Whether a condition holds. `is_there` says whether a package that fits a spec is there, a virtual one among them.
pub fn condition_holds(
    condition: &MatchSpecCondition,
    is_there: &dyn Fn(&MatchSpec) -> bool,
) -> bool {
    match condition {
        MatchSpecCondition::MatchSpec(spec) => is_there(spec),
        MatchSpecCondition::And(one, other) => {
            condition_holds(one, is_there) && condition_holds(other, is_there)
        }
        MatchSpecCondition::Or(one, other) => {
            condition_holds(one, is_there) || condition_holds(other, is_there)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_conda_spec;

    #[test]
    fn what_is_there_decides() {
        let holds = |text: &str| {
            let (_, spec) = parse_conda_spec(&format!("six[when=\"{text}\"]")).unwrap();
            let there = ["python", "__unix"];
            condition_holds(&spec.condition.unwrap(), &|one| {
                one.name.as_exact().is_some_and(|name| there.contains(&name.as_normalized()))
            })
        };
        assert!(holds("python >=3.12"));
        assert!(!holds("ruby"));
        assert!(holds("ruby or __unix"));
        assert!(!holds("python and __win"));
        assert!(holds("python and (__win or __unix)"));
    }
}
