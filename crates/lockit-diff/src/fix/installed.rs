//! The environment an export was made of, when it is still on this machine (CEP 32, `conda-meta`).

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::PackageIndex;

/// What is installed in a prefix.
#[derive(Debug, Clone)]
pub struct Installed {
    prefix: String,
    dependencies: HashMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct PrefixRecord {
    name: String,
    #[serde(default)]
    depends: Vec<String>,
}

impl Installed {
    /// Reads `conda-meta` of a prefix. `None` when there is no environment. A record that cannot be
    /// read is one package less to know about.
    pub fn read(prefix: &Path) -> Option<Self> {
        let mut dependencies = HashMap::new();
        for entry in fs_err::read_dir(prefix.join("conda-meta")).ok()? {
            let Ok(path) = entry.map(|entry| entry.path()) else { continue };
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let Ok(bytes) = fs_err::read(&path) else { continue };
            if let Ok(record) = serde_json::from_slice::<PrefixRecord>(&bytes) {
                let names = record
                    .depends
                    .iter()
                    .filter_map(|dependency| dependency.split_whitespace().next())
                    .map(str::to_lowercase)
                    .collect();
                dependencies.insert(record.name.to_lowercase(), names);
            }
        }
        let prefix = prefix.display().to_string();
        (!dependencies.is_empty()).then_some(Self { prefix, dependencies })
    }
}

impl PackageIndex for Installed {
    fn origin(&self) -> String {
        format!("the environment in `{}`", self.prefix)
    }

    fn dependencies(&self, name: &str) -> Option<&[String]> {
        self.dependencies.get(name).map(Vec::as_slice)
    }
}
