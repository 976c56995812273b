//! Extras of packages that conda provides: they are asked for, and nobody brings what they need.

use lockit_spec::split_pypi_name;

use crate::Provided;

/// An extra that is wanted of a package which conda provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingExtra {
    /// What conda provides.
    pub provided: Provided,
    /// Name of the extra.
    pub extra: String,
}

impl MissingExtra {
    /// From what uv warns of: ``The package `NAME` does not have an extra named `EXTRA` ``. `None` for other
    /// warnings, and for packages that do not come from conda.
    pub(crate) fn told(warning: &str, provided: &[Provided]) -> Option<Self> {
        let rest = warning.strip_prefix("The package `")?;
        let (package, rest) = rest.split_once('`')?;
        let extra = rest.strip_prefix(" does not have an extra named `")?.strip_suffix('`')?;
        // `name`, `name==1.0`, `name @ file:///…`
        let (name, _) = split_pypi_name(package);
        let provided = provided.iter().find(|one| one.name == name)?;
        Some(Self { provided: provided.clone(), extra: extra.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_about_what_conda_provides() {
        let conda = [Provided { name: "x-y".into(), version: "1".into(), conda: "x_y".into() }];
        let told = |package: &str| {
            let text = format!("The package `{package}` does not have an extra named `socks`");
            MissingExtra::told(&text, &conda).map(|one| (one.provided.conda, one.extra))
        };
        let expected = Some(("x_y".to_owned(), "socks".to_owned()));
        assert_eq!(told("x-y"), expected);
        assert_eq!(told("x-y==1"), expected);
        assert_eq!(told("x-y @ file:///tmp/a.whl"), expected);
        assert_eq!(told("x"), None);
        assert_eq!(MissingExtra::told("The package `x-y` is yanked", &conda), None);
    }
}
