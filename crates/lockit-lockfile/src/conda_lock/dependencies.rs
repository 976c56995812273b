//! `depends` as a map with one constraint per name.

use std::collections::BTreeMap;

use crate::order::dependency_name;

/// Splits `python >=3.9 *_cp*` into the name and the rest.
pub(super) fn split(depends: &str) -> (&str, &str) {
    let name = dependency_name(depends);
    // A channel in front (`conda-forge::python`) says where it was built, not what is needed.
    let at = depends.find(name).unwrap_or(0) + name.len();
    (name, depends[at..].trim())
}

/// Puts a name and its constraint together again.
pub(super) fn join(name: &str, constraint: &str) -> String {
    match constraint.trim() {
        "" => name.to_owned(),
        bracket if bracket.starts_with('[') => format!("{name}{bracket}"),
        constraint => format!("{name} {constraint}"),
    }
}

/// One constraint per name, names sorted.
pub(super) fn merged(depends: &[String]) -> BTreeMap<&str, String> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for text in depends {
        let (name, constraint) = split(text);
        by_name.entry(name).or_default().push(constraint);
    }
    by_name.into_iter().map(|(name, constraints)| (name, merge(constraints))).collect()
}

/// The conjunction of several constraints. Of several build strings the first in order is kept:
/// no syntax can say both, and no channel has such a package.
fn merge(mut constraints: Vec<&str>) -> String {
    constraints.retain(|constraint| !constraint.is_empty());
    constraints.sort_unstable();
    constraints.dedup();
    if let [one] = constraints.as_slice() {
        return (*one).to_owned();
    }
    let mut versions: Vec<&str> = Vec::new();
    let mut build = None;
    for constraint in constraints.iter().filter(|constraint| !constraint.starts_with('[')) {
        let (version, text) = match constraint.rsplit_once(' ') {
            // `>=1, <2` has a blank and no build.
            Some((version, text))
                if !version.trim_end().ends_with([',', '|']) && !is_operator(text) =>
            {
                (version.trim(), Some(text))
            }
            _ => (*constraint, None),
        };
        versions.push(version);
        build = build.or(text.filter(|text| *text != "*"));
    }
    versions.retain(|version| *version != "*");
    versions.dedup();
    let single = versions.len() == 1;
    // A comma binds tighter than a bar.
    let parts = versions
        .iter()
        .map(|v| if v.contains('|') && !single { format!("({v})") } else { (*v).to_owned() });
    let version = parts.collect::<Vec<_>>().join(",");
    match (version.as_str(), build) {
        ("", None) => String::new(),
        ("", Some(build)) => format!("* {build}"),
        (version, None) => version.to_owned(),
        (version, Some(build)) => format!("{version} {build}"),
    }
}

fn is_operator(text: &str) -> bool {
    text.starts_with(['<', '>', '=', '!', '~', ',', '|'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(depends: &[&str]) -> String {
        let depends: Vec<String> = depends.iter().map(|&d| d.to_owned()).collect();
        let merged = merged(&depends);
        merged.iter().map(|(name, c)| format!("{name}: {c}")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn one_constraint_stays_as_it_is() {
        insta::assert_snapshot!(
            map(&[
                "python_abi 3.12.* *_cp312", "python >=3.12,<3.13.0a0", "__unix", "libzlib 1.3.1 h0_0",
                "conda-forge::blas >=1", "zstd>=1.5", "foo[version='>=1']", "tzdata *",
            ]),
            @r"
        __unix: 
        blas: >=1
        foo: [version='>=1']
        libzlib: 1.3.1 h0_0
        python: >=3.12,<3.13.0a0
        python_abi: 3.12.* *_cp312
        tzdata: *
        zstd: >=1.5
        "
        );
        assert_eq!(join("foo", "[version='>=1']"), "foo[version='>=1']");
        assert_eq!(join("__unix", ""), "__unix");
    }

    #[test]
    fn several_constraints_are_merged() {
        insta::assert_snapshot!(
            map(&[
                "python", "python >=3.9", "python <3.13.0a0",
                "numpy >=1.21|<0.5", "numpy <3",
                "blas * *_mkl", "blas >=1", "blas",
                "mpi 1.0 mpich", "mpi 1.0.*",
                "same >=1, <2", "same >=1, <2",
            ]),
            @r"
        blas: >=1 *_mkl
        mpi: 1.0,1.0.* mpich
        numpy: <3,(>=1.21|<0.5)
        python: <3.13.0a0,>=3.9
        same: >=1, <2
        "
        );
    }
}
