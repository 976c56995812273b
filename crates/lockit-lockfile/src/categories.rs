//! Parts of a lock: what `main` needs, what `dev` adds.

use std::collections::BTreeSet;

use crate::Lock;

/// The category of what is always needed.
pub const MAIN: &str = "main";
/// The category of what developers need.
pub const DEV: &str = "dev";

impl Lock {
    /// The categories that packages of this lock are in; empty where the format keeps none.
    pub fn categories(&self) -> BTreeSet<&str> {
        let records = self.platforms.values().flat_map(|locked| &locked.records);
        records.flat_map(|record| &record.categories).map(String::as_str).collect()
    }

    /// Keeps the packages of these categories. What is in no category is always kept.
    pub fn retain_categories(&mut self, wanted: &BTreeSet<String>) {
        for locked in self.platforms.values_mut() {
            locked.records.retain(|record| {
                record.categories.is_empty()
                    || record.categories.iter().any(|category| wanted.contains(category))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PlatformLock, Record};

    #[test]
    fn what_is_in_no_category_is_kept() {
        let record = |name: &str, categories: &[&str]| Record {
            name: name.to_owned(),
            categories: categories.iter().map(|one| (*one).to_owned()).collect(),
            ..Record::default()
        };
        let records = vec![record("a", &["main"]), record("b", &["dev", "docs"]), record("c", &[])];
        let mut lock = Lock {
            platforms: [(
                lockit_spec::Platform::Linux64,
                PlatformLock { records, ..PlatformLock::default() },
            )]
            .into(),
            ..Lock::default()
        };
        assert_eq!(lock.categories(), ["dev", "docs", "main"].into());
        lock.retain_categories(&[MAIN.to_owned()].into());
        let names: Vec<&str> =
            lock.platforms.values().flat_map(|one| &one.records).map(|one| &*one.name).collect();
        assert_eq!(names, ["a", "c"]);
    }
}
