//! Names of PyPI packages in requirements.

/// The name at the start of a PEP 508 requirement, as it is written, and what follows it. The name is empty
/// where something else stands there, such as a quote.
///
/// ```
/// use lockit_spec::split_pypi_name;
///
/// assert_eq!(split_pypi_name("Zope.Interface[test] >=5"), ("Zope.Interface", "[test] >=5"));
/// assert_eq!(split_pypi_name("six"), ("six", ""));
/// ```
pub fn split_pypi_name(requirement: &str) -> (&str, &str) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = requirement.find(|c| !is_name(c)).unwrap_or(requirement.len());
    requirement.split_at(end)
}
