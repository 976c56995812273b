//! A requirement as a constraint.

use std::str::FromStr;

use lockit_spec::PipRequirement;
use pep508_rs::{Requirement, VersionOrUrl};
use url::Url;

/// A requirement as a constraint (pip's `-c`): its name, versions and marker. `None` when it says nothing about
/// versions.
pub fn constraint(requirement: &PipRequirement) -> Option<String> {
    let text = requirement.text.split(" --").next()?;
    let parsed = Requirement::<Url>::from_str(text).ok()?;
    let Some(VersionOrUrl::VersionSpecifier(versions)) = parsed.version_or_url else { return None };
    let marker = parsed.marker.try_to_string().map(|one| format!(" ; {one}")).unwrap_or_default();
    (!versions.is_empty()).then(|| format!("{}{versions}{marker}", parsed.name))
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::{SourceFile, Span};

    use super::*;

    #[test]
    fn constraints_are_about_versions() {
        let of = |text: &str| {
            constraint(&PipRequirement {
                text: text.to_owned(),
                file: SourceFile::new("environment.yml", text),
                span: Span::new(0, text.len()),
                folder: std::path::PathBuf::new(),
                selector: None,
                category: "main".into(),
            })
        };
        assert_eq!(of("Foo[x]>=1,<2").as_deref(), Some("foo>=1, <2"));
        assert_eq!(
            of("foo==1; python_version<'3.9' ").as_deref(),
            Some("foo==1 ; python_full_version < '3.9'")
        );
        assert_eq!(of("foo==1 --hash=sha256:00").as_deref(), Some("foo==1"));
        assert_eq!(of("foo"), None);
        assert_eq!(of("foo @ https://h/foo.whl"), None);
        assert_eq!(of("-e ."), None);
    }
}
