//! Where people say what the machines have that an environment is for.

/// Where virtual packages are stated, so that advice names the place that counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum MachinePlace {
    /// lockit.toml.
    #[default]
    Settings,
    /// A flag that says that there is no CUDA, which lockit.toml cannot overrule.
    WithoutCuda,
    /// A file in conda-lock's format, by its name.
    File(String),
}

impl MachinePlace {
    /// What to do where machines have a virtual package in another version than is assumed, or where none is
    /// assumed. `version` is one that would do, where that is known.
    pub fn advice(&self, name: &str, version: Option<&str>) -> String {
        let key = name.trim_start_matches("__");
        let example = version.or(match key {
            "glibc" => Some("2.36"),
            "cuda" => Some("12.4"),
            "osx" => Some("14.0"),
            "linux" => Some("5.10"),
            _ => None,
        });
        match (self, example) {
            (Self::WithoutCuda, _) if key.starts_with("cuda") => {
                let version = version.filter(|_| key == "cuda").unwrap_or("12.4");
                format!("if the machines that run this have it, lock with `--with-cuda {version}` instead of `--without-cuda`")
            }
            (Self::File(file), _) => {
                let version = example.unwrap_or("1");
                format!("if the machines that run this have it, say so in `{file}`: `{name}: \"{version}\"`, under `packages` of the platform")
            }
            (_, Some(version)) => format!(
                "if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `{key} = \"{version}\"`"
            ),
            (_, None) => "if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` with its name and version".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_place_that_counts() {
        let file = MachinePlace::File("machines.yml".to_owned());
        for (place, name, version, part) in [
            (MachinePlace::Settings, "__glibc", Some("2.40"), "`glibc = \"2.40\"`"),
            (MachinePlace::Settings, "__cuda", None, "`cuda = \"12.4\"`"),
            (MachinePlace::Settings, "__other", None, "with its name and version"),
            (MachinePlace::WithoutCuda, "__cuda", Some("13"), "`--with-cuda 13` instead"),
            (MachinePlace::WithoutCuda, "__glibc", None, "lockit.toml"),
            (file, "__cuda", Some("12.2"), "`machines.yml`: `__cuda: \"12.2\"`"),
        ] {
            let advice = place.advice(name, version);
            assert!(advice.contains(part), "{advice}");
        }
    }
}
